# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sees which cmdlet. What a role doesn't grant doesn't exist (exchange.md 7.4 and 7.7).

An account has role groups or single roles. A role grants cmdlets by pattern, and may leave out parameters.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from exchange_lab.runspace import CmdletSpec, SessionState

# Everybody with any role may look at the session and shape output.
_ALWAYS = ("*-ADServerSettings", "Get-DomainController", "Get-Command", "Get-Help", "Select-Object",
           "Measure-Object", "Out-Default", "Get-FormatData", "Exit-PSSession")  # fmt: skip

_VIEW_CONFIGURATION = (
    "Get-MailboxDatabase*", "Get-ExchangeServer", "Get-MailboxServer", "Get-ServerComponentState",
    "Get-ThrottlingPolicy*", "Get-OrganizationConfig", "Get-DatabaseAvailabilityGroup",
)  # fmt: skip
_VIEW_RECIPIENTS = ("Get-Mailbox", "Get-CASMailbox", "Get-MailboxStatistics", "Get-MoveRequest")

ROLES: dict[str, tuple[str, ...]] = {
    "Databases": ("*-MailboxDatabase", "Mount-Database", "Dismount-Database", "Move-DatabasePath",
                  "Move-ActiveMailboxDatabase", "Set-MailboxServer", *_VIEW_CONFIGURATION, "Get-MailboxStatistics"),
    "Database Copies": ("Get-MailboxDatabase*", "Move-ActiveMailboxDatabase", "Get-DatabaseAvailabilityGroup"),
    "Disaster Recovery": ("*-MailboxRestoreRequest*", "*-MailboxDatabase", "Mount-Database", "Dismount-Database",
                          *_VIEW_CONFIGURATION, *_VIEW_RECIPIENTS),
    "Mail Recipients": ("Get-Mailbox", "Get-CASMailbox", "Set-Mailbox", "Get-MailboxStatistics", "Get-MailboxDatabase",
                        "*-MailboxRepairRequest"),
    "Move Mailboxes": ("Get-MoveRequest",),
    "Transport Queues": ("Get-Queue", "Retry-Queue", "*-ResubmitRequest"),
    "Monitoring": ("Test-*", "Get-ServerComponentState"),
    "View-Only Configuration": _VIEW_CONFIGURATION,
    "View-Only Recipients": (*_VIEW_RECIPIENTS, "Get-MailboxRestoreRequest*"),
}  # fmt: skip

# Parameters a role doesn't grant on a cmdlet it does grant. Which role carries Set-Mailbox -Database is a switch (15.7).
WITHOUT: dict[str, dict[str, frozenset[str]]] = {
    "View-Only Recipients": {"Get-Mailbox": frozenset({"Credential"})},
    "Help Desk Recipients": {"Set-Mailbox": frozenset({"Database", "ArchiveDatabase"})},
}
REHOMING = frozenset({"Database", "ArchiveDatabase"})
ROLES["Help Desk Recipients"] = ("Get-Mailbox", "Set-Mailbox")

ROLE_GROUPS: dict[str, tuple[str, ...]] = {
    "Organization Management": tuple(role for role in ROLES if role != "Help Desk Recipients"),
    "Server Management": (
        "Databases",
        "Database Copies",
        "Transport Queues",
        "Monitoring",
        "View-Only Configuration",
    ),
    "Recipient Management": ("Mail Recipients", "Move Mailboxes"),
    "View-Only Organization Management": (
        "View-Only Configuration",
        "View-Only Recipients",
        "Monitoring",
    ),
    "Help Desk": ("Help Desk Recipients",),
}


def visible(session: SessionState, spec: CmdletSpec) -> CmdletSpec | None:
    """The cmdlet with the parameters this session's roles grant, None when no role grants it."""
    if any(fnmatchcase(spec.name, pattern) for pattern in _ALWAYS):
        return spec
    roles = _roles(session)
    granting = [role for role in roles if _grants(role, spec.name)]
    if not granting:
        return None
    hidden = frozenset.intersection(
        *(WITHOUT.get(role, {}).get(spec.name, frozenset()) for role in granting)
    )
    if spec.name == "Set-Mailbox" and _answer(session, "role_of_set_mailbox_database") not in roles:
        hidden |= REHOMING
    return spec.only(name for name in spec.parameters if name not in hidden) if hidden else spec


def _roles(session: SessionState) -> set[str]:
    found: set[str] = set()
    for name in session.roles:
        found.update(ROLE_GROUPS.get(name, (name,) if name in ROLES else ()))
    if _answer(session, "role_model") == "without Disaster Recovery":
        found -= {"Disaster Recovery"} - session.roles  # who has it by itself keeps it
    return found


def _answer(session: SessionState, switch: str) -> Any:
    return session.organisation.switches[switch]


def _grants(role: str, cmdlet: str) -> bool:
    return any(fnmatchcase(cmdlet, pattern) for pattern in ROLES[role])
