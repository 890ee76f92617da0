# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Watching the restore requests of a merge until each is settled, and judging them by items.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    NotFoundError,
    PreconditionError,
    SessionLostError,
    TransportError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    restore_requests,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RequestStatistics,
    RestoreRequest,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 10.0
_QUIET = 60.0  # after so long without news, one active request is asked what it waits for
_STALE = 120.0  # so long the state of before a resume may still be shown
_LOST_SESSIONS = 5
_VANISHED_LOOKS = 3
_SERVICE = "MSExchangeMailboxReplication"


@dataclass(frozen=True)
class Outcome:
    """What became of one request. complete: every item is copied or listed as skipped.

    note: what a reader should know about it; of an incomplete one, why and what to do.
    """

    name: str
    complete: bool
    items: int = 0
    bytes: int = 0
    skipped: tuple[dict[str, t.Any], ...] = ()
    skipped_count: int = 0
    note: str = ""


@dataclass
class Watch:
    """Follows the requests of one batch.

    due: name of each expected request -> how many items it has to copy, None where that is not known.
    others: lists requests of other batches that count, under the names that due gives them.
    bad_item_limit: what a failed one may be raised to.
    settled: called for each outcome as it is known, so that the ledger is never far behind.
    source: the recovery database's GUID; without it nobody looks whether it is still mounted.
    """

    context: OperationContext
    batch: str
    due: Mapping[str, int | None]
    bad_item_limit: int
    wait_timeout: float
    settled: Callable[[Outcome], None]
    source: str | None = None
    others: Callable[[], list[RestoreRequest]] = list
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    resumed: int = 0
    _failure_seen: dict[str, tuple[str, float]] = field(default_factory=dict)
    _retried: set[str] = field(default_factory=set)
    _missing: dict[str, int] = field(default_factory=dict)

    def run(self) -> dict[str, Outcome]:
        """Until every request is settled. Raises WaitTimeout; the requests then go on by themselves."""
        context = self.context
        tally = Tally(context, "merged", len(self.due), "mailboxes")
        deadline = context.clock() + self.wait_timeout
        pause, quiet, seen, detail = _FIRST_PAUSE, 0.0, None, ""
        while True:
            requests = self._read()
            before = len(self.outcomes)
            gone = set()
            for request in requests:
                if request.name not in self.outcomes:
                    try:
                        self._look(request)
                    except NotFoundError:  # removed since it was listed
                        gone.add(request.name)
            requests = [request for request in requests if request.name not in gone]
            self._look_for_vanished(requests)
            states = {r.name: r.status for r in requests}
            if states != seen or len(self.outcomes) > before:
                pause, quiet, seen, detail = _FIRST_PAUSE, 0.0, states, ""
            elif quiet > _QUIET:
                self._refuse_lost_source()
                detail = self._detail(requests)
                quiet = 0.0
            tally.done = len(self.outcomes)
            line = self._line(tally, requests, detail)
            context.progress(line)
            if len(self.outcomes) >= len(self.due):
                return self.outcomes
            left = deadline - context.clock()
            if left <= 0:
                raise WaitTimeout(
                    f"Waited {self.wait_timeout:.0f} s for the merge; last seen: {line}.",
                    object=f"restore requests of batch {self.batch}",
                    operation="wait for",
                    last_state=line,
                    remedy="Exchange goes on with them. Run the same command again to wait on, with"
                    " a larger wait_timeout if need be.",
                )
            context.sleep(min(pause, left))
            quiet += pause
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _read(self) -> list[RestoreRequest]:
        lost = 0
        while True:
            try:
                found = [
                    *restore_requests.in_batch(self.context, self.batch),
                    *self.others(),
                ]
            except SessionLostError:  # the next call opens a new session; reading twice is harmless
                lost += 1
                if lost == _LOST_SESSIONS:
                    raise
                self.context.sleep(_LONGEST_PAUSE)
            else:
                return [request for request in found if request.name in self.due]

    def _look(self, request: RestoreRequest) -> None:
        if request.suspended:
            restore_requests.resume(self.context, request)
            self.resumed += 1
        elif request.completed or request.failed:
            statistics = restore_requests.statistics(self.context, request, report=True)
            if request.completed:
                self._settle(_completed(request, statistics, self.due[request.name]))
            elif not self._stale(request, statistics):
                self._failed(request, statistics)

    def _failed(self, request: RestoreRequest, statistics: RequestStatistics) -> None:
        if statistics.over_item_limit:
            self._over_limit(request, statistics)
        elif statistics.estimated_items and statistics.copied_everything(self.due[request.name]):
            self._settle(_failed_but_complete(request, statistics))
        elif request.name not in self._retried:
            self._refuse_lost_source()
            self._retried.add(request.name)
            self._resume(request, statistics, "once")
        else:
            self._settle(_gave_up(request, statistics))

    def _over_limit(self, request: RestoreRequest, statistics: RequestStatistics) -> None:
        limit, allowed = statistics.bad_item_limit, self.bad_item_limit
        # Bad and large items have a limit each.
        fits = max(statistics.bad_items, statistics.large_items) <= allowed
        raise_it = limit is not None and limit < allowed
        # With the limit raised already, an earlier run may have ended before it resumed the request.
        if fits and (raise_it or request.name not in self._retried):
            if raise_it:
                restore_requests.allow_bad_items(self.context, request, allowed)
            self._retried.add(request.name)
            self._resume(request, statistics, f"with bad_item_limit {allowed}")
        else:
            self._settle(_over_limit(request, statistics, allowed))

    def _resume(self, request: RestoreRequest, statistics: RequestStatistics, how: str) -> None:
        who = (request.target_mailbox or request.name).rpartition("/")[2]
        self.context.announce(
            f"the restore request of {who} failed{_reason(statistics)}; resuming it {how}"
        )
        restore_requests.resume(self.context, request)
        self.resumed += 1
        self._failure_seen[request.name] = (statistics.failed_at, self.context.clock())

    def _stale(self, request: RestoreRequest, statistics: RequestStatistics) -> bool:
        """Whether this is the failure that was answered already: its record lags behind."""
        failed_at, handled = self._failure_seen.get(request.name, ("", 0.0))
        return (
            bool(failed_at)
            and failed_at == statistics.failed_at
            and self.context.clock() - handled < _STALE
        )

    def _look_for_vanished(self, requests: Sequence[RestoreRequest]) -> None:
        """A request that nobody shows any more was removed; a domain controller may lag, too."""
        present = {request.name for request in requests}
        for name in self.due:
            if name in present or name in self.outcomes:
                self._missing.pop(name, None)
                continue
            self._missing[name] = self._missing.get(name, 0) + 1
            if self._missing[name] > _VANISHED_LOOKS:
                self._settle(
                    Outcome(
                        name,
                        complete=False,
                        note="Somebody removed its restore request before it was complete."
                        " Run the same command again to create a new one.",
                    )
                )

    def _settle(self, outcome: Outcome) -> None:
        self.outcomes[outcome.name] = outcome
        self.settled(outcome)

    def _detail(self, requests: Sequence[RestoreRequest]) -> str:
        active = [r for r in requests if r.name not in self.outcomes]
        active.sort(key=lambda r: r.waiting)
        if not active:
            return ""
        try:
            statistics = restore_requests.statistics(self.context, active[0])
        except (TransportError, NotFoundError):
            return ""  # nothing but a detail
        text = f"; one is {statistics.detail or statistics.status}, {statistics.percent} %"
        return text + self._stopped_service()

    def _refuse_lost_source(self) -> None:
        if self.source is not None:
            refuse_lost_source(self.context, self.source)

    def _stopped_service(self) -> str:
        """Says it when the service that does the work doesn't run; "" when it does, or nobody can tell."""
        context = self.context
        try:
            roles = servers.service_health(context, context.server)
        except ExchangeError:
            return ""
        if any(_SERVICE in role.services_not_running for role in roles):
            return f"; {_SERVICE} is not running on {context.server}: start it"
        return ""

    def _line(self, tally: Tally, requests: Sequence[RestoreRequest], detail: str) -> str:
        unsettled = [r for r in requests if r.name not in self.outcomes]
        waiting = sum(r.waiting for r in unsettled)
        return f"{tally.line()}; {len(unsettled) - waiting} active, {waiting} waiting{detail}"


