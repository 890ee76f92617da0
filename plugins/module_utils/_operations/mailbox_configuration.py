# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Rehome: point every mailbox of one database at another; a directory write each, no data moves.

The list of who was where is on the controller's disk before the first change (exchange.md 1.4),
and the count is proven afterwards. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
    RemoteCommandError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
    moves,
    whereabouts,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._model import ledger, names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    Ledger,
    LedgerRow,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally

ARGUMENT_SPEC: dict[str, t.Any] = {
    "source_database": {"type": "str", "required": True},
    "target_database": {"type": "str", "required": True},
    "ledger": {"type": "path", "required": True},
    "archives": {"type": "str", "choices": ["rehome", "leave"], "default": "rehome"},
    "public_folders": {"type": "str", "choices": ["rehome", "leave"], "default": "leave"},
}

_ARCHIVE = "Archive"
_EVERYTHING = {"archives": "rehome", "public_folders": "rehome"}
_SAVE_EVERY = 10.0  # seconds; a save writes two files to the disk and waits for it
# Seconds. Who was moved away since the list was read must not be pointed back at a database without his mail.
_LIST_EVERY = 30.0


@dataclass(frozen=True)
class Home:
    """One primary mailbox or one archive: what has one row in the ledger.

    leave: why it is to stay where it is; None for what is to be rehomed. final: whether that is
    the end of its story. moving: whether a move request holds it.
    """

    mailbox: Mailbox
    is_archive: bool
    leave: str | None = None
    final: bool = False
    moving: bool = False

    @property
    def exchange_guid(self) -> str:
        return (self.mailbox.archive_guid or "") if self.is_archive else self.mailbox.exchange_guid

    @property
    def kind(self) -> str:
        return _ARCHIVE if self.is_archive else self.mailbox.recipient_type_details

    def row(self, from_database: str, to_database: str, note: str = "") -> LedgerRow:
        return LedgerRow(
            exchange_guid=self.exchange_guid,
            guid=self.mailbox.guid,
            dn=self.mailbox.distinguished_name,
            legacy_dn=self.mailbox.legacy_exchange_dn or "",
            kind=self.kind,
            display_name=self.mailbox.display_name,
            from_database=from_database,
            to_database=to_database,
            final_state=ledger.LEFT if self.leave and self.final else "",
            note=self.leave or note,
        )

    @property
    def line(self) -> str:
        """As the diff names it; the GUID keeps namesakes apart."""
        return f"{self.kind} {self.mailbox.display_name} ({self.exchange_guid})"

    def shown(self, **more: t.Any) -> dict[str, t.Any]:
        """As results name it."""
        return {
            "display_name": self.mailbox.display_name,
            "primary_smtp_address": self.mailbox.primary_smtp_address,
            "guid": self.mailbox.guid,
            "exchange_guid": self.exchange_guid,
            "kind": self.kind,
            **more,
        }


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """Everything rehomed that can be. Raises the ExchangeError family before the first change;
    what fails for single mailboxes afterwards is in the result, which then is a failed one."""
    source, target = _look_at_databases(context, args)
    target_name = target.name if target else str(args["target_database"])
    in_place = target is not None and target.guid == source.guid
    homes = _without_moving(context, source, _homes_on(context, source, args))
    if in_place:  # all are where they shall be, the list is what is wanted
        homes = [home if home.final else replace(home, leave=None) for home in homes]
    todo = [home for home in homes if home.leave is None and not in_place]
    there = _homes_on(context, target, args) if target and not in_place else []
    already = [home for home in there if not home.final]
    book = open_ledger(args["ledger"], source, target)
    failures: list[dict[str, t.Any]] = []
    moved = {home.exchange_guid for home in todo}
    if target is not None and not context.check:
        for home in homes:
            book.add(home.row(source.name, source.name if home.leave else target_name))
        for home in already:
            # Rehomed by a run whose ledger is not at hand: the kind of evidence that is left.
            book.add(home.row("", target_name, note="was on the target database already"))
        _save(book, args["ledger"])
    if target is not None and todo and not context.check:
        failures = _rehome(context, todo, source, target, book, args["ledger"])
        moved &= {home.exchange_guid for home in _homes_on(context, target, args)}
    remaining: list[Home] = []
    lost: list[Home] = []
    if todo and not context.check:
        now = _without_moving(context, source, _homes_on(context, source, args))
        remaining = [home for home in now if home.leave is None]
        known = moved | {home.exchange_guid for home in remaining}
        known |= {failure["exchange_guid"] for failure in failures}
        missing = [home for home in todo if home.exchange_guid not in known]
        lost = [home for home in missing if not _is_gone(context, home, (source, target), book)]
        if len(missing) > len(lost):
            _save(book, args["ledger"])
    held = sorted(home.mailbox.display_name for home in homes if home.leave and home.moving)
    if held:
        context.warn(
            f"{len(held)} stay on {source.name}, since a move request holds them:"
            f" {some(held, 10)}. Wait for it or remove it, then"
            " run the same command again."
        )
    result: dict[str, t.Any] = {
        "changed": bool(moved),
        "rehomed": len(moved),
        "already": len(already),
        "by_kind": dict(
            sorted(Counter(home.kind for home in todo if home.exchange_guid in moved).items())
        ),
        "left": [home.shown(reason=home.leave) for home in homes if home.leave],
        "waiting": sum(home.leave is not None and not home.final for home in homes),
        "failures": failures,
        "remaining": len(remaining),
        "ledger": str(args["ledger"]),
        "diff": {
            "before": {home.line: source.name for home in todo},
            "after": {
                home.line: target_name if home.exchange_guid in moved else source.name
                for home in todo
            },
        },
    }
    if failures or remaining or lost:
        result.update(_failed(source, target_name, failures, remaining, len(moved)))
    return result


