# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which cmdlets and parameters a recovery uses, in which stage, and which built-in role grants them.

The one list: the preflight, connection_info and the messages about missing rights read it, and the
contract test compares it with every call that was ever sent. PRIVATE to the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# The stages, in order; verify: environment_info and connection_info.
STAGES = (
    "preflight", "dial_tone", "restore", "swap", "merge", "home", "clients", "close", "verify",
)  # fmt: skip
_ALL = STAGES[:-1]

VIEW_CONFIGURATION = "View-Only Configuration"
VIEW_RECIPIENTS = "View-Only Recipients"
DATABASES = "Databases"
DISASTER_RECOVERY = "Disaster Recovery"
MAIL_RECIPIENTS = "Mail Recipients"
TRANSPORT_QUEUES = "Transport Queues"
MONITORING = "Monitoring"


@dataclass(frozen=True)
class Right:
    """One cmdlet. role: the built-in one that grants it (exchange.md 7.7). parameters: what it is
    called with. stages: which need it. essential: without it they stop; else they do with less. only: the
    one way of recovering that needs it."""

    cmdlet: str
    role: str
    parameters: tuple[str, ...]
    stages: tuple[str, ...]
    essential: bool = True
    only: str | None = None


_ONE = ("Identity", "DomainController")

RIGHTS: t.Final = (
    Right("Get-ExchangeServer", VIEW_CONFIGURATION, (*_ONE, "Status"), STAGES),
    Right("Get-MailboxDatabase", VIEW_CONFIGURATION, (*_ONE, "Server", "Status"), STAGES),
    Right("Get-MailboxDatabaseCopyStatus", VIEW_CONFIGURATION, _ONE, ("preflight", "dial_tone", "swap", "home")),
    Right("Get-ServerComponentState", VIEW_CONFIGURATION, _ONE, ("preflight", "home")),
    Right("Get-MailboxServer", VIEW_CONFIGURATION, _ONE, ("preflight",), essential=False),
    Right("Get-ThrottlingPolicy", VIEW_CONFIGURATION, (*_ONE, "ThrottlingPolicyScope"), ("preflight", "home", "verify"), essential=False),
    Right("Get-ThrottlingPolicyAssociation", VIEW_CONFIGURATION, _ONE, ("preflight", "home", "verify"), essential=False),
    Right(
        "Get-Mailbox", VIEW_RECIPIENTS,
        (
            *_ONE, "Database", "ResultSize", "ReadFromDomainController", "Filter", "Archive", "Arbitration",
            "AuditLog", "Monitoring", "PublicFolder",
        ),
        _ALL,
    ),
    Right(
        "Get-MailboxStatistics", VIEW_RECIPIENTS, ("Database", "NoADLookup", "DomainController"),
        ("preflight", "restore", "swap", "merge", "home", "close"),
    ),
    Right("Get-CASMailbox", VIEW_RECIPIENTS, ("ResultSize", "ReadFromDomainController", "DomainController"), ("clients",), only="a list of clients"),
    Right(
        "Get-MoveRequest", VIEW_RECIPIENTS, ("SourceDatabase", "TargetDatabase", "ResultSize", "DomainController"),
        ("preflight", "dial_tone", "swap", "home", "close"),
    ),
    Right("Test-ServiceHealth", MONITORING, ("Server",), ("preflight", "home")),
    Right("Test-MAPIConnectivity", MONITORING, ("Database", "DomainController"), ("dial_tone", "swap", "home")),
    Right(
        "New-MailboxDatabase", DATABASES,
        (
            "Name", "Server", "EdbFilePath", "LogFolderPath", "Recovery", "IsExcludedFromProvisioning",
            "DomainController",
        ),
        ("dial_tone", "restore", "merge", "home"),
    ),
    Right(
        "Set-MailboxDatabase", DATABASES,
        (
            *_ONE, "Name", "AllowFileRestore", "MountAtStartup", "CircularLoggingEnabled",
            "IsExcludedFromProvisioning", "IsExcludedFromProvisioningReason", "IssueWarningQuota",
            "ProhibitSendQuota", "ProhibitSendReceiveQuota", "DeletedItemRetention", "MailboxRetention",
            "JournalRecipient", "OfflineAddressBook",
        ),
        ("dial_tone", "swap", "home", "close"),
    ),
    Right("Mount-Database", DATABASES, (*_ONE, "Force"), ("dial_tone", "restore", "swap", "merge", "home")),
    Right("Dismount-Database", DATABASES, _ONE, ("dial_tone", "restore", "swap", "merge", "home", "close")),
    Right("Remove-MailboxDatabase", DATABASES, _ONE, ("restore", "merge", "home", "close")),
    Right(
        "Move-DatabasePath", DATABASES,
        (*_ONE, "EdbFilePath", "LogFolderPath", "ConfigurationOnly", "Force"),
        ("swap",), only="changed paths in place of moved files",
    ),
    Right(
        "Set-Mailbox", MAIL_RECIPIENTS,
        (*_ONE, "Database", "ArchiveDatabase", "Force", "Arbitration", "AuditLog", "PublicFolder"),
        ("dial_tone", "swap", "home"),
    ),
    Right("Get-Queue", TRANSPORT_QUEUES, ("Server", "Filter", "ResultSize"), ("dial_tone", "swap", "home")),
    Right("Retry-Queue", TRANSPORT_QUEUES, ("Identity", "Resubmit"), ("dial_tone", "swap", "home")),
    Right(
        "New-MailboxRestoreRequest", DISASTER_RECOVERY,
        (
            "SourceDatabase", "SourceStoreMailbox", "TargetMailbox", "TargetIsArchive", "Name", "BatchName",
            "BadItemLimit", "ConflictResolutionOption", "AssociatedMessagesCopyOption",
            "DomainController",
        ),
        ("merge",),
    ),
    Right(
        "Get-MailboxRestoreRequest", DISASTER_RECOVERY,
        ("Identity", "BatchName", "RequestQueue", "ResultSize", "DomainController"),
        ("preflight", "swap", "merge", "home", "close"),
    ),
    Right("Get-MailboxRestoreRequestStatistics", DISASTER_RECOVERY, (*_ONE, "IncludeReport"), ("merge", "close")),
    Right("Set-MailboxRestoreRequest", DISASTER_RECOVERY, (*_ONE, "BadItemLimit", "LargeItemLimit"), ("merge",)),
    Right("Resume-MailboxRestoreRequest", DISASTER_RECOVERY, _ONE, ("merge",)),
    Right("Remove-MailboxRestoreRequest", DISASTER_RECOVERY, _ONE, ("merge", "close")),
)  # fmt: skip

