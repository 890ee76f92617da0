# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What stays after a closed recovery: the name of the database in production, and the failed object.

The failed database's object is removed, or gets another name, only when nothing refers to it. Then
its name is free for the production database. Each is one write, and the marker of the production
database tells the next run which is left. Mailboxes refer to databases by their identity, so that a
new name takes nobody away. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    RemoteCommandError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
    moves,
    restore_requests,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases

_OPERATION: t.Final = "retire or rename"


def run(
    context: OperationContext, name: str, failed_name: str, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """The failed object gone or renamed, and the production database under its final name.

    name: of the production database, which began as dial tone database. Raises the ExchangeError
    family; nothing is changed then, or the next run goes on.
    """
    takes_over = args["final_name"] == "original"
    failed = databases.find(context, failed_name, status=True)
    if failed is not None and _is_production(failed, failed_name):
        return _result(failed, failed.name, [], [])
    production = databases.find(context, name, status=True)
    if production is None and not context.check:
        raise NotFoundError(
            "there is no such database.",
            object=f"database {name}",
            operation="give its final name to",
            remedy="Give the name of the database that is in production now.",
            server=context.server,
        )
    if production is not None:
        _databases.marker_of(production, failed_name)  # raises for somebody else's
        if not _is_production(production, failed_name) and not context.check:
            raise _databases.refusal(
                context,
                _OPERATION,
                f"database {production.name}",
                "its recovery is not closed.",
                "End it first (dialtone.exchange.dial_tone_database, state production).",
            )
    in_place = names.same_name(name, failed_name)
    removed = args["retire_failed_database"] and failed is not None and not in_place
    renamed = takes_over and failed is not None and not removed and not in_place
    taken_over = takes_over and not in_place
    before = [name, *([failed.name] if failed else [])]
    after = [failed_name if taken_over else name]
    if failed is not None and not removed:
        after.append(_aside(failed, production) if renamed else failed.name)
    if not context.check and production is not None:
        if failed is not None and (removed or renamed):
            _refuse_references(context, failed)
            if removed and not _remove(context, failed):
                removed, renamed = False, takes_over
                after = [after[0], _aside(failed, production) if renamed else failed.name]
            if renamed:
                aside = databases.change(context, failed, {"Name": _aside(failed, production)})
                _databases.pass_warnings(context, aside.warnings)
        if taken_over:
            databases.change(context, production, {"Name": failed_name})
            production = databases.get(context, production.guid, status=True)
    return _result(production, after[0], before, after)


def _is_production(database: Database, failed_name: str) -> bool:
    mark = Marker.parse(database.excluded_reason)
    return mark is not None and mark.belongs_to(failed_name) and mark.closed


def _aside(failed: Database, production: Database | None) -> str:
    """The name under which the failed object stays."""
    mark = Marker.parse(production.excluded_reason) if production else None
    return names.failed_name(failed.name, mark.run_id if mark else "")


def _refuse_references(context: OperationContext, failed: Database) -> None:
    """Raise PreconditionError while anything but monitoring mailboxes refers to the object."""
    people = [
        mailbox.display_name
        for mailbox in mailboxes.all_on_database(context, failed.guid)
        if mailbox.kind != "monitoring"
    ]
    archives = [
        f"archive of {mailbox.display_name}"
        for mailbox in mailboxes.with_archive_on(context, failed.name, failed.distinguished_name)
    ]
    requests = [
        f"restore request {request.name}"
        for request in restore_requests.touching(context, failed.guid)
    ]
    running = [
        f"move of {move.display_name}"
        for move in moves.touching(context, failed.guid)
        if move.running
    ]
    found = [*people, *archives, *requests, *running]
    if found:
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            f"{len(found)} objects refer to it: {some(found)}.",
            "Rehome or remove these first, or leave its object as it is (no"
            " dialtone_retire_failed_database, dialtone_final_name: dial_tone).",
        )
    if failed.mounted:
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            "it is mounted.",
            "Find out who mounted it, and why.",
        )


def _remove(context: OperationContext, failed: Database) -> bool:
    """Remove the object; False, with a warning, where Exchange doesn't while its server is away.

    Whether it does is not confirmed (exchange.md 15.13). The object harms nobody: its users are elsewhere.
    """
    try:
        result = databases.remove(context, failed)
    except RemoteCommandError as error:
        if names.same_name(failed.server, context.server.partition(".")[0]):
            raise
        context.warn(
            f"The object of database {failed.name} stays, which harms nobody: Exchange did not remove it,"
            f" maybe since {failed.server} is away ({error.message}). When that server is back, or its"
            f" object is removed for good, run the same command again, or Remove-MailboxDatabase."
        )
        return False
    _databases.pass_warnings(context, result.warnings)
    return True


def _result(
    production: Database | None,
    name: str,
    before: list[str],
    after: list[str],
) -> dict[str, t.Any]:
    mark = Marker.parse(production.excluded_reason) if production else None
    return {
        "changed": before != after,
        "run_id": mark.run_id if mark else None,
        "database": {**_databases.describe(production), "name": name},
        "diff": {"before": {"databases": before}, "after": {"databases": after}},
    }
