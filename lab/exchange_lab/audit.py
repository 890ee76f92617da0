# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit: every message ever accepted must lie exactly once in the mailbox the directory assigns.

The audit is told of messages by transport and by the simulated users, never by the store or a merge. It looks at
the result from outside: at what is in the mounted databases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange_lab.directory import DATABASE, MAILBOX, MailboxObject, View
from exchange_lab.store import Message, MountedDatabase, StoredMailbox

QUEUED, DELIVERED, BOUNCED, DELETED = "queued", "delivered", "bounced", "deleted"


@dataclass
class Entry:
    """One message for one mailbox, and what became of it as far as transport and its user know."""

    message_id: str
    recipient: str  # directory GUID
    period: str
    state: str = QUEUED
    reason: str = ""
    unreadable: bool = False  # corrupt or too large: a merge may leave it behind, and must say so


class Audit:
    """The account of all messages. `period` names the part of the story: before, during, after ..."""

    def __init__(self) -> None:
        self.period = "before"
        self.entries: dict[tuple[str, str], Entry] = {}
        self._permissions: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._hidden: dict[tuple[str, str], str] = {}
        self._departed: dict[str, str] = {}  # directory GUID -> name of users who were deleted

    def accepted(self, message: Message, recipient: str) -> None:
        """Transport has taken the message."""
        self.entries[message.message_id, recipient] = Entry(
            message.message_id, recipient, self.period,
            unreadable=message.corrupt or message.large,
        )  # fmt: skip

    def delivered(self, message: Message, recipient: str) -> None:
        """Transport has stored it in a mailbox."""
        self.entries[message.message_id, recipient].state = DELIVERED

    def bounced(self, message: Message, recipient: str, reason: str) -> None:
        """The sender got it back."""
        entry = self.entries[message.message_id, recipient]
        entry.state, entry.reason = BOUNCED, reason

    def destroyed(self, message: Message, recipient: str, reason: str) -> None:
        """It was in a queue that no longer exists: unless a mailbox has it, it is lost."""
        entry = self.entries[message.message_id, recipient]
        entry.state, entry.reason = DELIVERED, reason

    def stored(self, message: Message, recipient: str) -> None:
        """A user has stored an item of his own: a draft, a sent message, an appointment."""
        if message.associated:
            self._hidden[message.message_id, recipient] = self.period
            return
        self.accepted(message, recipient)
        self.delivered(message, recipient)

    def deleted(self, message_id: str, recipient: str) -> None:
        """The user has deleted it for good: from now on it may be there once or not at all."""
        entry = self.entries.get((message_id, recipient))
        if entry is not None:
            entry.state = DELETED

    def departed(self, recipient: str, name: str) -> None:
        """The user was deleted on purpose: nobody looks for his messages any more."""
        self._departed[recipient] = name

    def granted(self, folder: str, permissions: dict[str, list[str]], recipient: str) -> None:
        """The user has shared a folder."""
        self._permissions[recipient, folder] = permissions

    def report(
        self, view: View, find_mounted: Callable[[str], MountedDatabase | None]
    ) -> dict[str, Any]:
        """Compare the account with the mailboxes that the directory assigns, as JSON-able data.

        accepted, found: numbers. periods: accepted per period. lost, doubled, bounced, queued, unreadable_lost,
        permissions_lost, hidden_lost, hidden_doubled, unreachable (mailboxes whose database is not mounted): lists.
        held_lost: deleted by a user whose mailbox is on hold, and gone nevertheless. gone: messages of users who were
        deleted themselves; they count nowhere else.
        """
        boxes = {o.guid: _Box(o, view, find_mounted) for o in view.all(MAILBOX)}
        looked_for = [e for e in self.entries.values() if not self._is_gone(e, boxes)]
        result: dict[str, Any] = {
            "accepted": len(looked_for),
            "periods": dict(Counter(e.period for e in looked_for)),
            "found": 0,
            "deleted": sum(e.state == DELETED for e in looked_for),
        }
        lists: dict[str, list[Any]] = {
            name: []
            for name in ("lost", "doubled", "bounced", "queued", "unreadable_lost", "held_lost", "gone",
                         "permissions_lost", "hidden_lost", "hidden_doubled")
        }  # fmt: skip
        for entry in self.entries.values():
            box = boxes.get(entry.recipient)
            copies = box.copies[entry.message_id] if box else 0
            shown = {
                "message": entry.message_id,
                "mailbox": box.owner.name if box else entry.recipient,
                "period": entry.period,
                "copies": copies,
                "reason": entry.reason or (box.reason if box and not copies else ""),
            }
            if self._is_gone(entry, boxes):
                lists["gone"].append({**shown, "mailbox": self._departed[entry.recipient]})
                continue
            result["found"] += copies > 0
            if copies > 1:
                lists["doubled"].append(shown)
            if entry.state == QUEUED and not copies:
                lists["queued"].append(shown)
            elif entry.state == BOUNCED:
                lists["bounced"].append(shown)
            elif entry.state == DELIVERED and not copies:
                lists["unreadable_lost" if entry.unreadable else "lost"].append(shown)
            elif entry.state == DELETED and not copies and box and box.held:
                lists["held_lost"].append(shown)
        self._hidden_and_permissions(boxes, lists)
        unreachable = sorted(b.owner.name for b in boxes.values() if b.reason)
        return {**result, **lists, "unreachable": unreachable}

    def _is_gone(self, entry: Entry, boxes: dict[str, _Box]) -> bool:
        return entry.recipient in self._departed and entry.recipient not in boxes

    def _hidden_and_permissions(self, boxes: dict[str, _Box], lists: dict[str, list[Any]]) -> None:
        for (message_id, recipient), period in self._hidden.items():
            box = boxes.get(recipient)
            if box is not None and not box.copies[message_id]:
                lists["hidden_lost"].append(
                    {"message": message_id, "mailbox": box.owner.name, "period": period}
                )
        for box in boxes.values():
            lists["hidden_doubled"] += [
                {"mailbox": box.owner.name, "item_class": item_class, "subject": subject, "copies": n}
                for (item_class, subject), n in box.hidden.items()
                if n > 1
            ]
        for (recipient, folder), wanted in self._permissions.items():
            box = boxes.get(recipient)
            if box is not None and box.permissions(folder) != wanted:
                lists["permissions_lost"].append({"mailbox": box.owner.name, "folder": folder})


