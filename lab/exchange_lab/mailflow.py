# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail from outside and users at work: a seeded stream that goes on while databases break and come back."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any

from exchange_lab.clock import Handle
from exchange_lab.directory import MAILBOX, MailboxObject
from exchange_lab.population import SYSTEM_KINDS
from exchange_lab.store import (
    DatabaseFailed,
    Message,
    MountedDatabase,
    QuotaExceeded,
    StoredMailbox,
)
from exchange_lab.store.messages import RECOVERABLE

if TYPE_CHECKING:
    from exchange_lab.organisation import Organisation

TICK = 5.0  # simulated seconds between two batches
_ACTIVE_FOR = 900.0  # a user counts as logged on this long after his last action
_FOLDERS = ("Projects", "Private", "Archive")


class MailFlow:
    """Senders outside the organisation and users inside it.

    Every mailbox that anybody has ever used gets mail (system mailboxes: arbitration only); their users log on,
    read, file, delete, answer, and archive. What they do is told to the audit.
    """

    def __init__(self, organisation: Organisation, seed: int) -> None:
        self.organisation = organisation
        self.never_used: set[str] = set()  # directory GUIDs
        self.rate = 0.0  # messages per hour and mailbox
        self.refused = 0  # user actions that found the mailbox out of reach
        self.logons: dict[str, Any] = {}  # directory GUID -> simulated time of the last action
        self._random = random.Random(f"mail {seed}")
        self._debt = 0.0
        self._round: list[str] = []
        self._timer: Handle | None = None

    def start(self, messages_per_hour_per_mailbox: float) -> None:
        """Let mail flow from now on; a second call changes the rate."""
        with self.organisation.lock:
            self.rate = messages_per_hour_per_mailbox
            if self._timer is None:
                self._timer = self.organisation.scheduler.every(TICK, self._tick)

    def stop(self) -> None:
        """No further messages, no further work."""
        with self.organisation.lock:
            self.rate = 0.0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def send(self, recipient: MailboxObject, **changes: Any) -> bool:
        """One message from outside to one mailbox; False when no transport server takes it."""
        return self.organisation.submit(self.new_message(**changes), recipient.guid)

    def recipients(self) -> list[MailboxObject]:
        """Who gets mail: everybody in the first domain controller's directory but the never-used."""
        return [
            o
            for o in self.organisation.view().all(MAILBOX)
            if o.guid not in self.never_used
            and (
                o.recipient_type_details not in SYSTEM_KINDS
                or o.recipient_type_details == "ArbitrationMailbox"
            )
        ]

    def active(self) -> list[str]:
        """Names of users who did something lately."""
        now = self.organisation.clock.now()
        recent = {g for g, t in self.logons.items() if (now - t).total_seconds() < _ACTIVE_FOR}
        return sorted(o.name for o in self.organisation.view().all(MAILBOX) if o.guid in recent)

    def _tick(self) -> None:
        with self.organisation.lock:
            if self._timer is None:
                return
            people = {o.guid: o for o in self.recipients()}
            self._debt += self.rate * len(people) * TICK / 3600
            while self._debt >= 1 and people:
                self._debt -= 1
                if not self._round:  # each mailbox once before any gets its next
                    self._round = list(people)
                    self._random.shuffle(self._round)
                owner = people.get(self._round.pop())
                if owner is None:
                    continue
                self.send(owner)
                if self._random.random() < 0.4:
                    self.work(people[self._random.choice(list(people))], people)

    def work(self, owner: MailboxObject, people: dict[str, MailboxObject]) -> None:
        """Let one user do one thing, if the mailbox can be reached."""
        if owner.recipient_type_details in SYSTEM_KINDS:
            return
        mounted = self.organisation.reach(owner.guid)
        if mounted is None:
            self.refused += 1
            return
        self.logons[owner.guid] = self.organisation.clock.now()
        action = self._random.choice(
            (self._read, self._read, self._file, self._delete, self._plan, self._answer, self._archive)
        )
        try:
            action(owner, mounted, mounted.logon(owner.exchange_guid, owner), people)
        except DatabaseFailed:
            self.refused += 1

    def _pick(self, mailbox: StoredMailbox) -> Message | None:
        visible = [
            m for m in mailbox.messages.values() if not m.associated and m.folder != RECOVERABLE
        ]
        return self._random.choice(visible) if visible else None

    def _read(self, _owner: Any, _mounted: Any, mailbox: StoredMailbox, _people: Any) -> None:
        message = self._pick(mailbox)
        if message is not None:
            mailbox.update(message.id, read=True, modified=self._now())

    def _file(self, _owner: Any, _mounted: Any, mailbox: StoredMailbox, _people: Any) -> None:
        message = self._pick(mailbox)
        if message is not None:
            mailbox.update(message.id, folder=self._random.choice(_FOLDERS), modified=self._now())

    def _delete(
        self, owner: MailboxObject, _mounted: Any, mailbox: StoredMailbox, _people: Any
    ) -> None:
        """Into Deleted Items first; from there into the dumpster; from there for good."""
        message = self._pick(mailbox)
        if message is None:
            return
        if message.folder == "Deleted Items":
            self.organisation.audit.deleted(message.message_id, owner.guid)
            mailbox.update(message.id, folder=RECOVERABLE, modified=self._now())
        else:
            mailbox.update(message.id, folder="Deleted Items", modified=self._now())

    def _plan(self, owner: MailboxObject, mounted: Any, mailbox: StoredMailbox, _people: Any) -> None:
        self._store(owner, mounted, mailbox, folder="Calendar", item_class="IPM.Appointment")

    def _answer(
        self,
        owner: MailboxObject,
        mounted: MountedDatabase,
        mailbox: StoredMailbox,
        people: dict[str, MailboxObject],
    ) -> None:
        """A message to a colleague, and its copy in Sent Items."""
        colleague = people[self._random.choice(list(people))]
        self._store(owner, mounted, mailbox, folder="Sent Items")
        self.send(colleague, sender=owner.primary_smtp_address)

    def _archive(
        self, owner: MailboxObject, _mounted: Any, mailbox: StoredMailbox, _people: Any
    ) -> None:
        """Move a message into the archive, as a retention policy does. Written there before it goes here."""
        if not owner.archive_guid or not owner.archive_database:
            return
        target = self.organisation.reach_archive(owner.guid)
        message = self._pick(mailbox)
        if target is None or message is None or message.item_class != "IPM.Note":
            return
        target.logon(owner.archive_guid, owner).add(message)
        mailbox.remove(message.id)

    def _store(
        self,
        owner: MailboxObject,
        mounted: MountedDatabase,
        mailbox: StoredMailbox,
        **changes: Any,
    ) -> None:
        message = self.new_message(sender=owner.primary_smtp_address, **changes)
        try:
            mounted.check_quota(mailbox, owner, message.size, "prohibit_send_quota")
        except QuotaExceeded:
            return
        mailbox.add(message)
        self.organisation.audit.stored(message, owner.guid)

    def new_message(self, **changes: Any) -> Message:
        """A message with an id of its own; `changes` are attributes of Message."""
        key = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        values = {
            "subject": f"Message {key[:8]}",
            "size": self._random.randrange(10_000, 150_000),
            "sender": "someone@elsewhere.example",
            "received": self._now(),
            "modified": self._now(),
            **changes,
        }
        return Message(id=key, message_id=key, **values)

    def _now(self) -> str:
        return self.organisation.clock.now().isoformat(timespec="milliseconds")
