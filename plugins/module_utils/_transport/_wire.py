# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One WS-Management connection by pypsrp, and its failures in our own words.

Both channels use it: cmdlets (/PowerShell) and programs (/wsman). So there is one library, one set
of authentication methods, and one place that knows its weak points.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from xml.etree.ElementTree import ParseError

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    AuthenticationError,
    ExchangeError,
    InputError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import _tls
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._kerberos import (
    explain,
    has_expired,
    principal,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

# Seconds after which an idle connection is opened anew before it is used. The server drops idle
# ones after 120 s; pypsrp does not notice, and goes on encrypting for the dropped one.
IDLE = 30.0

# Seconds after which a connection is logged on anew: a password or a keytab then gives a new ticket,
# so that the one of the connection never runs out within a long run.
MAX_AGE = 600.0

# The WSMan fault of a request for a shell that the server does not know (any more).
_NO_SHELL = 2150858843
_ACCESS_DENIED = 5

_AGAIN = "Then run the same command again: it looks first, and goes on from there."

# The WSMan fault that only says "nothing happened within OperationTimeout".
TIMED_OUT = 2150858793


class Wire:
    """A connection to one of a server's two endpoints. Not thread-safe."""

    def __init__(
        self, options: ConnectionOptions, *, programs: bool = False, taken_before: bool = False
    ) -> None:
        """Makes ready to connect; nothing is sent yet. taken_before: the server has taken the
        credentials before, for another connection."""
        # Late, since it takes 0.3 s and not every process needs it.
        from pypsrp.wsman import WSMan

        self.options = options.check()
        auth = options.program_auth if programs else options.auth
        scheme = options.program_scheme if programs else options.scheme
        tls = scheme == "https"
        port = int(options.url(programs=programs).rpartition(":")[2].partition("/")[0])
        keys: dict[str, t.Any] = {}
        if auth == "certificate":
            keys.update(certificate_pem=options.client_cert, certificate_key_pem=options.client_key)
        if auth in ("kerberos", "negotiate", "ntlm"):
            # Exchange registers HTTP/<fqdn>; the default of pypsrp would ask for another service.
            keys["negotiate_service"] = "HTTP"
            if options.service_host != options.host:
                keys["negotiate_hostname_override"] = options.service_host
        encryption = options.program_message_encryption if programs else options.message_encryption
        if auth in ("basic", "certificate") and encryption == "auto":
            encryption = "never"
        self.url = options.url(programs=programs)
        self.auth = auth
        self._channel = "winrm_" if programs else ""
        if tls:
            _tls.check_files(options, auth)
        try:
            self.wsman = WSMan(
                options.host,
                port=port,
                username=principal(options.user) if auth == "kerberos" else options.user,
                password=options.password,
                ssl=tls,
                path=options.winrm_path if programs else options.path,
                auth=auth,
                cert_validation=(options.ca_cert or True) if options.validate_certs else False,  # type: ignore[arg-type]  # a path is fine, too
                connection_timeout=options.connect_timeout,
                read_timeout=options.read_timeout,
                operation_timeout=options.operation_timeout,
                encryption=encryption,
                no_proxy=True,
                **keys,
            )
        except ValueError as e:
            raise InputError(f"{self.url}: {e}") from e
        # With a timeout of its own for a call, pypsrp waits only 2 s longer for the answer, which a
        # busy server misses. Our read timeout stands instead.
        self._send = self.wsman.transport.send
        setattr(self.wsman.transport, "send", lambda message, **_timeouts: self._post(message))  # noqa: B010
        self._used = self._opened = time.monotonic()
        # Whether the server has ever taken our credentials, refuses them now, and has answered
        # anything since begin().
        self._known = False
        self._taken_before = taken_before
        self._status = 0
        self.refused = False
        self._answered = False

    def begin(self) -> None:
        """To be called before the first request of something that is not to be done twice."""
        self._answered = False
        self.ready()

    def _post(self, message: bytes) -> bytes:
        """One request. One that meets a 401 or 400 on a connection that was logged on was not carried
        out: it is sent once more with a fresh logon, as after a ticket has expired."""
        from pypsrp.exceptions import AuthenticationError as Refused
        from pypsrp.exceptions import WinRMTransportError

        self._status = 0
        if time.monotonic() - self._opened > MAX_AGE:
            self.renew()
        try:
            try:
                answer = self._send(message)
            except (Refused, WinRMTransportError) as e:
                # 400: the server has no key to what was encrypted for a connection that is gone
                if not self._known or getattr(e, "code", 401) not in (400, 401):
                    raise
                self.renew()
                answer = self._send(message)
        except Refused:
            self.refused = True
            raise
        except WinRMTransportError as e:
            self._status = int(e.code)  # pypsrp loses it when the body is XML, as a web page may be
            raise
        self._known = self._answered = True
        if self.wsman.transport.session is not None:
            # The environment (proxies, CA bundle) was read when the connection was made; requests would
            # read it again, and ~/.netrc, for each request: an eighth of what a call costs the client.
            self.wsman.transport.session.trust_env = False
        return t.cast(bytes, answer)

    def ready(self) -> None:
        """To be called before each request after a pause."""
        if time.monotonic() - self._used > IDLE:
            self.renew()
        self._used = time.monotonic()

    def renew(self) -> None:
        """Forget the HTTP connection and its security context. Shells on the server stay."""
        self.wsman.transport.close()
        self.wsman.transport.session = None
        self.wsman.transport.encryption = None
        self._used = self._opened = time.monotonic()

    def close(self) -> None:
        """Close the HTTP connection."""
        with contextlib.suppress(OSError):
            self.wsman.close()

    @contextlib.contextmanager
    def failures(self, what: str, *, opening: bool) -> t.Iterator[None]:
        """Turn what pypsrp, requests and pyspnego raise into our own family.

        what: the operation, for the message. opening: no session exists yet, so that nothing is
        lost, and the server may be out of reach.
        """
        import requests
        from pypsrp.exceptions import AuthenticationError as Refused
        from pypsrp.exceptions import WinRMError, WinRMTransportError, WSManFaultError
        from spnego.exceptions import SpnegoError

        try:
            yield
        except ExchangeError:
            raise
        except Refused as e:
            if self._known or self._taken_before:
                raise self._refused("the server does not take them any more", known=True) from e
            raise self._refused("the server refused the credentials") from e
        except SpnegoError as e:
            if not opening and explain(e) is None:
                raise self._lost(what, str(e)) from e
            raise self._refused(_one_line(e), e, known=not opening) from e
        except WSManFaultError as e:
            if self._status in _HTTP_REMEDIES and not (e.code or e.reason or e.provider_fault):
                raise self._http(what, self._status, opening=opening) from e
            if opening and not (e.code or e.reason or e.provider_fault):
                raise self._no_endpoint("the answer is no fault of WS-Management") from e
            reason = _one_line(e.reason or e.provider_fault or f"WSMan fault {e.code}")
            if "concurrent shells" in reason:
                raise self._quota(reason) from e
            if not opening:
                raise self._lost(
                    what, reason, never=not self._answered and e.code == _NO_SHELL
                ) from e
            raise TransportError(
                f"{self.url} refused to {what}: {reason}",
                server=self.options.name,
                remedy=self._right() if e.code == _ACCESS_DENIED else None,
            ) from e
        except WinRMTransportError as e:
            raise self._http(what, e.code, opening=opening) from e
        except requests.exceptions.SSLError as e:
            why, remedy = _tls.explain(_chain(e), self.options.host, self._channel)
            raise TransportError(
                f"{self.url}: {why}.",
                server=self.options.name,
                code="Tls",
                unreachable=opening,
                remedy=f"{remedy} {_AGAIN}",
            ) from e
        except (requests.exceptions.RequestException, OSError) as e:
            if not opening:
                never = not self._answered and _never_connected(e)
                raise self._lost(what, _innermost(e), never=never) from e
            raise TransportError(
                f"{self.url} can not be reached: {_innermost(e)}",
                server=self.options.name,
                code="Unreachable",
                unreachable=True,
                remedy=f"Check ansible_host, ansible_exchange_{self._channel}port, and that the server"
                f" is up. {_AGAIN}",
            ) from e
        except (WinRMError, ParseError) as e:
            if not opening:
                raise self._lost(what, _one_line(e)) from e
            raise self._no_endpoint(_one_line(e)) from e
        except Exception as e:
            # the Kerberos library, which may not be installed, has errors of its own
            if has_expired(e):
                raise self._lost(what, "the ticket has expired", first="Get a new ticket (kinit). ") from e
            if explain(e) is None:
                raise
            raise self._refused(_one_line(e), e, known=not opening) from e

    def _http(self, what: str, status: int, *, opening: bool) -> TransportError:
        if not opening:
            never = not self._answered and status == 503
            return self._lost(what, f"HTTP status {status}", never=never)
        return TransportError(
            f"{self.url} answered with HTTP status {status}.",
            server=self.options.name,
            code=f"Http{status}",
            unreachable=True,
            remedy=_HTTP_REMEDIES.get(status),
        )

    def _no_endpoint(self, why: str) -> TransportError:
        return TransportError(
            f"{self.url} does not answer as a remote shell: {why}.",
            server=self.options.name,
            code="NoEndpoint",
            unreachable=True,
            remedy=f"Check ansible_exchange_{self._channel}port and"
            f" ansible_exchange_{self._channel}path. {_AGAIN}",
        )

    def _refused(
        self, why: str, error: BaseException | None = None, *, known: bool = False
    ) -> AuthenticationError:
        user = self.options.user or "of the ticket cache"
        why, remedy = (explain(error) if error else None) or (why, None)
        remedies = {
            "kerberos": "Get a ticket (kinit) or give user and password; the user's form is"
            " name@REALM, and the host must be the server's FQDN.",
            "certificate": "Check ansible_exchange_client_cert and ansible_exchange_client_key.",
        }
        return AuthenticationError(
            f"{self.url} by {self.auth}, user {user}: {why}.",
            server=self.options.name,
            unreachable=not known,
            remedy=(
                remedy
                or remedies.get(
                    self.auth,
                    "Check ansible_user and ansible_password, and that the endpoint"
                    f" offers {self.auth} authentication.",
                )
            )
            + (f" {_AGAIN}" if known else ""),
        )

    def _right(self) -> str:
        if self._channel:
            return "Make the account a local administrator of the server."
        return (
            "Let the account connect (Set-User -RemotePowerShellEnabled $true), and give it a management"
            " role."
        )

    def _quota(self, reason: str) -> TransportError:
        return TransportError(
            f"{self.url} refused another session: {reason}",
            server=self.options.name,
            code="SessionQuota",
            remedy="Close the account's other sessions, or raise PowerShellMaxConcurrency in a"
            f" throttling policy of its own. Leaked ones end after 15 idle minutes. {_AGAIN}",
        )

    def _lost(
        self, what: str, why: str, *, never: bool = False, first: str = ""
    ) -> SessionLostError:
        """never: the request has not come so far that it could have been carried out. first: what to do."""
        unknown = (
            "It was not carried out" if never else "Whether that was still carried out is unknown"
        )
        return SessionLostError(
            f"The session with {self.url} was lost while it was to {what}: {why.rstrip('.')}."
            f" {unknown}; the next call opens a new session.",
            server=self.options.name,
            code="NotCarriedOut" if never else None,
            remedy=f"{first}Run the same command again: it looks first, and goes on from there.",
        )


_HTTP_REMEDIES = {
    403: "The account may lack the right to connect (RemotePowerShellEnabled), or TLS is required.",
    404: "Check the variables ansible_exchange_path and ansible_exchange_port, or those for winrm. If they are right, an"
    " update may have taken remote PowerShell away: open the address in a browser on the server.",
    502: "A proxy on the way does not reach the server.",
    503: "The application pool of the endpoint is stopped or starting; try again later.",
}


def _never_connected(error: BaseException) -> bool:
    """Whether not even a connection was there to send a request on."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return any(isinstance(e, (NewConnectionError, ConnectTimeoutError)) for e in _chain(error))


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:500]


def _innermost(error: BaseException) -> str:
    """The sentence at the bottom of requests' and urllib3's nested reasons."""
    return _one_line(_chain(error)[-1])


def _chain(error: BaseException) -> list[BaseException]:
    """An error and the reasons nested in it, the outermost first."""
    found = [error]
    while len(found) < 9:
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        if inner is None:
            break
        found.append(inner)
        error = inner
    return found
