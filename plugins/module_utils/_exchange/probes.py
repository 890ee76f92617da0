# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a mounted database really serves mailboxes: Test-MAPIConnectivity.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls


@dataclass(frozen=True)
class MapiProbe:
    """One log-on to a database's system mailbox. error: None when it worked."""

    succeeded: bool
    error: str | None
    latency: str | None


def mapi(context: OperationContext, database: str) -> MapiProbe:
    """Log on to the system mailbox of the database of this name or GUID; changes nothing.

    Raises RemoteCommandError when the account may not use the cmdlet.
    """
    result = _calls.attempt(
        context,
        "Test-MAPIConnectivity",
        {"Database": database, "DomainController": context.domain_controller},
        ("Result", "Error", "Latency"),
    )
    if result.errors and result.errors[0].exception == "CommandNotFoundException":
        # a right that is missing does not come by waiting
        about = f"database {database}"
        _calls.raise_first(context, result, "Test-MAPIConnectivity", about=about, operation="probe")
    if result.errors:
        return MapiProbe(False, result.errors[0].message, None)
    if not result.output:
        return MapiProbe(False, "the probe gave no answer", None)
    row = result.output[0]
    succeeded = str(row.get("Result")) in ("Success", "*SUCCESS*")
    return MapiProbe(
        succeeded,
        None if succeeded else _calls.text(row.get("Error")) or str(row.get("Result")),
        _calls.text(row.get("Latency")),
    )
