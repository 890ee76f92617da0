# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of the organisation: what runs on it, and what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from exchange_lab.clock import Clock
from exchange_lab.directory import (
    SERVER,
    Directory,
    ServerObject,
)
from exchange_lab.files import FileSystem
from exchange_lab.scheduled import Task
from exchange_lab.store import InformationStore
from exchange_lab.transport import TransportServer

_SERVICES = (
    "IISAdmin MSExchangeADTopology MSExchangeDelivery MSExchangeIS MSExchangeMailboxAssistants "
    "MSExchangeMailboxReplication MSExchangeRPC MSExchangeRepl MSExchangeServiceHost MSExchangeSubmission "
    "MSExchangeThrottling MSExchangeTransport MSExchangeTransportLogSearch W3Svc WinRM"
)
_COMPONENTS = (
    "ServerWideOffline HubTransport FrontendTransport Monitoring RecoveryActionsEnabled AutoDiscoverProxy "
    "ActiveSyncProxy EcpProxy EwsProxy ImapProxy OabProxy OwaProxy PopProxy PushNotificationsProxy RpsProxy "
    "RwsProxy RpcProxy UMCallRouter XropProxy HttpProxyAvailabilityGroup ForwardSyncDaemon "
    "ProvisioningRps MapiProxy EdgeTransport HighAvailability SharedCache MailboxDeliveryProxy "
    "RoutingUpdates RestProxy DefaultProxy Lsass RoutingService E4EProxy CafeLAMv2 LogExportProvider Tracing"
)
SERVICES, COMPONENTS = _SERVICES.split(), _COMPONENTS.split()
INACTIVE = frozenset(
    {"ForwardSyncDaemon", "ProvisioningRps"}
)  # off on every healthy on-premises server
# where Exchange 2007 and later has every server and database
ADMIN_GROUP = "Exchange Administrative Group (FYDIBOHF23SPDLT)"


@dataclass
class ExchangeServer:
    """A simulated server: files, services, store and transport."""

    name: str
    fqdn: str
    guid: str
    fs: FileSystem
    clock: Clock
    directory: Directory
    switches: dict[str, Any]
    store_domain_controller: str  # where store and transport look
    services: dict[str, str] = field(default_factory=dict)  # service name -> "Running" | "Stopped"
    components: dict[str, str] = field(default_factory=dict)  # component -> "Active" | "Inactive"
    tasks: dict[str, Task] = field(default_factory=dict)  # scheduled ones, by name in upper case
    alive: bool = True  # False: the computer is down, nothing on it answers
    store: InformationStore = field(init=False)
    transport: TransportServer = field(init=False)

    def __post_init__(self) -> None:
        self.store = InformationStore(self)

    @property
    def object(self) -> ServerObject:  # noqa: A003
        """The server's directory object."""
        return cast(
            ServerObject,
            self.directory.read(self.directory.in_use(self.store_domain_controller)).get(
                SERVER, self.guid
            ),
        )
