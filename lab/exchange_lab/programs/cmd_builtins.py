# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that live in cmd itself: ren, move, mkdir, dir, rmdir, del, type, echo, cd."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..files import Entry, FileError, FileSystem, Volume
from ..files.errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    FILE_NOT_FOUND,
    PATH_NOT_FOUND,
)
from ..files.paths import basename, fold, join, parent
from ._console import Console, ProgramContext, absolute
from ._copying import copy_file
from .robocopy import matches

_SYNTAX = "The syntax of the command is incorrect."
_DUPLICATE = "A duplicate file name exists, or the file\ncannot be found."


@dataclass
class Shell:
    """What a built-in command works with."""

    context: ProgramContext
    console: Console

    @property
    def fs(self) -> FileSystem:
        return self.context.fs

    def path(self, word: str) -> str:
        return absolute(self.context, word)

    def matching(self, pattern: str, folder: str, files_only: bool = False) -> list[Entry]:
        """Entries of *folder* whose names match the last part of *pattern*."""
        try:
            entries: list[Entry] = self.fs.listdir(folder)
        except FileError:
            return []
        names = [basename(pattern)]
        return [e for e in entries if matches(e.name, names) and not (files_only and e.is_dir)]

    def ask(self, question: str, answers: str) -> str:
        """The first letter of the answer; "" when nobody is there to answer."""
        self.console.write(question)
        answer = self.console.read().decode(errors="replace").strip().upper()[:1]
        self.console.line()
        return answer if answer and answer in answers else ""


def _words(text: str) -> tuple[list[str], list[str]]:
    """Operands without their quotes, and switches in lower case ("/s", "/a-d")."""
    operands: list[str] = []
    switches: list[str] = []
    for word in re.findall(r'(?:[^\s",;=/]|"[^"]*"?)+|/(?:[^\s"/]|"[^"]*"?)+', text):
        if word.startswith("/"):
            switches.append(word.lower())
        else:
            operands.append(word.replace('"', ""))
    return operands, switches


def _has_wildcard(path: str) -> bool:
    return "*" in path or "?" in path


def _fail(shell: Shell, text: str, code: int = 1) -> int:
    shell.console.err(text)
    return code


def _rename(shell: Shell, text: str) -> int:
    operands, switches = _words(text)
    if len(operands) != 2 or switches or re.search(r'[\\/:<>"|]', operands[1]):
        return _fail(shell, _SYNTAX)
    if any(map(_has_wildcard, operands)):
        return _fail(shell, "cmd: the lab does not simulate ren with wildcards", 255)
    source = shell.path(operands[0])
    target = join(parent(source), operands[1])
    shell.console.sleep(shell.context.latency.seconds("rename"))
    try:
        if not shell.fs.exists(source):
            shell.fs.entry(source)  # raises with the right code
        if shell.fs.exists(target) and fold(target) != fold(source):
            return _fail(shell, _DUPLICATE)
        shell.fs.rename(source, target)
    except FileError as error:
        return _fail(shell, error.text)
    return 0


def _move(shell: Shell, text: str) -> int:
    operands, switches = _words(text)
    if len(operands) not in (1, 2) or set(switches) - {"/y", "/-y"}:
        return _fail(shell, _SYNTAX)
    source = shell.path(operands[0])
    target = shell.path(operands[1]) if len(operands) == 2 else shell.context.cwd
    if _has_wildcard(source):
        found = [join(parent(source), e.name) for e in shell.matching(source, parent(source), True)]
        if not found:
            return _fail(shell, FileError(FILE_NOT_FOUND, source).text)
        if len(found) > 1 and not shell.fs.is_dir(target):
            return _fail(shell, "Cannot move multiple files to a single file.")
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
            if error.code in (FILE_NOT_FOUND, PATH_NOT_FOUND) and not _has_wildcard(source):
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
    operands, switches = _words(text)
    if not operands or switches:
        return _fail(shell, _SYNTAX)
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
    operands, switches = _words(text)
    if not operands or set(switches) - {"/s", "/q"}:
        return _fail(shell, _SYNTAX)
    code = 0
    for word in operands:
        path = shell.path(word)
        asks = "/s" in switches and "/q" not in switches and shell.fs.is_dir(path)
        if asks and shell.ask(f"{word}, Are you sure (Y/N)? ", "Y") == "":
            continue
        try:
            shell.fs.rmdir(path, recurse="/s" in switches)
        except FileError as error:
            code = _fail(shell, error.text, error.code)
    return code


