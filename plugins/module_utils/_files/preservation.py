# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Keeps the failed database's files untouched: out of the way, into preserved\ (exchange.md 1.5).

On the recovery root's own volume they move by a rename, in a moment; from another volume they are
copied, and the originals stay where they are. Nothing is ever deleted. Each file is either still in
its place or already in the new one, so that an interrupted run is continued by the next one.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    patience,
    placing,
    recovery_folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    jet,
    log_stream,
    paths,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some


@dataclass(frozen=True)
class _Transfer:
    """Files that still have to go from one folder to another; by rename or, across volumes, copy.

    done: those that arrived in an earlier run. patterns: names for move, with wildcards.
    """

    source: str
    target: str
    by_rename: bool
    files: tuple[File, ...]
    done: tuple[File, ...]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What preserving means here and now. header: of the failed .edb, None when it is missing or
    unreadable. catalogue: the search index folder to move along, or None."""

    volumes: tuple[Volume, ...]
    database: _Transfer
    logs: _Transfer
    missing_folders: tuple[str, ...]
    catalogue: str | None
    header: DatabaseHeader | None
    prefix: str

    @property
    def is_done(self) -> bool:
        return not (self.database.files or self.logs.files or self.catalogue)

    @property
    def kept(self) -> tuple[File, ...]:
        """All files as they will lie in preserved\\."""
        return tuple(
            File(paths.join(transfer.target, file.name), file.size)
            for transfer in (self.database, self.logs)
            for file in (*transfer.done, *transfer.files)
        )

    def before(self) -> list[str]:
        """The files as they lie now, for the diff."""
        return sorted(
            line
            for transfer in (self.database, self.logs)
            for listing in (
                Listing(transfer.source, transfer.files),
                Listing(
                    transfer.target,
                    tuple(File(paths.join(transfer.target, f.name), f.size) for f in transfer.done),
                ),
            )
            for line in folders.lines(listing)
        )

    def after(self) -> list[str]:
        """The files as they will lie, for the diff; copied ones also stay where they are."""
        stay = [f for t in (self.database, self.logs) if not t.by_rename for f in t.files]
        return folders.lines(Listing("", (*self.kept, *stay)))


def plan(context: OperationContext, failed: FailedFiles, layout: RecoveryLayout) -> Plan:
    """Look where every file is. Changes nothing; raises PreconditionError or ConflictError when it
    can not be done."""
    known = volumes.read(context)
    volumes.of_path(known, layout.root)
    edb_folder = _list(context, known, failed.edb_folder) if failed.in_its_place else None
    log_folder = (
        edb_folder
        if not failed.in_its_place or paths.same(failed.edb_folder, failed.log_folder)
        else _list(context, known, failed.log_folder)
    )
    found = recovery_folders.read(context, layout)
    if placing.is_in_place(context, failed, layout, found):
        edb_folder = log_folder = None  # what lies there now is the restored database
    tree = found.found["preserved"]
    kept_database = tree.below(layout.preserved_database) if tree else None
    kept_logs = tree.below(layout.preserved_logs) if tree else None
    prefix = failed.prefix(log_folder, kept_logs)

    database_names = {failed.edb_name.casefold(), failed.flush_map_name.casefold()}
    database = _transfer(
        context,
        known,
        failed.edb_folder,
        layout.preserved_database,
        [f for f in _files(edb_folder) if f.name.casefold() in database_names],
        kept_database,
        (failed.edb_name, failed.flush_map_name),
    )
    logs = _transfer(
        context,
        known,
        failed.log_folder,
        layout.preserved_logs,
        [f for f in _files(log_folder) if log_stream.belongs_to_stream(prefix, f.name)],
        kept_logs,
        (f"{prefix}*.log", f"{prefix}.chk", f"{prefix}res*.jrs"),
    )
    catalogue = next(
        (
            folder
            for folder in (edb_folder.folders if edb_folder else ())
            if database.by_rename
            and paths.name_of(folder).casefold() == failed.catalogue_name.casefold()
        ),
        None,
    )
    for transfer in (database, logs):
        if not transfer.by_rename and transfer.files:
            need = folders.total(transfer.files)
            volumes.require_space(known, transfer.target, need, f"a copy of {transfer.source}")
    exists = {
        path
        for path, found in (
            (layout.preserved_database, kept_database),
            (layout.preserved_logs, kept_logs),
        )
        if found
    }
    return Plan(
        volumes=tuple(known),
        database=database,
        logs=logs,
        missing_folders=tuple(
            folder
            for folder in (layout.preserved_database, layout.preserved_logs)
            if folder not in exists
        ),
        catalogue=catalogue,
        header=_header(context, failed, database, layout),
        prefix=prefix,
    )


def act(context: OperationContext, plan: Plan) -> None:
    """Do what the plan says, and prove it. Raises ProgramError; can be repeated."""
    for folder in plan.missing_folders:
        rename.make_folder(context, folder)
    for transfer in (plan.database, plan.logs):
        if not transfer.files:
            continue
        count = len(transfer.files)
        size = sizes.format_size(folders.total(transfer.files))
        if transfer.by_rename:
            context.progress(f"moving {count} files ({size}) to {transfer.target}")
            for pattern in transfer.patterns:
                if _matching(pattern, transfer.files):
                    source = paths.join(transfer.source, pattern)
                    rename.move(context, plan.volumes, source, transfer.target)
        else:
            copy.copy(context, transfer.source, transfer.target, transfer.files, f"{count} files")
    if plan.catalogue:
        rename.move(context, plan.volumes, plan.catalogue, plan.database.target)
    _verify(context, plan)


def _transfer(
    context: OperationContext,
    known: Sequence[Volume],
    source: str,
    target: str,
    files: list[File],
    kept: Listing | None,
    patterns: tuple[str, ...],
) -> _Transfer:
    arrived = kept.directly() if kept else ()
    by_rename = not files or volumes.same(known, source, target)
    todo = files
    if not by_rename:
        todo = copy.pending(context, source, target, files, kept)
    elif twice := [file for file in files if kept and kept.find(file.name)]:
        file = twice[0]
        raise ConflictError(
            f"{file.name} is in {source}, and an earlier one is preserved in {target} already.",
            object=file.path,
            operation="preserve",
            remedy=f"If a backup was restored to {source}, move its files to a folder of their"
            " own and give that as restore_folder; the preserved files must stay.",
        )
    names = {file.name.casefold() for file in todo}
    return _Transfer(
        source,
        target,
        by_rename,
        tuple(todo),
        tuple(file for file in arrived if file.name.casefold() not in names),
        patterns,
    )


def _header(
    context: OperationContext, failed: FailedFiles, database: _Transfer, layout: RecoveryLayout
) -> DatabaseHeader | None:
    """The failed .edb's header, wherever the file is now; a damaged file is no obstacle, one that
    is in use is."""
    edb = next(
        (
            file
            for file in (*database.files, *database.done)
            if file.name.casefold() == failed.edb_name.casefold()
        ),
        None,
    )
    if edb is None:
        context.warn(f"The failed file {failed.edb_path} is missing; what else is left is kept.")
        return None
    try:
        return eseutil.header(context, edb.path, tries=patience.TRIES_IN_OUTAGE)
    except ProgramError as error:
        if error.exit_code == jet.FILE_ACCESS_DENIED:
            raise PreconditionError(
                f"{edb.path} is in use, so that it can not be preserved.",
                object=f"database {failed.name}",
                operation="preserve",
                code="FileInUse",
                remedy=jet.remedy(jet.FILE_ACCESS_DENIED),
                server=context.server,
            ) from error
        context.warn(f"The header of the failed file can not be read: {error.message}")
        return None


def _verify(context: OperationContext, plan: Plan) -> None:
    """Every file is in preserved\\ now, with the size it had."""
    folder = paths.folder_of(plan.database.target)
    tree = folders.list_tree(context, folder)
    lost = [
        file.path
        for file in plan.kept
        if not ((there := tree.at(file.path) if tree else None) and there.size == file.size)
    ]
    if lost:
        raise ProgramError(
            f"Not all files arrived in {folder}: {some(lost)}.",
            object=folder,
            operation="preserve",
            remedy="Look where they are, then run the same command again.",
            server=context.server,
        )


def _list(context: OperationContext, known: Sequence[Volume], folder: str) -> Listing | None:
    """A folder's files. A volume that is gone has none: then what is left is preserved."""
    if paths.volume_of(folder, [volume.name for volume in known]) is None:
        context.warn(f"{folder} is on no volume of the server any more.")
        return None
    return folders.list_folder(context, folder)


def _files(listing: Listing | None) -> tuple[File, ...]:
    return listing.directly() if listing else ()


def _matching(pattern: str, files: Sequence[File]) -> bool:
    start, _star, end = pattern.casefold().partition("*")
    return any(
        file.name.casefold() == start
        if not _star
        else file.name.casefold().startswith(start) and file.name.casefold().endswith(end)
        for file in files
    )
