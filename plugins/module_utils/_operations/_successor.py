# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A database with a name of its own, empty and not mounted, that is to take the restored file over.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import servers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _database_goal,
    _database_settings,
    _databases,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._database_goal import (
    Goal,
)


def present(
    context: OperationContext, name: str, failed: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """The database of this name created and configured. Raises the ExchangeError family."""
    _databases.refuse_mounted(context, failed)
    server = servers.get(context, args["server"]).name if args.get("server") else failed.server
    _databases.refuse_elsewhere(context, server, f"database {name}")
    layout = RecoveryLayout.of(args["recovery_root"], failed.name, failed.edb_path)
    current = _databases.successor_at(context, name, layout)
    settings = {
        **_database_settings.wanted(current, failed, None),
        "MountAtStartup": False,  # nothing but the swap mounts it
        "IsExcludedFromProvisioning": True,
    }
    goal = Goal(name, server, layout.final_edb(name), layout.final, settings)
    if current is None:
        _database_goal.check_room(context, goal)
    done = current is not None and (current.mounted or current.allow_file_restore)
    due = (
        {} if done else _database_settings.different(_database_settings.current(current), settings)
    )
    before = _database_goal.view(current, failed)
    if context.check:
        after = _database_goal.predict(before, goal, due, False)
        shown = after["dial_tone_database"]
        database = {
            **_databases.describe(current),
            **{key: shown[key] for key in _database_goal.created(goal)},
        }
    else:
        if not done:
            current = _database_goal.reach(context, current, goal, False, 0.0)
        database, after = _databases.describe(current), _database_goal.view(current, failed)
    return {
        "changed": before != after,
        "run_id": None,
        "database": database,
        "diff": {"before": before, "after": after},
    }


def of(context: OperationContext, failed: Database, args: dict[str, t.Any]) -> Database | None:
    """The database of option final_database. None when there is none, or check mode predicts one."""
    name = args.get("final_database")
    if not name:
        return None
    names.check_database_name(name, "final_database")
    layout = RecoveryLayout.of(args["recovery_root"], failed.name, failed.edb_path)
    found = _databases.successor_at(context, name, layout)
    if found is None and not context.check:
        raise _databases.no_successor(context, name)
    return found
