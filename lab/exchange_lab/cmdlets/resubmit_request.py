# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add- and Get-ResubmitRequest: Safety Net of one transport server per call (exchange.md section 9)."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid
from exchange_lab.cmdlets.queue import transport_service
from exchange_lab.runspace import PSObj
from exchange_lab.transport.safety_net import ResubmitRequest

_TYPES = ("Microsoft.Exchange.Data.Transport.ResubmitRequest", *CONFIGURABLE)


@exchange_cmdlet
def add_resubmit_request(call: Call) -> list[PSObj]:
    """Add-ResubmitRequest: messages go to where their mailboxes are now; what is there already isn't doubled."""
    start, end = call.bound["StartTime"], call.bound["EndTime"]
    target = call.bound.get("Destination")
    if target is None:
        raise Refusal("ArgumentException", _texts.NO_DESTINATION, "InvalidArgument")
    if end <= start:
        raise Refusal("ArgumentException", _texts.PERIOD_ENDS_FIRST, "InvalidArgument")
    with call.organisation.lock:
        transport_service(call, None)
    if not call.confirm(str(target), "Adding resubmit request"):
        return []
    call.pause()
    with call.organisation.lock:
        transport = transport_service(call, None)
        return [_shown(transport.resubmit_delivered(target, start, end))]


@exchange_cmdlet
def get_resubmit_request(call: Call) -> list[PSObj]:
    """Get-ResubmitRequest."""
    call.pause()
    identity = call.text("Identity")
    server = identity if identity and "\\" in identity else None
    with call.organisation.lock:
        requests = transport_service(call, server).safety_net.requests
        number = (identity or "").rpartition("\\")[2]
        found = [r for r in requests if not number or str(r.number) == number]
        if identity and not found:
            raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=identity))
        return [_shown(request) for request in found]


def _shown(request: ResubmitRequest) -> PSObj:
    properties: dict[str, Any] = {
        "Server": request.server,
        "Destination": guid(request.database),
        "StartTime": request.start,
        "EndTime": request.end,
        "CreationTime": request.created,
        "State": request.state,
        "DiagnosticInformation": f"Messages resubmitted: {request.messages}",
        "ResubmitRequestIdentity": request.identity,
        "Identity": request.identity,
        "IsValid": True,
        "ObjectState": "New",
    }
    return PSObj(_TYPES, properties, to_string=request.identity)
