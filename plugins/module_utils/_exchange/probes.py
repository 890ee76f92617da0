# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a mounted database really serves mailboxes: Test-MAPIConnectivity.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext


@dataclass(frozen=True)
class MapiProbe:
    """One log-on to a database's system mailbox. error: None when it worked."""

    succeeded: bool
    error: str | None
    latency: str | None


def mapi(context: OperationContext, database: str) -> MapiProbe:
    """Log on to the system mailbox of the database of this name or GUID; changes nothing."""
    raise NotImplementedError
