# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging on by Kerberos, against a real KDC: what works, and what is said when it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    AuthenticationError,
    ExchangeError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import _wire
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command

from exchange_lab.lab import ADMINISTRATOR_PASSWORD, Lab

SERVER = "mbx1.tiny.lab"
USER = "Administrator@TINY.LAB"
SCHEMES = ("http", "https")


@contextmanager
def connected(lab: Lab, scheme: str = "http", **changes: Any) -> Iterator[DirectTransport]:
    """A transport by Kerberos; `changes` to its options."""
    port = lab.endpoints["MBX1"][scheme]
    options: dict[str, Any] = {
        "host": "127.0.0.1", "server": SERVER, "user": USER, "auth": "kerberos",
        "scheme": scheme, "winrm_scheme": scheme, "port": port, "winrm_port": port,
        "ca_cert": str(lab.certificate_authority) if scheme == "https" else None,
    }  # fmt: skip
    transport = DirectTransport(ConnectionOptions(**{**options, **changes}))
    try:
        yield transport
    finally:
        transport.close()


def works(transport: DirectTransport) -> None:
    """Both channels: a cmdlet and a program."""
    found = transport.invoke(Command("Get-MailboxDatabase", {"Identity": "DB01"}))
    assert found.output[0]["Name"] == "DB01"
    assert "mbx1" in transport.run("hostname", []).stdout.lower()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_user_and_password(realm_lab: Lab, scheme: str) -> None:
    with connected(realm_lab, scheme, password=ADMINISTRATOR_PASSWORD) as transport:
        works(transport)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_ticket_cache(
    realm_lab: Lab, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert realm_lab.realm
    cache = tmp_path / "tickets"
    realm_lab.realm.ticket("Administrator", ADMINISTRATOR_PASSWORD, cache)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    with connected(realm_lab, scheme) as transport:
        works(transport)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_keytab(
    realm_lab: Lab, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert realm_lab.realm
    keytab = tmp_path / "admin.keytab"
    realm_lab.realm.write_keytab("Administrator", keytab)
    monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{keytab}")
    with connected(realm_lab, scheme) as transport:
        works(transport)


@pytest.mark.parametrize(
    "user",
    ["Administrator@TINY.LAB", "TINY\\Administrator", "tiny.lab\\Administrator", "Administrator"],
)
def test_every_form_of_the_user_name(realm_lab: Lab, user: str) -> None:
    with connected(realm_lab, user=user, password=ADMINISTRATOR_PASSWORD) as transport:
        works(transport)


def test_negotiate_takes_kerberos_where_it_can(realm_lab: Lab) -> None:
    with connected(realm_lab, auth="negotiate", password=ADMINISTRATOR_PASSWORD) as transport:
        works(transport)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong"}, ["password is wrong", "ansible_password"]),
        ({"user": "nobody@TINY.LAB", "password": "x"}, ["no such user", "name@REALM"]),
        ({"user": "admin@NOWHERE.LAB", "password": "x"}, ["realm", "krb5.conf"]),
        ({"kerberos_hostname": "mbx9.tiny.lab", "password": ADMINISTRATOR_PASSWORD}, ["service principal", "HTTP/", "setspn"]),
        ({}, ["no ticket", "kinit"]),
        ({"auth": "ntlm", "password": ADMINISTRATOR_PASSWORD}, ["refused", "ntlm"]),
    ],
    ids=["password", "user", "realm", "spn", "no ticket", "ntlm refused"],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_remedy(
    realm_lab: Lab, changes: dict[str, Any], words: list[str]
) -> None:
    with connected(realm_lab, **changes) as transport, pytest.raises(AuthenticationError) as caught:
        transport.describe()
    text = f"{caught.value} {caught.value.remedy}"
    for word in words:
        assert word in text, text
    assert 'wrong"' not in text


def test_a_ticket_that_expires_in_a_long_run(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a ticket cache alone the run stops with the remedy."""
    realm = realm_lab.realm
    assert realm
    cache = tmp_path / "tickets"
    realm.ticket("Administrator", ADMINISTRATOR_PASSWORD, cache, seconds=3)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    with connected(realm_lab) as transport:
        works(transport)
        time.sleep(4)  # a KDC has only the real clock
        transport.release_idle()
        with pytest.raises(ExchangeError) as caught:
            works(transport)
        assert "expired" in str(caught.value)
        assert "kinit" in str(caught.value.remedy)


@pytest.mark.parametrize("secret", ["password", "keytab"])
def test_an_expired_ticket_is_renewed(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """By itself, where something to do so with was given."""
    realm = realm_lab.realm
    assert realm
    if secret == "keytab":
        realm.write_keytab("Administrator", tmp_path / "admin.keytab")
        monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{tmp_path}/admin.keytab")
        monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/taken")
    realm.set_ticket_life("Administrator", 3)
    monkeypatch.setattr(_wire, "MAX_AGE", 1.0)  # less than a ticket's life, as 10 minutes are
    password = {"password": ADMINISTRATOR_PASSWORD} if secret == "password" else {}
    try:
        with connected(realm_lab, **password) as transport:
            works(transport)
            time.sleep(4)  # a KDC has only the real clock
            works(transport)
    finally:
        realm.set_ticket_life("Administrator", 86400)
