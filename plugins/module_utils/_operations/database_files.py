# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""database_files: keep the failed database's files, and make a clean .edb from backup and logs.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    arrival,
    closing,
    placing,
    preservation,
    restoration,
    restoration_plan,
    share,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    jet,
    log_stream,
    merge_direction,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    RecoveryLayout,
    default_root,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import Range
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases

ARGUMENT_SPEC: dict[str, t.Any] = {
    "failed_database": {"type": "str", "required": True},
    "server": {"type": "str"},
    "state": {
        "type": "str",
        "required": True,
        "choices": ["preserved", "fetched", "restored", "in_place", "merged"],
    },
    "recovery_root": {"type": "str"},
    "restore_folder": {"type": "str"},
    "edb_name": {"type": "str"},
    "final_database": {"type": "str"},
    "share_access": {"type": "str", "choices": list(share.ACCESS), "default": "auto"},
    "restore_wait": {"type": "int", "default": 0},
    "restore_stable": {"type": "int", "default": 60},
    "preserved_folder": {"type": "str"},
    "by_hand": {"type": "bool", "default": False},
    "accept_gap": {"type": "bool", "default": False},
    "accept_repaired": {"type": "bool", "default": False},
    "merge_direction": {
        "type": "str",
        "choices": [merge_direction.AUTO, *merge_direction.DIRECTIONS],
        "default": merge_direction.DIAL_TONE_INTO_OLD,
    },
}


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The operation. Raises ExchangeError."""
    name = names.check_database_name(args["failed_database"])
    # An option that a role leaves empty is not given.
    root, restore_folder, edb_name = (
        args.get(key) or None for key in ("recovery_root", "restore_folder", "edb_name")
    )
    if root is not None:
        root = paths.check_folder(root, "recovery_root")
    if restore_folder is not None:
        fetched = args["state"] == "fetched"
        check = paths.check_source if fetched else paths.check_folder
        restore_folder = check(restore_folder, "restore_folder")
    if edb_name is not None:
        edb_name = paths.check_file_name(edb_name, "edb_name")

    database = _databases.failed_database(context, name)
    server = args.get("server") or database.server
    in_place = _databases.is_open_in_place(database)
    if in_place and args["state"] == "in_place":
        raise _databases.in_place_already(database)
    if args["state"] in ("fetched", "restored", "merged") and _databases.is_in_place(database):
        pass  # it is mounted as its own dial tone
    elif not in_place and (
        args["state"] != "merged" or _databases.is_server(server, database.server)
    ):
        # After a swap home the failed database is in production, and the dial tone files elsewhere.
        _databases.refuse_mounted(context, database)
    _databases.refuse_elsewhere(context, server, f"database {database.name}")
    failed = FailedFiles(
        name=database.name,
        guid=database.guid,
        edb_path=paths.check_file(database.edb_path, "EdbFilePath"),
        log_folder=paths.check_folder(database.log_folder, "LogFolderPath"),
        log_prefix=database.log_prefix,
        here=_databases.is_server(server, database.server),
        in_place=in_place,
    )
    final = args.get("final_database") or None
    if not failed.here and not (final and root and args["state"] == "in_place"):
        _refuse_on_alternate_server(database, args["state"], root)
    if root is None:
        known = volumes.read(context)
        root = default_root(volumes.of_path(known, failed.edb_path).name)
    layout = _databases.layout_of(root, database)
    if args["state"] == "preserved":
        return _preserve(context, failed, layout)
    if args["state"] == "merged":
        return _put_aside(context, layout)
    if args["state"] == "in_place":
        return _put_in_place(context, _target(context, failed, layout, final), layout)
    if args["state"] == "fetched":
        return _fetch(context, layout, restore_folder, edb_name, args)
    request = restoration_plan.Request(
        failed,
        layout,
        restore_folder,
        edb_name,
        accept_gap=bool(args.get("accept_gap")),
        accept_repaired=bool(args.get("accept_repaired")),
        merge_direction=args.get("merge_direction") or merge_direction.DIAL_TONE_INTO_OLD,
        preserved_folder=args.get("preserved_folder") or None,
        by_hand=bool(args.get("by_hand")),
    )
    if _is_awaited(context, request, args):
        return _awaited(request)
    return _restore(context, request)


def _refuse_on_alternate_server(database: Database, state: str, root: str | None) -> None:
    """Raise InputError for what can only be done where the failed files are."""
    if state in ("preserved", "in_place"):
        raise InputError(
            f"its files are on {database.server}.",
            object=f"database {database.name}",
            operation=f"have {state} the files of",
            remedy=f"Run the task against {database.server} when it is back, without server.",
        )
    if root is None:
        raise InputError(
            "recovery_root is not given, and the default is on the failed database's own server.",
            object="recovery_root",
            remedy="Give the recovery_root of the dial tone database.",
        )


def _preserve(
    context: OperationContext, failed: FailedFiles, layout: RecoveryLayout
) -> dict[str, t.Any]:
    plan = preservation.plan(context, failed, layout)
    if not plan.is_done and not context.check:
        preservation.act(context, plan)
    kept = {file.name.casefold(): file for file in plan.kept}
    edb = kept.get(failed.edb_name.casefold())
    generations = [
        generation
        for file in plan.kept
        if (generation := log_stream.generation_of(plan.prefix, file.name)) is not None
    ]
    spans = log_stream.ranges(generations)
    logs = sum(file.name.lower().endswith(".log") for file in plan.kept)
    missing = log_stream.gaps(generations, spans[0][0], spans[-1][1]) if spans else []
    return {
        "changed": not plan.is_done,
        "diff": _diff(plan.before(), plan.after()),
        "edb_path": edb.path if edb else None,
        "log_folder": layout.preserved_logs,
        "header": plan.header.as_result() if plan.header else None,
        "logs": _logs(spans, logs, missing),
        "replayed": False,
        "last_log_time": None,
        "proof_due": False,
    }


def _restore(context: OperationContext, request: restoration_plan.Request) -> dict[str, t.Any]:
    ended = False
    try:
        plan = restoration.plan(context, request, tries=1)
    except ProgramError as error:
        if error.exit_code != jet.FILE_ACCESS_DENIED:
            raise
        ended = _end_proof(context, request.layout)
        if ended and context.check:
            return _proving(request)
        plan = restoration.plan(context, request)  # waits for whoever else has it
    header = plan.header
    if not plan.is_done and not context.check:
        header = restoration.act(context, plan)
    generations = [log.generation for log in plan.selection.logs]
    return {
        "changed": ended or not plan.is_done,
        "diff": _diff(plan.before(), plan.after()),
        "edb_path": plan.swapped or request.layout.restored_edb,
        "log_folder": request.layout.restored,
        "header": header.as_result() if header else None,
        "logs": _logs(
            log_stream.ranges(generations), len(generations), list(plan.selection.absent)
        ),
        "replayed": plan.replay is not None,
        "last_log_time": plan.last_log_time,
        "proof_due": plan.proof_due,
        "merge_direction": request.direction(plan.header),
    }


def _end_proof(context: OperationContext, layout: RecoveryLayout) -> bool:
    """Dismount the recovery database that has the restored .edb open, since an earlier run ended while
    it proved the file; says whether there is one. In check mode it stays mounted."""
    server = context.server.partition(".")[0]
    for database in databases.on_server(context, server, status=True):
        if (
            database.recovery
            and database.mounted
            and paths.same(database.edb_path, layout.restored_edb)
        ):
            if not context.check:
                databases.dismount(context, database)
                databases.wait_dismounted(context, database)
            return True
    return False


def _proving(request: restoration_plan.Request) -> dict[str, t.Any]:
    """What check mode can say of files that nobody else can read now."""
    edb = request.layout.restored_edb
    return {
        "changed": True,
        "diff": _diff([edb], [edb]),
        "edb_path": edb,
        "log_folder": request.layout.restored,
        "header": None,
        "logs": _logs([], 0, []),
        "replayed": False,
        "last_log_time": None,
        "proof_due": False,
    }


def _is_awaited(
    context: OperationContext, request: restoration_plan.Request, args: dict[str, t.Any]
) -> bool:
    """Wait for the backup software, if that is asked for. In check mode nothing is awaited: says
    whether the real run would."""
    timeout, folder = int(args.get("restore_wait") or 0), request.restore_folder
    if timeout <= 0 or folder is None or not restoration.needs_backup(context, request):
        return False
    if context.check:
        return not arrival.is_complete(context, folder, request.edb_name)
    stable = float(args.get("restore_stable") or 0)
    arrival.wait(context, folder, edb_name=request.edb_name, timeout=timeout, stable=stable)
    return False


def _awaited(request: restoration_plan.Request) -> dict[str, t.Any]:
    """What check mode can say of files that are not there yet."""
    edb = request.layout.restored_edb
    return {
        "changed": True,
        "diff": _diff([], [f"{edb}, when the backup software has finished"]),
        "edb_path": edb,
        "log_folder": request.layout.restored,
        "header": None,
        "logs": _logs([], 0, []),
        "replayed": True,
        "last_log_time": None,
        "proof_due": True,
        "merge_direction": request.direction(None),
    }


def _fetch(
    context: OperationContext,
    layout: RecoveryLayout,
    folder: str | None,
    edb_name: str | None,
    args: dict[str, t.Any],
) -> dict[str, t.Any]:
    if folder is None or not paths.is_share(folder):
        raise InputError(
            "restore_folder is no folder of a file share.",
            object="restore_folder",
            operation="fetch",
            remedy="Give it as \\\\server\\share\\folder; a folder of the server needs no fetching.",
        )
    plan = share.plan(
        context, layout, folder, access=args.get("share_access") or "auto", edb_name=edb_name
    )
    if plan.is_due and not context.check:
        share.act(context, plan)
    return {
        "changed": plan.is_due,
        "diff": _diff([], share.describe(plan)),
        "edb_path": None,
        "log_folder": plan.target,
        "header": None,
        "logs": _logs([], 0, []),
        "replayed": False,
        "last_log_time": None,
        "proof_due": True,
    }


def _target(
    context: OperationContext, failed: FailedFiles, layout: RecoveryLayout, final: str | None
) -> FailedFiles:
    """Whose place the restored file takes: the failed database's, or that of a successor."""
    if final is None:
        return failed
    successor = _databases.successor_at(context, final, layout)
    if successor is not None:
        return _databases.files_of(successor)
    if not context.check:
        raise _databases.no_successor(context, final)
    return FailedFiles(final, "", layout.final_edb(final), layout.final, failed.log_prefix)


