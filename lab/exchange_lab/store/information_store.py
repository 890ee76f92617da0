# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The information store of one server: what it mounts, and what it refuses (exchange.md 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from exchange_lab.clock import Clock
from exchange_lab.directory import DatabaseObject, Directory, ServerObject, View
from exchange_lab.store.database import MountedDatabase


class Host(Protocol):
    """What the store needs of its server."""

    name: str
    fs: Any
    clock: Clock
    directory: Directory
    services: dict[str, str]
    switches: dict[str, Any]
    store_domain_controller: str

    @property
    def object(self) -> ServerObject: ...  # noqa: A003


@dataclass(frozen=True)
class StoreEvent:
    """An entry of the server's Application log."""

    time: datetime
    source: str
    event_id: int
    text: str


class InformationStore:
    """MSExchangeIS of one server. All calls need the organisation's lock and take no simulated time."""

    def __init__(self, server: Host) -> None:
        self.server = server
        self.databases: dict[str, MountedDatabase] = {}  # by object GUID
        self.events: list[StoreEvent] = []

    @property
    def running(self) -> bool:
        """Whether MSExchangeIS runs."""
        raise NotImplementedError

    def view(self) -> View:
        """What the store's own domain controller knows."""
        raise NotImplementedError

    def mount(
        self,
        database: DatabaseObject,
        *,
        force: bool = False,
        accept_loss: bool = False,
        view: View | None = None,
    ) -> MountedDatabase:
        """Mount a database. `view`: the pinned domain controller's view, where the store looks too.

        Raises StoreError. Sets DatabaseCreated, and AllowFileRestore back to false, in the directory.
        """
        raise NotImplementedError

    def dismount(self, guid: str) -> None:
        """Clean dismount by object GUID. StoreError NotMounted."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the service: every database is dismounted cleanly."""
        raise NotImplementedError

    def start(self) -> list[str]:
        """Start it: databases with MountAtStartup are mounted. Returns names of those that didn't mount."""
        raise NotImplementedError

    def restart(self) -> list[str]:
        """Stop and start."""
        raise NotImplementedError

    def crash(self) -> None:
        """The process dies; every database stays dirty, the service is stopped."""
        raise NotImplementedError

    def scan(self) -> None:
        """Mark mailboxes the directory keeps elsewhere as disconnected, and connect those that came back."""
        raise NotImplementedError
