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
from types import TracebackType
from typing import Any

from ..clock import Clock
from . import header as lab_header
from .acl import AccessLists
from .errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    DIR_NOT_EMPTY,
    DISK_FULL,
    FILE_NOT_FOUND,
    INVALID_DIRECTORY,
    INVALID_NAME,
    NAME_TOO_LONG,
    NOT_SAME_DEVICE,
    PATH_NOT_FOUND,
    SHARING_VIOLATION,
    FileError,
)
from .paths import fold, parse
from .volumes import Volume


@dataclass(frozen=True)
class Entry:
    """One line of a directory listing; *size* is the logical one, *modified* simulated UTC."""

    name: str
    is_dir: bool
    size: int
    modified: datetime
    is_mount_point: bool = False


@dataclass(frozen=True)
class _Place:
    """Where a Windows path leads; *real* exists only if everything above it does."""

    path: str  # as asked
    canonical: str  # in the case of what exists
    volume: Volume
    real: Path
    is_root: bool  # of its volume

    @property
    def key(self) -> str:
        return fold(self.canonical).rstrip("\\")


class Lock:
    """An exclusively opened file: everybody else gets error 32; the holder works through it."""

    def __init__(self, fs: FileSystem, place: _Place, owner: str) -> None:
        self.path = place.canonical
        self.owner = owner
        self._fs = fs
        self._place = place
        self._logical_size = fs._header(place.real) is not None
        self._handle = open(place.real, "r+b", buffering=0)  # noqa: SIM115

    def read_bytes(self) -> bytes:
        return self._place.real.read_bytes()

    def write_bytes(self, data: bytes) -> None:
        """Replace the content, all or nothing."""
        with self._fs.lock:
            self._fs._begin("write", self.path)
            self._fs._store(self._place, data)
            self._handle.close()
            self._logical_size = self._fs._header(self._place.real) is not None
            self._handle = open(self._place.real, "r+b", buffering=0)  # noqa: SIM115

    def append(self, data: bytes) -> None:
        with self._fs.lock:
            self._fs._begin("write", self.path)
            if not self._logical_size:
                self._fs._charge(self._place, len(data), keep=self._place.real.stat().st_size)
            self._handle.seek(0, os.SEEK_END)
            self._handle.write(data)
            self._fs._stamp(self._place.real)

    def patch_header(self, header: dict[str, Any], pad: int) -> None:
        """Replace the padded header line in place."""
        with self._fs.lock:
            self._fs._begin("write", self.path)
            before = self._fs._logical(self._place.real)
            self._fs._account(self._place, before, int(header["size"]))
            self._handle.seek(0)
            self._handle.write(lab_header.encode(header, pad))
            self._fs._stamp(self._place.real)

    def release(self) -> None:
        with self._fs.lock:
            self._handle.close()
            self._fs._locks.pop(self._place.key, None)


