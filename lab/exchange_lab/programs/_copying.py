# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that last: one file, in chunks of simulated time and space."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from ..files import FileError, FileSystem
from ..files.errors import ACCESS_DENIED, SHARING_VIOLATION
from ..files.header import encode
from ._console import Console, ProgramContext

_CHUNK_SECONDS = 5.0
_PER_FILE = 0.005  # seconds
# What an interrupted copy leaves carries this date, as robocopy's does.
_PARTIAL_DATE = datetime(1980, 1, 2, tzinfo=timezone.utc)


def copy_file(
    context: ProgramContext,
    console: Console,
    source: str,
    target: str,
    progress: Callable[[float], None] = lambda percent: None,
) -> None:
    """Copy *source* to *target* as fast as the disks do; *progress* gets percentages.

    Raises FileError (112 when the target fills up on the way: nothing is left there; 32 when another
    copy is under way there). A program that is stopped leaves a partial file.
    """
    fs = context.fs
    entry = fs.entry(source)
    if entry.is_dir:
        raise FileError(ACCESS_DENIED, source)
    for path in (source, target):
        if fs.locked_by(path):
            raise FileError(SHARING_VIOLATION, path)
    same = fs.volume_of(source) is fs.volume_of(target)
    rate = context.latency.rate("copy in a volume" if same else "copy across volumes")
    chunk = max(1, int(min(rate * _CHUNK_SECONDS, entry.size or 1)))
    if fs.exists(target):
        fs.delete(target)  # a copy begins by emptying its target
    _write_partial(fs, target, 0)
    hold = fs.open_exclusive(target, "copy")
    done = 0
    with fs.reserve(target) as space:
        try:
            console.sleep(_PER_FILE if context.latency.enabled else 0.0)
            while done < entry.size:
                step = min(chunk, entry.size - done)
                space.take(step)
                console.sleep(step / rate)
                done += step
                progress(100.0 * done / entry.size)
        except Exception:
            hold.release()
            fs.delete(target)
            raise
        except BaseException:
            hold.release()
            space.release()
            _write_partial(fs, target, done)
            raise
        space.release()
        with fs.lock:  # nobody comes in between
            hold.release()
            fs.copy(source, target)


def _write_partial(fs: FileSystem, path: str, size: int) -> None:
    fs.write_bytes(path, encode({"lab": "partial", "size": size}))
    fs.touch(path, _PARTIAL_DATE)
