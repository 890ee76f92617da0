# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which databases of a server need a recovery, read-only and without asking the server itself.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases


def look(context: OperationContext, name: str) -> dict[str, t.Any]:
    """The result of recovery_info for a server: failed_databases, and others with the reason.

    Any server can answer. Raises NotFoundError for an unknown server.
    """
    if not name.strip():
        raise InputError("failed_server is empty.", object="failed_server", remedy="Name a server.")
    server = servers.get(context, name)
    # Where the database has copies, -Server shows it on each server that has one.
    there = [
        database
        for database in databases.on_server(context, server.name, status=True)
        if not database.recovery and names.same_name(database.server, server.name)
    ]
    # A dial tone database may live on another server than the failed one.
    marked = [
        (database, mark)
        for database in databases.everywhere(context)
        if (mark := Marker.parse(database.excluded_reason))
    ]
    failed: list[Database] = []
    others: list[dict[str, str]] = []
    for database in sorted(there, key=lambda each: each.name.casefold()):
        reason = _why_not(context, database, marked)
        if reason is None:
            failed.append(database)
        else:
            others.append({"name": database.name, "reason": reason})
    return {
        "changed": False,
        "failed_databases": [_databases.describe_failed(each, server) for each in failed],
        "others": others,
    }


def _why_not(
    context: OperationContext, database: Database, marked: list[tuple[Database, Marker]]
) -> str | None:
    """Why the database needs no recovery; None when it needs one, or is in the midst of one."""
    own = Marker.parse(database.excluded_reason)
    if own and not own.closed and not own.belongs_to(database.name):
        return f"it is the dial tone database of {own.failed_database}"
    of_it = [(other, mark) for other, mark in marked if mark.belongs_to(database.name)]
    if any(not mark.closed for _other, mark in of_it):
        return None
    if database.mounted:
        # Between the swap home and the close it is mounted, and does not mount by itself.
        return "it is mounted" if database.mount_at_startup else None
    for other, _mark in of_it:
        if other.guid != database.guid and _is_empty(context, database):
            return f"it was recovered, its users live in {other.name}"
    return None


def _is_empty(context: OperationContext, database: Database) -> bool:
    """Whether no mailbox or archive is left, but for those that Exchange monitors itself with."""
    left = [
        mailbox
        for mailbox in mailboxes.all_on_database(context, database.guid)
        if mailbox.kind != "MonitoringMailbox"
    ]
    return not left and not mailboxes.with_archive_on(
        context, database.name, database.distinguished_name
    )
