# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The transport that does the work: sessions and shells of this very process.

It runs inside the session process, in Ansible's worker when that is switched off, and in a module
that runs alone. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    PreconditionError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._cmdlets import (
    CmdletSession,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
    is_address,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    ProgramShell,
    RunningProgram,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    JobState,
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
)

# After so many idle seconds a session is probed, and a shell replaced, before it is used: the
# server may have closed it, and nothing is in flight yet that could get lost.
_DOUBTFUL = 60.0

# Seconds for which a session is tried again that could not be opened for a reason that passes.
_PATIENCE = 90.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 15.0

# Such reasons: there is no room for a session; the application pool is starting, or a proxy says so.
_PASSING = frozenset(("SessionQuota", "Http502", "Http503", "Http504"))
# And those of a server that could be reached before: it, or the network, is restarting.
_PASSING_LATER = frozenset(("Unreachable", "NoEndpoint"))

# The set of domain controllers changed under the session: it needs a new one (exchange.md 1.4).
_STALE = "ADServerSettingsChangedException"
# What pins a session to a domain controller; whoever sends it moves the whole transport.
_PIN = "Set-ADServerSettings"

_READING_VERBS = frozenset(("Get", "Select", "Measure", "Test"))


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
class _Held:
    session: CmdletSession
    slot: Slot | None
    stale: bool = False