def _delete(shell: Shell, text: str) -> int:
    """As in Windows: only wrong syntax gives an exit code."""
    operands, switches = _words(text)
    if not operands or any(s[:2] not in ("/f", "/q", "/s", "/a", "/p") for s in switches):
        return _fail(shell, _SYNTAX)
    for word in operands:
        path = shell.path(word)
        if shell.fs.is_dir(path):
            path = join(path, "*")
            if "/q" not in switches and shell.ask(f"{path}, Are you sure (Y/N)? ", "Y") == "":
                continue
        folder = parent(path)
        found = shell.matching(path, folder, True) if _has_wildcard(path) else None
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
    operands, switches = _words(text)
    if not operands or switches:
        return _fail(shell, _SYNTAX)
    for word in operands:
        try:
            data = shell.fs.read_bytes(shell.path(word))
        except FileError as error:
            return _fail(shell, error.text)
        shell.console.write(data.decode(errors="replace").replace("\r\n", "\n"))
    return 0


def _echo(shell: Shell, text: str) -> int:
    shell.console.line(text or "ECHO is on.")
    return 0


def _cd(shell: Shell, text: str) -> int:
    operands, switches = _words(text)
    if not operands:
        shell.console.line(shell.context.cwd)
        return 0
    path = shell.path(operands[0])
    if not shell.fs.is_dir(path):
        return _fail(shell, FileError(PATH_NOT_FOUND, path).text)
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
    return 0 if found else _fail(shell, f"Environment variable {name} not defined")


def _exit(shell: Shell, text: str) -> int:
    words = text.lower().replace("/b", "").split()
    return int(words[0]) if words and re.fullmatch(r"-?\d+", words[0]) else 0


# -- dir -----------------------------------------------------------------------------------


def _dir(shell: Shell, text: str) -> int:
    operands, switches = _words(text)
    bare, below, grouped = "/b" in switches, "/s" in switches, "/-c" not in switches
    attributes = next((s[2:].lstrip(":") for s in switches if s.startswith("/a")), None)
    order = next((s[2:].lstrip(":") for s in switches if s.startswith("/o")), "")
    known = ("/a", "/o", "/b", "/s", "/-c", "/c", "/n", "/t", "/4", "/q")
    unknown = [s for s in switches if not s.startswith(known)]
    if unknown:
        return _fail(shell, f'Parameter format not correct - "{unknown[0].lstrip("/")}".')
    path = shell.path(operands[0]) if operands else shell.context.cwd
    is_dir = shell.fs.is_dir(path)
    folder, pattern = (path, "*") if is_dir else (parent(path), basename(path))
    try:
        volume = shell.fs.volume_of(folder if _has_wildcard(path) else path)
    except FileError as error:
        return _fail(shell, error.text)
    if not bare:
        letter = path[0].upper()
        label = f"is {volume.label}" if volume.label else "has no label."
        serial = volume.device_id.replace("-", "").partition("{")[2][:8].upper()
        shell.console.line(f" Volume in drive {letter} {label}")
        shell.console.line(f" Volume Serial Number is {serial[:4]}-{serial[4:]}")
    lister = _Lister(shell, pattern, bare, below, grouped, attributes, order)
    if not shell.fs.is_dir(folder):
        if not bare:
            shell.console.line()
        return _fail(shell, FileError(PATH_NOT_FOUND if bare else FILE_NOT_FOUND, path).text)
    lister.folder(shell.fs.canonical(folder))
    if not lister.shown:
        if not bare:
            shell.console.line()
        return _fail(shell, "File Not Found")
    if not bare:
        lister.totals(volume)
    return 0


