# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Errors and warnings of the database engine that a recovery meets, with what to do (exchange.md 5.8).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t


class JetCode(t.NamedTuple):
    """code: as eseutil's exit code. name: without "JET_". remedy: a sentence."""

    code: int
    name: str
    remedy: str


_SPACE = "Free space on the volume, then run the same command again."
_OTHER_STREAM = (
    "Keep only the logs whose signature is that of the .edb; never mix the logs of two streams."
)
_FIND_LOGS = (
    "Look for the missing logs (backup, copies, quarantine of the antivirus), put them into the"
    " restore folder and run again; or restore an older or newer backup."
)
_OTHER_BACKUP = "Restore another backup."
_OTHER_LOG_COPY = "Replace the damaged log with another copy of it."
_CHECKPOINT = "Move the .chk file of this folder away, then run the same command again."
_RIGHT_PAIR = "Bring the .edb and the logs together that belong together."
_HELD = (
    "Dismount the database and wait until no backup, antivirus or eseutil of an earlier run holds"
    " the file, then run the same command again."
)
_ACL = "Give SYSTEM and Administrators full access to the folder, then run the same command again."
_STORAGE = "The storage is damaged: take another copy of the file, and check the disk."
_REPORT = "This is a mistake in the call: report it with the journal."
_LOSSY = "Find the logs, or accept that the mail in them is lost with accept_gap: true."

_CODES = (
    JetCode(585, "wrnCommittedLogFilesLost", "Note the window of lost mail."),
    JetCode(587, "wrnCommittedLogFilesRemoved", "Note the window of lost mail."),
    JetCode(595, "wrnDatabaseRepaired", "Move all mailboxes off the repaired database."),
    JetCode(-501, "errLogFileCorrupt", _OTHER_LOG_COPY),
    JetCode(-510, "errLogWriteFail", _SPACE),
    JetCode(-514, "errBadLogVersion", "Use a server with the version of Exchange that wrote it."),
    JetCode(-515, "errInvalidLogSequence", _OTHER_STREAM),
    JetCode(-519, "errLogSequenceEnd", "The log stream is exhausted: start a new one."),
    JetCode(-528, "errMissingLogFile", _FIND_LOGS),
    JetCode(-529, "errLogDiskFull", _SPACE),
    JetCode(-530, "errBadLogSignature", _OTHER_STREAM),
    JetCode(-531, "errBadDbSignature", _RIGHT_PAIR),
    JetCode(-532, "errBadCheckpointSignature", _CHECKPOINT),
    JetCode(-533, "errCheckpointCorrupt", _CHECKPOINT),
    JetCode(-539, "errDatabaseLogSetMismatch", _RIGHT_PAIR),
    JetCode(-541, "errLogFileSizeMismatch", _OTHER_STREAM),
    JetCode(-542, "errCheckpointFileNotFound", "Run the same command again."),
    JetCode(-543, "errRequiredLogFilesMissing", _FIND_LOGS),
    JetCode(-544, "errSoftRecoveryOnBackupDatabase", "Let the backup software finish its restore."),
    JetCode(-550, "errDatabaseDirtyShutdown", "Replay its logs before it is mounted."),
    JetCode(-551, "errConsistentTimeMismatch", _RIGHT_PAIR),
    JetCode(-556, "errLogFilesNotContiguous", _FIND_LOGS),
    JetCode(-557, "errRestoreLogsMissing", _FIND_LOGS),
    JetCode(-566, "errDbTimeTooOld", _OTHER_BACKUP),
    JetCode(-567, "errDbTimeTooNew", _OTHER_BACKUP),
    JetCode(-581, "errSoftRecoveryOnSnapshot", "Let the backup software finish its restore."),
    JetCode(-582, "errCommittedLogFilesMissing", _LOSSY),
    JetCode(-586, "errCommittedLogFileCorrupt", _LOSSY),
    JetCode(-590, "errLogSequenceChecksumMismatch", _OTHER_LOG_COPY),
    JetCode(-1003, "errInvalidParameter", _REPORT),
    JetCode(-1018, "errReadVerifyFailure", _STORAGE),
    JetCode(-1019, "errPageNotInitialized", _STORAGE),
    JetCode(-1021, "errDiskReadVerificationFailure", _STORAGE),
    JetCode(-1022, "errDiskIO", _STORAGE),
    JetCode(-1023, "errInvalidPath", "Create the folder, or correct its path."),
    JetCode(-1032, "errFileAccessDenied", _HELD),
    JetCode(-1203, "errDatabaseNotFound", "Correct the path."),
    JetCode(
        -1206,
        "errDatabaseCorrupted",
        "It is no database, or its header is gone: take another copy.",
    ),
    JetCode(-1213, "errPageSizeMismatch", "It is no Exchange database: take another copy."),
    JetCode(-1216, "errAttachedDatabaseMismatch", _RIGHT_PAIR),
    JetCode(-1217, "errDatabaseInvalidPath", "Create the folder, or correct its path."),
    JetCode(-1808, "errDiskFull", _SPACE),
    JetCode(-1809, "errPermissionDenied", _ACL),
    JetCode(-1811, "errFileNotFound", "Correct the path."),
    JetCode(-1907, "errAccessDenied", _ACL),
    JetCode(-1918, "errFlushMapVersionUnsupported", "Move the .jfm file away."),
    JetCode(-1919, "errFlushMapDatabaseMismatch", "Move the .jfm file away."),
    JetCode(-1920, "errFlushMapUnrecoverable", "Move the .jfm file away."),
)
_BY_CODE: t.Final = {entry.code: entry for entry in _CODES}

FILE_ACCESS_DENIED: t.Final = -1032
FILE_NOT_FOUND: t.Final = -1811
ATTACHED_DATABASE_MISMATCH: t.Final = -1216
MISSING_LOG_FILE: t.Final = -528


def find(code: int) -> JetCode | None:
    """The table's entry of an exit code, or None."""
    return _BY_CODE.get(signed(code))


def remedy(code: int) -> str:
    """A sentence that says what to do about an exit code; a general one for an unknown code."""
    entry = find(code)
    return entry.remedy if entry else "Look the code up in eseutil's documentation."


def signed(code: int) -> int:
    """An exit code as signed 32 bit: some clients show -550 as 4294966746."""
    return code - 2**32 if code >= 2**31 else code
