# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a database file, and what a database file holds."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, get_type_hints

from ..files import header as lab_header
from .errors import DATABASE_CORRUPTED, READ_VERIFY, JetError

PAGE_SIZE = 32768
PAD = 8192  # of the header line, so that it can be replaced in place

JUST_CREATED = "Just Created"
DIRTY = "Dirty Shutdown"
CLEAN = "Clean Shutdown"


@dataclass(frozen=True)
class Signature:
    """Identity of a database or of a log stream: when it was made, and a random number."""

    created: datetime
    random: int

    @classmethod
    def make(cls, now: datetime) -> Signature:
        # Two databases made in the same instant of a test's clock must still differ.
        return cls(now, random.SystemRandom().getrandbits(31))


@dataclass(frozen=True, order=True)
class LogPosition:
    """Place in a log stream; prints as (0xE10,3,12C)."""

    generation: int = 0
    sector: int = 0
    offset: int = 0

    def __str__(self) -> str:
        return f"(0x{self.generation:X},{self.sector:X},{self.offset:X})"


@dataclass(frozen=True)
class BackupInfo:
    """One "Previous … Backup" block; all zero when there was none."""

    low: int = 0
    high: int = 0
    mark: LogPosition = LogPosition()
    time: datetime | None = None
    kind: str = ""  # "OSSnapshot" …


@dataclass
class DatabaseHeader:
    """What `eseutil /mh` prints; log ranges are inclusive generations, 0 when clean.

    Every generation of *log_required* is needed to make the database consistent; what is in
    *log_committed* above it was promised to clients. *used* is the part of *size* with content.
    """

    path: str
    signature: Signature
    log_signature: Signature
    size: int
    used: int = 0
    state: str = CLEAN
    log_required: tuple[int, int] = (0, 0)
    log_committed: tuple[int, int] = (0, 0)
    required_time: datetime | None = None
    committed_time: datetime | None = None
    log_consistent: int = 0
    dbtime: int = 0
    last_objid: int = 0
    repair_count: int = 0
    repair_date: datetime | None = None
    last_consistent: LogPosition = LogPosition()
    last_consistent_time: datetime | None = None
    last_attach: LogPosition = LogPosition()
    last_attach_time: datetime | None = None
    last_detach: LogPosition = LogPosition()
    last_detach_time: datetime | None = None
    last_resize: LogPosition = LogPosition()
    extend_count: int = 0
    extend_date: datetime | None = None
    previous_full_backup: BackupInfo = field(default_factory=BackupInfo)
    previous_copy_backup: BackupInfo = field(default_factory=BackupInfo)

    @property
    def clean(self) -> bool:
        return self.state == CLEAN

    def copy(self) -> DatabaseHeader:
        return replace(self)

    def set_clean(self, position: LogPosition, now: datetime) -> None:
        """Clean shutdown at *position* of the stream."""
        self.state = CLEAN
        self.log_required = self.log_committed = (0, 0)
        self.required_time = self.committed_time = None
        self.log_consistent = 0
        self.last_consistent = self.last_detach = self.last_resize = position
        self.last_consistent_time = self.last_detach_time = now

    def as_line(self) -> dict[str, Any]:
        """The header line of the file."""
        return {"lab": "edb", "size": self.size, "header": to_json(self)}


def to_json(value: Any) -> Any:
    """Plain JSON of the engine's dataclasses; times as ISO text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    return value


def from_json(kind: Any, value: Any) -> Any:
    """The inverse of `to_json` for the dataclass *kind*."""
    hints = get_type_hints(kind)
    return kind(**{name: _field(hints[name], item) for name, item in value.items()})


def _field(hint: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return from_json(hint, value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and "datetime" in str(hint):
        return datetime.fromisoformat(value)
    return value


def encode_database(header: DatabaseHeader, rows: Mapping[str, Any]) -> bytes:
    """The whole database file."""
    lines = [lab_header.encode(header.as_line(), PAD)]
    lines += [
        json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        for row in rows.items()
    ]
    return b"".join(lines)


def decode_header(data: bytes, path: str) -> DatabaseHeader:
    """The header of a database file's content; JetError -1206 when it is none."""
    line = lab_header.decode(data)
    if line is None or line.get("lab") != "edb":
        raise JetError(DATABASE_CORRUPTED, f"{path} is not a database")
    try:
        header: DatabaseHeader = from_json(DatabaseHeader, line["header"])
    except (KeyError, TypeError, ValueError):
        raise JetError(DATABASE_CORRUPTED, f"the header of {path} is damaged") from None
    header.path = path
    return header


def decode_database(data: bytes, path: str) -> tuple[DatabaseHeader, dict[str, Any]]:
    """Header and rows; JetError -1206 for a bad header, -1018 for bad pages."""
    header = decode_header(data, path)
    rows, bad = decode_rows(data)
    if bad:
        raise JetError(READ_VERIFY, f"{bad} damaged pages in {path}")
    return header, rows


def decode_rows(data: bytes) -> tuple[dict[str, Any], int]:
    """The readable rows, and how many are not."""
    rows: dict[str, Any] = {}
    bad = 0
    # Not splitlines(): a row may hold any character but a line feed, which JSON escapes.
    for line in data.split(b"\n")[1:]:
        if not line:
            continue
        try:
            key, value = json.loads(line)
            rows[key] = value
        except (ValueError, TypeError):
            bad += 1
    return rows, bad
