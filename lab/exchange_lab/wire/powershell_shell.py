# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cmdlet session: a PowerShell shell, PSRP on top of WS-Management ([MS-PSRP] 3.2)."""

from __future__ import annotations

import base64
import binascii
import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from ..runspace.engine import Command, Runspace
from ..runspace.errors import Error, PipelineStopped, TerminatingError, automation_error
from ..runspace.values import PSObj
from . import faults, records
from .clixml_reader import ClixmlError, loads
from .clixml_writer import dumps
from .envelope import Request
from .psrp_messages import Assembler, Fragmenter, FragmentError, Message, MessageType, SessionKey
from .records import PipelineState
from .shells import Shell, ShellCommand, new_id

log = logging.getLogger(__name__)

_MAX_WAITING_OUTPUT = 8 * 1024 * 1024
_MAX_RUNSPACES = 10


class _PipelineHost:
    """The engine's Host: what a pipeline says becomes messages in its command's outbox."""

    def __init__(self, shell: PowerShellShell, pipeline: Pipeline) -> None:
        self._shell, self._pipeline = shell, pipeline

    def _send(self, kind: MessageType, data: bytes) -> None:
        if self._pipeline.stopping.is_set():
            raise PipelineStopped
        self._pipeline.tell(kind, data)

    def output(self, value: Any) -> None:
        self._send(MessageType.PIPELINE_OUTPUT, dumps(value))
        self._pipeline.outbox.wait_for_room(_MAX_WAITING_OUTPUT, self._pipeline.stopping)

    def error(self, error: Error) -> None:
        self._send(MessageType.ERROR_RECORD, records.error(error))

    def warning(self, text: str) -> None:
        self._send(MessageType.WARNING_RECORD, records.informational("Warning", text))

    def verbose(self, text: str) -> None:
        self._send(MessageType.VERBOSE_RECORD, records.informational("Verbose", text))

    def debug(self, text: str) -> None:
        self._send(MessageType.DEBUG_RECORD, records.informational("Debug", text))

    def information(self, text: str) -> None:
        record = records.information(text, self._pipeline.name, self._shell.machine)
        self._send(MessageType.INFORMATION_RECORD, record)

    def progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        self._send(MessageType.PROGRESS_RECORD, records.progress(activity, status, percent, done))

    def prompt_choice(
        self, caption: str, message: str, choices: Sequence[str], default: int
    ) -> int:
        if not self._pipeline.has_host:
            raise TerminatingError(no_host(message))
        return self._pipeline.ask(caption, message, choices, default)


def no_host(message: str) -> Error:
    """What becomes of a question to a client without a host."""
    return automation_error(
        "A command that prompts the user failed because the host program or the command type does not support user "
        "interaction. The host was attempting to request confirmation with the following message: "
        f"{message}",
        "Host.HostException",
        "NotImplemented",
        "HostFunctionNotImplemented",
    )


