# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The cmdlet sessions of a transport: opened when a call needs one, kept for the next.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import TransportError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._cmdlets import (
    CmdletSession,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._controller_pin import (
    ControllerPin,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

# After so many idle seconds a session is probed before it is used: the server may have closed it, and
# nothing is in flight yet that could get lost.
_DOUBTFUL = 60.0

# Seconds for which a session is tried again that could not be opened for a reason that passes.
_PATIENCE = 90.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 15.0

# Such reasons: there is no room for a session; the application pool is starting, or a proxy says so.
_PASSING = frozenset(("SessionQuota", "Http502", "Http503", "Http504"))
# And those of a server that could be reached before: it, or the network, is restarting.
_PASSING_LATER = frozenset(("Unreachable", "NoEndpoint"))


class Slot(t.Protocol):
    """A place among the sessions that one account may hold."""

    def release(self) -> None:
        """Give the place back."""


@dataclass
class CallControl:
    """How a call that blocks is watched and ended from another thread."""

    stopping: threading.Event = field(default_factory=threading.Event)
    # What the call waits for, in words, or None.
    waiting: str | None = None


@dataclass
class Held:
    """A session in use, and its place. stale: it is closed afterwards instead of kept."""

    session: CmdletSession
    slot: Slot | None
    stale: bool = False


class SessionPool:
    """Up to `options.sessions` sessions with one server, each pinned to one domain controller, again after a
    reconnect. Thread-safe.

    take_slot: asked for a place before each session is opened; gives None while there is none.
    on_wait: told, in words, what a call waits for. pause: waits up to some seconds for an event.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        pin: ControllerPin,
        take_slot: t.Callable[[], Slot | None] | None,
        on_wait: t.Callable[[str], None],
        pause: t.Callable[[threading.Event, float], t.Any],
    ) -> None:
        self._options, self._pin = options, pin
        self._take_slot, self._on_wait, self._pause = take_slot, on_wait, pause
        self._changed = threading.Condition()
        self._idle: list[Held] = []
        self._open = 0
        self._closed = False
        # Whether a session has ever been open: from then on a failure is a lost session.
        self.was_open = False

    @contextlib.contextmanager
    def session(self, control: CallControl, timeout: float) -> t.Iterator[Held]:
        """A session for one call; waits for one up to `timeout` seconds. Raises TransportError."""
        held = self._take(control, timeout)
        try:
            yield held
        except BaseException:
            self._drop(held)
            raise
        if held.stale:
            self._drop(held)
            return
        with self._changed:
            self._idle.append(held)
            self._changed.notify()

    def say(self, control: CallControl, what: str) -> None:
        """Tell what a call waits for."""
        control.waiting = what
        self._on_wait(f"waiting for {what}")

    def release_idle(self) -> None:
        """Close the sessions that do nothing now, so that others may have their places."""
        while True:
            with self._changed:
                if not self._idle:
                    return
                held = self._idle.pop()
            self._drop(held)

    def close(self) -> None:
        """End the idle sessions; no call gets one any more."""
        with self._changed:
            self._closed = True
        self.release_idle()

    def _take(self, control: CallControl, timeout: float) -> Held:
        deadline = time.monotonic() + timeout
        while True:
            held, slot = self._next(control, deadline)
            if held is None:
                return self._connect(slot, control)
            if time.monotonic() - held.session.used < _DOUBTFUL or held.session.alive():
                return held
            self._drop(held)

    def _next(self, control: CallControl, deadline: float) -> tuple[Held | None, Slot | None]:
        """An idle session, or None and the slot for a new one."""
        with self._changed:
            while True:
                if self._closed or control.stopping.is_set():
                    raise TransportError(
                        "The call was stopped.", server=self._pin.server, code="Stopped"
                    )
                if self._idle:
                    control.waiting = None
                    return self._idle.pop(), None
                if self._open < self._options.sessions:
                    slot = self._take_slot() if self._take_slot is not None else None
                    if slot is not None or self._take_slot is None:
                        self._open += 1
                        control.waiting = None
                        return None, slot
                    control.waiting = "a free session: all that this account may hold are in use"
                else:
                    control.waiting = f"one of the {self._open} sessions with {self._pin.server}"
                if time.monotonic() > deadline:
                    raise TransportError(
                        f"Waited in vain for {control.waiting}.",
                        server=self._pin.server,
                        code="NoFreeSession",
                        remedy="Run fewer forks, or raise ansible_exchange_max_sessions together"
                        " with PowerShellMaxConcurrency.",
                    )
                self._changed.wait(0.2)

    def _connect(self, slot: Slot | None, control: CallControl) -> Held:
        """A new session; waits for one while the reason that there is none may pass."""
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            held = Held(CmdletSession(self._options, again=self.was_open), slot)
            try:
                held.session.open()
                self._pin.apply(held.session)
            except TransportError as e:
                if not self._may_pass(e) or waited >= _PATIENCE or control.stopping.is_set():
                    self._drop(held)
                    raise
                held.session.close()
                self.say(control, f"a session with {self._pin.server}, trying again: {e.message}")
            except BaseException:
                self._drop(held)
                raise
            else:
                self.was_open = True
                control.waiting = None
                return held
            self._pause(control.stopping, pause)
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE)

    def _may_pass(self, error: TransportError) -> bool:
        return error.code in _PASSING or (self.was_open and error.code in _PASSING_LATER)

    def _drop(self, held: Held) -> None:
        held.session.close()
        if held.slot is not None:
            held.slot.release()
        with self._changed:
            self._open -= 1
            self._changed.notify()
