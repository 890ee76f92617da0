# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The transport that does the work: sessions and shells of this very process.

It runs inside the session process, in Ansible's worker when that is switched off, and in a module
that runs alone. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import threading
import time
import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._controller_pin import (
    ControllerPin,
    is_stale,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._session_pool import (
    CallControl,
    SessionPool,
    Slot,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._shell_pool import (
    DirectJob,
    ShellPool,
)

_READING_VERBS = frozenset(("Get", "Select", "Measure", "Test"))


class DirectTransport:
    """Up to `options.sessions` sessions and any number of shells on one server. Thread-safe.

    take_slot, on_wait, pause: as for SessionPool.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        take_slot: t.Callable[[], Slot | None] | None = None,
        on_wait: t.Callable[[str], None] = lambda _text: None,
        pause: t.Callable[[threading.Event, float], t.Any] = threading.Event.wait,
    ) -> None:
        options = options.check()
        self._pin = ControllerPin(options, on_wait)
        self._sessions = SessionPool(options, self._pin, take_slot, on_wait, pause)
        self._shells = ShellPool(options, on_wait)

    @property
    def server(self) -> str:
        """The server's name; its FQDN from the first session on."""
        return self._pin.server

    @property
    def domain_controller(self) -> str:
        """The FQDN of the domain controller in use; "" before the first session, unless it was given."""
        return self._pin.domain_controller

    @property
    def was_open(self) -> bool:
        """Whether a session has ever been open: from then on a failure is a lost session."""
        return self._sessions.was_open

    # -- cmdlets

    def describe(self, control: CallControl | None = None) -> tuple[str, str]:
        """(FQDN of the server, FQDN of the domain controller); opens a session for that."""
        with self._sessions.session(control or CallControl(), 600.0):
            return self.server, self.domain_controller

    def invoke(
        self, *commands: Command, timeout: float = 600.0, control: CallControl | None = None
    ) -> CommandResult:
        """As Transport.invoke(). A pipeline is sent once more after its session was lost if it only
        reads, or if the server can't have begun it; never if it may have changed something."""
        control = control or CallControl()
        reads = all(c.name.partition("-")[0] in _READING_VERBS for c in commands)
        try:
            result = self._invoke(commands, timeout, control)
        except SessionLostError as e:
            if not reads and e.code != "NotCarriedOut":
                raise
            self._sessions.say(control, f"a new session with {self.server}: the last one was lost")
        else:
            if not (reads and is_stale(result)):
                return result
            self._sessions.say(
                control, f"a new session with {self.server}: its domain controllers changed"
            )
        control.waiting = None
        return self._invoke(commands, timeout, control)

    def _invoke(
        self, commands: Sequence[Command], timeout: float, control: CallControl
    ) -> CommandResult:
        self._pin.follow(commands[0])
        with self._sessions.session(control, timeout) as held:
            result = held.session.invoke(commands, timeout, control.stopping)
            held.stale = is_stale(result)
            return result

    def release_idle(self) -> None:
        """Close the sessions that do nothing now, so that others may have their places."""
        self._sessions.release_idle()

    # -- programs

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """As Transport.run()."""
        return self.run_line(program, command_line(arguments), timeout)

    def run_line(
        self, program: str, line: str, timeout: float, control: CallControl | None = None
    ) -> ProgramResult:
        """run() with arguments that are quoted already."""
        start = time.monotonic()
        stopping = (control or CallControl()).stopping
        out, err = "", ""
        with self._shells.started(program, line) as running:
            try:
                while not running.done:
                    if stopping.is_set() or time.monotonic() - start > timeout:
                        raise TransportError(
                            f"{program} did not end within {timeout:.0f} s, and was ended.",
                            server=self.server,
                            command=program,
                            code="Stopped" if stopping.is_set() else "ProgramTimeout",
                        )
                    more_out, more_err = running.poll(2.0)
                    out, err = out + more_out, err + more_err
            finally:
                if not running.done:
                    running.stop()
        seconds = round(time.monotonic() - start, 3)
        return ProgramResult(running.exit_code or 0, out, err, seconds, program, self.server)

    def start(self, program: str, arguments: Sequence[str]) -> DirectJob:
        """As Transport.start()."""
        return self.start_line(program, command_line(arguments))

    def start_line(self, program: str, line: str) -> DirectJob:
        """start() with arguments that are quoted already."""
        return self._shells.start(program, line)

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        return self._shells.enumerate(wmi_class, properties)

    # -- the end

    def close(self) -> None:
        """As Transport.close(): calls that still run are to be stopped by their control first."""
        self._sessions.close()
        self._shells.close()
