# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: which faults are injected now, when they strike, and when they are lifted.

Layers ask it at their points, in one line: `organisation.faults.at("mount", database=name, server=server)`. That costs
nothing while nothing is injected. `watch` calls a function of the caller instead of a fault, such as one that kills
the client at its n-th call.
"""

from __future__ import annotations

import fnmatch
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from exchange_lab.faults.fault import POINTS, REQUIRED, Fault

if TYPE_CHECKING:
    from exchange_lab.lab import Lab
    from exchange_lab.organisation import Organisation

_ALL = "*"


class FaultError(Exception):
    """What cannot be injected, and why."""


class Interrupted(Exception):
    """Raised by a fault at the point "call": the call is not carried out, and nobody hears why."""


@dataclass(frozen=True)
class Hit:
    """What a fault sees when it strikes: where it is, and the facts of the point (empty for a state)."""

    organisation: Organisation
    _lab: Lab | None
    facts: dict[str, Any]
    injection: Injection

    @property
    def lab(self) -> Lab:
        """The lab; FaultError when the organisation runs without endpoints."""
        if self._lab is None:
            raise FaultError("this fault needs a whole lab")
        return self._lab

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass, but no longer than the fault lasts."""
        self.organisation.clock.sleep(seconds, self.injection.lifted)


@dataclass
class Injection:
    """A fault that is injected. `seen` calls matched, of which it struck `struck`."""

    fault: Fault
    options: dict[str, Any]
    match: dict[str, str]
    nth: int
    times: int | None
    seen: int = 0
    struck: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)
    _undo: Iterator[None] | None = None

    def matches(self, facts: dict[str, Any]) -> bool:
        """Whether these facts are the ones it waits for: wildcards, without case."""
        return all(_fits(facts.get(name), wanted) for name, wanted in self.match.items())

    def to_json(self) -> dict[str, Any]:
        """What was asked for, and how often it came to it."""
        return {
            **self.options, **self.match, "nth": self.nth, "times": self.times,
            "seen": self.seen, "struck": self.struck,
        }  # fmt: skip


class Engine:
    """The faults of one organisation. Thread-safe; takes no other lock while it holds its own."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self.lab: Lab | None = None
        self._lock = threading.Lock()
        self._active: list[Injection] = []

    # -- for the layers
    def at(self, point: str, **facts: Any) -> Any:
        """Let strike what is due here. Gives what the last fault that struck returned; raises what it raises."""
        if not self._active:
            return None
        result = None
        for injection in self._due(point, facts):
            fault = injection.fault
            try:
                answer = fault.act(self._hit(injection, facts), **injection.options)
            finally:
                if injection.times is not None and injection.struck >= injection.times:
                    self._lift(injection)
            result = answer if answer is not None else result
        return result

    # -- for who breaks things
    def inject(self, fault: Fault, **options: Any) -> Injection:
        """Inject a fault. FaultError when it can't be.

        Options of all faults: `seconds` (simulated) after which it is lifted; of those that strike at a point also
        `nth` (the first call it strikes, 1 unless told), `times` (None: until lifted), and any fact of its point, with
        wildcards: name="Set-Mailbox", server="MBX1", arguments="*DB01*". All others are the fault's own.
        """
        seconds = options.pop("seconds", None)
        injection = self.check(fault, **options)
        if not fault.point:
            injection._undo = fault.act(self._hit(injection, {}), **injection.options)
            next(injection._undo)
        with self._lock:
            self._active.append(injection)
        if seconds is not None:
            self._organisation.scheduler.after(float(seconds), lambda: self._lift(injection))
        return injection

    @staticmethod
    def check(fault: Fault, **options: Any) -> Injection:
        """What inject() would inject. FaultError when it can't be."""
        options.pop("seconds", None)
        facts = POINTS.get(fault.point, ())
        nth, times = 1, None
        if fault.point:
            nth, times = int(options.pop("nth", 1)), options.pop("times", fault.times)
        own = {name: options.pop(name) for name in list(options) if name in fault.options}
        match = {name: str(options.pop(name)) for name in list(options) if name in facts}
        if options:
            known = sorted({*fault.options, *facts, "seconds", *(("nth", "times") if facts else ())})
            raise FaultError(f"{fault.name} has no option {', '.join(options)}, only {', '.join(known)}")
        missing = [n for n, value in fault.options.items() if value == REQUIRED and n not in own]
        if missing:
            raise FaultError(f"{fault.name} needs {', '.join(missing)}")
        if nth < 1 or (times is not None and times < 1):
            raise FaultError("nth and times begin with 1")
        return Injection(fault, own, match, nth, times)

    def watch(
        self, point: str, callback: Callable[[Hit], Any], *, nth: int = 1, times: int | None = 1,
        **match: Any,
    ) -> Injection:
        """Call `callback(hit)` at the n-th call that matches; what it returns or raises counts as a fault's."""
        watching = Fault("watch", "", "", "", callback, point, times, {})
        return self.inject(watching, nth=nth, times=times, **match)

    def lift(self, name: str = _ALL) -> int:
        """Mend what faults of this name (wildcards; all unless told) have broken; returns how often they struck."""
        with self._lock:
            found = [i for i in self._active if fnmatch.fnmatchcase(i.fault.name, name)]
        for injection in reversed(found):
            self._lift(injection)
        return sum(injection.struck for injection in found)

    def active(self) -> list[Injection]:
        """What is injected now."""
        with self._lock:
            return list(self._active)

    def _due(self, point: str, facts: dict[str, Any]) -> list[Injection]:
        due = []
        with self._lock:
            for injection in self._active:
                if injection.fault.point != point or not injection.matches(facts):
                    continue
                injection.seen += 1
                last = None if injection.times is None else injection.nth + injection.times
                if injection.nth <= injection.seen and (last is None or injection.seen < last):
                    injection.struck += 1
                    due.append(injection)
        return due

    def _hit(self, injection: Injection, facts: dict[str, Any]) -> Hit:
        return Hit(self._organisation, self.lab, facts, injection)

    def _lift(self, injection: Injection) -> None:
        with self._lock:
            if injection not in self._active:
                return
            self._active.remove(injection)
        injection.lifted.set()
        if injection._undo is not None:
            for _unused in injection._undo:
                raise RuntimeError(f"{injection.fault.name} yields more than once")


def describe(fault: Fault, injected: list[Injection]) -> dict[str, Any]:
    """A fault as JSON: what it is, its options with their defaults, and what of it is injected now."""
    common: dict[str, Any] = {"seconds": None}
    if fault.point:
        common.update({"nth": 1, "times": fault.times}, **dict.fromkeys(POINTS[fault.point], _ALL))
    return {
        "name": fault.name,
        "family": fault.family,
        "description": fault.description,
        "shows": fault.shows,
        "options": {**common, **fault.options},
        "active": [i.to_json() for i in injected if i.fault is fault],
    }


def _fits(value: Any, wanted: str) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return fnmatch.fnmatchcase(text.lower(), wanted.lower())
