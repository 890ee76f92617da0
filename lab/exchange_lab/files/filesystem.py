# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system of one server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..clock import Clock
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

    path: str
    owner: str

    def read_bytes(self) -> bytes: ...
    def write_bytes(self, data: bytes) -> None: ...
    def append(self, data: bytes) -> None: ...
    def patch_header(self, header: dict[str, Any]) -> None: ...
    def release(self) -> None: ...


class Reservation:
    """Space taken by a copy on its way; a context manager, released at the end."""

    def take(self, size: int) -> None: ...
    def release(self) -> None: ...


class FileSystem:
    """Windows paths over real files in *root* (`<lab folder>/servers/<SERVER>`).

    Every method raises `FileError` with the Win32 code. `fault`, when set, is called with
    (operation, path) before each operation and may raise or wait.
    """

    lock: threading.RLock
    volumes: list[Volume]
    fault: Callable[[str, str], None] | None

    def __init__(
        self, root: Path, volumes: Sequence[Volume], clock: Clock | None = None
    ) -> None: ...

    # looking
    def exists(self, path: str) -> bool: ...
    def is_dir(self, path: str) -> bool: ...
    def is_file(self, path: str) -> bool: ...
    def size(self, path: str) -> int:
        """Logical size of a file: the header's "size" for .edb and logs, else the real one."""
    def entry(self, path: str) -> Entry: ...
    def listdir(self, path: str) -> list[Entry]: ...
    def header(self, path: str) -> dict[str, Any] | None:
        """The JSON header line of a file that the lab made, None for other files."""
    def canonical(self, path: str) -> str:
        """The absolute path in the case it has on disk."""
    def volume_of(self, path: str) -> Volume:
        """The volume of the deepest mount point above *path* (which need not exist)."""
    def free(self, volume: Volume) -> int: ...

    # changing
    def mkdir(self, path: str) -> None:
        """Make a folder and its parents, as cmd does; 183 when it exists."""
    def rename(self, source: str, target: str) -> None:
        """Rename or move in one volume, at once. 17 across volumes, 183 when *target* exists."""
    def copy(self, source: str, target: str) -> None:
        """Copy a file, replacing *target*; takes space, no time (the caller waits)."""
    def delete(self, path: str) -> None: ...
    def rmdir(self, path: str, recurse: bool = False) -> None: ...
    def read_bytes(self, path: str) -> bytes: ...
    def write_bytes(self, path: str, data: bytes) -> None: ...
    def touch(self, path: str, modified: datetime) -> None: ...

    # holding
    def open_exclusive(self, path: str, owner: str, account: str | None = None) -> Lock:
        """Open an existing file for one holder: 32 when it is open, 5 when *account* may not."""
    def locked_by(self, path: str) -> str | None: ...
    def reserve(self, path: str) -> Reservation:
        """Take space on the volume of *path* step by step, for a copy that lasts."""

    # access control
    def acl(self, path: str) -> list[str]:
        """Entries as icacls prints them: "NT AUTHORITY\\SYSTEM:(I)(F)"."""
    def set_acl(self, path: str, entries: Sequence[str] | None) -> None:
        """Explicit entries; None resets to what the parent hands down."""
