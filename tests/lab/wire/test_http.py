# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication, message encryption, TLS and plain HTTP, with unmodified clients and raw sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import winrm
from pypsrp.exceptions import AuthenticationError, WinRMTransportError
from pypsrp.shell import Process, WinRS

from exchange_lab.wire import Account, AuthPolicy, TlsServer
from exchange_lab.wire.auth import AccountDirectory

from .conftest import PASSWORD, USER, Endpoint, invoke

ENCRYPTED = AuthPolicy(allow_unencrypted=False)
UPN = "administrator@contoso.lab"


def ask(endpoint: Endpoint, **options: Any) -> str:
    """One cmdlet call in a session of its own."""
    with endpoint.pool(endpoint.wsman(**options)) as pool:
        _ps, (got,) = invoke(pool, ("Get-Thing", {"Identity": "T1"}))
        return str(got)


@pytest.mark.parametrize("auth", ["basic", "ntlm", "negotiate"])
@pytest.mark.parametrize("user", [USER, "contoso\\ADMINISTRATOR", UPN])
def test_every_scheme_without_encryption(endpoint: Endpoint, auth: str, user: str) -> None:
    assert ask(endpoint, auth=auth, username=user) == "T1"


@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_message_encryption_over_http(endpoint_factory: Callable[..., Endpoint], auth: str) -> None:
    endpoint = endpoint_factory(policy=ENCRYPTED)
    assert ask(endpoint, auth=auth, encryption="auto") == "T1"
    with WinRS(endpoint.wsman("wsman", auth=auth, encryption="auto")) as shell:
        process = Process(shell, "big", ["3000"], no_shell=True)
        process.invoke()
    assert process.rc == 3
    assert len(process.stdout.splitlines()) == 3000
    assert endpoint.defect_free()


