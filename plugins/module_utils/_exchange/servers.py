# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Exchange servers, their services and components (exchange.md 1.2 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import NotFoundError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls

# Databases per server that may be mounted, by edition (exchange.md 0, fact 7); trial editions
# behave as Enterprise.
STANDARD_LIMIT = 5
ENTERPRISE_LIMIT = 100

_PROPERTIES = ("Name", "Fqdn", "Edition", "AdminDisplayVersion", "Site", "IsMailboxServer")


@dataclass(frozen=True)
class Server:
    """A server of the organisation. version: "Version 15.2 (Build 1544.4)"."""

    name: str
    fqdn: str
    edition: str
    version: str
    site: str | None
    is_mailbox_server: bool

    @property
    def database_limit(self) -> int:
        """How many databases it may host; recovery databases do not count."""
        return STANDARD_LIMIT if self.edition == "Standard" else ENTERPRISE_LIMIT


@dataclass(frozen=True)
class ServiceHealth:
    """One role's line of Test-ServiceHealth."""

    role: str
    running: bool
    services_running: tuple[str, ...]
    services_not_running: tuple[str, ...]


def get(context: OperationContext, name: str) -> Server:
    """The server of this name or FQDN. Raises NotFoundError."""
    rows = _calls.read(
        context,
        "Get-ExchangeServer",
        {"Identity": name, "DomainController": context.domain_controller},
        _PROPERTIES,
        about=f"server {name}",
    )
    if len(rows) != 1:
        raise NotFoundError(
            f"{len(rows)} servers answer to this name.",
            object=f"server {name}",
            operation="read",
            remedy="Give the server's name or FQDN, without wildcards.",
            server=context.server,
        )
    return _server(rows[0])


def all_mailbox_servers(context: OperationContext) -> list[Server]:
    """Every Mailbox server of the organisation, each also a transport server."""
    rows = _calls.read(
        context,
        "Get-ExchangeServer",
        {"DomainController": context.domain_controller},
        _PROPERTIES,
        about="servers",
    )
    return [server for server in (_server(row) for row in rows) if server.is_mailbox_server]


def service_health(context: OperationContext, name: str) -> list[ServiceHealth]:
    """The required services of each role, by Test-ServiceHealth."""
    rows = _calls.read(
        context,
        "Test-ServiceHealth",
        {"Server": name},
        ("Role", "RequiredServicesRunning", "ServicesRunning", "ServicesNotRunning"),
        about=f"services of {name}",
    )
    return [
        ServiceHealth(
            role=str(row["Role"]),
            running=bool(row["RequiredServicesRunning"]),
            services_running=tuple(row.get("ServicesRunning") or ()),
            services_not_running=tuple(row.get("ServicesNotRunning") or ()),
        )
        for row in rows
    ]


def component_states(context: OperationContext, name: str) -> dict[str, str]:
    """Component name to state ("Active", "Inactive"), as ServerWideOffline to Active."""
    rows = _calls.read(
        context,
        "Get-ServerComponentState",
        {"Identity": name, "DomainController": context.domain_controller},
        ("Component", "State"),
        about=f"components of {name}",
    )
    return {str(row["Component"]): str(row["State"]) for row in rows}


def availability_group(context: OperationContext, name: str) -> str | None:
    """The DAG the server is a member of, or None. None, too, when the account may not ask."""
    result = _calls.attempt(
        context,
        "Get-MailboxServer",
        {"Identity": name, "DomainController": context.domain_controller},
        ("Name", "DatabaseAvailabilityGroup"),
    )
    if result.errors or not result.output:
        return None
    return _calls.text(result.output[0].get("DatabaseAvailabilityGroup"))


def _server(row: dict[str, t.Any]) -> Server:
    return Server(
        name=str(row["Name"]),
        fqdn=str(row["Fqdn"]),
        edition=str(row["Edition"]),
        version=str(row["AdminDisplayVersion"]),
        site=_calls.text(row.get("Site")),
        is_mailbox_server=bool(row.get("IsMailboxServer")),
    )
