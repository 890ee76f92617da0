# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Windows programs get their arguments out of one command line."""

from __future__ import annotations

import re


def split_command_line(text: str) -> list[str]:
    """CommandLineToArgvW's rules: quotes group, backslashes are literal unless they stand before a quote."""
    arguments: list[str] = []
    current: list[str] = []
    quoted = started = False
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            end = at
            while end < len(text) and text[end] == "\\":
                end += 1
            count, at, started = end - at, end, True
            if end < len(text) and text[end] == '"':
                current.append("\\" * (count // 2))
                if count % 2:
                    current.append('"')
                    at += 1
            else:
                current.append("\\" * count)
            continue
        if character == '"':
            quoted, started = not quoted, True
        elif character in " \t" and not quoted:
            if started:
                arguments.append("".join(current))
                current, started = [], False
        else:
            current.append(character)
            started = True
        at += 1
    if started:
        arguments.append("".join(current))
    return arguments


_CMD_SWITCHES = re.compile(
    r'(?:"[^"]*"|[^\s"]+)\s+(?P<switches>(?:/[^\s/ck][^\s/]*\s*)*)(?P<run>/[ck])(?P<line>.*)',
    re.I | re.S,
)


def split_cmd_line(text: str) -> list[str]:
    """The arguments of cmd.exe: its switches, and what stands after /c or /k as one text, quotes and all.

    cmd doesn't split the rest as other programs do. Without /c or /k: split as usual.
    """
    found = _CMD_SWITCHES.fullmatch(text)
    if not found:
        return split_command_line(text)[1:]
    return [*found["switches"].split(), found["run"], found["line"].lstrip()]


def program_name(path: str) -> str:
    """The name under which a program is registered: no folder, no extension, lower case."""
    name = path.replace("/", "\\").rsplit("\\", 1)[-1].lower()
    stem, dot, extension = name.rpartition(".")
    return stem if dot and extension in ("exe", "com", "cmd", "bat") else name
