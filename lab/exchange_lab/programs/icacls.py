# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""icacls: show, grant, remove and reset access control lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..files import FileError
from ..files.acl import split_entry
from ..files.paths import join
from ._console import Console, ProgramContext, absolute

_INVALID_PARAMETER = 87
_GRANT = re.compile(r"(?P<who>[^:]+):(?P<flags>(?:\((?:OI|CI|IO|NP)\))*)\(?(?P<rights>[A-Z,]+)\)?")
_KNOWN = {
    "*S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "SYSTEM": "NT AUTHORITY\\SYSTEM",
    "*S-1-5-32-544": "BUILTIN\\Administrators",
    "ADMINISTRATORS": "BUILTIN\\Administrators",
    "USERS": "BUILTIN\\Users",
}


def icacls(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """Exit code: 0, or the Windows error of the last failure."""
    words = list(arguments)
    if not words or words[0].startswith("/"):
        console.line('Invalid parameter "' + (words[0] if words else "") + '"')
        return _INVALID_PARAMETER
    path, *rest = words
    tree = quiet = False
    steps: list[tuple[str, str]] = []
    while rest:
        word = rest.pop(0)
        name, _colon, value = word.lower().partition(":")
        if name == "/t":
            tree = True
        elif name == "/q":
            quiet = True
        elif name in ("/c", "/l"):
            continue
        elif name == "/reset":
            steps.append((name, ""))
        elif name == "/inheritance" and value in ("e", "d", "r"):
            steps.append((name, value))
        elif name in ("/grant", "/deny", "/remove") and rest:
            before = len(steps)
            while rest and not rest[0].startswith("/"):
                who = rest.pop(0)
                if name != "/remove" and not _GRANT.fullmatch(who):
                    break
                steps.append((name + (":" + value if value else ""), who))
            if len(steps) == before:
                console.line(f'Invalid parameter "{word}"')
                return _INVALID_PARAMETER
        else:
            console.line(f'Invalid parameter "{word}"')
            return _INVALID_PARAMETER
    return _process(context, console, absolute(context, path), steps, tree, quiet)


def _process(
    context: ProgramContext,
    console: Console,
    path: str,
    steps: list[tuple[str, str]],
    tree: bool,
    quiet: bool,
) -> int:
    code = done = failed = 0
    for each in _below(context, path) if tree else [path]:
        try:
            if not steps:
                _show(context, console, each)
            for step, value in steps:
                context.fs.set_acl(each, _changed(context.fs.acl(each), step, value))
            if steps and not quiet:
                console.line(f"processed file: {each}")
            done += 1
        except FileError as error:
            console.err(f"{each}: {error.text}")
            code = error.code
            failed += 1
    console.line(f"Successfully processed {done} files; Failed processing {failed} files")
    return code


def _below(context: ProgramContext, path: str) -> list[str]:
    found = [path]
    if context.fs.is_dir(path):
        for entry in context.fs.listdir(path):
            child = join(path, entry.name)
            found += _below(context, child) if entry.is_dir else [child]
    return found


def _show(context: ProgramContext, console: Console, path: str) -> None:
    indent = " " * (len(path) + 1)
    for number, entry in enumerate(context.fs.acl(path)):
        console.line((indent if number else path + " ") + entry)
    console.line()


def _changed(entries: list[str], step: str, value: str) -> list[str] | None:
    """The list after one step; None is what the folder above hands down."""
    action, _colon, detail = step.partition(":")
    if action == "/reset":
        return None
    if action == "/inheritance":
        if value == "r":
            return [e for e in entries if "I" not in split_entry(e)[1]]
        return [e.replace("(I)", "") for e in entries] if value == "d" else entries
    if action == "/remove":
        who = _account(value)
        return [
            e
            for e in entries
            if split_entry(e)[0].upper() != who.upper() or "I" in split_entry(e)[1]
        ]
    match = _GRANT.fullmatch(value)
    assert match is not None
    who = _account(match["who"])
    deny = "(DENY)" if action == "/deny" else ""
    if detail == "r":
        entries = _changed(entries, "/remove", match["who"]) or []
    return [f"{who}:{match['flags']}{deny}({match['rights']})", *entries]


def _account(name: str) -> str:
    return _KNOWN.get(name.upper(), name)
