# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-, New-, Set- and Remove-MailboxDatabase (exchange.md 6.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._database_object import (
    STATUS_PROPERTIES,
    DatabaseStatus,
    mailbox_database,
)
from exchange_lab.cmdlets._errors import NotFound, Refusal, Unreachable
from exchange_lab.cmdlets._formats import span_text, unlimited_size_text
from exchange_lab.cmdlets._identity import database, find_databases, machine, server
from exchange_lab.cmdlets._paths import (
    check_places,
    databases_on,
    edb_file_path,
    folder_path,
)
from exchange_lab.directory import DATABASE, MAILBOX, SERVER, DatabaseObject, ServerObject, View
from exchange_lab.files import FileError
from exchange_lab.runspace import UNLIMITED, PSObj
from exchange_lab.runspace.conversion import ConversionError

SCHEMA = "0.156"
_NAME_LIMIT = 64
_REASON_LENGTH = 10


# --- Get ----------------------------------------------------------------------------------------------------------
@exchange_cmdlet
def get_mailbox_database(call: Call) -> list[PSObj]:
    """Get-MailboxDatabase."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        found = _selected(call, view)
    result = []
    for item in found:
        if call.flag("Status"):
            answers = _answers(call, item)
            call.pause("Get-MailboxDatabase -Status" if answers else "server that does not answer")
        with call.organisation.lock:
            status = _status(call, item) if call.flag("Status") else DatabaseStatus()
            shown = _shown(view, item, status)
        if not call.flag("Status") and call.switch("status_properties_without_status") == "missing":
            for name in STATUS_PROPERTIES:
                del shown.props[name]
        result.append(shown)
    return result


def _selected(call: Call, view: View) -> list[DatabaseObject]:
    if call.parameter_set == "Server":
        return databases_on(view, server(view, str(call.text("Server"))).name)
    identity = call.text("Identity")
    if identity is None:  # null and empty name every object (exchange.md 0.9)
        return view.all(DATABASE)
    found = find_databases(view, identity)
    if not found and "*" not in identity:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def _shown(view: View, item: DatabaseObject, status: DatabaseStatus) -> PSObj:
    hosts = view.find(SERVER, name=item.server)
    return mailbox_database(item, hosts[0] if hosts else None, view.domain_controller, status)


def _answers(call: Call, item: DatabaseObject) -> bool:
    """Whether the database's server can be asked for its status."""
    services: dict[str, str] = call.organisation.server(item.server).services
    return services.get("MSExchangeRepl") == "Running"


def _status(call: Call, item: DatabaseObject) -> DatabaseStatus:
    host = call.organisation.server(item.server)
    if not _answers(call, item):
        return DatabaseStatus(mounted=call.switch("mounted_of_unreachable_server"))
    found = call.organisation.find_mounted(item.guid)
    status = DatabaseStatus(
        mounted=found is not None, mounted_on_server=host.fqdn, in_progress=False, schema=SCHEMA
    )
    if found is not None:
        instance = found[1].instance
        header = instance.header
        status.database_size = instance.size
        status.available_space = max(0, instance.size - sum(
            box.total_item_size + box.total_deleted_item_size for box in found[1].statistics()
        ))  # fmt: skip
        status.last_full_backup = header.previous_full_backup.time
        status.last_copy_backup = header.previous_copy_backup.time
        status.snapshot = True if header.previous_full_backup.time else None
    return status


# --- New ----------------------------------------------------------------------------------------------------------
@exchange_cmdlet
def new_mailbox_database(call: Call) -> list[PSObj]:
    """New-MailboxDatabase."""
    name = str(call.bound["Name"])
    recovery = call.parameter_set == "Recovery"
    with call.organisation.lock:
        view = call.view()
        host = server(view, str(call.text("Server")))
        edb, logs = _paths(call, host, name)
        _check_new(call, view, host, name, edb, logs, recovery)
    if not call.confirm(name, "Creating mailbox database"):
        return []
    call.pause()
    with call.organisation.lock:
        view = call.view()
        _check_new(
            call, view, host, name, edb, logs, recovery
        )  # another session may have been faster
        computer = machine(call.organisation, host.name)
        over_file = computer.fs.is_file(edb)
        _make_folders(call, computer, host, edb, logs)
        item = call.organisation.new_database(
            view.domain_controller, name=name, server=host.name, recovery=recovery,
            edb_file_path=edb, log_folder_path=logs, admin_display_version=host.admin_display_version,
            mount_at_startup=not recovery, **_creation_settings(call),
        )  # fmt: skip
        shown = _shown(call.view(), item, DatabaseStatus())
    if recovery and over_file:
        call.warn(_texts.RECOVERY_OVER_FILE.format(name=name, path=edb))
    call.warn(_texts.RESTART_STORE.format(server=host.name))
    return [shown]


def _paths(call: Call, host: ServerObject, name: str) -> tuple[str, str]:
    """The paths given, or those under the install path."""
    default = f"{host.data_path}\\{name}"
    try:
        edb = call.bound.get("EdbFilePath") or edb_file_path(f"{default}\\{name}.edb")
        logs = call.bound.get("LogFolderPath") or folder_path(default)
    except ConversionError as refused:
        raise Refusal("ArgumentException", refused.reason, "InvalidArgument") from None
    return edb, logs


