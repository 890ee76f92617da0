# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A believable ESE: databases, log streams, recovery. Knows files and time, nothing of Exchange."""

from __future__ import annotations

from .backup import BackupSet, snapshot_backup
from .dump import (
    Checkpoint,
    ChecksumReport,
    LogReport,
    checksum,
    dump_checkpoint,
    dump_header,
    verify_logs,
)
from .engine import Instance
from .errors import JetError
from .header import BackupInfo, DatabaseHeader, LogPosition, Signature
from .recovery import Recovered, soft_recovery

__all__ = [
    "BackupInfo",
    "BackupSet",
    "Checkpoint",
    "ChecksumReport",
    "DatabaseHeader",
    "Instance",
    "JetError",
    "LogPosition",
    "LogReport",
    "Recovered",
    "Signature",
    "checksum",
    "dump_checkpoint",
    "dump_header",
    "snapshot_backup",
    "soft_recovery",
    "verify_logs",
]
