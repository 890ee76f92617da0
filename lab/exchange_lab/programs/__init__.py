# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a remote shell (WinRS) can start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ._console import Console, ProgramContext

# Name without extension, in lower case -> the program. Arguments are the pieces of the command
# line as they came over the wire, not yet parsed: each program parses its own line, as on Windows.
Program = Callable[[ProgramContext, Console, Sequence[str]], int]
PROGRAMS: dict[str, Program] = {}


class ProgramNotFound(Exception):
    """No such program: WinRM answers with fault 0x80070002."""


def run(
    context: ProgramContext,
    console: Console,
    command: str,
    arguments: Sequence[str] = (),
    *,
    skip_cmd_shell: bool = True,
) -> int:
    """Run one WinRS command and return its exit code, a signed 32-bit number.

    *command* and *arguments* are the strings of the wire's CommandLine. Without *skip_cmd_shell*
    (the protocol's default!) the line is run by `cmd /c`, with all that means for & and %.
    """
    raise NotImplementedError
