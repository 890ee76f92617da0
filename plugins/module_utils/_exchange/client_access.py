# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""By which protocols a mailbox may be used.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import identifiers


@dataclass(frozen=True)
class ClientAccess:
    """What a mailbox allows. has_device: whether a phone was set up with it; None when unknown."""

    pop: bool
    imap: bool
    activesync: bool
    has_device: bool | None


def of_all(context: OperationContext) -> dict[str, ClientAccess]:
    """Every mailbox of the organisation, by the GUID of its directory object.

    Get-CASMailbox can't be asked by database, and one call per mailbox takes longer than this one.
    """
    rows = _calls.read(
        context,
        "Get-CASMailbox",
        {
            "ResultSize": "Unlimited",
            "ReadFromDomainController": True,
            "DomainController": context.domain_controller,
        },
        (
            "Guid",
            "PopEnabled",
            "ImapEnabled",
            "ActiveSyncEnabled",
            "HasActiveSyncDevicePartnership",
        ),
        about="client access of mailboxes",
        timeout=3600,
    )
    return {
        guid: ClientAccess(
            pop=bool(row.get("PopEnabled")),
            imap=bool(row.get("ImapEnabled")),
            activesync=bool(row.get("ActiveSyncEnabled")),
            has_device=row.get("HasActiveSyncDevicePartnership"),
        )
        for row in rows
        if (guid := identifiers.parse_guid(row.get("Guid")))
    }
