# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The end of the dial tone: its database takes new mailboxes again, and its marker says closed.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    recovery_folders,
    run_sign,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _database_settings,
    _databases,
    _recovery_stage,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value


def run(
    context: OperationContext, name: str, failed: Database, root: str, adopt: bool
) -> dict[str, t.Any]:
    """The database in production, and its marker closed. adopt: whether its marker may be due, in check
    mode. Raises the ExchangeError family."""
    layout = _databases.layout_of(root, failed, name)
    current = databases.find(context, name, status=True)
    run_id = None
    if current is not None and paths.same(current.edb_path, layout.final_edb(name)):
        run_id = run_sign.find(recovery_folders.read(context, layout))
    elif current is not None and not (adopt and context.check):  # its marker may be due
        current = _databases.dial_tone_database(context, name, failed.name)
    if current is None and not context.check:
        raise NotFoundError(
            "there is no such database.",
            object=f"database {name}",
            operation="put into production",
            remedy="Check the name.",
            server=context.server,
        )
    mark = _databases.marker_of(current, failed.name) if current else None
    mark = mark or (Marker(failed.name, run_id) if run_id else None)
    changed = current is None or mark is None or not mark.closed
    goal: dict[str, Value] = {"IsExcludedFromProvisioning": False}
    if mark is not None:
        goal["IsExcludedFromProvisioningReason"] = replace(mark, closed=True).text()
    before = {key: _database_settings.current(current).get(key) for key in goal}
    if changed and current is not None and not context.check:
        _refuse_unmerged(context, layout)
        databases.change(context, current, goal)
        current = databases.get(context, current.guid, status=True)
        left = _database_settings.different(_database_settings.current(current), goal)
        _databases.refuse_different(context, current, list(left), "put into production")
    return {
        "changed": changed,
        "run_id": mark.run_id if mark else None,
        "database": {**_databases.describe(current), "name": name},
        "diff": {"before": before, "after": goal if changed else before},
    }


def _refuse_unmerged(context: OperationContext, layout: RecoveryLayout) -> None:
    found = recovery_folders.read(context, layout)
    if _recovery_stage.is_old_merged(found):
        return
    merged = found.edbs("merged") or (
        found.exists("merged") and _recovery_stage.merge_run(found) is not None
    )
    if found.edbs("swapped") or not merged:
        raise PreconditionError(
            "the mail of the dial tone period is not merged yet.",
            object=f"database {layout.dial_tone_database}",
            operation="put into production",
            remedy="Swap and merge first (dialtone.exchange.database_swap and"
            " dialtone.exchange.mailbox_restore_request), then put the files aside"
            " (dialtone.exchange.database_files, state merged).",
            server=context.server,
        )