def _check_new(
    call: Call, view: View, host: ServerObject, name: str, edb: str, logs: str, recovery: bool
) -> None:
    _check_name(view, name)
    limited = call.switch("database_limit_refused_at") == "creation"
    if limited and (not recovery or call.switch("recovery_database_counts")):
        counted = [
            d for d in databases_on(view, host.name)
            if not d.recovery or call.switch("recovery_database_counts")
        ]  # fmt: skip
        if len(counted) >= host.database_limit:
            raise Refusal(
                "DatabaseLimitExceededException",
                _texts.DATABASE_LIMIT.format(server=host.name, limit=host.database_limit),
                "InvalidOperation",
            )
    fs = machine(call.organisation, host.name).fs
    taken = call.switch("edb_path_of_another_database")
    check_places(view, host.name, fs, edb, logs, taken=taken)
    refused = call.switch("new_database_over_existing_file") == "refuse"
    if not recovery and refused and fs.is_file(edb):
        raise Refusal(
            "InvalidOperationException",
            _texts.EDB_FILE_EXISTS.format(path=edb, server=host.name),
            "InvalidOperation",
        )


def _check_name(view: View, name: str, own: str | None = None) -> None:
    if len(name) > _NAME_LIMIT:
        raise Refusal(
            "DataValidationException",
            _texts.NAME_TOO_LONG.format(limit=_NAME_LIMIT, length=len(name)),
            "InvalidData",
        )
    if not name.strip() or name != name.strip() or any(ord(c) < 32 for c in name):
        raise Refusal(
            "DataValidationException", _texts.NAME_INVALID.format(name=name), "InvalidData"
        )
    for other in view.find(DATABASE, name=name):
        if other.guid != own:
            raise Refusal(
                "ADObjectAlreadyExistsException",
                _texts.NAME_TAKEN.format(name=name, server=other.server),
                "ResourceExists",
            )


def _make_folders(call: Call, computer: Any, host: ServerObject, edb: str, logs: str) -> None:
    if call.flag("SkipDatabaseLogFolderCreation"):
        return
    for folder in (edb.rpartition("\\")[0], logs):
        if folder.endswith(":") or computer.fs.is_dir(folder):
            continue
        try:
            computer.fs.mkdir(folder)
        except FileError as refused:
            raise Refusal("IOException", f"{folder}: {refused.text}", "WriteError") from None


def _creation_settings(call: Call) -> dict[str, Any]:
    names = {
        "IsExcludedFromInitialProvisioning": "is_excluded_from_initial_provisioning",
        "IsExcludedFromProvisioning": "is_excluded_from_provisioning",
        "IsSuspendedFromProvisioning": "is_suspended_from_provisioning",
        "OfflineAddressBook": "offline_address_book",
    }
    return {attribute: call.bound[name] for name, attribute in names.items() if call.has(name)}


# --- Set ----------------------------------------------------------------------------------------------------------
def _same(value: Any) -> Any:
    return value


def _size(value: Any) -> int | None:
    return None if value is UNLIMITED else int(value)


_SETTABLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "AllowFileRestore": ("allow_file_restore", bool),
    "AutoDatabaseMountDial": ("auto_database_mount_dial", str),
    "BackgroundDatabaseMaintenance": ("background_database_maintenance", bool),
    "CalendarLoggingQuota": ("calendar_logging_quota", _size),
    "CircularLoggingEnabled": ("circular_logging_enabled", bool),
    "DataMoveReplicationConstraint": ("data_move_replication_constraint", str),
    "DeletedItemRetention": ("deleted_item_retention", _same),
    "EventHistoryRetentionPeriod": ("event_history_retention_period", _same),
    "IndexEnabled": ("index_enabled", bool),
    "IsExcludedFromInitialProvisioning": ("is_excluded_from_initial_provisioning", bool),
    "IsExcludedFromProvisioning": ("is_excluded_from_provisioning", bool),
    "IsExcludedFromProvisioningReason": ("is_excluded_from_provisioning_reason", lambda v: v or ""),
    "IssueWarningQuota": ("issue_warning_quota", _size),
    "IsSuspendedFromProvisioning": ("is_suspended_from_provisioning", bool),
    "JournalRecipient": ("journal_recipient", _same),
    "MailboxRetention": ("mailbox_retention", _same),
    "MountAtStartup": ("mount_at_startup", bool),
    "Name": ("name", str),
    "OfflineAddressBook": ("offline_address_book", _same),
    "ProhibitSendQuota": ("prohibit_send_quota", _size),
    "ProhibitSendReceiveQuota": ("prohibit_send_receive_quota", _size),
    "RecoverableItemsQuota": ("recoverable_items_quota", _size),
    "RecoverableItemsWarningQuota": ("recoverable_items_warning_quota", _size),
    "RetainDeletedItemsUntilBackup": ("retain_deleted_items_until_backup", bool),
}
_NOT_SETTINGS = {"Identity", "DomainController", "Confirm", "WhatIf"}


