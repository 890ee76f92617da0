# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the WMI classes that WS-Enumeration offers."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from exchange_lab.exchange_server import ExchangeServer
from exchange_lab.organisation import Organisation

Rows = Callable[[], list[dict[str, Any]]]

_DISPLAY_NAMES = {
    "IISAdmin": "IIS Admin Service",
    "MSExchangeADTopology": "Microsoft Exchange Active Directory Topology",
    "MSExchangeDelivery": "Microsoft Exchange Mailbox Transport Delivery",
    "MSExchangeIS": "Microsoft Exchange Information Store",
    "MSExchangeMailboxAssistants": "Microsoft Exchange Mailbox Assistants",
    "MSExchangeMailboxReplication": "Microsoft Exchange Mailbox Replication",
    "MSExchangeRPC": "Microsoft Exchange RPC Client Access",
    "MSExchangeRepl": "Microsoft Exchange Replication",
    "MSExchangeServiceHost": "Microsoft Exchange Service Host",
    "MSExchangeSubmission": "Microsoft Exchange Mailbox Transport Submission",
    "MSExchangeThrottling": "Microsoft Exchange Throttling",
    "MSExchangeTransport": "Microsoft Exchange Transport",
    "MSExchangeTransportLogSearch": "Microsoft Exchange Transport Log Search",
    "W3Svc": "World Wide Web Publishing Service",
    "WinRM": "Windows Remote Management (WS-Management)",
}


def classes(organisation: Organisation, server: ExchangeServer) -> dict[str, Rows]:
    """The classes of one server; each call of a function gives the present rows."""
    return {
        "Win32_Volume": lambda: _volumes(server),
        "Win32_Service": lambda: _services(server),
        "Win32_OperatingSystem": lambda: [_operating_system(organisation, server)],
        "Win32_ComputerSystem": lambda: [_computer_system(organisation, server)],
        "Win32_Environment": lambda: _environment(server),
    }


def _volumes(server: ExchangeServer) -> list[dict[str, Any]]:
    return [
        {
            "Name": v.name,
            "Caption": v.name,
            "DeviceID": v.device_id,
            "DriveLetter": v.drive_letter,
            "DriveType": 3,
            "Label": v.label,
            "Capacity": v.capacity,
            "FreeSpace": server.fs.free(v),
            "BlockSize": v.block_size,
            "FileSystem": v.file_system,
            "BootVolume": v.name.upper().startswith("C:\\") and len(v.name) == 3,
            "SystemName": server.name,
        }
        for v in server.fs.volumes
    ]


def _services(server: ExchangeServer) -> list[dict[str, Any]]:
    return [
        {
            "Name": name,
            "DisplayName": _DISPLAY_NAMES.get(name, name),
            "State": state,
            "Status": "OK",
            "Started": state == "Running",
            "StartMode": "Auto",
            "StartName": "LocalSystem",
            "ProcessId": 1000 + zlib.crc32(name.encode()) % 9000 if state == "Running" else 0,
            "SystemName": server.name,
        }
        for name, state in server.services.items()
    ]


def _operating_system(organisation: Organisation, server: ExchangeServer) -> dict[str, Any]:
    version = server.object.windows_version
    now = organisation.clock.now()
    return {
        "Caption": "Microsoft Windows Server 2019 Standard"
        if version == "10.0.17763"
        else "Microsoft Windows Server 2022 Standard",
        "Version": version,
        "BuildNumber": version.rpartition(".")[2],
        "CSName": server.name,
        "LocalDateTime": now.strftime("%Y%m%d%H%M%S.%f+000"),
        "OSArchitecture": "64-bit",
        "OSLanguage": 1033,
    }


def _environment(server: ExchangeServer) -> list[dict[str, Any]]:
    """Variables of the machine, not of its users."""
    install = server.object.data_path.rpartition("\\")[0]
    values = {"ComSpec": "C:\\Windows\\system32\\cmd.exe", "ExchangeInstallPath": f"{install}\\"}
    return [
        {"Name": n, "VariableValue": v, "SystemVariable": True, "UserName": "<SYSTEM>"}
        for n, v in values.items()
    ]


def _computer_system(organisation: Organisation, server: ExchangeServer) -> dict[str, Any]:
    return {
        "Name": server.name,
        "DNSHostName": server.name.lower(),
        "Domain": organisation.topology.domain,
        "PartOfDomain": True,
        "NumberOfLogicalProcessors": 8,
        "TotalPhysicalMemory": 128 * 1024**3,
    }
