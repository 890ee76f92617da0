# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What can be known of a connection without one: libraries, tickets, clocks.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._kerberos import (
    explain,
    principal,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

# (distribution, lowest version that serves, what for, whether only Kerberos needs it)
_LIBRARIES = (
    ("pypsrp", "0.8.1", "sessions", False),
    ("pyspnego", "0.7.0", "logging on", False),
    ("requests", "2.9.1", "http", False),
    ("cryptography", "3.1", "message encryption", False),
    ("gssapi", "1.6.0", "Kerberos", True),
    ("krb5", "0.3.0", "Kerberos", True),
)


@dataclass(frozen=True)
class Library:
    """A Python library. found: its version, or None. good: there and new enough."""

    name: str
    found: str | None
    needed: str
    purpose: str
    good: bool


@dataclass(frozen=True)
class Ticket:
    """Where Kerberos takes its ticket from. source: "password", "keytab" or "cache".

    principal: as far as known. seconds_left: of a ticket that is there already. problem, remedy: why
    there is none.
    """

    source: str
    principal: str | None = None
    seconds_left: int | None = None
    problem: str | None = None
    remedy: str | None = None


def negotiates(options: ConnectionOptions) -> bool:
    """Whether a channel may use Kerberos."""
    return not {options.auth, options.program_auth}.isdisjoint(("kerberos", "negotiate"))


def libraries(options: ConnectionOptions) -> list[Library]:
    """The libraries that this connection needs, in this interpreter."""
    kerberos = "kerberos" in (options.auth, options.program_auth)
    found = []
    for name, needed, purpose, for_kerberos in _LIBRARIES:
        if for_kerberos and not kerberos:
            continue
        try:
            version: str | None = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        good = version is not None and _numbers(version) >= _numbers(needed)
        found.append(Library(name, version, needed, purpose, good))
    return found


def ticket(options: ConnectionOptions) -> Ticket | None:
    """The ticket that Kerberos would use; None if no channel negotiates or the library is missing."""
    if not negotiates(options):
        return None
    if options.password is not None:
        return Ticket("password", principal(options.user))
    source = "keytab" if os.environ.get("KRB5_CLIENT_KTNAME") else "cache"
    try:
        import gssapi
    except ImportError:
        return None
    name = None
    try:
        if options.user:
            name = gssapi.Name(principal(options.user), gssapi.NameType.user)
        found = gssapi.Credentials(name=name, usage="initiate", mechs=[gssapi.MechType.kerberos])
        return Ticket(source, str(found.name), _seconds(found.lifetime))
    except gssapi.exceptions.GSSError as e:
        why, remedy = explain(e) or (" ".join(str(e).split()), "Get a ticket (kinit).")
        return Ticket(source, principal(options.user), None, why, remedy)


def clock_skew(options: ConnectionOptions) -> float | None:
    """Seconds by which the server's clock is fast, by the Date header of its web site, to about one.

    Needs no account. None when nothing answers, or without the header.
    """
    try:
        import requests
    except ImportError:  # which is a problem of its own
        return None
    verify: bool | str = (options.ca_cert or True) if options.validate_certs else False
    before = datetime.now(timezone.utc)
    with requests.Session() as session, contextlib.suppress(requests.RequestException, OSError):
        session.trust_env = False  # no proxy, as for the sessions
        answer = session.get(
            options.url(), timeout=options.connect_timeout, verify=verify, allow_redirects=False
        )
        after = datetime.now(timezone.utc)
        with contextlib.suppress(KeyError, ValueError, TypeError):
            theirs = parsedate_to_datetime(answer.headers["Date"])
            if before <= theirs <= after:
                return 0.0
            return round((theirs - before - (after - before) / 2).total_seconds(), 0)
    return None


def _seconds(lifetime: t.Any) -> int | None:
    return int(lifetime) if lifetime is not None else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
