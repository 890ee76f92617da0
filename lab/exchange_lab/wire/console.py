# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program started by WinRS sees: its standard streams, its environment, and that it is to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .shells import Outbox

_CHUNK = 16384
_MAX_WAITING_OUTPUT = 8 * 1024 * 1024


class ProgramStopped(BaseException):
    """The program was signalled or its shell is gone. Not an Exception, so that no program swallows it."""


class Console:
    """Standard streams of one program.

    env, cwd: as the shell was opened with. codec: Python's name of the console's code page.
    command_line: the whole line, for programs that split it themselves. context: the computer it runs on.
    stopping: set when it should end; writing, reading and sleeping then raise ProgramStopped.
    """

    def __init__(
        self,
        outbox: Outbox,
        stopping: threading.Event,
        *,
        command_line: str = "",
        env: dict[str, str] | None = None,
        cwd: str = "C:\\",
        codec: str = "cp437",
        sleep: Callable[[float, threading.Event | None], bool] | None = None,
    ) -> None:
        self._outbox, self.stopping, self._sleep = outbox, stopping, sleep
        self.command_line, self.cwd, self.codec = command_line, cwd, codec
        self.env = dict(env or {})
        self.context: Any = None
        self._changed = threading.Condition()
        self._input = b""
        self._input_ended = False

    def write(self, text: str, stream: str = "stdout") -> None:
        """Text as it is, but with the line ends of Windows; stream: "stdout" or "stderr"."""
        if self.stopping.is_set():
            raise ProgramStopped
        data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(self.codec, "replace")
        self._outbox.put([data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)], stream)
        self._outbox.wait_for_room(_MAX_WAITING_OUTPUT, self.stopping)

    def line(self, text: str = "") -> None:
        """A line to standard output."""
        self.write(text + "\n")

    def err(self, text: str) -> None:
        """A line to standard error."""
        self.write(text + "\n", "stderr")

    def read(self, timeout: float | None = None) -> bytes:
        """Input that came, at least a byte; b"" at the end of the input, or after `timeout` wall seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._input and not self._input_ended:
                if self.stopping.is_set():
                    raise ProgramStopped
                left = 0.5 if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    return b""
                self._changed.wait(min(left, 0.5))
            data, self._input = self._input, b""
            return data

    def read_all(self) -> bytes:
        """Everything until the end of the input."""
        parts = []
        while part := self.read():
            parts.append(part)
        return b"".join(parts)

    def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        if self._sleep is None:
            stopped = self.stopping.wait(seconds)
        else:
            stopped = not self._sleep(seconds, self.stopping)
        if stopped or self.stopping.is_set():
            raise ProgramStopped

    def feed(self, data: bytes, end: bool) -> None:
        """Input from the client."""
        with self._changed:
            self._input += data
            self._input_ended = self._input_ended or end
            self._changed.notify_all()

    def wake(self) -> None:
        """Let a waiting read see that the program is to stop."""
        with self._changed:
            self._changed.notify_all()


Handler = Callable[[Console, list[str]], "int | None"]
"""A program: gets its console and its arguments, gives its exit code (None = 0)."""
