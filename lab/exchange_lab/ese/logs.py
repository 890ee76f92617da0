# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log files: generations of 1 MB that follow each other in one stream, and the checkpoint.

A log file is a header line and one line of JSON per record:
`["create", weight, signature, path]`, `["attach", weight, signature, path, consistent]`,
`["write", weight, {puts}, [deletes]]`, `["detach", weight, signature]`, and `["end"]` when it is
closed. A record may be heavier than its generation: the following ones then hold the rest of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..files import FileSystem
from ..files import header as lab_header
from ..files.paths import join
from .errors import (
    CHECKPOINT_CORRUPT,
    INVALID_PATH,
    LOG_CORRUPT,
    LOG_DISK_FULL,
    JetError,
    file_errors,
)
from .header import LogPosition, Signature, from_json, to_json

LOG_SIZE = 1024 * 1024
SECTOR = 512
CHECKPOINT_SIZE = 8192
RESERVES = ("res00001.jrs", "res00002.jrs")


@dataclass(frozen=True)
class Attachment:
    """A database that a stream writes to, as log and checkpoint headers list it."""

    path: str
    signature: Signature
    attach: LogPosition
    consistent: LogPosition


@dataclass(frozen=True)
class LogHeader:
    prefix: str
    generation: int
    signature: Signature
    created: datetime
    previous: datetime | None  # when the generation before was created
    attachments: tuple[Attachment, ...] = ()
    checkpoint: LogPosition = LogPosition()

    def encode(self) -> bytes:
        line = {
            "lab": "log",
            "size": LOG_SIZE,
            "prefix": self.prefix,
            "generation": self.generation,
            "signature": to_json(self.signature),
            "created": to_json(self.created),
            "previous": to_json(self.previous),
            "attachments": [to_json(a) for a in self.attachments],
            "checkpoint": to_json(self.checkpoint),
        }
        return lab_header.encode(line)

    @classmethod
    def decode(cls, data: bytes, path: str) -> LogHeader:
        line = lab_header.decode(data)
        try:
            if line is None or line["lab"] != "log":
                raise ValueError("not a log file")
            return cls(
                line["prefix"],
                line["generation"],
                from_json(Signature, line["signature"]),
                datetime.fromisoformat(line["created"]),
                datetime.fromisoformat(line["previous"]) if line["previous"] else None,
                tuple(from_json(Attachment, a) for a in line["attachments"]),
                from_json(LogPosition, line["checkpoint"]),
            )
        except (KeyError, TypeError, ValueError):
            raise JetError(LOG_CORRUPT, f"the header of {path} is damaged") from None


@dataclass
class LogFile:
    """One log, read: *closed* has its end record, *damaged* at least one unreadable one."""

    path: str
    header: LogHeader
    records: list[list[Any]] = field(default_factory=list)
    closed: bool = False
    damaged: bool = False

    @property
    def used(self) -> int:
        """Bytes the records take."""
        return SECTOR + sum(record[1] for record in self.records)

    @property
    def end(self) -> LogPosition:
        return position(self.header.generation, self.used)


def position(generation: int, used: int) -> LogPosition:
    used = min(used, LOG_SIZE - 1)
    return LogPosition(generation, used // SECTOR, used % SECTOR)


def encode_record(*record: Any) -> bytes:
    return json.dumps(list(record), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def decode_log(data: bytes, path: str) -> LogFile:
    """Parse a log. A torn last record is as if it had never been written."""
    log = LogFile(path, LogHeader.decode(data, path))
    lines = data.split(b"\n")
    lines.pop()  # what follows the last line feed: nothing, or a torn record
    for line in lines[1:]:
        if log.closed:
            log.damaged = True
            break
        try:
            record = json.loads(line)
            if record[0] == "end":
                log.closed = True
            else:
                log.records.append([*record[:1], int(record[1]), *record[2:]])
        except (ValueError, TypeError, IndexError, KeyError):
            log.damaged = True
            break
    return log


def current_name(prefix: str) -> str:
    return f"{prefix}.log"


def closed_name(prefix: str, generation: int) -> str:
    return f"{prefix}{generation:08X}.log"


def checkpoint_name(prefix: str) -> str:
    return f"{prefix}.chk"


@dataclass
class LogFolder:
    """The log files of one base name in one folder."""

    fs: FileSystem
    folder: str
    prefix: str
    closed: dict[int, str]  # generation by name -> path
    current: str | None

    @classmethod
    def look(cls, fs: FileSystem, folder: str, prefix: str) -> LogFolder:
        """JetError -1023 when there is no such folder."""
        if not fs.is_dir(folder):
            raise JetError(INVALID_PATH, f"no folder {folder}")
        pattern = re.compile(rf"{re.escape(prefix)}([0-9A-F]{{8}})\.log", re.IGNORECASE)
        closed = {}
        current = None
        with file_errors():
            for entry in fs.listdir(folder):
                if entry.is_dir:
                    continue
                if match := pattern.fullmatch(entry.name):
                    closed[int(match[1], 16)] = join(folder, entry.name)
                elif entry.name.upper() == current_name(prefix).upper():
                    current = join(folder, entry.name)
        return cls(fs, folder, prefix, dict(sorted(closed.items())), current)

    @property
    def empty(self) -> bool:
        return not self.closed and self.current is None

    def path(self, name: str) -> str:
        return join(self.folder, name)

    def read(self, path: str) -> LogFile:
        with file_errors():
            return decode_log(self.fs.read_bytes(path), path)

    def make_reserves(self) -> None:
        """The reserved logs, which let the engine finish its work on a full disk."""
        for name in RESERVES:
            path = self.path(self.prefix + name)
            if not self.fs.exists(path):
                with file_errors(full=LOG_DISK_FULL):
                    self.fs.allocate(path, LOG_SIZE, "jrs")


@dataclass(frozen=True)
class CheckpointFile:
    """Where replay starts, and what is attached there."""

    position: LogPosition
    log_signature: Signature
    attachments: tuple[Attachment, ...] = ()

    def write(self, fs: FileSystem, path: str) -> None:
        line = {
            "lab": "chk",
            "size": CHECKPOINT_SIZE,
            "position": to_json(self.position),
            "signature": to_json(self.log_signature),
            "attachments": [to_json(a) for a in self.attachments],
        }
        with file_errors():
            fs.write_bytes(path, lab_header.encode(line))

    @classmethod
    def read(cls, fs: FileSystem, path: str) -> CheckpointFile:
        """JetError -1811 when it is missing, -533 when it is damaged."""
        with file_errors():
            line = lab_header.decode(fs.read_bytes(path))
        try:
            if line is None or line["lab"] != "chk":
                raise ValueError("not a checkpoint")
            return cls(
                from_json(LogPosition, line["position"]),
                from_json(Signature, line["signature"]),
                tuple(from_json(Attachment, a) for a in line["attachments"]),
            )
        except (KeyError, TypeError, ValueError):
            raise JetError(CHECKPOINT_CORRUPT, path) from None
