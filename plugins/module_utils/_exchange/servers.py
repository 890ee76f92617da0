# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Exchange servers, their services and components (exchange.md 1.2 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext

# Databases per server that may be mounted, by edition (exchange.md 0, fact 7); trial editions
# behave as Enterprise.
STANDARD_LIMIT = 5
ENTERPRISE_LIMIT = 100


@dataclass(frozen=True)
class Server:
    """A server of the organisation. version: "Version 15.2 (Build 1544.4)"."""

    name: str
    fqdn: str
    edition: str
    version: str
    site: str | None
    is_mailbox_server: bool
    domain_controllers: tuple[str, ...] = ()

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
    raise NotImplementedError


def all_mailbox_servers(context: OperationContext) -> list[Server]:
    """Every Mailbox server of the organisation, each also a transport server."""
    raise NotImplementedError


def availability_group(context: OperationContext, name: str) -> str | None:
    """The database availability group a server is in; None for a standalone one."""
    raise NotImplementedError


def service_health(context: OperationContext, name: str) -> list[ServiceHealth]:
    """The required services of each role, by Test-ServiceHealth."""
    raise NotImplementedError


def component_states(context: OperationContext, name: str) -> dict[str, str]:
    """Component name to state ("Active", "Inactive"), as ServerWideOffline to Active."""
    raise NotImplementedError
