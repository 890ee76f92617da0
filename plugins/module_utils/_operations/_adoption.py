# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Going on where somebody has begun by hand: recognise how far it is, and make it ours.

Only what was named is touched: a dial tone database, and a recovery database. The marker goes onto
the former first; its paths stay as they are. Of files that were exchanged by hand (exchange.md 2,
steps 12 to 18) each is told by what is in it, never by its name:

    dial tone file away, nothing in its place   it goes back, so that users can work
    restored file in its place, not mounted     dial tone file to swapped\, the swap is finished
    restored file mounted                       nothing to do; the recovery database is merged as it is

A mounted file names the database it was made under in its system mailbox, SystemMailbox{GUID}; one
that is not has its signature in the header. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    folders,
    log_source,
    recovery_folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import Signature
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases


class Position(enum.Enum):
    """Where the files are that somebody may have exchanged by hand."""

    DIAL_TONE = "the dial tone file is in its place"
    AWAY = "the dial tone file was moved away, nothing is in its place"
    EXCHANGED = "the restored file is in its place, not mounted yet"
    RESTORED = "the restored file is mounted"


@dataclass(frozen=True)
class ByHand:
    """What was named, as it is. recovery_database: None when there is none (any more)."""

    dial_tone: Database
    recovery_database: Database | None
    position: Position

    @property
    def is_swapped(self) -> bool:
        return self.position is Position.RESTORED

    def recovery_database_text(self) -> str:
        """The recovery database, for the plan."""
        found = self.recovery_database
        if found is None:
            return ""
        holds = "dial tone" if self.position is not Position.DIAL_TONE else "restored"
        return (
            f"recovery database {found.name}, made by hand, for the {holds} files,"
            f" {'mounted' if found.mounted else 'not mounted'}"
        )


def look(
    context: OperationContext,
    failed: Database,
    dial_tone: Database,
    recovery_name: str | None,
    layout: RecoveryLayout,
    logs_folders: t.Sequence[str] = (),
) -> ByHand:
    """How far it is; changes nothing. layout: adopting the database's paths. logs_folders: where
    else the failed database's logs may be. Raises PreconditionError when that can't be told."""
    recovery = databases.find(context, recovery_name, status=True) if recovery_name else None
    if recovery is not None and not recovery.recovery:
        raise PreconditionError(
            "it is not a recovery database; people's mailboxes may live on it.",
            object=f"database {recovery.name}",
            operation="adopt",
            remedy="Name the recovery database that was made by hand, or none.",
        )
    return ByHand(
        dial_tone,
        recovery,
        _position(context, failed, dial_tone, recovery, layout, logs_folders),
    )


def is_restored(context: OperationContext, failed: Database, mounted: Database) -> bool:
    """Whether a mounted database holds the failed one's restored file."""
    stored = statistics.of_database(context, mounted.guid, about=mounted.about)
    return any(mailbox.display_name.casefold() == _system_mailbox(failed) for mailbox in stored)


def doubt_of_source(
    context: OperationContext,
    failed: Database,
    found: ByHand,
    layout: RecoveryLayout,
    logs_folders: t.Sequence[str] = (),
) -> str:
    """Why the recovery database may not hold the dial tone files after a swap by hand; "" when it
    does. A restored file there would be merged into itself."""
    recovery = found.recovery_database
    if recovery is None:
        return "there is no recovery database"
    if recovery.mounted:
        stored = statistics.of_database(context, recovery.guid, about=recovery.about)
        shown = {mailbox.display_name.casefold() for mailbox in stored}
        if _system_mailbox(failed) in shown or _system_mailbox(found.dial_tone) not in shown:
            return f"{recovery.name} does not hold the files of {found.dial_tone.name}"
        return ""
    have = _signature(context, recovery.edb_path)
    if have is None:
        return f"{recovery.edb_path} is not there, or can't be read"
    if have == _failed_signature(context, failed, layout, logs_folders):
        return f"{recovery.edb_path} is a file of {failed.name}"
    return ""


def _system_mailbox(database: Database) -> str:
    """How the store calls what a database keeps for itself since its first mount under this object."""
    return f"SystemMailbox{{{database.guid}}}".casefold()


