# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Exchange server on the lab's wire, for tests of sessions: it has just enough to be asked.

    with Endpoint() as endpoint:
        transport = DirectTransport(endpoint.options())

calls: (kind, name, arguments) of everything that arrived. Its cmdlets: Get-ExchangeServer,
Set-ADServerSettings, Get-Thing (gives Identity, and the session's settings), Set-Thing (changes),
Get-Together (ends when so many -Callers are in it at once), Set-Slow (-Seconds), Remove-Thing (asks),
Get-Nothing (errors). Programs: hostname, fail, chatter, sleeper.
"""

from __future__ import annotations

import threading
import time
import typing as t
from pathlib import Path

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

from exchange_lab.runspace import (
    HELPERS,
    Cmdlet,
    CmdletSpec,
    CmdletTable,
    Error,
    Invocation,
    ListValue,
    Parameter,
    PSObj,
    SessionState,
)
from exchange_lab.wire import (
    Account,
    AuthPolicy,
    Console,
    EndpointService,
    HttpServer,
    Limits,
    TlsServer,
)

PASSWORD = "s3cret-Pa55wort"
ACCOUNT = "CONTOSO\\Administrator"
SERVER = "mbx1.contoso.lab"
_LIST = ("Microsoft.Exchange.Data.MultiValuedProperty`1[[System.String]]", "System.Object")


def _cmdlet(name: str, body: t.Any, impact: str = "Medium", **parameters: str) -> Cmdlet:
    spec = CmdletSpec(
        name,
        {key: Parameter(key, kind) for key, kind in parameters.items()},
        confirm_impact=impact,
        should_process="Confirm" in parameters,
    )
    return Cmdlet(spec, body)


def _not_found(name: str) -> Error:
    return Error(
        f"The operation couldn't be performed because object '{name}' couldn't be found on"
        " 'dc1.contoso.lab'.",
        exception="Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        error_id="[Server=MBX1,RequestId=0,TimeStamp=11/22/2026 2:15:02 PM] [FailureCategory=Cmdlet-"
        "ManagementObjectNotFoundException] E3DE7D95,Microsoft.Exchange.Management.GetThing",
    )


class Endpoint:
    """One server, with http on a free port of the loopback, in threads of this process."""

    def __init__(self, limits: Limits | None = None, certificate: Path | None = None) -> None:
        """certificate: PEM file with key, for https instead of http."""
        self._tls = TlsServer(certificate) if certificate is not None else None
        self.calls: list[tuple[str, str, dict[str, t.Any]]] = []
        self.ended: list[str] = []
        self._meeting, self._present = threading.Condition(), 0
        # The name of a cmdlet that ends its session the next time it is called.
        self.kill_on = ""
        table = CmdletTable(
            [
                _cmdlet(
                    "Get-ExchangeServer", self._server, Identity="String", Status="SwitchParameter"
                ),
                _cmdlet(
                    "Set-ADServerSettings",
                    self._settings,
                    PreferredServer="String",
                    ViewEntireForest="Boolean",
                ),
                _cmdlet(
                    "Get-Thing", self._thing, Identity="String", Items="String[]", Number="Int32"
                ),
                _cmdlet("Set-Thing", self._set_thing, Identity="String", Password="String"),
                _cmdlet("Get-Together", self._together, Callers="Int32"),
                _cmdlet("Set-Slow", self._slow, Seconds="Int32"),
                _cmdlet(
                    "Remove-Thing",
                    self._remove,
                    "High",
                    Identity="String",
                    Confirm="SwitchParameter",
                ),
                _cmdlet("Get-Nothing", self._nothing, Identity="String"),
                *HELPERS,
            ]
        )
        self.service = EndpointService(
            accounts={ACCOUNT: Account(PASSWORD)},
            cmdlets=table,
            make_session=lambda identity: SessionState(identity.account, id=identity.shell_id),
            programs={
                "hostname": lambda console, _args: console.line("MBX1") or 0,
                "echo": lambda console, _args: console.write(console.command_line) or 0,
                "fail": lambda console, _args: console.err("Größe 📬") or -550,
                "chatter": self._chatter,
                "sleeper": self._sleeper,
            },
            wmi={
                "Win32_Volume": lambda: [{"Name": f"V{n}:\\", "FreeSpace": n} for n in range(700)]
            },
            limits=limits or Limits(reap_every=0.05),
            policies={
                "/powershell": AuthPolicy(allow_unencrypted=True),
                "/wsman": AuthPolicy(allow_unencrypted=True),
            },
            on_call=self._on_call,
            machine=SERVER,
        )
        self._http: HttpServer | None = None
        self.port = 0

    def __enter__(self) -> Endpoint:
        self._http = HttpServer(("127.0.0.1", 0), self.service, self._tls)
        self._http.__enter__()
        self.port = self._http.port
        return self

    def __exit__(self, *failure: t.Any) -> None:
        if self._http is not None:
            self._http.__exit__(*failure)
        self.service.close()

    # -- what a test asks for

    def options(self, **changes: t.Any) -> ConnectionOptions:
        """How to reach it: Basic over http, unless changed."""
        return ConnectionOptions(
            **{
                "host": "127.0.0.1",
                "server": SERVER,
                "user": ACCOUNT,
                "password": PASSWORD,
                "auth": "basic",
                "allow_basic_over_http": True,
                "port": self.port,
                "winrm_port": self.port,
                "winrm_scheme": "http",
                **changes,
            }
        )

    def sessions(self) -> int:
        """How many shells are open."""
        return len(self.service.shells.open_shells())

    def names(self) -> list[str]:
        """The names of all calls, without those that every session begins with."""
        return [n for _k, n, _a in self.calls if n not in ("Select-Object",)]

    def kill_sessions(self) -> None:
        """What an iisreset does."""
        for shell in self.service.shells.open_shells():
            self.service.shells.remove(shell)

    def wait_for(self, condition: t.Callable[[], bool], seconds: float = 60.0) -> bool:
        """Whether it comes true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    # -- cmdlets and programs

    def _on_call(
        self, _session: t.Any, kind: str, name: str, arguments: t.Any
    ) -> t.Callable[[str], None]:
        self.calls.append(
            (kind, name, dict(arguments or {}) if isinstance(arguments, dict) else {})
        )
        return lambda _outcome: self.ended.append(name)

    def _server(self, inv: Invocation, bound: dict[str, t.Any]) -> t.Any:
        if str(bound.get("Identity")).lower() not in (SERVER, "mbx1"):
            inv.write_error(_not_found(str(bound.get("Identity"))))
            return None
        status = bound.get("Status")
        return [
            PSObj(
                ("Microsoft.Exchange.Data.Directory.Management.ExchangeServer", "System.Object"),
                {
                    "Name": "MBX1",
                    "Fqdn": SERVER,
                    "CurrentConfigDomainController": "dc1.contoso.lab" if status else None,
                    "CurrentDomainControllers": ListValue(
                        ["dc2.contoso.lab"] if status else [], _LIST
                    ),
                },
                to_string="MBX1",
            )
        ]

    def _settings(self, inv: Invocation, bound: dict[str, t.Any]) -> None:
        if bound.get("PreferredServer") == "dc9.contoso.lab":
            inv.throw(_not_found("dc9.contoso.lab"))
        inv.session.settings.update(bound)

    def _thing(self, inv: Invocation, bound: dict[str, t.Any]) -> t.Any:
        if bound.get("Identity") == "warn":
            inv.write_warning("be careful")
        return [
            PSObj(
                ("Contoso.Thing", "System.Object"),
                {
                    "Identity": bound.get("Identity"),
                    "Items": ListValue(bound.get("Items") or [], _LIST),
                    "Number": bound.get("Number"),
                    "Controller": inv.session.settings.get("PreferredServer"),
                    "WholeForest": inv.session.settings.get("ViewEntireForest"),
                    "Session": inv.session.id,
                },
                to_string="thing",
            )
        ]

    def _set_thing(self, inv: Invocation, _bound: dict[str, t.Any]) -> None:
        if self.kill_on == "Set-Thing":
            self.kill_on = ""
            threading.Thread(target=self.kill_sessions).start()
            inv.sleep(5)

    def _together(self, _inv: Invocation, bound: dict[str, t.Any]) -> t.Any:
        with self._meeting:
            self._present += 1
            self._meeting.notify_all()
            self._meeting.wait_for(lambda: self._present >= bound["Callers"], 60)
            return [self._present >= bound["Callers"]]

    def _slow(self, inv: Invocation, bound: dict[str, t.Any]) -> t.Any:
        inv.sleep(bound.get("Seconds") or 0)
        return ["done"]

    def _remove(self, inv: Invocation, bound: dict[str, t.Any]) -> t.Any:
        return ["gone"] if inv.should_process(str(bound["Identity"]), "Remove") else []

    def _nothing(self, inv: Invocation, bound: dict[str, t.Any]) -> None:
        inv.write_error(_not_found("a"))
        inv.write_error(_not_found("b"))

    def _chatter(self, console: Console, args: list[str]) -> int:
        for number in range(int(args[0])):
            console.line(f"line {number} ä")
            console.sleep(0.05)
        return 0

    def _sleeper(self, console: Console, _args: list[str]) -> int:
        try:
            threading.Event().wait(0.01)
            console.sleep(600)
        finally:
            self.ended.append("sleeper stopped")
        return 0
