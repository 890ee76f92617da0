# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""connection_info: how this account reaches this server, and whether that is enough for a recovery.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import platform
import sys
import typing as t
from dataclasses import asdict

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    access,
    endpoint,
    rights,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import _local
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

ARGUMENT_SPEC: dict[str, t.Any] = {}

_MOST_SKEW = 300  # seconds that Kerberos allows by default (RFC 4120)
_SHORT_TICKET = 4 * 3600  # a recovery with its merge may take hours
_FEW_SESSIONS = 4  # what a recovery uses at a time, and one to look on


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """All that can be said of the connection; changes nothing. Problems are data."""
    connection = context.connection
    if connection is None:
        raise RuntimeError("the context has no connection")
    problems: list[str] = []
    result = _local_facts(connection, problems)
    programs, account = _programs(context, connection, problems)
    result["channels"] = _channels(connection, cmdlets=True, programs=programs)
    result["server"], result["domain_controller"] = context.server, context.domain_controller
    result["account"] = account
    result["rights"] = _rights(context, problems)
    result["sessions"] = _sessions(context, account, problems)
    return {"changed": False, "connected": True, **result, "problems": problems}


def unreached(connection: ConnectionOptions, error: ExchangeError) -> dict[str, t.Any]:
    """The same, as far as it goes, where no session could be opened."""
    problems = [_sentence(error.message, error.remedy)]
    result = _local_facts(connection, problems)
    result["channels"] = _channels(connection, cmdlets=False, programs=None)
    nothing = dict.fromkeys(("server", "domain_controller", "account", "rights", "sessions"))
    return {"changed": False, "connected": False, **result, **nothing, "problems": problems}


def _local_facts(connection: ConnectionOptions, problems: list[str]) -> dict[str, t.Any]:
    """Interpreter, libraries, ticket, service principal and clock."""
    libraries = _local.libraries(connection)
    problems += [
        f"{library.name} is {library.found or 'missing'}; {library.purpose} needs {library.needed} or newer."
        f" Install it for {sys.executable}."
        for library in libraries
        if not library.good
    ]
    ticket = _local.ticket(connection)
    if ticket and ticket.problem:
        if not any(ticket.problem in known for known in problems):
            problems.append(_sentence(f"Kerberos has no ticket: {ticket.problem}", ticket.remedy))
    elif ticket and ticket.source == "cache" and (ticket.seconds_left or 0) < _SHORT_TICKET:
        problems.append(
            f"The ticket of {ticket.principal} ends in {(ticket.seconds_left or 0) // 60} minutes, and"
            " nobody renews it. Get a new one (kinit) right before a recovery, or give a keytab or"
            " ansible_password."
        )
    skew = _local.clock_skew(connection)
    if skew is not None and abs(skew) > _MOST_SKEW:
        problems.append(
            f"The clocks of {connection.name} and of the controller differ by {abs(skew):.0f} s; Kerberos"
            f" allows {_MOST_SKEW}. Set them by the domain's time source."
        )
    spn = f"HTTP/{connection.service_host}" if _local.negotiates(connection) else None
    return {
        "interpreter": {"executable": sys.executable, "version": platform.python_version()},
        "libraries": [asdict(library) for library in libraries],
        "ticket": asdict(ticket) if ticket else None,
        "service_principal": spn,
        "clock_skew_seconds": skew,
    }


def _channels(
    connection: ConnectionOptions, *, cmdlets: bool, programs: bool | None
) -> list[dict[str, t.Any]]:
    return [
        {
            "name": name,
            "url": connection.url(programs=name == "programs"),
            "auth": auth,
            "protection": _protection(auth, scheme, encryption),
            "works": works,
        }
        for name, auth, scheme, encryption, works in (
            ("cmdlets", connection.auth, connection.scheme, connection.message_encryption, cmdlets),
            (
                "programs",
                connection.program_auth,
                connection.program_scheme,
                connection.program_message_encryption,
                programs,
            ),
        )
    ]


def _protection(auth: str, scheme: str, encryption: str) -> str:
    able = auth in ("kerberos", "negotiate", "ntlm")
    if scheme == "https":
        return "TLS and message encryption" if able and encryption == "always" else "TLS"
    return "message encryption" if able and encryption != "never" else "none"


def _programs(
    context: OperationContext, connection: ConnectionOptions, problems: list[str]
) -> tuple[bool, str | None]:
    """Whether programs can be run, and as whom Windows knows the account."""
    try:
        found = context.transport.run("whoami", [])
    except ExchangeError as error:
        remedy = (
            "The account must be a local administrator of the server, and WinRM must answer at"
            f" {connection.url(programs=True)}. {error.remedy or ''}"
        )
        problems.append(_sentence(f"Programs can't be run: {error.message}", remedy.strip()))
        return False, None
    return found.exit_code == 0, found.stdout.strip() or None


def _rights(context: OperationContext, problems: list[str]) -> dict[str, t.Any]:
    """What the account's roles lack (exchange.md 7.4 and 7.7)."""
    granted = endpoint.granted(context, [right.cmdlet for right in rights.RIGHTS])
    if granted is None:
        problems.append(
            "Get-Command does not say what the account may do. Compare its roles with the"
            " documentation's permission table."
        )
        return {"known": False, "roles_found": [], "roles_missing": [], "missing": []}
    missing = rights.missing(granted)
    for lack in missing:
        if lack.right.essential:
            problems.append(
                f"The account may not use {lack.text}; needed for"
                f" {lack.right.only or ', '.join(lack.right.stages)}. {rights.remedy([lack.right.cmdlet])}"
            )
    roles_missing = sorted({lack.right.role for lack in missing})
    return {
        "known": True,
        "roles_found": [role for role in rights.ROLES if role not in roles_missing],
        "roles_missing": roles_missing,
        "missing": [
            {
                "cmdlet": lack.right.cmdlet,
                "parameters": list(lack.parameters),
                "role": lack.right.role,
                "stages": list(lack.right.stages),
                "essential": lack.right.essential,
            }
            for lack in missing
        ],
    }


def _sessions(
    context: OperationContext, account: str | None, problems: list[str]
) -> dict[str, t.Any]:
    """How many sessions are held, and how many may be (exchange.md 7.5)."""
    limit = access.shell_limit(context, account) if account and "\\" in account else None
    if limit is not None and limit.isdecimal() and int(limit) < _FEW_SESSIONS:
        problems.append(
            f"The account's throttling policy allows {limit} sessions at once. Associate it with a"
            " policy of the scope Regular that allows 18."
        )
    return {"held": context.sessions_held(), "allowed": limit}


def _sentence(text: str, remedy: str | None) -> str:
    return f"{text.rstrip('.')}. {remedy or ''}".strip()
