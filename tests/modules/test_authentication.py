# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging on without Kerberos, and what is said about certificates, on both channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    ProgramShell,
)

from exchange_lab.lab import Lab

SERVER = "mbx1.tiny.lab"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab whose endpoints take Negotiate, NTLM and Basic."""
    with Lab("tiny", tmp_path_factory.mktemp("lab"), speed=600, seed=5) as lab:
        yield lab
    assert not lab.defects, lab.defects


@pytest.fixture
def certificate(lab: Lab) -> Iterator[Any]:
    """Change the server's certificate; it has a good one again afterwards."""
    yield lambda host=SERVER, **options: lab.change_certificate("MBX1", host, **options)
    lab.change_certificate("MBX1", SERVER)


def options(lab: Lab, scheme: str, **changes: Any) -> ConnectionOptions:
    port = lab.endpoints["MBX1"][scheme]
    values: dict[str, Any] = {
        "host": "127.0.0.1", "server": SERVER, "auth": "ntlm",
        "user": lab.administrator.name, "password": lab.administrator.password,
        "scheme": scheme, "winrm_scheme": scheme, "port": port, "winrm_port": port,
        "ca_cert": str(lab.certificate_authority),
    }  # fmt: skip
    return ConnectionOptions(**{**values, **changes})


@pytest.mark.parametrize(
    ("scheme", "auth", "winrm_auth"),
    [
        ("http", "ntlm", None),
        ("https", "ntlm", None),
        ("http", "negotiate", None),  # no KDC knows the account: NTLM
        ("https", "negotiate", "basic"),
        ("https", "basic", "ntlm"),
    ],
)
def test_it_works_on_both_channels(
    lab: Lab, scheme: str, auth: str, winrm_auth: str | None
) -> None:
    transport = DirectTransport(options(lab, scheme, auth=auth, winrm_auth=winrm_auth))
    try:
        assert transport.describe()[0] == SERVER
        assert "mbx1" in transport.run("hostname", []).stdout.lower()
    finally:
        transport.close()


@pytest.mark.parametrize("channel", ["auth", "winrm_auth"])
def test_basic_over_http_sends_nothing(lab: Lab, channel: str) -> None:
    before = lab.sessions()["opened"]
    with pytest.raises(InputError, match="clear text"):
        DirectTransport(options(lab, "http", **{channel: "basic"}))
    assert lab.sessions()["opened"] == before


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("another name", {"host": "mail.elsewhere.example", "local": False}, ["for other names than 127.0.0.1", "FQDN"]),
    ("expired", {"ended": timedelta(days=1)}, ["has expired", "Renew it", "clocks"]),
    ("self-signed", {"self_signed": True}, ["is self-signed", "ansible_exchange_ca_cert", "thumbprint"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
@pytest.mark.parametrize("programs", [False, True], ids=["cmdlets", "programs"])
def test_a_wrong_certificate_is_named_with_its_remedy(
    lab: Lab, certificate: Any, change: dict[str, Any], words: list[str], programs: bool
) -> None:
    certificate(**change)
    with pytest.raises(TransportError) as caught:
        if programs:
            ProgramShell(options(lab, "https")).start("hostname", "")
        else:
            DirectTransport(options(lab, "https")).describe()
    assert (caught.value.code, caught.value.unreachable) == ("Tls", True)
    text = f"{caught.value} {caught.value.remedy}"
    for word in words:
        assert word in text, text


def test_an_authority_that_nobody_gave(lab: Lab) -> None:
    with pytest.raises(TransportError, match="trusts no authority") as caught:
        DirectTransport(options(lab, "https", ca_cert=None)).describe()
    assert "ansible_exchange_ca_cert" in str(caught.value.remedy)


def test_a_self_signed_certificate_can_be_trusted(
    lab: Lab, certificate: Any, tmp_path: Path
) -> None:
    certificate(self_signed=True)
    text = (lab.folder / "certificates" / f"{SERVER}.pem").read_text()
    trusted = tmp_path / "server.pem"
    trusted.write_text(text[: text.index("-----BEGIN PRIVATE")])
    transport = DirectTransport(options(lab, "https", ca_cert=str(trusted)))
    try:
        assert transport.describe()[0] == SERVER
    finally:
        transport.close()


def test_a_missing_file_is_no_matter_of_the_network(lab: Lab) -> None:
    with pytest.raises(InputError, match="/nowhere/ca.pem is missing"):
        DirectTransport(options(lab, "https", ca_cert="/nowhere/ca.pem")).describe()


def test_http_on_a_port_for_https(lab: Lab) -> None:
    wrong = lab.endpoints["MBX1"]["http"]
    with pytest.raises(TransportError, match="speaks no TLS") as caught:
        DirectTransport(options(lab, "https", port=wrong)).describe()
    assert "ansible_exchange_scheme" in str(caught.value.remedy)
