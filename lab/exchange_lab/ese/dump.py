# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read-only looks at database, log and checkpoint files."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..files import FileSystem
from .header import DatabaseHeader, LogPosition, Signature


@dataclass
class LogLine:
    path: str
    problem: str | None = None
    code: int = 0


@dataclass
class LogReport:
    """`eseutil /ml`: *lines* in generation order, *missing* generations, *code* of the outcome."""

    lines: list[LogLine] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    first: int = 0
    last: int = 0
    code: int = 0


@dataclass
class Checkpoint:
    position: LogPosition
    log_signature: Signature


@dataclass
class ChecksumReport:
    pages: int
    bad: int


def dump_header(fs: FileSystem, path: str) -> DatabaseHeader:
    """The header of a database file that nobody holds: -1032 when open, -1811, -1206."""
    raise NotImplementedError


def verify_logs(fs: FileSystem, base: str, only: tuple[int, int] | None = None) -> LogReport:
    """Check the stream with base path *base* ("D:\\Logs\\E00")."""
    raise NotImplementedError


def dump_checkpoint(fs: FileSystem, path: str) -> Checkpoint:
    raise NotImplementedError


def checksum(fs: FileSystem, path: str) -> ChecksumReport:
    raise NotImplementedError