def _put_in_place(
    context: OperationContext, failed: FailedFiles, layout: RecoveryLayout
) -> dict[str, t.Any]:
    plan = placing.plan(context, failed, layout)
    header = plan.header
    if plan.is_due and not context.check:
        header = placing.act(context, plan)
    return {
        "changed": plan.is_due,
        "diff": _diff(plan.before(), plan.after()),
        "edb_path": failed.edb_path,
        "log_folder": failed.log_folder,
        "header": header.as_result() if header else None,
        "logs": _logs([], 0, []),
        "replayed": False,
        "last_log_time": None,
        "proof_due": False,
    }


def _put_aside(context: OperationContext, layout: RecoveryLayout) -> dict[str, t.Any]:
    plan = closing.plan(context, layout)
    if plan.is_due and not context.check:
        closing.act(context, plan)
    return {
        "changed": plan.is_due,
        "diff": _diff(plan.before(), plan.after()),
        "edb_path": layout.merged_edb,
        "log_folder": layout.merged,
        "header": None,
        "logs": _logs([], 0, []),
        "replayed": False,
        "last_log_time": None,
        "proof_due": False,
    }


def _logs(spans: list[Range], collected: int, missing: list[Range]) -> dict[str, t.Any]:
    return {
        "first": spans[0][0] if spans else None,
        "last": spans[-1][1] if spans else None,
        "collected": collected,
        "missing": [list(span) for span in missing],
    }


def _diff(before: list[str], after: list[str]) -> dict[str, str]:
    return {"before": "".join(f"{x}\n" for x in before), "after": "".join(f"{x}\n" for x in after)}
