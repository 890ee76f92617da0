# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The swap: restored files become production, dial tone files are set aside for the merge.

One transaction that copies nothing (exchange.md 2, steps 13 to 18): dismount, change places in one of
the ways of _swap_places, mount. By default it is renames on one volume:

    dialtone\                   ->  swapped\               the whole folder, in one rename
    restored\DB01.edb           ->  dialtone\DB01-DT.edb    the name the object expects

Whatever fails on the way is undone in reverse, and the dial tone files are mounted again: users are
never left with nothing. Where a run was killed is seen from the folders; the next run goes on from
there. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    recovery_folders,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _databases,
    _standby,
    _swap_home,
    _swap_outage,
    _swap_places,
    _swap_state,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_outage import (
    Swap,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_state import (
    Position,
)

ARGUMENT_SPEC: dict[str, t.Any] = {
    "dial_tone_database": {"type": "str"},
    "failed_database": {"type": "str", "required": True},
    "recovery_root": {"type": "str", "required": True},
    "mount_timeout": {"type": "int", "default": 600},
    "method": {"type": "str", "choices": ["auto", "rename", "repoint", "home"], "default": "auto"},
    "ledger": {"type": "path"},
    "adopt": {"type": "bool", "default": False},
    "one_by_one": {"type": "bool", "default": False},
    "final_database": {"type": "str"},
    "accept_repaired": {"type": "bool", "default": False},
}


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The restored file in production. Raises the ExchangeError family before the outage begins;
    a swap that failed and was undone is a failed result with returned_to_dial_tone."""
    failed_name = names.check_database_name(args["failed_database"], "failed_database")
    given = args.get("dial_tone_database")
    name = names.check_database_name(
        names.dial_tone_name(failed_name) if given is None else given, "dial_tone_database"
    )
    paths.check_folder(args["recovery_root"], "recovery_root")
    failed = _databases.failed_database(context, failed_name)
    if args.get("method") == "home":
        if names.same_name(name, failed.name):
            raise InputError(
                "it is the failed database itself.",
                object=f"database {name}",
                operation="swap",
                remedy="Give the dial tone database that the users are on.",
            )
        layout = RecoveryLayout.of(args["recovery_root"], failed.name, failed.edb_path, name)
        return _home(context, args, layout, failed)
    _databases.refuse_in_use(context, failed)
    layout = _databases.layout_of(args["recovery_root"], failed, name)
    _refuse_repoint_in_place(layout, args.get("method"))
    layout, database = _swap_state.dial_tone(context, layout, failed.name, bool(args.get("adopt")))
    if database is not None:  # which may be on an alternate server
        _databases.refuse_elsewhere(context, database.server, database.about)
    found = recovery_folders.read(context, layout)
    position = _swap_state.position(found, database)
    if position is Position.AFTER and database is not None and database.mounted:
        if database.allow_file_restore and not context.check:
            databases.change(context, database, {"AllowFileRestore": False})
        return _result(context, layout, _method_of(layout, database), changed=False)
    if (
        position is Position.NO_FILES
        and layout.own_edb_path is not None
        and database is not None
        and database.mounted
        and _adoption.is_restored(context, failed, database)
    ):
        return _result(context, layout, "rename", changed=False)  # somebody has done it by hand
    _swap_state.check(context, layout, database, found, position)
    if position is Position.BEFORE:
        _swap_state.refuse_for_merge(
            context, layout, found, accept_repaired=bool(args.get("accept_repaired"))
        )
    known = volumes.read(context)
    method = _swap_places.choose(known, layout, args.get("method")).method
    if context.check or database is None:
        return _result(context, layout, method, changed=True)
    method = _possible(context, layout, database, known, method)
    if position is Position.AFTER:
        method = _method_of(layout, database)
    swap = Swap(
        context,
        layout,
        database,
        method,
        _swap_places.way(method, context, layout, database, known),
        float(args["mount_timeout"]),
        _standby.Standby.find(context),
        context.clock(),
    )
    outcome = _swap_outage.carry_out(swap, position)
    return {
        **_result(context, layout, method, changed=outcome.failure is None),
        **outcome.as_result(
            f"The swap of {database.name} failed and was undone; its users work in the dial tone"
            " files again."
        ),
    }


def _home(
    context: OperationContext, args: dict[str, t.Any], layout: RecoveryLayout, failed: Database
) -> dict[str, t.Any]:
    """The swap home, to the failed database or to the one that takes its restored file over."""
    name = args.get("final_database")
    if not name:
        return _swap_home.run(context, args, layout, failed, failed)
    home = _databases.successor_at(context, name, layout)
    if home is None and not context.check:
        raise _databases.no_successor(context, name)
    if home is None:  # it is still to be created, where the dial tone database is
        home = replace(
            failed, name=name, guid="", server=context.server, edb_path=layout.final_edb(name)
        )
    return _swap_home.run(context, args, layout, failed, home)


def _refuse_repoint_in_place(layout: RecoveryLayout, method: str | None) -> None:
    if layout.in_place and method == "repoint":
        raise InputError(
            "method: repoint would leave the database with the paths of its recovery for ever.",
            object=f"database {layout.failed_database}",
            operation="swap",
            remedy="Leave the method out: a dial tone in place is swapped by renames.",
        )


def _possible(
    context: OperationContext,
    layout: RecoveryLayout,
    database: Database,
    known: Sequence[Volume],
    method: str,
) -> str:
    """The method to go by. Raises PreconditionError where a rename would be a copy of hours."""
    together = volumes.same(known, layout.restored, layout.dialtone)
    by_hand = layout.own_edb_path is not None
    if by_hand and not together:
        raise PreconditionError(
            f"{layout.restored} and {layout.dialtone_edb} are on different volumes.",
            object=database.about,
            operation="swap",
            remedy="Use a recovery_root on the volume of the database that was made by hand.",
            server=context.server,
        )
    if method == "rename" and not together:
        raise PreconditionError(
            f"{layout.restored} and {layout.dialtone} are on different volumes, so that the swap"
            " would be a copy.",
            object=database.about,
            operation="swap",
            remedy="Use the method repoint, or choose a recovery_root without mount points below it.",
            server=context.server,
        )
    return "rename" if by_hand else method


def _method_of(layout: RecoveryLayout, database: Database) -> str:
    """How the swap that was done was done."""
    return "repoint" if _swap_places.is_repointed(layout, database) else "rename"


def _result(
    context: OperationContext, layout: RecoveryLayout, method: str, *, changed: bool
) -> dict[str, t.Any]:
    production = layout.restored_edb if method == "repoint" else layout.dialtone_edb
    before = {layout.dialtone_edb: "dial tone", layout.restored_edb: "restored"}
    after = {production: "restored", layout.swapped_edb: "dial tone"}
    return {
        "changed": changed,
        "swapped": not (context.check and changed),
        "returned_to_dial_tone": False,
        "outage_seconds": None,
        "method": method,
        "production_file": production,
        "dial_tone_files": layout.swapped,
        "diff": {"before": before if changed else after, "after": after},
    }
