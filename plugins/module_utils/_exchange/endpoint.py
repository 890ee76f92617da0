# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the cmdlet endpoint of this build takes, found out by reading (exchange.md 7.3, 7.7, 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
)

_NOT_A_PARAMETER = ("NamedParameterNotFound", "AmbiguousParameter")


def granted(
    context: OperationContext, cmdlets: Sequence[str]
) -> dict[str, frozenset[str] | None] | None:
    """The cmdlets among these that the account may use, each with its parameters in lower case.

    Parameters are None where the endpoint doesn't list them. None when it doesn't answer at all.
    """
    result = context.transport.invoke(Command("Get-Command", {"Name": list(cmdlets)}))
    found: dict[str, frozenset[str] | None] = {}
    for row in result.output:
        parameters = row.get("Parameters")
        names = frozenset(str(name).lower() for name in parameters or ())
        found[str(row.get("Name"))] = names or None
    return found or None


def offers(context: OperationContext, helper: str) -> bool:
    """Whether a helper cmdlet that takes objects can be put behind another one."""
    result = _server(context, more=(Command(helper),))
    return not result.errors


def accepts(context: OperationContext, parameter: str, value: str) -> bool | None:
    """Whether a reading cmdlet takes this common parameter; None when it fails for another reason."""
    result = _server(context, parameters={parameter: value})
    if not result.errors:
        return True
    unknown = any(error.error_id.startswith(_NOT_A_PARAMETER) for error in result.errors)
    return False if unknown else None


def pipes(context: OperationContext, database: str) -> bool:
    """Whether two Exchange cmdlets can be sent as one pipeline, tried with two that read."""
    pin = {"DomainController": context.domain_controller}
    result = context.transport.invoke(
        Command("Get-MailboxDatabase", {"Identity": database, **pin}),
        Command("Get-MailboxDatabase", pin),
    )
    return not result.errors and len(result.output) == 1


def whole_database(context: OperationContext, database: str) -> dict[str, t.Any]:
    """A database as Get-MailboxDatabase gives it without Status, with the names it has there."""
    result = context.transport.invoke(
        Command(
            "Get-MailboxDatabase",
            {"Identity": database, "DomainController": context.domain_controller},
        )
    )
    _calls.raise_first(
        context, result, "Get-MailboxDatabase", about=f"database {database}", operation="read"
    )
    return result.output[0]


def whole_statistics(context: OperationContext, request: str) -> dict[str, t.Any] | None:
    """A restore request's statistics with the names this build gives them; None if they can't be read."""
    result = context.transport.invoke(
        Command(
            "Get-MailboxRestoreRequestStatistics",
            {"Identity": request, "DomainController": context.domain_controller},
        )
    )
    return None if result.errors or not result.output else result.output[0]


def restore_requests(context: OperationContext) -> list[dict[str, t.Any]] | None:
    """All restore requests of anybody: Identity, Status, SourceDatabase; None if they can't be read."""
    result = _calls.attempt(
        context,
        "Get-MailboxRestoreRequest",
        {"ResultSize": "Unlimited", "DomainController": context.domain_controller},
        ("Identity", "Status", "SourceDatabase"),
    )
    return None if result.errors else result.output


def _server(
    context: OperationContext,
    parameters: t.Mapping[str, t.Any] | None = None,
    more: Sequence[Command] = (),
) -> CommandResult:
    return context.transport.invoke(
        Command("Get-ExchangeServer", {"Identity": context.server, **(parameters or {})}), *more
    )
