# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue and the workers of the Mailbox Replication Service.

A request is picked up after a while. As many are active per source and per target database as the switch `mrs_limits`
says; the others that were picked up stall, and the rest stay queued (exchange.md 8.4). Work happens in the scheduler:
a request takes its overhead and the time of its bytes. Lost connections are retried, anything permanent fails the request.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from exchange_lab.directory import DATABASE, MAILBOX, MailboxObject
from exchange_lab.mrs.merge import Merge
from exchange_lab.mrs.request import FINISHED, PRIORITIES, RestoreRequest
from exchange_lab.store import DatabaseFailed, Message, QuotaExceeded

# Requests that run at a time per target and per source database, by the answer to 15.9.
ACTIVE_PER_DATABASE = {"ten per database": (10, 10), "five per source, two per target": (2, 5)}
PICKED_UP = 100  # MaxTotalMovesPerMRS
FULL_SCAN_SECONDS = 600.0  # no request waits longer to be seen (exchange.md 11)
RETRY_SECONDS = 30.0
MAX_RETRIES = 60
CHUNK_SECONDS = 20.0  # simulated time between two looks at a running merge
SERVICE = "MSExchangeMailboxReplication"
_STALLED = ("StalledDueToTarget_MdbReplication", "StalledDueToSource_MdbReplication")


class RequestFailure(Exception):
    """Why a request can't go on now (transient) or at all."""

    def __init__(self, kind: str, side: str | None, text: str, transient: bool = False) -> None:
        super().__init__(text)
        self.kind, self.side, self.text, self.transient = kind, side, text, transient


