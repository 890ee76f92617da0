# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program sees: its console and its computer."""

from __future__ import annotations

import threading
from typing import Protocol

from ..clock import Clock
from ..files import FileSystem
from ..latency import Latency


class Console(Protocol):
    """Standard streams of a remote program."""

    def write(self, text: str) -> None: ...
    def line(self, text: str = "") -> None: ...
    def err(self, text: str) -> None: ...
    def read(self, timeout: float | None = None) -> bytes: ...


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
