# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipeline engine: finds the cmdlets, binds what was given, streams objects from one to the next."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from .binding import Binding
from .conversion import Converter
from .errors import Error, PipelineStopped, TerminatingError, automation_error, not_recognized
from .invocation import Invocation, SessionState
from .spec import CmdletSpec

log = logging.getLogger(__name__)

Body = Callable[[Invocation, dict[str, Any]], "Iterable[Any] | None"]
StreamBody = Callable[[Invocation, dict[str, Any], Iterator[Any]], Iterable[Any]]
Finish = Callable[[str], None]
OnCall = Callable[[SessionState, str, str, dict[str, Any]], Finish]
"""`on_call(session, kind, name, arguments) -> finish(outcome)`.

kind: "cmdlet", "program" or "wmi". arguments of a cmdlet: parameter name (full) -> value as given.
outcome: "ok", "errors: <n>" (non-terminating), "error: <FQID>", "refused: <FQID>" (it never ran), "stopped",
"defect: <exception>" or, for a program, "exit: <code>".
"""


class Host(Protocol):
    """What a running pipeline can tell, and ask, the client."""

    def output(self, value: Any) -> None:
        """An object of the pipeline's output."""

    def error(self, error: Error) -> None:
        """A record of the error stream."""

    def warning(self, text: str) -> None:
        """A line of the warning stream."""

    def verbose(self, text: str) -> None:
        """A line of the verbose stream."""

    def debug(self, text: str) -> None:
        """A line of the debug stream."""

    def information(self, text: str) -> None:
        """A line of the information stream."""

    def progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        """How far it is; `done` ends the display."""

    def prompt_choice(
        self, caption: str, message: str, choices: Sequence[str], default: int
    ) -> int:
        """The index of the choice. Raises TerminatingError when nobody can answer."""


class QuietHost:
    """For hosts that take objects and errors only: the rest of what a pipeline tells is not shown."""

    def warning(self, text: str) -> None:
        """Nobody reads it."""

    def verbose(self, text: str) -> None:
        """Nobody reads it."""

    def debug(self, text: str) -> None:
        """Nobody reads it."""

    def information(self, text: str) -> None:
        """Nobody reads it."""

    def progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        """Nobody reads it."""


@dataclass
class Command:
    """One command of a pipeline as the client sent it. args: (name or None when positional, value)."""

    name: str
    args: list[tuple[str | None, Any]] = field(default_factory=list)
    is_script: bool = False
    end_of_statement: bool = False


@dataclass
class Cmdlet:
    """A cmdlet: its description and its body.

    body: called once per pipeline input object, or once when there is no input; yields objects, returns any
    iterable of them, or None. stream: in its place for those that see the whole stream (Select-Object).
    """

    spec: CmdletSpec
    body: Body | None = None
    stream: StreamBody | None = None


class CmdletTable:
    """All cmdlets of an endpoint. One table serves every session.

    visible: RBAC. `visible(session, spec)` gives the spec as this session may use it, or None to hide it.
    converter: how parameter values become what the bodies get; other types can be registered there.
    common_parameters: whether the endpoint takes ErrorAction and the like. chains: whether it pipes one of its own cmdlets
    into another. on_call: see OnCall. defects: tracebacks of Python exceptions in bodies; tests assert that there are none.
    """

    def __init__(
        self,
        cmdlets: Iterable[Cmdlet],
        *,
        visible: Callable[[SessionState, CmdletSpec], CmdletSpec | None] | None = None,
        converter: Converter | None = None,
        on_call: OnCall | None = None,
        common_parameters: bool = True,
        chains: bool = True,
    ) -> None:
        self.common_parameters, self.chains = common_parameters, chains
        self.cmdlets = {c.spec.name.lower(): c for c in cmdlets}
        self.visible = visible or (lambda _session, spec: spec)
        self.converter = converter or Converter()
        self.on_call = on_call
        self.defects: list[str] = []

    def add(self, cmdlet: Cmdlet) -> None:
        """Register one more cmdlet; a name that exists is replaced."""
        self.cmdlets[cmdlet.spec.name.lower()] = cmdlet

    def find(self, session: SessionState, name: str) -> tuple[Cmdlet, CmdletSpec] | None:
        """The cmdlet and its spec as this session sees it."""
        cmdlet = self.cmdlets.get(name.lower())
        spec = self.visible(session, cmdlet.spec) if cmdlet is not None else None
        return (cmdlet, spec) if cmdlet is not None and spec is not None else None

    def listing(self, session: SessionState) -> list[CmdletSpec]:
        """Every cmdlet this session sees, by name."""
        specs = (self.visible(session, c.spec) for _key, c in sorted(self.cmdlets.items()))
        return [spec for spec in specs if spec is not None]


@dataclass
class _Stage:
    cmdlet: Cmdlet
    invocation: Invocation
    binding: Binding


