# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The object of class MailboxDatabase (exchange.md section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_lab.cmdlets._formats import size_text, span_text, unlimited_size_text
from exchange_lab.cmdlets._objects import AD_OBJECT, directory_list, directory_properties
from exchange_lab.directory import DatabaseCopy, DatabaseObject, ServerObject
from exchange_lab.runspace import PSObj

TYPES = (
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.MailboxDatabase",
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.Database",
    "Microsoft.Exchange.Data.Directory.ADLegacyVersionableObject",
    "Microsoft.Exchange.Data.Directory.ADConfigurationObject",
    *AD_OBJECT,
)


# What only -Status fills; without it null, or missing (a switch, 15.8).
STATUS_PROPERTIES = (
    "AvailableNewMailboxSpace", "BackupInProgress", "CreationSchemaVersion", "CurrentSchemaVersion", "DatabaseSize",
    "LastCopyBackup", "LastDifferentialBackup", "LastFullBackup", "LastIncrementalBackup", "Mounted",
    "MountedOnServer", "OnlineMaintenanceInProgress", "RequestedSchemaVersion", "SnapshotLastCopyBackup",
    "SnapshotLastDifferentialBackup", "SnapshotLastFullBackup", "SnapshotLastIncrementalBackup",
)  # fmt: skip


@dataclass
class DatabaseStatus:
    """What -Status adds. Null is not false."""

    mounted: bool | None = None
    mounted_on_server: str | None = None
    in_progress: bool | None = None
    database_size: int | None = None
    available_space: int | None = None
    last_full_backup: datetime | None = None
    last_copy_backup: datetime | None = None
    schema: str | None = None
    snapshot: bool | None = None


def mailbox_database(
    item: DatabaseObject, server: ServerObject | None, dc: str, status: DatabaseStatus
) -> PSObj:
    """A database as Get- and New-MailboxDatabase give it."""
    version = server.admin_display_version if server else item.admin_display_version
    group = (server.database_availability_group if server else None) or item.server
    copies = item.copies or (DatabaseCopy(item.server),)
    properties: dict[str, Any] = {
        "JournalRecipient": item.journal_recipient,
        "MailboxRetention": span_text(item.mailbox_retention),
        "OfflineAddressBook": item.offline_address_book,
        "OriginalDatabase": None,
        "PublicFolderDatabase": None,
        "ProhibitSendReceiveQuota": unlimited_size_text(item.prohibit_send_receive_quota),
        "ProhibitSendQuota": unlimited_size_text(item.prohibit_send_quota),
        "RecoverableItemsQuota": unlimited_size_text(item.recoverable_items_quota),
        "RecoverableItemsWarningQuota": unlimited_size_text(item.recoverable_items_warning_quota),
        "CalendarLoggingQuota": unlimited_size_text(item.calendar_logging_quota),
        "IndexEnabled": item.index_enabled,
        "IsExcludedFromProvisioning": item.is_excluded_from_provisioning,
        "IsExcludedFromProvisioningReason": item.is_excluded_from_provisioning_reason,
        "IsExcludedFromInitialProvisioning": item.is_excluded_from_initial_provisioning,
        "IsSuspendedFromProvisioning": item.is_suspended_from_provisioning,
        "DumpsterStatistics": None,
        "DumpsterServersNotAvailable": None,
        "ReplicationType": "Remote" if item.copies else "None",
        "AdminDisplayVersion": version,
        "AdministrativeGroup": "Exchange Administrative Group (FYDIBOHF23SPDLT)",
        "AllowFileRestore": item.allow_file_restore,
        "BackgroundDatabaseMaintenance": item.background_database_maintenance,
        "BackupInProgress": status.in_progress,
        "DatabaseCreated": item.database_created,
        "Description": "",
        "EdbFilePath": item.edb_file_path,
        "ExchangeLegacyDN": item.exchange_legacy_dn,
        "DatabaseCopies": directory_list(f"{item.name}\\{c.server}" for c in copies),
        "Servers": directory_list(c.server for c in copies),
        "ActivationPreference": directory_list(
            f"[{c.server}, {c.activation_preference}]" for c in copies
        ),
        "ReplayLagTimes": directory_list(
            f"[{c.server}, {span_text(c.replay_lag_time)}]" for c in copies
        ),
        "TruncationLagTimes": directory_list(f"[{c.server}, 00:00:00]" for c in copies),
        "RpcClientAccessServer": "",
        "MountedOnServer": status.mounted_on_server,
        "DeletedItemRetention": span_text(item.deleted_item_retention),
        "SnapshotLastFullBackup": status.snapshot,
        "SnapshotLastIncrementalBackup": None,
        "SnapshotLastDifferentialBackup": None,
        "SnapshotLastCopyBackup": None,
        "LastFullBackup": status.last_full_backup,
        "LastIncrementalBackup": None,
        "LastDifferentialBackup": None,
        "LastCopyBackup": status.last_copy_backup,
        "DatabaseSize": None if status.database_size is None else size_text(status.database_size),
        "AvailableNewMailboxSpace": (
            None if status.available_space is None else size_text(status.available_space)
        ),
        "MaintenanceSchedule": None,
        "MountAtStartup": item.mount_at_startup,
        "Mounted": status.mounted,
        "Organization": _organization(item),
        "QuotaNotificationSchedule": None,
        "Recovery": item.recovery,
        "RetainDeletedItemsUntilBackup": item.retain_deleted_items_until_backup,
        "Server": item.server,
        "MasterServerOrAvailabilityGroup": group,
        "MasterType": "DatabaseAvailabilityGroup" if group != item.server else "Server",
        "AutoDatabaseMountDial": item.auto_database_mount_dial,
        "IssueWarningQuota": unlimited_size_text(item.issue_warning_quota),
        "EventHistoryRetentionPeriod": span_text(item.event_history_retention_period),
        "CircularLoggingEnabled": item.circular_logging_enabled,
        "LogFolderPath": item.log_folder_path,
        "LogFilePrefix": item.log_file_prefix,
        "LogFileSize": 1024,
        "LogBuffers": None,
        "MaximumOpenTables": None,
        "DataMoveReplicationConstraint": item.data_move_replication_constraint,
        "CurrentSchemaVersion": status.schema,
        "RequestedSchemaVersion": status.schema,
        "CreationSchemaVersion": status.schema,
        "OnlineMaintenanceInProgress": status.in_progress,
        "MetaCacheDatabaseMaxCapacityInBytes": None,
        "DatabaseGroup": "",
        "CafeEndpoints": directory_list(),
        "AdminDisplayName": item.name,
        "MailboxLoadBalanceEnabled": True,
    }
    properties.update(
        directory_properties(
            item,
            item.name,
            f"{_domain(item)}/Configuration/Schema/ms-Exch-Private-MDB",
            ("top", "msExchMDB", "msExchPrivateMDB"),
            dc,
        )  # fmt: skip
    )
    return PSObj(TYPES, properties, to_string=item.name)


def _domain(item: DatabaseObject) -> str:
    parts = [p[3:] for p in item.distinguished_name.split(",") if p.upper().startswith("DC=")]
    return ".".join(parts)


def _organization(item: DatabaseObject) -> str:
    parts = item.distinguished_name.split(",")
    for index, part in enumerate(parts):
        if part == "CN=Microsoft Exchange" and index:
            return parts[index - 1][3:]
    return ""
