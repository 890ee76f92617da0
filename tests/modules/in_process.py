# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transport that calls the cmdlets and programs of a lab without a wire, for a tenth of the CPU time.

For tests of what lies behind the wire. Sessions, hooks, access rights and the log of calls are those of any client, and
what comes back passes through CLIXML, so that it has the form that it has over the wire. Faults of the way to a
server don't strike here.
"""

from __future__ import annotations

import codecs
import contextlib
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import TransportError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._cmdlets import (
    command_error,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    NO_PROGRAM,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
    JobState,
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
    quote,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._values import (
    plain_object,
)
from pypsrp.messages import Message, MessageType
from pypsrp.serializer import Serializer

from exchange_lab.lab import Lab
from exchange_lab.runspace.engine import Command as Call
from exchange_lab.runspace.errors import PipelineStopped, TerminatingError
from exchange_lab.wire import records, wql
from exchange_lab.wire.clixml_writer import dumps
from exchange_lab.wire.command_shell import Program, ProgramRunner
from exchange_lab.wire.faults import WsmanFault
from exchange_lab.wire.powershell_shell import no_host
from exchange_lab.wire.service import CMDLETS, PROGRAMS, WMI, Identity

_MUCH = 1 << 30  # bytes


class InProcess:
    """A Transport to one server of a lab, as its administrator; one pipeline at a time, as in one session.

    It is pinned to a domain controller, as the sessions of DirectTransport are.
    """

    def __init__(self, lab: Lab, name: str, domain_controller: str) -> None:
        self._lab, self._name = lab, name
        self._runspace = lab.services[name].runspace(self._identity(CMDLETS))
        self._runner = lab.services[name].runner(self._identity(PROGRAMS))
        self._one_at_a_time = threading.Lock()
        self.server = lab.organisation.servers[name].fqdn
        self.domain_controller = domain_controller
        pin = {"PreferredServer": domain_controller, "ViewEntireForest": True}
        self.invoke(Command("Set-ADServerSettings", pin)).raise_for_errors()

    def describe(self) -> tuple[str, str]:
        """(FQDN of the server, FQDN of the domain controller)."""
        return self.server, self.domain_controller

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        """As Transport.invoke()."""
        chosen = commands[0].parameters.get("PreferredServer")
        if commands[0].name == "Set-ADServerSettings" and chosen:
            self.domain_controller = str(chosen)
        said = _Said()
        start = time.monotonic()
        calls = [Call(c.name, list(c.parameters.items())) for c in commands]
        with self._one_at_a_time:
            try:
                self._runspace.run(calls, said)
            except TerminatingError as e:
                said.error(e.error)
            except PipelineStopped as e:
                raise RuntimeError(
                    "a fault of the way to a server struck where there is none"
                ) from e
        return CommandResult(
            output=said.outputs, errors=said.errors, warnings=said.warnings,
            seconds=round(time.monotonic() - start, 3),
            command=" | ".join(c.name for c in commands), server=self.server,
        )  # fmt: skip

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """As Transport.run()."""
        start = time.monotonic()
        job = self.start(program, arguments)
        while not job.poll(timeout).done:
            if time.monotonic() - start > timeout:
                job.stop()
                raise TransportError(
                    f"{program} did not end within {timeout:.0f} s, and was ended."
                )
        out, err = job.streams["stdout"], job.streams["stderr"]
        seconds = round(time.monotonic() - start, 3)
        return ProgramResult(job.exit_code or 0, out, err, seconds, program, self.server)

    def start(self, program: str, arguments: Sequence[str]) -> _Job:
        """As Transport.start()."""
        line = " ".join(filter(None, (quote(program), command_line(arguments))))
        try:
            started = Program(str(uuid.uuid4()), _Shell(self._runner), line, True)  # type: ignore[arg-type]
        except WsmanFault as e:
            raise TransportError(
                f"{program} was not found.", server=self.server, command=program, code=NO_PROGRAM
            ) from e
        started.start()
        return _Job(started)

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        query = wql.Query(wmi_class, tuple(properties))
        rows = self._lab.services[self._name].instances(self._identity(WMI), query)
        return [{name: _text(row.get(name)) for name in properties} for row in rows]

    def close(self) -> None:
        """As Transport.close(): there is nothing to end."""

    def release_idle(self) -> None:
        """As DirectTransport.release_idle(): there is nothing to release."""

    def _identity(self, kind: str) -> Identity:
        account = self._lab.administrator
        return Identity(account.name, frozenset(account.roles), str(uuid.uuid4()).upper(), kind, "")


class _Said:
    """The host of a pipeline: what it says, as the transport over the wire gives it."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.errors: list[CommandError] = []
        self.warnings: list[str] = []

    def output(self, value: Any) -> None:
        self.outputs.append(plain_object(_received(MessageType.PIPELINE_OUTPUT, dumps(value))))

    def error(self, error: Any) -> None:
        record = _received(MessageType.ERROR_RECORD, records.error(error))
        self.errors.append(command_error(record))

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def verbose(self, text: str) -> None:
        """Nobody asks for it, nor for the next two."""

    debug = information = verbose

    def progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        """Nobody looks at it."""

    def prompt_choice(
        self, caption: str, message: str, choices: Sequence[str], default: int
    ) -> int:
        raise TerminatingError(no_host(message))


def _received(kind: int, data: bytes) -> Any:
    """What pypsrp makes of a message's content."""
    head = (1).to_bytes(4, "little") + kind.to_bytes(4, "little") + bytes(32)
    message = Message.unpack(head + data, Serializer())
    return message.data.data if kind == MessageType.PIPELINE_OUTPUT else message.data


@dataclass
class _Shell:
    """What a program sees of the WinRS shell that a transport opens."""

    runner: ProgramRunner
    env: dict[str, str] = field(default_factory=dict)
    cwd: str = "C:\\Windows\\System32"
    codec: str = "utf-8"


class _Job:
    """A ProgramJob."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.streams = {"stdout": "", "stderr": ""}
        self._decoders = {
            name: codecs.getincrementaldecoder("utf-8")("replace") for name in self.streams
        }
        self.exit_code: int | None = None

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        outbox, new = self._program.outbox, ""
        with contextlib.suppress(WsmanFault):  # nothing happened within that time
            for stream, data in outbox.receive(_MUCH, wait, 0.0, lambda: True):
                text = self._decoders[stream].decode(data)
                self.streams[stream] += text
                new += text
        if outbox.done:
            self.exit_code = outbox.exit_code
        return JobState(outbox.done, new, self.exit_code)

    def stop(self) -> None:
        """As ProgramJob.stop()."""
        self._program.stop()


def _text(value: Any) -> str | None:
    """A property as WS-Enumeration writes it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)
