# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The channel for programs and WMI: WinRS shells and WS-Enumeration, by pypsrp.

exchange.md 13.1. Programs run bare (WINRS_SKIP_CMD_SHELL), with output in UTF-8.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import codecs
import contextlib
import math
import re
import time
import typing as t
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import quote
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._wire import (
    TIMED_OUT,
    Wire,
)

NO_PROGRAM = "NoProgram"  # the code of the error when Windows doesn't find a program
_FILE_NOT_FOUND = 0x80070002
_UTF8_CODE_PAGE = 65001
# Seconds after which the server may end a shell that nobody asks anything, and the program in it: that of
# a run that was killed would else hold its files for the two hours of the server's own limit. Whoever
# waits for a program asks all the time.
IDLE_TIMEOUT = 180
_WMI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*"
_WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
_WSEN = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
_WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_WORD = re.compile(r"[A-Za-z_]\w*")


def signed32(code: int) -> int:
    """An exit code as the program meant it: eseutil's -550 comes as 4294966746."""
    code &= 0xFFFFFFFF
    return code - 0x1_0000_0000 if code >= 0x8000_0000 else code


class ProgramShell:
    """One WinRS shell, opened when a program needs it, and one program in it at a time.

    Not thread-safe; after SessionLostError it is good for nothing more.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._wire = Wire(options, programs=True)
        self._shell: t.Any = None
        self._answered = False
        self.used = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether a shell was opened on the server, which may have closed it since."""
        return self._shell is not None

    def start(self, program: str, line: str) -> RunningProgram:
        """Start a program. line: its arguments, quoted already."""
        shell = self._open()
        with self._failures(f"start {program}"):
            self._wire.begin()
            answer = self._command(shell, program, line)
            command = answer.find(".//{*}CommandId")
            if command is None or not command.text:
                raise SessionLostError(f"{self._wire.url} started {program} without naming it.")
        self.used = time.monotonic()
        return RunningProgram(self, program, command.text)

    def _command(self, shell: t.Any, program: str, line: str) -> t.Any:
        from pypsrp.exceptions import WSManFaultError

        try:
            return shell.command(quote(program), [line] if line else [], no_shell=True)
        except WSManFaultError as e:
            if e.code != _FILE_NOT_FOUND:
                raise
            raise TransportError(
                f"{program} was not found.",
                server=self._options.name,
                command=program,
                code=NO_PROGRAM,
                remedy=f"Add the folder of {program} to the machine's variable Path, or install it.",
            ) from e

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """All instances of a class; a property that is null, or missing, is None."""
        for word in (wmi_class, *properties):
            if not _WORD.fullmatch(word):
                raise ValueError(f"{word!r} is no name of a WMI class or property")
        request = ET.Element(f"{{{_WSEN}}}Enumerate")
        ET.SubElement(request, f"{{{_WSMAN}}}OptimizeEnumeration")
        ET.SubElement(request, f"{{{_WSMAN}}}MaxElements").text = "500"
        query = ET.SubElement(request, f"{{{_WSMAN}}}Filter", Dialect=_WQL)
        query.text = f"SELECT {', '.join(properties)} FROM {wmi_class}"
        rows: list[dict[str, str | None]] = []
        with self._failures(f"enumerate {wmi_class}"):
            self._wire.ready()
            body = self._wire.wsman.enumerate(_WMI, request)
            while True:
                for items in body.iter():
                    if _local(items.tag) == "Items":
                        rows += [_row(item, properties) for item in items]
                ended = any(_local(element.tag) == "EndOfSequence" for element in body.iter())
                context = body.find(f".//{{{_WSEN}}}EnumerationContext")
                if ended or context is None or not context.text:
                    break
                pull = ET.Element(f"{{{_WSEN}}}Pull")
                ET.SubElement(pull, f"{{{_WSEN}}}EnumerationContext").text = context.text
                ET.SubElement(pull, f"{{{_WSEN}}}MaxElements").text = "500"
                body = self._wire.wsman.pull(_WMI, pull)
        self._answered = True
        self.used = time.monotonic()
        return rows

    def close(self) -> None:
        """Delete the shell, which ends what still runs in it. Never raises."""
        shell, self._shell = self._shell, None
        if shell is not None and not self._wire.refused:
            self._wire.renew()
            self._wire.wsman.transport.read_timeout = 10
            with contextlib.suppress(ExchangeError), self._failures("close"):
                shell.close()
        self._wire.close()

    # -- inside

    def _open(self) -> t.Any:
        from pypsrp.shell import WinRS

        if self._shell is None:
            with self._failures("open a shell for programs"):
                self._wire.ready()
                shell = WinRS(
                    self._wire.wsman, codepage=_UTF8_CODE_PAGE, idle_time_out=IDLE_TIMEOUT
                )
                shell.open()
            self._shell, self._answered = shell, True
        return self._shell

    def _failures(self, what: str) -> contextlib.AbstractContextManager[None]:
        return self._wire.failures(what, opening=not self._answered)

    def receive(self, command: str, wait: float) -> tuple[bool, int | None, bytes, bytes]:
        """(done, exit code, stdout, stderr) of a running program, after at most `wait` seconds."""
        from pypsrp.exceptions import WSManFaultError
        from pypsrp.shell import CommandState

        with self._failures("read a program's output"):
            self._wire.ready()
            try:
                state, code, streams = self._shell.receive(
                    "stdout stderr", command, timeout=max(1, math.ceil(wait))
                )
            except WSManFaultError as e:
                if e.code != TIMED_OUT:
                    raise
                return False, None, b"", b""
        self.used = time.monotonic()
        return state == CommandState.DONE, code, streams["stdout"], streams["stderr"]

    def terminate(self, command: str) -> None:
        """End a program, or tell the server that its result has been read."""
        from pypsrp.shell import SignalCode

        if self._shell is None:
            return
        with self._failures("end a program"):
            self._wire.ready()
            self._shell.signal(SignalCode.TERMINATE, command)
        self.used = time.monotonic()


class RunningProgram:
    """A program in a shell. poll() until done, or stop()."""

    def __init__(self, shell: ProgramShell, program: str, command: str) -> None:
        self._shell, self._command, self.program = shell, command, program
        decoder = codecs.getincrementaldecoder("utf-8")
        self._out, self._err = decoder("replace"), decoder("replace")
        self.exit_code: int | None = None
        self.done = False

    def poll(self, wait: float) -> tuple[str, str]:
        """New (stdout, stderr) text, after at most `wait` seconds; sets done and exit_code."""
        if self.done:
            return "", ""
        done, code, out, err = self._shell.receive(self._command, wait)
        if done:
            self.done, self.exit_code = True, signed32(code or 0)
            self._shell.terminate(self._command)
        return self._out.decode(out, done), self._err.decode(err, done)

    def stop(self) -> None:
        """End the program if it still runs."""
        if not self.done:
            self.done = True
            self._shell.terminate(self._command)


def _local(tag: t.Any) -> str:
    return str(tag).rpartition("}")[2]


def _row(item: ET.Element, properties: Sequence[str]) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for child in item:
        if child.get(_NIL) != "true":
            # A date is one level deeper, in an element that names its type.
            values[_local(child.tag).lower()] = "".join(child.itertext())
    return {name: values.get(name.lower()) for name in properties}
