# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation: everything simulated, tied together."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from exchange_lab.clock import Clock
from exchange_lab.directory import DatabaseObject, Directory, ServerObject
from exchange_lab.store import InformationStore, MountedDatabase
from exchange_lab.transport import TransportServer


@dataclass
class ExchangeServer:
    """A simulated server: files, services, store and transport."""

    name: str
    fqdn: str
    fs: Any
    clock: Clock
    directory: Directory
    switches: dict[str, Any]
    store_domain_controller: str  # where store and transport look
    services: dict[str, str] = field(default_factory=dict)  # service name -> "Running" | "Stopped"
    components: dict[str, str] = field(default_factory=dict)  # component -> "Active" | "Inactive"
    store: InformationStore = field(init=False)
    transport: TransportServer = field(init=False)

    @property
    def object(self) -> ServerObject:  # noqa: A003
        """The server's directory object."""
        raise NotImplementedError


@dataclass
class Account:
    """Who may connect."""

    name: str
    password: str
    roles: tuple[str, ...] = ()
    local_administrator: bool = False


class Organisation:
    """One simulated Exchange organisation. `lock` guards all of its state; never hold it while time passes."""

    clock: Clock
    scheduler: Any
    latency: Any
    lock: threading.RLock
    directory: Directory
    servers: dict[str, ExchangeServer]  # by upper-case name
    accounts: dict[str, Account]
    switches: dict[str, Any]
    calls: Any
    mrs: Any  # set by exchange_lab.mrs
    faults: Any

    def server(self, name: str) -> ExchangeServer:
        """A server by name or FQDN; KeyError."""
        raise NotImplementedError

    def find_mounted(self, guid: str) -> tuple[ExchangeServer, MountedDatabase] | None:
        """Where the database with this object GUID is mounted."""
        raise NotImplementedError

    def next_log_prefix(self, server: str) -> str:
        """A log prefix no database of this server has: E00, E01, ..."""
        raise NotImplementedError

    def new_database(self, dc: str, **attributes: Any) -> DatabaseObject:
        """Create a database object on `dc` with DN, legacy DN and log prefix filled in."""
        raise NotImplementedError