def settle(
    context: OperationContext, failed: Database, found: ByHand, layout: RecoveryLayout
) -> None:
    """Bring exchanged files to where a run leaves them. The marker is there already. Raises
    ExchangeError; can be repeated."""
    recovery, dial_tone = found.recovery_database, found.dial_tone
    if found.position is Position.AWAY and recovery is not None:
        context.progress(f"returning the dial tone file to {dial_tone.edb_path}")
        _move(context, recovery.edb_path, dial_tone.edb_path)
    elif found.position is Position.EXCHANGED and recovery is not None:
        # AllowFileRestore is the intent of a swap: from now on it goes on as one of ours.
        databases.change(context, dial_tone, {"AllowFileRestore": True})
        there = recovery_folders.read(context, layout)
        if not there.exists("swapped"):
            rename.make_folder(context, layout.swapped)
        if there.file(layout.swapped_edb) is None:
            _move(context, recovery.edb_path, layout.swapped_edb)
        databases.remove(context, recovery)  # only the object; the merge gets one of its own
    elif found.position is Position.DIAL_TONE and recovery is not None and recovery.mounted:
        # It holds the restored file, which is to be collected; and a server mounts one only.
        databases.dismount(context, recovery)
        databases.wait_dismounted(context, recovery)


def _position(
    context: OperationContext,
    failed: Database,
    dial_tone: Database,
    recovery: Database | None,
    layout: RecoveryLayout,
    logs_folders: t.Sequence[str],
) -> Position:
    if dial_tone.mounted:
        restored = is_restored(context, failed, dial_tone)
        return Position.RESTORED if restored else Position.DIAL_TONE
    if not dial_tone.created:
        return Position.DIAL_TONE
    there = recovery_folders.read(context, layout)
    if there.file(layout.swapped_edb) is not None:
        return Position.EXCHANGED  # settled by an earlier run
    production = there.file(layout.dialtone_edb)
    if production is not None:
        expected = _failed_signature(context, failed, layout, logs_folders)
        have = _signature(context, production.path)
        if expected is None or have is None or expected != have:
            return Position.DIAL_TONE
        if recovery is None:
            raise _nobody_knows(context, dial_tone, "the dial tone file")
        return Position.EXCHANGED
    if recovery is not None and _databases.file_exists(context, recovery.edb_path):
        return Position.AWAY
    raise _nobody_knows(context, dial_tone, f"its file {dial_tone.edb_path}")


def _nobody_knows(context: OperationContext, dial_tone: Database, what: str) -> PreconditionError:
    return PreconditionError(
        f"it is not mounted, and nobody knows where {what} is.",
        object=dial_tone.about,
        operation="adopt",
        remedy="Name the recovery database that it was moved to"
        " (dialtone_adopt_recovery_database), or put the file back and mount it.",
        server=context.server,
    )


def _failed_signature(
    context: OperationContext,
    failed: Database,
    layout: RecoveryLayout,
    logs_folders: t.Sequence[str],
) -> Signature | None:
    """That of the failed database: from its file, or from the logs that survived."""
    for path in (layout.preserved_edb, failed.edb_path):
        if (found := _signature(context, path)) is not None:
            return found
    prefix = failed.log_prefix or log_stream.DEFAULT_PREFIX
    for folder in (layout.preserved_logs, failed.log_folder, *logs_folders):
        logs = log_source.read(context, folders.list_folder(context, folder), prefix)
        if (known := logs.database_signature(paths.name_of(failed.edb_path))) is not None:
            return known
    return None


def _signature(context: OperationContext, path: str) -> Signature | None:
    if not _databases.file_exists(context, path):
        return None
    try:
        return eseutil.header(context, path).signature
    except ProgramError:
        return None


def _move(context: OperationContext, source: str, target: str) -> None:
    """By a rename; the flush map stays, since Exchange makes a new one. Raises PreconditionError
    across volumes."""
    if folders.list_folder(context, paths.folder_of(target)) is None:
        rename.make_folder(context, paths.folder_of(target))
    rename.move(context, volumes.read(context), source, target)
