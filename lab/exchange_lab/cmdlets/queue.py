# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-Queue and Retry-Queue: one transport server per call."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import machine, server
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid
from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.runspace import PSObj
from exchange_lab.transport.transport_server import Queue

_DATA = "Microsoft.Exchange.Data.QueueViewer"
_TYPES = (
    f"{_DATA}.PropertyBagBasedQueueInfo",
    f"{_DATA}.ExtensibleQueueInfo",
    f"{_DATA}.PagedDataObject",
    *CONFIGURABLE,
)
_FILTERABLE = frozenset(
    [
        "Identity",
        "DeliveryType",
        "NextHopDomain",
        "NextHopConnector",
        "NextHopCategory",
        "Status",
        "MessageCount",
        "LastError",
        "LastRetryTime",
        "NextRetryTime",
        "FirstRetryTime",
        "RetryCount",
        "DeferredMessageCount",
        "LockedMessageCount",
        "Velocity",
        "IncomingRate",
        "OutgoingRate",
        "RiskLevel",
        "OutboundIPPool",
        "OverrideSource",
        "TlsDomain",
    ]
)
_CAN_RESUBMIT = ("Retry", "Unreachable")


@exchange_cmdlet
def get_queue(call: Call) -> list[PSObj]:
    """Get-Queue."""
    call.pause()
    identity = call.text("Identity")
    with call.organisation.lock:
        transport = transport_service(call, identity)
        shown = [_shown(queue) for queue in transport.queues.values()]
    if identity and "\\" in identity:
        shown = _identified(shown, identity)
    if call.text("Filter"):
        matches = compile_filter(str(call.text("Filter")), _FILTERABLE)
        shown = [item for item in shown if matches(item)]
    return call.limited(shown)


@exchange_cmdlet
def retry_queue(call: Call) -> None:
    """Retry-Queue."""
    identity = call.text("Identity")
    with call.organisation.lock:
        transport = transport_service(call, identity)
        chosen = _chosen(call, [_shown(q) for q in transport.queues.values()], identity)
    resubmit = call.flag("Resubmit")
    if resubmit and identity and any(item.get("Status") not in _CAN_RESUBMIT for item in chosen):
        text = _texts.QUEUE_NOT_RETRY.format(identity=identity)
        raise Refusal("QueueViewerException", text, "InvalidOperation")
    names = {str(item.get("Identity")) for item in chosen}
    names = {name for name in names if call.confirm(name, "Retrying queue")}
    if not names:
        return
    call.pause()
    with call.organisation.lock:
        transport.retry(lambda queue: queue.identity in names, resubmit=resubmit)


def _chosen(call: Call, queues: list[PSObj], identity: str | None) -> list[PSObj]:
    if identity:
        return _identified(queues, identity)
    matches = compile_filter(str(call.text("Filter")), _FILTERABLE)
    return [item for item in queues if matches(item)]


def _identified(queues: list[PSObj], identity: str) -> list[PSObj]:
    host, _unused, name = identity.partition("\\")
    found = [
        item
        for item in queues
        if str(item.get("Identity")).partition("\\")[2].lower() == name.lower()
        or str(item.get("NextHopDomain")).lower() == name.lower()
    ]
    if not found:
        raise NotFound(_texts.QUEUE_NOT_FOUND.format(identity=identity, server=host))
    return found


def transport_service(call: Call, identity: str | None) -> Any:
    """The transport service that is meant: -Server, the server in the identity, or where the session is."""
    named = call.text("Server") or (identity.partition("\\")[0] if identity else None)
    name = server(call.view(), named).name if named else call.server
    host = machine(call.organisation, name)
    if host.services.get("MSExchangeTransport") != "Running":
        text = _texts.TRANSPORT_DOWN.format(server=host.name)
        raise Refusal("QueueViewerException", text, "ResourceUnavailable")
    return host.transport


def _shown(queue: Queue) -> PSObj:
    properties: dict[str, Any] = {
        "Identity": queue.identity,
        "DeliveryType": queue.delivery_type,
        "NextHopDomain": queue.next_hop_domain,
        "TlsDomain": "",
        "NextHopConnector": guid(queue.next_hop_connector),
        "Status": queue.status,
        "MessageCount": queue.message_count,
        "LastError": queue.last_error,
        "RetryCount": queue.retry_count,
        "FirstRetryTime": queue.first_retry_time,
        "LastRetryTime": queue.last_retry_time,
        "NextRetryTime": queue.next_retry_time,
        "DeferredMessageCount": 0,
        "LockedMessageCount": 0,
        "MessageCountsPerPriority": [0, queue.message_count, 0, 0],
        "DeferredMessageCountsPerPriority": [0, 0, 0, 0],
        "RiskLevel": "Normal",
        "OutboundIPPool": 0,
        "NextHopCategory": queue.next_hop_category,
        "IncomingRate": 0.0,
        "OutgoingRate": 0.0,
        "Velocity": 0.0,
        "OverrideSource": "",
        "QueueIdentity": queue.identity,
        "PriorityDescriptions": ["High", "Normal", "Low", "None"],
        "IsValid": True,
        "ObjectState": "New",
    }
    return PSObj(_TYPES, properties, to_string=queue.identity)
