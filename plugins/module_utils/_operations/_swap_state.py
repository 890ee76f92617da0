# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where a swap stands, by the files alone, and what must be true before its outage.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import enum

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _recovery_stage,
    _swap_places,
)


class Position(enum.Enum):
    """Where the files are; the only memory of a swap."""

    BEFORE = "the dial tone files are in production"
    BETWEEN = "the dial tone files are set aside, the restored file is not in place yet"
    AFTER = "the restored file is in production"
    NO_FILES = "there is no restored file"


def dial_tone(
    context: OperationContext, layout: RecoveryLayout, failed: str, adopt: bool
) -> tuple[RecoveryLayout, Database | None]:
    """The dial tone database, which may be missing in check mode only, and the places with it."""
    name = layout.dial_tone_database
    if adopt and context.check:
        database = databases.find(context, name, status=True)  # its marker is due
        layout = _databases.adopting(layout, database) if database else layout
    else:
        database = _databases.dial_tone_database(context, name, failed)
        layout = _databases.layout_with(layout, database)
    if database is None:
        if context.check:
            return layout, None
        raise _databases.no_dial_tone(context, name)
    if _swap_places.is_repointed(layout, database):
        return layout, database
    for what, actual, expected in (
        ("file", database.edb_path, layout.dialtone_edb),
        ("log folder", database.log_folder, layout.dialtone_logs),
    ):
        if not paths.same(actual, expected):
            raise PreconditionError(
                f"its {what} is {actual}, but a swap needs it at {expected}.",
                object=database.about,
                operation="swap",
                remedy="Give the recovery_root that it was created with. A dial tone database"
                " with paths of its own can be swapped when it was adopted"
                " (dialtone.exchange.dial_tone_database, adopt).",
                server=context.server,
            )
    return layout, database


def position(found: RecoveryFolders, database: Database | None) -> Position:
    """Raises ConflictError when the files are as no swap leaves them."""
    layout = found.layout
    production = found.file(layout.dialtone_edb) is not None
    restored = found.file(layout.restored_edb) is not None
    aside = found.file(layout.swapped_edb) is not None
    merged = found.file(layout.merged_edb) is not None
    if _swap_places.is_repointed(layout, database) and restored and (aside or merged):
        return Position.AFTER
    if not aside and not merged:
        return Position.BEFORE if restored else Position.NO_FILES
    if production and not restored:
        return Position.AFTER
    if aside and restored and not production:
        return Position.BETWEEN
    there = {
        layout.dialtone_edb: production,
        layout.restored_edb: restored,
        layout.swapped_edb: aside,
        layout.merged_edb: merged,
    }
    raise ConflictError(
        "the files are as no swap leaves them: "
        + "; ".join(f"{path} is {'' if here else 'not '}there" for path, here in there.items())
        + ".",
        object=f"database {layout.dial_tone_database}",
        operation="swap",
        remedy="Look at the headers (eseutil /mh) to see which file is which, and put them back.",
    )


def check(
    context: OperationContext,
    layout: RecoveryLayout,
    database: Database | None,
    found: RecoveryFolders,
    position: Position,
) -> None:
    """Everything that must be true before the outage. In check mode what earlier tasks bring about
    may be missing."""
    about = f"database {layout.dial_tone_database}"
    if position is Position.NO_FILES:
        if context.check:
            return
        raise _databases.refusal(
            context,
            "swap",
            about,
            f"{layout.restored_edb} is not there.",
            "Restore the files first (dialtone.exchange.database_files, state restored).",
        )
    # AllowFileRestore is set just before the outage: with it, the swap itself took it offline.
    if (
        database is not None
        and not database.mounted
        and not database.allow_file_restore
        and position is not Position.BETWEEN
    ):
        raise _databases.refusal(
            context,
            "swap",
            about,
            "the dial tone database is not mounted.",
            "Mount it first (dialtone.exchange.dial_tone_database).",
        )
    if position is Position.AFTER:
        return
    header = eseutil.header(context, layout.restored_edb)
    if not header.is_clean and not context.check:
        raise _databases.refusal(
            context,
            "swap",
            about,
            f"{layout.restored_edb} is in {header.state}.",
            "Replay its logs first (dialtone.exchange.database_files, state restored).",
        )
    if position is Position.BETWEEN:
        return
    proof = found.folder(layout.restored_rdb_logs)
    if not (proof and proof.files) and not context.check:
        raise _databases.refusal(
            context,
            "swap",
            about,
            "the restored file has never been mounted, so that nobody knows whether it can be.",
            "Mount it once as a recovery database (dialtone.exchange.recovery_database).",
        )


def refuse_for_merge(
    context: OperationContext,
    layout: RecoveryLayout,
    found: RecoveryFolders,
    *,
    accept_repaired: bool,
) -> None:
    """Raise PreconditionError for a restored file that is only to be read from: its mail is in the
    dial tone database already, or it was repaired (exchange.md 5.6)."""
    about = f"database {layout.dial_tone_database}"
    if _recovery_stage.is_old_merged(found):
        raise _databases.refusal(
            context,
            "swap",
            about,
            f"the mail of {layout.restored_edb} was merged into the dial tone database, which stays"
            " in production.",
            "Close the recovery (dialtone.exchange.dial_tone_database, state production).",
        )
    header = eseutil.header(context, layout.restored_edb)
    if header.repair_count and not accept_repaired:
        raise _databases.refusal(
            context,
            "swap",
            about,
            f"{layout.restored_edb} was repaired {header.repair_count} times (eseutil /p), and is no"
            " file for production.",
            "Merge it into the dial tone database (dialtone_merge_direction: auto); or take it"
            " nevertheless with accept_repaired: true (dialtone_override: [repaired]).",
        )
