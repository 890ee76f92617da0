# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of one server."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..clock import Clock
from . import header as lab_header
from .acl import AccessLists
from .errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    DIR_NOT_EMPTY,
    INVALID_DIRECTORY,
    INVALID_NAME,
    NAME_TOO_LONG,
    NOT_SAME_DEVICE,
    PATH_NOT_FOUND,
    SHARING_VIOLATION,
    FileError,
)
from .paths import fold, parse
from .space import Reservation, Space
from .tree import Place, Tree
from .volumes import Volume


@dataclass(frozen=True)
class Entry:
    """One line of a directory listing; *size* is the logical one, *modified* simulated UTC."""

    name: str
    is_dir: bool
    size: int
    modified: datetime
    is_mount_point: bool = False


class Lock:
    """An exclusively opened file: everybody else gets error 32; the holder works through it."""

    def __init__(self, fs: FileSystem, place: Place, owner: str) -> None:
        self.path = place.canonical
        self.owner = owner
        self._fs = fs
        self._place = place
        self._logical_size = fs._space.header(place.real) is not None
        self._handle = open(place.real, "r+b", buffering=0)  # noqa: SIM115

    def read_bytes(self) -> bytes:
        return self._place.real.read_bytes()

    def write_bytes(self, data: bytes) -> None:
        """Replace the content, all or nothing."""
        with self._fs.lock:
            self._fs._begin("write", self.path)
            self._fs._store(self._place, data)
            self._handle.close()
            self._logical_size = self._fs._space.header(self._place.real) is not None
            self._handle = open(self._place.real, "r+b", buffering=0)  # noqa: SIM115

    def append(self, data: bytes) -> None:
        with self._fs.lock:
            self._fs._begin("write", self.path)
            if not self._logical_size:
                size = self._place.real.stat().st_size
                self._fs._space.account(self._place, size, size + len(data))
            self._handle.seek(0, os.SEEK_END)
            self._handle.write(data)
            self._fs._stamp(self._place.real)

    def patch_header(self, header: dict[str, Any], pad: int) -> None:
        """Replace the padded header line in place."""
        with self._fs.lock:
            self._fs._begin("write", self.path)
            before = self._fs._space.logical(self._place.real)
            self._fs._space.account(self._place, before, int(header["size"]))
            self._handle.seek(0)
            self._handle.write(lab_header.encode(header, pad))
            self._fs._stamp(self._place.real)

    def release(self) -> None:
        with self._fs.lock:
            self._handle.close()
            self._fs._locks.pop(self._place.key, None)


