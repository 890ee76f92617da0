# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the account may do, as far as Exchange lets it read that (exchange.md 7.4 and 7.5).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command


def missing_commands(context: OperationContext, names: Sequence[str]) -> list[str] | None:
    """Those of these cmdlets that the account's roles do not grant: Exchange hides them.

    None when the endpoint does not answer the question.
    """
    result = context.transport.invoke(
        Command("Get-Command", {"Name": list(names)}),
        Command("Select-Object", {"Property": ["Name"]}),
    )
    granted = {str(row.get("Name")).lower() for row in result.output}
    if not granted:
        return None
    return [name for name in names if name.lower() not in granted]


def shell_limit(context: OperationContext, account: str) -> str | None:
    """How many shells the account may hold, as its throttling policy prints it ("18", "Unlimited").

    account: "DOMAIN\\\\name". None when its policy can't be read.
    """
    associated = _calls.attempt(
        context,
        "Get-ThrottlingPolicyAssociation",
        {"Identity": account, "DomainController": context.domain_controller},
        ("ThrottlingPolicyId",),
    )
    policy = next(
        (
            found
            for row in associated.output
            if (found := _calls.text(row.get("ThrottlingPolicyId")))
        ),
        None,
    )
    # An account without a policy of its own follows the organisation's, or the global one.
    scopes = [{"Identity": policy}] if policy else []
    scopes += [{"ThrottlingPolicyScope": scope} for scope in ("Organization", "Global")]
    for selection in scopes:
        result = _calls.attempt(
            context,
            "Get-ThrottlingPolicy",
            {**selection, "DomainController": context.domain_controller},
            ("PowerShellMaxConcurrency",),
        )
        for row in result.output:
            if limit := _calls.text(row.get("PowerShellMaxConcurrency")):
                return limit
    return None
