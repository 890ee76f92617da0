# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the engine, with the names and texts of its public header (exchange.md, 5.8)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..files import FileError
from ..files.errors import (
    ACCESS_DENIED,
    ALREADY_EXISTS,
    DISK_FULL,
    FILE_NOT_FOUND,
    SHARING_VIOLATION,
)

COMMITTED_LOGS_LOST = 585
COMMITTED_LOGS_REMOVED = 587
DATABASE_REPAIRED = 595
LOG_CORRUPT = -501
INVALID_LOG_SEQUENCE = -515
MISSING_LOG = -528
LOG_DISK_FULL = -529
BAD_LOG_SIGNATURE = -530
BAD_DB_SIGNATURE = -531
BAD_CHECKPOINT_SIGNATURE = -532
CHECKPOINT_CORRUPT = -533
LOG_SET_MISMATCH = -539
REQUIRED_LOGS_MISSING = -543
DIRTY_SHUTDOWN = -550
CONSISTENT_TIME_MISMATCH = -551
COMMITTED_LOGS_MISSING = -582
COMMITTED_LOG_CORRUPT = -586
INVALID_PARAMETER = -1003
READ_VERIFY = -1018
INVALID_PATH = -1023
FILE_ACCESS_DENIED = -1032
DATABASE_DUPLICATE = -1201
DATABASE_CORRUPTED = -1206
ATTACHED_MISMATCH = -1216
DISK_FULL_ERROR = -1808
NOT_FOUND = -1811

_LOST_TAIL = (
    "These log files are required to maintain durable ACID semantics, but not required to maintain "
    "consistency if the JET_bitReplayIgnoreLostLogs bit is specified during recovery."
)
TABLE: dict[int, tuple[str, str]] = {
    COMMITTED_LOGS_LOST: (
        "JET_wrnCommittedLogFilesLost",
        "One or more logs that were committed to this database, were not recovered.  The database "
        "is still clean/consistent, as though the lost log's transactions were committed lazily "
        "(and lost).",
    ),
    COMMITTED_LOGS_REMOVED: (
        "JET_wrnCommittedLogFilesRemoved",
        "One or more logs that were committed to this database, were no recovered.  The database "
        "is still clean/consistent, as though the corrupted log's transactions were committed "
        "lazily (and lost).",
    ),
    DATABASE_REPAIRED: ("JET_wrnDatabaseRepaired", "Database corruption has been repaired"),
    LOG_CORRUPT: ("JET_errLogFileCorrupt", "Log file is corrupt"),
    INVALID_LOG_SEQUENCE: (
        "JET_errInvalidLogSequence",
        "Timestamp in next log does not match expected",
    ),
    MISSING_LOG: ("JET_errMissingLogFile", "Current log file missing"),
    LOG_DISK_FULL: ("JET_errLogDiskFull", "Log disk full"),
    BAD_LOG_SIGNATURE: ("JET_errBadLogSignature", "Bad signature for a log file"),
    BAD_DB_SIGNATURE: ("JET_errBadDbSignature", "Bad signature for a db file"),
    BAD_CHECKPOINT_SIGNATURE: (
        "JET_errBadCheckpointSignature",
        "Bad signature for a checkpoint file",
    ),
    CHECKPOINT_CORRUPT: ("JET_errCheckpointCorrupt", "Checkpoint file not found or corrupt"),
    LOG_SET_MISMATCH: (
        "JET_errDatabaseLogSetMismatch",
        "Database does not belong with the current set of log files",
    ),
    REQUIRED_LOGS_MISSING: (
        "JET_errRequiredLogFilesMissing",
        "The required log files for recovery is missing.",
    ),
    DIRTY_SHUTDOWN: (
        "JET_errDatabaseDirtyShutdown",
        "Database was not shutdown cleanly. Recovery must first be run to properly complete "
        "database operations for the previous shutdown.",
    ),
    CONSISTENT_TIME_MISMATCH: (
        "JET_errConsistentTimeMismatch",
        "Database last consistent time unmatched",
    ),
    COMMITTED_LOGS_MISSING: (
        "JET_errCommittedLogFilesMissing",
        f"One or more logs that were committed to this database, are missing.  {_LOST_TAIL}",
    ),
    COMMITTED_LOG_CORRUPT: (
        "JET_errCommittedLogFileCorrupt",
        f"One or more logs were found to be corrupt during recovery.  {_LOST_TAIL}",
    ),
    INVALID_PARAMETER: ("JET_errInvalidParameter", "Invalid API parameter"),
    READ_VERIFY: ("JET_errReadVerifyFailure", "Checksum error on a database page"),
    INVALID_PATH: ("JET_errInvalidPath", "Invalid file path"),
    FILE_ACCESS_DENIED: (
        "JET_errFileAccessDenied",
        "Cannot access file, the file is locked or in use",
    ),
    DATABASE_DUPLICATE: ("JET_errDatabaseDuplicate", "Database already exists"),
    DATABASE_CORRUPTED: ("JET_errDatabaseCorrupted", "Non database file or corrupted db"),
    ATTACHED_MISMATCH: (
        "JET_errAttachedDatabaseMismatch",
        "An outstanding database attachment has been detected at the start or end of recovery, but "
        "database is missing or does not match attachment info",
    ),
    DISK_FULL_ERROR: ("JET_errDiskFull", "No space left on disk"),
    NOT_FOUND: ("JET_errFileNotFound", "File not found"),
}


class JetError(Exception):
    """A JET error: *code* -550, *name* "JET_errDatabaseDirtyShutdown", *text*."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.name, self.text = TABLE[code]
        self.detail = detail  # what happened here, for people who read the lab's log
        super().__init__(f"{self.name} ({code}): {self.text}" + (f" [{detail}]" if detail else ""))


@contextlib.contextmanager
def file_errors(full: int = DISK_FULL_ERROR) -> Iterator[None]:
    """Turn what the file system says into what the engine says; *full* is its disk-full code."""
    try:
        yield
    except FileError as error:
        codes = {
            ACCESS_DENIED: FILE_ACCESS_DENIED,
            SHARING_VIOLATION: FILE_ACCESS_DENIED,
            DISK_FULL: full,
            FILE_NOT_FOUND: NOT_FOUND,
            ALREADY_EXISTS: DATABASE_DUPLICATE,
        }
        raise JetError(codes.get(error.code, INVALID_PATH), str(error)) from error
