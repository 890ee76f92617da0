# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Windows paths lead: volumes, mount points, names without case."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..clock import Clock
from .errors import FILE_NOT_FOUND, PATH_NOT_FOUND, FileError
from .paths import fold, parse
from .volumes import Volume


@dataclass(frozen=True)
class Place:
    """Where a Windows path leads; *real* exists only if everything above it does."""

    path: str  # as asked
    canonical: str  # in the case of what exists
    volume: Volume
    real: Path
    is_root: bool  # of its volume

    @property
    def key(self) -> str:
        return fold(self.canonical).rstrip("\\")


class Tree:
    """Paths of a server over folders in *root*, one for each volume. Not thread-safe."""

    def __init__(self, root: Path, clock: Clock | None) -> None:
        self._root, self._clock = root, clock
        self.volumes: list[Volume] = []
        self._mounts: dict[tuple[str, ...], Volume] = {}
        self._names: dict[str, tuple[int, dict[str, str]]] = {}

    def add(self, volume: Volume) -> None:
        """Mount a volume; the folder of a mount point is there already."""
        root, names = parse(volume.name)
        self.real_root(volume).mkdir(exist_ok=True)
        self.volumes.append(volume)
        key = (root, *map(fold, names))
        self._mounts[key] = volume

    def real_root(self, volume: Volume) -> Path:
        """Where the files of a volume really are."""
        if volume.drive_letter:
            return self._root / volume.drive_letter[0].upper()
        return self._root / ("mount-" + volume.device_id.strip("\\?").strip("Volume{}"))

    def mounts_in(self, place: Place, deep: bool = False) -> set[str]:
        """Folded names of mount points directly in a folder (deep: the paths of all below)."""
        found = set()
        prefix = place.key + "\\"
        for parts in self._mounts:
            key = "\\".join(parts)
            rest = key[len(prefix) :]
            if len(parts) > 1 and key.startswith(prefix) and (deep or "\\" not in rest):
                found.add(rest)
        return found

    def place(self, path: str, missing_parents: bool = False) -> Place:
        """Where a path leads. Its last part need not exist; nor, with missing_parents, what is above that."""
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
        real = self.real_root(volume)
        shown: list[str] = []
        is_root = True
        for index, name in enumerate(names):
            key = (*key, fold(name))
            actual = self._actual_name(real, name)
            shown.append(actual)
            is_root = key in self._mounts
            if is_root:
                volume = self._mounts[key]
                real = self.real_root(volume)
                continue
            real = real / actual
            if index < len(names) - 1 and not missing_parents and not _is_dir(real):
                raise FileError(PATH_NOT_FOUND, path)
        return Place(path, root + "\\" + "\\".join(shown), volume, real, is_root)

    def existing(self, path: str) -> Place:
        """The same for what must be there: 2 when it is not."""
        place = self.place(path)
        if not place.real.exists():
            raise FileError(FILE_NOT_FOUND, path)
        return place

    def note(self, real: Path, present: bool) -> None:
        """After an own change of a folder: its time, and its names, so that a folder with
        thousands of logs is not read again for each."""
        folder = real.parent
        if self._clock is not None:
            stamp = self._clock.now().timestamp()
            os.utime(folder, (stamp, stamp))
        known = self._names.get(str(folder))
        if known is not None:
            if present:
                known[1][fold(real.name)] = real.name
            else:
                known[1].pop(fold(real.name), None)
            self._names[str(folder)] = (os.stat(folder).st_mtime_ns, known[1])

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


def _is_dir(real: Path) -> bool:
    try:
        return real.is_dir()
    except OSError:  # a name that the real disk cannot hold
        return False