@pytest.mark.strictness
def test_plain_bodies_are_refused_where_the_policy_says_so(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(policy=ENCRYPTED)
    for auth in ("basic", "ntlm"):
        with pytest.raises(WinRMTransportError) as refused:
            ask(endpoint, auth=auth, encryption="never")
        assert refused.value.code == 500
    assert endpoint.service.shells.opened == 0


@pytest.mark.strictness
@pytest.mark.parametrize("auth", ["basic", "ntlm", "negotiate"])
@pytest.mark.parametrize(
    ("user", "password"),
    [(USER, "wrong"), ("CONTOSO\\nobody", PASSWORD), ("OTHER\\Administrator", PASSWORD)],
)
def test_wrong_credentials_are_refused(
    endpoint: Endpoint, auth: str, user: str, password: str
) -> None:
    with pytest.raises(AuthenticationError):
        ask(endpoint, auth=auth, username=user, password=password)
    assert endpoint.service.shells.opened == 0


@pytest.mark.strictness
def test_a_policy_names_the_schemes(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory(policy=AuthPolicy(schemes=("Negotiate",), allow_unencrypted=True))
    with pytest.raises((AuthenticationError, WinRMTransportError)):
        ask(endpoint, auth="basic")
    assert ask(endpoint, auth="negotiate") == "T1"
    kerberos_only = AuthPolicy(
        schemes=("Negotiate",), mechanisms=("kerberos",), allow_unencrypted=True
    )
    endpoint = endpoint_factory(policy=kerberos_only)
    with pytest.raises((AuthenticationError, WinRMTransportError)):
        ask(endpoint, auth="ntlm")
    assert endpoint.service.shells.opened == 0


def test_a_server_that_asks_every_time(endpoint_factory: Callable[..., Endpoint]) -> None:
    endpoint = endpoint_factory(policy=AuthPolicy(persist=False, allow_unencrypted=True))
    assert ask(endpoint, auth="ntlm") == "T1"


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_pywinrm_over_http(endpoint_factory: Callable[..., Endpoint], transport: str) -> None:
    endpoint = endpoint_factory(policy=ENCRYPTED if transport == "ntlm" else None)
    session = winrm.Session(
        f"http://localhost:{endpoint.port}/wsman", auth=(USER, PASSWORD), transport=transport, proxy=None,
        message_encryption="auto" if transport == "ntlm" else "never",
    )  # fmt: skip
    assert session.run_cmd("hostname").status_code == 0


@pytest.fixture
def tls_endpoint(
    endpoint_factory: Callable[..., Endpoint], certificate: tuple[Path, Path]
) -> Endpoint:
    server, ca = certificate
    return endpoint_factory(tls=TlsServer(server), ca=ca, policy=ENCRYPTED)


@pytest.mark.parametrize("auth", ["basic", "ntlm", "negotiate"])
def test_tls_with_channel_binding(tls_endpoint: Endpoint, auth: str) -> None:
    assert ask(tls_endpoint, auth=auth) == "T1"


def test_tls_with_message_encryption_on_top(tls_endpoint: Endpoint) -> None:
    assert ask(tls_endpoint, auth="ntlm", encryption="always") == "T1"


def test_an_untrusted_certificate_is_the_clients_refusal(tls_endpoint: Endpoint) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        ask(tls_endpoint, cert_validation=True)


@pytest.mark.parametrize("transport", ["ssl", "ntlm"])
def test_pywinrm_over_tls(tls_endpoint: Endpoint, transport: str) -> None:
    session = winrm.Session(
        f"https://localhost:{tls_endpoint.port}/wsman", auth=(USER, PASSWORD), transport=transport, proxy=None,
        ca_trust_path=str(tls_endpoint.ca),
    )  # fmt: skip
    result = session.run_cmd("hostname")
    assert (result.status_code, result.std_out[:7]) == (0, b"cmd got")


def test_a_silent_tls_client_holds_up_nobody(tls_endpoint: Endpoint) -> None:
    """The handshake is done by the connection's own thread."""
    with socket.create_connection(("localhost", tls_endpoint.port)):
        start = time.monotonic()
        assert ask(tls_endpoint) == "T1"
        assert time.monotonic() - start < 30


def test_an_idle_connection_that_the_server_dropped(
    endpoint_factory: Callable[..., Endpoint],
) -> None:
    endpoint = endpoint_factory(keepalive=0.5)
    for auth in ("basic", "ntlm"):
        with endpoint.pool(endpoint.wsman(auth=auth)) as pool:
            for _unused in range(2):
                time.sleep(1.0)
                assert len(invoke(pool, ("Get-Thing", {}))[1]) == 5


def test_two_services_with_different_passwords(endpoint_factory: Callable[..., Endpoint]) -> None:
    first, second = endpoint_factory(), endpoint_factory()
    for endpoint in (first, second, first):
        assert ask(endpoint, auth="ntlm") == "T1"


def test_the_accounts_names() -> None:
    accounts = AccountDirectory(
        {"A\\ann": Account("x", upn="ann@a.lab"), "A\\bob": Account("x"), "B\\bob": Account("y")}
    )
    assert [accounts.find(n) for n in ("a\\ANN", "ANN@a.lab", "ann", "a\\bob")] == [
        "A\\ann",
        "A\\ann",
        "A\\ann",
        "A\\bob",
    ]
    assert [accounts.find(n) for n in ("bob", "B\\ann", "")] == [None, None, None]
    accounts.close()
    with pytest.raises(ValueError, match="colon"):
        AccountDirectory({"A\\c": Account("a:b")})


def test_nonsense_does_not_hurt(endpoint: Endpoint) -> None:
    url, auth = f"http://localhost:{endpoint.port}/PowerShell", (USER, PASSWORD)
    answers = [
        requests.post(url, data=body, auth=auth).status_code
        for body in (b"<x", b"<a/>", b"\xff\xfe", b"x" * 100000)
    ]
    assert answers == [500] * 4
    assert requests.get(url, auth=auth).status_code == 405
    assert (
        requests.post(
            url, data=b"x", auth=auth, headers={"Content-Type": "multipart/encrypted"}
        ).status_code
        == 400
    )
    assert requests.post(url, data=iter([b"<a", b"/>"]), auth=auth).status_code == 500  # chunked
    for raw, status in (
        (b"POST /PowerShell HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST /PowerShell HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GARBAGE\r\n\r\n", b"400"),
    ):
        with socket.create_connection(("localhost", endpoint.port)) as client:
            client.sendall(raw)
            assert client.recv(12)[-3:] == status
    assert ask(endpoint) == "T1"


def test_an_answer_is_one_write(endpoint: Endpoint) -> None:
    """Two small writes would cost 40 ms each time: 30 calls show it."""
    with endpoint.pool() as pool:
        invoke(pool, ("Get-Thing", {"Identity": "T1"}))
        times = []
        for _unused in range(30):
            start = time.monotonic()
            invoke(pool, ("Get-Thing", {"Identity": "T1"}))
            times.append(time.monotonic() - start)
        assert min(times) < 2 * 0.04
