# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's disks and its programs, on a clock that jumps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from exchange_lab.clock import JumpClock
from exchange_lab.files import FileSystem, Volume
from exchange_lab.files.acl import SYSTEM
from exchange_lab.files.shares import Network, NetworkedFiles
from exchange_lab.latency import Latency
from exchange_lab.programs import PROGRAMS
from exchange_lab.scheduled import Task
from exchange_lab.switches import answers
from exchange_lab.wire.command_line import program_name, split_command_line

GB = 1024**3


class Stopped(BaseException):
    """As the wire's consoles raise when a program is to stop."""


@dataclass
class Terminal:
    """A console that remembers what it got."""

    clock: JumpClock
    stopping: threading.Event
    command_line: str = ""
    typed: bytes = b""
    out: str = ""
    errors: str = ""
    after: Callable[[str], None] | None = None

    def write(self, text: str, stream: str = "stdout") -> None:
        if self.stopping.is_set():
            raise Stopped
        if stream == "stdout":
            self.out += text
        else:
            self.errors += text
        if self.after is not None:
            self.after(self.out)

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def err(self, text: str) -> None:
        self.write(text + "\n", "stderr")

    def read(self, timeout: float | None = None) -> bytes:
        data, self.typed = self.typed, b""
        return data

    def sleep(self, seconds: float) -> None:
        if not self.clock.sleep(seconds, self.stopping):
            raise Stopped


@dataclass
class Computer:
    """What the programs run on; `run` starts one by its command line, bare or through a shell."""

    fs: FileSystem
    clock: JumpClock
    latency: Latency
    computer: str = "MBX1"
    account: str = "CONTOSO\\admin"
    cwd: str = "C:\\Users\\admin"
    env: dict[str, str] = field(default_factory=lambda: {"SystemDrive": "C:", "Root": "D:\\DB"})
    services: dict[str, str] = field(
        default_factory=lambda: {"MSExchangeIS": "RUNNING", "MSExchangeImap4": "STOPPED"}
    )
    switches: dict[str, Any] = field(default_factory=answers)
    stopping: threading.Event = field(default_factory=threading.Event)
    out: str = ""
    errors: str = ""
    seconds: float = 0.0
    network: Network = field(default_factory=lambda: Network("CONTOSO"))
    tasks: dict[str, Task] = field(default_factory=dict)
    stopped: ClassVar[type[BaseException]] = Stopped  # what ends a program that is stopped

    def set_service(self, name: str, running: bool) -> None:
        self.services[name] = "RUNNING" if running else "STOPPED"

    def start_task(self, task: Task) -> None:
        def run(name: str, arguments: list[str], desk: Any) -> int:
            context = replace(self, account=SYSTEM, fs=self.seen_by(SYSTEM))
            return PROGRAMS[name](context, desk, arguments)

        task.start(self.clock, run)

    def seen_by(self, account: str) -> Any:
        """The files as a program of this account sees them; `network` is set by tests that need one."""
        return NetworkedFiles(self.fs, self.network, account, self.computer)

    def run(self, line: str, typed: bytes = b"", after: Callable[[str], None] | None = None) -> int:
        """Bare: the first word is the program."""
        words = split_command_line(line)
        return self._start(program_name(words[0]), words[1:], line, typed, after)

    def shell(self, line: str, typed: bytes = b"") -> int:
        """As WinRS does without WINRS_SKIP_CMD_SHELL."""
        return self._start("cmd", ["/c", line], line, typed, None)

    def _start(
        self,
        name: str,
        arguments: list[str],
        line: str,
        typed: bytes,
        after: Callable[[str], None] | None,
    ) -> int:
        terminal = Terminal(self.clock, self.stopping, line, typed, after=after)
        started = self.clock.elapsed()
        try:
            return PROGRAMS[name](self, terminal, arguments)
        finally:
            self.out, self.errors = terminal.out, terminal.errors
            self.seconds = self.clock.elapsed() - started


@pytest.fixture
def clock() -> JumpClock:
    return JumpClock()


@pytest.fixture
def fs(tmp_path: Path, clock: JumpClock) -> FileSystem:
    return FileSystem(
        tmp_path / "MBX1",
        [
            Volume("C:\\", 100 * GB, "System"),
            Volume("D:\\", 2000 * GB, "Databases"),
            Volume("E:\\", 500 * GB, "Restore"),
            Volume("D:\\Mounts\\V1\\", 100 * GB, "Mounted"),
        ],
        clock,
    )


@pytest.fixture
def computer(fs: FileSystem, clock: JumpClock) -> Computer:
    fs.mkdir("C:\\Users\\admin")
    return Computer(fs, clock, Latency(7))
