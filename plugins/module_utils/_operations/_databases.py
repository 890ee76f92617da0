# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What several operations ask of the databases in a recovery.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    probes,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import Server
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil, folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker

# How long a mounted database may take until its system mailbox answers (exchange.md 6.2: success of
# the mount precedes client reachability by seconds).
PROBE_TIMEOUT = 180.0


def failed_database(
    context: OperationContext, name: str, *, settings: bool = False, what: str = "failed_database"
) -> Database:
    """The failed database, with its mount state.

    Raises InputError for a name that can't be one, NotFoundError for an unknown one, and
    PreconditionError for a recovery database.
    """
    names.check_database_name(name, what)
    found = databases.get(context, name, status=True, settings=settings)
    if found.recovery:
        raise PreconditionError(
            "it is a recovery database, which nobody's mailbox lives on.",
            object=f"database {found.name}",
            operation="use as failed database",
            remedy=f"Give the name of the database that failed as {what}.",
            server=context.server,
        )
    return found


def refuse_mounted(context: OperationContext, failed: Database) -> None:
    """Raise PreconditionError unless Exchange says that the failed database is not mounted.

    A server that is lost can't say so: null is accepted from a connection to another server, since
    only a recovery on an alternate server has one.
    """
    if failed.mounted:
        raise PreconditionError(
            "it is mounted, so its users can work; a dial tone recovery would take their mail away.",
            object=f"database {failed.name}",
            operation="use as failed database",
            remedy="Check the name. If it really has failed, dismount it first.",
            server=context.server,
        )
    # null is not false (exchange.md 12)
    if failed.mounted is None and is_server(context.server, failed.server):
        raise PreconditionError(
            "Exchange can't tell whether it is mounted.",
            object=f"database {failed.name}",
            operation="read the mount state of",
            remedy=f"Check that {failed.server} runs and that its services MSExchangeIS and"
            " MSExchangeRepl are started.",
            server=context.server,
        )


def is_server(one: str, other: str) -> bool:
    """Whether two names, short or full, are of one server."""
    return names.same_name(one.partition(".")[0], other.partition(".")[0])


def successor(context: OperationContext, name: str) -> Database | None:
    """The database that a closed recovery has put into production for one whose object is gone."""
    for database in databases.everywhere(context):
        mark = Marker.parse(database.excluded_reason)
        if mark is not None and mark.closed and mark.belongs_to(name):
            return database
    return None


def is_in_place(failed: Database) -> bool:
    """Whether the failed database carries the marker itself: its dial tone is the database itself.

    So does a production database that took over the failed one's name.
    """
    mark = Marker.parse(failed.excluded_reason)
    return mark is not None and mark.belongs_to(failed.name)


def is_open_in_place(failed: Database) -> bool:
    """Whether a recovery in place is under way: its marker is there and not closed. From then on no
    file at the database's own paths is a failed one."""
    mark = Marker.parse(failed.excluded_reason)
    return mark is not None and mark.belongs_to(failed.name) and not mark.closed


def refuse_in_use(context: OperationContext, failed: Database) -> None:
    """refuse_mounted(), but for a recovery in place, in which it is mounted as it should be."""
    if not is_in_place(failed):
        refuse_mounted(context, failed)


def in_place_already(failed: Database) -> ConflictError:
    """The error for restoring to a place where the dial tone is."""
    return ConflictError(
        "its dial tone is at its own paths.",
        object=f"database {failed.name}",
        operation="put restored files in place of",
        remedy="Swap the files (dialtone.exchange.database_swap).",
    )


def layout_of(root: str, failed: Database, dial_tone: str | None = None) -> RecoveryLayout:
    """The places of the recovery of this database. dial_tone: the name of the dial tone database;
    the database itself when it carries the marker, else the default name."""
    name = dial_tone or (failed.name if is_in_place(failed) else None)
    return RecoveryLayout.of(
        root, failed.name, failed.edb_path, name, failed.log_folder, failed.log_prefix
    )


def layout_with(layout: RecoveryLayout, dial_tone: Database | None) -> RecoveryLayout:
    """The same places; those of the dial tone database itself when somebody made it by hand."""
    mark = Marker.parse(dial_tone.excluded_reason) if dial_tone else None
    if dial_tone is None or mark is None or not mark.adopted:
        return layout
    return adopting(layout, dial_tone)


