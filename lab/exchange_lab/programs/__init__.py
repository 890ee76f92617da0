# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a remote shell (WinRS) can start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import small
from ._console import Console, ProgramContext
from .cmd import cmd
from .eseutil import eseutil
from .icacls import icacls
from .robocopy import robocopy
from .schtasks import schtasks
from .wbadmin import wbadmin

# The arguments are split as the C runtime does; the exit code is a signed 32-bit number.
Program = Callable[[ProgramContext, Console, Sequence[str]], int]

# Name without extension, in lower case -> the program.
PROGRAMS: dict[str, Program] = {
    "cmd": cmd,
    "eseutil": eseutil,
    "fsutil": small.fsutil,
    "hostname": small.hostname,
    "icacls": icacls,
    "robocopy": robocopy,
    "sc": small.sc,
    "schtasks": schtasks,
    "wbadmin": wbadmin,
    "whoami": small.whoami,
}

__all__ = ["PROGRAMS", "Console", "Program", "ProgramContext"]
