# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a database file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Signature:
    """Identity of a database or of a log stream: when it was made, and a random number."""

    created: datetime
    random: int


@dataclass(frozen=True, order=True)
class LogPosition:
    """Place in a log stream; prints as (0xE10,3,12C)."""

    generation: int = 0
    sector: int = 0
    offset: int = 0


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
    """What `eseutil /mh` prints; log ranges are inclusive generations, 0 when clean."""

    path: str
    signature: Signature
    log_signature: Signature
    size: int
    state: str = "Clean Shutdown"
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
        return self.state == "Clean Shutdown"
