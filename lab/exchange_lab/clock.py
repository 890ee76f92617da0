# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time: a clock that runs faster than the wall, and callbacks at simulated times."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

_log = logging.getLogger(__name__)
_LONGEST_WAIT = 3600.0  # wall seconds; Event.wait and Condition.wait overflow on huge values


class Clock:
    """Simulated time that passes *speed* times as fast as the wall clock."""

    def __init__(self, speed: float = 60.0, start: datetime | None = None) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.speed = speed
        self.start = (start or datetime.now(timezone.utc)).astimezone(timezone.utc)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The simulated time, aware, UTC."""
        return self.start + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """Simulated seconds since the start."""
        return (time.monotonic() - self._origin) * self.speed

    def sleep(self, seconds: float, stopping: threading.Event | None = None) -> bool:
        """Wait *seconds* of simulated time; False as soon as *stopping* is set."""
        end = time.monotonic() + max(0.0, seconds) / self.speed
        while True:
            if stopping is not None and stopping.is_set():
                return False
            left = end - time.monotonic()
            if left <= 0:
                return True
            if stopping is None:
                time.sleep(min(left, _LONGEST_WAIT))
            else:
                stopping.wait(min(left, _LONGEST_WAIT))


class JumpClock(Clock):
    """A clock for tests: it stands still, and `sleep` moves it forward at once.

    Callbacks of schedulers on this clock that become due on the way run in the thread that moves
    the clock, in due order, at their own time. A callback may itself sleep, advance or schedule.
    No lock is held while a callback runs.
    """

    def __init__(self, start: datetime | None = None) -> None:
        super().__init__(1.0, start or datetime(2026, 11, 22, 8, 0, tzinfo=timezone.utc))
        self._elapsed = 0.0
        self._mutex = threading.Lock()
        self._schedulers: list[Scheduler] = []

    def elapsed(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float, stopping: threading.Event | None = None) -> bool:
        if stopping is not None and stopping.is_set():
            return False
        self.advance(max(0.0, seconds))
        return stopping is None or not stopping.is_set()

    def advance(self, seconds: float) -> None:
        """Move the time forward, running every callback that becomes due on the way."""
        if seconds < 0:
            raise ValueError("time does not go backwards")
        target = self._elapsed + seconds
        while True:
            with self._mutex:
                due = [found for s in self._schedulers if (found := s._peek()) is not None]
                first = min(due, default=None, key=lambda entry: (entry.when, entry.number))
                if first is None or first.when > target:
                    self._elapsed = max(self._elapsed, target)
                    return
                # Not backwards: a callback that slept may have passed the times of others.
                self._elapsed = max(self._elapsed, first.when)
                first.scheduler._take(first)
            first.scheduler._run(first)

    def _add(self, scheduler: Scheduler) -> None:
        with self._mutex:
            self._schedulers.append(scheduler)

    def _remove(self, scheduler: Scheduler) -> None:
        with self._mutex:
            if scheduler in self._schedulers:
                self._schedulers.remove(scheduler)


class Handle:
    """One scheduled callback; `cancel` keeps it from running (again)."""

    def __init__(
        self,
        scheduler: Scheduler,
        when: float,
        number: int,
        call: Callable[[], None],
        period: float | None,
    ) -> None:
        self.scheduler = scheduler
        self.when = when  # simulated seconds since the clock's start
        self.number = number
        self.call = call
        self.period = period
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def __lt__(self, other: Handle) -> bool:
        return (self.when, self.number) < (other.when, other.number)


class Scheduler:
    """Callbacks at simulated times, one after the other in one background thread.

    With a `JumpClock` there is no thread: they run when the clock is moved past them. A callback
    that raises is logged with its traceback and counted in `failures`; the others go on.
    """

    _numbers = itertools.count()

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.failures: list[BaseException] = []
        self._heap: list[Handle] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        if isinstance(clock, JumpClock):
            clock._add(self)
        else:
            self._thread = threading.Thread(target=self._work, name="lab-scheduler", daemon=True)
            self._thread.start()

    def at(self, when: datetime, call: Callable[[], None]) -> Handle:
        """Run *call* at the simulated time *when*; at once if that has passed."""
        return self._put((when - self.clock.start).total_seconds(), call, None)

    def after(self, seconds: float, call: Callable[[], None]) -> Handle:
        return self._put(self.clock.elapsed() + seconds, call, None)

    def every(self, seconds: float, call: Callable[[], None]) -> Handle:
        """Run *call* every *seconds*, first after one period. Missed periods are left out."""
        if seconds <= 0:
            raise ValueError("a period must be positive")
        return self._put(self.clock.elapsed() + seconds, call, seconds)

    def close(self) -> None:
        """Run nothing any more; waits for a callback that is running."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify_all()
        if isinstance(self.clock, JumpClock):
            self.clock._remove(self)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _put(self, when: float, call: Callable[[], None], period: float | None) -> Handle:
        handle = Handle(self, when, next(self._numbers), call, period)
        with self._changed:
            if not self._closed:
                heapq.heappush(self._heap, handle)
                self._changed.notify_all()
        return handle

    def _peek(self) -> Handle | None:
        with self._changed:
            while self._heap and self._heap[0].cancelled:
                heapq.heappop(self._heap)
            return self._heap[0] if self._heap else None

    def _take(self, handle: Handle) -> None:
        with self._changed:
            if handle in self._heap:
                self._heap.remove(handle)
                heapq.heapify(self._heap)

    def _run(self, handle: Handle) -> None:
        if handle.cancelled or self._closed:
            return
        try:
            handle.call()
        except Exception as error:  # the outermost layer of this thread
            _log.exception("a scheduled callback failed: %r", handle.call)
            self.failures.append(error)
        if handle.period is not None and not handle.cancelled:
            now = self.clock.elapsed()
            while handle.when <= now:
                handle.when += handle.period
            with self._changed:
                if not self._closed:
                    heapq.heappush(self._heap, handle)

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                first = self._peek()
                left = _LONGEST_WAIT
                if first is not None:
                    left = (first.when - self.clock.elapsed()) / self.clock.speed
                if first is None or left > 0:
                    self._changed.wait(min(left, _LONGEST_WAIT))
                    continue
                heapq.heappop(self._heap)
            self._run(first)
