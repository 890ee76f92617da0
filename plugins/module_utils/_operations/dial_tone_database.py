# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dial tone database, beside the failed one or on an alternate server: create, configure, mount,
probe.

Order: create, mount, probe, and only then rehome (pitfalls.md P6). PRIVATE to the collection: it
can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases, servers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    recovery_folders,
    run_sign,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    names,
    paths,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _databases,
    _dial_tone_in_place,
    _final_name,
    _recovery_stage,
    _retired,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value

ARGUMENT_SPEC: dict[str, t.Any] = {
    "name": {"type": "str"},
    "failed_database": {"type": "str", "required": True},
    "server": {"type": "str"},
    "recovery_root": {"type": "str"},
    "edb_path": {"type": "str"},
    "log_folder": {"type": "str"},
    "run_id": {"type": "str"},
    "mount_timeout": {"type": "int", "default": 900},
    "adopt": {"type": "bool", "default": False},
    "adopt_recovery_database": {"type": "str"},
    "preserved_folder": {"type": "str"},
    "state": {
        "type": "str",
        "choices": ["present", "successor", "production", "retired", "final"],
        "default": "present",
    },
    "final_database": {"type": "str"},
    "final_name": {"type": "str", "choices": ["dial_tone", "original"], "default": "dial_tone"},
    "retire_failed_database": {"type": "bool", "default": False},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_if": [
        ("state", "present", ("recovery_root",)),
        ("state", "production", ("recovery_root",)),
        ("state", "retired", ("recovery_root",)),
        ("state", "successor", ("recovery_root",)),
    ]
}

# Settings that a dial tone database has whatever the failed one had: without circular logging the
# logs of the dial tone period survive.
_FIXED: Mapping[str, Value] = {"CircularLoggingEnabled": False, "MountAtStartup": True}
# An explicit null takes these away. For all others null means that this version of Exchange does
# not report them.
_CLEARABLE = frozenset(("OfflineAddressBook", "JournalRecipient"))