def refuse_lost_source(context: OperationContext, guid: str) -> None:
    """Raise PreconditionError when the recovery database is not mounted any more: requests would try for
    half an hour to read from it, and none would fare better."""
    source = databases.find(context, guid, status=True)
    if source is not None and source.mounted is not False:
        return
    done = "dismounted" if source else "removed"
    raise PreconditionError(
        f"it was {done} while its mailboxes were merged.",
        object=source.about if source else f"recovery database {guid}",
        operation="merge from",
        code="SourceLost",
        remedy="Find out who did it: only one recovery database may be mounted on a server at a time."
        " Nothing is lost. When it can be mounted again, run the same command again: it mounts it and"
        " goes on.",
        server=context.server,
    )


def _outcome(
    request: RestoreRequest, statistics: RequestStatistics, *, complete: bool, note: str
) -> Outcome:
    return Outcome(
        name=request.name,
        complete=complete,
        items=statistics.items,
        bytes=statistics.bytes,
        skipped=statistics.skipped,
        skipped_count=statistics.skipped_count,
        note=note,
    )


def _completed(request: RestoreRequest, statistics: RequestStatistics, due: int | None) -> Outcome:
    note = ""
    if not statistics.copied_everything(due):
        # Items that the target had already are not counted as copied.
        note = (
            f"Exchange says completed, with {statistics.items} of"
            f" {statistics.estimated_items if due is None else due} items copied and no error for the"
            " others; the target had them already, as after a merge that was repeated."
        )
    return _outcome(request, statistics, complete=True, note=note)


