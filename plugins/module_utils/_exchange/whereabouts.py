# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where one mailbox lives now, whatever kind it is.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import KINDS
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value


@dataclass(frozen=True)
class Home:
    """Names of the databases of a mailbox and of its archive; None without one."""

    database: str | None
    archive_database: str | None


def find(context: OperationContext, guid: str) -> Home | None:
    """The home of the mailbox of this directory object; None when there is no such mailbox.

    Asks with each kind's own switch, since Get-Mailbox shows only ordinary ones without.
    """
    for kind in KINDS:
        parameters: dict[str, Value] = {
            "Identity": guid,
            "ReadFromDomainController": True,
            "DomainController": context.domain_controller,
        }
        if kind.switch:
            parameters[kind.switch] = True
        result = _calls.attempt(context, "Get-Mailbox", parameters, ("Database", "ArchiveDatabase"))
        if result.output:
            row = result.output[0]
            return Home(_calls.text(row.get("Database")), _calls.text(row.get("ArchiveDatabase")))
        if result.errors and result.errors[0].exception != "ManagementObjectNotFoundException":
            _calls.raise_first(
                context, result, "Get-Mailbox", about=f"mailbox {guid}", operation="find"
            )
    return None