class Pipeline(ShellCommand):
    """One pipeline: runs in its own thread, as soon as a runspace of the pool is free."""

    def __init__(self, shell: PowerShellShell, command_id: str) -> None:
        super().__init__(command_id)
        self._shell = shell
        self._wire_id = uuid.UUID(command_id).bytes_le
        self._changed = threading.Condition()
        self._input: deque[Any] = deque()
        self._input_ended = False
        self._calls = 0
        self._answers: dict[int, PSObj] = {}
        self.name = ""
        self.has_host = False

    def tell(self, kind: MessageType, data: bytes) -> None:
        """Send the client one message about this pipeline."""
        with self._shell.sending:
            self.outbox.put(self._shell.fragmenter.fragments(kind, data, self._wire_id))

    def start(self, description: PSObj) -> None:
        """Run what a CREATE_PIPELINE message asks for."""
        commands = _commands(description)
        self.name = commands[0].name if commands else ""
        self.has_host = self._host_usable(description.get("HostInfo"))
        source = None if description.get("NoInput") else self._inputs()
        threading.Thread(
            target=self._run, args=(commands, source), daemon=True, name=f"pipeline {self.name}"
        ).start()

    def _host_usable(self, info: PSObj | None) -> bool:
        if info is not None and info.get("_useRunspaceHost"):
            info = self._shell.host_info
        return info is not None and not info.get("_isHostNull") and not info.get("_isHostUINull")

    def _run(self, commands: list[Command], source: Iterator[Any] | None) -> None:
        shell = self._shell
        state, error = PipelineState.COMPLETED, None
        try:
            runspaces = self._wait_for_runspace()
            try:
                shell.runspace.run(commands, _PipelineHost(shell, self), self.stopping, source)
            finally:
                runspaces.release()
        except PipelineStopped:
            state = PipelineState.STOPPED
            error = automation_error(
                "The pipeline has been stopped.",
                "PipelineStoppedException",
                "OperationStopped",
                "PipelineStopped",
            )
        except TerminatingError as e:
            state, error = PipelineState.FAILED, e.error
        except Exception as e:  # a defect of the engine or the serializer must not hang the client
            log.exception("defect while running %s", self.name)
            shell.runspace.table.defects.append(f"{self.name}: {type(e).__name__}: {e}")
            state, error = PipelineState.FAILED, Error(str(e), error_id="LabDefect")
        self.tell(MessageType.PIPELINE_STATE, records.pipeline_state(state, error))
        self.outbox.finish(0)

    def _wait_for_runspace(self) -> threading.Semaphore:
        runspaces = self._shell.free_runspaces
        while not runspaces.acquire(timeout=0.2):
            if self.stopping.is_set():
                raise PipelineStopped
        return runspaces

    def stop(self) -> None:
        super().stop()
        with self._changed:
            self._changed.notify_all()

    # -- what the client sends while it runs
    def feed(self, value: Any) -> None:
        """One input object."""
        with self._changed:
            self._input.append(value)
            self._changed.notify_all()

    def end_input(self) -> None:
        """No more input will come."""
        with self._changed:
            self._input_ended = True
            self._changed.notify_all()

    def _inputs(self) -> Iterator[Any]:
        while True:
            with self._changed:
                self._wait_for(lambda: self._input or self._input_ended)
                if not self._input:
                    return
                value = self._input.popleft()
            yield value

    def answer(self, response: PSObj) -> None:
        """A PIPELINE_HOST_RESPONSE."""
        with self._changed:
            self._answers[int(response.get("ci"))] = response
            self._changed.notify_all()

    def ask(self, caption: str, message: str, choices: Sequence[str], default: int) -> int:
        """Put a question to the client's host and wait for the answer. Raises TerminatingError when it can't."""
        self._calls += 1
        call_id = self._calls
        call = records.prompt_for_choice(call_id, caption, message, choices, default)
        self.tell(MessageType.PIPELINE_HOST_CALL, call)
        with self._changed:
            self._wait_for(lambda: call_id in self._answers)
            response = self._answers.pop(call_id)
        choice = response.get("mr")
        if not isinstance(choice, int):
            raise TerminatingError(no_host(message))
        return choice

    def _wait_for(self, happened: Any) -> None:
        while not happened():
            if self.stopping.is_set():
                raise PipelineStopped
            self._changed.wait(0.5)


def _commands(description: PSObj) -> list[Command]:
    """The commands of a CREATE_PIPELINE message, statement by statement."""
    powershell = description.get("PowerShell")
    extra = powershell.get("ExtraCmds")
    statements = [entry.get("Cmds") for entry in extra] if extra else [powershell.get("Cmds")]
    commands: list[Command] = []
    for statement in statements:
        for entry in statement:
            arguments = [(a.get("N"), a.get("V")) for a in entry.get("Args") or ()]
            commands.append(Command(str(entry.get("Cmd")), arguments, bool(entry.get("IsScript"))))
        if commands:
            commands[-1].end_of_statement = True
    return commands


