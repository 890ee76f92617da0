# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Why a mount failed: the JET code that Exchange hides, in words, and what to do (exchange.md 6.2).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import RemoteCommandError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _failures
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)

_STORE_EC = re.compile(r"StoreEc:\s*0x([0-9A-Fa-f]{1,8})")
_EC = re.compile(r"\bec=(-?\d+)")


@dataclass(frozen=True)
class _Cause:
    """A cause of a failed mount. kind: a stable word; retry: whether time cures it; tries: how many
    mounts are worth it when time only may cure it; recovery: only of recovery databases (True) or of
    others (False)."""

    kind: str
    says: str
    remedy: str
    retry: bool = False
    tries: int = 1
    codes: tuple[int, ...] = ()
    text: str = ""
    recovery: bool | None = None


# The first that fits wins; JET codes come first, since they are the most precise sign.
_CAUSES = (
    _Cause(
        "dirty",
        "the file is in dirty shutdown",
        "Run soft recovery (eseutil /r) with the logs of its required range.",
        codes=(-550,),
    ),
    _Cause(
        "logs_missing",
        "log files of its required range are missing",
        "Find the missing generations, or take an older backup; eseutil /mh prints the range.",
        codes=(-543, -528),
    ),
    _Cause(
        "logs_corrupt",
        "a log file is damaged",
        "Get another copy of the log, or recover to the generation before it.",
        codes=(-501, -586, -590),
    ),
    _Cause(
        "foreign_logs",
        "the log folder holds files of another stream",
        "Move the logs and the checkpoint that do not belong to this file out of the log folder.",
        codes=(-515, -530, -531, -532, -539, -541, -551, -1216),
    ),
    _Cause(
        "foreign_file",
        "the file was made by another database",
        "Set AllowFileRestore on the database object if the file is meant to be here (events 1047"
        " and 1048 of MSExchangeIS).",
        text=r"AllowFileRestore|overwritten by a restore|wrong database|DatabaseIncorrectGuid"
        r"|does not match the (database )?(object|directory)",
    ),
    _Cause(
        "file_access",
        "another process holds the file, or the server may not read it",
        "Find who holds it (backup, antivirus, another database object) and check the folder's"
        " permissions; SYSTEM needs full control.",
        tries=12,  # about 90 seconds: what antivirus and backup programs take to let go
        codes=(-1032, -1809, -1907),
    ),
    _Cause(
        "disk_full",
        "the volume is full",
        "Free space on the volumes of the database and of its logs.",
        codes=(-510, -529, -1808),
    ),
    _Cause(
        "file_missing",
        "the .edb file is not there",
        "Check the path and the volume; a mount with Force would create an empty database over it.",
        codes=(-1203, -1811, -1023, -1217),
        text=r"database's files (is|are) missing|mounting .* will create an empty database",
    ),
    _Cause(
        "damaged",
        "the file is damaged",
        "Take another backup; have the storage checked.",
        codes=(-1018, -1019, -1021, -1022, -1206, -1213, -566, -567),
    ),
    _Cause(
        "version",
        "the file or its logs are from another version of Exchange",
        "Use a server with the version that wrote them.",
        codes=(-514,),
        text=r"There is no support for this operation|NoSupportException",
    ),
    _Cause(
        "flush_map",
        "the flush map beside the file (.jfm) belongs to another file, or is damaged",
        "Move the .jfm file away; a new one is made at the mount.",
        codes=(-1918, -1919, -1920),
    ),
    _Cause(
        "limit",
        "the server has as many databases mounted as its edition allows",
        "Dismount or remove a database that nothing needs; Standard edition mounts 5.",
        text=r"TooManyMounted",
        recovery=False,
    ),
    _Cause(
        "second_recovery_database",
        "another recovery database is mounted on the server; one is allowed at a time",
        "Dismount the other one first.",
        text=r"TooManyMounted|recovery database.*(already|another).*mounted|(more than|only) one"
        r" recovery database|(already|another).*mounted.*recovery database",
    ),
    _Cause(
        "already_mounted",
        "it is mounted already",
        "Nothing is to be done.",
        text=r"already mounted",
    ),
    _Cause(
        "not_in_directory",
        "the server's domain controller does not know the database yet",
        "Wait for the replication, or pin the domain controller that the server uses.",
        retry=True,
        text=r"MapiExceptionNotFound|ec=-2147221233|hr=0x8004010f|ManagementObjectNotFound|couldn't find database",
    ),
    _Cause(
        "store_not_ready",
        "the Information Store does not answer",
        "Start the services MSExchangeIS and MSExchangeRepl.",
        retry=True,
        text=r"MapiExceptionNetworkError|ec=-2147221227|hr=0x80040115",
    ),
    _Cause(
        "services_down",
        "the Replication service does not answer",
        "Start the services MSExchangeRepl and MSExchangeIS on the server.",
        tries=12,  # it may just be restarting
        text=r"0x6ba\b|RPC server is unavailable|Replication service .*(not running|unavailable|down)",
    ),
    _Cause(
        "directory",
        "the store can't read the directory",
        "Check the domain controllers of the server's site.",
        retry=True,
        text=r"MapiExceptionADUnavailable|ec=2414",
    ),
    _Cause(
        "quorum",
        "the availability group has no quorum",
        "Restore the quorum of the availability group first.",
        text=r"must have quorum",
    ),
    _Cause(
        "copy_failed",
        "a copy of the database is in a failed state",
        "Look at Get-MailboxDatabaseCopyStatus and clear the copy's error first.",
        text=r"due to a previous error",
    ),
)
_UNKNOWN = _Cause(
    "unknown",
    "Exchange gives no reason that is known",
    tries=4,  # a few seconds: the store may just have been busy
    remedy="Look at the server's Application log: events 1047 and 1048 of MSExchangeIS mean that the file"
    " was made by another database object and needs AllowFileRestore; ESE events name file errors.",
)


