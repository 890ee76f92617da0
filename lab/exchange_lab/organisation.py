# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation: everything simulated, tied together."""

from __future__ import annotations

import functools
import itertools
import random
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_lab.audit import Audit
from exchange_lab.building import build
from exchange_lab.call_log import CallLog
from exchange_lab.clock import Clock, Scheduler
from exchange_lab.directory import (
    DATABASE,
    MAILBOX,
    DatabaseObject,
    Directory,
    DomainController,
    MailboxObject,
    ObjectNotFound,
    View,
)
from exchange_lab.exchange_server import ADMIN_GROUP, ExchangeServer
from exchange_lab.faults import Engine
from exchange_lab.files.shares import Network
from exchange_lab.latency import Latency
from exchange_lab.mailflow import MailFlow
from exchange_lab.replication import Replication
from exchange_lab.store import Message, MountedDatabase
from exchange_lab.store.repair import Repairs
from exchange_lab.switches import answers
from exchange_lab.timeline import Timeline
from exchange_lab.topology import DEFAULT_SITE, Topology


@dataclass
class AccountRecord:
    """Who may connect: `name` is DOMAIN\\user, `roles` are role groups."""

    name: str
    password: str
    roles: tuple[str, ...] = ("Organization Management",)
    local_administrator: bool = True