class Runspace:
    """Runs pipelines of one session."""

    def __init__(self, table: CmdletTable, session: SessionState) -> None:
        self.table, self.session = table, session

    def run(
        self,
        commands: Sequence[Command],
        host: Host,
        stopping: threading.Event | None = None,
        pipeline_input: Iterator[Any] | None = None,
    ) -> None:
        """Run the statements one after the other; what they output goes to the host.

        Raises TerminatingError (the pipeline failed) or PipelineStopped. Nothing runs before every command of
        a statement was found and its own arguments were bound.
        """
        stopping = stopping or threading.Event()
        for statement in _statements(commands):
            stages = self._prepare(statement, host, stopping, pipeline_input is not None)
            stream = pipeline_input
            for stage in stages:
                stream = self._run_stage(stage, stream)
            for value in stream or ():
                if stopping.is_set():
                    raise PipelineStopped
                host.output(value)
            pipeline_input = None

    def _prepare(
        self, statement: list[Command], host: Host, stopping: threading.Event, has_input: bool
    ) -> list[_Stage]:
        found = [self._lookup(command) for command in statement]
        if not self.table.chains and sum(cmdlet.body is not None for cmdlet, _spec in found) > 1:
            self._refuse(statement[0], _not_in_this_runspace())
        stages = []
        for i, (command, (cmdlet, spec)) in enumerate(zip(statement, found, strict=True)):
            invocation = Invocation(spec, self.session, host, stopping)
            invocation.visible_cmdlets = lambda: self.table.listing(self.session)
            binding = Binding(spec, self.table.converter, self.table.common_parameters)
            try:
                binding.bind_arguments(command.args, expects_input=i > 0 or has_input)
            except TerminatingError as e:
                self._start_call(spec.name, binding.given(command.args))(
                    f"refused: {e.error.error_id}"
                )
                raise
            binding.apply_common(invocation)
            stages.append(_Stage(cmdlet, invocation, binding))
        return stages

    def _lookup(self, command: Command) -> tuple[Cmdlet, CmdletSpec]:
        if command.is_script:
            self._refuse(command, _not_in_this_runspace())
        found = self.table.find(self.session, command.name)
        if found is None:
            self._refuse(command, not_recognized(command.name))
        return found

    def _refuse(self, command: Command, error: Error) -> NoReturn:
        self._start_call(command.name, {n or "": v for n, v in command.args})(
            f"refused: {error.error_id}"
        )
        raise TerminatingError(error)

    def _start_call(self, name: str, arguments: dict[str, Any]) -> Finish:
        if self.table.on_call is None:
            return lambda _outcome: None
        return self.table.on_call(self.session, "cmdlet", name, arguments)

    def _run_stage(self, stage: _Stage, stream: Iterator[Any] | None) -> Iterator[Any]:
        invocation, binding = stage.invocation, stage.binding
        if stage.cmdlet.stream is not None:
            invocation.parameter_set = binding.resolve_set()
            source = stream if stream is not None else iter(())
            body = stage.cmdlet.stream
            yield from self._call(
                invocation,
                binding.given(),
                lambda: body(invocation, binding.values(), source),
            )
            return
        if stream is None:
            yield from self._process(stage, binding)
            return
        for item in stream:
            invocation.check()
            invocation.pipeline_input = item
            try:
                with_input = binding.bind_input(item)
            except TerminatingError as e:
                invocation.write_error(e.error)  # this object only; the others go on
                continue
            yield from self._process(stage, with_input)

    def _process(self, stage: _Stage, binding: Binding) -> Iterator[Any]:
        invocation, body = stage.invocation, stage.cmdlet.body
        if body is None:
            raise TypeError(f"{stage.cmdlet.spec.name} has no body")
        invocation.parameter_set = binding.resolve_set()
        values = binding.values()
        invocation.force = bool(values.get("Force"))
        yield from self._call(invocation, binding.given(), lambda: body(invocation, values))

    def _call(
        self,
        invocation: Invocation,
        given: dict[str, Any],
        run: Callable[[], Iterable[Any] | None],
    ) -> Iterator[Any]:
        """Run a body; whatever happens, the call log hears how it ended."""
        errors_before = invocation.error_count
        finish = self._start_call(invocation.spec.name, given)
        outcome = "stopped"
        try:
            yield from run() or ()
            errors = invocation.error_count - errors_before
            outcome = f"errors: {errors}" if errors else "ok"
        except GeneratorExit:  # the commands behind it want no more
            outcome = "stopped" if invocation.stopping.is_set() else "ok"
            raise
        except TerminatingError as e:
            e.error.activity = e.error.activity or invocation.spec.name
            outcome = f"error: {e.error.error_id}"
            raise
        except Exception as e:
            outcome = f"defect: {type(e).__name__}"
            raise TerminatingError(self._defect(invocation, e)) from e
        finally:
            finish(outcome)

    def _defect(self, invocation: Invocation, exception: Exception) -> Error:
        """A Python exception in a body is our own mistake: make it loud, and let the session live."""
        name = invocation.spec.name
        log.error("defect in %s", name, exc_info=exception)
        self.table.defects.append(f"{name}: " + "".join(traceback.format_exception(exception)))
        return Error(
            f"Defect in the simulated cmdlet {name}: {type(exception).__name__}: {exception}",
            "ExchangeLab.DefectException",
            "NotSpecified",
            f"LabDefect,{name}",
            activity=name,
        )


def _not_in_this_runspace() -> Error:
    return automation_error(
        "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.",
        "ParseException",
        "ParserError",
        "ScriptsNotAllowed",
    )


def _statements(commands: Sequence[Command]) -> list[list[Command]]:
    statements: list[list[Command]] = [[]]
    for command in commands:
        statements[-1].append(command)
        if command.end_of_statement:
            statements.append([])
    return [s for s in statements if s]
