# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that live in cmd itself: ren, move, mkdir, dir, rmdir, del, type, echo, cd."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..files import FileError
from ..files.errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    FILE_NOT_FOUND,
    PATH_NOT_FOUND,
)
from ..files.paths import basename, fold, join, parent
from ._copying import copy_file
from ._dir import dir_
from ._shell import Shell, fail, has_wildcard, words_of

_SYNTAX = "The syntax of the command is incorrect."
_DUPLICATE = "A duplicate file name exists, or the file\ncannot be found."


def _rename(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if len(operands) != 2 or switches or re.search(r'[\\/:<>"|]', operands[1]):
        return fail(shell, _SYNTAX)
    if any(map(has_wildcard, operands)):
        return fail(shell, "cmd: the lab does not simulate ren with wildcards", 255)
    source = shell.path(operands[0])
    target = join(parent(source), operands[1])
    shell.console.sleep(shell.context.latency.seconds("rename"))
    try:
        if not shell.fs.exists(source):
            shell.fs.entry(source)  # raises with the right code
        if shell.fs.exists(target) and fold(target) != fold(source):
            return fail(shell, _DUPLICATE)
        shell.fs.rename(source, target)
    except FileError as error:
        return fail(shell, error.text)
    return 0


def _move(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if len(operands) not in (1, 2) or set(switches) - {"/y", "/-y"}:
        return fail(shell, _SYNTAX)
    source = shell.path(operands[0])
    target = shell.path(operands[1]) if len(operands) == 2 else shell.context.cwd
    if has_wildcard(source):
        found = [join(parent(source), e.name) for e in shell.matching(source, parent(source), True)]
        if not found:
            return fail(shell, FileError(FILE_NOT_FOUND, source).text)
        if len(found) > 1 and not shell.fs.is_dir(target):
            return fail(shell, "Cannot move multiple files to a single file.")
    else:
        found = [source]
    moved, code, what = 0, 0, "file"
    for path in found:
        goal = join(target, basename(path)) if shell.fs.is_dir(target) else target
        try:
            if shell.fs.is_dir(path):
                what = "dir"
            if _move_one(shell, path, goal, "/y" in switches):
                moved += 1
        except FileError as error:
            shell.console.err(error.text)
            code = 1
            if error.code in (FILE_NOT_FOUND, PATH_NOT_FOUND) and not has_wildcard(source):
                return code
    shell.console.line(f"        {moved} {what}(s) moved.")
    return code


def _move_one(shell: Shell, source: str, target: str, overwrite: bool) -> bool:
    fs = shell.fs
    entry = fs.entry(source)
    same_volume = fs.volume_of(source) is fs.volume_of(target)
    if fs.exists(target) and fold(source) != fold(target):
        if fs.is_dir(target) or entry.is_dir:
            raise FileError(ACCESS_DENIED, target)
        if not overwrite and shell.ask(f"Overwrite {target}? (Yes/No/All): ", "YA") == "":
            return False
        if same_volume:
            if fs.locked_by(source):
                fs.rename(source, target)  # raises
            fs.delete(target)
    shell.console.sleep(shell.context.latency.seconds("rename"))
    if same_volume:
        fs.rename(source, target)
        return True
    if entry.is_dir:  # move cannot carry a folder to another volume
        raise FileError(ACCESS_DENIED, source)
    fs.volume_of(target)
    if not fs.is_dir(parent(target)):
        raise FileError(PATH_NOT_FOUND, target)
    copy_file(shell.context, shell.console, source, target)
    fs.delete(source)
    return True


def _mkdir(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if not operands or switches:
        return fail(shell, _SYNTAX)
    code = 0
    for word in operands:
        try:
            shell.fs.mkdir(shell.path(word))
        except FileError as error:
            if error.code == ALREADY_EXISTS:
                shell.console.err(f"A subdirectory or file {word} already exists.")
            else:
                shell.console.err(error.text)
            code = 1
    return code


def _rmdir(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if not operands or set(switches) - {"/s", "/q"}:
        return fail(shell, _SYNTAX)
    code = 0
    for word in operands:
        path = shell.path(word)
        asks = "/s" in switches and "/q" not in switches and shell.fs.is_dir(path)
        if asks and shell.ask(f"{word}, Are you sure (Y/N)? ", "Y") == "":
            continue
        try:
            shell.fs.rmdir(path, recurse="/s" in switches)
        except FileError as error:
            code = fail(shell, error.text, error.code)
    return code


def _delete(shell: Shell, text: str) -> int:
    """As in Windows: only wrong syntax gives an exit code."""
    operands, switches = words_of(text)
    if not operands or any(s[:2] not in ("/f", "/q", "/s", "/a", "/p") for s in switches):
        return fail(shell, _SYNTAX)
    for word in operands:
        path = shell.path(word)
        if shell.fs.is_dir(path):
            path = join(path, "*")
            if "/q" not in switches and shell.ask(f"{path}, Are you sure (Y/N)? ", "Y") == "":
                continue
        folder = parent(path)
        found = shell.matching(path, folder, True) if has_wildcard(path) else None
        names = [join(folder, e.name) for e in found] if found is not None else [path]
        if not names:
            shell.console.line(f"Could Not Find {path}")
        for name in names:
            try:
                shell.fs.delete(name)
            except FileError as error:
                if error.code in (FILE_NOT_FOUND, PATH_NOT_FOUND):
                    shell.console.line(f"Could Not Find {name}")
                else:
                    shell.console.line(name)
                    shell.console.err(error.text)
    return 0


def _type(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if not operands or switches:
        return fail(shell, _SYNTAX)
    for word in operands:
        try:
            data = shell.fs.read_bytes(shell.path(word))
        except FileError as error:
            return fail(shell, error.text)
        shell.console.write(data.decode(errors="replace").replace("\r\n", "\n"))
    return 0


def _echo(shell: Shell, text: str) -> int:
    shell.console.line(text or "ECHO is on.")
    return 0


def _cd(shell: Shell, text: str) -> int:
    operands, switches = words_of(text)
    if not operands:
        shell.console.line(shell.context.cwd)
        return 0
    path = shell.path(operands[0])
    if not shell.fs.is_dir(path):
        return fail(shell, FileError(PATH_NOT_FOUND, path).text)
    if path[:1].upper() == shell.context.cwd[:1].upper() or "/d" in switches:
        shell.context.cwd = shell.fs.canonical(path)
    return 0


def _ver(shell: Shell, text: str) -> int:
    shell.console.line()
    shell.console.line("Microsoft Windows [Version 10.0.17763.6414]")
    return 0


def _set(shell: Shell, text: str) -> int:
    name, equals, value = text.strip().strip('"').partition("=")
    if equals:
        shell.context.env[name] = value
        return 0
    found = [
        f"{n}={v}"
        for n, v in sorted(shell.context.env.items(), key=lambda item: item[0].upper())
        if n.upper().startswith(name.upper())
    ]
    for line in found:
        shell.console.line(line)
    return 0 if found else fail(shell, f"Environment variable {name} not defined")


def _exit(shell: Shell, text: str) -> int:
    words = text.lower().replace("/b", "").split()
    return int(words[0]) if words and re.fullmatch(r"-?\d+", words[0]) else 0


Builtin = Callable[[Shell, str], int]
BUILTINS: dict[str, Builtin] = {
    "cd": _cd,
    "chdir": _cd,
    "del": _delete,
    "dir": dir_,
    "echo": _echo,
    "erase": _delete,
    "exit": _exit,
    "md": _mkdir,
    "mkdir": _mkdir,
    "move": _move,
    "rd": _rmdir,
    "ren": _rename,
    "rename": _rename,
    "rmdir": _rmdir,
    "set": _set,
    "type": _type,
    "ver": _ver,
}
