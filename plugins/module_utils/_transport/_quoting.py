# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Arguments of Windows programs as text, so that the program reads back exactly what was meant.

Two rules exist side by side: programs split their command line as CommandLineToArgvW does, cmd.exe
reads it in its own way first. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError

_SAFE_IN_CMD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:\\")


def quote(argument: str) -> str:
    """One argument by the rules of CommandLineToArgvW and the C runtime.

    Backslashes count only before a quote: there, and at the end, they are doubled. So a path that
    ends in a backslash does not swallow the closing quote.
    """
    _refuse_control(argument)
    if argument and not any(c in ' \t"' for c in argument):
        return argument
    out, backslashes = ['"'], 0
    for c in argument:
        if c == "\\":
            backslashes += 1
            continue
        out.append("\\" * (2 * backslashes + 1 if c == '"' else backslashes) + c)
        backslashes = 0
    out.append("\\" * (2 * backslashes) + '"')
    return "".join(out)


def cmd_builtin(name: str, arguments: Sequence[str]) -> tuple[str, list[str]]:
    """(program, arguments) that run a built-in of cmd.exe: ren, move, mkdir, dir, rmdir, if ...

    Switches such as /b stay bare; everything else that is not plain is put between double quotes,
    inside which only % (and !, which /v:off switches off) keep a meaning. Raises InputError for
    what cmd can not be given literally: %, double quotes and control characters.
    """
    line = " ".join([name, *(_quote_for_cmd(argument) for argument in arguments)])
    # /s: exactly the outer quotes are stripped, whatever is between them. /d: no AutoRun.
    return "cmd.exe", ["/d", "/v:off", "/s", "/c", RawArgument(f'"{line}"')]


class RawArgument(str):
    """Text that goes on the command line as it is: it has been quoted for its reader already."""

    __slots__ = ()


def command_line(arguments: Sequence[str]) -> str:
    """Arguments as one text: RawArgument as it is, the others by quote()."""
    return " ".join(a if isinstance(a, RawArgument) else quote(a) for a in arguments)


def _quote_for_cmd(argument: str) -> str:
    _refuse_control(argument)
    for bad, what in (("%", "a percent sign"), ('"', "a double quote")):
        if bad in argument:
            raise InputError(
                f"{argument!r} contains {what}, which the Windows command processor can not be"
                " given safely.",
                object=argument,
                remedy="Rename the file or folder, or choose another one.",
            )
    if argument and all(c in _SAFE_IN_CMD for c in argument):
        return argument
    # cmd itself takes a backslash before the closing quote literally (mkdir "D:\a b\").
    return f'"{argument}"'


def _refuse_control(argument: str) -> None:
    if any(ord(c) < 32 or ord(c) == 127 for c in argument):
        raise InputError(
            f"{argument!r} contains a control character.",
            object=repr(argument),
            remedy="Remove it; names of Windows files can not have any.",
        )
