# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strict transport for unit tests: exactly the expected calls, in exactly this order.

    with ScriptedTransport() as transport:
        transport.expect(
            Command("Get-MailboxDatabase", {"Identity": "DB01", "Status": True}),
            output=[{"Name": "DB01", "Mounted": False}],
        )
        result = operation(scripted_context(transport), {"failed_database": "DB01"})

An unexpected call fails at once; a missing one fails when the block ends.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
    JobState,
    ProgramResult,
)


@dataclass
class _Step:
    kind: str
    call: t.Any
    answer: t.Any = None
    raises: Exception | None = None
    # Further checks of a call whose parameters can not be known in advance (times, run ids).
    check: t.Callable[[t.Any], bool] | None = None


def not_found(
    message: str = "The operation couldn't be performed because object couldn't be found.",
) -> CommandError:
    """The error of an object that does not exist (exchange.md 7.4)."""
    return CommandError(
        message,
        category="NotSpecified",
        error_id="[Server=MBX1,RequestId=0,TimeStamp=11/22/2026 2:15:02 PM] "
        "[FailureCategory=Cmdlet-ManagementObjectNotFoundException] E3DE7D95,X",
        exception="ManagementObjectNotFoundException",
    )


@dataclass
class ScriptedTransport:
    """Expects calls with expect*(), answers them, and fails on anything else."""

    server: str = "mbx1.contoso.lab"
    calls: list[tuple[str, t.Any]] = field(default_factory=list)
    _steps: list[_Step] = field(default_factory=list)
    _total: int = 0
    closed: bool = False

    # -- the script

    def expect(
        self,
        *commands: Command,
        output: Sequence[Mapping[str, t.Any]] = (),
        errors: Sequence[CommandError | str] = (),
        warnings: Sequence[str] = (),
        seconds: float = 0.1,
        raises: Exception | None = None,
    ) -> ScriptedTransport:
        """The next call is invoke(*commands). A str among errors is its message only."""
        result = CommandResult(
            output=[dict(o) for o in output],
            errors=[CommandError(e) if isinstance(e, str) else e for e in errors],
            warnings=list(warnings),
            seconds=seconds,
            command=" | ".join(c.name for c in commands),
            server=self.server,
        )
        return self._add(_Step("invoke", commands, result, raises))

    def expect_name(
        self,
        name: str,
        check: t.Callable[[Mapping[str, t.Any]], bool] | None = None,
        **answer: t.Any,
    ) -> ScriptedTransport:
        """The next call is a pipeline that starts with the command `name`; `check` gets its
        parameters. answer: as for expect()."""
        self.expect(Command(name), **answer)
        step = self._steps[-1]
        step.kind, step.call, step.check = "invoke by name", name, check
        return self

    def expect_program(
        self,
        program: str,
        arguments: Sequence[str],
        exit_code: int = 0,
        stdout: str = "",
        stderr: str = "",
        raises: Exception | None = None,
    ) -> ScriptedTransport:
        """The next call is run(program, arguments)."""
        result = ProgramResult(exit_code, stdout, stderr, 0.1, program, self.server)
        return self._add(_Step("run", (program, list(arguments)), result, raises))

    def expect_job(
        self,
        program: str,
        arguments: Sequence[str],
        states: Sequence[JobState | str] = (),
        exit_code: int = 0,
        raises: Exception | None = None,
    ) -> ScriptedTransport:
        """The next call is start(program, arguments). Each poll gives the next state (a str is
        output of a running program); after the last one the program is done with `exit_code`."""
        polls = [s if isinstance(s, JobState) else JobState(False, s) for s in states]
        if not polls or not polls[-1].done:
            polls.append(JobState(True, "", exit_code))
        return self._add(_Step("start", (program, list(arguments)), polls, raises))

    def expect_enumerate(
        self,
        wmi_class: str,
        properties: Sequence[str],
        rows: Sequence[Mapping[str, str | None]] = (),
        raises: Exception | None = None,
    ) -> ScriptedTransport:
        """The next call is enumerate(wmi_class, properties)."""
        return self._add(
            _Step("enumerate", (wmi_class, list(properties)), [dict(r) for r in rows], raises)
        )

    def finished(self) -> None:
        """Fail if an expected call has not come."""
        if self._steps:
            missing = "\n  ".join(f"{s.kind} {s.call}" for s in self._steps)
            raise AssertionError(f"these calls never came:\n  {missing}")

    # -- the transport

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        return t.cast(CommandResult, self._next("invoke", commands))

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        return t.cast(ProgramResult, self._next("run", (program, list(arguments))))

    def start(self, program: str, arguments: Sequence[str]) -> ScriptedJob:
        return ScriptedJob(self._next("start", (program, list(arguments))))

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        return t.cast(
            "list[dict[str, str | None]]", self._next("enumerate", (wmi_class, list(properties)))
        )

    def close(self) -> None:
        self.closed = True

    # -- inside

    def __enter__(self) -> ScriptedTransport:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self.finished()

    def _add(self, step: _Step) -> ScriptedTransport:
        self._steps.append(step)
        self._total += 1
        return self

    def _next(self, kind: str, call: t.Any) -> t.Any:
        self.calls.append((kind, call))
        number = self._total - len(self._steps) + 1
        if not self._steps:
            raise AssertionError(f"call {number} was not expected:\n  {kind} {call}")
        step = self._steps.pop(0)
        if step.kind == "invoke by name" and kind == "invoke":
            same = call[0].name == step.call and (
                step.check is None or step.check(call[0].parameters)
            )
        else:
            same = (step.kind, step.call) == (kind, call)
        if not same:
            raise AssertionError(
                f"call {number} is\n  {kind} {call}\nbut expected was\n  {step.kind} {step.call}"
            )
        if step.raises is not None:
            raise step.raises
        return replace(step.answer) if isinstance(step.answer, CommandResult) else step.answer


@dataclass
class ScriptedJob:
    """The program job of a scripted start()."""

    states: list[JobState]
    stopped: bool = False

    def poll(self, wait: float) -> JobState:
        if self.stopped:
            raise AssertionError("a stopped job was polled")
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def stop(self) -> None:
        self.stopped = True


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps. slept: every pause, in seconds."""

    seconds: float = 0.0
    start: datetime = datetime(2026, 11, 22, 14, 15, 2, tzinfo=timezone.utc)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


def scripted_context(
    transport: t.Any,
    *,
    check: bool = False,
    diff: bool = True,
    domain_controller: str = "dc1.contoso.lab",
    time: FakeTime | None = None,
    lines: list[str] | None = None,
) -> OperationContext:
    """A context on a scripted transport, with a clock that never waits. lines: gets every progress
    text, unthinned."""
    fake = time or FakeTime()
    return OperationContext(
        transport=transport,
        server=transport.server,
        domain_controller=domain_controller,
        check=check,
        diff=diff,
        progress=(lines.append if lines is not None else lambda _text: None),
        announce=(lines.append if lines is not None else lambda _text: None),
        sleep=fake.sleep,
        clock=fake.clock,
        now=fake.now,
    )
