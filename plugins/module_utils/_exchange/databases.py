# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Mailbox databases and recovery databases (exchange.md 6 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    NotFoundError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls, mounting
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    identifiers,
    names,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandResult,
    Value,
)

# What a dial tone database takes over from the failed one: after the swap the restored mailboxes
# live under it, and a new database has the 2 GB defaults (exchange.md 2, step 3b).
COPIED_SETTINGS = (
    "IssueWarningQuota",
    "ProhibitSendQuota",
    "ProhibitSendReceiveQuota",
    "RecoverableItemsQuota",
    "RecoverableItemsWarningQuota",
    "CalendarLoggingQuota",
    "MailboxRetention",
    "DeletedItemRetention",
    "EventHistoryRetentionPeriod",
    "RetainDeletedItemsUntilBackup",
    "BackgroundDatabaseMaintenance",
    "OfflineAddressBook",
    "JournalRecipient",
)

_PROPERTIES = (
    "Name",
    "Guid",
    "DistinguishedName",
    "Server",
    "Recovery",
    "EdbFilePath",
    "LogFolderPath",
    "LogFilePrefix",
    "DatabaseCreated",
    "MountAtStartup",
    "AllowFileRestore",
    "CircularLoggingEnabled",
    "IsExcludedFromProvisioning",
    "IsExcludedFromProvisioningReason",
)
_STATUS_PROPERTIES = ("Mounted", "MountedOnServer", "DatabaseSize", "LastFullBackup")


@dataclass(frozen=True)
class Database:
    """A database object.

    server: the short name of the server that hosts it. log_prefix: "E00". created: whether it was
    ever mounted. mounted: None when it was not asked for, or when Exchange does not know (a server
    that is off); null is not false. size: bytes. settings: COPIED_SETTINGS as Exchange printed
    them, where it did; only of databases read with `settings`.
    """

    name: str
    guid: str
    distinguished_name: str
    server: str
    recovery: bool
    edb_path: str
    log_folder: str
    log_prefix: str | None = None
    created: bool = False
    mount_at_startup: bool = True
    allow_file_restore: bool = False
    circular_logging: bool = False
    excluded_from_provisioning: bool = False
    excluded_reason: str | None = None
    mounted: bool | None = None
    mounted_on: str | None = None
    size: int | None = None
    last_full_backup: str | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """How messages call it."""
        return f"{'recovery ' if self.recovery else ''}database {self.name}"


def find(
    context: OperationContext, name: str, *, status: bool = False, settings: bool = False
) -> Database | None:
    """The database of this name or GUID, or None when there is none.

    status: also ask the server for the mount state; takes long when the server is off.
    settings: also read COPIED_SETTINGS.
    """
    parameters: dict[str, Value] = {"Identity": name}
    result = _get(context, parameters, status=status, settings=settings)
    if result.errors and result.errors[0].exception == "ManagementObjectNotFoundException":
        return None
    _calls.raise_first(
        context, result, "Get-MailboxDatabase", about=f"database {name}", operation="read"
    )
    # An identity may hold wildcards, or match something else than the name: only the very name
    # (or GUID) counts.
    found = [
        database
        for database in (_database(row) for row in result.output)
        if names.same_name(database.name, name) or database.guid == name.strip("{}").lower()
    ]
    if len(found) > 1:
        raise ConflictError(
            f"{len(found)} databases answer to this name.",
            object=f"database {name}",
            operation="read",
            remedy="Use the GUID.",
            server=context.server,
        )
    return found[0] if found else None


def get(
    context: OperationContext, name: str, *, status: bool = False, settings: bool = False
) -> Database:
    """As find(), but raises NotFoundError when there is none."""
    found = find(context, name, status=status, settings=settings)
    if found is None:
        raise NotFoundError(
            "there is no such database in the organisation.",
            object=f"database {name}",
            operation="read",
            remedy="Check the name (Get-MailboxDatabase lists them all).",
            server=context.server,
            command="Get-MailboxDatabase",
        )
    return found


