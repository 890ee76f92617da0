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
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from exchange_lab.audit import Audit
from exchange_lab.call_log import CallLog
from exchange_lab.clock import Clock, Scheduler
from exchange_lab.directory import (
    AVAILABILITY_GROUP,
    DATABASE,
    MAILBOX,
    SERVER,
    THROTTLING_POLICY,
    AvailabilityGroupObject,
    DatabaseCopy,
    DatabaseObject,
    Directory,
    DomainController,
    MailboxObject,
    ObjectNotFound,
    ServerObject,
    ThrottlingPolicyObject,
    View,
)
from exchange_lab.ese import Instance
from exchange_lab.faults import Engine
from exchange_lab.files import FileSystem, Volume
from exchange_lab.files.shares import Network
from exchange_lab.latency import Latency
from exchange_lab.mailflow import MailFlow
from exchange_lab.population import Furnisher, Names, mailbox_object
from exchange_lab.replication import Replication
from exchange_lab.scheduled import Task
from exchange_lab.store import InformationStore, Message, MountedDatabase
from exchange_lab.store.repair import Repairs
from exchange_lab.switches import answers
from exchange_lab.timeline import Timeline
from exchange_lab.topology import DEFAULT_SITE, DatabaseSpec, ServerSpec, Topology
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
_INACTIVE = frozenset({"ForwardSyncDaemon", "ProvisioningRps"})  # off on every healthy on-premises server
_DATABASE_BASE_SIZE = 256 * 1024**2


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
            self._build()

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
        admin_group = "Exchange Administrative Group (FYDIBOHF23SPDLT)"
        root = ",".join(f"DC={part}" for part in self.topology.domain.split("."))
        organisation = self.topology.organisation
        values: dict[str, Any] = {
            "guid": self.new_guid(),
            "name": name,
            "server": server,
            "log_file_prefix": self.next_log_prefix(server),
            "distinguished_name": (
                f"CN={name},CN=Databases,CN={admin_group},CN=Administrative Groups,CN={organisation},"
                f"CN=Microsoft Exchange,CN=Services,CN=Configuration,{root}"
            ),
            "exchange_legacy_dn": (
                f"/o={organisation}/ou={admin_group}/cn=Configuration/cn=Servers/cn={server}"
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

    # -- building
    def _build(self) -> None:
        topology, now = self.topology, self.clock.now()
        furnisher = Furnisher(now, self.seed, self.audit)
        for server_spec in topology.servers:
            self._add_server(server_spec)
        self.directory.converge()
        self._add_group()
        guids: dict[str, str] = {}
        for spec in topology.databases:
            item = self.new_database(
                self.domain_controller, name=spec.name, server=spec.server, edb_file_path=spec.edb,
                log_folder_path=spec.logs, database_created=True, copies=_copies(spec),
                **spec.attributes,
            )  # fmt: skip
            guids[spec.name] = item.guid
            furnisher.open_database(item.guid, now - timedelta(days=spec.created_days_ago))
        names = Names()
        for group in topology.mailboxes:
            for name in names.take(group):
                owner = mailbox_object(topology, group, name, guids, self.new_guid)
                owner = replace(owner, when_mailbox_created=now - timedelta(days=300))
                owner = self.directory.create(self.domain_controller, MAILBOX, owner)
                furnisher.furnish(owner, group)
                if not group.used:
                    self.mail_flow.never_used.add(owner.guid)
        self._add_policy()
        self.directory.converge()
        for spec in topology.databases:
            guid = guids[spec.name]
            server = self.server(spec.server)
            mounted = cast(DatabaseObject, self.view().get(DATABASE, guid))
            for folder in sorted({spec.edb.rpartition("\\")[0], spec.logs}):
                if not server.fs.is_dir(folder):
                    server.fs.mkdir(folder)
            instance = Instance.create(
                server.fs, spec.edb, spec.logs, mounted.log_file_prefix, self.clock,
                size=_DATABASE_BASE_SIZE + furnisher.sizes[guid], rows=furnisher.rows[guid],
                first_generation=spec.generation,
            )  # fmt: skip
            server.store.adopt(mounted, instance)
        self._replicate(guids)
        self._watch()

    def _replicate(self, guids: dict[str, str]) -> None:
        """Make the passive copies, in the state the topology wants."""
        for spec in self.topology.databases:
            item = cast(DatabaseObject, self.view().get(DATABASE, guids[spec.name]))
            for wanted in spec.copies:
                copy = self.replication.seed(item, wanted.server)
                if wanted.state == "failed":
                    self.replication.fail(item.guid, wanted.server, "The database copy is damaged.")
                elif wanted.state == "suspended":
                    copy.status = "Suspended"
        self.replication.start()

    def _add_server(self, spec: ServerSpec) -> None:
        topology = self.topology
        name = spec.name.upper()
        root = ",".join(f"DC={part}" for part in topology.domain.split("."))
        admin_group = "Exchange Administrative Group (FYDIBOHF23SPDLT)"
        item = ServerObject(
            guid=self.new_guid(),
            name=name,
            fqdn=f"{name.lower()}.{topology.domain}",
            domain=topology.domain,
            site=f"{topology.domain}/Configuration/Sites/{spec.site}",
            edition=spec.edition,
            admin_display_version=spec.version,
            windows_version=spec.windows_version,
            distinguished_name=(
                f"CN={name},CN=Servers,CN={admin_group},CN=Administrative Groups,"
                f"CN={topology.organisation},CN=Microsoft Exchange,CN=Services,CN=Configuration,{root}"
            ),
            exchange_legacy_dn=(
                f"/o={topology.organisation}/ou={admin_group}/cn=Configuration/cn=Servers/cn={name}"
            ),
            database_availability_group=topology.availability_group.get("name"),
            **spec.attributes,
        )
        self.directory.create(self.domain_controller, SERVER, item)
        self.directory.set_default_dc(name, spec.cmdlets_dc)
        volumes = [
            Volume(v.name, v.capacity, v.label, device_id=self.new_device_id())
            for v in spec.volumes
        ]
        fs = FileSystem(self.folder / "servers" / name, volumes, self.clock)
        server = ExchangeServer(
            name=name,
            fqdn=item.fqdn,
            guid=item.guid,
            fs=fs,
            clock=self.clock,
            directory=self.directory,
            switches=self.switches,
            store_domain_controller=self.directory.controller(spec.store_dc).name,
            services={service: "Running" for service in SERVICES},
            components={c: "Inactive" if c in _INACTIVE else "Active" for c in COMPONENTS},
        )
        server.store.fault = functools.partial(self.faults.at, server=name)
        self.watch_files(server)
        server.transport = TransportServer(
            name, self.clock, self.scheduler, self.directory, server.store_domain_controller,
            server.services, self.mounted, self.audit, self.lock,
        )  # fmt: skip
        self.install_system(server)
        self.servers[name] = server

    def _add_group(self) -> None:
        group = self.topology.availability_group
        if not group:
            return
        root = self.server(self.topology.servers[0].name).object.distinguished_name
        above = root.partition(",CN=Servers,")[2]
        item = AvailabilityGroupObject(
            guid=self.new_guid(), name=group["name"], witness_server=group.get("witness_server", ""),
            witness_directory=f"C:\\DAGFileShareWitnesses\\{group['name']}",
            distinguished_name=f"CN={group['name']},CN=Database Availability Groups,{above}",
        )  # fmt: skip
        self.directory.create(self.domain_controller, AVAILABILITY_GROUP, item)

    def _add_policy(self) -> None:
        policy = ThrottlingPolicyObject(
            guid=self.new_guid(), name="GlobalThrottlingPolicy_3f0b1c5e", is_default=True,
            throttling_policy_scope="Global",
            powershell_max_concurrency=self.topology.limits.get("shells", 18),
        )  # fmt: skip
        self.directory.create(self.domain_controller, THROTTLING_POLICY, policy)

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


def _copies(spec: DatabaseSpec) -> tuple[DatabaseCopy, ...]:
    """What the directory says of a replicated database's copies, the active one first."""
    if not spec.copies:
        return ()
    passive = (DatabaseCopy(c.server.upper(), c.preference, timedelta(days=c.lag)) for c in spec.copies)
    return (DatabaseCopy(spec.server.upper()), *passive)