class _Box:
    """What a user would find: primary and archive, in the databases the directory names."""

    def __init__(
        self,
        owner: MailboxObject,
        view: View,
        find_mounted: Callable[[str], MountedDatabase | None],
    ) -> None:
        self.owner = owner
        self.copies: Counter[str] = Counter()
        self.hidden: Counter[tuple[str, str]] = Counter()
        self.reason = ""
        self._primary: StoredMailbox | None = None
        places = [(owner.exchange_guid, owner.database)]
        if owner.archive_guid and owner.archive_database:
            places.append((owner.archive_guid, owner.archive_database))
        for guid, database in places:
            mounted = find_mounted(database)
            if mounted is None:
                known = view.get(DATABASE, database)
                self.reason = f"database {known.name if known else database} is not mounted"
                continue
            self._add(mounted.mailbox(guid), guid == owner.exchange_guid)

    @property
    def held(self) -> bool:
        return self.owner.litigation_hold_enabled or bool(self.owner.in_place_holds)

    def permissions(self, folder: str) -> dict[str, list[str]] | None:
        return self._primary.permissions.get(folder) if self._primary else None

    def _add(self, mailbox: StoredMailbox | None, primary: bool) -> None:
        if mailbox is None:
            return
        if primary:
            self._primary = mailbox
        for message in mailbox.messages.values():
            self.copies[message.message_id] += 1
            if message.associated and primary:
                self.hidden[message.item_class, message.subject] += 1
