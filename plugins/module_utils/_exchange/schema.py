# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The database schema a server works with (exchange.md 1.2): files of another one don't fit.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls


def version_on(context: OperationContext, server: str) -> str | None:
    """CurrentSchemaVersion of a mounted database of the server, such as "0.147".

    None when no database is mounted there, or when the server does not answer.
    """
    result = _calls.attempt(
        context,
        "Get-MailboxDatabase",
        {"Server": server, "Status": True, "DomainController": context.domain_controller},
        ("Recovery", "Mounted", "CurrentSchemaVersion"),
    )
    if result.errors:
        return None
    versions = (
        _calls.text(row.get("CurrentSchemaVersion"))
        for row in result.output
        if row.get("Mounted") and not row.get("Recovery")
    )
    return next((version for version in versions if version), None)
