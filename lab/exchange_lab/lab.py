# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: an organisation with its endpoints, started and stopped as one thing.

with Lab("contoso", folder) as lab:
    print(lab.endpoints["MBX1"]["http"])
    lab.control.break_database("DB01")
"""

from __future__ import annotations

import fnmatch
import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange_lab import certificates, handover, local_cmdlets, topology
from exchange_lab.call_log import is_changing
from exchange_lab.clock import Clock
from exchange_lab.cmdlets import build_table
from exchange_lab.control import Control, ControlService
from exchange_lab.exchange_server import ExchangeServer
from exchange_lab.faults import Interrupted
from exchange_lab.kerberos import Realm
from exchange_lab.latency import Latency
from exchange_lab.listeners import Listeners
from exchange_lab.organisation import AccountRecord, Organisation
from exchange_lab.programs import PROGRAMS
from exchange_lab.runspace import (
    PipelineStopped,
    SessionState,
)
from exchange_lab.server_context import ServerContext, handler
from exchange_lab.switches import mix
from exchange_lab.topology import Topology
from exchange_lab.wire import (
    Account,
    AuthPolicy,
    ClientGone,
    EndpointService,
    Identity,
    Limits,
    ProgramStopped,
    TlsServer,
)
from exchange_lab.wmi import classes

ADMINISTRATOR_PASSWORD = "Dialtone-Lab-1"
OPERATOR_PASSWORD = "Dialtone-Lab-2"
# how a call of each kind ends that is not carried out
_INTERRUPTED: dict[str, type[BaseException]] = {
    "cmdlet": PipelineStopped, "program": ProgramStopped, "wmi": ClientGone
}  # fmt: skip


class Lab:
    """A simulated organisation that listens on loopback.

    speed: simulated seconds per wall second. latency: False lets everything take no time. endpoints: per server
    name {"http": port, "https": port}. control: everything a test may do. Started once; stop() ends every thread
    and closes every socket. The environment variable EXCHANGE_LAB_SWITCHES chooses the answers to open questions that
    neither `switches` nor the topology give (see `switches.mix`). `folder` gets the servers' files and certificates;
    what lay there before is removed. kerberos: with a realm of its own (`lab.realm`), or that of another lab
    of the same organisation, and cmdlet endpoints that take nothing else, as a default Exchange does.
    """

    def __init__(
        self,
        what: str | Path | Topology,
        folder: Path,
        *,
        speed: float = 60.0,
        seed: int = 1,
        clock: Clock | None = None,
        latency: bool = True,
        switches: dict[str, Any] | None = None,
        limits: Limits | None = None,
        host: str = "127.0.0.1",
        kerberos: bool | Realm = False,
    ) -> None:
        self.topology = what if isinstance(what, Topology) else topology.load(what)
        self.folder, self.seed, self.host = Path(folder), seed, host
        self._clock, self._speed, self._latency = clock, speed, latency
        chosen = mix(os.environ.get("EXCHANGE_LAB_SWITCHES", ""))
        self._switches = {**chosen, **self.topology.switches, **(switches or {})}
        self._limits = limits
        self._uses_kerberos = kerberos
        self.realm: Realm | None = None
        self.endpoints: dict[str, dict[str, int]] = {}
        self.control = Control(self)
        self.control_url = ""
        self.control_token = ""
        self.certificate_authority = self.folder / "certificates" / "ca.pem"
        self._organisation: Organisation | None = None
        self._services: dict[str, EndpointService] = {}
        self._retired: list[EndpointService] = []  # of servers that died
        self._tls: dict[str, TlsServer] = {}
        self._listeners = Listeners(host)  # "" has the control interface
        self._table: Any = None
        self._authority: certificates.Authority

    @property
    def organisation(self) -> Organisation:
        """What is simulated; RuntimeError before start()."""
        if self._organisation is None:
            raise RuntimeError("the lab has not been started")
        return self._organisation

    @property
    def administrator(self) -> AccountRecord:
        """The account with all rights: Organization Management and local administrator everywhere."""
        return self.organisation.accounts[f"{self.topology.netbios}\\Administrator"]

    @property
    def defects(self) -> list[str]:
        """Exceptions inside the lab, as tracebacks: there must be none."""
        found = list(self._table.defects) if self._table is not None else []
        for service in [*self._retired, *self._services.values()]:
            found += [d for d in service.defects if d not in found]
        if self._organisation is not None:
            found += [repr(e) for e in self._organisation.scheduler.failures]
        return found

    @property
    def services(self) -> dict[str, EndpointService]:
        """The endpoints' services by server name, of servers that run."""
        return dict(self._services)

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> Lab:
        """Build the organisation and listen."""
        servers = self.folder / "servers"
        shutil.rmtree(servers, ignore_errors=True)
        servers.mkdir(parents=True)
        self._organisation = organisation = Organisation(
            self.topology, self.folder, self._clock or Clock(self._speed), self.seed,
            latency=Latency(self.seed, self._latency), switches=self._switches,
        )  # fmt: skip
        organisation.faults.lab = self
        self._add_accounts()
        if self._uses_kerberos:
            self._start_realm()
        self._table = build_table(organisation)
        self._table.on_call = self._on_call
        self._authority = certificates.Authority(
            self.folder / "certificates", self.topology.organisation
        )
        self.certificate_authority = self._authority.file
        for server in organisation.servers.values():
            self._tls[server.name] = TlsServer(self._authority.certify(server.fqdn))
            self._serve(server, 0, 0)
        control = ControlService(self.control)
        self.control_token = control.token
        self.control_url = f"http://{self.host}:{self._listeners.open('', control)}"
        return self

    def stop(self) -> None:
        """End everything; the files stay."""
        if self._organisation is not None:
            self._organisation.faults.lift()
        self._listeners.close()
        for service in self._services.values():
            service.close()
        if self._organisation is not None:
            self._organisation.close()
        if self.realm is not None and self.realm is not self._uses_kerberos:
            self.realm.stop()

    def disconnect(self, server: str, silent: bool = False) -> None:
        """Cut a server off: sessions end; its ports refuse connections, or leave them unanswered."""
        name = self.organisation.server(server).name
        self._listeners.cut_off(name, self.endpoints[name].values(), silent)
        service = self._services.pop(name)
        self._retired.append(service)
        service.close()

    def reconnect(self, server: str) -> None:
        """Listen again on the ports it had."""
        found = self.organisation.server(server)
        self._listeners.free(found.name)
        ports = self.endpoints[found.name]
        self._serve(found, ports["http"], ports["https"])

    def close_ports(self, server: str, silent: bool = False) -> None:
        """Cut a server off the network without harm to it: connections end, its shells live on."""
        name = self.organisation.server(server).name
        self._listeners.cut_off(name, self.endpoints[name].values(), silent)

    def open_ports(self, server: str) -> None:
        """Take connections again on the ports it had."""
        name = self.organisation.server(server).name
        self._listeners.free(name)
        if name in self._services:
            self._open(name, self.endpoints[name]["http"], self.endpoints[name]["https"])

    def change_certificate(self, server: str, host: str, **options: Any) -> None:
        """Serve https with another certificate from now on (see Authority.certify); https connections end."""
        found = self.organisation.server(server)
        tls = self._tls[found.name] = TlsServer(self._authority.certify(host, **options))
        for listener in self._listeners.of(found.name):
            if listener.tls is not None:
                listener.tls = tls
                listener.drop_connections()

    def shift_clock(self, server: str, seconds: float) -> None:
        """Let the server's own clock, as its web site tells the time, be fast by so many real seconds."""
        for listener in self._listeners.of(self.organisation.server(server).name):
            listener.ahead = seconds

    def change_password(self, account: str, password: str) -> None:
        """Give an account another password, which all servers ask for at once; logged on connections end."""
        self.organisation.accounts[account].password = password
        for name, service in self._services.items():
            service.change_password(account, password)
            self._listeners.drop_connections(name)

    def close_shells(self, server: str = "*", idle_only: bool = False) -> None:
        """End shells and connections of servers (wildcards); with idle_only those that do nothing now."""
        for name, service in self._services.items():
            if not fnmatch.fnmatchcase(name, server.upper()):
                continue
            for shell in service.shells.open_shells():
                if not (idle_only and shell.busy):
                    service.shells.remove(shell)
            if not idle_only:
                self._listeners.drop_connections(name)

    def sessions(self) -> dict[str, Any]:
        """Remote shells: opened ever, open now, and open per server."""
        by_server = {name: service.shells_open for name, service in self._services.items()}
        services = [*self._retired, *self._services.values()]
        return {
            "opened": sum(service.shells_opened for service in services),
            "open": sum(by_server.values()),
            "by_server": by_server,
        }

    def write_inventory(self, path: Path, *, scheme: str = "http", auth: str = "negotiate") -> None:
        """An ordinary inventory of the organisation's servers, with the loopback ports."""
        handover.write_inventory(self, path, scheme=scheme, auth=auth)

    def write_control_file(self, path: Path) -> None:
        """Where the control interface is, and its token, as JSON; appears at once and complete."""
        handover.write_control_file(self, path)

    def run_cmdlet(self, name: str, parameters: dict[str, Any]) -> list[Any]:
        """Run a cmdlet as the administrator without the wire; its objects as plain dicts. RuntimeError on errors."""
        return local_cmdlets.run(self.organisation, self._table, self.administrator, name, parameters)

    def _add_accounts(self) -> None:
        netbios = self.topology.netbios
        for record in (
            AccountRecord(f"{netbios}\\Administrator", ADMINISTRATOR_PASSWORD),
            AccountRecord(
                f"{netbios}\\operator", OPERATOR_PASSWORD,
                roles=("View-Only Organization Management",), local_administrator=False,
            ),
        ):  # fmt: skip
            self.organisation.accounts[record.name] = record

    def _start_realm(self) -> None:
        if isinstance(self._uses_kerberos, Realm):
            self.realm = self._uses_kerberos
            return
        self.realm = realm = Realm(self.topology.domain)
        for record in self.organisation.accounts.values():
            realm.add_user(record.name.partition("\\")[2], record.password)
        for server in self.organisation.servers.values():
            realm.add_service(server.fqdn)
        realm.serve()

    def _policy(self, path: str, host: str) -> AuthPolicy:
        """Exchange's endpoint takes only Kerberos by default, WinRM whatever can be negotiated."""
        if self.realm is None:
            return AuthPolicy()
        if path == "/powershell":
            return AuthPolicy(("Kerberos", "Negotiate"), ("kerberos",), hostname=host)
        return AuthPolicy(("Negotiate", "Kerberos"), hostname=host)

    def _make_service(self, server: ExchangeServer) -> EndpointService:
        organisation = self.organisation
        domain, switches = self.topology.domain, organisation.switches
        offered = (
            ("/powershell", "/wsman") if switches["remote_powershell"] == "offered" else ("/wsman",)
        )
        return EndpointService(
            accounts={
                name: Account(
                    record.password,
                    roles=frozenset(record.roles),
                    upn=f"{name.partition(chr(92))[2]}@{domain}",
                    administrator=record.local_administrator,
                )
                for name, record in organisation.accounts.items()
            },
            cmdlets=self._table,
            make_session=lambda identity: self._make_session(server, identity),
            programs={
                name: handler(program, name == "eseutil" and not switches["eseutil_on_path"])
                for name, program in PROGRAMS.items()
            },
            make_console_context=lambda session, console: ServerContext(
                organisation, server, session, console
            ),
            wmi=classes(organisation, server),
            limits=self._limits
            or _limits(
                {
                    "idle_timeout": switches["idle_timeout_seconds"],
                    "remote_idle_as_asked": switches["program_shell_idle_time"] == "as asked",
                    **self.topology.limits,
                }
            ),
            policies={path: self._policy(path, server.fqdn) for path in offered},
            on_call=self._on_call,
            at=functools.partial(organisation.faults.at, server=server.name),
            machine=server.fqdn,
        )

    def _make_session(self, server: ExchangeServer, identity: Identity) -> SessionState:
        organisation = self.organisation
        if identity.kind == "cmdlets":
            organisation.clock.sleep(organisation.latency.seconds("open session"))
        return SessionState(
            identity.account, roles=frozenset(identity.roles), server=server,
            organisation=organisation, id=identity.shell_id, sleep=organisation.clock.sleep,
        )  # fmt: skip

    def _on_call(
        self, session: SessionState, kind: str, name: str, arguments: Any
    ) -> Callable[[str], None]:
        if session.account == local_cmdlets.ACCOUNT:
            return lambda _outcome: None
        server = getattr(session.server, "name", str(session.server))
        finish = self.organisation.calls.begin(
            server, session.account, session.id, kind, name, arguments
        )
        faults = self.organisation.faults
        facts = {
            "server": server, "account": session.account, "session": session.id, "kind": kind,
            "name": name, "arguments": arguments, "changing": is_changing(kind, name, arguments),
        }  # fmt: skip
        try:
            faults.at("call", **facts)
        except Interrupted:
            finish("interrupted")
            raise _INTERRUPTED[kind]() from None
        except BaseException:
            finish("fault")
            raise

        def finished(outcome: str) -> None:
            finish(outcome)
            faults.at("called", **facts, outcome=outcome)

        return finished

    def _serve(self, server: ExchangeServer, http: int, https: int) -> None:
        """Open a server's endpoints on these ports (0: free ones)."""
        self._services[server.name] = self._make_service(server)
        self._open(server.name, http, https)

    def _open(self, name: str, http: int, https: int) -> None:
        service = self._services[name]
        self.endpoints[name] = {
            "http": self._listeners.open(name, service, http),
            "https": self._listeners.open(name, service, https, self._tls[name]),
        }


def _limits(values: dict[str, Any]) -> Limits:
    names = {"shells": "shells_per_user", "idle_timeout": "idle_timeout"}
    return Limits(**{names.get(name, name): value for name, value in values.items()})