class FileSystem:
    """Windows paths over real files in *root* (`<lab folder>/servers/<SERVER>`).

    Names are compared without case and keep the case they were made with. Free space counts
    logical sizes, in blocks. Every method raises `FileError` with the Win32 code. `fault`, when
    set, is called with (operation, path) before each operation and may raise; it runs under `lock`.
    A copy that is done calls it once more, as "copied" with the new path.
    """

    def __init__(self, root: Path, volumes: Sequence[Volume], clock: Clock | None = None) -> None:
        self.root = Path(root)
        self.lock = threading.RLock()
        self.fault: Callable[[str, str], None] | None = None
        self.clock = clock
        self._locks: dict[str, Lock] = {}
        self.root.mkdir(parents=True, exist_ok=True)
        self._acls = AccessLists(self.root / ".acls.json")
        self._tree = Tree(self.root, clock)
        self._space = Space(self._tree)
        for volume in sorted(volumes, key=lambda v: len(v.name)):
            self._mount(volume)

    @property
    def volumes(self) -> Sequence[Volume]:
        """What is mounted, mount points after what they are below."""
        return self._tree.volumes

    # -- looking ---------------------------------------------------------------------------

    def exists(self, path: str) -> bool:
        with self.lock:
            try:
                return self._tree.place(path).real.exists()
            except FileError:
                return False

    def is_dir(self, path: str) -> bool:
        with self.lock:
            try:
                return self._tree.place(path).real.is_dir()
            except FileError:
                return False

    def is_file(self, path: str) -> bool:
        with self.lock:
            try:
                return self._tree.place(path).real.is_file()
            except FileError:
                return False

    def size(self, path: str) -> int:
        """Logical size of a file: the header's "size" for .edb and logs, else the real one."""
        with self.lock:
            place = self._tree.existing(path)
            return 0 if place.real.is_dir() else self._space.logical(place.real)

    def entry(self, path: str) -> Entry:
        with self.lock:
            place = self._tree.existing(path)
            return self._entry(place.real, place.canonical.rstrip("\\").rpartition("\\")[2])

    def listdir(self, path: str) -> list[Entry]:
        """The entries of a folder, sorted as NTFS does; 267 for a file."""
        with self.lock:
            self._begin("list", path)
            place = self._tree.existing(path)
            if not place.real.is_dir():
                raise FileError(INVALID_DIRECTORY, path)
            entries = [self._entry(place.real / name, name) for name in os.listdir(place.real)]
            mounts = self._tree.mounts_in(place)
            return sorted(
                (
                    Entry(e.name, True, 0, e.modified, True) if fold(e.name) in mounts else e
                    for e in entries
                ),
                key=lambda e: fold(e.name),
            )

    def walk(self, path: str) -> Iterator[str]:
        """All files below *path*, as paths; mount points are not followed."""
        for entry in self.listdir(path):
            child = path.rstrip("\\") + "\\" + entry.name
            if not entry.is_dir:
                yield child
            elif not entry.is_mount_point:
                yield from self.walk(child)

    def header(self, path: str) -> dict[str, Any] | None:
        """The JSON header line of a file that the lab made, None for other files."""
        with self.lock:
            place = self._tree.existing(path)
            found = self._space.header(place.real) if place.real.is_file() else None
            return dict(found) if found else None

    def canonical(self, path: str) -> str:
        """The absolute path in the case it has on disk, as far as it exists."""
        with self.lock:
            return self._tree.place(path, missing_parents=True).canonical

    def volume_of(self, path: str) -> Volume:
        """The volume of the deepest mount point above *path* (which need not exist)."""
        with self.lock:
            return self._tree.place(path, missing_parents=True).volume

    def free(self, volume: Volume) -> int:
        """Free bytes, from logical sizes."""
        with self.lock:
            return volume.capacity - self._space.usage(volume)

    # -- changing --------------------------------------------------------------------------

    def mkdir(self, path: str) -> None:
        """Make a folder and its parents, as cmd does; 183 when it exists."""
        with self.lock:
            self._begin("mkdir", path)
            place = self._tree.place(path, missing_parents=True)
            if place.real.exists():
                raise FileError(ALREADY_EXISTS, path)
            try:
                place.real.mkdir(parents=True)
            except (NotADirectoryError, FileExistsError):
                raise FileError(PATH_NOT_FOUND, path) from None
            except OSError:
                raise FileError(NAME_TOO_LONG, path) from None
            self._tree.note(place.real, True)
            self._stamp(place.real)

    def rename(self, source: str, target: str) -> None:
        """Rename or move in one volume, at once. 17 across volumes, 183 when *target* exists."""
        with self.lock:
            self._begin("rename", source)
            old = self._tree.existing(source)
            new = self._tree.place(target)
            if old.is_root or self._tree.mounts_in(old, deep=True):
                raise FileError(ACCESS_DENIED, source)
            if old.volume is not new.volume:
                raise FileError(NOT_SAME_DEVICE, target)
            if new.real.exists() and new.key != old.key:
                raise FileError(ALREADY_EXISTS, target)
            if (new.key + "\\").startswith(old.key + "\\") and new.key != old.key:
                raise FileError(SHARING_VIOLATION, source)
            if old.key in self._locks:
                raise FileError(SHARING_VIOLATION, source)
            if self._locks_below(old):
                raise FileError(ACCESS_DENIED, source)
            is_dir = old.real.is_dir()
            entries = self._acls.entries(old.key, is_dir)
            # With the case as asked: `ren a.txt A.txt` changes it.
            name = parse(target)[1][-1]
            renamed = new.real.with_name(name)
            try:
                os.rename(old.real, renamed)
            except OSError:
                raise FileError(NAME_TOO_LONG, target) from None
            self._tree.note(old.real, False)
            self._tree.note(renamed, True)
            self._acls.move(old.key, new.key)
            if self._acls.entries(new.key, is_dir) != entries:
                self._acls.freeze(new.key, entries)

    def copy(self, source: str, target: str) -> None:
        """Copy a file, replacing *target*; takes space, no time (the caller waits)."""
        with self.lock:
            self._begin("copy", source)
            old = self._tree.existing(source)
            new = self._tree.place(target)
            if old.real.is_dir() or new.real.is_dir():
                raise FileError(ACCESS_DENIED, source if old.real.is_dir() else target)
            self._refuse_locked(old, new)
            if old.key == new.key:
                raise FileError(SHARING_VIOLATION, target)
            before = self._space.logical(new.real) if new.real.exists() else 0
            self._space.account(new, before, self._space.logical(old.real))
            self._replace(new, old.real.read_bytes())
            stat = old.real.stat()
            os.utime(new.real, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self._begin("copied", target)

    def delete(self, path: str) -> None:
        """Delete a file; 5 for a folder, 32 when it is open."""
        with self.lock:
            self._begin("delete", path)
            place = self._tree.existing(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            self._space.account(place, self._space.logical(place.real), 0)
            place.real.unlink()
            self._tree.note(place.real, False)
            self._acls.forget(place.key)

    def rmdir(self, path: str, recurse: bool = False) -> None:
        """Delete a folder; 145 when it is not empty and *recurse* is not set, 267 for a file."""
        with self.lock:
            self._begin("rmdir", path)
            place = self._tree.existing(path)
            if not place.real.is_dir():
                raise FileError(INVALID_DIRECTORY, path)
            if place.is_root or self._tree.mounts_in(place, deep=True):
                raise FileError(ACCESS_DENIED, path)
            if not recurse and any(place.real.iterdir()):
                raise FileError(DIR_NOT_EMPTY, path)
            if self._locks_below(place):
                raise FileError(SHARING_VIOLATION, path)
            freed = self._space.used_below(place.real, place.volume)
            self._space.give_back(place.volume, freed)
            shutil.rmtree(place.real)
            self._tree.note(place.real, False)
            self._acls.forget(place.key)

    def read_bytes(self, path: str) -> bytes:
        with self.lock:
            self._begin("read", path)
            place = self._tree.existing(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            return place.real.read_bytes()

    def write_bytes(self, path: str, data: bytes) -> None:
        """Create or replace a file, all or nothing."""
        with self.lock:
            self._begin("write", path)
            place = self._tree.place(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            self._store(place, data)

    def allocate(self, path: str, size: int, kind: str = "file") -> None:
        """Make a file of *size* logical bytes that holds nothing."""
        self.write_bytes(path, lab_header.encode({"lab": kind, "size": size}))

    def touch(self, path: str, modified: datetime) -> None:
        """Set the time of the last change."""
        with self.lock:
            stamp = modified.timestamp()
            os.utime(self._tree.existing(path).real, (stamp, stamp))

    # -- holding ---------------------------------------------------------------------------

    def open_exclusive(self, path: str, owner: str, account: str | None = None) -> Lock:
        """Open an existing file for one holder: 32 when it is open, 5 when *account* may not.

        *account* None is not checked; Windows services run as "NT AUTHORITY\\SYSTEM".
        """
        with self.lock:
            self._begin("open", path)
            place = self._tree.existing(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            if account is not None and not self._acls.may_write(place.key, False, account):
                raise FileError(ACCESS_DENIED, path)
            lock = Lock(self, place, owner)
            self._locks[place.key] = lock
            return lock

    def locked_by(self, path: str) -> str | None:
        """The owner of the lock on *path*, None when nobody holds it."""
        with self.lock:
            held = self._locks.get(self._tree.place(path, missing_parents=True).key)
            return held.owner if held else None

    def reserve(self, path: str) -> Reservation:
        """Take space on the volume of *path* step by step, for a copy that lasts."""
        with self.lock:
            return Reservation(self.lock, self._space, self._tree.place(path, missing_parents=True))

    # -- access control --------------------------------------------------------------------

    def acl(self, path: str) -> list[str]:
        """Entries as icacls prints them: "NT AUTHORITY\\SYSTEM:(I)(F)"."""
        with self.lock:
            place = self._tree.existing(path)
            return self._acls.entries(place.key, place.real.is_dir())

    def set_acl(self, path: str, entries: Sequence[str] | None) -> None:
        """Replace the entries; None resets to what the folder above hands down.

        A list without any "(I)" entry cuts inheritance off.
        """
        with self.lock:
            self._begin("acl", path)
            self._acls.set(self._tree.existing(path).key, entries)

    def may_write(self, path: str, account: str) -> bool:
        with self.lock:
            place = self._tree.existing(path)
            return self._acls.may_write(place.key, place.real.is_dir(), account)

    # -- inside ----------------------------------------------------------------------------

    def _begin(self, operation: str, path: str) -> None:
        if self.fault is not None:
            self.fault(operation, path)

    def _mount(self, volume: Volume) -> None:
        if volume.drive_letter is None and not self.is_dir(volume.name):
            self.mkdir(volume.name)
        self._tree.add(volume)

    def _refuse_locked(self, *places: Place) -> None:
        for place in places:
            if place.key in self._locks:
                raise FileError(SHARING_VIOLATION, place.path)

    def _locks_below(self, place: Place) -> bool:
        return any(key.startswith(place.key + "\\") for key in self._locks)

    def _entry(self, real: Path, name: str) -> Entry:
        stat = real.stat()
        modified = datetime.fromtimestamp(stat.st_mtime, timezone.utc)
        if real.is_dir():
            return Entry(name, True, 0, modified)
        return Entry(name, False, self._space.logical(real), modified)

    def _stamp(self, real: Path) -> None:
        """After every own write: simulated time on the file, and no stale header in the cache."""
        self._space.forget(real)
        if self.clock is not None:
            stamp = self.clock.now().timestamp()
            os.utime(real, (stamp, stamp))

    def _store(self, place: Place, data: bytes) -> None:
        before = self._space.logical(place.real) if place.real.exists() else 0
        header = lab_header.decode(data)
        self._space.account(place, before, int(header["size"]) if header else len(data))
        self._replace(place, data)
        self._stamp(place.real)

    def _replace(self, place: Place, data: bytes) -> None:
        temporary = self.root / ".writing"
        try:
            temporary.write_bytes(data)
            os.replace(temporary, place.real)
        except OSError:
            raise FileError(INVALID_NAME, place.path) from None
        self._tree.note(place.real, True)
        self._space.forget(place.real)
