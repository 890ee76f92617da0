# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How to reach one Exchange server: the options, their defaults, and what they refuse.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import typing as t
from dataclasses import asdict, dataclass, field, fields

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError

AUTH = ("kerberos", "negotiate", "ntlm", "basic", "certificate")


@dataclass(frozen=True)
class ConnectionOptions:
    """One server and one account. Ports left out follow from the scheme; seconds throughout.

    host: where to connect. server: the Exchange server's name, for Get-ExchangeServer and for
    messages; left out, it is the host, unless that is an address. The remaining fields are
    documented as options of the connection plugin dialtone.exchange.link.
    """

    host: str
    server: str = ""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    auth: str = "kerberos"
    scheme: str = "http"
    port: int | None = None
    path: str = "PowerShell"
    validate_certs: bool = True
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    message_encryption: str = "auto"
    allow_basic_over_http: bool = False
    kerberos_hostname: str | None = None
    winrm_scheme: str | None = None
    winrm_port: int | None = None
    winrm_path: str = "wsman"
    winrm_auth: str | None = None
    winrm_message_encryption: str | None = None
    domain_controller: str | None = None
    sessions: int = 2
    connect_timeout: int = 30
    read_timeout: int = 120
    operation_timeout: int = 20

    @property
    def name(self) -> str:
        """What to call the server before Exchange has told its FQDN."""
        return self.server or self.host

    def check(self) -> ConnectionOptions:
        """Self, or InputError with the option to change."""
        for channel, auth, scheme in (
            ("", self.auth, self.scheme),
            ("winrm_", self.program_auth, self.program_scheme),
        ):
            if auth not in AUTH:
                raise _refused(f"{channel}auth", f"{auth!r} is none of {', '.join(AUTH)}")
            if scheme not in ("http", "https"):
                raise _refused(f"{channel}scheme", f"{scheme!r} is neither http nor https")
            if auth == "basic" and scheme == "http" and not self.allow_basic_over_http:
                raise InputError(
                    f"Basic authentication over http would send the password of {self.user} to"
                    f" {self.host} in clear text.",
                    code="BasicOverHttp",
                    remedy=f"Set ansible_exchange_{channel}scheme to https, or"
                    f" ansible_exchange_{channel}auth to kerberos.",
                )
            if auth == "certificate" and not (self.client_cert and self.client_key):
                raise _refused(
                    "client_cert", "authentication by certificate needs it, and client_key"
                )
            if auth in ("basic", "ntlm") and (not self.user or self.password is None):
                raise _refused("user", f"{auth} authentication needs a user and a password")
            if auth == "certificate" and scheme != "https":
                raise _refused(f"{channel}scheme", "authentication by certificate needs https")
        if self.operation_timeout >= self.read_timeout:
            raise _refused("operation_timeout", "it must be shorter than read_timeout")
        if self.sessions < 1:
            raise _refused("sessions", "at least one session is needed")
        return self

    @property
    def service_host(self) -> str:
        """The host in the service principal that a ticket is asked for; an address is in none."""
        return self.kerberos_hostname or (self.name if is_address(self.host) else self.host)

    def url(self, *, programs: bool = False) -> str:
        """Where the channel for cmdlets, or that for programs, is."""
        scheme = self.program_scheme if programs else self.scheme
        port = self.winrm_port if programs else self.port
        if port is None:
            plain, tls = (5985, 5986) if programs else (80, 443)
            port = tls if scheme == "https" else plain
        return f"{scheme}://{self.host}:{port}/{self.winrm_path if programs else self.path}"

    @property
    def program_scheme(self) -> str:
        """Scheme of the channel for programs: https for the usual TLS ports, http otherwise."""
        return self.winrm_scheme or ("https" if self.winrm_port in (5986, 443) else "http")

    @property
    def program_auth(self) -> str:
        """Authentication of the channel for programs."""
        return self.winrm_auth or self.auth

    @property
    def program_message_encryption(self) -> str:
        """Message encryption of the channel for programs."""
        return self.winrm_message_encryption or self.message_encryption

    def fingerprint(self, salt: bytes) -> str:
        """A salted digest of all options, the secret included: who has other credentials, or wants
        another way to connect, never gets a session opened with these."""
        text = json.dumps(asdict(self), sort_keys=True).encode()
        return hmac.new(salt, text, hashlib.sha256).hexdigest()

    def as_dict(self) -> dict[str, t.Any]:
        """JSON for the session process, the secret included."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> ConnectionOptions:
        """From as_dict(), or from a plugin's options: None means the default; unknown keys are
        ignored."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in known and v is not None})


def is_address(host: str) -> bool:
    """Whether host is an IP address or localhost, which Exchange knows no server by."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return True


def _refused(option: str, why: str) -> InputError:
    return InputError(f"ansible_exchange_{option}: {why}.", object=f"ansible_exchange_{option}")
