# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own interface for tests and rehearsals: send mail, back up, break things, read everything.

`Control` works in the lab's process. `Client` has the same methods over HTTP (JSON, one POST per call, a token).
"""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from exchange_lab import power, windows_backup
from exchange_lab.directory import DATABASE, MAILBOX, MOVE_REQUEST, MoveRequestObject
from exchange_lab.ese import snapshot_backup
from exchange_lab.faults.catalogue import CATALOGUE
from exchange_lab.faults.engine import describe
from exchange_lab.files import FileSystem, Volume
from exchange_lab.files.shares import Share, grants
from exchange_lab.population import mailbox_object
from exchange_lab.store import MountedDatabase
from exchange_lab.topology import MailboxSpec
from exchange_lab.wire.http_server import Connection, HttpResponse

if TYPE_CHECKING:
    from exchange_lab.lab import Lab
    from exchange_lab.organisation import Organisation

# Simulated seconds to wait for replication before looking.
_PATIENCE = 60.0
# What a mark means for the messages that are accepted from then on.
_PERIODS = {"failure": "during", "end": "after"}


class ControlError(Exception):
    """The lab could not do what it was told; the message says why."""


class Control:
    """Everything a test may do to the organisation. Arguments and results are JSON-able.

    Databases, servers and mailboxes are named; times in results are ISO text, durations simulated seconds.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @property
    def _organisation(self) -> Organisation:
        return self._lab.organisation

    # -- looking
    def status(self) -> dict[str, Any]:
        """time, speed, databases (by name), queues with messages, dead servers, services that don't run, mail flow."""
        organisation = self._organisation
        with organisation.lock:
            view = organisation.view()
            owners = view.all(MAILBOX)
            return {
                "time": organisation.clock.now().isoformat(),
                "speed": organisation.clock.speed,
                "databases": {
                    d.name: {
                        "guid": d.guid,
                        "server": d.server,
                        "recovery": d.recovery,
                        "mounted": organisation.mounted(d.guid) is not None,
                        "mailboxes": sum(o.database == d.guid for o in owners),
                        "archives": sum(o.archive_database == d.guid for o in owners),
                        "edb": d.edb_file_path,
                        "logs": d.log_folder_path,
                        "prefix": d.log_file_prefix,
                    }
                    for d in view.all(DATABASE)
                },
                "queues": [q for q in self.queues() if q["messages"]],
                "dead": [s.name for s in organisation.servers.values() if not s.alive],
                "stopped": [
                    f"{s.name}/{name}"
                    for s in organisation.servers.values()
                    if s.alive
                    for name, state in s.services.items()
                    if state != "Running"
                ],
                "mail_flow": {
                    "rate": organisation.mail_flow.rate,
                    "refused_logons": organisation.mail_flow.refused,
                },
            }

    def queues(self) -> list[dict[str, Any]]:
        """All delivery queues of all transport servers."""
        with self._organisation.lock:
            return [
                {
                    "identity": q.identity,
                    "database": q.next_hop_domain,
                    "status": q.status,
                    "messages": q.message_count,
                    "retries": q.retry_count,
                    "last_error": q.last_error,
                }
                for server in self._organisation.servers.values()
                for q in server.transport.queues.values()
            ]

    def read(self, mailbox: str, archive: bool = False) -> list[dict[str, Any]] | None:
        """All items of a mailbox where the directory says it is; None when it can't be opened or isn't there."""
        with self._organisation.lock:
            owner = self._organisation.mailbox(mailbox)
            database = owner.archive_database if archive else owner.database
            guid = owner.archive_guid if archive else owner.exchange_guid
            mounted = self._organisation.mounted(database) if database else None
            stored = mounted.mailbox(guid) if mounted and guid else None
            return None if stored is None else [asdict(m) for m in stored.messages.values()]

    def audit(self) -> dict[str, Any]:
        """Every message ever accepted against what is in the mailboxes: see `Audit.report`."""
        organisation = self._organisation
        with organisation.lock:
            return organisation.audit.report(organisation.view(), organisation.mounted)

    def timeline(self) -> dict[str, Any]:
        """Marks, outages of databases and mailboxes: see `Timeline.to_json`."""
        with self._organisation.lock:
            return self._organisation.timeline.to_json()

    def calls(self, changing: bool | None = None) -> list[dict[str, Any]]:
        """Remote calls the lab was sent, in order; only (not) changing ones if asked."""
        return self._organisation.calls.calls(changing)

    def sessions(self) -> dict[str, Any]:
        """opened and open: numbers of remote shells ever and now; by_server: open ones."""
        return self._lab.sessions()

    def users(self) -> list[str]:
        """Users who have worked in their mailboxes in the last minutes."""
        with self._organisation.lock:
            return self._organisation.mail_flow.active()

    def events(self, server: str) -> list[dict[str, Any]]:
        """The Application log of a server, as far as the store writes it."""
        with self._organisation.lock:
            return [
                {**asdict(e), "time": e.time.isoformat()}
                for e in self._organisation.server(server).store.events
            ]

    def files(self, server: str, path: str) -> list[dict[str, Any]]:
        """A folder's content: name, is_dir, size."""
        fs = self._organisation.server(server).fs
        return [
            {"name": e.name, "is_dir": e.is_dir, "size": e.size}
            for e in (fs.listdir(path) if fs.is_dir(path) else [])
        ]

    def faults(self) -> list[dict[str, Any]]:
        """The catalogue: name, family, description, shows, options with their defaults; active: what is injected."""
        injected = self._organisation.faults.active()
        return [describe(fault, injected) for _name, fault in sorted(CATALOGUE.items())]

    def defects(self) -> list[str]:
        """Exceptions inside the lab; there must be none."""
        return self._lab.defects

    # -- time and mail
    def sleep(self, seconds: float) -> str:
        """Let simulated time pass; returns the time after it."""
        self._organisation.clock.sleep(seconds)
        return self._organisation.clock.now().isoformat()

    def advance(self, seconds: float) -> str:
        """The same, by the name it has on a clock that jumps."""
        return self.sleep(seconds)

    def mark(self, name: str) -> None:
        """Name this moment. From "failure" on messages count as sent during the outage, from "end" on after it."""
        with self._organisation.lock:
            self._organisation.timeline.mark(name)
            self._organisation.audit.period = _PERIODS.get(name, self._organisation.audit.period)

    def send(self, mailbox: str = "all", count: int = 1, size: int = 50_000) -> int:
        """Send messages to a mailbox or to all that get mail; returns how many were accepted."""
        organisation = self._organisation
        with organisation.lock:
            flow = organisation.mail_flow
            owners = flow.recipients() if mailbox == "all" else [organisation.mailbox(mailbox)]
            return sum(flow.send(o, size=size) for o in owners for _unused in range(count))

    def start_mail_flow(self, messages_per_hour_per_mailbox: float = 6.0) -> None:
        """Let mail flow to all mailboxes, and let their users work, until it is stopped."""
        self._organisation.mail_flow.start(messages_per_hour_per_mailbox)

    def stop_mail_flow(self) -> None:
        """End the mail flow."""
        self._organisation.mail_flow.stop()

    def drain(self) -> int:
        """Stop the flow, wait for the directory, deliver what can be; returns how many messages still wait."""
        organisation = self._organisation
        organisation.mail_flow.stop()
        organisation.clock.sleep(max(organisation.directory.lags()) + 1)
        with organisation.lock:
            for server in organisation.servers.values():
                server.transport.flush()
            return sum(q["messages"] for q in self.queues())

    # -- backups and damage
    def backup(self, database: str, folder: str, truncate: bool = False) -> dict[str, Any]:
        """A full backup (shadow copy) into a folder of the database's server; takes its time."""
        organisation = self._organisation
        with organisation.lock:
            mounted = self._mounted(database)
            size = mounted.instance.size
            fs = mounted.instance.fs
            if not fs.is_dir(folder):
                fs.mkdir(folder)
            result = snapshot_backup(mounted.instance, folder, truncate=truncate)
        organisation.clock.sleep(organisation.latency.seconds("backup", size))
        return asdict(result)

    def windows_backup(self, server: str, target: str = "E:") -> str:
        """A full backup of a server's mounted databases by Windows Server Backup; returns wbadmin's version."""
        organisation = self._organisation
        with organisation.lock:
            host = organisation.server(server)
            mounted = [m.instance for m in host.store.databases.values() if not m.object.recovery]
            now = organisation.clock.now()
            version = windows_backup.take(host.fs, host.name, target, mounted, now)
            size = sum(instance.size for instance in mounted)
        organisation.clock.sleep(organisation.latency.seconds("backup", size))
        return version.identifier

    def break_database(self, name: str, how: str = "destroy_edb") -> None:
        """Break a mounted database.

        how: crash (dirty, all files there), destroy_edb (its .edb is gone, the logs survive), destroy_all.
        """
        if how not in ("crash", "destroy_edb", "destroy_all"):
            raise ControlError(f"how must be crash, destroy_edb or destroy_all, not {how}")
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            server = organisation.server(item.server)
            self._mounted(name)
            self.mark("failure")
            server.store.crash_database(item.guid)
            if how == "crash":
                return
            stem = item.edb_file_path.removesuffix(".edb")
            doomed = [item.edb_file_path, f"{stem}.jfm"]
            if how == "destroy_all":
                doomed += [
                    f"{item.log_folder_path}\\{e.name}"
                    for e in server.fs.listdir(item.log_folder_path)
                    if not e.is_dir and e.name.upper().startswith(item.log_file_prefix.upper())
                ]
            for path in doomed:
                if server.fs.is_file(path):
                    server.fs.delete(path)

    def kill_server(
        self, name: str, disks: str = "kept", network: str = "refused", mark: str | None = "failure"
    ) -> None:
        """A whole server dies, as by power loss.

        disks: kept (databases stay dirty, queued mail stays in the queue files) or lost (all of it is gone).
        network: connections to its ports are refused, or get no answer ("timeout"). mark: how the moment is named.
        """
        _check_choice("disks", disks, ("kept", "lost"))
        _check_choice("network", network, ("refused", "timeout"))
        organisation = self._organisation
        server = organisation.server(name)
        if not server.alive:
            raise ControlError(f"{server.name} is dead already")
        with organisation.lock:
            if mark:
                self.mark(mark)
            power.kill(organisation, server, disks_kept=disks == "kept")
        self._lab.disconnect(server.name, network == "timeout")

    def rebuild_server(
        self,
        name: str,
        disks: str = "kept",
        version: str | None = None,
        windows_version: str | None = None,
    ) -> list[str]:
        """A dead server is back: Setup /Mode:RecoverServer under its old name, at the addresses it had.

        disks: kept (what survived the death is there) or lost (all volumes are new and empty). version,
        windows_version: what it shows from now on. Services start; returns the names of databases with
        MountAtStartup that did not mount. It takes no time: let it pass before.
        """
        _check_choice("disks", disks, ("kept", "lost"))
        organisation = self._organisation
        server = organisation.server(name)
        if server.alive:
            raise ControlError(f"{server.name} is not dead")
        with organisation.lock:
            failed = power.rebuild(
                organisation, server, disks_kept=disks == "kept", version=version,
                windows_version=windows_version,
            )  # fmt: skip
        self._lab.reconnect(server.name)
        return failed

    def mount(self, name: str, force: bool = False) -> None:
        """Mount a database without a session, as somebody at the console would."""
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            organisation.server(item.server).store.mount(item, force=force, view=organisation.view())

    def dismount(self, name: str) -> None:
        """Dismount a database cleanly."""
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            organisation.server(item.server).store.dismount(item.guid)

    def copy_files(self, server: str, folder: str, target_server: str, target_folder: str) -> int:
        """Bring a folder's files to another server, as backup software or somebody with a disk in his bag does.

        Also from a dead server whose disks were kept. Files that are there already are replaced; mounted databases
        can't be copied. Takes its time; returns how many files there were.
        """
        organisation = self._organisation
        source, target = organisation.server(server).fs, organisation.server(target_server).fs
        paths = list(source.walk(folder))
        organisation.clock.sleep(
            organisation.latency.seconds("copy over the network", sum(map(source.size, paths)))
        )
        for path in paths:
            place = target_folder.rstrip("\\") + path[len(folder.rstrip("\\")) :]
            above = place.rpartition("\\")[0]
            if not target.is_dir(above):
                target.mkdir(above)
            target.write_bytes(place, source.read_bytes(path))
        return len(paths)

    def add_share(
        self, path: str, readers: Sequence[str] = (), delegates: Sequence[str] = ()
    ) -> None:
        r"""A share of a file server, `\\\\backup\\exchange`; again: other grants.

        readers: accounts, such as Administrator, or MBX1$ for what runs there as SYSTEM. delegates: servers that may
        act for a reader who has a session there; without that a session can't read any share.
        """
        network = self._organisation.network
        host, name = path.strip("\\").split("\\")
        key = (host.upper(), name.upper())
        share = network.shares.get(key) or self._new_share(host, name)
        share.readers = grants(readers, network.domain)
        share.delegates = set(delegates)
        network.shares[key] = share

    def set_file_server(self, host: str, reachable: bool) -> None:
        """Take a file server off the network, or put it back."""
        unreachable = self._organisation.network.unreachable
        (unreachable.discard if reachable else unreachable.add)(host.upper())

    def copy_to_share(self, server: str, folder: str, path: str) -> int:
        """Bring a folder of a server to a folder of a share, as backup software does; returns how many files."""
        share, place = self._organisation.network.find(path)
        source = self._organisation.server(server).fs
        found = list(source.walk(folder))
        for file in found:
            target = place + file[len(folder.rstrip("\\")) :]
            above = target.rpartition("\\")[0]
            if not share.fs.is_dir(above):
                share.fs.mkdir(above)
            share.fs.write_bytes(target, source.read_bytes(file))
            share.fs.touch(target, source.entry(file).modified)
        return len(found)

    def _new_share(self, host: str, name: str) -> Share:
        organisation = self._organisation
        known = organisation.network.shares.items()
        fs = next((share.fs for (other, _name), share in known if other == host.upper()), None)
        if fs is None:
            volume = Volume("E:\\", 8 * 1024**4, "Backups", device_id=organisation.new_device_id())
            fs = FileSystem(organisation.folder / "servers" / host.upper(), [volume], organisation.clock)
        folder = f"E:\\{name}"
        if not fs.is_dir(folder):
            fs.mkdir(folder)
        return Share(fs, folder)

    def delete_file(self, server: str, path: str) -> None:
        """Delete a file."""
        self._organisation.server(server).fs.delete(path)

    def inject(self, fault: str, **options: Any) -> None:
        """Let something break (see `faults`). For all: seconds; for most: nth, times and what calls it is for."""
        if fault not in CATALOGUE:
            raise ControlError(f"there is no fault {fault}")
        self._organisation.faults.inject(CATALOGUE[fault], **options)

    def lift(self, name: str = "*") -> int:
        """Mend what this fault (wildcards; all unless told) broke; returns how often it struck."""
        return self._organisation.faults.lift(name)

    def fill_volume(self, server: str, path: str, free: int) -> None:
        """Leave only so many bytes free on the volume of `path`."""
        fs = self._organisation.server(server).fs
        volume = fs.volume_of(path)
        taken = max(0, fs.free(volume) - free)
        header = json.dumps({"lab": "filler", "size": taken}, separators=(",", ":"))
        fs.write_bytes(f"{volume.name}filler.bin", header.encode() + b"\n")

    def set_acl(self, server: str, path: str, entries: list[str] | None) -> None:
        """Set the access entries of a file or folder; None: what the parent hands down."""
        self._organisation.server(server).fs.set_acl(path, entries)

    def set_service(self, server: str, service: str, running: bool) -> None:
        """Start or stop a service; stopping MSExchangeIS dismounts every database of the server."""
        organisation = self._organisation
        with organisation.lock:
            target = organisation.server(server)
            if not target.alive:
                raise ControlError(f"{target.name} is dead")
            if service not in target.services:
                raise ControlError(f"{target.name} has no service {service}")
            organisation.set_service(target, service, running)

    def restart_store(self, server: str) -> None:
        """Restart MSExchangeIS: an outage of every database of the server; takes its time."""
        organisation = self._organisation
        self.set_service(server, "MSExchangeIS", False)
        organisation.clock.sleep(organisation.latency.seconds("store restart"))
        self.set_service(server, "MSExchangeIS", True)

    def set_component(self, server: str, component: str, active: bool) -> None:
        """Set a server component's state."""
        with self._organisation.lock:
            target = self._organisation.server(server)
            target.components[component] = "Active" if active else "Inactive"

    def set_switch(self, name: str, value: Any) -> None:
        """Answer an open question about Exchange (see `switches.SWITCHES`)."""
        with self._organisation.lock:
            if name not in self._organisation.switches:
                raise ControlError(f"there is no switch {name}")
            self._organisation.switches[name] = value

    # -- setting the scene
    def run_cmdlet(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Run a cmdlet as the administrator, not through the wire and not in the call log."""
        if name.startswith("Get-"):
            # what was just written, on whatever domain controller, is to be in the answer
            lags = [c.lag for c in self._organisation.directory.domain_controllers]
            self._organisation.clock.sleep(min(max(lags), _PATIENCE))
        return self._lab.run_cmdlet(name, dict(parameters or {}))

    def add_mailbox(self, name: str, database: str, kind: str = "user", **attributes: Any) -> str:
        """Create a mailbox nobody has opened yet; returns its directory GUID."""
        organisation = self._organisation
        with organisation.lock:
            databases = {d.name: d.guid for d in organisation.view().all(DATABASE)}
            if database not in databases:
                raise ControlError(f"there is no database {database}")
            spec = MailboxSpec(kind, database, names=(name,), archive=attributes.pop("archive", None))
            owner = mailbox_object(
                organisation.topology, spec, name, databases, organisation.new_guid
            )
            owner = replace(
                owner, when_mailbox_created=organisation.clock.now(), **attributes
            )
            return organisation.directory.create(organisation.domain_controller, MAILBOX, owner).guid

    def delete_mailbox(self, mailbox: str) -> None:
        """Somebody deletes a user. The stored mailbox stays, disconnected; the audit lists its messages apart."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            organisation.directory.delete(organisation.domain_controller, MAILBOX, owner.guid)
            organisation.audit.departed(owner.guid, owner.name)
            for database, guid in (
                (owner.database, owner.exchange_guid),
                (owner.archive_database, owner.archive_guid),
            ):
                mounted = organisation.mounted(database) if database else None
                if mounted and guid and mounted.mailbox(guid):
                    mounted.disconnect(guid, "Disabled")

    def change_mailbox(self, mailbox: str, **changes: Any) -> None:
        """Change attributes of a mailbox in the directory (snake case, see MailboxObject)."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            organisation.directory.write(
                organisation.domain_controller, MAILBOX, owner.guid, changes
            )

    def add_move_request(
        self, mailbox: str, target_database: str, status: str = "InProgress"
    ) -> str:
        """Pretend that a mailbox move is on its way; returns the request's GUID."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            request = MoveRequestObject(
                guid=organisation.new_guid(), name=owner.name, mailbox=owner.guid, status=status,
                source_database=owner.database,
                target_database=organisation.database(target_database).guid,
                distinguished_name=owner.distinguished_name,
            )  # fmt: skip
            organisation.directory.create(organisation.domain_controller, MOVE_REQUEST, request)
            self.change_mailbox(owner.guid, mailbox_move_status=status)
            return request.guid

    def remove_move_request(self, guid: str) -> None:
        """A pretended move is over: its request is gone, and the mailbox stays where it is."""
        organisation = self._organisation
        with organisation.lock:
            request = organisation.view().get(MOVE_REQUEST, guid)
            if request is None:
                raise ControlError(f"there is no move request {guid}")
            self.change_mailbox(request.mailbox, mailbox_move_status="None")
            organisation.directory.delete(organisation.domain_controller, MOVE_REQUEST, guid)

    def add_items(
        self, mailbox: str, corrupt: int = 0, large: int = 0, rules: int = 0
    ) -> None:
        """Put items into a mailbox where it is now: unreadable ones, too large ones, hidden rules."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            mounted = organisation.reach(owner.guid)
            if mounted is None:
                raise ControlError(f"the mailbox {owner.name} cannot be opened now")
            stored = mounted.logon(owner.exchange_guid, owner)
            kinds: list[dict[str, Any]] = [{"corrupt": True}] * corrupt
            kinds += [{"large": True, "size": 200 * 1024**2}] * large
            kinds += [{"associated": True, "item_class": "IPM.Rule.Version2.Message"}] * rules
            for changes in kinds:
                message = organisation.mail_flow.new_message(**changes)
                stored.add(message, weight=1000)
                organisation.audit.stored(message, owner.guid)

    def age(self, seconds: float) -> None:
        """Make what is queued look older, so that it expires soon."""
        with self._organisation.lock:
            for server in self._organisation.servers.values():
                for queue in server.transport.queues.values():
                    for envelope in queue.messages:
                        envelope.submitted -= timedelta(seconds=seconds)

    def _mounted(self, name: str) -> MountedDatabase:
        mounted = self._organisation.mounted(self._organisation.database(name).guid)
        if mounted is None:
            raise ControlError(f"{name} is not mounted")
        return mounted


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ControlError(f"{name} must be one of {', '.join(choices)}, not {value}")


METHODS = frozenset(name for name in vars(Control) if not name.startswith("_"))


class ControlService:
    """`Control` behind an HTTP server: POST /<method> with {"arguments": [...], "options": {...}}."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.token = secrets.token_urlsafe(24)

    def handle(
        self, _connection: Connection, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> HttpResponse:
        """One call; 401 without the token, 404 for what is not a method, 400 when the call failed."""
        if not secrets.compare_digest(headers.get("authorization", ""), f"Bearer {self.token}"):
            return _answer(401, {"error": "wrong token"})
        name = path.strip("/")
        if method != "POST" or name not in METHODS:
            return _answer(404, {"error": f"there is no method {name}"})
        try:
            call = json.loads(body or b"{}")
            result = getattr(self.control, name)(*call.get("arguments", ()), **call.get("options", {}))
        except Exception as error:  # the outermost layer: the client gets the reason
            return _answer(400, {"error": f"{type(error).__name__}: {error}"})
        return _answer(200, {"result": result})


class Client:
    """The methods of `Control`, called in the lab's process from another one. Raises ControlError."""

    def __init__(self, url: str, token: str, timeout: float = 600.0) -> None:
        self._url, self._token, self._timeout = url.rstrip("/"), token, timeout

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(name)

        def call(*arguments: Any, **options: Any) -> Any:
            return self._call(name, arguments, options)

        return call

    def _call(self, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self._url}/{name}",
            data=json.dumps({"arguments": arguments, "options": options}).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on loopback
        try:
            with opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from error


def _answer(status: int, data: dict[str, Any]) -> HttpResponse:
    body = json.dumps(data, default=str).encode()
    return HttpResponse(status, [("Content-Type", "application/json")], body)