def adopting(layout: RecoveryLayout, dial_tone: Database) -> RecoveryLayout:
    """The places with a dial tone database that was made by hand, or is just being adopted."""
    if is_ours_by_path(layout, dial_tone):
        return layout
    return layout.adopting(dial_tone.edb_path, dial_tone.log_folder, dial_tone.log_prefix)


def is_ours_by_path(layout: RecoveryLayout, dial_tone: Database) -> bool:
    """Whether its file is where a run puts it, or where a swap by repoint has left it."""
    known = (layout.dialtone_edb, layout.restored_edb)
    return any(paths.same(path, dial_tone.edb_path) for path in known)


def refuse_elsewhere(context: OperationContext, server: str, about: str) -> None:
    """Raise PreconditionError unless the connection goes to this server: files are handled on the
    machine they lie on, since there is no second hop (exchange.md 13.2)."""
    if not is_server(context.server, server):
        raise PreconditionError(
            f"its files are on {server}, but the connection goes to {context.server}.",
            object=about,
            operation="handle the files of",
            remedy=f"Run the task against {server}.",
            server=context.server,
        )


def marker_of(database: Database, failed: str) -> Marker | None:
    """The marker of a dial tone database; None when it has none.

    Raises ConflictError when the database is not a dial tone database of this failed one.
    """
    marker = Marker.parse(database.excluded_reason)
    if database.recovery:
        raise conflict(database, "it is a recovery database.")
    if marker is not None and not marker.belongs_to(failed):
        raise conflict(
            database, f"it is the dial tone database of {marker.failed_database}, not of {failed}."
        )
    return marker


def dial_tone_database(
    context: OperationContext, name: str, failed: str, *, settings: bool = False
) -> Database | None:
    """The marked dial tone database of a failed one, with its mount state; None when there is none.

    Raises ConflictError when a database has the name, but not the marker.
    """
    names.check_database_name(name, "dial_tone_database")
    found = databases.find(context, name, status=True, settings=settings)
    if found is not None and marker_of(found, failed) is None:
        if context.check and names.same_name(name, failed):
            return None  # in place: the marker is due
        raise conflict(found, f"it is not marked as dial tone database of {failed}.")
    return found


def mount(
    context: OperationContext,
    database: Database,
    timeout: float,
    *,
    create_file: bool = False,
    insist: bool = False,
) -> None:
    """Mount, and try again while time may cure what is in the way; see databases.mount_patiently()."""
    databases.mount_patiently(
        context,
        database,
        timeout,
        create_file=create_file,
        insist=insist,
        is_held=lambda: eseutil.is_held(context, database.edb_path),
    )


def successor_at(context: OperationContext, name: str, layout: RecoveryLayout) -> Database | None:
    """The database that takes the restored file over under a name of its own; None when there is
    none. Its path tells it. Raises ConflictError when another database has the name."""
    names.check_database_name(name, "final_database")
    found = databases.find(context, name, status=True, settings=True)
    if found is not None and (
        found.recovery or not paths.same(found.edb_path, layout.final_edb(name))
    ):
        raise ConflictError(
            f"its file is {found.edb_path}, not {layout.final_edb(name)}.",
            object=found.about,
            operation="use as final database",
            remedy="Choose another name for it (dialtone_final_database).",
        )
    return found


def no_successor(context: OperationContext, name: str) -> NotFoundError:
    """The error for a final database that has to be there."""
    return NotFoundError(
        "there is no such database.",
        object=f"database {name}",
        operation="use as final database",
        remedy="Create it first (dialtone.exchange.dial_tone_database, state successor).",
        server=context.server,
    )


def probe(context: OperationContext, database: Database) -> None:
    """Return when a log-on to the database's system mailbox works.

    Raises PreconditionError when it still does not after PROBE_TIMEOUT.
    """
    last: list[str] = [""]

    def attempt() -> bool | None:
        result = probes.mapi(context, database.guid)
        last[0] = result.error or ""
        return True if result.succeeded else None

    context.wait(
        f"{database.about} to accept log-ons",
        attempt,
        timeout=PROBE_TIMEOUT,
        first=1.0,
        state=lambda: last[0],
    )