def to_rehome(context: OperationContext, database: Database) -> list[Home]:
    """Everyone on a database who has to leave it with its last user: every kind, archives too, but
    not monitoring mailboxes. `leave` says who can't now, since a move request holds the mailbox."""
    homes = [home for home in _homes_on(context, database, _EVERYTHING) if not home.final]
    return _without_moving(context, database, homes)


def rehome(
    context: OperationContext,
    todo: list[Home],
    source: Database,
    target: Database,
    book: Ledger,
    path: str,
) -> list[dict[str, t.Any]]:
    """Point each at the target, everyone in the ledger first. Returns those that Exchange refused."""
    if not todo:
        return []
    for home in todo:
        book.add(home.row(source.name, target.name))
    _save(book, path)
    return _rehome(context, todo, source, target, book, path)


def _look_at_databases(
    context: OperationContext, args: dict[str, t.Any]
) -> tuple[Database, Database | None]:
    """Source and target; the target may be missing in check mode, since its creation comes first."""
    target_name = names.check_database_name(args["target_database"], "target_database")
    names.check_database_name(args["source_database"], "source_database")
    source = _databases.failed_database(context, args["source_database"], what="source_database")
    if names.same_name(target_name, source.name) and (
        _databases.is_in_place(source) or (context.check and not source.mounted)
    ):
        return source, source
    _databases.refuse_mounted(context, source)
    if names.same_name(target_name, source.name):
        raise InputError(
            "source and target are the same database.",
            object=f"database {source.name}",
            operation="rehome to",
            remedy="Give the dial tone database as target_database.",
        )
    target = databases.find(context, target_name, status=True)
    if target is None and not context.check:
        raise NotFoundError(
            "there is no such database.",
            object=f"database {target_name}",
            operation="rehome to",
            remedy="Create it first (dialtone.exchange.dial_tone_database).",
            server=context.server,
        )
    if target is not None and target.recovery:
        raise PreconditionError(
            "it is a recovery database; mailboxes can't live there.",
            object=f"database {target.name}",
            operation="rehome to",
            remedy="Give the dial tone database as target_database.",
            server=context.server,
        )
    return source, target


def _homes_on(context: OperationContext, database: Database, args: dict[str, t.Any]) -> list[Home]:
    """Every primary and archive on a database, each with the reason to leave it, if there is one."""
    found: list[Home] = []
    for mailbox in mailboxes.all_on_database(context, database.guid):
        kind = mailboxes.kind(mailbox.kind)
        wanted = kind.name == "public_folder" and args["public_folders"] == "rehome"
        found.append(
            Home(mailbox, False, None if wanted else kind.leave, final=kind.name == "monitoring")
        )
    leave = (
        "archives are to be left; rehome it when the old database's files are back"
        if args["archives"] == "leave"
        else None
    )
    archives = mailboxes.with_archive_on(context, database.name, database.distinguished_name)
    return [*found, *(Home(mailbox, True, leave) for mailbox in archives)]


def _without_moving(context: OperationContext, database: Database, homes: list[Home]) -> list[Home]:
    """The same homes; those with a move request that still holds the mailbox are to be left."""
    status = {
        guid: request.status
        for request in moves.touching(context, database.guid)
        for guid in (request.exchange_guid, request.user_guid)
        if guid
    }

    def judge(home: Home) -> Home:
        mailbox = home.mailbox
        seen = status.get(mailbox.exchange_guid) or status.get(mailbox.guid) or mailbox.move_status
        if home.leave or not seen or seen in moves.FINISHED:
            return home
        reason = (
            f"a move request is {seen}; wait for it or remove it, then run the same command again"
        )
        return replace(home, leave=reason, moving=True)

    return [judge(home) for home in homes]


