# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of files and volumes: full, held, gone, damaged, forbidden, and files that do not belong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault
from exchange_lab.files import FileError
from exchange_lab.files.errors import DISK_FULL, SHARING_VIOLATION

if TYPE_CHECKING:
    from exchange_lab.exchange_server import ExchangeServer

_ONLY_ADMINISTRATORS = ["BUILTIN\\Administrators:(F)"]


@fault("files", shows="error 112, -1808: There is not enough space on the disk")
def volume_full(hit: Hit, *, server: str, path: str, free: int = 0) -> Iterator[None]:
    """The volume of a path fills up but for some bytes, by something else's files."""
    fs = hit.organisation.server(server).fs
    volume = fs.volume_of(path)
    filler = f"{volume.name}somebody-elses.bin"
    taken = max(0, fs.free(volume) - free)
    fs.write_bytes(filler, json.dumps({"lab": "filler", "size": taken}).encode() + b"\n")
    yield
    fs.delete(filler)


@fault("files", shows="error 112 in the middle of a copy", point="file copy")
def copy_finds_no_space(hit: Hit) -> None:
    """The volume of a copy's target is full when the copy comes to its end."""
    raise FileError(DISK_FULL, hit.facts["path"])


@fault("files", shows="error 32: The process cannot access the file, -1032")
def file_held(hit: Hit, *, server: str, path: str, by: str = "backup") -> Iterator[None]:
    """Another program holds a file open."""
    lock = hit.organisation.server(server).fs.open_exclusive(path, by)
    yield
    lock.release()


@fault("files", shows="error 32: The process cannot access the file", point="file rename", times=None)
def move_refused(hit: Hit) -> None:
    """Something keeps files from getting another name or place, such as an open handle on their folder."""
    raise FileError(SHARING_VIOLATION, hit.facts["path"])


@fault("files", shows="error 5, -1032 at the mount: SYSTEM may not open the file")
def permissions_missing(hit: Hit, *, server: str, path: str) -> Iterator[None]:
    """A file or folder is for administrators only, as restored files may be."""
    fs = hit.organisation.server(server).fs
    fs.set_acl(path, _ONLY_ADMINISTRATORS)
    yield
    for place in [path] if fs.exists(path) else _moved(hit.organisation.server(server), path):
        fs.set_acl(place, None)


@fault("files", shows="sizes and times as they should be, and another content", point="file copied")
def copy_damages(hit: Hit) -> None:
    """A copy arrives with the right size and time, but not with what was in the file."""
    path = hit.facts["path"]
    fs = hit.organisation.server(hit.facts["server"]).fs
    data = fs.read_bytes(path)
    modified = fs.entry(path).modified
    head, line_feed, rest = data.partition(b"\n")
    # another signature, of the same length
    fs.write_bytes(path, head.replace(b'"random":', b'"random":9', 1)[: len(head)] + line_feed + rest)
    fs.touch(path, modified)


@fault("files", shows="a file is not where it was a moment ago")
def quarantined(
    hit: Hit, *, server: str, path: str, folder: str = "C:\\Quarantine"
) -> Iterator[None]:
    """An antivirus program takes a file away, to a folder of its own."""
    fs = hit.organisation.server(server).fs
    place = f"{folder}\\{path.rpartition(chr(92))[2]}"
    with suppress(FileError):
        fs.mkdir(folder)
    _carry(hit.organisation.server(server), path, place)
    yield
    _carry(hit.organisation.server(server), place, path)


@fault("files", shows="error 2 between the look and the act", point="call")
def taken_before_the_call(hit: Hit, *, host: str, path: str, to: str) -> None:
    """Somebody moves a file or folder just before a call that works with it."""
    fs = hit.organisation.server(host).fs
    if fs.exists(path):
        fs.rename(path, to)


@fault("files", shows="-1206: it is no database")
def emptied(hit: Hit, *, server: str, path: str) -> Iterator[None]:
    """A file has no byte left, as after an interrupted restore."""
    fs = hit.organisation.server(server).fs
    data = fs.read_bytes(path)
    fs.write_bytes(path, b"")
    yield
    fs.write_bytes(path, data)


@fault("files", shows="a checkpoint file of another time, or flush map of another database")
def foreign_file(hit: Hit, *, server: str, source: str, path: str) -> Iterator[None]:
    """A copy of another file lies where a program may take it for the right one."""
    fs = hit.organisation.server(server).fs
    fs.write_bytes(path, fs.read_bytes(source))
    yield
    if fs.exists(path):
        fs.delete(path)


@fault("files", shows="-528, -543: logs that the file needs are missing")
def old_backup(hit: Hit, *, server: str, source: str, folder: str) -> Iterator[None]:
    """The folder of the restored files holds those of an older backup."""
    fs = hit.organisation.server(server).fs
    held = {path: fs.read_bytes(path) for path in fs.walk(folder)}
    for path in held:
        fs.delete(path)
    for path in list(fs.walk(source)):
        fs.write_bytes(f"{folder}\\{path.rpartition(chr(92))[2]}", fs.read_bytes(path))
    yield
    for path in list(fs.walk(folder)):
        fs.delete(path)
    for path, data in held.items():
        fs.write_bytes(path, data)


def _carry(server: ExchangeServer, source: str, target: str) -> None:
    """Move a file, also to another volume."""
    modified = server.fs.entry(source).modified
    server.fs.write_bytes(target, server.fs.read_bytes(source))
    server.fs.touch(target, modified)
    server.fs.delete(source)


def _moved(server: ExchangeServer, path: str) -> list[str]:
    """Where files of this name went."""
    name = path.rpartition("\\")[2].lower()
    return [p for p in server.fs.walk(f"{path[:2]}\\") if p.lower().endswith(f"\\{name}")]
