# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the way to a server: network, TLS, logon, sessions, answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.faults.engine import Hit, Interrupted
from exchange_lab.faults.fault import fault
from exchange_lab.wire import faults as wsman
from exchange_lab.wire.http_server import HttpResponse

_BASIC = ("Negotiate", "NTLM")


@fault("session", shows="connection refused")
def connection_refused(hit: Hit, *, server: str) -> Iterator[None]:
    """The ports of a server refuse connections; its open sessions stay, out of reach."""
    hit.lab.close_ports(server)
    yield
    hit.lab.open_ports(server)


@fault("session", shows="connect timeout")
def connection_silent(hit: Hit, *, server: str) -> Iterator[None]:
    """A server's ports don't answer, as behind a firewall; its open sessions stay, out of reach."""
    hit.lab.close_ports(server, silent=True)
    yield
    hit.lab.open_ports(server)


@fault("session", shows="connection reset by peer", point="answer")
def answer_reset(hit: Hit, *, after: int = 100) -> HttpResponse:
    """The connection is reset after so many bytes of an answer; what was asked for has been done."""
    response: HttpResponse = hit.facts["response"]
    return HttpResponse(response.status, response.headers, response.body, cut=after)


@fault("session", shows="an answer that is no WS-Management", point="answer")
def answer_garbled(hit: Hit, *, body: str = "<html><body>Proxy Error</body></html>") -> HttpResponse:
    """Something on the way, such as a proxy, puts its own page in the place of an answer."""
    return HttpResponse(200, [("Content-Type", "text/html")], body.encode())


@fault("session", shows="HTTP 401", point="http")
def unauthorized(hit: Hit) -> HttpResponse:
    """A server answers 401 to a connection that was logged on, and does not know it any more."""
    hit.facts["connection"].auth.clear()
    return HttpResponse(401, [("WWW-Authenticate", scheme) for scheme in _BASIC])


@fault("session", shows="HTTP 503", point="http")
def service_unavailable(hit: Hit) -> HttpResponse:
    """The application pool of an endpoint is stopped or starting (exchange.md 7.5)."""
    return HttpResponse(503, [("Content-Type", "text/html")], b"<h2>Service Unavailable</h2>")


@fault("session", shows="the fault 'maximum number of 18 concurrent shells'", point="request")
def shell_quota_full(hit: Hit, *, limit: int = 18) -> None:
    """An account's places for shells are taken, by sessions somebody forgot (exchange.md 7.5)."""
    if hit.facts["action"] == "Create":
        raise wsman.too_many_shells(limit)


@fault("session", shows="nothing: the next call meets 'invalid selectors'")
def idle_shells_closed(hit: Hit, *, server: str = "*") -> Iterator[None]:
    """A server closes the shells that do nothing at this moment, as after their idle time."""
    hit.lab.close_shells(server, idle_only=True)
    yield


@fault("session", shows="connection reset, then 'invalid selectors'", point="call")
def endpoint_restarted(hit: Hit) -> None:
    """The endpoint restarts as a call arrives, which is not carried out: all shells of the server are gone."""
    hit.lab.close_shells(hit.facts["server"])
    raise Interrupted


@fault("session", shows="connection refused, then databases as after a start")
def server_restarts(hit: Hit, *, server: str) -> Iterator[None]:
    """A whole server loses power; when it is up again, it mounts the databases with MountAtStartup."""
    hit.lab.control.kill_server(server, mark=None)
    yield
    hit.lab.control.rebuild_server(server)


@fault("session", shows="connection reset, then 'invalid selectors'", point="called")
def answer_lost(hit: Hit) -> None:
    """The endpoint restarts when a call was carried out and its client has not heard of it."""
    hit.lab.close_shells(hit.facts["server"])


@fault("session", shows="no answer", point="request", times=None)
def session_hangs(hit: Hit) -> None:
    """A server takes requests and does not answer, until this is lifted."""
    hit.injection.lifted.wait()


@fault("session", shows="each call takes minutes", point="call", times=None)
def slow(hit: Hit, *, delay: float = 60.0) -> None:
    """Every call takes so many simulated seconds more."""
    hit.sleep(delay)


@fault("session", shows="certificate has expired")
def certificate_expired(hit: Hit, *, server: str) -> Iterator[None]:
    """The server's certificate expired yesterday."""
    fqdn = hit.organisation.server(server).fqdn
    hit.lab.change_certificate(server, fqdn, ended=timedelta(days=1))
    yield
    hit.lab.change_certificate(server, fqdn)


@fault("session", shows="certificate is not valid for this name")
def certificate_of_another(hit: Hit, *, server: str) -> Iterator[None]:
    """The server shows the certificate of another name."""
    hit.lab.change_certificate(server, "mail.elsewhere.example", local=False)
    yield
    hit.lab.change_certificate(server, hit.organisation.server(server).fqdn)


@fault("session", shows="HTTP 401")
def password_changed(hit: Hit, *, password: str = "Another-1") -> Iterator[None]:
    """Somebody changes the account's password; what is logged on has to log on again."""
    account = hit.lab.administrator
    before = account.password
    hit.lab.change_password(account.name, password)
    yield
    hit.lab.change_password(account.name, before)


@fault("session", shows="OverBudgetException", point="cmdlet")
def cmdlet_throttled(hit: Hit, *, wait: int = 30) -> None:
    """The account has used up its budget; the answer names a time to wait (wording unconfirmed)."""
    raise Refusal(
        "OverBudgetException",
        f"The budget for user '{hit.facts['account']}' has been exceeded. "
        f"Suggested backoff time: {wait * 1000} milliseconds.",
        "LimitsExceeded",
    )
