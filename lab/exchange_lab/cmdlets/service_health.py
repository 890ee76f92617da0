# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test-ServiceHealth: which services each role needs, and which of them run."""

from __future__ import annotations

from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._identity import machine, server
from exchange_lab.cmdlets._objects import CONFIGURABLE, multi_valued
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Monitoring.ExchangeServicesStatus", *CONFIGURABLE)
ROLES: dict[str, tuple[str, ...]] = {
    "Mailbox Server Role": (
        "IISAdmin", "MSExchangeADTopology", "MSExchangeDelivery", "MSExchangeIS", "MSExchangeMailboxAssistants",
        "MSExchangeRepl", "MSExchangeRPC", "MSExchangeServiceHost", "MSExchangeSubmission",
        "MSExchangeThrottling", "MSExchangeTransportLogSearch", "W3Svc", "WinRM",
    ),
    "Client Access Server Role": (
        "IISAdmin", "MSExchangeADTopology", "MSExchangeMailboxReplication", "MSExchangeRPC",
        "MSExchangeServiceHost", "W3Svc", "WinRM",
    ),
    "Unified Messaging Server Role": (
        "IISAdmin", "MSExchangeADTopology", "MSExchangeServiceHost", "MSExchangeUM", "W3Svc", "WinRM",
    ),
    "Hub Transport Server Role": (
        "IISAdmin", "MSExchangeADTopology", "MSExchangeEdgeSync", "MSExchangeServiceHost",
        "MSExchangeTransport", "MSExchangeTransportLogSearch", "W3Svc", "WinRM",
    ),
}  # fmt: skip


@exchange_cmdlet
def test_service_health(call: Call) -> list[PSObj]:
    """Test-ServiceHealth. A service the server doesn't have (Unified Messaging in 2019) isn't required."""
    call.pause()
    with call.organisation.lock:
        identity = call.text("Server")
        name = server(call.view(), identity).name if identity else call.server
        services: dict[str, str] = machine(call.organisation, name).services
    if call.flag("WhatIf"):
        return []
    return [
        _shown(role, [s for s in required if s in services], services)
        for role, required in ROLES.items()
        if role != "Unified Messaging Server Role" or "MSExchangeUM" in services
    ]


def _shown(role: str, required: list[str], services: dict[str, str]) -> PSObj:
    running = [name for name in required if services[name] == "Running"]
    stopped = [name for name in required if services[name] != "Running"]
    return PSObj(
        _TYPES,
        {
            "Role": role,
            "RequiredServicesRunning": not stopped,
            "ServicesRunning": multi_valued(running),
            "ServicesNotRunning": multi_valued(stopped),
            "Identity": None,
            "IsValid": True,
            "ObjectState": "New",
        },
        to_string=_TYPES[0],
    )
