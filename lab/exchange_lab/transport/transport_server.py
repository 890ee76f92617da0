# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport service of one Mailbox server: categoriser, delivery queues, retries, NDRs."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from exchange_lab.clock import Clock, Handle, Scheduler
from exchange_lab.directory import DATABASE, MAILBOX, Directory, View
from exchange_lab.store import DatabaseFailed, Message, MountedDatabase, QuotaExceeded
from exchange_lab.transport.safety_net import SECONDS_PER_REQUEST, ResubmitRequest, SafetyNet

RETRY_INTERVAL = 300.0  # seconds between attempts of a delivery queue (exchange.md 11)
EXPIRATION = 2 * 86400.0  # seconds until a queued message bounces

# The wording of the last errors is the lab's; their enhanced status codes are the usual ones.
_OFFLINE = "432 4.3.2 STOREDRV.Deliver; mailbox database is offline"
_EXPIRED = "550 4.4.7 QUEUE.Expired; message expired"
_FULL = "554 5.2.2 mailbox full; STOREDRV.Deliver, quota exceeded"
_UNKNOWN = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; recipient not found"
_REPORT_CLASS = "REPORT.IPM.Note.NDR"
_NO_DATABASE = "The mailbox recipient does not have a mailbox database"


@dataclass
class Envelope:
    """A message on its way to one mailbox (the recipient's directory GUID)."""

    message: Message
    recipient: str
    submitted: datetime
    again: bool = False  # out of Safety Net: a mailbox that has it already doesn't get it twice


@dataclass
class Queue:
    """A delivery queue: one per transport server and database (exchange.md 12)."""

    identity: str  # SERVER\\number, SERVER\\Unreachable
    next_hop_domain: str
    next_hop_connector: str
    delivery_type: str = "SmtpDeliveryToMailbox"
    next_hop_category: str = "Internal"
    status: str = "Ready"  # Active, Ready, Retry, Suspended
    messages: list[Envelope] = field(default_factory=list)
    retry_count: int = 0
    last_error: str = ""
    first_retry_time: datetime | None = None
    last_retry_time: datetime | None = None
    next_retry_time: datetime | None = None

    @property
    def message_count(self) -> int:
        """Messages waiting."""
        return len(self.messages)

    @property
    def unreachable(self) -> bool:
        """Whether this is the queue of messages without a route."""
        return self.delivery_type == "Unreachable"


class Ledger(Protocol):
    """Who is told what became of each message."""

    def accepted(self, message: Message, recipient: str) -> None:
        """It was taken for this recipient."""

    def delivered(self, message: Message, recipient: str) -> None:
        """It is in the recipient's mailbox."""

    def bounced(self, message: Message, recipient: str, reason: str) -> None:
        """It went back to its sender."""

    def destroyed(self, message: Message, recipient: str, reason: str) -> None:
        """It is gone, and nobody was told."""


