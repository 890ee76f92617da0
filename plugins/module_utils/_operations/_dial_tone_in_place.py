# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Dial tone in place: the failed database itself is mounted over an empty file (exchange.md 2, older
variant). Nobody is rehomed, so it takes seconds however many mailboxes there are.

A mount with Force makes an empty file where none is. On a disk that is only away for a moment it
would hide everything that is there. So it is sent once in the life of a recovery: after the failed
files were moved aside, from this very folder, and the volume and the folder answer and are empty.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import copies, databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    recovery_folders,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import marker, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Value

_OPERATION: t.Final = "give a dial tone in place to"


def present(
    context: OperationContext, failed: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """The failed database marked, mounted and answering. Raises the ExchangeError family."""
    _databases.refuse_elsewhere(context, failed.server, f"database {failed.name}")
    known = Marker.parse(failed.excluded_reason)
    begun = _databases.is_in_place(failed) and not (known and known.closed and not failed.mounted)
    if not begun:
        _databases.refuse_mounted(context, failed)
        _refuse_copies(context, failed)
    mark = known if begun and known else _new_marker(context, failed, args)
    layout = _databases.layout_of(args["recovery_root"], failed, failed.name)
    swapping = begun and not failed.mounted and failed.allow_file_restore
    if swapping:
        _databases.warn_of_swap(context, failed.name)
    mount = not failed.mounted and not swapping
    create = mount and _must_be_created(context, failed, layout)
    settings = _due(failed, mark)
    before = _view(failed)
    after = {**before, **settings, "mounted": before["mounted"] or mount}
    current = failed
    if not context.check:
        if settings:
            result = databases.change(context, failed, settings)
            _databases.pass_warnings(context, result.warnings)
        if mount:
            context.progress(f"mounting {failed.name}" + (" over an empty file" if create else ""))
            _databases.mount(context, failed, float(args["mount_timeout"]), create_file=create)
            databases.wait_mounted(context, failed)
            _databases.probe(context, failed)
        current = databases.get(context, failed.guid, status=True)
        _verify(context, current, mark, swapping)
        after = _view(current)
    shown = {**_databases.describe(current), "mounted": after["mounted"]}
    return {
        "changed": before != after,
        "run_id": mark.run_id,
        "database": shown,
        "diff": {"before": before, "after": after},
    }


def doubt(layout: RecoveryLayout, found: RecoveryFolders, known: t.Sequence[volumes.Volume]) -> str:
    """Why this database can't have its dial tone in place; "" when nothing speaks against it.

    For the preflight and for the operation: all that can be said from volumes and folders, whether
    the failed files are preserved already or not.
    """
    names = [volume.name for volume in known]
    for path in (layout.failed_edb_path, layout.failed_log_folder):
        if paths.volume_of(path, names) is None:
            return f"{path} is on no volume of the server; the disk may only be away"
        if not volumes.same(known, path, layout.root):
            return (
                f"{path} is on another volume than {layout.root}, so that the failed files can't be"
                " moved aside by a rename"
            )
    if not found.exists("dialtone"):
        return f"the folder {layout.dialtone} does not answer"
    if not _has_trace(layout, found):
        return (
            f"nothing of the database is left in {layout.dialtone}, so that nobody knows whether it"
            " is the right disk"
        )
    return ""


def _has_trace(layout: RecoveryLayout, found: RecoveryFolders) -> bool:
    """Whether a file of the database was found in the very folder of its .edb, now or when the
    failed files were moved aside. A mount point whose disk is away is an empty folder."""
    if found.folder(layout.preserved_database) and any(
        paths.is_inside(file.path, layout.preserved_database) for file in found.files("preserved")
    ):
        return True
    if any(
        paths.same(paths.folder_of(file.path), layout.dialtone) for file in found.files("dialtone")
    ):
        return True
    together = paths.same(layout.dialtone, layout.dialtone_logs)
    return together and any(
        paths.is_inside(file.path, layout.preserved_logs) for file in found.files("preserved")
    )


def _must_be_created(context: OperationContext, failed: Database, layout: RecoveryLayout) -> bool:
    """Whether the mount has to make the file. Raises PreconditionError in any doubt."""
    found = recovery_folders.read(context, layout)
    production = found.file(layout.dialtone_edb)
    begun = _databases.is_open_in_place(failed)
    if begun and production is not None:
        return False  # the dial tone was dismounted, by a restart or a crash
    if found.edbs("swapped") or found.edbs("merged"):
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            f"{layout.dialtone_edb} is gone, but this recovery has been swapped already.",
            f"The folder of this recovery, {layout.base}, holds everything; put the file back by"
            " hand.",
        )
    reason = doubt(layout, found, volumes.read(context))
    if reason:
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            reason + ".",
            "Bring the disk back and look again; or have the dial tone beside it"
            " (dialtone_method: beside).",
        )
    left = [file.path for file in found.files("dialtone")]
    if left and not context.check:
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            f"there are files at its paths: {some(left)}.",
            "Move the failed files aside first (dialtone.exchange.database_files, state preserved).",
        )
    return True


def _refuse_copies(context: OperationContext, failed: Database) -> None:
    """A replicated database has its file elsewhere, too; an empty one would be copied over it."""
    others = [
        copy.server
        for copy in copies.of_database(context, failed.name)
        if copy.server.casefold() != failed.server.casefold()
    ]
    if others:
        raise _databases.refusal(
            context,
            _OPERATION,
            f"database {failed.name}",
            f"it has copies on {', '.join(sorted(others))}.",
            "Activate a copy, or have the dial tone beside it (dialtone_method: beside).",
        )


def _new_marker(context: OperationContext, failed: Database, args: dict[str, t.Any]) -> Marker:
    return Marker(failed.name, args.get("run_id") or marker.new_run_id(context.now()))


def _due(failed: Database, mark: Marker) -> dict[str, Value]:
    """What must be set before the mount: the marker, by which a killed run is recognised. Without
    circular logging the logs of the dial tone period survive."""
    if mark.closed:
        return {}
    wanted: dict[str, Value] = {
        "IsExcludedFromProvisioning": True,
        "IsExcludedFromProvisioningReason": mark.text(),
        "CircularLoggingEnabled": False,
    }
    have = _view(failed)
    return {name: value for name, value in wanted.items() if have[name] != value}


def _view(database: Database) -> dict[str, t.Any]:
    return {
        "name": database.name,
        "mounted": bool(database.mounted),
        "IsExcludedFromProvisioning": database.excluded_from_provisioning,
        "IsExcludedFromProvisioningReason": database.excluded_reason,
        "CircularLoggingEnabled": database.circular_logging,
    }


def _verify(context: OperationContext, current: Database, mark: Marker, swapping: bool) -> None:
    left = [*_due(current, mark)]
    if not current.mounted and not swapping:
        left.append("Mounted")
    _databases.refuse_different(context, current, left)
