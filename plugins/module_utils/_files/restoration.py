# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Makes a clean .edb in restored\ from a restored backup and the logs that survived.

How an interrupted run is continued: the .edb is copied to restored\incoming and comes to its final
name only when it and all logs are complete, so an .edb in restored\ means "collected". A checkpoint
file beside it means "replay has begun": from then on the logs in restored\ are never replaced, and
a replay can always be started again. The header says when it is finished.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    copy,
    eseutil,
    folders,
    identity,
    log_source,
    patience,
    placing,
    recovery_folders,
    rename,
    replay_logs,
    restore_folder,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.restoration_plan import (
    Plan,
    Replay,
    Request,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    merge_direction,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import DatabaseHeader
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some


def plan(context: OperationContext, request: Request, *, tries: int = patience.TRIES) -> Plan:
    """Look at everything and decide. Changes nothing; raises PreconditionError, ConflictError,
    NotFoundError or InputError, with the fix, when it can not be done. tries: how often, while another
    program has the .edb open (ProgramError -1032 then)."""
    layout, failed = request.layout, request.failed
    found = recovery_folders.read(context, layout)
    if found.is_swapped:
        production = found.edbs("dialtone")
        where = production[0].path if len(production) == 1 else layout.dialtone_edb
        return Plan(request, found, swapped=where)
    if failed.here and placing.is_in_place(context, failed, layout, found):
        return Plan(request, found, swapped=failed.edb_path)
    collected = found.file(layout.restored_edb) is not None
    backup = restore_folder.read(context, request, needed=not collected)
    source = None if collected or backup is None else restore_folder.choose_edb(request, backup)
    header = _header(context, source.path if source else layout.restored_edb, request, tries)
    restored = found.folder(layout.restored)
    proof_due = not replay_logs.has_logs(found.folder(layout.restored_rdb_logs))
    plan = Plan(request, found, edb=source, header=header, proof_due=proof_due)
    if (
        collected
        and header.is_clean
        and not replay_logs.is_waiting(restored, failed, header, proof_due)
    ):
        return plan

    survived = _survived(context, request, found)
    prefix = failed.prefix(survived, backup, restored)
    surviving = log_source.read(context, survived, prefix)
    identity.check(context, failed, layout, found, surviving, source, header)
    if collected and (own := replay_logs.own_stream(context, found, header)):
        return replace(plan, replay=own)
    chosen = replay_logs.choose(
        context, request, prefix, header, surviving, backup, restored if collected else None
    )
    selection = chosen.selection
    if source is None and header.is_clean and not selection.logs:
        return plan
    result = replace(
        plan,
        volumes=tuple(volumes.read(context)),
        logs=chosen.to_copy(layout.restored),
        replay=Replay(prefix, layout.restored, len(selection.logs), selection.is_lossy)
        if selection.logs
        else None,
        selection=selection,
        last_log_time=chosen.last_log_time,
    )
    _require_space(result)
    return result


def _survived(
    context: OperationContext, request: Request, found: RecoveryFolders
) -> Listing | None:
    """Where the surviving logs are: preserved, still in their place, or where somebody has moved them."""
    failed, listing = request.failed, found.folder(request.layout.preserved_logs)
    if not replay_logs.has_logs(listing) and failed.in_its_place:
        listing = folders.list_folder(context, failed.log_folder)
    if not replay_logs.has_logs(listing) and request.preserved_folder is not None:
        listing = folders.list_folder(context, request.preserved_folder)
    return listing


def needs_backup(context: OperationContext, request: Request) -> bool:
    """Whether the .edb has still to be collected from the restore folder. Raises InputError for a
    folder that can't be it, ProgramError."""
    layout, failed = request.layout, request.failed
    if request.restore_folder is not None:
        restore_folder.refuse(request, request.restore_folder)
    found = recovery_folders.read(context, layout)
    if found.is_swapped or (failed.here and placing.is_in_place(context, failed, layout, found)):
        return False
    return found.file(layout.restored_edb) is None


def act(context: OperationContext, plan: Plan) -> DatabaseHeader:
    """Do what the plan says, and prove it: the header of the .edb in restored\\ afterwards.

    Raises ProgramError, or PreconditionError when the proof fails; can be repeated.
    """
    layout = plan.request.layout
    arrived = _collect(context, plan)
    for folder, logs in plan.logs.items():
        there = plan.found.folder(layout.restored)
        copy.copy(context, folder, layout.restored, logs, f"{len(logs)} logs", there)
    if arrived is not None:
        rename.move(context, plan.volumes, arrived, layout.restored_edb)
    if plan.replay is not None:
        _replay(context, plan.replay, layout)
    return _proven(context, plan)


def _collect(context: OperationContext, plan: Plan) -> str | None:
    """Bring the .edb near its place; returns where it waits, None when it is in its place."""
    layout = plan.request.layout
    if plan.edb is None:
        return None
    if paths.is_inside(plan.edb.path, layout.fetched):  # a copy of our own already
        if plan.found.folder(layout.restored) is None:
            rename.make_folder(context, layout.restored)
        return plan.edb.path
    arrived = paths.join(layout.restored_incoming, plan.edb.name)
    there = plan.found.folder(layout.restored_incoming)
    if there is None:
        rename.make_folder(context, layout.restored_incoming)
    copy.copy(
        context,
        paths.folder_of(plan.edb.path),
        layout.restored_incoming,
        [plan.edb],
        plan.edb.name,
        there,
    )
    if eseutil.header(context, arrived) != plan.header:
        # Where it stays it would pass for a good one: its size and time are right.
        bad = _set_aside(context, arrived)
        raise ProgramError(
            f"The copy of {plan.edb.path} has another header than the file itself, so it is no"
            f" good; it is kept as {bad}.",
            object=arrived,
            operation="restore",
            code="BadCopy",
            remedy="Wait until nothing writes to the restore folder, and check the disks if it"
            " happens again; then run the same command again, which copies anew.",
            server=context.server,
        )
    return arrived


def _set_aside(context: OperationContext, path: str) -> str:
    """Give a file that is no good a name under which nobody takes it; returns its new path."""
    listing = folders.list_folder(context, paths.folder_of(path))
    name = paths.name_of(path)
    candidates = (f"{name}.bad-{number}" for number in itertools.count(1))
    bad = next(c for c in candidates if listing is None or listing.find(c) is None)
    rename.rename(context, path, bad)
    return paths.join(paths.folder_of(path), bad)


def _header(context: OperationContext, path: str, request: Request, tries: int) -> DatabaseHeader:
    header, name = eseutil.header(context, path, tries=tries), request.failed.name
    if header.repair_count:
        repaired = f"{path} was repaired {header.repair_count} times (eseutil /p)"
        if request.direction(header) == merge_direction.OLD_INTO_DIAL_TONE:
            context.warn(f"{repaired}: it is only read from, by the merge.")
        elif not request.accept_repaired:
            raise PreconditionError(
                f"{repaired}, which leaves out what is damaged: it may lack mail, and is no file for"
                " production.",
                object=f"database {name}",
                operation="restore",
                code="RepairedFile",
                remedy="Restore a backup that was never repaired; or merge it into the dial tone"
                " database (dialtone_merge_direction: auto); or take this file nevertheless with"
                " accept_repaired: true (dialtone_override: [repaired]).",
                server=context.server,
            )
        else:
            context.warn(
                f"{repaired}: move all mailboxes of {name} to another database after the recovery."
            )
    for warning in header.warnings:
        context.warn(f"{path}: {warning}")
    return header


def _require_space(plan: Plan) -> None:
    """The copies that are not here yet, and room for the .edb to grow by what is replayed."""
    layout = plan.request.layout
    arriving: list[tuple[File, str]] = []
    if plan.edb is not None and not paths.is_inside(plan.edb.path, layout.fetched):
        arriving.append((plan.edb, layout.restored_incoming))
    for logs in plan.logs.values():
        arriving += [(log, layout.restored) for log in logs]
    need = 0
    for file, target in arriving:
        there = plan.found.file(paths.join(target, file.name))
        need += max(0, file.size - (there.size if there else 0))
    growth = sum(folders.total(logs) for logs in plan.logs.values())
    volumes.require_space(plan.volumes, layout.restored, need + growth, "the restored set")


def _replay(context: OperationContext, replay: Replay, layout: RecoveryLayout) -> None:
    check = eseutil.check_logs(context, replay.folder, replay.prefix, replay.count)
    if check.errors or (check.missing and not replay.accept_loss):
        found = [*check.errors, *(f"missing: {name}" for name in check.missing)]
        raise ConflictError(
            f"The logs in {replay.folder} are not one good stream: {some(found, between='; ')}.",
            object=replay.folder,
            operation="check the logs in",
            remedy="Replace or remove the files it names, then run the same command again; nothing"
            " was replayed.",
            server=context.server,
        )
    eseutil.recover(
        context,
        replay.prefix,
        replay.folder,
        layout.restored,
        replay.count,
        accept_loss=replay.accept_loss,
    )


def _proven(context: OperationContext, plan: Plan) -> DatabaseHeader:
    """The header after all: clean, and still the same database. Success of the tool alone proves
    nothing (pitfalls.md P25)."""
    path = plan.request.layout.restored_edb
    header = eseutil.header(context, path)
    if not header.is_clean:
        first, last = header.log_required
        raise PreconditionError(
            f"{path} is in the state {header.state} after the replay, and still requires the logs"
            f" {log_stream.describe([(first, last)])}.",
            object=path,
            operation="restore",
            code="StillDirty",
            remedy="Look at the events of source ESE in the server's Application log, and compare"
            " these generations with the files in its folder.",
            server=context.server,
        )
    if plan.header and header.signature != plan.header.signature:
        raise ConflictError(
            f"{path} has the signature {header.signature} after the replay, not"
            f" {plan.header.signature}: it is another database now.",
            object=path,
            operation="restore",
            remedy="Move the restored folder away, and run the same command again.",
            server=context.server,
        )
    return header
