# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP authentication of a connection: Basic, NTLM, Negotiate (and Kerberos, given a keytab) by pyspnego."""

from __future__ import annotations

import atexit
import base64
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spnego
import spnego.channel_bindings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """Who may connect. Known by its key (DOMAIN\\name), its upn and, if no other has it, its bare name.

    remote_powershell: may open cmdlet sessions. administrator: may start programs and read WMI.
    A password must not hold a colon: the acceptor's user file has no way to say one.
    """

    password: str
    roles: frozenset[str] = frozenset()
    upn: str | None = None
    remote_powershell: bool = True
    administrator: bool = True


@dataclass(frozen=True)
class AuthPolicy:
    """What one path accepts.

    schemes: what WWW-Authenticate offers. mechanisms: what may be negotiated inside; ("kerberos",) refuses NTLM.
    persist: the connection stays authenticated. allow_unencrypted: plain bodies over http are taken.
    service, hostname: of the acceptor's own principal, for Kerberos.
    """

    schemes: tuple[str, ...] = ("Negotiate", "NTLM", "Basic")
    mechanisms: tuple[str, ...] = ("kerberos", "ntlm")
    persist: bool = True
    allow_unencrypted: bool = False
    service: str = "HTTP"
    hostname: str = "unspecified"


class Unauthorized(Exception):
    """Answer 401 with these challenges."""

    def __init__(self, challenges: list[str]) -> None:
        super().__init__("401")
        self.challenges = challenges


class _UserFile:
    """The acceptor's password file. pyspnego finds it by an environment variable, so it is one per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[int, list[str]] = {}
        self._path: str | None = None

    def put(self, owner: int, lines: list[str]) -> None:
        """Set the lines of one directory of accounts; the newest directory is asked first."""
        with self._lock:
            self._lines.pop(owner, None)
            if lines:
                self._lines[owner] = lines
            if self._path is None:
                descriptor, self._path = tempfile.mkstemp(prefix="exchange-lab-users-")
                os.close(descriptor)
                os.environ["NTLM_USER_FILE"] = self._path
                atexit.register(Path(self._path).unlink, missing_ok=True)
            content = "".join(
                f"{line}\n" for owned in reversed(self._lines.values()) for line in owned
            )
            temporary = self._path + ".new"
            with open(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
            ) as file:
                file.write(content)
            os.replace(temporary, self._path)
            if not self._lines:
                os.unlink(self._path)
                self._path = None


_user_file = _UserFile()


class AccountDirectory:
    """The accounts of a service by every name they may be given."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self.accounts = dict(accounts)
        bare: dict[str, list[str]] = {}
        self._names: dict[str, str] = {}
        lines = []
        for name, account in self.accounts.items():
            if ":" in account.password:
                raise ValueError(f"the password of {name} holds a colon")
            domain, _unused, user = name.rpartition("\\")
            bare.setdefault(user.lower(), []).append(name)
            self._names[name.lower()] = name
            lines += [f"{domain}:{user}:{account.password}", f":{user}:{account.password}"]
            if account.upn:
                self._names[account.upn.lower()] = name
                lines.append(f":{account.upn}:{account.password}")
        self._names.update({user: owners[0] for user, owners in bare.items() if len(owners) == 1})
        _user_file.put(id(self), lines)

    def find(self, principal: str) -> str | None:
        """The account's key for DOMAIN\\name, name@domain or name, in any case."""
        return self._names.get(principal.lower())

    def close(self) -> None:
        """Forget the accounts' passwords."""
        _user_file.put(id(self), [])


class ConnectionAuth:
    """The authentication state of one TCP connection on one path."""

    def __init__(
        self, directory: AccountDirectory, policy: AuthPolicy, certificate_hash: bytes | None
    ) -> None:
        self._directory, self._policy = directory, policy
        self._bindings = (
            spnego.channel_bindings.GssChannelBindings(
                application_data=b"tls-server-end-point:" + certificate_hash
            )
            if certificate_hash
            else None
        )
        self._account: str | None = None
        self.context: Any = None
        self.offers = [s if s != "Basic" else 'Basic realm="WSMAN"' for s in policy.schemes]

    def authenticate(self, header: str | None) -> tuple[str, list[str]]:
        """The account's key and WWW-Authenticate values for the answer. Raises Unauthorized."""
        if not header:
            if self._account is not None and self._policy.persist:
                return self._account, []
            raise Unauthorized(self.offers)
        scheme, _unused, value = header.partition(" ")
        if scheme.lower() not in (s.lower() for s in self._policy.schemes):
            raise Unauthorized(self.offers)
        if scheme.lower() == "basic":
            return self._basic(value), []
        return self._negotiate(scheme, value)

    def _basic(self, value: str) -> str:
        try:
            user, _unused, password = (
                base64.b64decode(value, validate=True).decode("utf-8").partition(":")
            )
        except ValueError:
            raise Unauthorized(self.offers) from None
        name = self._directory.find(user)
        if name is None or self._directory.accounts[name].password != password:
            raise Unauthorized(self.offers)
        return name  # Basic comes with every request, so nothing is kept

    def _negotiate(self, scheme: str, value: str) -> tuple[str, list[str]]:
        try:
            token = base64.b64decode(value.strip(), validate=True)
            if self.context is None or self.context.complete:
                self._account = None
                self.context = spnego.server(
                    hostname=self._policy.hostname,
                    service=self._policy.service,
                    protocol="negotiate",
                    channel_bindings=self._bindings,
                    options=spnego.NegotiateOptions.wrapping_winrm,
                )
            answer = self.context.step(token)
        except (
            Exception
        ) as e:  # any failure of the mechanism is a refusal; there is no common base class
            log.info("authentication refused: %s: %s", type(e).__name__, e)
            self.context = None
            raise Unauthorized(self.offers) from None
        reply = [f"{scheme} {base64.b64encode(answer).decode()}"] if answer else []
        if not self.context.complete:
            raise Unauthorized(reply or self.offers)
        self._account = self._directory.find(self.context.client_principal or "")
        if self._account is None or self.context.negotiated_protocol not in self._policy.mechanisms:
            self._account = self.context = None
            raise Unauthorized(self.offers)
        return self._account, reply
