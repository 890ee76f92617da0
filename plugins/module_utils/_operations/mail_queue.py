# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Mail that waits for a database, on every transport server: look, send it on, prove it is gone.

Queued mail for a database that is down expires into non-delivery reports after two days
(pitfalls.md P24). Sent through the categoriser again, it goes where the mailboxes are now.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    TransportError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    queues,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.queues import Queue
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names

ARGUMENT_SPEC: dict[str, t.Any] = {
    "database": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["resubmitted", "reported"], "default": "reported"},
    "removed": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 300},
}

_RETRY = "Retry"  # the only state in which a queue of ours can be resubmitted


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The queues to one database; with state resubmitted, what waits in them is sent on.

    Raises InputError and NotFoundError for the database's name. A transport server that does not
    answer is a warning: its mail waits there, and the others need not.
    """
    name = names.check_database_name(args["database"], "database")
    database = databases.find(context, name, status=True)
    if database is None and not context.check and not args.get("removed"):
        databases.get(context, name)  # raises what is said of an unknown database
    if database is not None:
        name = database.name
    # Mail for a mounted database is on its way unless its queue waits for a retry; mail for one
    # that is down waits in any case.
    gone = database is None and bool(args.get("removed"))
    down = gone or (database is not None and not database.mounted)
    transport_servers = [server.name for server in servers.all_mailbox_servers(context)]
    before = _look(context, transport_servers, name)
    changed = args["state"] == "resubmitted" and any(_waits(queue, down) for queue in before)
    after, resubmitted = before, 0
    if changed and context.check:
        after = [queue for queue in before if not _waits(queue, down)]
        resubmitted = sum(queue.messages for queue in before if _waits(queue, down))
    elif changed:
        timeout = float(args["wait_timeout"])
        after, resubmitted = _send_on(context, transport_servers, name, down, timeout)
    return {
        "changed": changed,
        "queues": [_shown(queue) for queue in after],
        "waiting": sum(queue.messages for queue in after),
        "resubmitted": resubmitted,
        "diff": {
            "before": {queue.identity: queue.messages for queue in before},
            "after": {queue.identity: queue.messages for queue in after},
        },
    }


def _waits(queue: Queue, down: bool) -> bool:
    return queue.messages > 0 and (down or queue.status == _RETRY)


def _look(context: OperationContext, transport_servers: list[str], database: str) -> list[Queue]:
    found: list[Queue] = []
    for server in transport_servers:
        try:
            found += queues.for_database(context, server, database)
        except TransportError:
            raise
        except ExchangeError as error:
            why = " ".join(filter(None, (error.message, error.remedy)))
            context.warn(f"The queues of {server} could not be read: {why}")
    return found


def _send_on(
    context: OperationContext,
    transport_servers: list[str],
    database: str,
    down: bool,
    timeout: float,
) -> tuple[list[Queue], int]:
    """Resubmit until nothing waits any more: the queues that are left, and the number of messages.

    More than one round is normal: a transport server whose domain controller has not heard of the
    rehoming yet puts the mail into the same queue again.
    """
    last: list[Queue] = []
    sent = [0]

    def settle() -> list[Queue] | None:
        last[:] = _look(context, transport_servers, database)
        for queue in last:
            if queue.status == _RETRY and queue.messages > 0:
                sent[0] += _resubmit(context, queue)
        return None if any(_waits(queue, down) for queue in last) else list(last)

    try:
        left = context.wait(
            f"the mail for {database} to be delivered",
            settle,
            timeout=timeout,
            first=1.0,
            state=lambda: f"{sum(queue.messages for queue in last)} messages wait",
        )
    except WaitTimeout:
        left = list(last)
        reason = next((queue.last_error for queue in last if queue.last_error), "none is given")
        context.warn(
            f"{sum(queue.messages for queue in last)} messages still wait for {database} after"
            f" {timeout:.0f} s. Last error: {reason}. Run the same command again when mailboxes"
            " have been rehomed, or the database is mounted."
        )
    return left, sent[0]


def _resubmit(context: OperationContext, queue: Queue) -> int:
    """Resubmit one queue; 0 when it is no longer in Retry, since it tried by itself just now."""
    context.progress(f"resubmitting {queue.messages} messages of {queue.identity}")
    try:
        queues.resubmit(context, queue)
    except TransportError:
        raise
    except ExchangeError:
        now = queues.for_database(context, queue.server, queue.next_hop)
        if any(same.identity == queue.identity and same.status == _RETRY for same in now):
            raise
        return 0
    return queue.messages


def _shown(queue: Queue) -> dict[str, t.Any]:
    return {
        "server": queue.server,
        "identity": queue.identity,
        "status": queue.status,
        "count": queue.messages,
        "last_error": queue.last_error,
        "next_retry": queue.next_retry,
    }