def _failed_but_complete(request: RestoreRequest, statistics: RequestStatistics) -> Outcome:
    note = f"Failed ({statistics.failure_type or statistics.detail}) after every item was copied."
    return _outcome(request, statistics, complete=True, note=note)


def _over_limit(request: RestoreRequest, statistics: RequestStatistics, allowed: int) -> Outcome:
    found = max(statistics.bad_items, statistics.large_items)
    note = (
        f"{found} items or more can't be read, {allowed} are allowed. Look at the list of skipped"
        " items, then run the same command again with a larger bad_item_limit."
    )
    return _outcome(request, statistics, complete=False, note=note)


def _gave_up(request: RestoreRequest, statistics: RequestStatistics) -> Outcome:
    reason = _reason(statistics)
    remedy = next(
        (text for sign, text in _REMEDIES if sign in reason.lower()), "Remove the cause"
    )
    note = f"Failed twice{reason}. {remedy}, then run the same command again."
    return _outcome(request, statistics, complete=False, note=note)


def _reason(statistics: RequestStatistics) -> str:
    """Why it failed, to follow the word "failed"."""
    text = " ".join((statistics.message or statistics.detail or statistics.status).split())[:300]
    kind = f" ({statistics.failure_type})" if statistics.failure_type else ""
    return f"{kind}: {text.rstrip('.')}"


_REMEDIES = (
    ("quota", "Raise the quota of the target mailbox"),
    ("dismount", "Mount the recovery database"),
    ("mdboffline", "Mount the recovery database"),
    (
        "corrupt",
        "The mailbox in the recovery database can't be read: repair the one it goes to, if it is that"
        " one (New-MailboxRepairRequest), or save what can be read with a tool",
    ),
    ("locked", "Wait until nothing else works on the mailbox"),
)
