# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mounted database: rows in memory, changes in the log, pages in the .edb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..clock import Clock
from ..files import FileSystem
from .header import DatabaseHeader

DEFAULT_SIZE = 256 * 1024 * 1024
RECORD_WEIGHT = 1024


class Instance:
    """One attached database with its log stream; both files are held exclusively.

    `rows` is the content: key -> JSON value. Change it only through `put`, `delete` and `write`.
    A change is in the log when the method returns; the .edb follows at the checkpoint, some
    generations later. All methods raise `JetError`.
    """

    rows: dict[str, Any]
    fs: FileSystem
    edb: str
    log_folder: str
    prefix: str
    clock: Clock
    attached: bool

    @classmethod
    def create(
        cls, fs: FileSystem, edb: str, log_folder: str, prefix: str, clock: Clock, *,
        size: int = DEFAULT_SIZE, rows: Mapping[str, Any] | None = None, first_generation: int = 1,
    ) -> Instance:
        """Create and attach a new database (-1201 when the file exists).

        An old database of a topology has *first_generation* > 1, its content in *rows* and its
        size: those rows are in the .edb from the start, not in the logs.
        """

    @classmethod
    def attach(
        cls, fs: FileSystem, edb: str, log_folder: str, prefix: str, clock: Clock
    ) -> Instance:
        """Attach an existing file; a dirty one is recovered when its logs are there.

        Raises -1811 no file, -550 dirty and no logs, -543, -528, -582, -1216 (the logs mention
        another database or this one at another path), -530, -539, -1032 ...
        """

    @property
    def header(self) -> DatabaseHeader:
        """The header as it would be on disk now (a copy)."""

    @property
    def generation(self) -> int:
        """Generation of the current log."""

    @property
    def size(self) -> int:
        """Logical size of the .edb."""

    def put(self, key: str, value: Any, weight: int = RECORD_WEIGHT) -> None:
        """Insert or replace one row; *weight* is what the record takes in the log, in bytes."""

    def delete(self, key: str, weight: int = RECORD_WEIGHT) -> None:
        """Delete one row; a missing one is no error."""

    def write(
        self, puts: Mapping[str, Any], deletes: Iterable[str] = (), weight: int = RECORD_WEIGHT
    ) -> None:
        """One transaction: all of it is in the log, or nothing."""

    def roll(self) -> None:
        """Close the current log generation and begin the next."""

    def flush(self, lag: int = 0) -> None:
        """Checkpoint: the .edb gets everything but the last *lag* generations.

        The engine does this by itself with its usual lag; call it only where a test needs it.
        """

    def truncate(self, below: int | None = None) -> list[str]:
        """Delete closed logs that neither the checkpoint nor *below* needs; their names."""

    def detach(self) -> None:
        """Clean shutdown: everything in the .edb, files released."""

    def crash(self) -> None:
        """Process death: memory gone, files as they are, locks released."""
