# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command shell (WinRS): programs with standard streams ([MS-WSMV] 3.1.4.1.31, WINRS_* options).

WINRS_SKIP_CMD_SHELL TRUE starts the program itself: arguments split as Windows does, unknown programs are a fault.
Otherwise the whole line goes to the program "cmd" as ["/c", line], whose rules of quoting apply. A bare cmd.exe gets its
switches and, unsplit, what follows /c: ["/d", "/s", "/c", '"mkdir "D:\\a b""'].
"""

from __future__ import annotations

import base64
import logging
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..runspace.engine import OnCall
from ..runspace.invocation import SessionState
from . import faults
from .command_line import program_name, split_cmd_line, split_command_line
from .console import Console, Handler, ProgramStopped
from .envelope import Request
from .shells import Shell, ShellCommand, new_id

log = logging.getLogger(__name__)

_CODECS = {"65001": "utf-8", "20127": "ascii", "28591": "latin-1"}
_DEFAULT_CODEPAGE = "437"
_DEFAULT_FOLDER = "C:\\Windows\\System32"
_CONTROL_C_EXIT = -1073741510  # STATUS_CONTROL_C_EXIT
_DEFECT_EXIT = -532462766  # what an unhandled exception leaves


def codec_of(codepage: str) -> str:
    """Python's codec for a Windows code page number; the OEM one when it is unknown."""
    name = _CODECS.get(codepage, f"cp{codepage}")
    try:
        "".encode(name)
    except LookupError:
        return f"cp{_DEFAULT_CODEPAGE}"
    return name


@dataclass
class ProgramRunner:
    """What a command shell can start, and as whom.

    make_context: `make_context(session, console)` gives what programs find as `console.context`.
    defects: tracebacks of Python exceptions in programs.
    """

    programs: Mapping[str, Handler]
    session: SessionState
    make_context: Any = None
    on_call: OnCall | None = None
    defects: list[str] = field(default_factory=list)

    def finds(self, given: str, name: str) -> bool:
        """Whether Windows finds the program: those with the attribute `off_path` by their whole path only."""
        handler = self.programs.get(name)
        return handler is not None and ("\\" in given or not getattr(handler, "off_path", False))


class Program(ShellCommand):
    """One running program."""

    def __init__(self, command_id: str, shell: CommandShell, line: str, bare: bool) -> None:
        super().__init__(command_id)
        self._runner = runner = shell.runner
        words = split_command_line(line)
        if bare or "cmd" not in runner.programs:
            self._name, self._arguments = program_name(words[0]) if words else "", words[1:]
            if bare and not runner.finds(words[0] if words else "", self._name):
                raise faults.file_not_found()
            if self._name == "cmd":
                self._arguments = split_cmd_line(line)
        else:
            self._name, self._arguments = "cmd", ["/c", line]
        self._shown = words[0] if words else ""
        self.console = Console(
            self.outbox,
            self.stopping,
            command_line=line,
            env=shell.env,
            cwd=shell.cwd,
            codec=shell.codec,
            sleep=runner.session.sleep,
        )

    def start(self) -> None:
        """Run it in its own thread."""
        threading.Thread(target=self._run, daemon=True, name=f"program {self._name}").start()

    def _run(self) -> None:
        runner = self._runner
        finish = None
        try:
            if runner.on_call is not None:
                finish = runner.on_call(
                    runner.session,
                    "program",
                    self._name,
                    {"arguments": self._arguments, "command_line": self.console.command_line},
                )
            code = self._call()
        except ProgramStopped:
            code = _CONTROL_C_EXIT
        except Exception as e:  # a defect of a program is ours: loud, and the shell lives on
            log.exception("defect in %s", self.console.command_line)
            text = "".join(traceback.format_exception(e))
            runner.defects.append(f"{self.console.command_line}: {text}")
            code = _DEFECT_EXIT
        if finish is not None:
            finish("stopped" if code == _CONTROL_C_EXIT else f"exit: {code}")
        self.outbox.finish(code)

    def _call(self) -> int:
        handler = self._runner.programs.get(self._name)
        if handler is None:
            self.console.err(
                f"'{self._shown}' is not recognized as an internal or external command,\n"
                "operable program or batch file."
            )
            return 1
        if self._runner.make_context is not None:
            self.console.context = self._runner.make_context(self._runner.session, self.console)
        return _signed(int(handler(self.console, self._arguments) or 0))

    def stop(self) -> None:
        super().stop()
        self.console.wake()


def _signed(code: int) -> int:
    """The exit code as 32 bits with sign, however the program gave it."""
    return (code & 0xFFFFFFFF) - ((code & 0x80000000) << 1)


class CommandShell(Shell[Program]):
    """A WinRS shell: environment, folder and code page for the programs started in it."""

    def __init__(
        self,
        shell_id: str,
        owner: str,
        request: Request,
        idle_timeout: float,
        runner: ProgramRunner,
    ) -> None:
        super().__init__(shell_id, owner, request, idle_timeout)
        self.runner = runner
        self.env = {
            variable.get("Name", ""): variable.text or ""
            for variable in request.find_all("rsp:Shell/rsp:Environment/rsp:Variable")
        }
        folder = request.find("rsp:Shell/rsp:WorkingDirectory")
        self.cwd = folder.text if folder is not None and folder.text else _DEFAULT_FOLDER
        self.codec = codec_of(request.options.get("WINRS_CODEPAGE", _DEFAULT_CODEPAGE))

    @staticmethod
    def quota_fault(limit: int) -> faults.WsmanFault:
        return faults.too_many_remote_shells()

    def start_command(self, request: Request) -> str:
        line = request.find("rsp:CommandLine")
        if line is None:
            raise faults.bad_request("The CommandLine element is missing")
        parts = [
            *request.find_all("rsp:CommandLine/rsp:Command"),
            *request.find_all("rsp:CommandLine/rsp:Arguments"),
        ]
        text = " ".join(part.text for part in parts if part.text)
        bare = request.options.get("WINRS_SKIP_CMD_SHELL", "FALSE").upper() == "TRUE"
        program = Program(new_id(line.get("CommandId")), self, text, bare)
        self.add_command(program)
        program.start()
        return program.id

    def send(self, request: Request) -> None:
        for stream in request.find_all("rsp:Send/rsp:Stream"):
            program = self.find_command(stream.get("CommandId"))
            end = (stream.get("End") or "").lower() == "true"
            program.console.feed(base64.b64decode(stream.text or ""), end)
