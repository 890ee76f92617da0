# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The folder into which the backup software restored the database's files.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.restoration_plan import (
    Request,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths


def read(context: OperationContext, request: Request, *, needed: bool) -> Listing | None:
    """What is in the restore folder. Once the .edb is collected it may be gone.

    Raises InputError for a folder that can't be it, NotFoundError when it is needed and not there.
    """
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
    refuse(request, folder)
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


def refuse(request: Request, folder: str) -> None:
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


def choose_edb(request: Request, backup: Listing) -> File:
    """The .edb to restore. Raises PreconditionError when there is none, or more than one."""
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
