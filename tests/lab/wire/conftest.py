# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small endpoint with toy cmdlets and programs, and unmodified clients to ask it with."""

from __future__ import annotations

import datetime
import ipaddress
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.runspace import (
    HELPERS,
    Cmdlet,
    CmdletTable,
    EnumValue,
    Error,
    Invocation,
    ListValue,
    PSObj,
    SessionState,
    TerminatingError,
    load_specs,
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

USER, PASSWORD = "CONTOSO\\Administrator", "Password01!"
THING_TYPES = ("Contoso.Directory.Thing", "Contoso.Directory.Object", "System.Object")


def _parameter(kind: str = "String", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "sets": ["(All)"],
        "required": False,
        "position": None,
        "pipeline": "False",
        "aliases": [],
        **more,
    }


IDENTITY = _parameter("ThingIdParameter", position=1, pipeline="True")
SPECS = load_specs(
    {
        "Get-Thing": {"parameters": {"Identity": IDENTITY, "ResultSize": _parameter("Unlimited")}},
        "Set-Thing": {
            "parameters": {
                "Identity": {**IDENTITY, "required": True},
                "Quota": _parameter("Unlimited"),
                "Color": _parameter("ThingColor", values=["Red", "Green"]),
                "Enabled": _parameter("Boolean"),
                "Password": _parameter("SecureString"),
                "WhatIf": _parameter("SwitchParameter", aliases=["wi"]),
                "Confirm": _parameter("SwitchParameter", aliases=["cf"]),
            }
        },
        "Remove-Thing": {
            "confirm_impact": "High",
            "parameters": {
                "Identity": {**IDENTITY, "required": True},
                "Force": _parameter("SwitchParameter"),
                "WhatIf": _parameter("SwitchParameter", aliases=["wi"]),
                "Confirm": _parameter("SwitchParameter", aliases=["cf"]),
            },
        },
        "Test-Slow": {
            "parameters": {"Seconds": _parameter("Int32"), "Chatty": _parameter("SwitchParameter")}
        },
        "Test-Echo": {
            "parameters": {
                "Value": _parameter("Object"),
                "InputObject": _parameter("Object", pipeline="True (ByValue)"),
            }
        },
        "Test-Defect": {"parameters": {}},
        "Test-Streams": {"parameters": {}},
    }
)


class Things:
    """The state the toy cmdlets work on."""

    def __init__(self) -> None:
        self.names = [f"T{i}" for i in range(5)]
        self.quota: dict[str, Any] = {}
        self.seen: list[Any] = []


def thing(name: str) -> PSObj:
    """A toy object with every kind of property."""
    return PSObj(
        THING_TYPES,
        {
            "Name": name,
            "Identity": name,
            "Guid": uuid.uuid5(uuid.NAMESPACE_DNS, name),
            "Quota": "2 GB (2,147,483,648 bytes)",
            "Enabled": True,
            "Nothing": None,
            "Count": 7,
            "When": datetime.datetime(2024, 5, 1, 12, 0, tzinfo=datetime.timezone.utc),
            "Kind": EnumValue("Contoso.Kind", "Round", 2),
            "Addresses": ListValue(
                ["SMTP:a@contoso.lab", "smtp:ü&<b>@contoso.lab"],
                ("Contoso.MultiValuedProperty", "System.Object"),
            ),
        },
        to_string=name,
    )


def not_found(name: str) -> Error:
    return Error(
        f"No thing '{name}'.",
        "Contoso.NotFoundException",
        "ObjectNotFound",
        "NotFound,Get-Thing",
        target=name,
    )


def get_thing(inv: Invocation, bound: dict[str, Any]) -> Iterator[PSObj]:
    name = bound.get("Identity")
    if name is None:
        yield from map(thing, inv.organisation.names)
    elif name in inv.organisation.names:
        yield thing(name)
    else:
        inv.write_error(not_found(name))


def set_thing(inv: Invocation, bound: dict[str, Any]) -> None:
    if bound["Identity"] not in inv.organisation.names:
        inv.throw(not_found(bound["Identity"]))
    if inv.should_process(bound["Identity"], "Set"):
        inv.organisation.quota[bound["Identity"]] = bound.get("Quota")
        inv.organisation.seen.append(bound)


def remove_thing(inv: Invocation, bound: dict[str, Any]) -> None:
    if inv.should_process(bound["Identity"], "Remove") and inv.should_continue("Really?"):
        inv.organisation.names.remove(bound["Identity"])


def slow(inv: Invocation, bound: dict[str, Any]) -> Iterator[str]:
    for i in range(bound["Seconds"]):
        inv.sleep(1)
        if bound.get("Chatty"):
            inv.write_progress("Seeding", f"second {i}", 50)
    yield "slept"


def echo(inv: Invocation, bound: dict[str, Any]) -> Iterator[Any]:
    inv.organisation.seen.append(bound.get("Value"))
    yield bound.get("InputObject", bound.get("Value"))


def streams(inv: Invocation, bound: dict[str, Any]) -> Iterator[str]:
    inv.write_warning("careful")
    inv.write_verbose("by the way")
    inv.write_debug("deep down")
    inv.write_progress("Counting", "one", 10)
    inv.host.information("for your information")
    inv.write_error(not_found("x"))
    yield "out"


def defect(inv: Invocation, bound: dict[str, Any]) -> None:
    raise ZeroDivisionError("oops")


BODIES = {
    "Get-Thing": get_thing,
    "Set-Thing": set_thing,
    "Remove-Thing": remove_thing,
    "Test-Slow": slow,
    "Test-Echo": echo,
    "Test-Defect": defect,
    "Test-Streams": streams,
}


def make_table(**more: Any) -> CmdletTable:
    """The toy cmdlets and the helpers."""
    return CmdletTable([*(Cmdlet(SPECS[n], b) for n, b in BODIES.items()), *HELPERS], **more)


class ListHost:
    """A host that keeps what it hears. answers: what it says to questions, one after the other."""

    def __init__(self, *answers: int) -> None:
        self.out: list[Any] = []
        self.errors: list[Error] = []
        self.said: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self._answers = list(answers)

    def output(self, value: Any) -> None:
        self.out.append(value)

    def error(self, error: Error) -> None:
        self.errors.append(error)

    def warning(self, text: str) -> None:
        self.said.append(("warning", text))

    def verbose(self, text: str) -> None:
        self.said.append(("verbose", text))

    def debug(self, text: str) -> None:
        self.said.append(("debug", text))

    def information(self, text: str) -> None:
        self.said.append(("information", text))

    def progress(self, activity: str, status: str, percent: int, done: bool = False) -> None:
        self.said.append(("progress", status))

    def prompt_choice(self, caption: str, message: str, choices: Any, default: int) -> int:
        self.asked.append(message)
        if not self._answers:
            raise TerminatingError(Error("nobody there", error_id="HostFunctionNotImplemented"))
        return self._answers.pop(0)


# -- programs
def hostname(console: Console, args: list[str]) -> None:
    console.line("EX01")


def upper(console: Console, args: list[str]) -> int:
    console.write(console.read_all().decode(console.codec).upper())
    return 0


def show(console: Console, args: list[str]) -> int:
    console.line("|".join(args))
    console.line(console.command_line)
    console.err(f"{console.cwd} {console.env.get('A')}")
    return 0


def leave(console: Console, args: list[str]) -> int:
    return int(args[0])


def cmd(console: Console, args: list[str]) -> int:
    console.line(f"cmd got {args}")
    return 0


def big(console: Console, args: list[str]) -> int:
    for i in range(int(args[0])):
        console.line(f"line {i:08d} äöü " + "x" * 60)
    return 3


def forever(console: Console, args: list[str]) -> int:
    console.line("started")
    while True:
        console.sleep(60)


def broken(console: Console, args: list[str]) -> int:
    raise RuntimeError("broken program")


PROGRAMS: dict[str, Any] = {
    f.__name__: f for f in (hostname, upper, show, leave, cmd, big, forever, broken)
}


def volumes() -> list[dict[str, Any]]:
    return [
        {
            "Name": f"{d}:\\",
            "Label": f"{d} & more",
            "FreeSpace": free,
            "BootVolume": d == "C",
            "PageFilePresent": None,
        }
        for d, free in (("C", 10), ("D", 5000), ("E", 7000))
    ]


class Endpoint:
    """A running endpoint and everything to look at it with."""

    def __init__(
        self, server: HttpServer, service: EndpointService, things: Things, ca: Path | None = None
    ) -> None:
        self.server, self.service, self.things, self.ca = server, service, things, ca
        self.calls: list[tuple[str, str, dict[str, Any], str]] = []

    @property
    def port(self) -> int:
        return self.server.port

    def wsman(self, path: str = "PowerShell", **more: Any) -> WSMan:
        """A pypsrp connection: Basic without encryption unless told."""
        options: dict[str, Any] = {
            "server": "localhost", "port": self.port, "path": path, "ssl": self.ca is not None, "auth": "basic",
            "encryption": "never" if self.ca is None else "auto", "username": USER, "password": PASSWORD, "no_proxy": True,
        }  # fmt: skip
        if self.ca is not None:
            options["cert_validation"] = str(self.ca)
        return WSMan(**{**options, **more})

    def pool(self, wsman: WSMan | None = None, **more: Any) -> RunspacePool:
        return RunspacePool(wsman or self.wsman(), configuration_name="Microsoft.Exchange", **more)

    def defect_free(self) -> bool:
        return not self.service.defects


def invoke(
    pool: RunspacePool, *commands: tuple[str, dict[str, Any]]
) -> tuple[PowerShell, list[Any]]:
    """One pipeline of several commands; closes it on the server."""
    powershell = PowerShell(pool)
    for name, parameters in commands:
        powershell.add_cmdlet(name)
        for key, value in parameters.items():
            powershell.add_parameter(key, value)
    output = powershell.invoke()
    powershell.close()
    return powershell, list(output)


@pytest.fixture
def endpoint_factory() -> Iterator[Callable[..., Endpoint]]:
    """Starts endpoints; keywords: limits, policy, tls, ca, table, keepalive, sleep."""
    running: list[Endpoint] = []

    def start(
        *,
        limits: Limits | None = None,
        policy: AuthPolicy | None = None,
        tls: TlsServer | None = None,
        ca: Path | None = None,
        table: CmdletTable | None = None,
        keepalive: float = 60.0,
        **more: Any,
    ) -> Endpoint:
        things = Things()
        calls: list[tuple[str, str, dict[str, Any], str]] = []
        policy = policy or AuthPolicy(allow_unencrypted=True)

        def on_call(
            session: SessionState, kind: str, name: str, arguments: dict[str, Any]
        ) -> Callable[[str], None]:
            return lambda outcome: calls.append((kind, name, arguments, outcome))

        service = EndpointService(
            accounts={
                USER: Account(PASSWORD, upn="administrator@contoso.lab"),
                "CONTOSO\\bob": Account("bobpw", administrator=False),
                "CONTOSO\\carl": Account("carlpw", remote_powershell=False),
            },
            cmdlets=table or make_table(),
            make_session=lambda identity: SessionState(
                identity.account, identity.roles, organisation=things, id=identity.shell_id
            ),
            programs=PROGRAMS,
            wmi={"Win32_Volume": volumes},
            limits=limits,
            policies={"/powershell": policy, "/wsman": policy},
            on_call=on_call,
            **more,
        )
        server = HttpServer(("127.0.0.1", 0), service, tls=tls, keepalive=keepalive).start()
        endpoint = Endpoint(server, service, things, ca)
        endpoint.calls = calls
        running.append(endpoint)
        return endpoint

    yield start
    for endpoint in running:
        endpoint.server.stop()
        endpoint.service.close()


@pytest.fixture
def endpoint(endpoint_factory: Callable[..., Endpoint]) -> Iterator[Endpoint]:
    """A plain one, which must end without defects."""
    started = endpoint_factory()
    yield started
    assert started.defect_free(), started.service.defects


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(server certificate with key, CA certificate) for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    now = datetime.datetime.now(datetime.timezone.utc)

    def build(subject: str, key: Any, issuer: str, ca: bool) -> x509.CertificateBuilder:
        def name(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = build("Wire test CA", ca_key, "Wire test CA", True).sign(ca_key, hashes.SHA256())
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    server = (
        build("localhost", key, "Wire test CA", False)
        .add_extension(names, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    ca_file, server_file = folder / "ca.pem", folder / "server.pem"
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(ca.public_bytes(pem))
    server_file.write_bytes(
        server.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return server_file, ca_file


def threads_named(prefix: str) -> int:
    """How many threads of the lab are still running."""
    return sum(t.name.startswith(prefix) for t in threading.enumerate())
