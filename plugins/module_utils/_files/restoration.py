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
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    copy,
    eseutil,
    folders,
    identity,
    log_source,
    placing,
    recovery_folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import (
    FailedFiles,
    detect_prefix,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.log_source import FolderLogs
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    merge_direction,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import Selection


@dataclass(frozen=True)
class Request:
    """What is asked for. restore_folder: None when it is not known any more, which is enough once
    the .edb is collected. edb_name: which .edb of the restore folder, None if there is only one.
    accept_gap: go on although logs with accepted mail are missing. accept_repaired: take a file that
    eseutil /p has repaired for production. merge_direction: AUTO, or one of merge_direction.DIRECTIONS;
    a repaired file is taken without that when it is only to be merged into the dial tone database.
    preserved_folder: where somebody has moved the failed files. by_hand: the file is that of a
    recovery database that somebody has made, and maybe mounted."""

    failed: FailedFiles
    layout: RecoveryLayout
    restore_folder: str | None
    edb_name: str | None = None
    accept_gap: bool = False
    accept_repaired: bool = False
    merge_direction: str = merge_direction.DIAL_TONE_INTO_OLD
    preserved_folder: str | None = None
    by_hand: bool = False

    def direction(self, header: DatabaseHeader | None) -> str:
        """Which way the mail will be merged, by the header of the restored file; None while there is
        none to read."""
        repairs = header.repair_count if header else 0
        accept = self.accept_repaired
        return merge_direction.choose(self.merge_direction, repairs, accept_repaired=accept).value


@dataclass(frozen=True)
class Replay:
    """A soft recovery. folder: where the logs are. count: how many."""

    prefix: str
    folder: str
    count: int
    accept_loss: bool


@dataclass(frozen=True)
class Plan:
    """What restoring means here and now.

    swapped: where the restored .edb is in production, None before the swap. edb: the file to copy, None when it is
    collected. logs: by folder, to copy. replay: None when there is nothing to replay. header: of
    the .edb as it is now, None after the swap. proof_due: no test mount has happened yet.
    last_log_time: when the newest log to replay was begun.
    """

    request: Request
    found: RecoveryFolders
    swapped: str | None = None
    volumes: tuple[Volume, ...] = ()
    edb: File | None = None
    logs: t.Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    replay: Replay | None = None
    header: DatabaseHeader | None = None
    selection: Selection = field(default_factory=Selection)
    proof_due: bool = False
    last_log_time: str | None = None

    @property
    def is_done(self) -> bool:
        return self.edb is None and self.replay is None

    def before(self) -> list[str]:
        """The files in restored\\ as they are, for the diff."""
        return folders.lines(self.found.found["restored"])

    def after(self) -> list[str]:
        """The files in restored\\ as they will be, for the diff."""
        layout = self.request.layout
        names = {
            file.path.casefold(): file
            for file in self.found.files("restored")
            if not paths.is_inside(file.path, layout.restored_incoming)
        }
        arriving = [File(layout.restored_edb, self.edb.size)] if self.edb else []
        for logs in self.logs.values():
            arriving += [File(paths.join(layout.restored, log.name), log.size) for log in logs]
        names.update({file.path.casefold(): file for file in arriving})
        return folders.lines(Listing(layout.restored, tuple(names.values())))


def plan(context: OperationContext, request: Request) -> Plan:
    """Look at everything and decide. Changes nothing; raises PreconditionError, ConflictError,
    NotFoundError or InputError, with the fix, when it can not be done."""
    layout, failed = request.layout, request.failed
    found = recovery_folders.read(context, layout)
    if found.is_swapped:
        production = found.edbs("dialtone")
        where = production[0].path if len(production) == 1 else layout.dialtone_edb
        return Plan(request, found, swapped=where)
    if failed.here and placing.is_in_place(context, failed, layout, found):
        return Plan(request, found, swapped=failed.edb_path)
    collected = found.file(layout.restored_edb) is not None
    backup = _backup_listing(context, request, needed=not collected)
    source = None if collected or backup is None else _choose_edb(request, backup)
    header = _header(context, source.path if source else layout.restored_edb, request)
    restored = found.folder(layout.restored)
    proof_due = not _has_logs(found.folder(layout.restored_rdb_logs))
    plan = Plan(request, found, edb=source, header=header, proof_due=proof_due)
    if collected and header.is_clean and not _is_waiting(restored, failed, header, proof_due):
        return plan

    surviving_listing = found.folder(layout.preserved_logs)
    if not _has_logs(surviving_listing) and failed.in_its_place:
        surviving_listing = folders.list_folder(context, failed.log_folder)
    if not _has_logs(surviving_listing) and request.preserved_folder is not None:
        surviving_listing = folders.list_folder(context, request.preserved_folder)
    prefix = failed.prefix(surviving_listing, backup, restored)
    surviving = log_source.read(context, surviving_listing, prefix)
    identity.check(context, failed, layout, found, surviving, source, header)
    if collected and (own := _own_stream(context, found, header)):
        return replace(plan, replay=own)
    surviving = _same_stream(context, request, surviving, header)
    backup_logs = _backup_logs(context, backup, prefix, header)
    if _is_recovered(header, surviving, backup_logs) or (
        request.by_hand and header.is_clean and not surviving.exists
    ):
        # Replayed already, by somebody else: logs of before would only clash with it.
        surviving = backup_logs = log_source.NOTHING
    _refuse_older_current(context, request, prefix, surviving, backup_logs)
    here = log_source.read(context, restored if collected else None, prefix)
    begun = restored is not None and restored.find(log_stream.checkpoint_name(prefix)) is not None
    order = [here, surviving, backup_logs] if begun else [surviving, backup_logs, here]
    selection = _select(request, prefix, header, order, surviving, collected=collected)
    if not header.is_clean or selection.logs:
        _refuse_gaps(context, request, prefix, selection, surviving)
    elif source is None:
        return plan

    sizes = {logs.source.folder: logs.sizes for logs in order}
    to_copy: dict[str, list[File]] = {}
    for log in selection.logs:
        if not paths.same(log.folder, layout.restored):
            size = sizes[log.folder].get(log.name.casefold(), 0)
            to_copy.setdefault(log.folder, []).append(File(paths.join(log.folder, log.name), size))
    known = volumes.read(context)
    result = replace(
        plan,
        volumes=tuple(known),
        logs={folder: tuple(files) for folder, files in to_copy.items()},
        replay=Replay(prefix, layout.restored, len(selection.logs), selection.is_lossy)
        if selection.logs
        else None,
        selection=selection,
        last_log_time=surviving.newest.created if surviving.newest and selection.logs else None,
    )
    _require_space(result)
    return result


def needs_backup(context: OperationContext, request: Request) -> bool:
    """Whether the .edb has still to be collected from the restore folder. Raises InputError for a
    folder that can't be it, ProgramError."""
    layout, failed = request.layout, request.failed
    if request.restore_folder is not None:
        _refuse_folder(request, request.restore_folder)
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
        copy.copy(context, folder, layout.restored, logs, f"{len(logs)} logs")
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
    if plan.found.folder(layout.restored_incoming) is None:
        rename.make_folder(context, layout.restored_incoming)
    copy.copy(
        context,
        paths.folder_of(plan.edb.path),
        layout.restored_incoming,
        [plan.edb],
        plan.edb.name,
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


def _backup_listing(context: OperationContext, request: Request, *, needed: bool) -> Listing | None:
    """What is in the restore folder. Once the .edb is collected it may be gone."""
    folder = request.restore_folder
    if folder is None:
        if needed:
            raise InputError(
                "restore_folder is not given.",
                object="restore_folder",
                remedy="Give the folder on the server into which the backup software restored the"
                " database's files.",
            )
        return None
    _refuse_folder(request, folder)
    listing = folders.list_folder(context, folder)
    if listing is None and needed:
        raise NotFoundError(
            f"restore_folder: {folder} does not exist on {context.server}.",
            object="restore_folder",
            code="NoRestoreFolder",
            remedy="Let the backup software restore the database's files there first, or correct"
            " the path.",
            server=context.server,
        )
    return listing


def _refuse_folder(request: Request, folder: str) -> None:
    """Raise InputError for a folder that a backup must not be restored to."""
    layout, failed = request.layout, request.failed
    if paths.is_inside(folder, layout.base) and not paths.is_inside(folder, layout.fetched):
        raise InputError(
            f"restore_folder: {folder} belongs to the recovery itself.",
            object="restore_folder",
            remedy="Restore the backup to a folder of its own, and give that.",
        )
    for original in (failed.edb_folder, failed.log_folder) if failed.here else ():
        if paths.same(folder, original):
            raise InputError(
                f"restore_folder: {folder} is where database {failed.name} itself was. A restore"
                " to the original place overwrites other databases of the backup, too.",
                object="restore_folder",
                remedy="Restore the backup to a folder of its own (or move the restored files"
                " there), and give that.",
            )


def _choose_edb(request: Request, backup: Listing) -> File:
    edbs = [
        file
        for file in backup.directly()
        if file.name.lower().endswith(".edb")
        and not file.name.lower().startswith("temp")
        and file.name.lower() != "tmp.edb"
    ]
    if request.edb_name is not None:
        wanted = next((f for f in edbs if f.name.casefold() == request.edb_name.casefold()), None)
        if wanted is None:
            raise PreconditionError(
                f"{backup.folder} has no {request.edb_name}; it holds: {backup.describe()}.",
                object="edb_name",
                code="NoEdb",
                remedy="Correct edb_name.",
            )
        return wanted
    if not edbs:
        raise PreconditionError(
            f"{backup.folder} has no .edb; it holds: {backup.describe()}.",
            object="restore_folder",
            code="NoEdb",
            remedy="Give the folder in which the restored .edb lies; wait for the backup software"
            " if it is not ready.",
        )
    if len(edbs) > 1:
        raise PreconditionError(
            f"{backup.folder} has {len(edbs)} .edb files: {', '.join(file.name for file in edbs)}.",
            object="restore_folder",
            code="SeveralEdbs",
            remedy=f"Say with edb_name which one is {request.failed.name}.",
        )
    # The name must survive the way through other programs.
    paths.check_file_name(edbs[0].name, "the restored file")
    return edbs[0]


def _header(context: OperationContext, path: str, request: Request) -> DatabaseHeader:
    header, name = eseutil.header(context, path, patient=True), request.failed.name
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


def _has_logs(listing: Listing | None) -> bool:
    return detect_prefix(listing) is not None


def _is_waiting(
    restored: Listing | None, failed: FailedFiles, header: DatabaseHeader, proof_due: bool
) -> bool:
    """Whether a clean .edb in restored\\ still waits for its logs: they are beside it, newer than
    it, and no replay and no test mount has touched them."""
    if restored is None or not proof_due:
        return False
    prefix = failed.prefix(restored)
    names = [file.name for file in restored.directly()]
    if any(name.casefold() == log_stream.checkpoint_name(prefix).casefold() for name in names):
        return False
    closed = [g for name in names if (g := log_stream.generation_of(prefix, name)) is not None]
    current = any(log_stream.is_current(prefix, name) for name in names)
    return current or max(closed, default=0) >= header.last_consistent > 0


def _own_stream(
    context: OperationContext, found: RecoveryFolders, header: DatabaseHeader
) -> Replay | None:
    """The replay after a test mount that ended badly: then the .edb belongs to the logs of the
    recovery database, which lie in their own folder."""
    listing = found.folder(found.layout.restored_rdb_logs)
    prefix = detect_prefix(listing)
    if header.is_clean or prefix is None:
        return None
    own = log_source.read(context, listing, prefix)
    if own.signature is None or own.signature != header.log_signature:
        return None
    count = len(own.source.closed) + (own.source.current is not None)
    return Replay(prefix, own.source.folder, count, False)


def _same_stream(
    context: OperationContext, request: Request, logs: FolderLogs, header: DatabaseHeader
) -> FolderLogs:
    """The surviving logs, if they continue this .edb: signatures must be equal (pitfalls.md P20)."""
    if not logs.exists:
        context.warn(
            f"No logs of {request.failed.name} survived: mail since the backup can not be brought"
            " back."
        )
        return logs
    if logs.signature is None or logs.signature == header.log_signature:
        return logs
    if header.repair_count:  # a repair ends the log stream of a file
        context.warn(
            f"The logs in {logs.source.folder} don't fit the repaired file; mail that is only in them"
            " can not be brought back."
        )
        return log_source.NOTHING
    problem = (
        f"The logs in {logs.source.folder} are of another stream ({logs.signature}) than the"
        f" restored file ({header.log_signature}), so they can not be replayed into it"
    )
    if request.by_hand and header.is_clean:
        context.warn(
            f"The restored file was recovered and mounted by hand before. Nothing can tell whether the"
            f" logs in {logs.source.folder} were replayed into it first; the ledger of the merge, and"
            " a look at the newest old mail, can."
        )
        return log_source.NOTHING
    if not request.accept_gap:
        raise PreconditionError(
            f"{problem}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="OtherLogStream",
            remedy="Restore a newer backup, taken after the log stream was begun anew; or do"
            " without the mail since this backup with accept_gap: true.",
        )
    context.warn(f"{problem}; they are left out.")
    return log_source.NOTHING


def _is_recovered(header: DatabaseHeader, surviving: FolderLogs, beside: FolderLogs) -> bool:
    """Whether these logs are in the file already: it was consistent in a later generation of theirs,
    or in the last one, which lies beside it at least as long as it survived."""
    newest, last, other = surviving.source.newest, surviving.newest, beside.newest
    if not header.is_clean or newest is None or surviving.signature != header.log_signature:
        return False
    if header.last_consistent != newest:
        return header.last_consistent > newest
    ends = (last.end if last else None, other.end if other else None)
    return ends[0] is not None and ends[1] is not None and ends[1] >= ends[0]


def _backup_logs(
    context: OperationContext, backup: Listing | None, prefix: str, header: DatabaseHeader
) -> FolderLogs:
    """The logs that came with the backup; strange ones are left out."""
    logs = log_source.read(context, backup, prefix)
    if logs.exists and logs.signature != header.log_signature:
        context.warn(
            f"The logs in {logs.source.folder} are of another stream than the .edb there; they are"
            " left out."
        )
        return log_source.NOTHING
    return logs


def _select(
    request: Request,
    prefix: str,
    header: DatabaseHeader,
    order: Sequence[FolderLogs],
    surviving: FolderLogs,
    *,
    collected: bool,
) -> Selection:
    sources = [logs.source for logs in order if logs.exists]
    if header.is_clean:
        newest = surviving.source.newest or 0
        if collected or newest >= header.last_consistent:
            return log_stream.select(prefix, (header.last_consistent, 0), 0, sources)
        return Selection()
    if header.log_required == (0, 0):
        raise PreconditionError(
            f"The restored file is in the state {header.state} and names no logs, so that it can"
            " not be recovered.",
            object=f"database {request.failed.name}",
            operation="restore",
            remedy="Restore another backup.",
        )
    return log_stream.select(prefix, header.log_required, header.log_committed, sources)


def _refuse_gaps(
    context: OperationContext,
    request: Request,
    prefix: str,
    selection: Selection,
    surviving: FolderLogs,
) -> None:
    places = ", ".join(
        dict.fromkeys(f for f in (surviving.source.folder, request.restore_folder) if f)
    )
    if selection.needed_missing:
        raise PreconditionError(
            "Logs that the restored file needs are missing: generations"
            f" {log_stream.describe(selection.needed_missing, prefix)}; looked in {places}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="RequiredLogsMissing",
            remedy="Find these logs (in the backup, in a quarantine of the antivirus) and put them"
            " into the restore folder, or restore another backup.",
        )
    if not selection.is_lossy:
        return
    if selection.lost:
        what = (
            f"The logs have a gap: generations {log_stream.describe(selection.absent, prefix)} are"
            f" missing in {places}, so that the mail in {log_stream.describe([selection.lost])}"
            " would be lost"
        )
    else:
        after = selection.logs[-1].generation
        what = (
            f"{prefix}.log, the log that was being written (generation {after + 1}), is missing or"
            f" damaged in {places}, so that the mail in it would be lost"
        )
    if not request.accept_gap:
        raise PreconditionError(
            f"{what}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="LogGap",
            remedy="Find the missing logs and put them into the restore folder; or do without"
            " that mail with accept_gap: true.",
        )
    context.warn(f"{what}; accepted by accept_gap.")


def _refuse_older_current(
    context: OperationContext,
    request: Request,
    prefix: str,
    surviving: FolderLogs,
    backup: FolderLogs,
) -> None:
    """The backup holds a copy of the log that was being written at its time. Where the surviving one of
    this generation is lost, the copy would fill its place unseen, without the mail that came since."""
    newest, current = surviving.source.newest, backup.source.current
    if newest is None or surviving.source.current is not None or current != newest + 1:
        return
    what = (
        f"{prefix}.log, the log that was being written (generation {current}), is missing or damaged in"
        f" {surviving.source.folder}. The one in the backup is older, so that the mail since the"
        " backup would be lost"
    )
    if not request.accept_gap:
        raise PreconditionError(
            f"{what}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="LogGap",
            remedy=f"Find {prefix}.log (in a quarantine of the antivirus) and put it there; or do without"
            " that mail with accept_gap: true.",
            server=context.server,
        )
    context.warn(f"{what}; accepted by accept_gap.")


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
            f"The logs in {replay.folder} are not one good stream: {'; '.join(found[:5])}.",
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
