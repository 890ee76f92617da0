# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wbadmin: get versions, start recovery of files and of applications (exchange.md, 13.4).

Not confirmed: that a folder is restored *into* the target (`E:\\RDB` gets `E:\\RDB\\DB01`), and the texts.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..files import FileError
from ..files.errors import FILE_NOT_FOUND
from ..windows_backup import Version, versions
from ._console import Console, ProgramContext
from ._copying import copy_file

FAILED = -3
_OPTION = re.compile(r"-(\w+)(?::(.*))?", re.DOTALL)
_FLAGS = {"recursive", "notrestoreacl", "norollforward", "quiet"}
_VALUES = {"version", "items", "itemtype", "backuptarget", "machine", "recoverytarget", "overwrite"}
_LOCAL = re.compile(r"[A-Za-z]:\\[^/\"<>|?*]*")


class _Refused(Exception):
    """What wbadmin refuses; the message is printed."""


@dataclass
class _Totals:
    size: int = 0
    recovered: int = 0
    failed: list[str] = field(default_factory=list)


def wbadmin(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """Exit code 0, or -3 when something went wrong."""
    console.line("wbadmin 1.0 - Backup command-line tool")
    console.line("(C) Copyright Microsoft Corporation. All rights reserved.")
    console.line()
    verb = " ".join(arguments[:2]).lower()
    try:
        options = _options(arguments[2:])
        if verb == "get versions":
            return _get_versions(context, console, options)
        if verb == "start recovery":
            return _start_recovery(context, console, options)
        raise _Refused(f"The command '{verb}' is not simulated: get versions, start recovery.")
    except _Refused as refused:
        console.line(f"ERROR - {refused}")
        return FAILED


def _options(arguments: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in arguments:
        option = _OPTION.fullmatch(word)
        name = option[1].lower() if option else ""
        value = option[2] if option else None
        if (name in _FLAGS and value is None) or (name in _VALUES and value):
            found[name] = value or ""
        else:
            raise _Refused(
                f"Command syntax incorrect. Error: {word}. See the command syntax below."
            )
    return found


def _known(context: ProgramContext, options: dict[str, str]) -> list[Version]:
    machine = options.get("machine", context.computer).upper()
    target = options.get("backuptarget", "").rstrip("\\").upper()
    if target.startswith("\\\\"):
        raise _Refused("The backup storage location is not accessible. Access is denied.")
    return [v for v in versions(context.fs, machine) if not target or v.volume.upper() == target]


# --- get versions -----------------------------------------------------------------------------------------------
def _get_versions(context: ProgramContext, console: Console, options: dict[str, str]) -> int:
    found = _known(context, options)
    if not found:
        raise _Refused("There are no backups of this computer at the backup location.")
    for version in found:
        label = context.fs.volume_of(f"{version.volume}\\").label
        console.line(f"Backup time: {_shown(version)}")
        console.line(f"Backup target: 1394/USB Disk labeled {label}({version.volume})")
        console.line(f"Version identifier: {version.identifier}")
        console.line("Can recover: Volume(s), File(s), Application(s)")
        console.line()
    return 0


def _shown(version: Version) -> str:
    time = version.time
    return f"{time.month}/{time.day}/{time.year} {time.hour % 12 or 12}:{time:%M %p}"


# --- start recovery ---------------------------------------------------------------------------------------------
def _start_recovery(context: ProgramContext, console: Console, options: dict[str, str]) -> int:
    version = _version(context, options)
    kind = options.get("itemtype", "").lower()
    items = [item for item in options.get("items", "").split(",") if item]
    if not items or kind not in ("file", "app"):
        raise _Refused("Command syntax incorrect: -itemType:{File|App} and -items are needed.")
    target = _target(context, options)
    if kind == "app" and [item.lower() for item in items] != ["exchange"]:
        raise _Refused(f"The application {items[0]} is not in the backup.")
    pairs = list(
        _application(context, version, target)
        if kind == "app"
        else _files(context, version, items, target, "recursive" in options)
    )
    if not pairs:
        raise _Refused(f"The items {options['items']} were not found in the backup.")
    console.line("Retrieving volume information...")
    console.line(
        f"You have chosen to recover {options['items']} from the backup created on {_shown(version)} to "
        f"{target or 'its original location'}."
    )
    if "quiet" not in options and not _agreed(context, console):
        console.line("The operation ended before completion.")
        return FAILED
    # An application goes over what is there; files only when told so.
    overwrite = "overwrite" if kind == "app" else options.get("overwrite", "createcopy").lower()
    if overwrite not in ("overwrite", "createcopy", "skip"):
        raise _Refused("Command syntax incorrect: -overwrite:{Overwrite|CreateCopy|Skip}.")
    totals = _recover(context, console, pairs, overwrite)
    return _summary(context, console, options["items"], target, totals)


def _version(context: ProgramContext, options: dict[str, str]) -> Version:
    wanted = options.get("version")
    if not wanted:
        raise _Refused("Command syntax incorrect: -version is needed.")
    for version in _known(context, options):
        if version.identifier == wanted:
            return version
    raise _Refused(f"The backup version {wanted} was not found.")


def _target(context: ProgramContext, options: dict[str, str]) -> str:
    """The folder that gets it, empty for the original place; a recovery database is no target."""
    target = options.get("recoverytarget", "")
    if not target:
        return ""
    if not _LOCAL.fullmatch(target):
        raise _Refused(
            f"The recovery target {target} is not valid: it must be a folder. An application cannot be recovered "
            "into a recovery database."
        )
    try:
        context.fs.volume_of(target)
    except FileError as error:
        raise _Refused(f"The recovery target {target} does not exist. {error.text}") from None
    return target.rstrip("\\")


def _files(
    context: ProgramContext, version: Version, items: list[str], target: str, recursive: bool
) -> Iterator[tuple[str, str]]:
    """Pairs of a file in the backup and where it goes."""
    for item in items:
        if not _LOCAL.fullmatch(item):
            raise _Refused(f"The path {item} is not valid.")
        item = item.rstrip("\\")
        place = version.place(item)
        home = target or ntpath.dirname(item)
        if context.fs.is_file(place):
            yield place, f"{home.rstrip(chr(92))}\\{ntpath.basename(item)}"
        elif context.fs.is_dir(place):
            for path in context.fs.walk(place):
                below = path[len(place) + 1 :]
                if recursive or "\\" not in below:
                    yield path, f"{home.rstrip(chr(92))}\\{ntpath.basename(item)}\\{below}"
        else:
            raise _Refused(f"The path {item} was not found in the backup.")


def _application(
    context: ProgramContext, version: Version, target: str
) -> Iterator[tuple[str, str]]:
    """Every database of the backup, never a single one."""
    for path in context.fs.walk(version.folder):
        drive, below = path[len(version.folder) + 1 :].split("\\", 1)
        yield path, f"{target}\\{drive}_\\{below}" if target else f"{drive}:\\{below}"


def _agreed(context: ProgramContext, console: Console) -> bool:
    console.line("Do you want to continue?")
    console.write("[Y] Yes [N] No ")
    while not context.stopping.is_set():
        typed = console.read()
        if typed:
            return typed.strip().lower().startswith(b"y")
        if not context.stopping.wait(0.05):
            return False  # the end of the input
    return False


def _recover(
    context: ProgramContext, console: Console, pairs: list[tuple[str, str]], overwrite: str
) -> _Totals:
    fs, totals = context.fs, _Totals()
    for source, target in pairs:
        try:
            if fs.exists(target) and overwrite == "skip":
                continue
            if fs.exists(target) and overwrite == "createcopy":
                target = _other_name(context, target)
            folder = ntpath.dirname(target)
            if not fs.is_dir(folder):
                fs.mkdir(folder)
            copy_file(context, console, source, target, _progress(console, target))
        except FileError as error:
            console.line(f"Failed to recover {target}: {error.text}")
            totals.failed.append(target)
        else:
            totals.size += fs.size(target)
            totals.recovered += 1
    return totals


def _progress(console: Console, name: str) -> Callable[[float], None]:
    """Says how far a file is, every ten percent."""
    last = -10.0

    def show(percent: float) -> None:
        nonlocal last
        if percent >= last + 10:
            console.line(f"Recovering {name}, copied ({percent:.0f}%).")
            last = percent

    return show


def _other_name(context: ProgramContext, path: str) -> str:
    stamp = context.clock.now().strftime("%Y-%m-%d %H-%M")
    folder, name = ntpath.split(path)
    for number in range(1000):
        candidate = f"{folder}\\{stamp} Copy{f' ({number})' if number else ''} of {name}"
        if not context.fs.exists(candidate):
            return candidate
    raise FileError(FILE_NOT_FOUND, path)


def _summary(
    context: ProgramContext, console: Console, items: str, target: str, totals: _Totals
) -> int:
    ended = "completed with errors" if totals.failed else "successfully completed"
    console.line("The recovery operation completed.")
    console.line("Summary of the recovery operation:")
    console.line("--------------------")
    console.line()
    console.line(f"Recovery of {items} to {target or 'its original location'} {ended}.")
    console.line(f"Total bytes recovered: {totals.size / 1024**2:.2f} MB")
    console.line(f"Total files recovered: {totals.recovered}")
    console.line(f"Total files failed: {len(totals.failed)}")
    return FAILED if totals.failed else 0