def on_server(context: OperationContext, server: str, *, status: bool = False) -> list[Database]:
    """All databases on this server, recovery databases too."""
    result = _get(context, {"Server": server}, status=status, settings=False)
    _calls.raise_first(
        context, result, "Get-MailboxDatabase", about=f"databases of {server}", operation="read"
    )
    return [_database(row) for row in result.output]


def everywhere(context: OperationContext) -> list[Database]:
    """All databases of the organisation, recovery databases too, without their mount states."""
    result = _get(context, {}, status=False, settings=False)
    _calls.raise_first(
        context, result, "Get-MailboxDatabase", about="all databases", operation="read"
    )
    return [_database(row) for row in result.output]


def create(
    context: OperationContext, name: str, server: str, edb_path: str, log_folder: str
) -> CommandResult:
    """Create a database object, excluded from provisioning; its files come with the first mount."""
    return _calls.change(
        context,
        "New-MailboxDatabase",
        {**_places(name, server, edb_path, log_folder), "IsExcludedFromProvisioning": True},
        about=f"database {name}",
        operation="create",
    )


def create_recovery(
    context: OperationContext, name: str, server: str, edb_path: str, log_folder: str
) -> CommandResult:
    """Create a recovery database over the file at edb_path; the warning about it is normal."""
    return _calls.change(
        context,
        "New-MailboxDatabase",
        {"Recovery": True, **_places(name, server, edb_path, log_folder)},
        about=f"recovery database {name}",
        operation="create",
    )


def _places(name: str, server: str, edb_path: str, log_folder: str) -> dict[str, Value]:
    """The parameters that say what a new database is called and where it lies."""
    return {
        "Name": name,
        "Server": server,
        "EdbFilePath": edb_path,
        "LogFolderPath": log_folder,
    }


def change(
    context: OperationContext, database: Database, settings: Mapping[str, Value]
) -> CommandResult:
    """Set-MailboxDatabase with these parameters."""
    return _calls.change(
        context,
        "Set-MailboxDatabase",
        {"Identity": database.guid, **settings},
        about=database.about,
        operation="set",
    )


def mount(
    context: OperationContext, database: Database, *, create_file: bool = False
) -> CommandResult:
    """Mount once. Raises MountError.

    create_file: with Force, which makes an empty file where none is. Only for a dial tone in place,
    by a caller who has proven that the place answers and is empty; anywhere else it hides a loss.
    """
    parameters: dict[str, Value] = {"Identity": database.guid}
    if create_file:
        parameters["Force"] = True
    result = _calls.try_change(context, "Mount-Database", parameters)
    if result.errors:
        raise mounting.explain(
            result.errors[0],
            about=database.about,
            server=context.server,
            recovery=database.recovery,
        )
    return result


def mount_patiently(
    context: OperationContext,
    database: Database,
    timeout: float,
    *,
    create_file: bool = False,
    insist: bool = False,
    is_held: t.Callable[[], bool] | None = None,
) -> float:
    """Mount, and try again while the reason is one that time cures: the directory's lag first.

    timeout: seconds. create_file: as in mount(). insist: try until the timeout also for a reason that
    time only may cure, since giving up would leave users without a database. is_held: whether another
    program holds the file, asked when the server can't open it: permissions don't come with time.
    Returns how long it took until the mount was accepted. Raises MountError with the last reason.
    """
    start = context.clock()
    last: list[mounting.MountError] = []
    tried = 0

    def attempt() -> bool | None:
        nonlocal tried
        tried += 1
        try:
            mount(context, database, create_file=create_file)
        except mounting.MountError as error:
            if error.kind == "already_mounted":
                return True
            if not (error.retry or tried < error.tries or (insist and error.tries > 1)):
                raise
            if error.kind == "file_access" and not insist and is_held and not is_held():
                raise
            last[:] = [error]
            return None
        return True

    try:
        context.wait(
            f"{database.about} to be mountable",
            attempt,
            timeout=timeout,
            first=1.0,
            state=lambda: last[0].reason if last else "",
        )
    except WaitTimeout:
        if last:
            raise last[0] from None
        raise
    return context.clock() - start


def wait_mounted(context: OperationContext, database: Database, timeout: float = 120.0) -> Database:
    """The database once Exchange says Mounted; success of the cmdlet precedes that by seconds.

    Raises WaitTimeout.
    """
    return _wait_for(context, database, True, timeout)