@exchange_cmdlet
def set_mailbox_database(call: Call) -> None:
    """Set-MailboxDatabase."""
    unknown = [
        n
        for n in call.inv.spec.parameters
        if call.has(n) and n not in _SETTABLE.keys() | _NOT_SETTINGS
    ]
    if unknown:
        what = f"Set-MailboxDatabase -{unknown[0]}"
        raise Refusal(
            "NotSupportedException", _texts.NOT_SIMULATED.format(what=what), "NotImplemented"
        )
    with call.organisation.lock:
        item = database(call.view(), str(call.text("Identity")))
        changes = {
            attribute: convert(call.bound[name])
            for name, (attribute, convert) in _SETTABLE.items()
            if call.has(name)
        }
        reason = changes.get("is_excluded_from_provisioning_reason")
        if reason and len(reason) < _REASON_LENGTH:
            raise Refusal("ArgumentException", _texts.REASON_TOO_SHORT, "InvalidArgument")
    if not call.confirm(item.name, "Setting mailbox database"):
        return
    call.pause()
    with call.organisation.lock:
        view = call.view()
        if "name" in changes:
            _check_name(view, changes["name"], own=item.guid)
        current = view.get(DATABASE, item.guid)
        if current is None:
            raise NotFound(_texts.DATABASE_NOT_FOUND.format(identity=item.name))
        changes = {n: v for n, v in changes.items() if getattr(current, n) != v}
        _check_settings(replace(current, **changes))
        if "name" in changes:
            above = current.distinguished_name.removeprefix(f"CN={current.name}")
            changes["distinguished_name"] = f"CN={changes['name']}{above}"
        if changes:
            call.organisation.directory.write(view.domain_controller, DATABASE, item.guid, changes)
    if not changes:
        call.warn(_texts.NOTHING_MODIFIED.format(identity=item.name))


# --- Remove -------------------------------------------------------------------------------------------------------
def _check_settings(item: DatabaseObject) -> None:
    """Neither the warning nor the send quota is above the receive quota; no time span is negative."""
    high = item.prohibit_send_receive_quota
    for name, low in (
        ("IssueWarningQuota", item.issue_warning_quota),
        ("ProhibitSendQuota", item.prohibit_send_quota),
    ):
        if high is not None and (low is None or low > high):
            text = _texts.QUOTA_ORDER.format(
                lower=name, upper="ProhibitSendReceiveQuota",
                low=unlimited_size_text(low), high=unlimited_size_text(high),
            )  # fmt: skip
            raise Refusal("DataValidationException", text, "InvalidData")
    for name, span in (
        ("MailboxRetention", item.mailbox_retention),
        ("DeletedItemRetention", item.deleted_item_retention),
        ("EventHistoryRetentionPeriod", item.event_history_retention_period),
    ):
        if span < timedelta(0):
            text = _texts.NEGATIVE_TIME.format(value=span_text(span), name=name)
            raise Refusal("DataValidationException", text, "InvalidData")


@exchange_cmdlet
def remove_mailbox_database(call: Call) -> None:
    """Remove-MailboxDatabase: the object only, files stay."""
    with call.organisation.lock:
        item = database(call.view(), str(call.text("Identity")))
    if not call.confirm(item.name, "Removing mailbox database"):
        return
    call.pause()
    with call.organisation.lock:
        view = call.view()
        found = call.organisation.find_mounted(item.guid)
        refers = [m for m in view.all(MAILBOX) if item.guid in (m.database, m.archive_database)]
        health = [m for m in refers if m.recipient_type_details == "MonitoringMailbox"]
        if len(refers) > len(health):
            raise Refusal(
                "AssociatedUserMailboxExistException",
                _texts.DATABASE_HAS_MAILBOXES.format(name=item.name),
                "InvalidOperation",
            )
        if item.copies:
            raise Refusal(
                "InvalidOperationException",
                _texts.REPLICATED_REMOVE.format(name=item.name),
                "InvalidOperation",
            )
        if found is not None:
            if call.switch("remove_mounted_database") == "refuse":
                raise Refusal(
                    "InvalidOperationException",
                    _texts.DISMOUNT_FIRST.format(name=item.name),
                    "InvalidOperation",
                )
            found[0].store.dismount(item.guid)
        unreachable = not call.organisation.server(item.server).alive
        if unreachable and call.switch("remove_database_of_dead_server") == "refuse":
            raise Unreachable(_texts.SERVER_UNREACHABLE.format(server=item.server))
        call.organisation.directory.delete(view.domain_controller, DATABASE, item.guid)
    if not call.organisation.server(item.server).alive:
        call.pause("server that does not answer")
        call.warn(_texts.REMOVED_UNREACHABLE.format(server=item.server, name=item.name))
    for box in health:
        call.warn(_texts.MONITORING_LEFT.format(identity=box.name, name=item.name))
    call.warn(_texts.FILES_REMAIN.format(path=item.edb_file_path, name=item.name))
