# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-DatabaseAvailabilityGroup."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._objects import AD_OBJECT, directory_list, directory_properties
from exchange_lab.directory import AVAILABILITY_GROUP, SERVER, AvailabilityGroupObject, View
from exchange_lab.runspace import PSObj

_TYPES = (
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.DatabaseAvailabilityGroup",
    "Microsoft.Exchange.Data.Directory.ADConfigurationObject",
    *AD_OBJECT,
)


@exchange_cmdlet
def get_database_availability_group(call: Call) -> list[PSObj]:
    """Get-DatabaseAvailabilityGroup."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        return [_shown(call, view, item) for item in _selected(call, view)]


def _selected(call: Call, view: View) -> list[AvailabilityGroupObject]:
    identity = call.text("Identity")
    if identity is None:
        return view.all(AVAILABILITY_GROUP)
    if "*" in identity:
        pattern = identity.lower()
        return [g for g in view.all(AVAILABILITY_GROUP) if fnmatchcase(g.name.lower(), pattern)]
    found: list[AvailabilityGroupObject] = view.resolve(AVAILABILITY_GROUP, identity)
    if not found:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def _shown(call: Call, view: View, item: AvailabilityGroupObject) -> PSObj:
    members = [s.name for s in view.find(SERVER, database_availability_group=item.name)]
    operational = None
    if call.flag("Status"):
        operational = directory_list(n for n in members if call.organisation.server(n).alive)
    properties: dict[str, Any] = {
        "Servers": directory_list(members),
        "WitnessServer": item.witness_server,
        "WitnessDirectory": item.witness_directory,
        "AlternateWitnessServer": None,
        "AlternateWitnessDirectory": None,
        "NetworkCompression": "InterSubnetOnly",
        "NetworkEncryption": "InterSubnetOnly",
        "ManualDagNetworkConfiguration": False,
        "DatacenterActivationMode": "Off",
        "StoppedMailboxServers": directory_list(),
        "StartedMailboxServers": directory_list(),
        "DatabaseAvailabilityGroupIpAddresses": directory_list(),
        "DatabaseAvailabilityGroupIpv4Addresses": directory_list(),
        "AllowCrossSiteRpcClientAccess": False,
        "OperationalServers": operational,
        "PrimaryActiveManager": list(operational)[0] if operational else None,
        "ServersInMaintenance": None,
        "ThirdPartyReplication": "Disabled",
        "ReplicationPort": 64327 if operational else 0,
        "NetworkNames": directory_list(),
        "WitnessShareInUse": "Primary" if operational else None,
        "DatabaseAvailabilityGroupConfiguration": None,
        "AutoDagSchemaVersion": "1.0",
        "AutoDagDatabaseCopiesPerDatabase": 1,
        "AutoDagAutoReseedEnabled": True,
        "ReplayLagManagerEnabled": False,
        "PreferenceMoveFrequency": "01:00:00",
        "MetaCacheDatabaseVolumesPerServer": 0,
    }
    category = f"{view.domain_controller.partition('.')[2]}/Configuration/Schema/ms-Exch-MDB-Availability-Group"
    classes = ("top", "msExchMDBAvailabilityGroup")
    properties.update(
        directory_properties(item, item.name, category, classes, view.domain_controller)
    )
    return PSObj(_TYPES, properties, to_string=item.name)
