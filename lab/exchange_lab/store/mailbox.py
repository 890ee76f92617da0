# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mailbox as it lies in one database: its items, hidden items and folder permissions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from exchange_lab.directory import MailboxObject
from exchange_lab.store.messages import RECOVERABLE, Message

Put = Callable[[str, Any, int], None]
Delete = Callable[[str], None]


@dataclass
class MailboxRow:
    """What the database says of a mailbox besides its items. Times are ISO text (UTC) or empty."""

    guid: str
    display_name: str = ""
    legacy_dn: str = ""
    owner_guid: str = ""
    is_archive: bool = False
    type_detail: str = "UserMailbox"
    created: str = ""
    last_logon: str = ""
    last_logoff: str = ""
    last_account: str = ""
    disconnect_date: str = ""
    disconnect_reason: str | None = None  # None, "Disabled" or "SoftDeleted"
    quarantined: bool = False

    @classmethod
    def of(cls, owner: MailboxObject, guid: str) -> MailboxRow:
        """A new one, for the primary mailbox or the archive of its owner."""
        is_archive = guid == owner.archive_guid
        return cls(
            guid=guid,
            display_name=owner.archive_name if is_archive else owner.display_name,
            legacy_dn=owner.legacy_exchange_dn,
            owner_guid=owner.guid,
            is_archive=is_archive,
            type_detail=owner.recipient_type_details,
        )


class StoredMailbox:
    """One mailbox of a mounted database. Every change goes through the database's log."""

    def __init__(self, row: MailboxRow, put: Put, delete: Delete) -> None:
        self.row = row
        self.messages: dict[str, Message] = {}
        self.permissions: dict[str, dict[str, list[str]]] = {}  # folder -> user -> rights
        self.total_item_size = 0
        self.total_deleted_item_size = 0
        self._put, self._delete = put, delete

    @property
    def guid(self) -> str:
        """The ExchangeGuid, or ArchiveGuid of an archive."""
        return self.row.guid

    @property
    def item_count(self) -> int:
        """Visible items outside the dumpster."""
        return sum(not m.associated and m.folder != RECOVERABLE for m in self.messages.values())

    @property
    def deleted_item_count(self) -> int:
        """Items in the dumpster."""
        return sum(m.folder == RECOVERABLE for m in self.messages.values())

    @property
    def associated_item_count(self) -> int:
        """Hidden items."""
        return sum(m.associated for m in self.messages.values())

    def add(self, message: Message, *, weight: int | None = None) -> Message:
        """Store an item (or a new state of it). `weight`: bytes of log it takes, its size unless told."""
        self._forget(message.id)
        self._put(
            f"message/{self.guid}/{message.id}",
            message.to_json(),
            message.size if weight is None else weight,
        )
        self._remember(message)
        return message

    def copy_in(self, source: Message, **changes: Any) -> Message:
        """Store a copy of another mailbox's item, as a merge does: new id, same message, source recorded."""
        return self.add(
            replace(source, id=uuid.uuid4().hex, source_key=source.source_key or source.id, **changes)
        )

    def copied_from(self) -> set[str]:
        """Source keys of what earlier merges have copied into this mailbox."""
        return {m.source_key for m in self.messages.values() if m.source_key}

    def update(self, message_id: str, **changes: Any) -> Message:
        """Change an item (folder, read, modified ...). KeyError when it is not here."""
        return self.add(replace(self.messages[message_id], **changes), weight=500)

    def remove(self, message_id: str) -> Message:
        """Delete an item for good."""
        message = self.messages[message_id]
        self._delete(f"message/{self.guid}/{message_id}")
        self._forget(message_id)
        return message

    def set_permissions(self, folder: str, permissions: dict[str, list[str]]) -> None:
        """Set who may do what in a folder."""
        self.permissions[folder] = permissions
        self._put(f"acl/{self.guid}/{folder}", permissions, 300)

    def change(self, **changes: Any) -> None:
        """Change properties of the mailbox row."""
        self.row = replace(self.row, **changes)
        self._put(f"mailbox/{self.guid}", asdict(self.row), 300)

    def _remember(self, message: Message) -> None:
        self.messages[message.id] = message
        if message.folder == RECOVERABLE:
            self.total_deleted_item_size += message.size
        elif not message.associated:
            self.total_item_size += message.size

    def _forget(self, message_id: str) -> None:
        message = self.messages.pop(message_id, None)
        if message is None:
            return
        if message.folder == RECOVERABLE:
            self.total_deleted_item_size -= message.size
        elif not message.associated:
            self.total_item_size -= message.size
