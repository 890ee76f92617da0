# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the directory holds: one frozen class per kind, its attributes as plain Python values.

Names are the Exchange property names in snake case (exchange.md 12). GUIDs are lower-case text; sizes are bytes,
``None`` means Unlimited; references between objects are GUIDs, except that a database names its server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MIB = 1024**2
GIB = 1024**3

SERVER = "server"
DATABASE = "database"
MAILBOX = "mailbox"
THROTTLING_POLICY = "throttling_policy"
MOVE_REQUEST = "move_request"
AVAILABILITY_GROUP = "availability_group"


@dataclass(frozen=True)
class DirectoryObject:
    """What every object has."""

    guid: str
    name: str
    distinguished_name: str = ""
    when_created: datetime | None = None
    when_changed: datetime | None = None


@dataclass(frozen=True)
class ServerObject(DirectoryObject):
    """An Exchange server, with its Get-ExchangeServer and Get-MailboxServer properties."""

    fqdn: str = ""
    domain: str = ""
    site: str = ""
    edition: str = "Enterprise"
    admin_display_version: str = "Version 15.2 (Build 1544.4)"
    server_role: str = "Mailbox"
    exchange_legacy_dn: str = ""
    data_path: str = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Mailbox"
    windows_version: str = "10.0.17763"
    database_availability_group: str | None = None
    auto_database_mount_dial: str = "GoodAvailability"
    database_copy_auto_activation_policy: str = "Unrestricted"
    database_copy_activation_disabled_and_move_now: bool = False
    maximum_active_databases: int | None = None
    maximum_preferred_active_databases: int | None = None
    is_excluded_from_provisioning: bool = False

    @property
    def database_limit(self) -> int:
        """Databases this edition may hold, recovery databases not counted (exchange.md 0.7)."""
        return 5 if self.edition.startswith("Standard") and "Evaluation" not in self.edition else 100


@dataclass(frozen=True)
class AvailabilityGroupObject(DirectoryObject):
    """A database availability group; servers name it in their `database_availability_group`."""

    witness_server: str = ""
    witness_directory: str = ""


@dataclass(frozen=True)
class DatabaseCopy:
    """Where a replicated database has a copy; the active one is where the database's `server` says."""

    server: str
    activation_preference: int = 1
    replay_lag_time: timedelta = timedelta(0)


@dataclass(frozen=True)
class DatabaseObject(DirectoryObject):
    """A mailbox database or recovery database. `server` is the name of the server with the active copy.

    `copies` names every copy, the active one too, of a replicated database; it is empty for others.
    """

    server: str = ""
    copies: tuple[DatabaseCopy, ...] = ()
    recovery: bool = False
    edb_file_path: str = ""
    log_folder_path: str = ""
    log_file_prefix: str = "E00"
    mount_at_startup: bool = True
    allow_file_restore: bool = False
    database_created: bool = False  # mounted at least once; a missing file is then suspicious
    circular_logging_enabled: bool = False
    background_database_maintenance: bool = True
    retain_deleted_items_until_backup: bool = False
    mailbox_retention: timedelta = timedelta(days=30)
    deleted_item_retention: timedelta = timedelta(days=14)
    event_history_retention_period: timedelta = timedelta(days=7)
    issue_warning_quota: int | None = 1945 * MIB  # 1.899 GB, the defaults of a new database
    prohibit_send_quota: int | None = 2 * GIB
    prohibit_send_receive_quota: int | None = 2355 * MIB  # 2.3 GB
    recoverable_items_quota: int | None = 30 * GIB
    recoverable_items_warning_quota: int | None = 20 * GIB
    calendar_logging_quota: int | None = 6 * GIB
    offline_address_book: str | None = None
    journal_recipient: str | None = None
    index_enabled: bool = True
    is_excluded_from_initial_provisioning: bool = False
    is_excluded_from_provisioning: bool = False
    is_excluded_from_provisioning_reason: str = ""
    is_suspended_from_provisioning: bool = False
    data_move_replication_constraint: str = "None"
    auto_database_mount_dial: str = "GoodAvailability"
    exchange_legacy_dn: str = ""
    admin_display_version: str = ""

    @property
    def servers(self) -> tuple[str, ...]:
        """Names of all servers that have a copy, the active one first where there are no others."""
        return tuple(copy.server for copy in self.copies) or (self.server,)


@dataclass(frozen=True)
class MailboxObject(DirectoryObject):
    """A recipient with a mailbox, of any kind. `database` and `archive_database` are database GUIDs."""

    alias: str = ""
    display_name: str = ""
    sam_account_name: str = ""
    user_principal_name: str = ""
    primary_smtp_address: str = ""
    email_addresses: tuple[str, ...] = ()
    legacy_exchange_dn: str = ""
    organizational_unit: str = ""
    exchange_guid: str = ""
    database: str = ""
    archive_guid: str | None = None
    archive_database: str | None = None
    archive_name: str = ""
    recipient_type_details: str = "UserMailbox"
    use_database_quota_defaults: bool = True
    issue_warning_quota: int | None = None
    prohibit_send_quota: int | None = None
    prohibit_send_receive_quota: int | None = None
    litigation_hold_enabled: bool = False
    in_place_holds: tuple[str, ...] = ()
    hidden_from_address_lists_enabled: bool = False
    is_root_public_folder_mailbox: bool = False
    mailbox_move_status: str = "None"
    throttling_policy: str | None = None
    active_sync_enabled: bool = True  # how clients may connect: Get-CASMailbox
    has_active_sync_device_partnership: bool = False
    owa_enabled: bool = True
    pop_enabled: bool = True
    imap_enabled: bool = True
    mapi_enabled: bool = True
    when_mailbox_created: datetime | None = None


@dataclass(frozen=True)
class ThrottlingPolicyObject(DirectoryObject):
    """Limits of remote sessions (exchange.md 7.5); `None` is Unlimited."""

    throttling_policy_scope: str = "Regular"
    is_default: bool = False
    powershell_max_concurrency: int | None = 18
    powershell_max_cmdlets: int | None = None
    powershell_max_cmdlets_time_period: int | None = None
    powershell_max_destructive_cmdlets: int | None = None
    powershell_max_destructive_cmdlets_time_period: int | None = None
    exchange_max_cmdlets: int | None = None


@dataclass(frozen=True)
class MoveRequestObject(DirectoryObject):
    """A running or finished mailbox move; `mailbox` is the mailbox object's GUID."""

    mailbox: str = ""
    source_database: str | None = None
    target_database: str | None = None
    source_archive_database: str | None = None
    target_archive_database: str | None = None
    status: str = "Queued"
    batch_name: str = ""
    flags: str = "IntraOrg, Pull"
