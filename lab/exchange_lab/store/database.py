# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mounted database: mailboxes over the rows of an engine instance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exchange_lab.clock import Clock
from exchange_lab.directory import DatabaseObject, MailboxObject
from exchange_lab.ese import JetError
from exchange_lab.store.errors import DatabaseFailed, QuotaExceeded
from exchange_lab.store.mailbox import MailboxRow, StoredMailbox
from exchange_lab.store.messages import Message

if TYPE_CHECKING:
    from exchange_lab.ese import Instance

# Every mailbox gets these hidden items when it is created, as a real one gets views and settings.
DEFAULT_HIDDEN_ITEMS = ("IPM.Configuration.MailboxSettings", "IPM.Microsoft.FolderDesign.NamedView")
DEFAULT_PERMISSIONS = {"Calendar": {"Default": ["AvailabilityOnly"], "Anonymous": ["None"]}}


class MountedDatabase:
    """A database while it is mounted. Ends with `dismount` (clean) or `crash` (dirty).

    `settings` gives the directory's present object: quotas and retention may change while it is mounted.
    `on_failure` is told when the engine can't write any more; whoever wanted to write gets DatabaseFailed.
    """

    def __init__(
        self, instance: Instance, settings: Callable[[], DatabaseObject], server: str, clock: Clock
    ) -> None:
        self.instance, self.settings, self.server, self.clock = instance, settings, server, clock
        self.mounted_at = clock.now()
        self.on_failure: Callable[[JetError], None] = lambda _error: None
        self.mailboxes: dict[str, StoredMailbox] = {}
        self._load()

    @property
    def object(self) -> DatabaseObject:  # noqa: A003
        """The directory's object of this database."""
        return self.settings()

    @property
    def guid(self) -> str:
        """The object's GUID."""
        return self.object.guid

    def mailbox(self, guid: str) -> StoredMailbox | None:
        """The mailbox with this ExchangeGuid or ArchiveGuid, None when it is not in this database."""
        return self.mailboxes.get(guid.lower())

    def logon(self, guid: str, owner: MailboxObject, account: str = "") -> StoredMailbox:
        """Open a mailbox as its user does: the first logon creates it, and a disconnected one is connected again."""
        mailbox = self._open(guid, owner)
        mailbox.change(
            last_logon=_text(self.clock), last_account=account or owner.user_principal_name
        )
        return mailbox

    def deliver(self, guid: str, message: Message, owner: MailboxObject) -> StoredMailbox:
        """Store an incoming message; the first one creates the mailbox. QuotaExceeded above the receive quota."""
        mailbox = self._open(guid, owner)
        self.check_quota(mailbox, owner, message.size, "prohibit_send_receive_quota")
        mailbox.add(message)
        return mailbox

    def check_quota(
        self, mailbox: StoredMailbox, owner: MailboxObject, size: int, quota: str
    ) -> None:
        """Raise QuotaExceeded when `size` more bytes are above the named quota of the mailbox or database."""
        source: Any = self.object if owner.use_database_quota_defaults else owner
        allowed = getattr(source, quota)
        if allowed is not None and mailbox.total_item_size + size > allowed:
            raise QuotaExceeded(mailbox.guid, mailbox.total_item_size + size, allowed)

    def disconnect(self, guid: str, reason: str = "SoftDeleted") -> None:
        """Mark a mailbox as no longer referenced by the directory."""
        self.mailboxes[guid.lower()].change(
            disconnect_date=_text(self.clock), disconnect_reason=reason
        )

    def connect(self, guid: str) -> None:
        """Undo `disconnect`."""
        self.mailboxes[guid.lower()].change(disconnect_date="", disconnect_reason=None)

    def purge(self, guid: str) -> None:
        """Remove a mailbox and everything in it."""
        mailbox = self.mailboxes.pop(guid.lower())
        for key in [k for k in self.instance.rows if k.split("/")[1:2] == [mailbox.guid]]:
            self._remove(key)

    def statistics(self) -> list[StoredMailbox]:
        """All mailboxes in order of display name, disconnected and system ones included."""
        return sorted(self.mailboxes.values(), key=lambda m: (m.row.display_name.lower(), m.guid))

    def dismount(self) -> None:
        """Clean shutdown."""
        self.instance.detach()

    def crash(self) -> None:
        """The process dies: what the logs have is all that is left besides the last flush."""
        self.instance.crash()

    def _open(self, guid: str, owner: MailboxObject) -> StoredMailbox:
        known = self.mailboxes.get(guid.lower())
        if known is None:
            return self._create(guid.lower(), owner)
        if known.row.disconnect_reason:
            self.connect(guid)
        return known

    def _create(self, guid: str, owner: MailboxObject) -> StoredMailbox:
        mailbox = self._new(MailboxRow.of(owner, guid))
        for item_class in DEFAULT_HIDDEN_ITEMS:
            key = f"{item_class}.{self.instance_id()}"
            mailbox.add(
                Message(
                    id=key, message_id=key, item_class=item_class, associated=True, size=2_000,
                    received=_text(self.clock), modified=_text(self.clock),
                )  # fmt: skip
            )
        for folder, permissions in DEFAULT_PERMISSIONS.items():
            mailbox.set_permissions(folder, permissions)
        return mailbox

    def create_system_mailbox(self) -> None:
        """The SystemMailbox{GUID} of the database itself, made at its first mount under this object."""
        item = self.object
        if item.guid not in self.mailboxes:
            name = f"SystemMailbox{{{item.guid}}}"
            row = MailboxRow(guid=item.guid, display_name=name, type_detail="SystemMailbox")
            self._new(replace(row, legacy_dn=f"{item.exchange_legacy_dn}/cn={name}"))

    def instance_id(self) -> str:
        """What tells this database's own items from those of another: the creating object's GUID."""
        return self.instance.rows["database"]["guid"][:8]

    def _new(self, row: MailboxRow) -> StoredMailbox:
        mailbox = StoredMailbox(row, self._put, self._remove)
        mailbox.change(created=_text(self.clock))
        self.mailboxes[row.guid] = mailbox
        return mailbox

    def _put(self, key: str, value: Any, weight: int) -> None:
        with self._failing():
            self.instance.put(key, value, weight=weight)

    def _remove(self, key: str) -> None:
        with self._failing():
            self.instance.delete(key)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """An engine that can't write its log stops for good, until the database is mounted again."""
        try:
            yield
        except JetError as error:
            name = self.object.name
            self.on_failure(error)
            raise DatabaseFailed(name, error.code, str(error)) from error

    def _load(self) -> None:
        rows = self.instance.rows
        for key, value in rows.items():
            if key.startswith("mailbox/"):
                row = MailboxRow(**value)
                self.mailboxes[row.guid] = StoredMailbox(row, self._put, self._remove)
        for key, value in rows.items():
            kind, _unused, rest = key.partition("/")
            guid, _unused, name = rest.partition("/")
            if kind == "message":
                self.mailboxes[guid]._remember(Message.from_json(value))
            elif kind == "acl":
                self.mailboxes[guid].permissions[name] = value


def _text(clock: Clock) -> str:
    return clock.now().isoformat(timespec="milliseconds")