@dataclass
class _Lister:
    shell: Shell
    pattern: str
    bare: bool
    below: bool
    grouped: bool
    attributes: str | None
    order: str
    shown: int = 0
    files: int = 0
    dirs: int = 0
    size: int = 0

    def _number(self, value: int) -> str:
        return f"{value:,}" if self.grouped else str(value)

    def _selected(self, entry: Entry) -> bool:
        if not matches(entry.name, [self.pattern]):
            return False
        if not self.attributes:
            return True
        for sign, letter in re.findall(r"(-?)([a-z])", self.attributes):
            has = {"d": entry.is_dir, "l": entry.is_mount_point, "a": not entry.is_dir}
            if has.get(letter, False) == (sign == "-"):
                return False
        return True

    def folder(self, path: str) -> None:
        entries = self.shell.fs.listdir(path)
        selected = [e for e in entries if self._selected(e)]
        for sign, letter in reversed(re.findall(r"(-?)([nsdge])", self.order)):
            keys: dict[str, Callable[[Entry], object]] = {
                "n": lambda e: fold(e.name),
                "s": lambda e: e.size,
                "d": lambda e: e.modified,
                "g": lambda e: not e.is_dir,
                "e": lambda e: fold(e.name.rpartition(".")[2]),
            }
            selected.sort(key=keys[letter], reverse=sign == "-")  # type: ignore[arg-type]
        dots = self.pattern == "*" and len(path) > 3 and self.attributes is None
        if selected or (dots and not self.bare):
            self._show(path, selected, dots)
        if self.below:
            for entry in entries:
                if entry.is_dir and not entry.is_mount_point:
                    self.folder(join(path, entry.name))

    def _show(self, path: str, selected: list[Entry], dots: bool) -> None:
        console = self.shell.console
        if self.bare:
            for entry in selected:
                console.line(join(path, entry.name) if self.below else entry.name)
            self.shown += len(selected)
            return
        console.line()
        console.line(f" Directory of {path}")
        console.line()
        if dots:
            here = self.shell.fs.entry(path).modified
            for name in (".", ".."):
                console.line(f"{here:%m/%d/%Y  %I:%M %p}    <DIR>          {name}")
            self.dirs += 2
        for entry in selected:
            when = f"{entry.modified:%m/%d/%Y  %I:%M %p}"
            if entry.is_mount_point:
                device = self.shell.fs.volume_of(join(path, entry.name)).device_id
                target = "\\??\\" + device.removeprefix("\\\\?\\")
                console.line(f"{when}    <JUNCTION>     {entry.name} [{target}]")
            elif entry.is_dir:
                console.line(f"{when}    <DIR>          {entry.name}")
            else:
                console.line(f"{when}{self._number(entry.size):>18} {entry.name}")
        files = [e for e in selected if not e.is_dir]
        size = sum(e.size for e in files)
        console.line(f"{len(files):>16} File(s) {self._number(size):>14} bytes")
        self.files += len(files)
        self.dirs += len(selected) - len(files)
        self.size += size
        self.shown += len(selected) + (2 if dots else 0)

    def totals(self, volume: Volume) -> None:
        console = self.shell.console
        free = self._number(self.shell.fs.free(volume))
        if self.below:
            console.line()
            console.line("     Total Files Listed:")
            console.line(f"{self.files:>16} File(s) {self._number(self.size):>14} bytes")
        console.line(f"{self.dirs:>16} Dir(s)  {free:>14} bytes free")


Builtin = Callable[[Shell, str], int]
BUILTINS: dict[str, Builtin] = {
    "cd": _cd,
    "chdir": _cd,
    "del": _delete,
    "dir": _dir,
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
