# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Windows programs get their arguments out of one command line."""

from __future__ import annotations


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


def program_name(path: str) -> str:
    """The name under which a program is registered: no folder, no extension, lower case."""
    name = path.replace("/", "\\").rsplit("\\", 1)[-1].lower()
    stem, dot, extension = name.rpartition(".")
    return stem if dot and extension in ("exe", "com", "cmd", "bat") else name
