# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dir, a command of cmd."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..files import Entry, FileError, Volume
from ..files.errors import (
    FILE_NOT_FOUND,
    PATH_NOT_FOUND,
)
from ..files.paths import basename, fold, join, parent
from ._shell import Shell, fail, has_wildcard, words_of
from ._wildcards import matches


def dir_(shell: Shell, text: str) -> int:
    """List folders; the exit code is 1 when nothing was found."""
    operands, switches = words_of(text)
    bare, below, grouped = "/b" in switches, "/s" in switches, "/-c" not in switches
    attributes = next((s[2:].lstrip(":") for s in switches if s.startswith("/a")), None)
    order = next((s[2:].lstrip(":") for s in switches if s.startswith("/o")), "")
    known = ("/a", "/o", "/b", "/s", "/-c", "/c", "/n", "/t", "/4", "/q")
    unknown = [s for s in switches if not s.startswith(known)]
    if unknown:
        return fail(shell, f'Parameter format not correct - "{unknown[0].lstrip("/")}".')
    path = shell.path(operands[0]) if operands else shell.context.cwd
    is_dir = shell.fs.is_dir(path)
    folder, pattern = (path, "*") if is_dir else (parent(path), basename(path))
    try:
        volume = shell.fs.volume_of(folder if has_wildcard(path) else path)
    except FileError as error:
        return fail(shell, error.text)
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
        return fail(shell, FileError(PATH_NOT_FOUND if bare else FILE_NOT_FOUND, path).text)
    lister.folder(shell.fs.canonical(folder))
    if not lister.shown:
        if not bare:
            shell.console.line()
        return fail(shell, "File Not Found")
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