class TransportServer:
    """MSExchangeTransport of one server. All calls need the organisation's lock and take no simulated time.

    `find_mounted` tells where a database (by GUID) is mounted.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        scheduler: Scheduler,
        directory: Directory,
        domain_controller: str,
        services: dict[str, str],
        find_mounted: Callable[[str], MountedDatabase | None],
        ledger: Ledger,
        lock: Any,
    ) -> None:
        self.name, self.clock, self.scheduler, self.directory = name, clock, scheduler, directory
        self.domain_controller, self.services = domain_controller, services
        self.expiration = EXPIRATION
        self.safety_net = SafetyNet()
        self.queues: dict[str, Queue] = {}  # by identity, in order of creation
        self._find_mounted, self._ledger, self._lock = find_mounted, ledger, lock
        self._numbers = itertools.count(3)  # 1 and 2 are Submission and Poison in a real store
        self._timers: dict[str, Handle] = {}

    @property
    def running(self) -> bool:
        """Whether the service runs; a stopped one accepts and delivers nothing."""
        return self.services.get("MSExchangeTransport") == "Running"

    @property
    def view(self) -> View:
        """What this server's domain controller knows."""
        return self.directory.read(self.directory.in_use(self.domain_controller))

    def submit(self, message: Message, recipient: str) -> None:
        """Accept a message for one mailbox (directory GUID), categorise it and try to deliver."""
        self._categorise(Envelope(message, recipient, self.clock.now()))

    def retry(self, selects: Callable[[Queue], bool], *, resubmit: bool = False) -> list[Queue]:
        """Retry-Queue: try the selected queues now; with `resubmit` categorise their messages anew.

        Only queues in Retry (or Unreachable) can be resubmitted; others are left alone. Returns those acted on.
        """
        acted = []
        for queue in [q for q in self.queues.values() if selects(q)]:
            if resubmit and (queue.status == "Retry" or queue.unreachable):
                self._resubmit(queue)
            elif not resubmit and queue.status == "Retry" and not queue.unreachable:
                self._deliver(queue)
            else:
                continue
            acted.append(queue)
        return acted

    def queue_for(self, database: str) -> Queue | None:
        """The delivery queue of a database (GUID), if there is one."""
        return next((q for q in self.queues.values() if q.next_hop_connector == database), None)

    def flush(self) -> None:
        """Try every queue now, suspended ones aside."""
        for queue in list(self.queues.values()):
            if queue.messages and queue.status != "Suspended" and not queue.unreachable:
                self._deliver(queue)

    def lose_queues(self, reason: str) -> None:
        """The queue files are gone, and the mail in them."""
        for queue in self.queues.values():
            for envelope in queue.messages:
                self._ledger.destroyed(envelope.message, envelope.recipient, reason)
            queue.messages = []
            self._settle(queue)
        self.queues.clear()
        self.safety_net.lose()

    def resubmit_delivered(
        self, database: uuid.UUID, start: datetime, end: datetime
    ) -> ResubmitRequest:
        """Add-ResubmitRequest: soon deliver again what this server delivered to a database in a period."""
        request = self.safety_net.add(self.name, database, start, end, self.clock.now())
        self.scheduler.after(SECONDS_PER_REQUEST, lambda: self._serve(request))
        return request

    def _serve(self, request: ResubmitRequest) -> None:
        with self._lock:
            if not self.running:
                self.scheduler.after(SECONDS_PER_REQUEST, lambda: self._serve(request))
                return
            now = self.clock.now()
            for found in self.safety_net.find(request, now):
                request.messages += 1
                self._categorise(Envelope(found.message, found.recipient, now, again=True))
            request.state = "Completed"

    def _resubmit(self, queue: Queue) -> None:
        waiting, queue.messages = queue.messages, []
        self._settle(queue)
        for envelope in waiting:
            self._categorise(envelope)

    def _categorise(self, envelope: Envelope) -> None:
        view = self.view
        owner = view.get(MAILBOX, envelope.recipient)
        if owner is None:
            self._bounce(envelope, _UNKNOWN)
            return
        database = view.get(DATABASE, owner.database)
        if database is None:
            queue = self._unreachable()
        else:
            queue = self.queue_for(database.guid) or self._new_queue(database.name, database.guid)
        queue.messages.append(envelope)
        if queue.status in ("Ready", "Active") and not queue.unreachable:
            self._deliver(queue)
        elif queue.unreachable:
            self._schedule(queue)

    def _new_queue(self, domain: str, connector: str) -> Queue:
        queue = Queue(f"{self.name}\\{next(self._numbers)}", domain, connector)
        self.queues[queue.identity] = queue
        return queue

    def _unreachable(self) -> Queue:
        identity = f"{self.name}\\Unreachable"
        if identity not in self.queues:
            self.queues[identity] = Queue(
                identity, "Unreachable Domain", "00000000-0000-0000-0000-000000000000",
                delivery_type="Unreachable", status="Ready", last_error=_NO_DATABASE,
            )  # fmt: skip
        return self.queues[identity]

    def _deliver(self, queue: Queue) -> None:
        if not self.running:
            return
        mounted = self._find_mounted(queue.next_hop_connector)
        if mounted is None:
            self._hold(queue)
            return
        waiting, queue.messages = queue.messages, []
        self._settle(queue)
        for index, envelope in enumerate(waiting):
            try:
                self._store(envelope, mounted)
            except DatabaseFailed:  # its disk is full: this message and the rest wait
                queue.messages = waiting[index:] + queue.messages
                self._hold(queue)
                return

    def _store(self, envelope: Envelope, mounted: MountedDatabase) -> None:
        owner = self.view.get(MAILBOX, envelope.recipient)
        if owner is None or owner.database != mounted.guid:
            self._categorise(envelope)  # moved since it was queued: the store driver sends it back
            return
        if envelope.again and self._is_there(owner.exchange_guid, envelope.message, mounted):
            return
        try:
            mounted.deliver(owner.exchange_guid, envelope.message, owner)
        except QuotaExceeded:
            self._bounce(envelope, _FULL)
        else:
            self._ledger.delivered(envelope.message, envelope.recipient)
            now = self.clock.now()
            self.safety_net.keep(envelope.message, envelope.recipient, mounted.guid, now)

    @staticmethod
    def _is_there(mailbox: str, message: Message, mounted: MountedDatabase) -> bool:
        """Whether the mailbox has a copy of the message: the store's duplicate detection."""
        stored = mounted.mailbox(mailbox)
        return stored is not None and any(
            m.message_id == message.message_id for m in stored.messages.values()
        )

    def _hold(self, queue: Queue) -> None:
        now = self.clock.now()
        self._expire(queue)
        if not queue.messages:
            self._settle(queue)
            return
        if queue.status == "Retry":
            queue.retry_count += 1
        else:
            queue.first_retry_time = now
        queue.status, queue.last_error, queue.last_retry_time = "Retry", _OFFLINE, now
        queue.next_retry_time = now + timedelta(seconds=RETRY_INTERVAL)
        self._schedule(queue)

    def _settle(self, queue: Queue) -> None:
        queue.status, queue.retry_count = "Ready", 0
        queue.first_retry_time = queue.last_retry_time = queue.next_retry_time = None
        if not queue.unreachable:
            queue.last_error = ""
        timer = self._timers.pop(queue.identity, None)
        if timer is not None:
            timer.cancel()

    def _expire(self, queue: Queue) -> None:
        oldest = self.clock.now() - timedelta(seconds=self.expiration)
        expired = [e for e in queue.messages if e.submitted <= oldest]
        queue.messages = [e for e in queue.messages if e.submitted > oldest]
        for envelope in expired:
            self._bounce(envelope, _EXPIRED)

    def _bounce(self, envelope: Envelope, reason: str) -> None:
        """Give a message up. A sender in the organisation gets a report; reports themselves get none."""
        message = envelope.message
        self._ledger.bounced(message, envelope.recipient, reason)
        if not message.sender or message.item_class == _REPORT_CLASS:
            return
        now = self.clock.now().isoformat(timespec="milliseconds")
        for owner in self.view.resolve(MAILBOX, message.sender)[:1]:
            key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{message.message_id}/{envelope.recipient}"))
            report = Message(
                id=key, message_id=key, subject=f"Undeliverable: {message.subject}", size=20_000,
                received=now, modified=now, item_class=_REPORT_CLASS,
            )  # fmt: skip
            self._ledger.accepted(report, owner.guid)
            self.submit(report, owner.guid)

    def _schedule(self, queue: Queue) -> None:
        timer = self._timers.get(queue.identity)
        if timer is not None:
            timer.cancel()
        self._timers[queue.identity] = self.scheduler.after(
            RETRY_INTERVAL, lambda: self._tick(queue)
        )

    def _tick(self, queue: Queue) -> None:
        with self._lock:
            self._timers.pop(queue.identity, None)
            if queue.unreachable:
                self._expire(queue)
                self._resubmit(queue)  # the directory may know more by now
            elif queue.status == "Retry" and self.running:
                self._deliver(queue)
            elif queue.status == "Retry":
                self._schedule(queue)
