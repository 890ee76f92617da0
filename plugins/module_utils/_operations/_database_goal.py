# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A database as it is to be: what speaks against it, the way there, and whether it was reached.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases, servers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _database_settings,
    _databases,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value


@dataclass(frozen=True)
class Goal:
    """What a database is to be. settings: parameters of Set-MailboxDatabase."""

    name: str
    server: str
    edb_path: str
    log_folder: str
    settings: Mapping[str, Value]


def check_room(context: OperationContext, goal: Goal) -> None:
    """Raise when the server has no room for one more database, or the path is another's."""
    server = servers.get(context, goal.server)
    there = databases.on_server(context, goal.server)
    productive = [database for database in there if not database.recovery]
    if len(productive) >= server.database_limit:
        raise PreconditionError(
            f"{server.edition} edition allows {server.database_limit} databases, and"
            f" {server.name} has {len(productive)}.",
            object=f"database {goal.name}",
            operation="create",
            remedy="Remove a database that nothing needs, or move its mailboxes and remove it.",
            server=server.name,
        )
    if _databases.file_exists(context, goal.edb_path):
        raise PreconditionError(
            f"{goal.edb_path} exists already; a new database would not mount over it.",
            object=f"database {goal.name}",
            operation="create",
            remedy="Move the file away; keep it if you don't know what it holds.",
            server=server.name,
        )
    for other in there:
        if paths.same(other.edb_path, goal.edb_path):
            raise ConflictError(
                f"{goal.edb_path} is the file of {other.about}.",
                object=f"database {goal.name}",
                operation="create",
                remedy="Choose another edb_path, or another recovery root.",
                server=server.name,
            )


def reach(
    context: OperationContext, current: Database | None, goal: Goal, mount: bool, timeout: float
) -> Database:
    """Create the database if there is none, set what differs, mount it if asked to and wait until it
    answers; returns it as it is then. Exchange's warnings are passed on."""
    if current is None:
        context.progress(f"creating {goal.name}")
        result = databases.create(context, goal.name, goal.server, goal.edb_path, goal.log_folder)
        _databases.pass_warnings(context, result.warnings)
        current = context.wait(
            f"database {goal.name} to be visible on {context.domain_controller}",
            lambda: databases.find(context, goal.name, status=True, settings=True),
            timeout=120.0,
        )
    settings = _database_settings.different(_database_settings.current(current), goal.settings)
    if settings:
        result = databases.change(context, current, settings)
        _databases.pass_warnings(context, result.warnings)
    if mount:
        context.progress(f"mounting {goal.name}")
        _databases.mount(context, current, timeout)
        databases.wait_mounted(context, current)
        _databases.probe(context, current)
    return databases.get(context, current.guid, status=True, settings=True)


def verify(context: OperationContext, current: Database, goal: Goal, swapping: bool) -> None:
    """Raise PreconditionError when it is not as it was to be. swapping: it stays dismounted."""
    left = [*_database_settings.different(_database_settings.current(current), goal.settings)]
    if not current.mounted and not swapping:
        left.append("Mounted")
    _databases.refuse_different(context, current, left)


def created(goal: Goal) -> dict[str, t.Any]:
    """What the database shows when it is just created."""
    return {
        "name": goal.name,
        "server": goal.server,
        "edb_path": goal.edb_path,
        "log_folder": goal.log_folder,
        "mounted": False,
    }


def view(current: Database | None, failed: Database) -> dict[str, t.Any]:
    """Both databases as the diff shows them."""
    shown: dict[str, t.Any] = {
        "failed_database": {"name": failed.name, "MountAtStartup": failed.mount_at_startup}
    }
    if current is not None:
        shown["dial_tone_database"] = {
            "name": current.name,
            "server": current.server,
            "edb_path": current.edb_path,
            "log_folder": current.log_folder,
            "mounted": current.mounted,
            **_database_settings.current(current),
        }
    return shown


def predict(
    before: Mapping[str, t.Any], goal: Goal, settings: Mapping[str, Value], mount: bool
) -> dict[str, t.Any]:
    """What view() will show after the real run."""
    database = before.get("dial_tone_database") or created(goal)
    return {
        "failed_database": {**before["failed_database"], "MountAtStartup": False},
        "dial_tone_database": {
            **database,
            **settings,
            "mounted": mount or database["mounted"],
        },
    }
