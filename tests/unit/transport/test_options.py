# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the connection options refuse, and what follows from what."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
    is_address,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    signed32,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._wire import Wire

WHO = {"host": "mbx1.contoso.com", "user": "admin@CONTOSO.COM", "password": "s3cret"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"auth": "basic"}, "clear text"),
        ({"auth": "basic", "scheme": "https"}, "clear text"),  # the other channel is http still
        ({"auth": "kerberos", "winrm_auth": "basic"}, "winrm_scheme"),
        ({"auth": "certificate", "scheme": "https"}, "client_cert"),
        (
            {"auth": "certificate", "client_cert": "c", "client_key": "k"},
            "needs https",
        ),
        ({"auth": "credssp"}, "none of"),
        ({"auth": "ntlm", "password": None}, "needs a user and a password"),
        ({"scheme": "ftp"}, "neither http nor https"),
        ({"operation_timeout": 200}, "shorter than read_timeout"),
        ({"sessions": 0}, "at least one"),
    ],
)
def test_refused(options: dict[str, t.Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        ConnectionOptions(**{**WHO, **options}).check()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "cmdlets", "programs"),
    [
        ({}, "http://mbx1.contoso.com:80/PowerShell", "http://mbx1.contoso.com:5985/wsman"),
        (
            {"scheme": "https", "winrm_scheme": "https"},
            "https://mbx1.contoso.com:443/PowerShell",
            "https://mbx1.contoso.com:5986/wsman",
        ),
        (
            {"port": 8080, "winrm_port": 5986},
            "http://mbx1.contoso.com:8080/PowerShell",
            "https://mbx1.contoso.com:5986/wsman",
        ),
    ],
)
def test_addresses(options: dict[str, t.Any], cmdlets: str, programs: str) -> None:
    given = ConnectionOptions(**{**WHO, "auth": "negotiate", **options})
    assert Wire(given).url == cmdlets
    assert Wire(given, programs=True).url == programs


def test_messages_are_encrypted_over_http_only() -> None:
    given = ConnectionOptions(**{**WHO, "auth": "negotiate", "winrm_scheme": "https"})
    assert Wire(given).wsman.transport.wrap_required is True
    assert Wire(given, programs=True).wsman.transport.wrap_required is False
    assert Wire(given).wsman.transport.negotiate_service == "HTTP"


def test_certificates_are_verified_unless_told_otherwise() -> None:
    assert Wire(ConnectionOptions(**WHO)).wsman.transport.cert_validation is True
    given = ConnectionOptions(**WHO, ca_cert="/ca.pem")
    assert Wire(given).wsman.transport.cert_validation == "/ca.pem"
    given = ConnectionOptions(**WHO, validate_certs=False)
    assert Wire(given).wsman.transport.cert_validation is False


def test_the_password_is_in_no_repr() -> None:
    assert "s3cret" not in repr(ConnectionOptions(**WHO))


def test_fingerprint_depends_on_all_and_on_the_salt() -> None:
    options = ConnectionOptions(**WHO)
    salt = b"x" * 32
    assert options.fingerprint(salt) == ConnectionOptions(**WHO).fingerprint(salt)
    assert options.fingerprint(salt) != options.fingerprint(b"y" * 32)
    for change in ({"password": "other"}, {"user": "x"}, {"port": 81}, {"auth": "ntlm"}):
        assert ConnectionOptions(**{**WHO, **change}).fingerprint(salt) != options.fingerprint(salt)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("mbx1", False)],
)
def test_is_address(host: str, expected: bool) -> None:
    assert is_address(host) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, 0),
        (16, 16),
        (4294966746, -550),
        (-550, -550),
        (0x80000000, -(2**31)),
        (2**31 - 1, 2**31 - 1),
    ],
)
def test_exit_codes_are_signed(code: int, expected: int) -> None:
    assert signed32(code) == expected
