# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program finds on a server of the lab: the computer, its files, and as whom it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from exchange_lab.exchange_server import ExchangeServer
from exchange_lab.files import FileSystem
from exchange_lab.files.shares import NetworkedFiles
from exchange_lab.organisation import Organisation
from exchange_lab.programs import PROGRAMS, Program
from exchange_lab.scheduled import Task
from exchange_lab.wire import Console

_INSTALL_PATH = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\"


class ServerContext:
    """programs.ProgramContext on a server of the organisation."""

    def __init__(
        self, organisation: Organisation, server: ExchangeServer, session: Any, console: Console
    ) -> None:
        self._organisation, self._server = organisation, server
        self.computer = server.name
        self.fs = cast(
            FileSystem,
            NetworkedFiles(server.fs, organisation.network, session.account, server.name),
        )
        self.tasks = server.tasks
        self.switches = organisation.switches
        self.clock = organisation.clock
        self.latency = organisation.latency
        self.stopping: threading.Event = console.stopping
        self.services = {
            name: state.upper().replace(" ", "_") for name, state in server.services.items()
        }
        self.account: str = session.account
        self.cwd = console.cwd
        self.env = {
            "ComputerName": server.name,
            "ComSpec": "C:\\Windows\\system32\\cmd.exe",
            "ExchangeInstallPath": _INSTALL_PATH,
            "SystemDrive": "C:",
            "SystemRoot": "C:\\Windows",
            "UserName": self.account.rpartition("\\")[2],
            **console.env,
        }

    def start_task(self, task: Task) -> None:
        """Run a scheduled task; it goes on when the session ends."""

        def run(name: str, arguments: list[str], desk: Any) -> int:
            context: Any = ServerContext(self._organisation, self._server, desk, desk)
            return PROGRAMS[name](context, desk, arguments)

        task.start(self.clock, run)

    def set_service(self, name: str, running: bool) -> None:
        """Begin to start or stop a service; it takes its time after this."""
        organisation = self._organisation
        with organisation.lock:
            seconds = organisation.latency.seconds("store restart") / 2
            organisation.set_service(self._server, name, running, seconds)


def handler(program: Program, off_path: bool) -> Callable[[Console, list[str]], int]:
    """The program as the wire calls it. off_path: it is not found by its bare name."""

    def run(console: Console, arguments: list[str]) -> int:
        return program(console.context, console, arguments)

    run.off_path = off_path  # type: ignore[attr-defined]
    return run
