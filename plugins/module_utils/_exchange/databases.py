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
    ExchangeError,
    NotFoundError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls, _failures
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
    "ReplicationType",
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
    replicated: bool = False
    excluded_from_provisioning: bool = False
    excluded_reason: str | None = None
    mounted: bool | None = None
    mounted_on: str | None = None
    size: int | None = None
    last_full_backup: str | None = None
    settings: Mapping[str, Value] = field(default_factory=dict)


def find(
    context: OperationContext, name: str, *, status: bool = False, settings: bool = False
) -> Database | None:
    """The database of this name or GUID, or None when there is none.

    status: also ask the server for the mount state; takes long when the server is off.
    settings: also read COPIED_SETTINGS.
    """
    raise NotImplementedError


def get(
    context: OperationContext, name: str, *, status: bool = False, settings: bool = False
) -> Database:
    """As find(), but raises NotFoundError when there is none."""
    raise NotImplementedError


def on_server(context: OperationContext, server: str, *, status: bool = False) -> list[Database]:
    """All databases on this server, recovery databases too."""
    raise NotImplementedError


def create(
    context: OperationContext, name: str, server: str, edb_path: str, log_folder: str
) -> CommandResult:
    """Create a database object, excluded from provisioning; its files come with the first mount."""
    raise NotImplementedError


def create_recovery(
    context: OperationContext, name: str, server: str, edb_path: str, log_folder: str
) -> CommandResult:
    """Create a recovery database over the file at edb_path; the warning about it is normal."""
    raise NotImplementedError


def change(
    context: OperationContext, database: Database, settings: Mapping[str, Value]
) -> CommandResult:
    """Set-MailboxDatabase with these parameters."""
    raise NotImplementedError


def mount(context: OperationContext, database: Database) -> CommandResult:
    """Mount once, never with Force. Raises MountError."""
    raise NotImplementedError


def dismount(context: OperationContext, database: Database) -> CommandResult:
    """Dismount: everyone on it is cut off."""
    raise NotImplementedError


def remove(context: OperationContext, database: Database) -> CommandResult:
    """Remove the object; its files stay where they are (pitfalls.md P35)."""
    raise NotImplementedError
