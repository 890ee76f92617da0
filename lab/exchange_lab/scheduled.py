# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled tasks of a server: programs that run without any session, as SYSTEM, and outlive the one that started them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from exchange_lab.clock import Clock
from exchange_lab.files.acl import SYSTEM
from exchange_lab.wire.command_line import program_name, split_command_line
from exchange_lab.wire.console import ProgramStopped

# What the Task Scheduler calls the last result of a task that ...
RUNNING, HAS_NOT_RUN, TERMINATED = 0x41301, 0x41303, 0x41306
_FILE_NOT_FOUND = 0x80070002
_DEFECT = 0xE0434352


@dataclass
class Desk:
    """The console of a program that nobody sees."""

    clock: Clock
    command_line: str
    cwd: str = "C:\\Windows\\System32"
    env: dict[str, str] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    account: str = SYSTEM

    def write(self, text: str, stream: str = "stdout") -> None:
        if self.stopping.is_set():
            raise ProgramStopped

    def line(self, text: str = "") -> None:
        self.write(text)

    def err(self, text: str) -> None:
        self.write(text)

    def read(self, timeout: float | None = None) -> bytes:
        self.stopping.wait(timeout)
        return b""

    def sleep(self, seconds: float) -> None:
        if not self.clock.sleep(seconds, self.stopping) or self.stopping.is_set():
            raise ProgramStopped


@dataclass
class Task:
    """A task of the Task Scheduler. run: starts a program by name, `run(name, arguments, desk)`."""

    name: str
    command: str
    account: str
    last_result: int = HAS_NOT_RUN
    _desk: Desk | None = None

    def start(self, clock: Clock, run: Callable[[str, list[str], Any], int]) -> None:
        """Run it, unless it runs."""
        if self.last_result == RUNNING:
            return
        self._desk = desk = Desk(clock, self.command)
        self.last_result = RUNNING

        def work() -> None:
            words = split_command_line(self.command)
            result = _DEFECT
            try:
                result = run(program_name(words[0]), words[1:], desk)
            except KeyError:
                result = _FILE_NOT_FOUND
            except ProgramStopped:
                result = TERMINATED
            finally:
                self.last_result = result

        threading.Thread(target=work, daemon=True, name=f"task {self.name}").start()

    def end(self) -> None:
        """Stop it, if it runs."""
        if self._desk is not None:
            self._desk.stopping.set()
