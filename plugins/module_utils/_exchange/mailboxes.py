# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Mailboxes as the directory knows them: every kind that can live on a database (exchange.md 1.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandResult,
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


def on_database(context: OperationContext, database: str, kind: MailboxKind) -> list[Mailbox]:
    """All mailboxes of this kind whose primary lives on the database, however many there are."""
    raise NotImplementedError


def all_on_database(context: OperationContext, database: str) -> list[Mailbox]:
    """All mailboxes of every kind whose primary lives on the database, one call per kind."""
    raise NotImplementedError


def with_archive_on(context: OperationContext, database_name: str, database_dn: str) -> list[Mailbox]:
    """All mailboxes whose archive lives on the database, wherever their owner lives."""
    raise NotImplementedError


def rehome(context: OperationContext, mailbox: Mailbox, database: str) -> CommandResult:
    """Point the primary mailbox at another database: a directory write, no data moves.

    database: its GUID. Raises the translated error.
    """
    raise NotImplementedError


def rehome_archive(context: OperationContext, mailbox: Mailbox, database: str) -> CommandResult:
    """Point the archive at another database. database: its GUID."""
    raise NotImplementedError
