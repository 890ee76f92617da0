# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MailboxServer and Set-MailboxServer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.cmdlets._formats import size_text
from exchange_lab.cmdlets._identity import find_servers, server
from exchange_lab.cmdlets._objects import (
    PRESENTATION,
    culture_list,
    directory_list,
    directory_properties,
    strings,
)
from exchange_lab.directory import SERVER, ServerObject
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Data.Directory.Management.MailboxServer", *PRESENTATION)
_MIB = 1 << 20


@exchange_cmdlet
def get_mailbox_server(call: Call) -> list[PSObj]:
    """Get-MailboxServer."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        found = find_servers(view, call.text("Identity"))
        return [_shown(item, view.domain_controller) for item in found]


_SETTABLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "AutoDatabaseMountDial": ("auto_database_mount_dial", str),
    "DatabaseCopyActivationDisabledAndMoveNow": (
        "database_copy_activation_disabled_and_move_now",
        bool,
    ),
    "DatabaseCopyAutoActivationPolicy": ("database_copy_auto_activation_policy", str),
    "IsExcludedFromProvisioning": ("is_excluded_from_provisioning", bool),
    "MaximumActiveDatabases": ("maximum_active_databases", lambda v: v),
    "MaximumPreferredActiveDatabases": ("maximum_preferred_active_databases", lambda v: v),
}
_NOT_SETTINGS = {"Identity", "DomainController", "Confirm", "WhatIf"}


@exchange_cmdlet
def set_mailbox_server(call: Call) -> None:
    """Set-MailboxServer: directory only. No copy is activated by itself here, so nothing is moved either."""
    unknown = [
        name
        for name in call.inv.spec.parameters
        if call.has(name) and name not in _SETTABLE.keys() | _NOT_SETTINGS
    ]
    if unknown or call.flag("DatabaseCopyActivationDisabledAndMoveNow"):
        name = (unknown or ["DatabaseCopyActivationDisabledAndMoveNow $true"])[0]
        text = _texts.NOT_SIMULATED.format(what=f"Set-MailboxServer -{name}")
        raise Refusal("NotSupportedException", text, "NotImplemented")
    with call.organisation.lock:
        item = server(call.view(), str(call.text("Identity")))
    if not call.confirm(item.name, "Setting mailbox server"):
        return
    call.pause()
    with call.organisation.lock:
        view = call.view()
        current = server(view, item.guid)
        changes = {
            attribute: convert(call.bound[name])
            for name, (attribute, convert) in _SETTABLE.items()
            if call.has(name)
        }
        changes = {n: v for n, v in changes.items() if getattr(current, n) != v}
        if changes:
            call.organisation.directory.write(view.domain_controller, SERVER, item.guid, changes)
    if not changes:
        call.warn(_texts.NOTHING_MODIFIED.format(identity=item.name))


def _shown(item: ServerObject, dc: str) -> PSObj:
    logging = f"{item.data_path.rpartition(chr(92))[0]}\\Logging"
    properties: dict[str, Any] = {
        "DataPath": item.data_path,
        "SharingPolicySchedule": strings((), "Microsoft.Exchange.Common.ScheduleInterval[]"),
        "CalendarRepairMissingItemFixDisabled": False,
        "CalendarRepairLogEnabled": True,
        "CalendarRepairLogSubjectLoggingEnabled": True,
        "CalendarRepairLogPath": f"{logging}\\Calendar Repair Assistant",
        "CalendarRepairIntervalEndWindow": 7,
        "CalendarRepairLogFileAgeLimit": "10.00:00:00",
        "CalendarRepairLogDirectorySizeLimit": size_text(500 * _MIB),
        "CalendarRepairMode": "RepairAndValidate",
        "ManagedFolderAssistantSchedule": None,
        "LogPathForManagedFolders": f"{logging}\\Managed Folder Assistant",
        "LogFileAgeLimitForManagedFolders": "00:00:00",
        "LogDirectorySizeLimitForManagedFolders": "Unlimited",
        "LogFileSizeLimitForManagedFolders": size_text(10 * _MIB),
        "MigrationLogLoggingLevel": "Information",
        "MigrationLogFilePath": None,
        "MigrationLogMaxAge": "180.00:00:00",
        "MigrationLogMaxDirectorySize": size_text(5120 * _MIB),
        "MigrationLogMaxFileSize": size_text(100 * _MIB),
        "MAPIEncryptionRequired": False,
        "RetentionLogForManagedFoldersEnabled": False,
        "JournalingLogForManagedFoldersEnabled": False,
        "FolderLogForManagedFoldersEnabled": False,
        "SubjectLogForManagedFoldersEnabled": False,
        "SubmissionServerOverrideList": directory_list(),
        "AutoDatabaseMountDial": item.auto_database_mount_dial,
        "ForceGroupMetricsGeneration": False,
        "IsPhoneticSupportEnabled": False,
        "Locale": culture_list(()),
        "DatabaseAvailabilityGroup": item.database_availability_group,
        "DatabaseCopyAutoActivationPolicy": item.database_copy_auto_activation_policy,
        "DatabaseCopyActivationDisabledAndMoveNow": item.database_copy_activation_disabled_and_move_now,
        "FaultZone": "FaultZone1",
        "AutoDagServerConfigured": False,
        "TransportSyncDispatchEnabled": False,
        "MaxTransportSyncDispatchers": 5,
        "TransportSyncLogEnabled": False,
        "TransportSyncLogLoggingLevel": "None",
        "IsExcludedFromProvisioning": item.is_excluded_from_provisioning,
        "MaximumActiveDatabases": item.maximum_active_databases,
        "MaximumPreferredActiveDatabases": item.maximum_preferred_active_databases,
        "WacDiscoveryEndpoint": None,
        "AdminDisplayVersion": item.admin_display_version,
        "ServerRole": item.server_role,
        "ExchangeLegacyServerRole": 0,
    }
    category = f"{item.domain}/Configuration/Schema/ms-Exch-Exchange-Server"
    classes = ("top", "server", "msExchExchangeServer")
    properties.update(directory_properties(item, item.name, category, classes, dc))
    return PSObj(_TYPES, properties, to_string=item.name)
