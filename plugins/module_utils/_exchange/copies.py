# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Database copies (exchange.md 9).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls

HEALTHY = ("Healthy", "DisconnectedAndHealthy")
# On the way there, normally within seconds.
GETTING_HEALTHY = ("Initializing", "Resynchronizing", "DisconnectedAndResynchronizing")


@dataclass(frozen=True)
class DatabaseCopy:
    """One copy of a database; one without copies still has one entry, Mounted or Dismounted.

    Queue lengths in logs. activation_suspended: an admin keeps it from being activated. lagged: it
    replays its logs late, on purpose.
    """

    name: str
    server: str
    status: str
    copy_queue_length: int | None
    replay_queue_length: int | None
    error_message: str | None
    activation_suspended: bool = False
    lagged: bool = False

    @property
    def healthy(self) -> bool:
        """Whether activating it beats a dial tone recovery."""
        return self.status in HEALTHY

    @property
    def getting_healthy(self) -> bool:
        """Whether it may be healthy at the next look."""
        return self.status in GETTING_HEALTHY


def of_database(context: OperationContext, database: str) -> list[DatabaseCopy]:
    """All copies of the database of this name or GUID."""
    rows = _calls.read(
        context,
        "Get-MailboxDatabaseCopyStatus",
        {"Identity": database, "DomainController": context.domain_controller},
        (
            "Name",
            "MailboxServer",
            "Status",
            "CopyQueueLength",
            "ReplayQueueLength",
            "ErrorMessage",
            "ActivationSuspended",
            "ReplayLagStatus",
        ),
        about=f"copies of database {database}",
    )
    return [
        DatabaseCopy(
            name=str(row["Name"]),
            server=str(row["MailboxServer"]),
            status=str(row["Status"]),
            copy_queue_length=row.get("CopyQueueLength"),
            replay_queue_length=row.get("ReplayQueueLength"),
            error_message=_calls.text(row.get("ErrorMessage")),
            activation_suspended=bool(row.get("ActivationSuspended")),
            lagged=_is_lagged(row.get("ReplayLagStatus")),
        )
        for row in rows
    ]


def _is_lagged(status: t.Any) -> bool:
    """Of "Enabled:True; PlayDownReason:None; Percentage:100; ..."; unset where nothing lags."""
    return "enabled:true" in str(status or "").casefold().replace(" ", "")