class PowerShellShell(Shell[Pipeline]):
    """A runspace pool. Its pipelines share one session, and run as many at a time as it has runspaces."""

    input_streams = "stdin pr"
    output_streams = "stdout"

    def __init__(
        self,
        shell_id: str,
        owner: str,
        request: Request,
        idle_timeout: float,
        runspace: Runspace,
        machine: str,
    ) -> None:
        super().__init__(shell_id, owner, request, idle_timeout)
        self.runspace, self.machine = runspace, machine
        self.sending = threading.Lock()
        self.fragmenter = Fragmenter()
        self.free_runspaces = threading.Semaphore(1)
        self.host_info: PSObj | None = None
        self._assembler, self._key = Assembler(), SessionKey()
        self._runspaces = 1
        creation = request.find("rsp:Shell/pwsh:creationXml")
        if creation is None or not creation.text:
            raise faults.bad_request("The creationXml element is missing")
        self._feed(creation.text)

    def start_command(self, request: Request) -> str:
        line = request.find("rsp:CommandLine")
        if line is None:
            raise faults.bad_request("The CommandLine element is missing")
        pipeline = Pipeline(self, new_id(line.get("CommandId")))
        self.add_command(pipeline)
        for argument in request.find_all("rsp:CommandLine/rsp:Arguments"):
            self._feed(argument.text or "")
        return pipeline.id

    def send(self, request: Request) -> None:
        for stream in request.find_all("rsp:Send/rsp:Stream"):
            if stream.get("CommandId"):
                self.find_command(stream.get("CommandId"))
            self._feed(stream.text or "")

    def close(self) -> None:
        super().close()
        self.outbox.finish(0)

    def _feed(self, text: str) -> None:
        try:
            with self.lock:
                for message in self._assembler.feed(base64.b64decode(text)):
                    self._handle(message)
        except (FragmentError, ClixmlError, binascii.Error, AttributeError, TypeError) as e:
            raise faults.bad_request(f"The PSRP data could not be processed: {e}") from e

    def _tell(self, kind: MessageType, data: bytes) -> None:
        with self.sending:
            self.outbox.put(self.fragmenter.fragments(kind, data))

    def _handle(self, message: Message) -> None:
        content: Any = loads(message.data, self._key.decrypt) if message.data else None
        kind = message.kind
        if message.pipeline_id is not None:
            pipeline = self.commands.get(str(message.pipeline_id).upper())
            if pipeline is not None:
                self._handle_pipeline(pipeline, kind, content)
        elif kind == MessageType.SESSION_CAPABILITY:
            self.fragmenter.pool_id = message.pool_id.bytes_le
            self._tell(MessageType.SESSION_CAPABILITY, records.session_capability())
        elif kind == MessageType.INIT_RUNSPACEPOOL:
            self._initialise(content)
        elif kind == MessageType.PUBLIC_KEY:
            key = self._key.sealed_for(content.get("PublicKey"))
            self._tell(MessageType.ENCRYPTED_SESSION_KEY, records.encrypted_session_key(key))
        elif kind == MessageType.GET_AVAILABLE_RUNSPACES:
            self._answer_count(content, self._runspaces)
        elif kind in (
            MessageType.SET_MAX_RUNSPACES,
            MessageType.SET_MIN_RUNSPACES,
            MessageType.RESET_RUNSPACE_STATE,
        ):
            self._answer_count(content, True)

    def _initialise(self, content: PSObj) -> None:
        self._runspaces = max(1, min(int(content.get("MaxRunspaces")), _MAX_RUNSPACES))
        self.free_runspaces = threading.Semaphore(self._runspaces)
        self.host_info = content.get("HostInfo")
        self._tell(MessageType.APPLICATION_PRIVATE_DATA, records.application_private_data())
        self._tell(MessageType.RUNSPACEPOOL_STATE, records.pool_opened())

    def _answer_count(self, content: PSObj, value: Any) -> None:
        self._tell(
            MessageType.RUNSPACE_AVAILABILITY, records.availability(int(content.get("ci")), value)
        )

    @staticmethod
    def _handle_pipeline(pipeline: Pipeline, kind: int, content: Any) -> None:
        if kind == MessageType.CREATE_PIPELINE:
            pipeline.start(content)
        elif kind == MessageType.PIPELINE_INPUT:
            pipeline.feed(content)
        elif kind == MessageType.END_OF_PIPELINE_INPUT:
            pipeline.end_input()
        elif kind == MessageType.PIPELINE_HOST_RESPONSE:
            pipeline.answer(content)