class DirectTransport:
    """Up to `options.sessions` sessions and any number of shells on one server. Thread-safe.

    take_slot: asked for a place before each session is opened; gives None while there is none.
    on_wait: told, in words, what a call waits for. pause: waits up to some seconds for an event.
    Every session is pinned to one domain controller (exchange.md 6.3), again after a reconnect.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        take_slot: t.Callable[[], Slot | None] | None = None,
        on_wait: t.Callable[[str], None] = lambda _text: None,
        pause: t.Callable[[threading.Event, float], t.Any] = threading.Event.wait,
    ) -> None:
        self._options = options.check()
        self._take_slot, self._on_wait, self._pause = take_slot, on_wait, pause
        self._changed = threading.Condition()
        self._pinning = threading.Lock()
        self._idle: list[_Held] = []
        self._open = 0
        self._shells: list[ProgramShell] = []
        self._closed = False
        self.server = options.name
        self.domain_controller = options.domain_controller or ""
        # Whether a session has ever been open: from then on a failure is a lost session.
        self.was_open = False

    # -- cmdlets

    def describe(self, control: CallControl | None = None) -> tuple[str, str]:
        """(FQDN of the server, FQDN of the domain controller); opens a session for that."""
        with self._session(control or CallControl(), 600.0):
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
            self._say(control, f"a new session with {self.server}: the last one was lost")
        else:
            if not (reads and _is_stale(result)):
                return result
            self._say(control, f"a new session with {self.server}: its domain controllers changed")
        control.waiting = None
        return self._invoke(commands, timeout, control)

    def _invoke(
        self, commands: Sequence[Command], timeout: float, control: CallControl
    ) -> CommandResult:
        with self._moving(commands[0]), self._session(control, timeout) as held:
            result = held.session.invoke(commands, timeout, control.stopping)
            held.stale = _is_stale(result)
            return result

    @contextlib.contextmanager
    def _moving(self, command: Command) -> t.Iterator[None]:
        """With a command that pins another domain controller: every session that is opened from now on
        uses that one, also the one that the command needs."""
        chosen = command.parameters.get("PreferredServer")
        if command.name == _PIN and chosen:
            with self._pinning:
                self.domain_controller = str(chosen)
        yield

    def _say(self, control: CallControl, what: str) -> None:
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

    @contextlib.contextmanager
    def _session(self, control: CallControl, timeout: float) -> t.Iterator[_Held]:
        held = self._take(control, timeout)
        try:
            yield held
        except TransportError:
            # Lost, stopped or timed out: the session is closed already.
            self._drop(held)
            raise
        except BaseException:
            self._drop(held)
            raise
        if held.stale:
            self._drop(held)
            return
        with self._changed:
            self._idle.append(held)
            self._changed.notify()

    def _take(self, control: CallControl, timeout: float) -> _Held:
        deadline = time.monotonic() + timeout
        while True:
            held, slot = self._next(control, deadline)
            if held is None:
                return self._connect(slot, control)
            if time.monotonic() - held.session.used < _DOUBTFUL or held.session.alive():
                return held
            self._drop(held)

    def _next(self, control: CallControl, deadline: float) -> tuple[_Held | None, Slot | None]:
        """An idle session, or None and the slot for a new one."""
        with self._changed:
            while True:
                if self._closed or control.stopping.is_set():
                    raise TransportError(
                        "The call was stopped.", server=self.server, code="Stopped"
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
                    control.waiting = f"one of the {self._open} sessions with {self.server}"
                if time.monotonic() > deadline:
                    raise TransportError(
                        f"Waited in vain for {control.waiting}.",
                        server=self.server,
                        code="NoFreeSession",
                        remedy="Run fewer forks, or raise ansible_exchange_max_sessions together"
                        " with PowerShellMaxConcurrency.",
                    )
                self._changed.wait(0.2)

    def _connect(self, slot: Slot | None, control: CallControl) -> _Held:
        """A new session; waits for one while the reason that there is none may pass."""
        waited, pause = 0.0, _FIRST_PAUSE
        while True:
            held = _Held(CmdletSession(self._options, again=self.was_open), slot)
            try:
                held.session.open()
                self._pin(held.session)
            except TransportError as e:
                if not self._may_pass(e) or waited >= _PATIENCE or control.stopping.is_set():
                    self._drop(held)
                    raise
                held.session.close()
                self._say(control, f"a session with {self.server}, trying again: {e.message}")
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

    def _drop(self, held: _Held) -> None:
        held.session.close()
        if held.slot is not None:
            held.slot.release()
        with self._changed:
            self._open -= 1
            self._changed.notify()

    def _pin(self, session: CmdletSession) -> None:
        """Make every command of the session use one domain controller, and see the whole forest.

        The first session chooses one that answers. Later ones stay with it: what was written there
        last may not have reached the others.
        """
        with self._pinning:
            if self.was_open:
                self._use(session, self.domain_controller).raise_for_errors(
                    "use domain controller",
                    self.domain_controller,
                    "It was in use before, and has changes that others may not have: wait until it is"
                    " back. If it stays dead, go on with another one"
                    " (ansible_exchange_domain_controller). Then run the same command again.",
                )
                return
            self.server, candidates = self._look_up(session)
            for chosen in candidates:
                result = self._use(session, chosen)
                if not result.errors:
                    break
            result.raise_for_errors(
                "use domain controller",
                chosen,
                "Set ansible_exchange_domain_controller to one that answers.",
            )
            if chosen != candidates[0]:
                self._on_wait(
                    f"using domain controller {chosen}, since {candidates[0]} does not answer"
                )
            self.domain_controller = chosen

    @staticmethod
    def _use(session: CmdletSession, controller: str) -> CommandResult:
        pin = Command(_PIN, {"PreferredServer": controller, "ViewEntireForest": True})
        return session.invoke([pin], 60.0)

    def _look_up(self, session: CmdletSession) -> tuple[str, list[str]]:
        """The server's FQDN, and the domain controllers to choose from, the preferred one first."""
        name = self._options.name
        remedy = "Set ansible_exchange_server to the server's name, as Get-ExchangeServer shows it."
        if is_address(name):
            raise PreconditionError(
                f"{name} is an address, not the name of an Exchange server.", remedy=remedy
            )
        result = session.invoke(
            [
                Command("Get-ExchangeServer", {"Identity": name, "Status": True}),
                Command(
                    "Select-Object",
                    {
                        "Property": [
                            "Name",
                            "Fqdn",
                            "CurrentConfigDomainController",
                            "CurrentDomainControllers",
                        ]
                    },
                ),
            ],
            120.0,
        )
        if not result.output and not result.errors:
            raise NotFoundError(f"There is no Exchange server {name}.", remedy=remedy)
        if any(error.error_id.startswith("CommandNotFound") for error in result.errors):
            remedy = (
                "Exchange hides what the account's roles do not grant. Give the account the management"
                " role 'View-Only Configuration', or the role group Organization Management."
            )
        server = result.raise_for_errors("look up", f"Exchange server {name}", remedy).single()
        controllers = server.get("CurrentDomainControllers") or []
        if isinstance(controllers, str):
            controllers = [controllers]
        current = server.get("CurrentConfigDomainController")
        near = [str(c) for c in (current, *controllers) if c]
        given = self._options.domain_controller
        chosen = [given] if given else list(dict.fromkeys(near))
        if not chosen:
            raise PreconditionError(
                f"Exchange server {name} names no domain controller that it uses.",
                remedy="Set ansible_exchange_domain_controller.",
            )
        return str(server.get("Fqdn") or name), chosen

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
        with self._started(program, line) as running:
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
        shell, running = self._start(program, line)
        return DirectJob(shell, running, self._return_shell)

    @contextlib.contextmanager
    def _started(self, program: str, line: str) -> t.Iterator[RunningProgram]:
        shell, running = self._start(program, line)
        try:
            yield running
        except BaseException:
            shell.close()
            raise
        self._return_shell(shell)

    def _start(self, program: str, line: str) -> tuple[ProgramShell, RunningProgram]:
        """A program and its shell; in a new one if the server has closed that one meanwhile."""
        while True:
            shell = self._take_shell()
            fresh = not shell.is_open
            try:
                return shell, shell.start(program, line)
            except SessionLostError as e:
                shell.close()
                if fresh or e.code != "NotCarriedOut":
                    raise
                self._on_wait(f"waiting for a new shell on {self.server}: the last one was lost")
            except BaseException:
                shell.close()
                raise

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        try:
            with self._shell() as shell:
                return shell.enumerate(wmi_class, properties)
        except SessionLostError:
            with self._shell() as shell:
                return shell.enumerate(wmi_class, properties)

    @contextlib.contextmanager
    def _shell(self) -> t.Iterator[ProgramShell]:
        shell = self._take_shell()
        try:
            yield shell
        except BaseException:
            shell.close()
            raise
        self._return_shell(shell)

    def _take_shell(self) -> ProgramShell:
        while True:
            with self._changed:
                shell = self._shells.pop() if self._shells else None
            if shell is None:
                return ProgramShell(self._options)
            if time.monotonic() - shell.used < _DOUBTFUL:
                return shell
            shell.close()

    def _return_shell(self, shell: ProgramShell) -> None:
        with self._changed:
            if not self._closed:
                self._shells.append(shell)
                return
        shell.close()

    # -- the end

    def close(self) -> None:
        """As Transport.close(): calls that still run are to be stopped by their control first."""
        with self._changed:
            self._closed = True
            shells, self._shells = self._shells, []
        for shell in shells:
            shell.close()
        self.release_idle()


def _is_stale(result: CommandResult) -> bool:
    return any(e.exception == _STALE or _STALE in e.message for e in result.errors)


class DirectJob:
    """A ProgramJob in a shell of its own, which goes back when the program is done."""

    def __init__(
        self,
        shell: ProgramShell,
        running: RunningProgram,
        give_back: t.Callable[[ProgramShell], None],
    ) -> None:
        self._shell: ProgramShell | None = shell
        self._running, self._give_back = running, give_back

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        shell = self._shell
        if shell is None:
            return JobState(True, "", self._running.exit_code)
        try:
            out, err = self._running.poll(wait)
        except BaseException:
            self._shell = None
            shell.close()
            raise
        if self._running.done:
            self._shell = None
            self._give_back(shell)
        return JobState(self._running.done, out + err, self._running.exit_code)

    def stop(self) -> None:
        """As ProgramJob.stop(). Deletes the shell, which ends the program for sure."""
        shell, self._shell = self._shell, None
        if shell is not None:
            with contextlib.suppress(TransportError):
                self._running.stop()
            shell.close()