# Parameters that a recovery does without where Exchange does not have them.
OPTIONAL: t.Final = {
    "Get-Mailbox": ("AuxAuditLog", "GroupMailbox"),
    "New-MailboxRestoreRequest": ("Priority",),
}
# Without these no recovery can work, whichever way it goes.
ESSENTIAL: t.Final = tuple(right.cmdlet for right in RIGHTS if right.essential and not right.only)

# What every role brings, or none (exchange.md 7.3).
ALWAYS: t.Final = ("Set-ADServerSettings", "Get-Command", "Select-Object", "Measure-Object")

ROLES: t.Final = tuple(sorted({right.role for right in RIGHTS}))


def of(cmdlet: str) -> Right | None:
    """What is known of a cmdlet, in any case of letters."""
    return next((right for right in RIGHTS if right.cmdlet.lower() == cmdlet.lower()), None)


@dataclass(frozen=True)
class Missing:
    """What the account lacks. parameters: empty when the whole cmdlet is missing."""

    right: Right
    parameters: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The cmdlet, or its missing parameters."""
        return " -".join((self.right.cmdlet, *self.parameters))


def missing(granted: t.Mapping[str, frozenset[str] | None]) -> list[Missing]:
    """What an account lacks that is granted these cmdlets with these parameters (lower case)."""
    known = {name.lower(): parameters for name, parameters in granted.items()}
    found = []
    for right in RIGHTS:
        if right.cmdlet.lower() not in known:
            found.append(Missing(right))
            continue
        have = known[right.cmdlet.lower()]
        lacks = tuple(p for p in right.parameters if have is not None and p.lower() not in have)
        if lacks:
            found.append(Missing(right, lacks))
    return found


def remedy(cmdlets: t.Collection[str]) -> str:
    """Which roles to give, for cmdlets that are missing as a whole or in part."""
    roles = sorted({right.role for name in cmdlets if (right := of(name)) is not None})
    hidden = "Exchange hides what the account's roles do not grant. Give the account"
    group = "the role group Organization Management"
    if not roles:
        return f"{hidden} {group}, or the roles of the documentation's permission table."
    named = f"role{'s' if len(roles) > 1 else ''} {', '.join(map(repr, roles))}"
    what = f" for {', '.join(cmdlets)}" if len(cmdlets) == 1 else ""
    return f"{hidden} the management {named}{what}, or {group}."