class Reservation:
    """Space taken by a copy on its way; a context manager, given back at the end."""

    def __init__(self, fs: FileSystem, place: _Place) -> None:
        self._fs = fs
        self._place = place
        self.size = 0

    def take(self, size: int) -> None:
        """Take *size* more bytes; FileError 112 when the volume is full."""
        with self._fs.lock:
            self._fs._account(self._place, self.size, self.size + size)
            self.size += size

    def release(self) -> None:
        with self._fs.lock:
            self._fs._account(self._place, self.size, 0)
            self.size = 0

    def __enter__(self) -> Reservation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


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
        self._headers: dict[str, tuple[tuple[int, ...], dict[str, Any] | None]] = {}
        self._used: dict[str, int] = {}
        self._names: dict[str, tuple[int, dict[str, str]]] = {}
        self.root.mkdir(parents=True, exist_ok=True)
        self._acls = AccessLists(self.root / ".acls.json")
        self.volumes: list[Volume] = []
        self._mounts: dict[tuple[str, ...], Volume] = {}
        for volume in sorted(volumes, key=lambda v: len(v.name)):
            self._mount(volume)

    # -- looking ---------------------------------------------------------------------------

    def exists(self, path: str) -> bool:
        with self.lock:
            try:
                return self._place(path).real.exists()
            except FileError:
                return False

    def is_dir(self, path: str) -> bool:
        with self.lock:
            try:
                return self._place(path).real.is_dir()
            except FileError:
                return False

    def is_file(self, path: str) -> bool:
        with self.lock:
            try:
                return self._place(path).real.is_file()
            except FileError:
                return False

    def size(self, path: str) -> int:
        """Logical size of a file: the header's "size" for .edb and logs, else the real one."""
        with self.lock:
            place = self._existing(path)
            return 0 if place.real.is_dir() else self._logical(place.real)

    def entry(self, path: str) -> Entry:
        with self.lock:
            place = self._existing(path)
            return self._entry(place.real, place.canonical.rstrip("\\").rpartition("\\")[2])

    def listdir(self, path: str) -> list[Entry]:
        """The entries of a folder, sorted as NTFS does; 267 for a file."""
        with self.lock:
            self._begin("list", path)
            place = self._existing(path)
            if not place.real.is_dir():
                raise FileError(INVALID_DIRECTORY, path)
            entries = [self._entry(place.real / name, name) for name in os.listdir(place.real)]
            mounts = self._mounts_in(place)
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
            place = self._existing(path)
            found = self._header(place.real) if place.real.is_file() else None
            return dict(found) if found else None

    def canonical(self, path: str) -> str:
        """The absolute path in the case it has on disk, as far as it exists."""
        with self.lock:
            return self._place(path, missing_parents=True).canonical

    def volume_of(self, path: str) -> Volume:
        """The volume of the deepest mount point above *path* (which need not exist)."""
        with self.lock:
            return self._place(path, missing_parents=True).volume

    def free(self, volume: Volume) -> int:
        """Free bytes, from logical sizes."""
        with self.lock:
            return volume.capacity - self._usage(volume)

    # -- changing --------------------------------------------------------------------------

    def mkdir(self, path: str) -> None:
        """Make a folder and its parents, as cmd does; 183 when it exists."""
        with self.lock:
            self._begin("mkdir", path)
            place = self._place(path, missing_parents=True)
            if place.real.exists():
                raise FileError(ALREADY_EXISTS, path)
            try:
                place.real.mkdir(parents=True)
            except (NotADirectoryError, FileExistsError):
                raise FileError(PATH_NOT_FOUND, path) from None
            except OSError:
                raise FileError(NAME_TOO_LONG, path) from None
            self._note(place.real, True)
            self._stamp(place.real)

    def rename(self, source: str, target: str) -> None:
        """Rename or move in one volume, at once. 17 across volumes, 183 when *target* exists."""
        with self.lock:
            self._begin("rename", source)
            old = self._existing(source)
            new = self._place(target)
            if old.is_root or self._mounts_in(old, deep=True):
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
            self._note(old.real, False)
            self._note(renamed, True)
            self._acls.move(old.key, new.key)
            if self._acls.entries(new.key, is_dir) != entries:
                self._acls.freeze(new.key, entries)

    def copy(self, source: str, target: str) -> None:
        """Copy a file, replacing *target*; takes space, no time (the caller waits)."""
        with self.lock:
            self._begin("copy", source)
            old = self._existing(source)
            new = self._place(target)
            if old.real.is_dir() or new.real.is_dir():
                raise FileError(ACCESS_DENIED, source if old.real.is_dir() else target)
            self._refuse_locked(old, new)
            if old.key == new.key:
                raise FileError(SHARING_VIOLATION, target)
            before = self._logical(new.real) if new.real.exists() else 0
            self._account(new, before, self._logical(old.real))
            self._replace(new, old.real.read_bytes())
            stat = old.real.stat()
            os.utime(new.real, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self._begin("copied", target)

    def delete(self, path: str) -> None:
        """Delete a file; 5 for a folder, 32 when it is open."""
        with self.lock:
            self._begin("delete", path)
            place = self._existing(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            self._account(place, self._logical(place.real), 0)
            place.real.unlink()
            self._note(place.real, False)
            self._acls.forget(place.key)

    def rmdir(self, path: str, recurse: bool = False) -> None:
        """Delete a folder; 145 when it is not empty and *recurse* is not set, 267 for a file."""
        with self.lock:
            self._begin("rmdir", path)
            place = self._existing(path)
            if not place.real.is_dir():
                raise FileError(INVALID_DIRECTORY, path)
            if place.is_root or self._mounts_in(place, deep=True):
                raise FileError(ACCESS_DENIED, path)
            if not recurse and any(place.real.iterdir()):
                raise FileError(DIR_NOT_EMPTY, path)
            if self._locks_below(place):
                raise FileError(SHARING_VIOLATION, path)
            freed = sum(
                self._blocks(place.volume, self._logical(Path(folder) / name))
                for folder, _dirs, names in os.walk(place.real)
                for name in names
            )
            self._usage(place.volume)
            shutil.rmtree(place.real)
            self._note(place.real, False)
            self._used[place.volume.device_id] -= freed
            self._acls.forget(place.key)

    def read_bytes(self, path: str) -> bytes:
        with self.lock:
            self._begin("read", path)
            place = self._existing(path)
            if place.real.is_dir():
                raise FileError(ACCESS_DENIED, path)
            self._refuse_locked(place)
            return place.real.read_bytes()

    def write_bytes(self, path: str, data: bytes) -> None:
        """Create or replace a file, all or nothing."""
        with self.lock:
            self._begin("write", path)
            place = self._place(path)
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
            os.utime(self._existing(path).real, (stamp, stamp))

    # -- holding ---------------------------------------------------------------------------

    def open_exclusive(self, path: str, owner: str, account: str | None = None) -> Lock:
        """Open an existing file for one holder: 32 when it is open, 5 when *account* may not.

        *account* None is not checked; Windows services run as "NT AUTHORITY\\SYSTEM".
        """
        with self.lock:
            self._begin("open", path)
            place = self._existing(path)
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
            held = self._locks.get(self._place(path, missing_parents=True).key)
            return held.owner if held else None

    def reserve(self, path: str) -> Reservation:
        """Take space on the volume of *path* step by step, for a copy that lasts."""
        with self.lock:
            return Reservation(self, self._place(path, missing_parents=True))

    # -- access control --------------------------------------------------------------------

    def acl(self, path: str) -> list[str]:
        """Entries as icacls prints them: "NT AUTHORITY\\SYSTEM:(I)(F)"."""
        with self.lock:
            place = self._existing(path)
            return self._acls.entries(place.key, place.real.is_dir())

    def set_acl(self, path: str, entries: Sequence[str] | None) -> None:
        """Replace the entries; None resets to what the folder above hands down.

        A list without any "(I)" entry cuts inheritance off.
        """
        with self.lock:
            self._begin("acl", path)
            self._acls.set(self._existing(path).key, entries)

    def may_write(self, path: str, account: str) -> bool:
        with self.lock:
            place = self._existing(path)
            return self._acls.may_write(place.key, place.real.is_dir(), account)

    # -- inside ----------------------------------------------------------------------------

    def _begin(self, operation: str, path: str) -> None:
        if self.fault is not None:
            self.fault(operation, path)

    def _mount(self, volume: Volume) -> None:
        root, names = parse(volume.name)
        if names:
            if not self.is_dir(volume.name):
                self.mkdir(volume.name)
            self._real_root(volume).mkdir(exist_ok=True)
        else:
            self._real_root(volume).mkdir(exist_ok=True)
        self.volumes.append(volume)
        key = (root, *map(fold, names))
        self._mounts[key] = volume

    def _real_root(self, volume: Volume) -> Path:
        if volume.drive_letter:
            return self.root / volume.drive_letter[0].upper()
        return self.root / ("mount-" + volume.device_id.strip("\\?").strip("Volume{}"))

    def _mounts_in(self, place: _Place, deep: bool = False) -> set[str]:
        """Folded names of mount points directly in a folder (deep: the paths of all below)."""
        found = set()
        prefix = place.key + "\\"
        for parts in self._mounts:
            key = "\\".join(parts)
            rest = key[len(prefix) :]
            if len(parts) > 1 and key.startswith(prefix) and (deep or "\\" not in rest):
                found.add(rest)
        return found

    def _place(self, path: str, missing_parents: bool = False) -> _Place:
        root, names = parse(path)
        if root.startswith("\\\\?\\"):
            volume = next(
                (v for v in self.volumes if v.device_id.rstrip("\\").upper() == root.upper()), None
            )
            if volume is None:
                raise FileError(PATH_NOT_FOUND, path)
            root, above = parse(volume.name)
            names = above + names
        key: tuple[str, ...] = (root,)
        if key not in self._mounts:
            raise FileError(PATH_NOT_FOUND, path)
        volume = self._mounts[key]
        real = self._real_root(volume)
        shown: list[str] = []
        is_root = True
        for index, name in enumerate(names):
            key = (*key, fold(name))
            actual = self._actual_name(real, name)
            shown.append(actual)
            is_root = key in self._mounts
            if is_root:
                volume = self._mounts[key]
                real = self._real_root(volume)
                continue
            real = real / actual
            if index < len(names) - 1 and not missing_parents and not _is_dir(real):
                raise FileError(PATH_NOT_FOUND, path)
        return _Place(path, root + "\\" + "\\".join(shown), volume, real, is_root)

    def _actual_name(self, folder: Path, name: str) -> str:
        """The name as it is on disk, whatever its case; *name* itself when there is none."""
        if os.path.lexists(os.path.join(folder, name)):
            return name
        if not os.path.isdir(folder):
            return name
        changed = os.stat(folder).st_mtime_ns
        known = self._names.get(str(folder))
        if known is None or known[0] != changed:
            known = (changed, {fold(n): n for n in os.listdir(folder)})
            self._names[str(folder)] = known
        return known[1].get(fold(name), name)

    def _note(self, real: Path, present: bool) -> None:
        """After an own change of a folder: its time, and its names, so that a folder with
        thousands of logs is not read again for each."""
        folder = real.parent
        if self.clock is not None:
            stamp = self.clock.now().timestamp()
            os.utime(folder, (stamp, stamp))
        known = self._names.get(str(folder))
        if known is not None:
            if present:
                known[1][fold(real.name)] = real.name
            else:
                known[1].pop(fold(real.name), None)
            self._names[str(folder)] = (os.stat(folder).st_mtime_ns, known[1])

    def _existing(self, path: str) -> _Place:
        place = self._place(path)
        if not place.real.exists():
            raise FileError(FILE_NOT_FOUND, path)
        return place

    def _refuse_locked(self, *places: _Place) -> None:
        for place in places:
            if place.key in self._locks:
                raise FileError(SHARING_VIOLATION, place.path)

    def _locks_below(self, place: _Place) -> bool:
        return any(key.startswith(place.key + "\\") for key in self._locks)

    def _entry(self, real: Path, name: str) -> Entry:
        stat = real.stat()
        modified = datetime.fromtimestamp(stat.st_mtime, timezone.utc)
        if real.is_dir():
            return Entry(name, True, 0, modified)
        return Entry(name, False, self._logical(real), modified)

    def _header(self, real: Path) -> dict[str, Any] | None:
        stat = real.stat()
        stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
        known = self._headers.get(str(real))
        if known is not None and known[0] == stamp:
            return known[1]
        with open(real, "rb") as file:
            start = file.read(len(lab_header.MAGIC))
            found = (
                lab_header.decode(start + file.readline()) if start == lab_header.MAGIC else None
            )
        self._headers[str(real)] = (stamp, found)
        return found

    def _logical(self, real: Path) -> int:
        found = self._header(real)
        return int(found["size"]) if found else real.stat().st_size

    def _stamp(self, real: Path) -> None:
        """After every own write: simulated time on the file, and no stale header in the cache."""
        self._headers.pop(str(real), None)
        if self.clock is not None:
            stamp = self.clock.now().timestamp()
            os.utime(real, (stamp, stamp))

    def _store(self, place: _Place, data: bytes) -> None:
        before = self._logical(place.real) if place.real.exists() else 0
        header = lab_header.decode(data)
        self._account(place, before, int(header["size"]) if header else len(data))
        self._replace(place, data)
        self._stamp(place.real)

    def _replace(self, place: _Place, data: bytes) -> None:
        temporary = self.root / ".writing"
        try:
            temporary.write_bytes(data)
            os.replace(temporary, place.real)
        except OSError:
            raise FileError(INVALID_NAME, place.path) from None
        self._note(place.real, True)
        self._headers.pop(str(place.real), None)

    def _charge(self, place: _Place, size: int, keep: int) -> None:
        self._account(place, keep, keep + size)

    def _account(self, place: _Place, before: int, after: int) -> None:
        """Book the change of one file's logical size; FileError 112 when it does not fit."""
        used = self._usage(place.volume)
        more = self._blocks(place.volume, after) - self._blocks(place.volume, before)
        if more > 0 and used + more > place.volume.capacity:
            raise FileError(DISK_FULL, place.path)
        self._used[place.volume.device_id] = used + more

    @staticmethod
    def _blocks(volume: Volume, size: int) -> int:
        return -(-size // volume.block_size) * volume.block_size

    def _usage(self, volume: Volume) -> int:
        if volume.device_id not in self._used:
            self._used[volume.device_id] = sum(
                self._blocks(volume, self._logical(Path(folder) / name))
                for folder, _dirs, names in os.walk(self._real_root(volume))
                for name in names
            )
        return self._used[volume.device_id]


def _is_dir(real: Path) -> bool:
    try:
        return real.is_dir()
    except OSError:  # a name that the real disk cannot hold
        return False
