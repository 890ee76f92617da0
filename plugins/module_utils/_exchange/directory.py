# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Domain controllers (exchange.md 6.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls


@dataclass(frozen=True)
class DomainController:
    """A domain controller. site: name of its Active Directory site."""

    name: str
    fqdn: str
    site: str | None
    is_global_catalog: bool


def domain_controllers(context: OperationContext) -> list[DomainController]:
    """All domain controllers of the session's domain."""
    rows = _calls.read(
        context,
        "Get-DomainController",
        {},
        ("Name", "DnsHostName", "ADSite", "IsGlobalCatalog"),
        about="domain controllers",
    )
    return [
        DomainController(
            name=str(row["Name"]),
            fqdn=str(row.get("DnsHostName") or row["Name"]),
            site=_calls.text(row.get("ADSite")),
            is_global_catalog=bool(row.get("IsGlobalCatalog")),
        )
        for row in rows
    ]
