# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint of one server: HTTP requests in, WS-Management answers out."""

from __future__ import annotations

import base64
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from ..runspace.engine import CmdletTable, OnCall, Runspace
from ..runspace.invocation import SessionState
from . import encryption, envelope, faults, wql
from .auth import Account, AccountDirectory, AuthPolicy, ConnectionAuth, Unauthorized
from .command_shell import CommandShell, ProgramRunner
from .console import Console, Handler
from .enumeration import Enumerations
from .envelope import (
    COMMAND_SHELL_URI,
    COMMAND_STATE,
    ENUMERATION,
    POWERSHELL_URI,
    SHELL,
    TRANSFER,
    WMI_URI,
    Request,
)
from .faults import WsmanFault
from .http_server import Connection, HttpResponse
from .powershell_shell import PowerShellShell
from .shells import ClientGone, Limits, Outbox, Shell, ShellTable, new_id

log = logging.getLogger(__name__)

_SOAP = "application/soap+xml;charset=UTF-8"
_ENVELOPE_OVERHEAD = 2048
_MIN_RECEIVE = 16384
_NOT_FOUND = (
    b'<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n'
    b"<HTML><HEAD><TITLE>Not Found</TITLE>\r\n"
    b'<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n'
    b"<BODY><h2>Not Found</h2>\r\n<hr><p>HTTP Error 404. The requested resource is not found.</p>\r\n"
    b"</BODY></HTML>\r\n"
)
CMDLETS, PROGRAMS, WMI = "cmdlets", "programs", "wmi"
_DEFAULT_POLICIES = {"/powershell": AuthPolicy(), "/wsman": AuthPolicy()}


@dataclass(frozen=True)
class Identity:
    """Who opens what. account: its key in `accounts`; kind: "cmdlets", "programs" or "wmi"."""

    account: str
    roles: frozenset[str]
    shell_id: str
    kind: str
    peer: str