def dismount(context: OperationContext, database: Database) -> CommandResult:
    """Dismount: everyone on it is cut off. It is no error when somebody was quicker."""
    result = _calls.try_change(context, "Dismount-Database", {"Identity": database.guid})
    if result.errors and get(context, database.guid, status=True).mounted is not False:
        _calls.raise_first(
            context, result, "Dismount-Database", about=database.about, operation="dismount"
        )
    return result


def wait_dismounted(
    context: OperationContext, database: Database, timeout: float = 120.0
) -> Database:
    """The database once Exchange says it is not mounted. Raises WaitTimeout."""
    return _wait_for(context, database, False, timeout)


def repoint(
    context: OperationContext, database: Database, edb_path: str, log_folder: str
) -> CommandResult:
    """Let a dismounted database use other files from now on. No file moves, so it takes a moment
    whatever their size, and no volume matters (exchange.md 2)."""
    return _calls.change(
        context,
        "Move-DatabasePath",
        {
            "Identity": database.guid,
            "EdbFilePath": edb_path,
            "LogFolderPath": log_folder,
            "ConfigurationOnly": True,
            "Force": True,
        },
        about=database.about,
        operation="repoint",
    )


def remove(context: OperationContext, database: Database) -> CommandResult:
    """Remove the object; its files stay where they are (pitfalls.md P35)."""
    return _calls.change(
        context,
        "Remove-MailboxDatabase",
        {"Identity": database.guid},
        about=database.about,
        operation="remove",
    )


def _wait_for(
    context: OperationContext, database: Database, mounted: bool, timeout: float
) -> Database:
    seen: list[bool | None] = [None]

    def probe() -> Database | None:
        current = get(context, database.guid, status=True)
        seen[0] = current.mounted
        return current if current.mounted is mounted else None

    words = {True: "mounted", False: "dismounted", None: "unknown to Exchange"}
    try:
        return context.wait(
            f"{database.about} to be {words[mounted]}",
            probe,
            timeout=timeout,
            state=lambda: words[seen[0]],
        )
    except WaitTimeout as error:
        raise WaitTimeout(
            error.message,
            object=database.about,
            operation="mount" if mounted else "dismount",
            last_state=error.last_state,
            remedy=f"Look in the Application log of {database.server} for what it waits for, then run the same"
            " command again.",
            server=context.server,
        ) from error


def _get(
    context: OperationContext, parameters: dict[str, Value], *, status: bool, settings: bool
) -> CommandResult:
    parameters["DomainController"] = context.domain_controller
    if status:
        parameters["Status"] = True
    properties = (
        *_PROPERTIES,
        *(_STATUS_PROPERTIES if status else ()),
        *(COPIED_SETTINGS if settings else ()),
    )
    return _calls.attempt(context, "Get-MailboxDatabase", parameters, properties)


def _database(row: dict[str, t.Any]) -> Database:
    return Database(
        name=str(row["Name"]),
        guid=identifiers.parse_guid(row["Guid"]) or "",
        distinguished_name=str(row["DistinguishedName"]),
        server=str(row["Server"]),
        recovery=bool(row["Recovery"]),
        edb_path=str(row["EdbFilePath"]),
        log_folder=str(row["LogFolderPath"]),
        log_prefix=_calls.text(row.get("LogFilePrefix")),
        created=bool(row.get("DatabaseCreated")),
        mount_at_startup=bool(row.get("MountAtStartup")),
        allow_file_restore=bool(row.get("AllowFileRestore")),
        circular_logging=bool(row.get("CircularLoggingEnabled")),
        excluded_from_provisioning=bool(row.get("IsExcludedFromProvisioning")),
        excluded_reason=_calls.text(row.get("IsExcludedFromProvisioningReason")),
        mounted=row.get("Mounted"),
        mounted_on=_calls.text(row.get("MountedOnServer")),
        size=sizes.parse_size(row.get("DatabaseSize")),
        last_full_backup=_calls.text(row.get("LastFullBackup")),
        settings={name: row[name] for name in COPIED_SETTINGS if name in row},
    )
