# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Mailboxes as the directory knows them: every kind that can live on a database (exchange.md 1.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    identifiers,
    names,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandResult,
    Value,
)


@dataclass(frozen=True)
class MailboxKind:
    """One class of mailboxes that needs a call of its own.

    name: as in the module's options and results. switch: the parameter of Get-Mailbox that lists
    them, and of Set-Mailbox that allows to change them; None for ordinary ones. leave: why they are
    left where they are unless someone asks for them; None for those that are always rehomed.
    """

    name: str
    switch: str | None = None
    leave: str | None = None


KINDS: tuple[MailboxKind, ...] = (
    MailboxKind("user"),
    MailboxKind("arbitration", "Arbitration"),
    MailboxKind("audit_log", "AuditLog"),
    MailboxKind("aux_audit_log", "AuxAuditLog"),
    MailboxKind(
        "public_folder",
        "PublicFolder",
        leave="an empty public folder mailbox confuses clients and the hierarchy; it comes back with"
        " the swap",
    ),
    MailboxKind(
        "monitoring",
        "Monitoring",
        leave="the health manager creates monitoring mailboxes anew in each database",
    ),
    MailboxKind("group", "GroupMailbox"),
)


@dataclass(frozen=True)
class Mailbox:
    """A mailbox of the directory. GUIDs are lower case text.

    guid: the directory object; exchange_guid: the mailbox (equals the store's MailboxGuid).
    database, archive_database: names. archive_guid: None without archive. kind: a name of KINDS.
    move_status: "None", "Queued", "InProgress" ...
    """

    guid: str
    exchange_guid: str
    distinguished_name: str
    display_name: str
    alias: str
    primary_smtp_address: str | None
    kind: str
    recipient_type_details: str
    database: str | None
    archive_guid: str | None = None
    archive_database: str | None = None
    legacy_exchange_dn: str | None = None
    move_status: str | None = None
    on_hold: bool = False

    @property
    def about(self) -> str:
        """How messages call it."""
        return f"mailbox {self.display_name} ({self.guid})"


_PROPERTIES = (
    "Guid",
    "ExchangeGuid",
    "DistinguishedName",
    "DisplayName",
    "Alias",
    "PrimarySmtpAddress",
    "RecipientTypeDetails",
    "Database",
    "ArchiveGuid",
    "ArchiveDatabase",
    "LegacyExchangeDN",
    "MailboxMoveStatus",
    "LitigationHoldEnabled",
)


def kind(name: str) -> MailboxKind:
    """The kind of this name."""
    return next(kind for kind in KINDS if kind.name == name)


def on_database(context: OperationContext, database: str, kind: MailboxKind) -> list[Mailbox]:
    """All mailboxes of this kind whose primary lives on the database, however many there are.

    database: its GUID.
    """
    return _list(context, {"Database": database}, kind)


def all_on_database(context: OperationContext, database: str) -> list[Mailbox]:
    """All mailboxes of every kind whose primary lives on the database, one call per kind.

    A mailbox that two calls show is listed once, under the more special kind.
    """
    found: dict[str, Mailbox] = {}
    for each in KINDS:
        found.update((mailbox.guid, mailbox) for mailbox in on_database(context, database, each))
    return list(found.values())


def with_archive_on(
    context: OperationContext, database_name: str, database_dn: str
) -> list[Mailbox]:
    """All mailboxes whose archive lives on the database, wherever their owner lives.

    The server selects by the distinguished name, since -Database knows the primary only; the answer
    is compared again here.
    """
    quoted = database_dn.replace("'", "''")
    found = _list(context, {"Archive": True, "Filter": f"ArchiveDatabase -eq '{quoted}'"}, KINDS[0])
    return [
        mailbox
        for mailbox in found
        if mailbox.archive_guid and names.same_name(mailbox.archive_database or "", database_name)
    ]


def rehome(context: OperationContext, mailbox: Mailbox, database: str) -> CommandResult:
    """Point the primary mailbox at another database: a directory write, no data moves.

    database: its GUID. Raises the translated error.
    """
    return _point(context, mailbox, "Database", database, "rehome")


def rehome_archive(context: OperationContext, mailbox: Mailbox, database: str) -> CommandResult:
    """Point the archive at another database. database: its GUID."""
    return _point(context, mailbox, "ArchiveDatabase", database, "rehome the archive of")


def _point(
    context: OperationContext, mailbox: Mailbox, parameter: str, database: str, operation: str
) -> CommandResult:
    # Force and no confirmation: in the shell the command asks whether to go on (exchange.md 1.4).
    parameters: dict[str, Value] = {"Identity": mailbox.guid, parameter: database, "Force": True}
    switch = kind(mailbox.kind).switch
    if switch and switch != "GroupMailbox":  # Set-Mailbox has no such switch on premises
        parameters[switch] = True
    return _calls.change(
        context, "Set-Mailbox", parameters, about=mailbox.about, operation=operation
    )


def _list(
    context: OperationContext, parameters: dict[str, Value], kind: MailboxKind
) -> list[Mailbox]:
    where = {
        **parameters,
        "ResultSize": "Unlimited",  # 1000 by default, and the rest would be forgotten
        "ReadFromDomainController": True,  # with ViewEntireForest a global catalogue may be stale
        "DomainController": context.domain_controller,
    }
    if kind.switch:
        where[kind.switch] = True
    rows = _calls.read(
        context, "Get-Mailbox", where, _PROPERTIES, about=f"{kind.name} mailboxes", timeout=3600
    )
    return [_mailbox(row, kind) for row in rows]


def _mailbox(row: dict[str, t.Any], kind: MailboxKind) -> Mailbox:
    return Mailbox(
        guid=identifiers.parse_guid(row["Guid"]) or "",
        exchange_guid=identifiers.parse_guid(row["ExchangeGuid"]) or "",
        distinguished_name=str(row["DistinguishedName"]),
        display_name=str(row["DisplayName"] or row["Alias"]),
        alias=str(row["Alias"]),
        primary_smtp_address=_calls.text(row.get("PrimarySmtpAddress")),
        kind=kind.name,
        recipient_type_details=str(row.get("RecipientTypeDetails") or ""),
        database=_calls.text(row.get("Database")),
        archive_guid=identifiers.parse_guid(row.get("ArchiveGuid")),
        archive_database=_calls.text(row.get("ArchiveDatabase")),
        legacy_exchange_dn=_calls.text(row.get("LegacyExchangeDN")),
        move_status=_calls.text(row.get("MailboxMoveStatus")),
        on_hold=bool(row.get("LitigationHoldEnabled")),
    )
