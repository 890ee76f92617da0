# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the computer that the client runs on: its disk, its permissions, its clock.

They strike in the lab's own process, for clients that run there; each is limited to one folder.
"""

from __future__ import annotations

import builtins
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@fault("controller", shows="No space left on device")
def controller_disk_full(_hit: Hit, *, folder: str) -> Iterator[None]:
    """The disk with a folder of the controller is full: nothing can be written there."""
    yield from _refuse_writing(folder, errno.ENOSPC)


@fault("controller", shows="Permission denied")
def controller_folder_read_only(_hit: Hit, *, folder: str) -> Iterator[None]:
    """The controller may not write into a folder."""
    yield from _refuse_writing(folder, errno.EACCES)


@fault("controller", shows="No such file or directory")
def controller_folder_gone(_hit: Hit, *, folder: str) -> Iterator[None]:
    """A folder of the controller is gone, with the evidence of earlier runs in it, and comes back."""
    place = Path(folder)
    aside = place.with_name(f"{place.name}.gone")
    if place.exists():
        place.rename(aside)
    yield
    if aside.exists() and not place.exists():
        aside.rename(place)


@fault("controller", shows="nothing; times in its records jump")
def controller_clock_jumps(_hit: Hit, *, seconds_off: float = -7200.0) -> Iterator[None]:
    """The controller's clock is set, by hours."""
    real = time.time
    time.time = lambda: real() + seconds_off
    yield
    time.time = real


def _refuse_writing(folder: str, number: int) -> Iterator[None]:
    """Let opening a file for writing, and moving one, fail below a folder."""
    below = str(Path(folder).resolve())
    real_open, real_os_open = builtins.open, os.open
    real_replace, real_rename, real_mkdir = os.replace, os.rename, os.mkdir

    def check(path: Any) -> None:
        if isinstance(path, (str, os.PathLike)) and str(Path(path).resolve()).startswith(below):
            raise OSError(number, os.strerror(number), str(path))

    def checked_open(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if set(mode) & set("wax+"):
            check(file)
        return real_open(file, mode, *rest, **options)

    def checked_os_open(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if flags & _WRITING:
            check(path)
        return real_os_open(path, flags, *rest, **options)

    def checked(real: Any) -> Any:
        def call(path: Any, *rest: Any, **options: Any) -> Any:
            check(path)
            return real(path, *rest, **options)

        return call

    changed: dict[tuple[Any, str], Any] = {
        (builtins, "open"): checked_open, (os, "open"): checked_os_open,
        (os, "replace"): checked(real_replace), (os, "rename"): checked(real_rename),
        (os, "mkdir"): checked(real_mkdir),
    }  # fmt: skip
    before = {(where, name): getattr(where, name) for where, name in changed}
    for (where, name), function in changed.items():
        setattr(where, name, function)
    yield
    for (where, name), function in before.items():
        setattr(where, name, function)
