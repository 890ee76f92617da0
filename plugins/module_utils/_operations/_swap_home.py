# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The swap home: everyone on the dial tone database goes back to the restored one (exchange.md 3, C).

No file moves. The restored database is mounted first, while nobody lives on it; then the dial tone
database is dismounted and everyone on it is rehomed, also those who were created there since. Whatever
fails before all are home is undone: they are rehomed to the dial tone database, and it is mounted
again. Where a run was killed is seen from the directory; the next run goes on from there.

AllowFileRestore of the dial tone database is the sign that a swap has begun; it stays, so that nothing
mounts the database again. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    placing,
    recovery_folders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import Ledger
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _standby,
    mailbox_configuration,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations.mailbox_configuration import (
    Home,
)

# How long the last mailboxes may take to show up in, or to leave, the lists of the directory.
_SETTLE = 120.0


@dataclass
class _Swap:
    """One swap home on its way.

    home: the database that holds the restored file. homes: who is to go there. book: the ledger, in path.
    started: when the dial tone database was dismounted, by the context's clock; None for a swap
    without common interruption. standby: the domain controllers besides the pinned one. rehoming:
    whether mailboxes may have been rehomed by this run.
    """

    context: OperationContext
    home: Database
    dial_tone: Database
    homes: list[Home]
    book: Ledger
    path: str
    one_by_one: bool
    mount_timeout: float
    standby: _standby.Standby
    started: float | None = None
    rehoming: bool = False


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
    swap = _Swap(
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
    return _carry_out(swap, folder)


def _carry_out(swap: _Swap, folder: str) -> dict[str, t.Any]:
    context, started = swap.context, swap.context.clock()
    try:
        _open_home(swap)
        if not swap.one_by_one:
            _take_offline(swap)
        _rehome(swap)
        _databases.probe(context, swap.home)
        outage = None if swap.started is None else context.clock() - swap.started
    except ExchangeError as failure:
        context.warn(f"The swap home failed and is being undone: {failure}")
        _return(swap, failure)
        return {
            **_result(swap.home, folder, [], changed=False, check=False),
            "swapped": False,
            "returned_to_dial_tone": True,
            "outage_seconds": round(context.clock() - (swap.started or started), 1),
            "failed": True,
            **failure.as_result(),
            "msg": f"The swap home to {swap.home.name} failed and was undone; its users work in"
            f" {swap.dial_tone.name} again. Reason: {failure}",
        }
    _finish(swap)
    return {
        **_result(swap.home, folder, swap.homes, changed=True, check=False),
        "outage_seconds": None if outage is None else round(outage, 1),
    }


# -- looking


def _dial_tone(
    context: OperationContext, layout: RecoveryLayout, failed: Database
) -> Database | None:
    """The dial tone database; it may be missing in check mode only."""
    name = layout.dial_tone_database
    found = _databases.dial_tone_database(context, name, failed.name)
    if found is None and not context.check:
        raise NotFoundError(
            "there is no such database.",
            object=f"database {name}",
            operation="swap",
            remedy="Create it first (dialtone.exchange.dial_tone_database).",
            server=context.server,
        )
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


# -- forward


def _open_home(swap: _Swap) -> None:
    """Mount the restored database, and see that it is the right one. Nobody notices."""
    context, home, dial_tone = swap.context, swap.home, swap.dial_tone
    if not dial_tone.allow_file_restore or dial_tone.mount_at_startup:
        # The intent: a run that is killed from here on is recognised by it.
        databases.change(context, dial_tone, {"AllowFileRestore": True, "MountAtStartup": False})
    swap.standby.prepare(context, dial_tone, swap.mount_timeout)
    if home.mounted:
        return
    if not home.allow_file_restore:
        databases.change(context, home, {"AllowFileRestore": True})
    swap.standby.settle(context, home, swap.mount_timeout)
    context.progress(f"mounting {home.name}")
    _databases.mount(context, home, swap.mount_timeout)
    databases.wait_mounted(context, home)
    _databases.probe(context, home)
    _verify_content(swap)


def _verify_content(swap: _Swap) -> None:
    """Raise unless the file holds most mailboxes that are to come home. Not all: some are younger
    than the backup, some were never used."""
    context, home = swap.context, swap.home
    there = {m.mailbox_guid for m in statistics.of_database(context, home.guid, about=home.about)}
    expected = [each for each in swap.homes if each.mailbox.kind == "user" and not each.is_archive]
    missing = [each for each in expected if each.exchange_guid not in there]
    if len(missing) * 2 > len(expected):
        raise PreconditionError(
            f"{len(missing)} of its {len(expected)} mailboxes are not in the restored file.",
            object=home.about,
            operation="verify",
            remedy="Check that the backup is of the right database and of the right time.",
            server=context.server,
        )


def _take_offline(swap: _Swap) -> None:
    swap.context.progress(f"swapping {swap.home.name} home: its users are interrupted now")
    swap.started = swap.context.clock()
    if swap.dial_tone.mounted:
        databases.dismount(swap.context, swap.dial_tone)
        databases.wait_dismounted(swap.context, swap.dial_tone)


def _rehome(swap: _Swap) -> None:
    """Rehome until nobody is left: mailboxes may be created up to the last moment. Raises
    PreconditionError when Exchange refuses one."""
    context, dial_tone = swap.context, swap.dial_tone
    done: set[str] = set()

    def settle() -> bool | None:
        left = mailbox_configuration.to_rehome(context, dial_tone)
        known = {each.exchange_guid for each in swap.homes}
        swap.homes += [each for each in left if each.exchange_guid not in known]
        todo = [each for each in left if each.leave is None and each.exchange_guid not in done]
        swap.rehoming = swap.rehoming or bool(todo)
        failures = mailbox_configuration.rehome(
            context, todo, dial_tone, swap.home, swap.book, swap.path
        )
        if failures:
            raise PreconditionError(
                f"Exchange refused to rehome {len(failures)} mailboxes; the first,"
                f" {failures[0]['display_name']}: {failures[0]['error']}",
                object=swap.home.about,
                operation="rehome to",
                remedy=failures[0]["remedy"]
                or "Remove the cause, then run the same command again.",
                server=context.server,
            )
        done.update(each.exchange_guid for each in todo)
        return None if left else True

    context.wait(f"everyone to leave {dial_tone.name}", settle, timeout=_SETTLE)


def _finish(swap: _Swap) -> None:
    """Everyone is home; from here on nothing is undone."""
    context = swap.context
    if swap.one_by_one:
        current = databases.get(context, swap.dial_tone.guid, status=True)
        if current.mounted:
            databases.dismount(context, current)
            databases.wait_dismounted(context, current)
        _rehome(swap)  # who was created there until then
    home = databases.get(context, swap.home.guid)
    if home.allow_file_restore or not home.mount_at_startup:
        # It is production now: after a restart of its server it must come back by itself.
        databases.change(context, home, {"AllowFileRestore": False, "MountAtStartup": True})


# -- back


def _return(swap: _Swap, reason: ExchangeError) -> None:
    """Undo what was done, whatever that is, and mount the dial tone database. It goes on through another
    domain controller when the pinned one is dead: users come first.

    Raises an error that says where everything is when that fails, too.
    """
    context, home, dial_tone = swap.context, swap.home, swap.dial_tone
    context.progress(f"returning the users of {home.name} to {dial_tone.name}")
    try:
        try:
            _undo(swap)
        except ExchangeError:
            if not swap.standby.take_over(context):
                raise
            _undo(swap)
    except ExchangeError as error:
        raise PreconditionError(
            f"the swap home failed ({reason}), and so did the return to {dial_tone.name}: {error}",
            object=dial_tone.about,
            operation="swap home",
            remedy="Not all users can work. Cure the second reason, then run the same command again;"
            " it sees from the directory where it stands.",
            server=context.server,
            code="NotReturned",
        ) from error


def _undo(swap: _Swap) -> None:
    context, home, dial_tone = swap.context, swap.home, swap.dial_tone
    back = _who_went(swap)
    failures = mailbox_configuration.rehome(context, back, home, dial_tone, swap.book, swap.path)
    current = databases.get(context, dial_tone.guid, status=True)
    if not current.mounted:
        databases.mount_patiently(context, current, swap.mount_timeout, insist=True)
    current = databases.wait_mounted(context, current)
    now = databases.get(context, home.guid, status=True)
    if now.mounted and not current.allow_file_restore:
        # The mount took the sign back, and a run that is killed here must be recognised, too.
        databases.change(context, current, {"AllowFileRestore": True})
    _databases.probe(context, current)
    if swap.standby.taken_over and swap.rehoming:
        # Who was rehomed on the domain controller that died may be homed there when it is back, so it
        # stays mounted; and so does the sign that a swap has begun.
        databases.change(context, current, {"MountAtStartup": True})
    else:
        if now.mounted and not failures:
            # With nobody homed there, its mailboxes would age toward their end.
            databases.dismount(context, now)
            databases.wait_dismounted(context, now)
        databases.change(context, current, {"AllowFileRestore": False, "MountAtStartup": True})
    if failures:
        raise PreconditionError(
            f"Exchange refused to rehome {len(failures)} mailboxes back; the first,"
            f" {failures[0]['display_name']}: {failures[0]['error']}",
            object=dial_tone.about,
            operation="rehome to",
            remedy=failures[0]["remedy"],
            server=context.server,
        )


def _who_went(swap: _Swap) -> list[Home]:
    """Who is on the restored database because of this swap, or of one that was killed.

    Ordinary mailboxes can be there for no other reason, since the dial tone stage left none; archives
    and public folders may have been left there, so that only those of this run and of the ledger count.
    """
    going = {each.exchange_guid for each in swap.homes}
    going |= {row.exchange_guid for row in swap.book if row.from_database == swap.dial_tone.name}
    there = mailbox_configuration.to_rehome(swap.context, swap.home)
    return [
        each
        for each in there
        if each.exchange_guid in going
        or not (each.is_archive or each.mailbox.kind == "public_folder")
    ]


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
