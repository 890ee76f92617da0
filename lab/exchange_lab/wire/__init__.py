# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints on the wire: HTTP, WS-Management, PSRP, WinRS, WS-Enumeration. Knows no Exchange.

    service = EndpointService(
        accounts={"CONTOSO\\Administrator": Account("Password01!")},
        cmdlets=CmdletTable(...),                                    # what /PowerShell offers
        make_session=lambda identity: SessionState(identity.account, organisation=org, id=identity.shell_id),
        programs={"hostname": lambda console, args: console.line("EX01") or 0},   # what /wsman can start
        wmi={"Win32_Volume": lambda: [{"Name": "D:\\", "FreeSpace": 1}]},
        machine="ex01.contoso.lab",
    )
    with HttpServer(("127.0.0.1", 0), service) as server:            # tls=TlsServer(...) for https
        print(server.port)

Requests go `http_server` -> `service` (routes, `auth`) -> `shells` -> `powershell_shell` | `command_shell` | `enumeration`.
"""

from __future__ import annotations

from .auth import Account, AuthPolicy
from .console import Console, Handler, ProgramStopped
from .dead_port import DeadPort
from .http_server import HttpServer, TlsServer
from .service import EndpointService, Identity
from .shells import ClientGone, Limits

__all__ = [
    "Account",
    "AuthPolicy",
    "ClientGone",
    "Console",
    "DeadPort",
    "EndpointService",
    "Handler",
    "HttpServer",
    "Identity",
    "Limits",
    "ProgramStopped",
    "TlsServer",
]