def _rehome(
    context: OperationContext,
    todo: list[Home],
    source: Database,
    target: Database,
    book: Ledger,
    path: str,
) -> list[dict[str, t.Any]]:
    """Point each at the target; the ones that Exchange refuses are returned, the others go on."""
    tally = Tally(context, f"rehomed to {target.name}:", len(todo))
    failures: list[dict[str, t.Any]] = []
    here = {home.exchange_guid for home in todo}
    saved = listed = context.clock()
    try:
        for home in todo:
            if context.clock() - listed >= _LIST_EVERY:
                here = {now.exchange_guid for now in _homes_on(context, source, _EVERYTHING)}
                listed = context.clock()
            if home.exchange_guid not in here and _is_gone(context, home, (source, target), book):
                tally.step()
                continue
            try:
                _rehome_one(context, home, target)
            except TransportError:
                raise  # nobody else would fare better
            except NotFoundError as error:
                if not _is_gone(context, home, (source, target), book):
                    failures.append(home.shown(error=error.message, remedy=error.remedy))
                    book.update(home.exchange_guid, note=f"not rehomed: {error.message}")
            except ExchangeError as error:
                if _is_role_missing(error):
                    raise
                failures.append(home.shown(error=error.message, remedy=error.remedy))
                book.update(home.exchange_guid, note=f"not rehomed: {error.message}")
            else:
                book.update(
                    home.exchange_guid,
                    from_database=source.name,
                    to_database=target.name,
                    rehomed_at=context.now().isoformat(timespec="seconds"),
                    note="",
                )
            tally.step()
            if context.clock() - saved >= _SAVE_EVERY:
                _save(book, path)
                saved = context.clock()
    finally:
        _save(book, path)
    return failures


def _rehome_one(context: OperationContext, home: Home, target: Database) -> None:
    call = mailboxes.rehome_archive if home.is_archive else mailboxes.rehome
    try:
        result = call(context, home.mailbox, target.guid)
    except SessionLostError:
        name = home.mailbox.display_name
        if _is_on(target, home, whereabouts.find(context, home.mailbox.guid)):
            context.progress(f"the answer for {name} was lost; it is there")
            return
        context.progress(f"pointing {name} there once more: the answer was lost")
        result = call(context, home.mailbox, target.guid)
    _databases.pass_warnings(context, result.warnings)


def _is_on(database: Database, home: Home, now: whereabouts.Home | None) -> bool:
    where = now and (now.archive_database if home.is_archive else now.database)
    return names.same_name(where or "", database.name)


def _is_gone(
    context: OperationContext, home: Home, known: t.Iterable[Database | None], book: Ledger
) -> bool:
    """Whether somebody has deleted it, or moved it to another database than the known ones, since it
    was listed: then nothing is to be done but to say so."""
    row = book.get(home.exchange_guid)
    if row is not None and row.final_state in (ledger.DELETED, ledger.MOVED):
        return True
    now = whereabouts.find(context, home.mailbox.guid)
    if any(_is_on(database, home, now) for database in known if database):
        return False
    what, state = ("deleted", ledger.DELETED) if now is None else ("moved away", ledger.MOVED)
    context.warn(
        f"{home.kind} {home.mailbox.display_name} was {what} meanwhile; the ledger says so."
    )
    book.update(home.exchange_guid, final_state=state, note=f"{what} meanwhile")
    return True


def _is_role_missing(error: ExchangeError) -> bool:
    return isinstance(error, RemoteCommandError) and error.exception in (
        "CommandNotFoundException",
        "ParameterBindingException",
    )


def open_ledger(path: str, source: Database, target: Database | None) -> Ledger:
    """The ledger of a recovery; a new one where there is none.

    source: the failed database. target: the dial tone database, whose marker has the run id; None
    when it is still to be created. Raises InputError for what is no ledger of this recovery.
    """
    mark = Marker.parse(target.excluded_reason) if target else None
    try:
        return ledger.load(path, source.name, mark.run_id if mark else "")
    except (OSError, ValueError) as error:
        raise InputError(
            str(error),
            object="ledger",
            remedy="Give a path that can be written, for this run only.",
        ) from error


def _save(book: Ledger, path: str) -> None:
    try:
        ledger.save(book, path)
    except OSError as error:
        raise PreconditionError(
            f"the ledger can't be written: {error}.",
            object="ledger",
            operation="write",
            remedy="Give a path on the controller that can be written.",
        ) from error


def _failed(
    source: Database,
    target: str,
    failures: list[dict[str, t.Any]],
    remaining: list[Home],
    rehomed: int,
) -> dict[str, t.Any]:
    first = f" The first: {failures[0]['display_name']}: {failures[0]['error']}" if failures else ""
    refused = {failure["exchange_guid"] for failure in failures}
    others = [h.mailbox.display_name for h in remaining if h.exchange_guid not in refused]
    came = f" Others came meanwhile: {some(others)}." if others else ""
    return {
        "failed": True,
        "msg": f"{rehomed} mailboxes and archives were rehomed to {target}, but {len(remaining)} are"
        f" still on {source.name}, {len(failures)} of them because Exchange refused.{first}{came} Run the"
        " same command again; it goes on with those that are left.",
        "error": {
            "code": "NotAllRehomed",
            "object": f"database {source.name}",
            "operation": "rehome",
            "remedy": "Look at failures in the result, then run the same command again.",
        },
    }
