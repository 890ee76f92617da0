# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of Windows Server Backup: volumes as they were at one instant, below `WindowsImageBackup`.

Where a real one has images of volumes, a folder for each drive letter holds the databases' files at their own paths:
`E:\\WindowsImageBackup\\MBX1\\Backup 2026-11-22 180000\\D\\Databases\\DB01\\DB01.edb`. Programs read it by `versions`.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from .ese import Instance, snapshot_backup
from .files import FileSystem

_FOLDER = "WindowsImageBackup"
_NAME = re.compile(r"Backup (\d{4}-\d\d-\d\d \d{6})")
_STAMP = "%Y-%m-%d %H%M%S"


@dataclass(frozen=True)
class Version:
    """One backup: when it was made (UTC), and where it lies."""

    time: datetime
    volume: str  # "E:"
    folder: str

    @property
    def identifier(self) -> str:
        """As -version: takes it."""
        return self.time.strftime("%m/%d/%Y-%H:%M")

    def place(self, path: str) -> str:
        """Where the backup has what was at this path."""
        return f"{self.folder}\\{path[0].upper()}\\{path[3:]}".rstrip("\\")


def versions(fs: FileSystem, computer: str) -> list[Version]:
    """All backups on the volumes of a computer, the oldest first."""
    found = []
    for volume in fs.volumes:
        home = f"{volume.name}{_FOLDER}\\{computer}"
        for entry in fs.listdir(home) if fs.is_dir(home) else ():
            named = _NAME.fullmatch(entry.name)
            if named:
                time = datetime.strptime(named[1], _STAMP).replace(tzinfo=timezone.utc)
                found.append(Version(time, volume.name.rstrip("\\"), f"{home}\\{entry.name}"))
    return sorted(found, key=lambda version: version.time)


def take(
    fs: FileSystem, computer: str, target: str, instances: Iterable[Instance], now: datetime
) -> Version:
    """Back up these mounted databases onto a volume (`E:`), as a full backup of the volumes does. JetError, FileError."""
    folder = f"{target.rstrip(chr(92))}\\{_FOLDER}\\{computer}\\Backup {now.strftime(_STAMP)}"
    version = Version(now.replace(microsecond=0), target.rstrip("\\"), folder)
    for number, instance in enumerate(instances):
        together = f"{folder}\\writer{number}"
        backup = snapshot_backup(instance, together)
        for path in backup.files:
            name = ntpath.basename(path)
            is_database = name.lower() == ntpath.basename(instance.edb).lower()
            home = ntpath.dirname(instance.edb) if is_database else instance.log_folder
            place = version.place(home)
            if not fs.is_dir(place):
                fs.mkdir(place)
            fs.rename(path, f"{place}\\{name}")
        fs.rmdir(together)
    return version
