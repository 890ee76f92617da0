# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MailboxDatabaseCopyStatus: a database without further copies still has one entry."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._formats import size_text
from exchange_lab.cmdlets._identity import find_databases, server
from exchange_lab.cmdlets._objects import CONFIGURABLE
from exchange_lab.directory import DATABASE, DatabaseObject, View
from exchange_lab.files import FileError
from exchange_lab.runspace import Int64, PSObj

_TYPES = (
    "Microsoft.Exchange.Management.SystemConfigurationTasks.DatabaseCopyStatusEntry",
    *CONFIGURABLE,
)


@exchange_cmdlet
def get_mailbox_database_copy_status(call: Call) -> list[PSObj]:
    """Get-MailboxDatabaseCopyStatus."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        return [_entry(call, item) for item in _selected(call, view)]


def _selected(call: Call, view: View) -> list[DatabaseObject]:
    if call.parameter_set == "Server":
        return view.find(DATABASE, server=server(view, str(call.text("Server"))).name)
    identity = call.text("Identity")
    if identity is None:
        return view.find(DATABASE, server=call.server)
    name, _unused, host = identity.partition("\\")
    found = [d for d in find_databases(view, name) if not host or d.server.lower() == host.lower()]
    if not found and "*" not in identity:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def _entry(call: Call, item: DatabaseObject) -> PSObj:
    host = call.organisation.server(item.server)
    up = host.services.get("MSExchangeRepl") == "Running"
    found = call.organisation.find_mounted(item.guid) if up else None
    status = ("Mounted" if found else "Dismounted") if up else "ServiceDown"
    identity = f"{item.name}\\{item.server}"
    properties: dict[str, Any] = {
        "Identity": identity,
        "Id": identity,
        "Name": identity,
        "DatabaseName": item.name,
        "Status": status,
        "MailboxServer": item.server,
        "ActiveDatabaseCopy": item.server.lower(),
        "ActivationSuspended": False,
        "ActionInitiator": "Unknown",
        "ActiveCopy": True,
        "ActivationPreference": 1,
        "ErrorMessage": "",
        "ErrorEventId": None,
        "SuspendComment": None,
        "CopyQueueLength": Int64(0),
        "ReplayQueueLength": Int64(0),
        "LatestFullBackupTime": found[1].instance.header.previous_full_backup.time
        if found
        else None,
        "LastInspectedLogTime": None,
        "ContentIndexState": "NotApplicable",
        "ContentIndexErrorMessage": "",
        "ReplayLagStatus": None,
        "ReplicationIsInBlockMode": False,
        "ActivationDisabledAndMoveNow": False,
        "AutoActivationPolicy": "Unrestricted",
        "DatabaseVolumeName": None,
        "DiskFreeSpace": None,
        "DiskFreeSpacePercent": 0,
        "DiskTotalSpace": None,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    if up:
        properties.update(_disk(host, item))
    return PSObj(_TYPES, properties, to_string=identity)


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
