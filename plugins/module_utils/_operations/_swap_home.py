# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The swap home: everyone on the dial tone database goes back to the restored one (exchange.md 3, C).

No file moves. The restored database is mounted first, while nobody lives on it; then the dial tone
database is dismounted and everyone on it is rehomed, also those who were created there since. Whatever
fails before all are home is undone: they are rehomed to the dial tone database, and it is mounted
again. Where a run was killed is seen from the directory; the next run goes on from there.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    placing,
    recovery_folders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _standby,
    _swap_home_outage,
    mailbox_configuration,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations.mailbox_configuration import (
    Home,
)


def run(
    context: OperationContext,
    args: dict[str, t.Any],
    layout: RecoveryLayout,
    failed: Database,
    home: Database,
) -> dict[str, t.Any]:
    """Everyone on the restored database. home: the failed one, or one with a new name that takes
    its restored file over.

    Raises the ExchangeError family before anything is interrupted; a swap that failed and was undone
    is a failed result with returned_to_dial_tone.
    """
    if not args.get("ledger"):
        raise InputError(
            "ledger is not given.",
            object="ledger",
            operation="swap",
            remedy="Give the ledger of the recovery: the swap home rehomes mailboxes.",
        )
    if names.same_name(layout.dial_tone_database, home.name):
        raise InputError(
            "it is the failed database itself.",
            object=f"database {home.name}",
            operation="swap",
            remedy="Give the name of the dial tone database.",
        )
    _databases.refuse_elsewhere(context, home.server, f"database {home.name}")
    dial_tone = _dial_tone(context, layout, failed)
    if dial_tone is None:
        return _result(home, layout.dialtone, [], changed=True, check=True)
    homes = mailbox_configuration.to_rehome(context, dial_tone)
    folder = paths.folder_of(dial_tone.edb_path)
    if not homes and _is_done(home, dial_tone):
        return _result(home, folder, [], changed=False, check=context.check)
    _check(context, layout, home, dial_tone, homes)
    if context.check:
        return _result(home, folder, homes, changed=True, check=True)
    swap = _swap_home_outage.Swap(
        context,
        home,
        dial_tone,
        homes,
        mailbox_configuration.open_ledger(args["ledger"], failed, dial_tone),
        args["ledger"],
        bool(args.get("one_by_one")),
        float(args["mount_timeout"]),
        _standby.Standby.find(context),
    )
    outcome = _swap_home_outage.carry_out(swap)
    rehomed = [] if outcome.failure else swap.homes
    return {
        **_result(home, folder, rehomed, changed=outcome.failure is None, check=False),
        **outcome.as_result(
            f"The swap home to {home.name} failed and was undone; its users work in"
            f" {dial_tone.name} again."
        ),
    }


def _dial_tone(
    context: OperationContext, layout: RecoveryLayout, failed: Database
) -> Database | None:
    """The dial tone database; it may be missing in check mode only."""
    name = layout.dial_tone_database
    found = _databases.dial_tone_database(context, name, failed.name)
    if found is None and not context.check:
        raise _databases.no_dial_tone(context, name)
    return found


def _is_done(home: Database, dial_tone: Database) -> bool:
    """Whether nothing is left of the swap but the dial tone database's object and files."""
    return (
        home.mounted is True
        and home.mount_at_startup
        and not home.allow_file_restore
        and not dial_tone.mounted
        and not dial_tone.mount_at_startup
        and dial_tone.allow_file_restore
    )


def _check(
    context: OperationContext,
    layout: RecoveryLayout,
    home: Database,
    dial_tone: Database,
    homes: list[Home],
) -> None:
    """Everything that must be true before users are interrupted. In check mode what earlier tasks
    bring about may be missing."""
    begun = dial_tone.allow_file_restore
    if not dial_tone.mounted and not begun:
        raise _databases.refusal(
            context,
            "swap home",
            dial_tone.about,
            "it is not mounted.",
            "Mount it first (dialtone.exchange.dial_tone_database).",
        )
    if home.mounted and not begun:
        raise _databases.refusal(
            context,
            "swap home",
            home.about,
            "it is mounted, but no swap has begun.",
            f"Look who mounted it, and with which file. Then dismount it: Dismount-Database"
            f" {home.name}.",
        )
    moving = [each for each in homes if each.leave]
    if moving:
        raise _databases.refusal(
            context,
            "swap home",
            dial_tone.about,
            f"{len(moving)} of its mailboxes can't be rehomed now, the first is"
            f" {moving[0].mailbox.display_name}: {moving[0].leave}.",
            "Wait for the moves, or remove them: Remove-MoveRequest.",
        )
    if home.mounted:
        return
    if not placing.is_in_place(
        context, _databases.files_of(home), layout, recovery_folders.read(context, layout)
    ):
        if context.check:
            return
        raise _databases.refusal(
            context,
            "swap home",
            home.about,
            f"the restored file is not at {home.edb_path}.",
            "Put it there first (dialtone.exchange.database_files, state in_place).",
        )
    # A file that was mounted by an earlier attempt may be dirty: its own logs are beside it.
    header = eseutil.header(context, home.edb_path)
    if not header.is_clean and not begun:
        raise _databases.refusal(
            context,
            "swap home",
            home.about,
            f"{home.edb_path} is in {header.state}.",
            "Give the folder restored another name and restore it anew"
            " (dialtone.exchange.database_files).",
        )


def _result(
    home: Database, dial_tone_files: str, homes: list[Home], *, changed: bool, check: bool
) -> dict[str, t.Any]:
    return {
        "changed": changed,
        "swapped": not (check and changed),
        "returned_to_dial_tone": False,
        "outage_seconds": None,
        "production_file": home.edb_path,
        "dial_tone_files": dial_tone_files,
        "rehomed": len(homes),
        "diff": {
            "before": {"production": "dial tone" if changed else home.name},
            "after": {"production": home.name},
        },
    }
