# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Move requests that touch a database: their mailboxes must not be rehomed (exchange.md 1.2).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import identifiers

# A request in one of these states holds the mailbox no longer.
FINISHED = ("Completed", "CompletedWithWarning", "CompletedWithWarnings", "None")


@dataclass(frozen=True)
class MoveRequest:
    """One move request. mailbox_guid: the ExchangeGuid of the mailbox that moves; user_guid: the
    directory object, where Exchange tells it."""

    display_name: str
    exchange_guid: str | None
    user_guid: str | None
    status: str
    source_database: str | None
    target_database: str | None
    batch_name: str | None

    @property
    def running(self) -> bool:
        """Whether it still holds the mailbox; a failed or suspended one does."""
        return self.status not in FINISHED


def touching(context: OperationContext, database: str) -> list[MoveRequest]:
    """All move requests from or to the database of this name or GUID, finished ones too."""
    found: list[MoveRequest] = []
    for end in ("SourceDatabase", "TargetDatabase"):
        rows = _calls.read(
            context,
            "Get-MoveRequest",
            {
                end: database,
                "ResultSize": "Unlimited",
                "DomainController": context.domain_controller,
            },
            (
                "DisplayName",
                "ExchangeGuid",
                "Guid",
                "Status",
                "SourceDatabase",
                "TargetDatabase",
                "BatchName",
            ),
            about=f"move requests of database {database}",
        )
        found += [
            MoveRequest(
                display_name=str(row.get("DisplayName") or ""),
                exchange_guid=identifiers.parse_guid(row.get("ExchangeGuid")),
                user_guid=identifiers.parse_guid(row.get("Guid")),
                status=str(row.get("Status")),
                source_database=_calls.text(row.get("SourceDatabase")),
                target_database=_calls.text(row.get("TargetDatabase")),
                batch_name=_calls.text(row.get("BatchName")),
            )
            for row in rows
        ]
    return found
