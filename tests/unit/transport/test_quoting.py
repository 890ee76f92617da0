# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we quote, Windows reads back."""

from __future__ import annotations

import random

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
    command_line,
    quote,
)


def argv(line: str) -> list[str]:
    """CommandLineToArgvW for arguments, written from its documentation, not from our quoting."""
    arguments, current, quoted, started, i = [], "", False, False, 0
    while i < len(line):
        run = 0
        while i < len(line) and line[i] == "\\":
            run, i = run + 1, i + 1
        if i < len(line) and line[i] == '"':
            current += "\\" * (run // 2)
            started = True
            if run % 2:
                current += '"'
            else:
                quoted = not quoted
            i += 1
            continue
        if run:
            current, started = current + "\\" * run, True
            continue
        if line[i] in " \t" and not quoted:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current, started = current + line[i], True
        i += 1
    return [*arguments, current] if started else arguments


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("/mh", "/mh"),
        ("", '""'),
        (r"D:\DB01\DB01.edb", r"D:\DB01\DB01.edb"),
        (r"D:\My Data\DB01.edb", r'"D:\My Data\DB01.edb"'),
        ("D:\\My Data\\", '"D:\\My Data\\\\"'),
        ("D:\\Data\\", "D:\\Data\\"),
        ('a"b', r'"a\"b"'),
        ('a\\"b', r'"a\\\"b"'),
        ("a\tb", None),
        ("Größe 📬", '"Größe 📬"'),
        ("100%", "100%"),
        ("a&b|c>d", "a&b|c>d"),
        ("$(whoami)", "$(whoami)"),
    ],
)
def test_quote(argument: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(InputError, match="control character"):
            quote(argument)
        return
    assert quote(argument) == text
    assert argv(text) == [argument]


def test_random_arguments_survive() -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    rng = random.Random(seed)
    for _unused in range(3000):
        arguments = [
            "".join(rng.choice('ab \\\\""/é%') for _unused in range(rng.randrange(8)))
            for _unused in range(rng.randrange(1, 4))
        ]
        assert argv(command_line(arguments)) == arguments


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("ren", [r"D:\a\x.edb", "y.edb"], r'"ren D:\a\x.edb y.edb"'),
        ("ren", [r"D:\a b\x.edb", "y z.edb"], r'"ren "D:\a b\x.edb" "y z.edb""'),
        ("mkdir", ["D:\\a&b\\"], '"mkdir "D:\\a&b\\""'),
        ("dir", ["/b", r"D:\Größe"], r'"dir /b "D:\Größe""'),
        ("move", ["/y", r"D:\a^b", r"D:\(c)"], r'"move /y "D:\a^b" "D:\(c)""'),
        ("mkdir", [r"D:\hé!o"], r'"mkdir "D:\hé!o""'),
    ],
)
def test_cmd_builtin(name: str, arguments: list[str], line: str) -> None:
    program, given = cmd_builtin(name, arguments)
    assert program == "cmd.exe"
    assert command_line(given) == "/d /v:off /s /c " + line


@pytest.mark.parametrize(
    "bad", ["D:\\100%\\x", "D:\\%PATH%", 'D:\\a"b', "D:\\a\nb", "D:\\a\x00", "a\x7f"]
)
def test_cmd_refuses_what_it_can_not_quote(bad: str) -> None:
    with pytest.raises(InputError) as caught:
        cmd_builtin("ren", [bad, "x"])
    assert repr(bad) in str(caught.value)
    assert caught.value.remedy
