# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Transport queues of one server (exchange.md 12; pitfalls.md P24).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandResult,
)


@dataclass(frozen=True)
class Queue:
    """A queue. identity: "MBX1\\17". status: Active, Ready, Connecting, Retry or Suspended."""

    identity: str
    server: str
    status: str
    messages: int
    next_hop: str
    last_error: str | None
    next_retry: str | None


def for_database(context: OperationContext, server: str, database: str) -> list[Queue]:
    """The queues of this transport server whose next hop is the database of this name."""
    quoted = database.replace("'", "''")
    rows = _calls.read(
        context,
        "Get-Queue",
        {
            "Server": server,
            "Filter": f"NextHopDomain -eq '{quoted}'",
            "ResultSize": "Unlimited",
        },
        (
            "Identity",
            "Status",
            "MessageCount",
            "NextHopDomain",
            "LastError",
            "NextRetryTime",
        ),
        about=f"queues of {server}",
    )
    with _calls.reading(context, "Get-Queue", f"queues of {server}"):
        return [
            Queue(
                identity=str(row["Identity"]),
                server=server,
                status=str(row["Status"]),
                messages=_calls.number(row.get("MessageCount")),
                next_hop=str(row.get("NextHopDomain") or ""),
                last_error=_calls.text(row.get("LastError")),
                next_retry=_calls.text(row.get("NextRetryTime")),
            )
            for row in rows
            if names.same_name(str(row.get("NextHopDomain") or ""), database)
        ]


def resubmit(context: OperationContext, queue: Queue) -> CommandResult:
    """Send the messages of a queue through the categoriser again; it must be in Retry."""
    return _calls.change(
        context,
        "Retry-Queue",
        {"Identity": queue.identity, "Resubmit": True},
        about=f"queue {queue.identity}",
        operation="resubmit",
        pinned=False,
    )
