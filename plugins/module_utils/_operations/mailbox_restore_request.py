# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Merge what a recovery database holds into production, as one operation for a whole recovery.

After a swap that is what arrived in the dial tone period. Without one, when the restored file must
not become production, it is all the old mail, and goes into the dial tone database.

Look: the recovery database, the mailboxes, and the requests an earlier run left. Plan: who has data.
Act: create requests, wait for them, answer failures. Verify: by items; then put down the durable sign.

The sign is an empty folder C(merged-<run id>) beside the merged files. It is made when every item
is accounted for, before the requests are removed: so a second run knows that nothing is left to do,
on any controller, also when the requests and the recovery database are gone.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    mailboxes,
    restore_requests,
    statistics,
    whereabouts,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import merge_sign
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    merge_direction,
    names,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _merge_place,
    _merge_plan,
    _merge_requests,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_book import Book
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_place import (
    Place,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_plan import (
    MergePlan,
    Pair,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_watch import (
    Watch,
)

_MOST_BAD_ITEMS = 50  # from 51 on Exchange wants AcceptLargeDataLoss, which is a person's decision
_SHOWN_NOTES = 5

ARGUMENT_SPEC: dict[str, t.Any] = {
    "source_database": {"type": "str", "required": True},
    "target_database": {"type": "str", "required": True},
    "failed_database": {"type": "str", "required": True},
    "run_id": {"type": "str", "required": True},
    "recovery_root": {"type": "str"},
    "merge_direction": {
        "type": "str",
        "choices": list(merge_direction.DIRECTIONS),
        "default": merge_direction.DIAL_TONE_INTO_OLD,
    },
    "bad_item_limit": {"type": "int", "default": 10},
    # KeepAll and ForceCopy are not offered: a repeated request would double items.
    "conflict_resolution": {
        "type": "str",
        "default": "KeepLatestItem",
        "choices": ["KeepLatestItem", "KeepSourceItem", "KeepTargetItem"],
    },
    "associated_messages": {
        "type": "str",
        "default": "DoNotCopy",
        "choices": ["DoNotCopy", "MapByMessageClass", "Copy"],
    },
    "priorities": {"type": "dict", "default": {}},
    "ledger": {"type": "path", "required": True},
    "adopt": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 86400},
}


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The module's work. args: ARGUMENT_SPEC. Returns the module's result; raises ExchangeError."""
    _check_input(args)
    place = _merge_place.look(context, args)
    if place is None:
        return _prediction(args)
    if place.merged:
        return _after_the_merge(context, args, place)
    source = _merge_place.source(context, args, place)
    if source is None:
        return _prediction(args)
    plan = _plan(context, args, place, source)
    book = _book(args, place, plan)
    if args.get("adopt"):
        _merge_requests.adopt(context, args, place, source, plan)
    requested = {request.name for request in place.requests}
    missing = [
        pair
        for pair in plan.pairs
        if _merge_requests.name_of(args, pair) not in requested and not book.done_before(pair)
    ]
    if context.check:
        result = book.result(changed=True, requests=_merge_requests.count(place.requests))
        return {
            **result,
            "left_behind": _left_behind(args, plan),
            "diff": _diff(args, place, len(missing)),
        }
    return _merge(context, args, place, source, plan, book, missing)


def _check_input(args: dict[str, t.Any]) -> None:
    for option in ("source_database", "target_database", "failed_database"):
        names.check_database_name(args[option], option)
    if not marker.is_run_id(args["run_id"]):
        raise InputError(
            f"run_id: {args['run_id']!r} is no run id.",
            object="run_id",
            remedy="Take it from dial_tone_database or recovery_info; it looks like 20261122-141502.",
        )
    if not 0 <= args["bad_item_limit"] <= _MOST_BAD_ITEMS:
        raise InputError(
            f"bad_item_limit: {args['bad_item_limit']} is not between 0 and {_MOST_BAD_ITEMS}.",
            object="bad_item_limit",
            remedy="Start with 10; a mailbox with more unreadable items needs New-MailboxRepairRequest"
            " or a person's decision, not a larger number.",
        )
    if args["wait_timeout"] <= 0:
        raise InputError(
            f"wait_timeout: {args['wait_timeout']} is not a number of seconds to wait.",
            object="wait_timeout",
            remedy="Give the seconds that the merge may last, such as 86400.",
        )
    for who, priority in args["priorities"].items():
        if priority not in restore_requests.PRIORITIES:
            raise InputError(
                f"priorities: {priority!r} of {who} is not a priority.",
                object="priorities",
                remedy=f"Use one of {', '.join(restore_requests.PRIORITIES)}.",
            )


def _plan(
    context: OperationContext, args: dict[str, t.Any], place: Place, source: Database
) -> MergePlan:
    target = place.target
    context.progress(f"reading what {source.name} holds")
    stored = statistics.of_database(context, source.guid, about=source.about)
    known = _merge_plan.targets(
        mailboxes.all_on_database(context, target.guid),
        mailboxes.with_archive_on(context, target.name, target.distinguished_name),
    )
    plan = _merge_plan.make(
        stored,
        known,
        with_hidden=_with_hidden(args),
        priorities=args["priorities"],
    )
    if plan.unknown:
        context.warn(
            f"{len(plan.unknown)} mailboxes in {source.name} belong to nobody on {target.name} (users"
            " deleted or moved meanwhile); they are not merged: "
            + some(sorted(m.display_name or m.mailbox_guid for m in plan.unknown), 10)
        )
    if place.reverse:
        _refuse_strangers(context, source, plan)
    return plan


def _refuse_strangers(context: OperationContext, source: Database, plan: MergePlan) -> None:
    """Raise PreconditionError when most mailboxes of the file are nobody's here: a repaired file has
    a new signature, so only this tells that it is of another database."""
    if len(plan.unknown) > len(plan.pairs):
        raise PreconditionError(
            f"{len(plan.unknown)} of the {len(plan.unknown) + len(plan.pairs)} mailboxes in it belong"
            " to nobody who would get their mail.",
            object=source.about,
            operation="merge",
            remedy="Check that the restored file is of the right database and of the right time.",
            server=context.server,
        )


def _merge(
    context: OperationContext,
    args: dict[str, t.Any],
    place: Place,
    source: Database,
    plan: MergePlan,
    book: Book,
    missing: list[Pair],
) -> dict[str, t.Any]:
    book.begin()
    refused = _merge_requests.create(context, args, place, source, missing, book)
    due: dict[str, int | None] = {request.name: None for request in place.requests}
    created = {pair.stored.mailbox_guid for pair in missing} - refused
    for pair in plan.pairs:
        name = _merge_requests.name_of(args, pair)
        if name in due or pair.stored.mailbox_guid in created:
            due[name] = pair.due(with_hidden=_with_hidden(args))
    watch = Watch(
        context=context,
        batch=place.batch,
        due=due,
        bad_item_limit=args["bad_item_limit"],
        wait_timeout=args["wait_timeout"],
        settled=book.settle,
        source=source.guid,
        others=lambda: _merge_place.adopted(context, place),
    )
    watch.run()
    for row in book.open_rows():
        home = whereabouts.find(context, row.guid) if row.guid else None
        archive = row.kind == "Archive"
        book.explain(row, (home.archive_database if archive else home.database) if home else None)
    book.save()
    _stop_if_incomplete(context, args, book)
    merge_sign.put(context, place.source_folder, args["run_id"])
    states = _merge_requests.remove(context, place)
    result = book.result(changed=True, requests=states)
    result["left_behind"] = _left_behind(args, plan)
    result["diff"] = _diff(args, place, len(missing))
    for note in book.notes[:_SHOWN_NOTES]:
        context.warn(note)
    if len(book.notes) > _SHOWN_NOTES:
        more = len(book.notes) - _SHOWN_NOTES
        context.warn(f"{more} more mailboxes have such a note; {args['ledger']} has them all.")
    return result


def _after_the_merge(
    context: OperationContext, args: dict[str, t.Any], place: Place
) -> dict[str, t.Any]:
    """The sign is there: only requests may be left over, from a run that ended between the two."""
    leftovers = len(place.requests)
    states: dict[str, int] = {}
    if leftovers and not context.check:
        states = _merge_requests.remove(context, place)
    result = _book(args, place, MergePlan()).result(changed=bool(leftovers), requests=states)
    result["left_behind"] = []
    result["diff"] = {
        "before": {"merged": True, "own_requests": leftovers},
        "after": {"merged": True, "own_requests": 0},
    }
    return result


def _stop_if_incomplete(context: OperationContext, args: dict[str, t.Any], book: Book) -> None:
    if not book.failed:
        return
    shown = some((f"{who}: {why}" for who, why in sorted(book.failed.items())), between="; ")
    raise ExchangeError(
        f"{len(book.failed)} mailboxes are not merged. {shown}",
        object=f"merge of {args['failed_database']}",
        code="MergeIncomplete",
        remedy=f"Nothing is lost: all files and requests are kept. {args['ledger']} lists"
        " every mailbox; the same command goes on with those that are missing.",
        server=context.server,
    )


def _prediction(args: dict[str, t.Any]) -> dict[str, t.Any]:
    """Check mode before the swap: the dial tone database or the recovery database isn't there yet, so
    who has data isn't known."""
    return {
        "changed": True,
        "merged": 0,
        "item_count": 0,
        "bytes": 0,
        "requests": {},
        "skipped_items": [],
        "nothing_to_merge": [],
        "unknown": [],
        "left_behind": [],
        "ledger": str(args["ledger"]),
        "diff": {
            "before": {"merged": False},
            "after": {"merged": True, "source": args["source_database"]},
        },
    }


def _diff(args: dict[str, t.Any], place: Place, created: int) -> dict[str, t.Any]:
    return {
        "before": {"merged": False, "own_requests": len(place.requests)},
        "after": {
            "merged": True,
            "own_requests": 0,
            "mailboxes_merged": len(place.requests) + created,
            "conflict_resolution": args["conflict_resolution"],
            "associated_messages": args["associated_messages"],
        },
    }


def _with_hidden(args: dict[str, t.Any]) -> bool:
    return bool(args["associated_messages"] != "DoNotCopy")


def _book(args: dict[str, t.Any], place: Place, plan: MergePlan) -> Book:
    return Book(
        path=args["ledger"],
        ledger=place.ledger,
        plan=plan,
        by_name={_merge_requests.name_of(args, pair): pair for pair in plan.pairs},
        failed_database=place.failed.name,
        target_database=place.target.name,
        left_behind=(lambda pair: _lacks(args, pair)) if place.reverse else None,
    )


def _lacks(args: dict[str, t.Any], pair: Pair) -> str:
    """What the ledger says of a mailbox whose old mail was copied into an empty one."""
    hidden = pair.left_behind(with_hidden=_with_hidden(args))
    return (
        f"Not brought back: folder permissions, delegates, and {hidden} hidden items"
        " (rules, views, forms)."
    )


def _left_behind(args: dict[str, t.Any], plan: MergePlan) -> list[dict[str, t.Any]]:
    """Per mailbox of this run what a merge into the dial tone database does not bring back."""
    if args.get("merge_direction") != merge_direction.OLD_INTO_DIAL_TONE:
        return []
    return [
        {
            "mailbox": pair.target.title,
            "mailbox_guid": pair.stored.mailbox_guid,
            "archive": pair.target.archive,
            "hidden_items": pair.left_behind(with_hidden=_with_hidden(args)),
        }
        for pair in sorted(plan.pairs, key=lambda pair: pair.target.title)
    ]