def verify_content(
    context: OperationContext, database: Database, expected: t.Collection[str]
) -> None:
    """Raise PreconditionError unless the mounted file holds most of these mailboxes (Exchange GUIDs).
    Not all: some are younger than the backup, some were never used."""
    stored = statistics.of_database(context, database.guid, about=database.about)
    there = {mailbox.mailbox_guid for mailbox in stored}
    missing = [guid for guid in expected if guid not in there]
    if len(missing) * 2 > len(expected):
        raise PreconditionError(
            f"{len(missing)} of its {len(expected)} mailboxes are not in the restored file.",
            object=database.about,
            operation="verify",
            remedy="Check that the backup is of the right database and of the right time.",
            server=context.server,
        )


def refuse_different(
    context: OperationContext, current: Database, left: t.Sequence[str], operation: str = "verify"
) -> None:
    """Raise PreconditionError when anything is left that was set, but does not read so."""
    if left:
        raise PreconditionError(
            f"it is not as it was set; still different: {', '.join(left)}.",
            object=current.about,
            operation=operation,
            remedy="Run the same command again; if it stays so, something else changes the database.",
            server=context.server,
        )


def no_dial_tone(context: OperationContext, name: str) -> NotFoundError:
    """The error for a swap without a dial tone database."""
    return NotFoundError(
        "there is no such database.",
        object=f"database {name}",
        operation="swap",
        remedy="Create it first (dialtone.exchange.dial_tone_database).",
        server=context.server,
    )


def warn_of_swap(context: OperationContext, name: str) -> None:
    """Say why a dial tone database is left dismounted."""
    context.warn(
        f"A swap of {name} was interrupted; it stays dismounted until database_swap has finished it,"
        " or has returned to the dial tone files."
    )


def files_of(failed: Database) -> FailedFiles:
    """The failed database's files, where its object says they are."""
    return FailedFiles(
        failed.name, failed.guid, failed.edb_path, failed.log_folder, failed.log_prefix
    )


_SHOWN = (
    "name",
    "guid",
    "distinguished_name",
    "server",
    "edb_path",
    "log_folder",
    "log_prefix",
    "mounted",
)


def file_exists(context: OperationContext, path: str) -> bool:
    """Whether the file is there. Raises ProgramError when its folder can't be listed."""
    listing = folders.list_folder(context, paths.folder_of(path))
    return listing is not None and listing.find(paths.name_of(path)) is not None


def describe(database: Database | None) -> dict[str, t.Any]:
    """A database as results show it; every value is None where there is none."""
    return {name: getattr(database, name, None) for name in _SHOWN}


def describe_failed(failed: Database, server: Server) -> dict[str, t.Any]:
    """The failed database as results show it, with its server."""
    return {
        **describe(failed),
        "server": server.name,
        "server_fqdn": server.fqdn,
        "last_full_backup": failed.last_full_backup,
        "circular_logging": failed.circular_logging,
    }


def refusal(
    context: OperationContext, operation: str, about: str, message: str, remedy: str
) -> PreconditionError:
    """The error for what is not as an operation needs it. about: which object, as "database DB01"."""
    return PreconditionError(
        message, object=about, operation=operation, remedy=remedy, server=context.server
    )


def pass_warnings(context: OperationContext, warnings: t.Iterable[str]) -> None:
    """Hand Exchange's warnings to the user, but for those that ask for what must not be done.

    The demand to restart the Information Store after a new database is about cache sizing; a
    restart would dismount every database of the server (exchange.md 0, fact 14). That a recovery
    database uses an existing file is its purpose, and that file is kept when the object goes. The
    journal has them all.
    """
    for warning in warnings:
        lowered = warning.lower()
        if "information store service" in lowered and "restart" in lowered:
            continue
        if "using existing file" in lowered or "remove the database file located in" in lowered:
            continue
        context.warn(warning)


def conflict(database: Database, reason: str) -> ConflictError:
    """The error for a name that is taken by another database."""
    return ConflictError(
        f"the name is taken: {reason}",
        object=f"database {database.name}",
        operation="use as dial tone database",
        remedy="Choose another name for the dial tone database.",
    )