class EndpointService:
    """Serves /PowerShell (cmdlets) and /wsman (programs, WMI) of one server.

    accounts: DOMAIN\\name -> Account. cmdlets: the table of cmdlets. make_session: Identity -> SessionState, once
    per shell. programs: name (lower case, no extension) -> Handler. make_console_context: (session, console) ->
    console.context. wmi: class -> function giving rows. policies: path in lower case -> AuthPolicy.
    on_call: hears every cmdlet, program and enumeration (see runspace.OnCall). at: asked at the points "http",
    "request" and "answer" what is to go wrong there.
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, Account],
        cmdlets: CmdletTable,
        make_session: Callable[[Identity], SessionState] | None = None,
        programs: Mapping[str, Handler] | None = None,
        make_console_context: Callable[[SessionState, Console], Any] | None = None,
        wmi: wql.Tables | None = None,
        limits: Limits | None = None,
        policies: Mapping[str, AuthPolicy] | None = None,
        on_call: OnCall | None = None,
        at: Callable[..., Any] | None = None,
        configuration: str = "Microsoft.Exchange",
        machine: str = "localhost",
    ) -> None:
        self._accounts = AccountDirectory(accounts)
        self._cmdlets, self._programs = cmdlets, programs or {}
        self._make_session = make_session or (
            lambda identity: SessionState(identity.account, identity.roles, id=identity.shell_id)
        )
        self._make_context = make_console_context
        self._enumerations = Enumerations(wmi or {})
        self._policies = dict(policies or _DEFAULT_POLICIES)
        self._configuration_uri = POWERSHELL_URI + configuration
        self._machine, self._on_call = machine, on_call
        self._at = at or (lambda _point, **_facts: None)
        if on_call is not None and cmdlets.on_call is None:
            cmdlets.on_call = on_call
        self._program_defects: list[str] = []
        self.limits = limits or Limits()
        self.shells = ShellTable(self.limits)

    @property
    def defects(self) -> list[str]:
        """Python exceptions that cmdlets and programs raised; a test asserts that there are none."""
        return [*self._cmdlets.defects, *self._program_defects]

    @property
    def shells_open(self) -> int:
        """Shells that are open now."""
        return len(self.shells.open_shells())

    @property
    def shells_opened(self) -> int:
        """Shells that were ever opened."""
        return self.shells.opened

    def change_password(self, account: str, password: str) -> None:
        """From now on this account logs on with another password."""
        self._accounts.close()
        accounts = {**self._accounts.accounts}
        accounts[account] = replace(accounts[account], password=password)
        self._accounts = AccountDirectory(accounts)

    def close(self) -> None:
        """End all shells."""
        self.shells.close()
        self._accounts.close()

    # -- what is behind the wire, also for callers in this process
    def runspace(self, identity: Identity) -> Runspace:
        """A cmdlet session of its own."""
        return Runspace(self._cmdlets, self._make_session(identity))

    def runner(self, identity: Identity) -> ProgramRunner:
        """What starts programs, in a session of its own."""
        session = self._make_session(identity)
        return ProgramRunner(
            self._programs, session, self._make_context, self._on_call, self._program_defects
        )

    def instances(self, identity: Identity, query: wql.Query) -> list[wql.Row]:
        """What a WMI query gives. Raises WsmanFault."""
        with self._enumerating(identity, query):
            return self._enumerations.rows(query)[1]

    # -- HTTP
    def handle(
        self,
        connection: Connection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> HttpResponse:
        """Answer one HTTP request; blocks while a Receive waits."""
        route = path.split("?", 1)[0].rstrip("/").lower()
        policy = self._policies.get(route)
        if policy is None:
            return HttpResponse(404, [("Content-Type", "text/html")], _NOT_FOUND)
        if method != "POST":
            return HttpResponse(405, [("Allow", "POST")])
        struck: HttpResponse | None = self._at("http", route=route, connection=connection)
        if struck is not None:
            return struck
        auth = connection.auth.get(route)
        if auth is None:
            auth = ConnectionAuth(self._accounts, policy, connection.certificate_hash)
            connection.auth[route] = auth
        try:
            account, challenges = auth.authenticate(headers.get("authorization"))
        except Unauthorized as e:
            return HttpResponse(401, [("WWW-Authenticate", c) for c in e.challenges])
        extra = [("WWW-Authenticate", c) for c in challenges]
        if not body:
            return HttpResponse(200, extra)
        content_type = headers.get("content-type", "")
        protocol = None
        if encryption.is_encrypted(content_type):
            try:
                body, protocol = encryption.decrypt(auth.context, content_type, body)
            except encryption.EncryptionError as e:
                log.warning("refused a body that can't be decrypted: %s", e)
                return HttpResponse(400, extra)
        elif not (connection.tls or policy.allow_unencrypted):
            return HttpResponse(500, extra)  # what WinRM says with AllowUnencrypted=false
        facts: dict[str, Any] = {"account": account, "connection": connection}
        status, answer = self._soap(connection, route, account, body, facts)
        if answer is None:
            return HttpResponse(0)
        content_type = _SOAP
        if protocol is not None:
            content_type, answer = encryption.encrypt(auth.context, protocol, answer)
        response = HttpResponse(status, [*extra, ("Content-Type", content_type)], answer)
        return self._at("answer", **facts, response=response) or response

    # -- WS-Management
    def _soap(
        self,
        connection: Connection,
        route: str,
        account: str,
        data: bytes,
        facts: dict[str, Any],
    ) -> tuple[int, bytes | None]:
        relates_to = ""
        try:
            request = envelope.parse(data)
            relates_to = request.message_id
            facts.update(
                action=request.action.rpartition("/")[2],
                kind=_kind(request.resource_uri),
                shell=(request.shell_id or "").upper(),
            )
            self._at("request", **facts)
            return 200, self._dispatch(connection, route, account, request)
        except WsmanFault as e:
            return 500, envelope.fault(e, relates_to, self._machine)
        except ClientGone:
            return 0, None
        except Exception as e:  # a defect must not kill the connection's thread without an answer
            log.exception("defect while answering")
            self._program_defects.append(f"wire: {type(e).__name__}: {e}")
            return 500, envelope.fault(faults.internal_error(), relates_to, self._machine)

    def _dispatch(
        self, connection: Connection, route: str, account: str, request: Request
    ) -> bytes:
        action, uri = request.action, request.resource_uri
        is_cmdlets = uri.startswith(POWERSHELL_URI)
        if is_cmdlets != (route == "/powershell"):
            raise faults.resource_not_found(uri)
        rights = self._accounts.accounts[account]
        if not (rights.remote_powershell if is_cmdlets else rights.administrator):
            raise faults.access_denied()
        if action == TRANSFER + "Create":
            return self._create(connection, account, request)
        if action.startswith(ENUMERATION):
            return self._enumerate(connection, account, request)
        shell = self.shells.get(request.shell_id, account)
        with shell.in_use():
            return self._operate(connection, shell, request)

    def _identity(self, connection: Connection, account: str, shell_id: str, kind: str) -> Identity:
        roles = self._accounts.accounts[account].roles
        return Identity(account, roles, shell_id, kind, connection.peer)

    def _create(self, connection: Connection, account: str, request: Request) -> bytes:
        element = request.find("rsp:Shell")
        if element is None:
            raise faults.bad_request("The Shell element is missing")
        shell_id, limits = new_id(element.get("ShellId")), self.limits

        def cmdlet_session() -> Shell:
            runspace = self.runspace(self._identity(connection, account, shell_id, CMDLETS))
            return PowerShellShell(
                shell_id, account, request, limits.idle_timeout, runspace, self._machine
            )

        def command_shell() -> Shell:
            runner = self.runner(self._identity(connection, account, shell_id, PROGRAMS))
            shell = CommandShell(shell_id, account, request, limits.remote_idle_timeout, runner)
            if not limits.remote_idle_as_asked:
                shell.idle_timeout = limits.remote_idle_timeout
            return shell

        shell: Shell
        if request.resource_uri == COMMAND_SHELL_URI:
            shell = self.shells.add(
                CommandShell, account, limits.remote_shells_per_user, command_shell
            )
        elif request.resource_uri == self._configuration_uri:
            shell = self.shells.add(
                PowerShellShell, account, limits.shells_per_user, cmdlet_session
            )
        else:
            raise faults.resource_not_found(request.resource_uri)
        shell.peer, shell.max_commands = connection.peer, limits.commands_per_shell
        return envelope.response(
            request,
            f"<x:ResourceCreated><a:Address>{escape(request.to)}</a:Address><a:ReferenceParameters>"
            f"<w:ResourceURI>{shell.resource_uri}</w:ResourceURI><w:SelectorSet>"
            f'<w:Selector Name="ShellId">{shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
            f"</x:ResourceCreated>{_describe(shell)}",
        )

    def _enumerate(self, connection: Connection, account: str, request: Request) -> bytes:
        if not request.resource_uri.startswith(WMI_URI):
            raise faults.resource_not_found(request.resource_uri)
        if request.action == ENUMERATION + "Pull":
            return envelope.response(request, self._enumerations.pull(request))
        if request.action != ENUMERATION + "Enumerate":
            raise faults.action_not_supported(request.action)
        query = self._enumerations.query_of(request)
        with self._enumerating(self._identity(connection, account, "", WMI), query):
            body = self._enumerations.enumerate(request)
        return envelope.response(request, body)

    @contextlib.contextmanager
    def _enumerating(self, identity: Identity, query: wql.Query) -> Iterator[None]:
        if self._on_call is None:
            yield
            return
        columns = {"columns": list(query.columns or ["*"])}
        finish = self._on_call(self._make_session(identity), "wmi", query.table, columns)
        outcome = "refused"
        try:
            yield
            outcome = "ok"
        finally:
            finish(outcome)

    def _operate(self, connection: Connection, shell: Shell, request: Request) -> bytes:
        action = request.action
        if action == SHELL + "Receive":
            return self._receive(connection, shell, request)
        if action == SHELL + "Command":
            command_id = shell.start_command(request)
            return envelope.response(
                request,
                f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>",
            )
        if action == SHELL + "Send":
            shell.send(request)
            return envelope.response(request, "<rsp:SendResponse/>")
        if action == SHELL + "Signal":
            signal, code = request.find("rsp:Signal"), request.find("rsp:Signal/rsp:Code")
            if signal is None or code is None:
                raise faults.bad_request("The Signal element is missing")
            shell.signal(signal.get("CommandId"), (code.text or "").strip())
            return envelope.response(request, "<rsp:SignalResponse/>")
        if action == TRANSFER + "Delete":
            self.shells.remove(shell)
            return envelope.response(request, "")
        if action == TRANSFER + "Get":
            return envelope.response(request, _describe(shell))
        raise faults.action_not_supported(action)

    def _receive(self, connection: Connection, shell: Shell, request: Request) -> bytes:
        """Output of a command or, without CommandId, of the shell itself."""
        wanted = request.find("rsp:Receive/rsp:DesiredStream")
        command_id = wanted.get("CommandId") if wanted is not None else None
        outbox = shell.find_command(command_id).outbox if command_id else shell.outbox
        if outbox.last_answer is not None and outbox.last_answer[0] == request.message_id:
            return outbox.last_answer[1]  # asked again, since the answer was lost on its way
        limit = max(_MIN_RECEIVE, (request.max_envelope_size - _ENVELOPE_OVERHEAD) * 3 // 4)
        chunks = outbox.receive(
            limit,
            min(request.operation_timeout, self.limits.max_receive),
            self.limits.linger if command_id else 0.0,
            connection.alive,
        )
        if outbox.dead and not chunks:
            raise faults.operation_aborted() if command_id else faults.shell_not_found()
        answer = envelope.response(request, _received(chunks, outbox, command_id))
        outbox.last_answer = (request.message_id, answer)
        return answer


def _kind(uri: str) -> str:
    if uri.startswith(POWERSHELL_URI):
        return CMDLETS
    return PROGRAMS if uri == COMMAND_SHELL_URI else WMI


def _received(chunks: list[tuple[str, bytes]], outbox: Outbox, command_id: str | None) -> str:
    mark = f' CommandId="{command_id}"' if command_id else ""
    merged: list[tuple[str, bytearray]] = []
    for stream, data in chunks:
        if not merged or merged[-1][0] != stream:
            merged.append((stream, bytearray()))
        merged[-1][1].extend(data)
    streams = "".join(
        f'<rsp:Stream Name="{stream}"{mark}>{base64.b64encode(data).decode()}</rsp:Stream>'
        for stream, data in merged
    )
    state = ""
    if command_id and outbox.done:
        state = (
            f'<rsp:CommandState{mark} State="{COMMAND_STATE}Done"><rsp:ExitCode>{outbox.exit_code}'
            "</rsp:ExitCode></rsp:CommandState>"
        )
    elif command_id:
        state = f'<rsp:CommandState{mark} State="{COMMAND_STATE}Running"/>'
    return f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>"


def _describe(shell: Shell) -> str:
    now = time.monotonic()
    return (
        f"<rsp:Shell><rsp:ShellId>{shell.id}</rsp:ShellId><rsp:ResourceUri>{shell.resource_uri}</rsp:ResourceUri>"
        f"<rsp:Owner>{escape(shell.owner)}</rsp:Owner><rsp:ClientIP>{shell.peer}</rsp:ClientIP>"
        f"<rsp:IdleTimeOut>PT{shell.idle_timeout:.3f}S</rsp:IdleTimeOut>"
        f"<rsp:InputStreams>{shell.input_streams}</rsp:InputStreams>"
        f"<rsp:OutputStreams>{shell.output_streams}</rsp:OutputStreams>"
        "<rsp:MaxIdleTimeOut>PT2147483.647S</rsp:MaxIdleTimeOut><rsp:Locale>en-US</rsp:Locale>"
        "<rsp:DataLocale>en-US</rsp:DataLocale><rsp:CompressionMode>NoCompression</rsp:CompressionMode>"
        "<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded><rsp:Encoding>UTF8</rsp:Encoding>"
        "<rsp:BufferMode>Block</rsp:BufferMode><rsp:State>Connected</rsp:State>"
        f"<rsp:ShellRunTime>P0DT0H0M{int(now - shell.created)}S</rsp:ShellRunTime>"
        f"<rsp:ShellInactivity>P0DT0H0M{int(now - shell.last_used)}S</rsp:ShellInactivity></rsp:Shell>"
    )
