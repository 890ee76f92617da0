# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The other domain controllers in a swap: what the server's own one knows, and who stands in for one
that dies while users wait (exchange.md 6.3).

A run reads where it writes, and never changes that by itself, but for one thing: users who are without
a database get theirs back. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    RemoteCommandError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    controllers,
    databases,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.controllers import (
    Controllers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths

# A domain controller is dead when it did not answer so often, with these seconds in between.
_ASKED, _PAUSE = 3, 5.0


@dataclass
class Standby:
    """The other domain controllers of one swap.

    ready: those that answer and know what the return needs; found before users are interrupted.
    taken_over: the one that was dead, when another has taken its place.
    """

    known: Controllers
    ready: list[str] = field(default_factory=list)
    taken_over: str | None = None

    @classmethod
    def find(cls, context: OperationContext) -> Standby:
        """Ask Exchange for them, while the pinned one answers."""
        return cls(controllers.of_server(context))

    def prepare(self, context: OperationContext, database: Database, timeout: float) -> None:
        """Before users are interrupted: see that the server's own domain controller knows the
        database as the run does, and look which one could stand in.

        timeout: seconds. Raises PreconditionError when the server's own one does not come to know it:
        its mount would go by what was true before.
        """
        try:
            self._wait_for_own(context, database, timeout)
        except WaitTimeout as error:
            raise PreconditionError(
                error.message,
                object=database.about,
                operation="swap",
                remedy="Look why the domain controllers do not replicate (repadmin /showrepl), or pin"
                f" {self.known.own} (ansible_exchange_domain_controller).",
                server=context.server,
            ) from error
        here = databases.get(context, database.guid)
        # AllowFileRestore need not be there: the return sets it where it is missing.
        self.ready = [
            name for name in self.known.others if _same_files(_seen(context, name, here), here)
        ]
        if not self.ready:
            context.progress(
                f"no other domain controller knows {database.name}: if {context.domain_controller}"
                " dies during the swap, its users wait until it is back"
            )

    def settle(self, context: OperationContext, database: Database, timeout: float) -> None:
        """Before a mount: give the server's own domain controller time to learn of the database what
        the run has written. It is no error when it doesn't: the mount says what that leads to."""
        try:
            self._wait_for_own(context, database, timeout)
        except WaitTimeout as error:
            context.progress(error.message)

    def take_over(self, context: OperationContext) -> bool:
        """Go on with another domain controller, if the pinned one is certainly dead.

        Returns whether the context is pinned to another one now.
        """
        dead = context.domain_controller
        if self.taken_over or not self.ready or not _is_dead(context):
            return False
        for name in self.ready:
            try:
                controllers.use(context, name)
            except RemoteCommandError:
                continue  # it does not answer either
            self.taken_over = dead
            context.progress(f"going on through {name}: {dead} does not answer")
            context.warn(
                f"Domain controller {dead} does not answer any more. Users come first, so the return"
                f" goes on through {name}. What {dead} has not passed on may still come when it is back;"
                " the same command sees to that."
            )
            return True
        return False

    def _wait_for_own(self, context: OperationContext, database: Database, timeout: float) -> None:
        own = self.known.own
        if own is None or names.same_name(own, context.domain_controller) or self.taken_over:
            return
        here = databases.get(context, database.guid)

        def knows() -> bool | None:
            there = _seen(context, own, here)
            if there is None or there.allow_file_restore != here.allow_file_restore:
                return None
            return _same_files(there, here) or None

        context.wait(
            f"{own}, the domain controller of {database.server}, to know what was changed of"
            f" {database.about}",
            knows,
            timeout=timeout,
        )


def _is_dead(context: OperationContext) -> bool:
    for number in range(_ASKED):
        if number:
            context.progress(f"asking {context.domain_controller} once more: it does not answer")
            context.sleep(_PAUSE)
        if controllers.answers(context, context.domain_controller):
            return False
    return True


def _seen(context: OperationContext, controller: str, database: Database) -> Database | None:
    """The database as another domain controller knows it; None, too, when that can't say."""
    try:
        return databases.find(replace(context, domain_controller=controller), database.guid)
    except RemoteCommandError:
        return None


def _same_files(there: Database | None, here: Database) -> bool:
    return (
        there is not None
        and paths.same(there.edb_path, here.edb_path)
        and paths.same(there.log_folder, here.log_folder)
    )