class Organisation:
    """One simulated Exchange organisation. `lock` guards all of its state; never hold it while time passes."""

    def __init__(
        self,
        topology: Topology,
        folder: Path,
        clock: Clock,
        seed: int,
        *,
        latency: Latency | None = None,
        switches: dict[str, Any] | None = None,
    ) -> None:
        self.topology, self.folder, self.clock, self.seed = topology, folder, clock, seed
        self.lock = threading.RLock()
        self.scheduler = Scheduler(clock)
        self.switches = answers({**topology.switches, **(switches or {})})
        self.latency = latency or Latency(seed)
        self.latency.scale = self.switches["latency_scale"]
        self.calls = CallLog(clock)
        self.audit = Audit()
        self.mrs: Any = None  # exchange_lab.mrs puts itself here
        self.faults = Engine(self)
        self.accounts: dict[str, AccountRecord] = {}
        self.servers: dict[str, ExchangeServer] = {}  # by upper-case name
        self._random = random.Random(f"organisation {seed}")
        self.directory = Directory(
            clock,
            [
                DomainController(f"{c['name']}.{topology.domain}", lag=float(c.get("lag", 15.0)),
                                 is_gc=bool(c.get("gc", True)), site=c.get("site", DEFAULT_SITE))
                for c in topology.domain_controllers
            ],
            topology.domain,
            topology.site_lag,
        )  # fmt: skip
        self.mail_flow = MailFlow(self, seed)
        self.timeline = Timeline(self.directory, lambda guid: self.reach(guid) is not None)
        self.replication = Replication(self)
        self.repairs = Repairs(self)
        self.network = Network(topology.netbios, [server.name for server in topology.servers])
        self._submitters = itertools.count()
        with self.lock:
            build(self)
            self._watch()

    # -- looking
    @property
    def domain_controller(self) -> str:
        """The first controller's name, where the lab itself writes."""
        return self.directory.domain_controllers[0].name

    def view(self) -> View:
        """What the first domain controller knows."""
        return self.directory.read(self.domain_controller)

    def server(self, name: str) -> ExchangeServer:
        """A server by name or FQDN; KeyError."""
        return self.servers[name.partition(".")[0].upper()]

    def find_mounted(self, guid: str) -> tuple[ExchangeServer, MountedDatabase] | None:
        """Where the database with this object GUID is mounted."""
        for server in self.servers.values():
            mounted = server.store.databases.get(guid.lower())
            if mounted is not None:
                return server, mounted
        return None

    def mounted_databases(self) -> set[str]:
        """GUIDs of all databases that are mounted anywhere."""
        return {guid for server in self.servers.values() for guid in server.store.databases}

    def mounted(self, guid: str) -> MountedDatabase | None:
        """The mounted database with this object GUID."""
        found = self.find_mounted(guid)
        return found[1] if found else None

    def reach(self, mailbox: str) -> MountedDatabase | None:
        """Where this mailbox (directory GUID) can be opened now: its server must know that it belongs there."""
        return self._reach(mailbox, "database")

    def reach_archive(self, mailbox: str) -> MountedDatabase | None:
        """The same for the archive."""
        return self._reach(mailbox, "archive_database")

    def database(self, name: str) -> DatabaseObject:
        """A database by name or GUID, as the first controller knows it; KeyError."""
        found = self.view().resolve(DATABASE, name)
        if not found:
            raise KeyError(f"there is no database {name}")
        item: DatabaseObject = found[0]
        return item

    def mailbox(self, identity: str) -> MailboxObject:
        """A mailbox by any of its names; KeyError when there is none or more than one."""
        found = self.view().resolve(MAILBOX, identity)
        if len(found) != 1:
            raise KeyError(f"{len(found)} mailboxes are called {identity}")
        item: MailboxObject = found[0]
        return item

    # -- making
    def new_guid(self) -> str:
        """A GUID, the same for the same seed and order."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def new_device_id(self) -> str:
        """A volume's own path."""
        return f"\\\\?\\Volume{{{self.new_guid()}}}\\"

    def watch_files(self, server: ExchangeServer) -> None:
        """Let faults strike at what happens to a server's files."""
        strike = functools.partial(self.faults.at, server=server.name)
        server.fs.fault = lambda operation, path: strike(f"file {operation}", path=path)

    def install_system(self, server: ExchangeServer) -> None:
        """Fill empty volumes with what the lab does not model."""
        spec = next(s for s in self.topology.servers if s.name.upper() == server.name)
        for volume in spec.volumes:
            if volume.used:
                header = b'{"lab":"system","size":%d}\n' % volume.used
                server.fs.write_bytes(f"{volume.name}pagefile.sys", header)

    def next_log_prefix(self, server: str) -> str:
        """A log prefix no database of this server has on any domain controller: E00, E01, ..."""
        taken = {
            item.log_file_prefix.upper()
            for controller in self.directory.domain_controllers
            for item in self.directory.read(controller.name).all(DATABASE)
            if item.server.lower() == server.lower()
        }
        return next(p for p in (f"E{n:02X}" for n in range(256)) if p not in taken)

    def new_database(self, dc: str, *, name: str, server: str, **attributes: Any) -> DatabaseObject:
        """Create a database object on `dc` with GUID, DN, legacy DN and log prefix filled in."""
        root = ",".join(f"DC={part}" for part in self.topology.domain.split("."))
        organisation = self.topology.organisation
        values: dict[str, Any] = {
            "guid": self.new_guid(),
            "name": name,
            "server": server,
            "log_file_prefix": self.next_log_prefix(server),
            "distinguished_name": (
                f"CN={name},CN=Databases,CN={ADMIN_GROUP},CN=Administrative Groups,CN={organisation},"
                f"CN=Microsoft Exchange,CN=Services,CN=Configuration,{root}"
            ),
            "exchange_legacy_dn": (
                f"/o={organisation}/ou={ADMIN_GROUP}/cn=Configuration/cn=Servers/cn={server}"
                f"/cn=Microsoft Private MDB"
            ),
            "admin_display_version": self.server(server).object.admin_display_version,
            **attributes,
        }
        if values.get("recovery"):
            values.setdefault("mount_at_startup", False)
        return self.directory.create(dc, DATABASE, DatabaseObject(**values))

    def set_service(
        self, server: ExchangeServer, service: str, running: bool, seconds: float = 0.0
    ) -> None:
        """Start or stop a service (lock held); it is pending for so many simulated seconds.

        Stopping MSExchangeIS dismounts every database of the server; starting it mounts those with MountAtStartup.
        """
        if seconds:
            server.services[service] = "Start Pending" if running else "Stop Pending"
            self.scheduler.after(seconds, lambda: self._finish(server, service, running))
        else:
            self._finish(server, service, running)

    def submit(self, message: Message, recipient: str) -> bool:
        """Hand a message to one of the transport servers, in turn; False when none takes mail."""
        running = [s for s in self.servers.values() if s.transport.running]
        if not running:
            return False
        self.audit.accepted(message, recipient)
        running[next(self._submitters) % len(running)].transport.submit(message, recipient)
        return True

    def close(self) -> None:
        """Stop the threads and let go of the files; what is mounted is dismounted cleanly."""
        self.mail_flow.stop()
        self.scheduler.close()
        with self.lock:
            for server in self.servers.values():
                server.store.on_dismount.clear()
                server.store.stop()

    def _watch(self) -> None:
        for server in self.servers.values():
            server.store.on_mount.append(self.timeline.mounted)
            server.store.on_dismount.append(self.timeline.dismounted)
        self.directory.watchers.append(self._written)
        self.scheduler.every(self.switches["disconnect_scan_seconds"], self._scan)

    def _written(self, kind: str, guid: str, changes: dict[str, Any]) -> None:
        """A mailbox was rehomed: its user feels it as soon as the servers know."""
        if kind != MAILBOX or "database" not in changes:
            return
        self.timeline.look_at([guid])
        for lag in self.directory.lags():
            self.scheduler.after(lag + 0.001, lambda: self._look_again(guid))

    def _look_again(self, guid: str) -> None:
        with self.lock:
            self.timeline.look_at([guid])

    def _finish(self, server: ExchangeServer, service: str, running: bool) -> None:
        with self.lock:
            if not server.alive:
                return
            if service == "MSExchangeIS":
                server.store.start(self.mounted_databases()) if running else server.store.stop()
            server.services[service] = "Running" if running else "Stopped"

    def _scan(self) -> None:
        with self.lock:
            for server in self.servers.values():
                server.store.scan()

    def _reach(self, mailbox: str, attribute: str) -> MountedDatabase | None:
        for server in self.servers.values():
            try:
                owner = server.store.view().get(MAILBOX, mailbox)
            except ObjectNotFound:
                continue
            if owner is not None and getattr(owner, attribute):
                mounted = server.store.databases.get(getattr(owner, attribute))
                if mounted is not None:
                    return mounted
        return None
