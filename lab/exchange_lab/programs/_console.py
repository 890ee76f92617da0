# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program sees: its console and its computer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..clock import Clock
from ..files import FileSystem
from ..latency import Latency
from ..scheduled import Task


class Console(Protocol):
    """Standard streams of a remote program.

    Writing and sleeping raise when the program is to stop. `command_line` is the whole line as it
    came, for programs that parse it themselves (cmd).
    """

    command_line: str

    def write(self, text: str, stream: str = "stdout") -> None:
        """Print as it is, to stdout or stderr."""

    def line(self, text: str = "") -> None:
        """Print a line to stdout."""

    def err(self, text: str) -> None:
        """Print to stderr."""

    def read(self, timeout: float | None = None) -> bytes:
        """Input that came, at least a byte; b"" at its end, or after `timeout` wall seconds."""

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass."""


class ProgramContext(Protocol):
    """The computer that a program runs on, and as whom."""

    computer: str  # NetBIOS name: "MBX1"
    fs: FileSystem
    clock: Clock
    latency: Latency
    stopping: threading.Event  # set when the shell is deleted or the command is signalled
    services: dict[str, str]  # short name -> "RUNNING" | "STOPPED" | ...
    account: str  # "CONTOSO\\admin"
    env: dict[str, str]
    cwd: str
    switches: Mapping[str, Any]  # answers to open questions
    tasks: dict[str, Task]  # of the Task Scheduler, by name in upper case

    def start_task(self, task: Task) -> None:
        """Run a scheduled task, as SYSTEM."""

    def set_service(self, name: str, running: bool) -> None:
        """Begin to start or stop a service (short name)."""


@dataclass
class Held:
    """A console whose output stays in the program's buffer until it ends, or wants input."""

    inner: Console
    command_line: str
    waiting: list[tuple[str, str]] = field(default_factory=list)

    def write(self, text: str, stream: str = "stdout") -> None:
        self.waiting.append((text, stream))

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def err(self, text: str) -> None:
        self.write(text + "\n", "stderr")

    def read(self, timeout: float | None = None) -> bytes:
        self.release()
        return self.inner.read(timeout)

    def sleep(self, seconds: float) -> None:
        self.inner.sleep(seconds)

    def release(self) -> None:
        """Write it all."""
        for text, stream in self.waiting:
            self.inner.write(text, stream)
        self.waiting.clear()


def absolute(context: ProgramContext, path: str) -> str:
    """*path* seen from the current folder, as Win32 does; UNC and device paths stay as they are."""
    text = path.replace("/", "\\")
    if text.startswith("\\\\") or text[1:3] == ":\\":
        return text
    folder = context.cwd.rstrip("\\")
    if text.startswith("\\"):
        return folder[:2] + text
    if text[1:2] == ":":
        if text[0].upper() != folder[0].upper():
            return f"{text[:2]}\\{text[2:]}"
        text = text[2:]
    if not text:
        return folder if len(folder) > 2 else folder + "\\"
    return f"{folder}\\{text}"


def wait_for_key(context: ProgramContext, console: Console) -> None:
    """Wait until somebody types or closes the input; a remote session may never do either."""
    while not context.stopping.is_set():
        if console.read():
            return
        if not context.stopping.wait(0.05):
            return  # the end of the input


def wait_for_ever(context: ProgramContext, console: Console) -> None:
    """A message box on a desktop that nobody sees."""
    context.stopping.wait()
    console.sleep(0)  # raises: the program is to stop