class ReplicationService:
    """All restore requests of the organisation. Methods need the organisation's lock, and take no time.

    Making one puts it into `organisation.mrs`.
    """

    def __init__(self, organisation: Any) -> None:
        self.organisation = organisation
        self.requests: dict[str, RestoreRequest] = {}  # by GUID, in order of creation
        self._waiting: list[RestoreRequest] = []  # picked up, no slot yet
        self._active: list[RestoreRequest] = []
        organisation.mrs = self

    # -- what cmdlets do
    def add(self, request: RestoreRequest) -> None:
        """Take a new request."""
        self.requests[request.guid] = request
        now = self._now()
        request.log(now, "'' created request.")
        if request.suspended:
            self._suspend(request)
        else:
            self._pick_up_later(request)

    def suspend(self, request: RestoreRequest, comment: str = "") -> None:
        """Suspend a request that hasn't finished."""
        request.suspended, request.suspend_comment = True, comment
        self._suspend(request)

    def resume(self, request: RestoreRequest) -> None:
        """Queue a suspended or failed request again; what was copied isn't copied twice."""
        now = self._now()
        request.suspended, request.retries = False, 0
        request.failure = request.failure_side = request.failed_at = None
        request.failure_text = ""
        request.epoch += 1
        request.enter(now, "Queued", "Queued")
        request.log(now, "Request was resumed.")
        self._pick_up_later(request)

    def remove(self, request: RestoreRequest) -> None:
        """Forget a request, whatever its state; what it has copied stays."""
        request.removed = True
        self.requests.pop(request.guid, None)
        self._leave(request)

    def of_target(self, mailbox: str) -> list[RestoreRequest]:
        """Requests for a mailbox (directory GUID)."""
        return [r for r in self.requests.values() if r.target == mailbox]

    def position(self, request: RestoreRequest) -> int | None:
        """PositionInQueue among the queued ones, from 1."""
        queued = [r for r in self.requests.values() if r.status == "Queued"]
        return queued.index(request) + 1 if request in queued else None

    # -- queue
    def _pick_up_later(self, request: RestoreRequest) -> None:
        delay = self.organisation.latency.seconds("mrs pickup")
        self._later(min(delay, FULL_SCAN_SECONDS), request, self._pick_up)

    def _pick_up(self, request: RestoreRequest) -> None:
        if request.status != "Queued" or request in self._waiting:
            return
        if self._server() is None or len(self._waiting) + len(self._active) >= PICKED_UP:
            self._later(RETRY_SECONDS, request, self._pick_up)
            return
        self._waiting.append(request)
        self._fill()

    def _fill(self) -> None:
        """Give free slots to those that wait longest with the highest priority; tell the others that they stall."""
        order = sorted(
            self._waiting, key=lambda r: (-PRIORITIES.index(r.priority), r.created, r.guid)
        )
        for request in order:
            full = self._full(request)
            if full is None:
                self._waiting.remove(request)
                self._active.append(request)
                self._begin(request)
            elif request.detail != full:
                request.enter(self._now(), "InProgress", full)

    def _full(self, request: RestoreRequest) -> str | None:
        limits = ACTIVE_PER_DATABASE[self.organisation.switches["mrs_limits"]]
        for detail, attribute, limit in zip(
            _STALLED, ("target_database", "source_database"), limits, strict=True
        ):
            wanted = getattr(request, attribute)
            if sum(getattr(r, attribute) == wanted for r in self._active) >= limit:
                return detail
        return None

    def _leave(self, request: RestoreRequest) -> None:
        request.epoch += 1
        if request in self._waiting:
            self._waiting.remove(request)
        if request in self._active:
            self._active.remove(request)
            self._fill()

    # -- work
    def _begin(self, request: RestoreRequest) -> None:
        now = self._now()
        request.server = self._server()
        request.started = request.started or now
        request.enter(now, "InProgress", "CreatingFolderHierarchy", "CreatingFolderHierarchy")
        request.log(
            now,
            f"The Microsoft Exchange Mailbox Replication service '{request.server}' is examining the request.",
        )
        overhead = self.organisation.latency.seconds("mrs request overhead")
        self._later(0.7 * overhead, request, lambda r: self._copy(r, 0.3 * overhead))

    def _copy(self, request: RestoreRequest, rest: float) -> None:
        """Copy as much as fits into one chunk, and come back for more."""
        if request not in self._active:
            return
        if self._server() is None:  # what was copied stays; somebody may start the service again
            self._later(RETRY_SECONDS, request, lambda r: self._copy(r, rest))
            return
        rate = self.organisation.latency.rate("merge")
        budget = CHUNK_SECONDS * rate
        try:
            if stalled := self._strike(request):
                request.enter(self._now(), "InProgress", stalled)
                self._later(RETRY_SECONDS, request, lambda r: self._copy(r, rest))
                return
            merge, owner = self._open(request)
            items = merge.items()
            request.estimated_items = len(items)
            request.estimated_bytes = sum(m.size for m in items)
            if request.detail != "CopyingMessages":
                request.enter(self._now(), "InProgress", "CopyingMessages", "CopyingMessages")
            copied, finished = self._copy_some(request, merge, owner, items, budget)
        except RequestFailure as failure:
            self._fail(request, failure)
            return
        except DatabaseFailed as stopped:
            text = f"Database '{stopped.database}' is offline."
            self._fail(request, RequestFailure("MapiExceptionMdbOffline", "Target", text, True))
            return
        request.retries = 0
        request.updated = self._now()
        seconds = copied / rate if math.isfinite(rate) else 0.0
        if finished:
            self._later(seconds + rest, request, self._complete)
        else:
            self._later(seconds, request, lambda r: self._copy(r, rest))

    def _strike(self, request: RestoreRequest) -> str | None:
        """What a fault does to this request now: the StatusDetail with which it stalls."""
        owner = self.organisation.view().get(MAILBOX, request.target)
        found: str | None = self.organisation.faults.at(
            "mrs", request=request.name, mailbox=owner.name if owner else "",
            database=request.source_database_name, guid=request.guid,
        )  # fmt: skip
        return found

    def _copy_some(
        self,
        request: RestoreRequest,
        merge: Merge,
        owner: MailboxObject,
        items: list[Message],
        budget: float,
    ) -> tuple[int, bool]:
        copied = 0
        for index in range(request.seen, len(items)):
            item = items[index]
            if copied and copied + item.size > budget:
                return copied, False
            if not self._is_lost(request, item):
                self._check_quota(request, merge, owner, item)
                if merge.copy(item):
                    copied += item.size
                    request.items += 1
                    request.bytes += item.size
            request.seen = index + 1
        return copied, True

    def _is_lost(self, request: RestoreRequest, item: Message) -> bool:
        """Whether a bad or large item is left out; too many of them fail the request."""
        for wrong, found, limit, kind, word in (
            (item.corrupt, request.bad_items, request.bad_item_limit, "TooManyBadItems", "bad"),
            (item.large, request.large_items, request.large_item_limit, "TooManyLargeItems", "large"),
        ):  # fmt: skip
            if not wrong:
                continue
            if item.id not in found:
                found[item.id] = item
                text = f'A {word} item was encountered: "{item.subject}" in folder "{item.folder}" ({item.item_class}).'
                request.log(self._now(), text)
            if limit is not None and len(found) > limit:
                text = f"This mailbox exceeded the maximum number of {word} items that were specified for this request."
                raise RequestFailure(f"{kind}PermanentException", None, text)
            return True
        return False

    def _check_quota(
        self, request: RestoreRequest, merge: Merge, owner: MailboxObject, item: Message
    ) -> None:
        extra = merge.extra_bytes(item)
        if not extra or request.target_is_archive:
            return
        found = self.organisation.find_mounted(request.target_database)
        try:
            found[1].check_quota(merge.target, owner, extra, "prohibit_send_receive_quota")
        except QuotaExceeded as exceeded:
            raise RequestFailure(
                "QuotaExceededPermanentException", "Target", str(exceeded)
            ) from None

    def _open(self, request: RestoreRequest) -> tuple[Merge, MailboxObject]:
        """Source and target, opened anew at each chunk: either database may be gone meanwhile."""
        organisation = self.organisation
        source = organisation.find_mounted(request.source_database)
        if source is None:
            raise RequestFailure(
                "MapiExceptionMdbOffline",
                "Source",
                f"Database '{request.source_database_name}' is offline.",
                True,
            )
        box = source[1].mailbox(request.source_mailbox)
        if box is None:
            text = f"Mailbox '{request.source_mailbox}' isn't in database '{request.source_database_name}'."
            raise RequestFailure("SourceMailboxNotFoundPermanentException", "Source", text)
        view = source[0].store.view()
        owner = view.get(MAILBOX, request.target)
        if owner is None:
            raise RequestFailure(
                "TargetMailboxNotFoundPermanentException", "Target", "The target mailbox is gone."
            )
        home = owner.archive_database if request.target_is_archive else owner.database
        target = organisation.find_mounted(home or "")
        if target is None:
            item = view.get(DATABASE, home or "")
            name = item.name if item else home
            raise RequestFailure(
                "MapiExceptionMdbOffline", "Target", f"Database '{name}' is offline.", True
            )
        if home != request.target_database:
            request.target_database = str(home)
        where = target[1]
        stored = where.mailbox(request.target_mailbox) or where.logon(
            request.target_mailbox, owner, "MRS"
        )
        switches = organisation.switches
        return Merge(
            box, stored, request.options, switches["second_merge_skips_changed_items"],
            one_per_id=switches["calendar_items_with_one_id"] == "one item",
        ), owner  # fmt: skip

    def _complete(self, request: RestoreRequest) -> None:
        if request not in self._active:
            return
        now = self._now()
        lost = len(request.bad_items) + len(request.large_items)
        request.completed = now
        request.enter(now, FINISHED[1] if lost else FINISHED[0], "Completed", "SyncFinished")
        request.log(now, "Request is complete.")
        self._leave(request)
        if request.age_limit is not None:
            self._later(request.age_limit.total_seconds(), request, self._expire)

    def _expire(self, request: RestoreRequest) -> None:
        if request.status in FINISHED:
            self.remove(request)

    def _fail(self, request: RestoreRequest, failure: RequestFailure) -> None:
        now = self._now()
        request.failure, request.failure_side = failure.kind, failure.side
        request.failure_text, request.failed_at = failure.text, now
        request.log(
            now,
            f"{'Transient' if failure.transient else 'Fatal'} error {failure.kind}: {failure.text}",
        )
        if failure.transient and request.retries < MAX_RETRIES:
            request.retries += 1
            request.enter(now, "Retrying", f"TransientFailure{failure.side}")
            self._later(RETRY_SECONDS, request, lambda r: self._copy(r, 0.0))
            return
        request.enter(now, "Failed", "FailedOther")
        self._leave(request)

    def _suspend(self, request: RestoreRequest) -> None:
        now = self._now()
        request.suspended_at = now
        request.enter(now, "Suspended", "Suspended")
        request.log(now, "Request was suspended.")
        self._leave(request)

    # -- help
    def _later(
        self, seconds: float, request: RestoreRequest, step: Callable[[RestoreRequest], None]
    ) -> None:
        epoch = request.epoch

        def run() -> None:
            with self.organisation.lock:
                if not request.removed and request.epoch == epoch:
                    step(request)

        self.organisation.scheduler.after(seconds, run)

    def _server(self) -> str | None:
        """A server whose replication service runs."""
        for server in self.organisation.servers.values():
            if server.services.get(SERVICE) == "Running":
                return str(server.fqdn)
        return None

    def _now(self) -> Any:
        return self.organisation.clock.now()
