# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What files and volumes hold, by logical sizes: a lab's large file is a small real one with a header."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from . import header as lab_header
from .errors import DISK_FULL, FileError
from .tree import Place, Tree
from .volumes import Volume


class Space:
    """The books of a file system's volumes, in whole blocks. Not thread-safe."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._headers: dict[str, tuple[tuple[int, ...], dict[str, Any] | None]] = {}
        self._used: dict[str, int] = {}

    def header(self, real: Path) -> dict[str, Any] | None:
        """The header line of a file that the lab made, None for other files."""
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

    def forget(self, real: Path) -> None:
        """After an own write: what was known of the file's header is stale."""
        self._headers.pop(str(real), None)

    def logical(self, real: Path) -> int:
        """Bytes of a file as Windows shows them."""
        found = self.header(real)
        return int(found["size"]) if found else real.stat().st_size

    def account(self, place: Place, before: int, after: int) -> None:
        """Book the change of one file's logical size; FileError 112 when it does not fit."""
        used = self.usage(place.volume)
        more = _blocks(place.volume, after) - _blocks(place.volume, before)
        if more > 0 and used + more > place.volume.capacity:
            raise FileError(DISK_FULL, place.path)
        self._used[place.volume.device_id] = used + more

    def used_below(self, folder: Path, volume: Volume) -> int:
        """Bytes that all files below a real folder take of a volume."""
        return sum(
            _blocks(volume, self.logical(Path(above) / name))
            for above, _dirs, names in os.walk(folder)
            for name in names
        )

    def give_back(self, volume: Volume, size: int) -> None:
        """Book that so many bytes of whole blocks are free again."""
        self._used[volume.device_id] = self.usage(volume) - size

    def usage(self, volume: Volume) -> int:
        """Bytes taken of a volume."""
        if volume.device_id not in self._used:
            self._used[volume.device_id] = self.used_below(self._tree.real_root(volume), volume)
        return self._used[volume.device_id]


class Reservation:
    """Space taken by a copy on its way; a context manager, given back at the end."""

    def __init__(self, lock: threading.RLock, space: Space, place: Place) -> None:
        self._lock, self._space, self._place = lock, space, place
        self.size = 0

    def take(self, size: int) -> None:
        """Take *size* more bytes; FileError 112 when the volume is full."""
        with self._lock:
            self._space.account(self._place, self.size, self.size + size)
            self.size += size

    def release(self) -> None:
        with self._lock:
            self._space.account(self._place, self.size, 0)
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


def _blocks(volume: Volume, size: int) -> int:
    return -(-size // volume.block_size) * volume.block_size
