# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MailboxDatabaseCopyStatus: a database without further copies still has one entry (exchange.md 9, 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._formats import size_text, span_text
from exchange_lab.cmdlets._identity import find_databases, server
from exchange_lab.cmdlets._objects import CONFIGURABLE
from exchange_lab.directory import DATABASE, DatabaseCopy, DatabaseObject, View
from exchange_lab.files import FileError
from exchange_lab.runspace import Int64, PSObj

_TYPES = (
    "Microsoft.Exchange.Management.SystemConfigurationTasks.DatabaseCopyStatusEntry",
    *CONFIGURABLE,
)


@dataclass
class CopyState:
    """What can be asked about one copy."""

    status: str
    error: str = ""
    copy_queue: int = 0
    replay_queue: int = 0
    activation_suspended: bool = False


@exchange_cmdlet
def get_mailbox_database_copy_status(call: Call) -> list[PSObj]:
    """Get-MailboxDatabaseCopyStatus."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        return [_entry(call, item, copy) for item, copy in _selected(call, view)]


def copy_status(organisation: Any, item: DatabaseObject, copy: DatabaseCopy) -> CopyState:
    """The state of one copy. A server that doesn't answer has the state ServiceDown."""
    host = organisation.server(copy.server)
    if not host.alive or host.services.get("MSExchangeRepl") != "Running":
        return CopyState("ServiceDown")
    if copy.server.lower() == item.server.lower():
        mounted = organisation.find_mounted(item.guid) is not None
        return CopyState("Mounted" if mounted else "Dismounted")
    passive = organisation.replication.of(item.guid, copy.server)
    if passive is None:  # the directory knows of it, the replication service not yet
        return CopyState("Initializing")
    waiting = passive.replay_queue(organisation.clock.now(), copy.replay_lag_time)
    return CopyState(
        _connected(organisation, item, passive.status), passive.error, passive.copy_queue, waiting,
        passive.activation_suspended,
    )  # fmt: skip


def _connected(organisation: Any, item: DatabaseObject, status: str) -> str:
    """A copy whose source server doesn't answer says so."""
    if status == "Healthy" and not organisation.server(item.server).alive:
        return "DisconnectedAndHealthy"
    return status


def _selected(call: Call, view: View) -> list[tuple[DatabaseObject, DatabaseCopy]]:
    identity, host = call.text("Identity"), ""
    if call.parameter_set == "Server":
        host, items = server(view, str(call.text("Server"))).name, view.all(DATABASE)
    elif identity is None:
        host, items = call.server, view.all(DATABASE)
    else:
        name, _unused, host = identity.partition("\\")
        items = find_databases(view, name)
    found = [
        (item, copy)
        for item in items
        for copy in item.copies or (DatabaseCopy(item.server),)
        if not host or copy.server.lower() == host.lower()
    ]
    if not found and identity is not None and "*" not in identity:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def _entry(call: Call, item: DatabaseObject, copy: DatabaseCopy) -> PSObj:
    host = call.organisation.server(copy.server)
    state = copy_status(call.organisation, item, copy)
    active = copy.server.lower() == item.server.lower()
    found = call.organisation.find_mounted(item.guid) if state.status == "Mounted" else None
    identity = f"{item.name}\\{copy.server}"
    lag = copy.replay_lag_time
    properties: dict[str, Any] = {
        "Identity": identity,
        "Id": identity,
        "Name": identity,
        "DatabaseName": item.name,
        "Status": state.status,
        "MailboxServer": copy.server,
        "ActiveDatabaseCopy": item.server.lower(),
        "ActivationSuspended": state.activation_suspended,
        "ActionInitiator": "Unknown",
        "ActiveCopy": active,
        "ActivationPreference": copy.activation_preference,
        "ErrorMessage": state.error,
        "ErrorEventId": None,
        "SuspendComment": None,
        "CopyQueueLength": Int64(state.copy_queue),
        "ReplayQueueLength": Int64(state.replay_queue),
        "LatestFullBackupTime": found[1].instance.header.previous_full_backup.time
        if found
        else None,
        "LastInspectedLogTime": None if active else _last_log_time(call, item, copy),
        "ContentIndexState": "NotApplicable",
        "ContentIndexErrorMessage": "",
        "ReplayLagStatus": None if active or not lag else _lag_text(state, lag),
        "ReplicationIsInBlockMode": not active and state.status == "Healthy",
        "ActivationDisabledAndMoveNow": False,
        "AutoActivationPolicy": host.object.database_copy_auto_activation_policy,
        "DatabaseVolumeName": None,
        "DiskFreeSpace": None,
        "DiskFreeSpacePercent": 0,
        "DiskTotalSpace": None,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    if state.status != "ServiceDown":
        properties.update(_disk(host, item))
    return PSObj(_TYPES, properties, to_string=identity)


def _last_log_time(call: Call, item: DatabaseObject, copy: DatabaseCopy) -> Any:
    passive = call.organisation.replication.of(item.guid, copy.server)
    return max(passive.arrived.values(), default=None) if passive else None


def _lag_text(state: CopyState, lag: timedelta) -> str:
    """Unconfirmed layout."""
    return (
        f"Enabled:True; PlayDownReason:None; Percentage:{100 if state.replay_queue else 0}; "
        f"Configured:{span_text(lag)}; Actual:{span_text(lag)}"
    )


def _disk(host: Any, item: DatabaseObject) -> dict[str, Any]:
    try:
        volume = host.fs.volume_of(item.edb_file_path)
    except FileError:
        return {}
    free = host.fs.free(volume)
    return {
        "DatabaseVolumeName": volume.name,
        "DiskFreeSpace": size_text(free),
        "DiskFreeSpacePercent": round(100 * free / volume.capacity) if volume.capacity else 0,
        "DiskTotalSpace": size_text(volume.capacity),
    }
