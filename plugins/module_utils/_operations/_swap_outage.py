# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The outage of a swap: forward, and back when anything fails on the way.

AllowFileRestore, set before the dismount and taken back after the mount, is the sign of a swap on its way.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    PreconditionError,
    TransportError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    patience,
    recovery_folders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _standby,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_places import (
    Beside,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._swap_state import (
    Position,
)

# Seconds between two tries to bring users back, when the server can't be reached.
_BETWEEN_RETURNS = 5.0


@dataclass
class Swap:
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


@dataclass(frozen=True)
class Outcome:
    """outage: seconds in which users could not work, None when there was no common interruption.
    failure: why the swap was undone; None when it stands."""

    outage: float | None
    failure: ExchangeError | None = None

    def as_result(self, undone: str) -> dict[str, t.Any]:
        """What this says in the module's result. undone: the sentence for a swap that was."""
        result: dict[str, t.Any] = {
            "outage_seconds": None if self.outage is None else round(self.outage, 1)
        }
        if self.failure is None:
            return result
        return {
            **result,
            "swapped": False,
            "returned_to_dial_tone": True,
            "failed": True,
            **self.failure.as_result(),
            "msg": f"{undone} Reason: {self.failure}",
        }


def carry_out(swap: Swap, position: Position) -> Outcome:
    """Bring the restored file into production, from wherever an earlier run has left off.

    What fails is undone; raises an ExchangeError when that fails, too.
    """
    context = swap.context
    try:
        _declare(swap)
        if position is Position.BEFORE:
            _take_offline(swap)
            swap.way.set_aside()
        elif position is Position.BETWEEN:
            swap.way.make_room()
        if position is not Position.AFTER:
            swap.way.put_in_place()
        _bring_online(swap)
        outage = context.clock() - swap.started
        _verify(swap)
    except ExchangeError as failure:
        context.warn(f"The swap failed and is being undone: {failure}")
        _return(swap, failure)
        return Outcome(context.clock() - swap.started, failure)
    return Outcome(outage)


# -- forward


def _declare(swap: Swap) -> None:
    """Say in the directory what is to come; a run that is killed from here on is recognised by it."""
    context, database = swap.context, swap.database
    if not database.allow_file_restore:
        databases.change(context, database, {"AllowFileRestore": True})
    swap.standby.prepare(context, database, swap.mount_timeout)


def _take_offline(swap: Swap) -> None:
    """Dismount, and have the dial tone file in clean shutdown."""
    context, database = swap.context, swap.database
    context.progress(f"swapping {database.name}: its users are interrupted now")
    swap.started = context.clock()
    if database.mounted:
        _dismount(swap)
    if not eseutil.header(context, swap.layout.dialtone_edb, tries=patience.TRIES_IN_OUTAGE).is_clean:
        _databases.mount(context, database, swap.mount_timeout)
        databases.wait_mounted(context, database)
        databases.change(context, database, {"AllowFileRestore": True})  # the mount took it back
        _dismount(swap)
        header = eseutil.header(context, swap.layout.dialtone_edb, tries=patience.TRIES_IN_OUTAGE)
        if not header.is_clean:
            raise PreconditionError(
                f"{swap.layout.dialtone_edb} is in {header.state} after a dismount, too.",
                object=database.about,
                operation="swap",
                remedy="Look for ESE events in the server's Application log.",
                server=context.server,
            )


def _dismount(swap: Swap) -> None:
    try:
        databases.dismount(swap.context, swap.database)
        databases.wait_dismounted(swap.context, swap.database)
    except (TransportError, WaitTimeout):
        swap.dismounting = True
        raise


def _bring_online(swap: Swap, *, insist: bool = False) -> None:
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


def _verify(swap: Swap) -> None:
    """Raise unless the file is of this database."""
    context, database = swap.context, swap.database
    users = mailboxes.on_database(context, database.guid, mailboxes.kind("user"))
    _databases.verify_content(context, database, [user.exchange_guid for user in users])


# -- back


def _return(swap: Swap, reason: ExchangeError) -> None:
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


def _undo(swap: Swap) -> None:
    current = _after_the_dismount(swap)
    if recovery_folders.read(swap.context, swap.layout).files("swapped"):
        if current.mounted:
            _dismount(swap)
        swap.way.take_back()
    _bring_online(swap, insist=True)


def _after_the_dismount(swap: Swap) -> Database:
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
