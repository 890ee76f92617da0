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

import enum
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
    TransportError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    recovery_folders,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _databases,
    _recovery_stage,
    _standby,
    _swap_home,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_places import (
    Beside,
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


# Seconds between two tries to bring users back, when the server can't be reached.
_BETWEEN_RETURNS = 5.0


class _Position(enum.Enum):
    """Where the files are; the only memory of a swap."""

    BEFORE = "the dial tone files are in production"
    BETWEEN = "the dial tone files are set aside, the restored file is not in place yet"
    AFTER = "the restored file is in production"
    NO_FILES = "there is no restored file"


@dataclass
class _Swap:
    """One swap on its way. started: when the database was dismounted, by the context's clock.
    dismounting: a dismount was asked for, and has not been seen to end. standby: the domain
    controllers besides the pinned one."""

    context: OperationContext
    layout: RecoveryLayout
    database: Database
    method: str
    way: Beside
    mount_timeout: float
    standby: _standby.Standby
    started: float
    dismounting: bool = False


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
    layout, database = _dial_tone(context, layout, failed.name, bool(args.get("adopt")))
    if database is not None:  # which may be on an alternate server
        _databases.refuse_elsewhere(context, database.server, database.about)
    found = recovery_folders.read(context, layout)
    position = _position(found, database)
    if position is _Position.AFTER and database is not None and database.mounted:
        if database.allow_file_restore and not context.check:
            databases.change(context, database, {"AllowFileRestore": False})
        return _result(context, layout, _method_of(layout, database), changed=False)
    if (
        position is _Position.NO_FILES
        and layout.own_edb_path is not None
        and database is not None
        and database.mounted
        and _adoption.is_restored(context, failed, database)
    ):
        return _result(context, layout, "rename", changed=False)  # somebody has done it by hand
    _check(context, layout, database, found, position)
    if position is _Position.BEFORE:
        _refuse_for_merge(context, layout, found, accept_repaired=bool(args.get("accept_repaired")))
    known = volumes.read(context)
    method = _swap_places.choose(known, layout, args.get("method")).method
    if context.check or database is None:
        return _result(context, layout, method, changed=True)
    if layout.own_edb_path is not None and not volumes.same(
        known, layout.restored, layout.dialtone
    ):
        raise PreconditionError(
            f"{layout.restored} and {layout.dialtone_edb} are on different volumes.",
            object=database.about,
            operation="swap",
            remedy="Use a recovery_root on the volume of the database that was made by hand.",
            server=context.server,
        )
    if layout.own_edb_path is not None:
        method = "rename"
    if method == "rename" and not volumes.same(known, layout.restored, layout.dialtone):
        raise PreconditionError(
            f"{layout.restored} and {layout.dialtone} are on different volumes, so that the swap"
            " would be a copy.",
            object=database.about,
            operation="swap",
            remedy="Use the method repoint, or choose a recovery_root without mount points below it.",
            server=context.server,
        )
    if position is _Position.AFTER:
        method = _method_of(layout, database)
    swap = _Swap(
        context,
        layout,
        database,
        method,
        _swap_places.way(method, context, layout, database, known),
        float(args["mount_timeout"]),
        _standby.Standby.find(context),
        context.clock(),
    )
    return _carry_out(swap, position)


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


def _method_of(layout: RecoveryLayout, database: Database) -> str:
    """How the swap that was done was done."""
    return "repoint" if _swap_places.is_repointed(layout, database) else "rename"


def _carry_out(swap: _Swap, position: _Position) -> dict[str, t.Any]:
    context = swap.context
    try:
        _declare(swap)
        if position is _Position.BEFORE:
            _take_offline(swap)
            swap.way.set_aside()
        elif position is _Position.BETWEEN:
            swap.way.make_room()
        if position is not _Position.AFTER:
            swap.way.put_in_place()
        _bring_online(swap)
        outage = context.clock() - swap.started
        _verify(swap)
    except ExchangeError as failure:
        context.warn(f"The swap failed and is being undone: {failure}")
        _return(swap, failure)
        return {
            **_result(context, swap.layout, swap.method, changed=False),
            "swapped": False,
            "returned_to_dial_tone": True,
            "outage_seconds": round(context.clock() - swap.started, 1),
            "failed": True,
            **failure.as_result(),
            "msg": f"The swap of {swap.database.name} failed and was undone; its users work in the"
            f" dial tone files again. Reason: {failure}",
        }
    return {
        **_result(context, swap.layout, swap.method, changed=True),
        "outage_seconds": round(outage, 1),
    }


# -- looking


def _dial_tone(
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
        raise NotFoundError(
            "there is no such database.",
            object=f"database {name}",
            operation="swap",
            remedy="Create it first (dialtone.exchange.dial_tone_database).",
            server=context.server,
        )
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


def _position(found: RecoveryFolders, database: Database | None) -> _Position:
    """Raises ConflictError when the files are as no swap leaves them."""
    layout = found.layout
    production = found.file(layout.dialtone_edb) is not None
    restored = found.file(layout.restored_edb) is not None
    aside = found.file(layout.swapped_edb) is not None
    merged = found.file(layout.merged_edb) is not None
    if _swap_places.is_repointed(layout, database) and restored and (aside or merged):
        return _Position.AFTER
    if not aside and not merged:
        return _Position.BEFORE if restored else _Position.NO_FILES
    if production and not restored:
        return _Position.AFTER
    if aside and restored and not production:
        return _Position.BETWEEN
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


def _check(
    context: OperationContext,
    layout: RecoveryLayout,
    database: Database | None,
    found: RecoveryFolders,
    position: _Position,
) -> None:
    """Everything that must be true before the outage. In check mode what earlier tasks bring about
    may be missing."""
    about = f"database {layout.dial_tone_database}"
    if position is _Position.NO_FILES:
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
        and position is not _Position.BETWEEN
    ):
        raise _databases.refusal(
            context,
            "swap",
            about,
            "the dial tone database is not mounted.",
            "Mount it first (dialtone.exchange.dial_tone_database).",
        )
    if position is _Position.AFTER:
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
    if position is _Position.BETWEEN:
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


def _refuse_for_merge(
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


# -- forward


def _declare(swap: _Swap) -> None:
    """Say in the directory what is to come; a run that is killed from here on is recognised by it."""
    context, database = swap.context, swap.database
    if not database.allow_file_restore:
        databases.change(context, database, {"AllowFileRestore": True})
    swap.standby.prepare(context, database, swap.mount_timeout)


def _take_offline(swap: _Swap) -> None:
    """Dismount, and have the dial tone file in clean shutdown."""
    context, database = swap.context, swap.database
    context.progress(f"swapping {database.name}: its users are interrupted now")
    swap.started = context.clock()
    if database.mounted:
        _dismount(swap)
    if not eseutil.header(context, swap.layout.dialtone_edb, patient=True).is_clean:
        _databases.mount(context, database, swap.mount_timeout)
        databases.wait_mounted(context, database)
        databases.change(context, database, {"AllowFileRestore": True})  # the mount took it back
        _dismount(swap)
        header = eseutil.header(context, swap.layout.dialtone_edb, patient=True)
        if not header.is_clean:
            raise PreconditionError(
                f"{swap.layout.dialtone_edb} is in {header.state} after a dismount, too.",
                object=database.about,
                operation="swap",
                remedy="Look for ESE events in the server's Application log.",
                server=context.server,
            )


def _dismount(swap: _Swap) -> None:
    try:
        databases.dismount(swap.context, swap.database)
        databases.wait_dismounted(swap.context, swap.database)
    except (TransportError, WaitTimeout):
        swap.dismounting = True
        raise


def _bring_online(swap: _Swap, *, insist: bool = False) -> None:
    """insist: there is nothing to return to, so keep trying."""
    context = swap.context
    current = databases.get(context, swap.database.guid, status=True)
    if not current.allow_file_restore:
        databases.change(context, current, {"AllowFileRestore": True})
    if not current.mounted:
        swap.standby.settle(context, current, swap.mount_timeout)
        _databases.mount(context, current, swap.mount_timeout, insist=insist)
    current = databases.wait_mounted(context, current)
    _databases.probe(context, current)
    if current.allow_file_restore:  # whether a mount takes it back is not known for all versions
        databases.change(context, current, {"AllowFileRestore": False})


def _verify(swap: _Swap) -> None:
    """Raise unless the file holds most mailboxes that live on the database. Not all: some are
    younger than the backup, some were never used."""
    context, database = swap.context, swap.database
    stored = statistics.of_database(context, database.guid, about=database.about)
    there = {mailbox.mailbox_guid for mailbox in stored}
    expected = [
        mailbox.exchange_guid
        for mailbox in mailboxes.on_database(context, database.guid, mailboxes.kind("user"))
    ]
    missing = [guid for guid in expected if guid not in there]
    if len(missing) * 2 > len(expected):
        raise PreconditionError(
            f"{len(missing)} of its {len(expected)} mailboxes are not in the restored file.",
            object=database.about,
            operation="verify",
            remedy="Check that the backup is of the right database and of the right time.",
            server=context.server,
        )


# -- back


def _return(swap: _Swap, reason: ExchangeError) -> None:
    """Undo what was done, whatever that is, and mount the dial tone files. It goes on through another
    domain controller when the pinned one is dead: users come first.

    Raises an error that says where everything is when that fails, too.
    """
    context, layout, database = swap.context, swap.layout, swap.database
    context.progress(f"returning {database.name} to the dial tone files")
    deadline = context.clock() + swap.mount_timeout
    try:
        while True:
            try:
                _undo(swap)
                return
            except TransportError as error:  # each try looks first at where the last one ended
                if context.clock() >= deadline:
                    raise
                context.progress(
                    f"returning {database.name} to the dial tone files, once more: {error.message}"
                )
                context.sleep(_BETWEEN_RETURNS)
            except ExchangeError:
                if not swap.standby.take_over(context):
                    raise
    except ExchangeError as error:
        raise PreconditionError(
            f"the swap failed ({reason}), and so did the return to the dial tone files: {error}",
            object=database.about,
            operation="swap",
            remedy="Its users can't work. Cure the second reason, then run the same command again;"
            f" it sees from the folders in {layout.base} where it stands.",
            server=context.server,
            code="NotReturned",
        ) from error


def _undo(swap: _Swap) -> None:
    current = _after_the_dismount(swap)
    if recovery_folders.read(swap.context, swap.layout).files("swapped"):
        if current.mounted:
            _dismount(swap)
        swap.way.take_back()
    _bring_online(swap, insist=True)


def _after_the_dismount(swap: _Swap) -> Database:
    """The database, when a dismount that was asked for has ended: it would cut off its users a second
    time, with nobody there to mount it."""
    context, database = swap.context, swap.database
    if swap.dismounting:
        try:
            databases.wait_dismounted(context, database, swap.mount_timeout)
        except WaitTimeout:
            context.warn(
                f"The dismount of {database.name} that the swap has asked for has not ended after"
                f" {swap.mount_timeout:.0f} s. Its users work, but it may still end: then run the same"
                f" command again, or mount it (Mount-Database {database.name})."
            )
    return databases.get(context, database.guid, status=True)


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