@dataclass(frozen=True)
class _Goal:
    """What the dial tone database is to be. settings: parameters of Set-MailboxDatabase."""

    name: str
    server: str
    edb_path: str
    log_folder: str
    settings: Mapping[str, Value]


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The dial tone database in the wanted state. Raises the ExchangeError family."""
    failed_name = names.check_database_name(args["failed_database"], "failed_database")
    name = names.check_database_name(
        names.dial_tone_name(failed_name) if args.get("name") is None else args["name"], "name"
    )
    if args.get("run_id") and not marker.is_run_id(args["run_id"]):
        raise InputError(
            f"run_id: {args['run_id']!r} is not a run id.",
            object="run_id",
            remedy="Leave it out, or write it as YYYYMMDD-HHMMSS.",
        )
    if args["state"] == "final":
        return _final_name.run(context, name, failed_name, args)
    paths.check_folder(args["recovery_root"], "recovery_root")
    failed = _databases.failed_database(context, failed_name, settings=True)
    if args["state"] == "retired":
        home = _successor_of(context, failed, args)
        return _retired.run(context, name, failed, args["recovery_root"], home)
    if args["state"] == "successor":
        return _successor(context, name, failed, args)
    if args["state"] == "production":
        return _production(context, name, failed, args["recovery_root"], bool(args.get("adopt")))
    if names.same_name(name, failed.name):
        return _dial_tone_in_place.present(context, failed, args)
    return _present(context, name, failed, args)


def _present(
    context: OperationContext, name: str, failed: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    _databases.refuse_mounted(context, failed)
    server = servers.get(context, args["server"]).name if args.get("server") else failed.server
    _databases.refuse_elsewhere(context, server, f"database {name}")
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
    adopt = by_hand is not None and layout.own_edb_path is not None
    mark = _mark(
        context, current, failed, server, args.get("run_id"), edb_path, adopt=by_hand is not None
    )
    mark = replace(mark, adopted=mark.adopted or adopt)
    goal = _Goal(name, server, edb_path, log_folder, _wanted(current, failed, mark))
    if current is None:
        _check_room(context, goal)
    exchanged = by_hand is not None and by_hand.position is _adoption.Position.EXCHANGED
    swapping = current is not None and (_is_swapping(current) or exchanged)
    if swapping:
        context.warn(
            f"A swap of {name} was interrupted; it stays dismounted until database_swap has"
            " finished it, or has returned to the dial tone files."
        )
    settings = _different(_settings_of(current), goal.settings)
    mount = not swapping and not (current is not None and current.mounted)
    before = _view(current, failed)
    if context.check:
        after = _predicted(before, goal, settings, mount)
        shown = after["dial_tone_database"]
        database = {
            **_databases.describe(current),
            **{key: shown[key] for key in (*_chosen(goal), "mounted")},
        }
    else:
        if current is not None and by_hand is not None:
            _take_marker(context, current, mark)
            _adoption.settle(context, failed, by_hand, layout)
            current = databases.get(context, current.guid, status=True, settings=True)
        current = _act(context, current, goal, mount, float(args["mount_timeout"]))
        if failed.mount_at_startup:
            # At its next start the server would mount it over whatever lies at its path.
            databases.change(context, failed, {"MountAtStartup": False})
        failed_after = databases.get(context, failed.guid)
        _verify(context, current, goal, swapping)
        database, after = _databases.describe(current), _view(current, failed_after)
    return {
        "changed": before != after,
        "run_id": mark.run_id,
        "database": database,
        "diff": {"before": before, "after": after},
    }


def _successor(
    context: OperationContext, name: str, failed: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """A database under a name of its own, ready to take the restored file over; not mounted."""
    _databases.refuse_mounted(context, failed)
    server = servers.get(context, args["server"]).name if args.get("server") else failed.server
    _databases.refuse_elsewhere(context, server, f"database {name}")
    layout = RecoveryLayout.of(args["recovery_root"], failed.name, failed.edb_path)
    current = _databases.successor_at(context, name, layout)
    settings = {
        **_wanted(current, failed, None),
        "MountAtStartup": False,  # nothing but the swap mounts it
        "IsExcludedFromProvisioning": True,
    }
    goal = _Goal(name, server, layout.final_edb(name), layout.final, settings)
    if current is None:
        _check_room(context, goal)
    done = current is not None and (current.mounted or current.allow_file_restore)
    due = {} if done else _different(_settings_of(current), settings)
    before = _view(current, failed)
    if context.check:
        after = _predicted(before, goal, due, False)
        shown = after["dial_tone_database"]
        database = {**_databases.describe(current), **{key: shown[key] for key in _chosen(goal)}}
    else:
        if not done:
            current = _act(context, current, goal, False, 0.0)
        database, after = _databases.describe(current), _view(current, failed)
    return {
        "changed": before != after,
        "run_id": None,
        "database": database,
        "diff": {"before": before, "after": after},
    }


def _successor_of(
    context: OperationContext, failed: Database, args: dict[str, t.Any]
) -> Database | None:
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


def _check_room(context: OperationContext, goal: _Goal) -> None:
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


def _is_swapping(current: Database) -> bool:
    """Whether the swap took it offline: it sets AllowFileRestore just before the outage."""
    return current.created and not current.mounted and current.allow_file_restore


def _settings_of(database: Database | None) -> dict[str, t.Any]:
    """All settings of this module, by their names in Set-MailboxDatabase."""
    if database is None:
        return {}
    return {
        **database.settings,
        "CircularLoggingEnabled": database.circular_logging,
        "MountAtStartup": database.mount_at_startup,
        "IsExcludedFromProvisioning": database.excluded_from_provisioning,
        "IsExcludedFromProvisioningReason": database.excluded_reason,
    }


def _wanted(current: Database | None, failed: Database, mark: Marker | None) -> dict[str, Value]:
    wanted: dict[str, Value] = {
        name: value
        for name, value in failed.settings.items()
        if value is not None or (current is not None and name in _CLEARABLE)
    }
    wanted.update(_FIXED)
    # A recovery that was closed is not opened again: its database takes new mailboxes.
    if mark is not None and not mark.closed:
        wanted["IsExcludedFromProvisioning"] = True
        wanted["IsExcludedFromProvisioningReason"] = mark.text()
    return wanted


def _different(have: Mapping[str, t.Any], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """The settings to send."""
    return {
        name: _to_send(value)
        for name, value in wanted.items()
        if name not in have or _to_send(have[name]) != _to_send(value)
    }


def _to_send(value: Value) -> Value:
    """A printed setting in the form that every culture reads: sizes as plain bytes."""
    if not isinstance(value, str) or "(" not in value:
        return value
    try:
        size = sizes.parse_size(value)
    except ValueError:
        return value  # a name with brackets
    return value if size is None else str(size)


def _act(
    context: OperationContext, current: Database | None, goal: _Goal, mount: bool, timeout: float
) -> Database:
    if current is None:
        context.progress(f"creating {goal.name}")
        result = databases.create(context, goal.name, goal.server, goal.edb_path, goal.log_folder)
        _databases.pass_warnings(context, result.warnings)
        current = context.wait(
            f"database {goal.name} to be visible on {context.domain_controller}",
            lambda: databases.find(context, goal.name, status=True, settings=True),
            timeout=120.0,
        )
    settings = _different(_settings_of(current), goal.settings)
    if settings:
        result = databases.change(context, current, settings)
        _databases.pass_warnings(context, result.warnings)
    if mount:
        context.progress(f"mounting {goal.name}")
        _databases.mount(context, current, timeout)
        databases.wait_mounted(context, current)
        _databases.probe(context, current)
    return databases.get(context, current.guid, status=True, settings=True)


def _verify(context: OperationContext, current: Database, goal: _Goal, swapping: bool) -> None:
    left = [*_different(_settings_of(current), goal.settings)]
    if not current.mounted and not swapping:
        left.append("Mounted")
    if left:
        raise PreconditionError(
            f"it is not as it was set; still different: {', '.join(left)}.",
            object=current.about,
            operation="verify",
            remedy="Run the same command again; if it stays so, something else changes the database.",
            server=context.server,
        )


def _production(
    context: OperationContext, name: str, failed: Database, root: str, adopt: bool
) -> dict[str, t.Any]:
    """End the dial tone: the database takes new mailboxes again, and its marker says closed."""
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
    before = {key: _settings_of(current).get(key) for key in goal}
    if changed and current is not None and not context.check:
        _refuse_unmerged(context, layout)
        databases.change(context, current, goal)
        current = databases.get(context, current.guid, status=True)
        left = _different(_settings_of(current), goal)
        if left:
            raise PreconditionError(
                f"it is not as it was set; still different: {', '.join(left)}.",
                object=current.about,
                operation="put into production",
                remedy="Run the same command again.",
                server=context.server,
            )
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


def _chosen(goal: _Goal) -> dict[str, t.Any]:
    return {
        "name": goal.name,
        "server": goal.server,
        "edb_path": goal.edb_path,
        "log_folder": goal.log_folder,
        "mounted": False,
    }


def _view(current: Database | None, failed: Database) -> dict[str, t.Any]:
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
            **_settings_of(current),
        }
    return shown


def _predicted(
    before: Mapping[str, t.Any], goal: _Goal, settings: Mapping[str, Value], mount: bool
) -> dict[str, t.Any]:
    """What _view() will show after the real run."""
    database = before.get("dial_tone_database") or _chosen(goal)
    return {
        "failed_database": {**before["failed_database"], "MountAtStartup": False},
        "dial_tone_database": {
            **database,
            **settings,
            "mounted": mount or database["mounted"],
        },
    }
