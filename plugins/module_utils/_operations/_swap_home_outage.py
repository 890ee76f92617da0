# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The outage of a swap home: forward, and back when anything fails on the way.

AllowFileRestore of the dial tone database is the sign that a swap has begun; it stays, so that nothing
mounts the database again. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import Ledger
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _standby,
    mailbox_configuration,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_outage import (
    Outcome,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations.mailbox_configuration import (
    Home,
)

# How long the last mailboxes may take to show up in, or to leave, the lists of the directory.
_SETTLE = 120.0


@dataclass
class Swap:
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


def carry_out(swap: Swap) -> Outcome:
    """Bring everyone home, from wherever an earlier run has left off.

    What fails before all are home is undone; raises an ExchangeError when that fails, too, and for
    what fails afterwards.
    """
    context, began = swap.context, swap.context.clock()
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
        return Outcome(context.clock() - (swap.started or began), failure)
    _finish(swap)
    return Outcome(outage)


# -- forward


def _open_home(swap: Swap) -> None:
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


def _verify_content(swap: Swap) -> None:
    """Raise unless the file is of the database whose mailboxes are to come home."""
    users = [each for each in swap.homes if each.mailbox.kind == "user" and not each.is_archive]
    _databases.verify_content(swap.context, swap.home, [user.exchange_guid for user in users])


def _take_offline(swap: Swap) -> None:
    swap.context.progress(f"swapping {swap.home.name} home: its users are interrupted now")
    swap.started = swap.context.clock()
    if swap.dial_tone.mounted:
        databases.dismount(swap.context, swap.dial_tone)
        databases.wait_dismounted(swap.context, swap.dial_tone)


def _rehome(swap: Swap) -> None:
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


def _finish(swap: Swap) -> None:
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


def _return(swap: Swap, reason: ExchangeError) -> None:
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


def _undo(swap: Swap) -> None:
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


def _who_went(swap: Swap) -> list[Home]:
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
