# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test-MRSHealth: does the Mailbox Replication Service of a server run, answer, and look for requests?"""

from __future__ import annotations

from datetime import timedelta

from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._formats import span_text
from exchange_lab.cmdlets._identity import machine, server
from exchange_lab.cmdlets._objects import CONFIGURABLE
from exchange_lab.mrs.service import FULL_SCAN_SECONDS, SERVICE
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Monitoring.MRSHealthCheckOutcome", *CONFIGURABLE)
_SERVICE = "The Microsoft Exchange Mailbox Replication service"
_LONGEST = 3600  # seconds since the last scan, unless told


@exchange_cmdlet
def test_mrs_health(call: Call) -> list[PSObj]:
    """Test-MRSHealth."""
    call.pause()
    with call.organisation.lock:
        identity = call.text("Identity")
        name = server(call.view(), identity).name if identity else call.server
        host = machine(call.organisation, name)
        runs = host.services.get(SERVICE) == "Running"
        version = host.object.admin_display_version
        age = int(call.organisation.clock.elapsed() % FULL_SCAN_SECONDS)
    if call.flag("WhatIf"):
        return []
    if not runs:
        return [_outcome(host.name, "ServiceCheck", False, f"{_SERVICE} isn't running.")]
    longest = call.bound.get("MaxQueueScanAgeSeconds") or _LONGEST
    scanned = f"{_SERVICE} is scanning mailbox database queues for jobs. Last scan age: "
    return [
        _outcome(host.name, "ServiceCheck", True, f"{_SERVICE} is running."),
        _outcome(
            host.name, "RPCPingCheck", True,
            f"{_SERVICE} is responding to a RPC ping. Server version: {version}.",
        ),
        _outcome(
            host.name, "QueueScanCheck", age <= longest,
            f"{scanned}{span_text(timedelta(seconds=age))}.",
        ),
    ]  # fmt: skip


def _outcome(server_name: str, check: str, passed: bool, message: str) -> PSObj:
    return PSObj(
        _TYPES,
        {
            "Server": server_name,
            "Check": check,
            "Passed": passed,
            "Message": message,
            "Identity": server_name,
            "IsValid": True,
            "ObjectState": "New",
        },
        to_string=f"{server_name} {check}",
    )