class MountError(RemoteCommandError):
    """A mount failed. kind: a stable word (dirty, logs_missing, not_in_directory ...); reason: the
    same in words; jet_code: the engine's code, or None; retry: whether waiting cures it; tries: how
    many mounts are worth it when waiting only may cure it."""

    def __init__(
        self,
        message: str,
        *,
        kind: str = "unknown",
        reason: str = "",
        jet_code: int | None = None,
        retry: bool = False,
        tries: int = 1,
        **keys: t.Any,
    ) -> None:
        super().__init__(message, **keys)
        self.kind = kind
        self.reason = reason or kind
        self.tries = tries
        self.jet_code = jet_code
        self.retry = retry


def jet_code(message: str) -> int | None:
    """The JET error in a mount error's text: the last StoreEc with the top bit set, as a signed
    number (StoreEc: 0xFFFFFDE3 is -541); the 2010 form carries it as ec= itself."""
    codes = [int(digits, 16) for digits in _STORE_EC.findall(message)]
    # Store codes of the MAPI family (0x8004....) have the top bit, too; JET codes are small.
    jets = [code - (1 << 32) for code in codes if code >= 0xFFFF0000]
    if jets:
        return jets[-1]
    direct = [int(digits) for digits in _EC.findall(message)]
    return next((code for code in direct if -10000 < code < 0), None)


def explain(
    error: CommandError, *, about: str, server: str, recovery: bool | None = None
) -> MountError:
    """The MountError for an error of Mount-Database. recovery: whether it is a recovery database."""
    code = jet_code(error.message)
    seen = f"{error.message}\n{error.exception}\n{error.error_id}"
    cause = next((c for c in _CAUSES if code is not None and code in c.codes), None) or next(
        (
            c
            for c in _CAUSES
            if c.text
            and c.recovery in (None, recovery)
            and re.search(c.text, seen, re.IGNORECASE | re.DOTALL)
        ),
        _UNKNOWN,
    )
    number = f" (JET error {code})" if code is not None else ""
    return MountError(
        f"it can't be mounted: {cause.says}{number}. Exchange says:"
        f" {_failures.first_sentences(error.message, 300)}",
        kind=cause.kind,
        reason=cause.says,
        jet_code=code,
        retry=cause.retry,
        tries=cause.tries,
        object=about,
        operation="mount",
        remedy=cause.remedy,
        code="MountFailed",
        server=server,
        command="Mount-Database",
        category=error.category,
        exception=error.exception,
        error_id=error.error_id,
    )
