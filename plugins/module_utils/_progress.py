# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Live lines of long operations: when one is due, and what a count says.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import threading
import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.dialtone.exchange.plugins.module_utils._context import (
        OperationContext,
    )


def minutes(seconds: float) -> str:
    """Seconds as mm:ss, or h:mm:ss from one hour on."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return (
        f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
        if hours
        else f"{rest // 60:02d}:{rest % 60:02d}"
    )


class LiveLines:
    """Lets a line through at most every `interval` seconds, and repeats it when all is quiet.

    A line that comes too early is kept, and shown by beat() when its time has come, unless a newer
    one has replaced it. After `heartbeat` quiet seconds beat() shows the last line again.
    show gets "mm:ss text", with the time since the start of the task. Thread-safe.
    """

    def __init__(
        self,
        show: t.Callable[[str], None],
        clock: t.Callable[[], float],
        interval: float = 10.0,
        heartbeat: float = 60.0,
    ) -> None:
        self._show, self._clock = show, clock
        self._interval, self._heartbeat = interval, heartbeat
        self._start = clock()
        self._shown: float | None = None
        self._text: str | None = None
        self._waiting: str | None = None
        self._lock = threading.Lock()

    def __call__(self, text: str) -> None:
        """Offer a line."""
        with self._lock:
            if text == self._text:
                return
            if self._shown is None or self._clock() - self._shown >= self._interval:
                self._emit(text)
            else:
                self._waiting = text

    def at_once(self, text: str) -> None:
        """Show a line that must not be missed, such as that something is tried again."""
        with self._lock:
            if text != self._text:
                self._emit(text, self._waiting)

    def beat(self) -> None:
        """To be called about once a second."""
        with self._lock:
            if self._shown is None:
                return
            quiet = self._clock() - self._shown
            if self._waiting is not None and quiet >= self._interval:
                self._emit(self._waiting)
            elif self._text is not None and quiet >= self._heartbeat:
                self._emit(self._text)

    def end(self) -> None:
        """The work is over: the last line that was kept is shown, so that a count ends where it should."""
        with self._lock:
            if self._waiting is not None:
                self._emit(self._waiting)

    def _emit(self, text: str, waiting: str | None = None) -> None:
        now = self._clock()
        self._shown, self._text, self._waiting = now, text, waiting
        self._show(f"{minutes(now - self._start)} {text}")


class Tally:
    """Counts what is done of a known total, and says so: "rehomed 45 of 120 (37 %), 2.8/s, 00:27 left".

    what: the past participle, or anything that reads well before the count. total 0 is allowed.
    unit: appended to the counts, and to the rate ("GB").
    """

    def __init__(self, context: OperationContext, what: str, total: float, unit: str = "") -> None:
        self._context, self._what, self._total = context, what, total
        self._unit = f" {unit}" if unit else ""
        self._start = context.clock()
        self.done: float = 0

    def step(self, amount: float = 1) -> None:
        """`amount` more are done."""
        self.reach(self.done + amount)

    def reach(self, done: float) -> None:
        """`done` are done altogether."""
        self.done = done
        self._context.progress(self.line())

    def line(self) -> str:
        """The line as of now."""
        unit = self._unit
        text = f"{self._what} {self.done:.12g} of {self._total:.12g}{unit}"
        if self._total > 0:
            text += f" ({100 * self.done / self._total:.0f} %)"
        elapsed = self._context.clock() - self._start
        if elapsed > 0 and self.done > 0:
            rate = self.done / elapsed
            text += f", {rate:.1f}{unit}/s"
            if self.done < self._total:
                text += f", {minutes((self._total - self.done) / rate)} left"
        return text
