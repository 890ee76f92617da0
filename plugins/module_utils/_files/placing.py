# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The restored .edb goes home: from restored\ to the failed database's own path (exchange.md 3, B3).

By a rename on one volume. Its logs stay behind, since a file in clean shutdown needs none; logs of
the old stream that still lie in the log folder would be taken for its own, and go aside.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    folders,
    recovery_folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout

_ASIDE = "before-dial-tone"


@dataclass(frozen=True)
class Plan:
    """is_due: whether the file has to be moved. header: of the restored file, None where check mode
    must predict it. new_folders: those of the failed database that a rebuilt server lacks.
    old_logs: patterns of the old stream in the log folder."""

    failed: FailedFiles
    layout: RecoveryLayout
    is_due: bool
    header: DatabaseHeader | None = None
    volumes: tuple[Volume, ...] = ()
    new_folders: tuple[str, ...] = ()
    old_logs: tuple[str, ...] = ()
    aside: str = ""

    def before(self) -> list[str]:
        """Where the restored file is, a line."""
        return [self.layout.restored_edb if self.is_due else self.failed.edb_path]

    def after(self) -> list[str]:
        """Where it will be."""
        return [self.failed.edb_path]


def is_in_place(
    context: OperationContext, failed: FailedFiles, layout: RecoveryLayout, found: RecoveryFolders
) -> bool:
    """Whether the restored file is at the failed database's own path: it was proven in restored\\,
    is not there any more, and no other swap took it."""
    if found.is_swapped or found.file(layout.restored_edb) is not None:
        return False
    return _is_proven(layout, found) and _exists(context, failed.edb_path)


def plan(context: OperationContext, failed: FailedFiles, layout: RecoveryLayout) -> Plan:
    """Look. In check mode the restored file may still be to come.

    Raises PreconditionError for a file that is not proven, ConflictError when another is at the place.
    """
    found = recovery_folders.read(context, layout)
    if is_in_place(context, failed, layout, found):
        return Plan(failed, layout, is_due=False)
    if found.file(layout.restored_edb) is None or not _is_proven(layout, found):
        if context.check:
            return Plan(failed, layout, is_due=True)
        raise PreconditionError(
            f"{layout.restored_edb} is not there, or has never been mounted.",
            object=f"database {failed.name}",
            operation="put in place",
            remedy="Restore the files (dialtone.exchange.database_files, state restored) and mount"
            " them once (dialtone.exchange.recovery_database).",
            server=context.server,
        )
    header = eseutil.header(context, layout.restored_edb)
    if not header.is_clean:
        raise PreconditionError(
            f"{layout.restored_edb} is in {header.state}.",
            object=f"database {failed.name}",
            operation="put in place",
            remedy="Replay its logs first (dialtone.exchange.database_files, state restored).",
            server=context.server,
        )
    edb_folder = folders.list_folder(context, failed.edb_folder)
    if edb_folder is not None and edb_folder.find(failed.edb_name) is not None:
        if context.check and not found.exists("preserved"):
            return Plan(failed, layout, is_due=True, header=header)
        raise ConflictError(
            f"another file is at {failed.edb_path}.",
            object=f"database {failed.name}",
            operation="put in place",
            remedy="Keep it first (dialtone.exchange.database_files, state preserved).",
            server=context.server,
        )
    log_folder = folders.list_folder(context, failed.log_folder)
    prefix = failed.prefix(log_folder, found.folder(layout.preserved_logs))
    left = [file.name for file in log_folder.directly()] if log_folder else []
    left = [name for name in left if log_stream.belongs_to_stream(prefix, name)]
    patterns = (f"{prefix}*.log", f"{prefix}.chk", f"{prefix}res*.jrs")
    missing = {
        folder: None
        for folder, listing in ((failed.edb_folder, edb_folder), (failed.log_folder, log_folder))
        if listing is None
    }
    return Plan(
        failed,
        layout,
        is_due=True,
        header=header,
        volumes=tuple(volumes.read(context)),
        new_folders=tuple(missing),
        old_logs=tuple(pattern for pattern in patterns if _matches(pattern, left)),
        aside=paths.join(failed.log_folder, _ASIDE),
    )


def act(context: OperationContext, plan: Plan) -> DatabaseHeader:
    """Move the file, and prove by its header that it arrived. Raises ProgramError; can be repeated."""
    for folder in plan.new_folders:
        rename.make_folder(context, folder)
    if plan.old_logs:
        if folders.list_folder(context, plan.aside) is None:
            rename.make_folder(context, plan.aside)
        for pattern in plan.old_logs:
            source = paths.join(plan.failed.log_folder, pattern)
            rename.move(context, plan.volumes, source, plan.aside)
    rename.move(context, plan.volumes, plan.layout.restored_edb, plan.failed.edb_path)
    header = eseutil.header(context, plan.failed.edb_path)
    if not header.is_clean:
        raise PreconditionError(
            f"{plan.failed.edb_path} is in {header.state}.",
            object=f"database {plan.failed.name}",
            operation="put in place",
            remedy="Look whether another program opened it, then run the same command again.",
            server=context.server,
        )
    return header


def _is_proven(layout: RecoveryLayout, found: RecoveryFolders) -> bool:
    proof = found.folder(layout.restored_rdb_logs)
    return bool(proof and proof.files)


def _exists(context: OperationContext, path: str) -> bool:
    listing = folders.list_folder(context, paths.folder_of(path))
    return listing is not None and listing.find(paths.name_of(path)) is not None


def _matches(pattern: str, names: list[str]) -> bool:
    start, _star, end = pattern.casefold().partition("*")
    return any(
        name.casefold() == start
        if not _star
        else name.casefold().startswith(start) and name.casefold().endswith(end)
        for name in names
    )
