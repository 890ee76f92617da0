# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of the lab without its wire: its disks, its database engine and its programs.

What the collection's file work does is real here (files, headers, logs, replay); time jumps.
"""

from __future__ import annotations

import threading
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import SessionLostError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    JobState,
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
)

from exchange_lab.clock import JumpClock
from exchange_lab.ese import Instance
from exchange_lab.files import FileSystem, Volume
from exchange_lab.latency import Latency
from exchange_lab.programs import PROGRAMS
from exchange_lab.programs._command_line import split_arguments
from exchange_lab.switches import answers

GB = 1024**3
READ_ONLY = ("/mh", "/ml", "/mk", "/L")


@dataclass
class _Console:
    command_line: str
    clock: JumpClock
    text: str = ""

    def write(self, text: str, stream: str = "stdout") -> None:
        self.text += text

    def line(self, text: str = "") -> None:
        self.write(text + "\n")

    def err(self, text: str) -> None:
        self.write(text + "\n", "stderr")

    def read(self, timeout: float | None = None) -> bytes:
        return b""

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


@dataclass
class Machine:
    """A transport, and the server behind it. changing: the calls that change something.

    die_at: the number of the changing call after which the connection is lost.
    """

    root: Path
    clock: JumpClock = field(default_factory=JumpClock)
    server: str = "mbx1.contoso.lab"
    database: dict[str, t.Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    die_at: int | None = None

    def __post_init__(self) -> None:
        self.fs = FileSystem(
            self.root, [Volume("C:\\", 100 * GB), Volume("D:\\", 500 * GB), Volume("E:\\", 500 * GB)],
            self.clock,
        )  # fmt: skip
        self.latency = Latency(1)
        self.switches = answers()
        self.computer = "MBX1"
        self.stopping = threading.Event()
        self.services: dict[str, str] = {}
        self.account = "CONTOSO\\admin"
        self.env: dict[str, str] = {"TEMP": "C:\\Temp"}
        self.cwd = "C:\\Users\\admin"

    def instance(self, edb: str, logs: str, generations: int = 0, **keys: t.Any) -> Instance:
        """A new database with one row per generation."""
        created = Instance.create(self.fs, edb, logs, "E00", self.clock, **keys)
        self.fill(created, generations)
        return created

    def fill(self, instance: Instance, generations: int) -> None:
        """Accept one message per log generation."""
        for _generation in range(generations):
            instance.put(f"message/{len(instance.rows)}", {"n": instance.generation})
            self.clock.advance(1)
            instance.roll()

    def rows(self, edb: str) -> dict[str, t.Any]:
        """What a clean file holds, read by mounting it."""
        mounted = Instance.attach(self.fs, edb, "C:\\proof", "E00", self.clock)
        rows = dict(mounted.rows)
        mounted.detach()
        return rows

    # -- the transport

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        if commands[0].name != "Get-MailboxDatabase":
            raise AssertionError(f"{commands[0].name} is none of the file work's business")
        row = {
            "Name": "DB01",
            "Guid": "11111111-2222-3333-4444-555555555555",
            "DistinguishedName": "CN=DB01",
            "Server": "MBX1",
            "Recovery": False,
            "EdbFilePath": "D:\\Databases\\DB01\\DB01.edb",
            "LogFolderPath": "D:\\Databases\\DB01",
            "LogFilePrefix": "E00",
            "Mounted": False,
            **self.database,
        }
        return CommandResult(output=[row])

    def run(
        self, program: str, arguments: t.Sequence[str], timeout: float = 120.0
    ) -> ProgramResult:
        line = command_line(arguments)
        self.calls.append(f"{program} {line}")
        changes = not any(word in READ_ONLY for word in arguments)
        if changes:
            self.changing.append(f"{program} {line}")
        console = _Console(f"{program} {line}", self.clock)
        name = program.removesuffix(".exe")
        code = PROGRAMS[name](t.cast(t.Any, self), console, split_arguments(line))
        if changes and self.die_at == len(self.changing):
            raise SessionLostError("The session was lost.")
        return ProgramResult(code, console.text, "", 0.1, program, self.server)

    def start(self, program: str, arguments: t.Sequence[str]) -> t.Any:
        return _Ended(self.run(program, arguments))

    def enumerate(self, wmi_class: str, properties: t.Sequence[str]) -> list[dict[str, str | None]]:
        return [
            {
                "DeviceID": volume.device_id,
                "Name": volume.name,
                "Label": volume.label,
                "FileSystem": volume.file_system,
                "Capacity": str(volume.capacity),
                "FreeSpace": str(self.fs.free(volume)),
                "BlockSize": str(volume.block_size),
            }
            for volume in self.fs.volumes
        ]

    def close(self) -> None:
        pass


class _Ended:
    """A job whose output comes at once."""

    def __init__(self, result: ProgramResult) -> None:
        self._result = result

    def poll(self, wait: float) -> JobState:
        return JobState(True, self._result.stdout, self._result.exit_code)

    def stop(self) -> None:
        pass
