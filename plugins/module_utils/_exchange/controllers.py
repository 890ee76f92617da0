# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Domain controllers: which ones a server uses, whether one answers, and going on with another one
(exchange.md 6.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import RemoteCommandError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls, _failures
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command


@dataclass(frozen=True)
class Controllers:
    """The domain controllers that Exchange names for a server, by FQDN.

    own: the one its services most likely read the configuration from, such as a database's paths;
    None when Exchange names none. others: all but the one that the run is pinned to, own first.
    """

    own: str | None
    others: tuple[str, ...]


def of_server(context: OperationContext) -> Controllers:
    """Those of the server that the session is on."""
    rows = _calls.read(
        context,
        "Get-ExchangeServer",
        {
            "Identity": context.server,
            "Status": True,
            "DomainController": context.domain_controller,
        },
        ("CurrentConfigDomainController", "CurrentDomainControllers"),
        about=f"server {context.server}",
    )
    row = rows[0] if rows else {}
    own = _calls.text(row.get("CurrentConfigDomainController"))
    near = row.get("CurrentDomainControllers") or []
    named = [own, *([near] if isinstance(near, str) else near)]
    pinned = context.domain_controller.lower()
    others = {str(name).lower(): str(name) for name in named if name}
    others.pop(pinned, None)
    return Controllers(own, tuple(others.values()))


def answers(context: OperationContext, controller: str) -> bool:
    """Whether a domain controller answers: False only when Exchange says that it is not available."""
    try:
        result = _calls.attempt(
            context,
            "Get-ExchangeServer",
            {"Identity": context.server, "DomainController": controller},
            ("Name",),
        )
    except RemoteCommandError as error:  # a new session could not be pinned
        return not _failures.is_controller_gone(error.message)
    return not any(_failures.is_controller_gone(error.message) for error in result.errors)


def use(context: OperationContext, controller: str) -> None:
    """Let the session, and this task from now on, read and write there."""
    result = context.transport.invoke(
        Command("Set-ADServerSettings", {"PreferredServer": controller, "ViewEntireForest": True})
    )
    _calls.raise_first(
        context,
        result,
        "Set-ADServerSettings",
        about=f"domain controller {controller}",
        operation="use",
    )
    context.domain_controller = controller
