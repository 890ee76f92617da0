# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store refuses, as data. The cmdlets turn it into the texts of exchange.md 6.2."""

from __future__ import annotations

MAPI_E_CALL_FAILED = 0x80004005
MAPI_E_NOT_FOUND = 0x8004010F
MAPI_E_NETWORK_ERROR = 0x80040115
EC_DATABASE_ERROR = 1108
EC_NOT_FOUND = -2147221233
EC_NETWORK_ERROR = -2147221227


class StoreError(Exception):
    """A refused mount or dismount.

    ``kind`` is one of

    ====================== ===============================================================================
    ServicesDown           MSExchangeIS or MSExchangeRepl is not running (`detail` names it)
    NotFoundInDirectory    the domain controller(s) asked do not know the object (yet)
    WrongServer            the object belongs to another server
    AlreadyMounted         it is mounted
    NotMounted             it is not mounted (dismount)
    SecondRecoveryDatabase another recovery database is mounted on this server (`detail` names it)
    TooManyMounted         the edition's number of mounted databases is reached
    TwinMounted            another copy of the same database is mounted on this server (`detail` names it)
    SizeLimit              Standard edition and an .edb above 1024 GB
    FileMissingWouldCreate mounted before, and its .edb is missing: an empty one is created only by force
    FileMissing            a recovery database without an .edb
    ForeignFile            the .edb is another database's and AllowFileRestore is false
    Dirty                  dirty shutdown and its logs can't bring it to a consistent state (jet -550)
    AccessDenied           SYSTEM may not open the file or folder (jet -1032 or -1809)
    Failed                 it stopped while it was mounted (DatabaseFailed; `jet` has the code)
    Jet                    any other engine error; `jet` has the code
    ====================== ===============================================================================
    ``hr`` and ``ec`` are the outer codes; ``jet`` the engine's signed code or None.
    """

    def __init__(
        self,
        kind: str,
        database: str,
        *,
        hr: int = MAPI_E_CALL_FAILED,
        ec: int = EC_DATABASE_ERROR,
        jet: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(f"{kind}: {database}: {detail or jet}")
        self.kind, self.database, self.hr, self.ec, self.jet, self.detail = (
            kind,
            database,
            hr,
            ec,
            jet,
            detail,
        )


class DatabaseFailed(StoreError):
    """A mounted database stopped while it was used: its engine could not write (disk full). It is dismounted now."""

    def __init__(self, database: str, jet: int, detail: str) -> None:
        super().__init__("Failed", database, jet=jet, detail=detail)


class QuotaExceeded(Exception):
    """A delivery or a store operation above the mailbox's quota; sizes in bytes."""

    def __init__(self, mailbox: str, size: int, quota: int) -> None:
        super().__init__(f"mailbox {mailbox} would hold {size} bytes, its quota is {quota}")
        self.mailbox, self.size, self.quota = mailbox, size, quota
