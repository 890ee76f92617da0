# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The end of a dial tone database after the swap home: the object goes, its files wait for the merge.

Three changes in this order, each seen by the next run: a sign of the run beside the files, the object
removed (files stay, exchange.md 3, C5b), the folder renamed from dialtone\ to swapped\. PRIVATE to the
collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    NotFoundError,
    PreconditionError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    recovery_folders,
    rename,
    run_sign,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    mailbox_configuration,
)

_DIRECTORY_LAG = (
    900.0  # seconds; the rehoming may have been written on a domain controller far away
)


def run(
    context: OperationContext,
    name: str,
    failed: Database,
    root: str,
    home: Database | None = None,
) -> dict[str, t.Any]:
    """The object removed, the files in swapped\\. Raises the ExchangeError family.

    home: where everyone went, when it is not the failed database.
    """
    home = home or failed
    layout = RecoveryLayout.of(root, failed.name, failed.edb_path, name)
    database = _databases.dial_tone_database(context, name, failed.name)
    if database is not None:
        _databases.refuse_elsewhere(context, database.server, database.about)
    found = recovery_folders.read(context, layout)
    mark = _databases.marker_of(database, failed.name) if database else None
    run_id = mark.run_id if mark else run_sign.find(found, ("dialtone", "swapped", "merged"))
    aside = bool(found.edbs("swapped") or found.edbs("merged"))
    changed = database is not None or not aside
    if changed:
        _check(context, layout, found, database, home)
    if changed and not context.check:
        if database is not None and run_id is not None:
            _remove(context, layout, found, database, home, run_id)
        rename.rename(context, layout.dialtone, paths.name_of(layout.swapped))
    before = {"name": name, "object": database is not None, "files": layout.dialtone}
    after = {"name": name, "object": False, "files": layout.swapped}
    return {
        "changed": changed,
        "run_id": run_id,
        "database": {**_databases.describe(database), "name": name},
        "diff": {"before": before if changed else after, "after": after},
    }


def _check(
    context: OperationContext,
    layout: RecoveryLayout,
    found: RecoveryFolders,
    database: Database | None,
    home: Database,
) -> None:
    """Everything that must be true first. In check mode the swap may still be to come."""
    if context.check:
        return
    if found.edbs("swapped") or found.edbs("merged"):
        raise ConflictError(
            f"there are dial tone files in {layout.base} already.",
            object=layout.base,
            operation="retire",
            remedy="Give the folders swapped and merged of an earlier recovery other names.",
            server=context.server,
        )
    if found.file(layout.dialtone_edb) is None:
        raise NotFoundError(
            f"{layout.dialtone_edb} is not there.",
            object=f"database {layout.dial_tone_database}",
            operation="retire",
            remedy="Give the recovery_root (and name) that it was created with.",
            server=context.server,
        )
    if database is None:
        return
    if not paths.same(database.edb_path, layout.dialtone_edb):
        raise ConflictError(
            f"its file is {database.edb_path}, not {layout.dialtone_edb}.",
            object=database.about,
            operation="retire",
            remedy="Give the recovery_root that it was created with.",
            server=context.server,
        )
    if database.mounted is not False or not home.mounted:
        raise PreconditionError(
            f"its users are not home: {home.name} must be mounted, and it must not.",
            object=database.about,
            operation="retire",
            remedy="Swap home first (dialtone.exchange.database_swap, method home).",
            server=context.server,
        )
    if not eseutil.header(context, layout.dialtone_edb).is_clean:
        raise PreconditionError(
            f"{layout.dialtone_edb} is not in clean shutdown.",
            object=database.about,
            operation="retire",
            remedy=f"Mount and dismount it once: Mount-Database {database.name}.",
            server=context.server,
        )


def _remove(
    context: OperationContext,
    layout: RecoveryLayout,
    found: RecoveryFolders,
    database: Database,
    home: Database,
    run_id: str,
) -> None:
    """Remove the object when nothing refers to it any more."""
    left: list[str] = []

    def nobody() -> bool | None:
        homes = mailbox_configuration.to_rehome(context, database)
        left[:] = [home.mailbox.display_name for home in homes]
        return None if left else True

    try:
        context.wait(
            f"the directory to know that everyone has left {database.name}",
            nobody,
            timeout=_DIRECTORY_LAG,
            state=lambda: f"{len(left)} mailboxes refer to it",
        )
    except WaitTimeout as error:
        raise PreconditionError(
            f"{len(left)} mailboxes and archives still refer to it: {some(left)}.",
            object=database.about,
            operation="retire",
            remedy="Run the same command again: the swap rehomes them to"
            f" {home.name} (dialtone.exchange.database_swap, method home).",
            server=context.server,
        ) from error
    if run_sign.find(found, ("dialtone",)) is None:
        run_sign.put(context, layout, run_id)
    result = databases.remove(context, database)
    _databases.pass_warnings(context, result.warnings)
    context.wait(
        f"{database.about} to be gone",
        lambda: True if databases.find(context, database.guid) is None else None,
        timeout=120.0,
    )
