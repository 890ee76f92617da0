# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dial tone database beside the failed one, or on an alternate server: create, configure, mount, probe.

Only when it answers are mailboxes rehomed to it (pitfalls.md P6). PRIVATE to the collection: it can
change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases, servers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _database_goal,
    _database_settings,
    _databases,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._database_goal import (
    Goal,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value


@dataclass(frozen=True)
class _Found:
    """The database as it is, and where its files are or are to be. current: None before it is created.
    by_hand: what somebody has done so far, when their database is to be adopted."""

    layout: RecoveryLayout
    edb_path: str
    log_folder: str
    current: Database | None
    by_hand: _adoption.ByHand | None


def present(
    context: OperationContext, name: str, failed: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """The database of this name marked, configured, mounted and answering. Raises the ExchangeError
    family."""
    _databases.refuse_mounted(context, failed)
    server = servers.get(context, args["server"]).name if args.get("server") else failed.server
    _databases.refuse_elsewhere(context, server, f"database {name}")
    found = _look(context, name, failed, args)
    current, by_hand, layout = found.current, found.by_hand, found.layout
    adopt = by_hand is not None and layout.own_edb_path is not None
    mark = _mark(
        context,
        current,
        failed,
        server,
        args.get("run_id"),
        found.edb_path,
        adopt=by_hand is not None,
    )
    mark = replace(mark, adopted=mark.adopted or adopt)
    settings = _database_settings.wanted(current, failed, mark)
    goal = Goal(name, server, found.edb_path, found.log_folder, settings)
    if current is None:
        _database_goal.check_room(context, goal)
    exchanged = by_hand is not None and by_hand.position is _adoption.Position.EXCHANGED
    swapping = current is not None and (_is_swapping(current) or exchanged)
    if swapping:
        _databases.warn_of_swap(context, name)
    due = _database_settings.different(_database_settings.current(current), settings)
    mount = not swapping and not (current is not None and current.mounted)
    before = _database_goal.view(current, failed)
    if context.check:
        after = _database_goal.predict(before, goal, due, mount)
        shown = after["dial_tone_database"]
        database = {
            **_databases.describe(current),
            **{key: shown[key] for key in (*_database_goal.created(goal), "mounted")},
        }
    else:
        if current is not None and by_hand is not None:
            _take_marker(context, current, mark)
            _adoption.settle(context, failed, by_hand, layout)
            current = databases.get(context, current.guid, status=True, settings=True)
        current = _database_goal.reach(context, current, goal, mount, float(args["mount_timeout"]))
        if failed.mount_at_startup:
            # At its next start the server would mount it over whatever lies at its path.
            databases.change(context, failed, {"MountAtStartup": False})
        failed_after = databases.get(context, failed.guid)
        _database_goal.verify(context, current, goal, swapping)
        database, after = _databases.describe(current), _database_goal.view(current, failed_after)
    return {
        "changed": before != after,
        "run_id": mark.run_id,
        "database": database,
        "diff": {"before": before, "after": after},
    }


def _look(context: OperationContext, name: str, failed: Database, args: dict[str, t.Any]) -> _Found:
    """Raises InputError for a path that can't be one, and what _adoption.look() raises."""
    layout = RecoveryLayout.of(args["recovery_root"], failed.name, failed.edb_path, name)
    edb_path = paths.check_file(args.get("edb_path") or layout.dialtone_edb, "edb_path")
    if not edb_path.lower().endswith(".edb"):
        raise InputError(
            f"edb_path: {edb_path!r} does not end in .edb.",
            object="edb_path",
            remedy="Give the path of the file, with the ending .edb.",
        )
    log_folder = paths.check_folder(args.get("log_folder") or layout.dialtone, "log_folder")

    current = databases.find(context, name, status=True, settings=True)
    by_hand: _adoption.ByHand | None = None
    if current is not None and args.get("adopt"):
        layout = _databases.adopting(layout, current)
        edb_path, log_folder = current.edb_path, current.log_folder
        by_hand = _adoption.look(
            context,
            failed,
            current,
            args.get("adopt_recovery_database"),
            layout,
            [args["preserved_folder"]] if args.get("preserved_folder") else [],
        )
    elif current is not None:
        layout = _databases.layout_with(layout, current)
        edb_path, log_folder = layout.dialtone_edb, layout.dialtone_logs
    if _swap_places.is_repointed(layout, current):
        edb_path, log_folder = layout.restored_edb, layout.production_logs
    return _Found(layout, edb_path, log_folder, current, by_hand)


def _mark(
    context: OperationContext,
    current: Database | None,
    failed: Database,
    server: str,
    run_id: str | None,
    edb_path: str,
    *,
    adopt: bool = False,
) -> Marker:
    """The marker the database has or gets. Raises ConflictError for a database that is not ours."""
    new = Marker(failed.name, run_id or marker.new_run_id(context.now()))
    if current is None:
        return new
    mark = _databases.marker_of(current, failed.name)
    if mark is None and not adopt and not _half_created(current, server, edb_path):
        raise _databases.conflict(
            current,
            f"it is not marked as dial tone database of {failed.name}. If somebody made it for that"
            " by hand, add adopt: true (dialtone_adopt_database).",
        )
    if not names.same_name(current.server, server):
        raise _databases.conflict(current, f"it lies on {current.server}, not on {server}.")
    if not paths.same(current.edb_path, edb_path):
        raise ConflictError(
            f"its file is {current.edb_path}, not {edb_path}.",
            object=f"database {current.name}",
            operation="use as dial tone database",
            remedy="Give the recovery_root (or edb_path) of the first run.",
        )
    if mark is not None and run_id and mark.run_id != run_id:
        context.warn(
            f"Database {current.name} belongs to run {mark.run_id}, which goes on; the run id"
            f" {run_id} of the options is not used."
        )
    return mark or new


def _take_marker(context: OperationContext, current: Database, mark: Marker) -> None:
    """First of all the marker: it tells the next run, whoever starts it, whose database this is."""
    if mark.closed or current.excluded_reason == mark.text():
        return
    settings: dict[str, Value] = {
        "IsExcludedFromProvisioning": True,
        "IsExcludedFromProvisioningReason": mark.text(),
    }
    databases.change(context, current, settings)


def _half_created(current: Database, server: str, edb_path: str) -> bool:
    """Whether it is what a run leaves that ends between the creation and the marker."""
    return (
        not current.created
        and current.excluded_from_provisioning
        and current.excluded_reason is None
        and paths.same(current.edb_path, edb_path)
        and names.same_name(current.server, server)
    )


def _is_swapping(current: Database) -> bool:
    """Whether the swap took it offline: it sets AllowFileRestore just before the outage."""
    return current.created and not current.mounted and current.allow_file_restore
