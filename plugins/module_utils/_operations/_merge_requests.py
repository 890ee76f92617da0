# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The restore requests of a merge: their names, and how they come and go.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
from collections import Counter
from collections.abc import Iterable

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import NotFoundError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    _failures,
    restore_requests,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RestoreRequest,
    Wanted,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _merge_place
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_book import Book
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_place import (
    Place,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_plan import (
    MergePlan,
    Pair,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_watch import (
    refuse_lost_source,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally


def name_of(args: dict[str, t.Any], pair: Pair) -> str:
    """What the request of a mailbox is called, by which every run knows it."""
    return restore_requests.request_name(
        args["run_id"], pair.stored.mailbox_guid, pair.target.archive
    )


def create(
    context: OperationContext,
    args: dict[str, t.Any],
    place: Place,
    source: Database,
    missing: list[Pair],
    book: Book,
) -> set[str]:
    """Create the requests that are missing; returns the mailboxes for which Exchange refused."""
    tally = Tally(context, "created restore requests:", len(missing))
    refused: set[str] = set()
    for pair in missing:
        result = restore_requests.create(
            context,
            Wanted(
                name=name_of(args, pair),
                batch=place.batch,
                source_database=source.guid,
                mailbox_guid=pair.stored.mailbox_guid,
                target_guid=pair.target.mailbox.guid,
                archive=pair.target.archive,
                conflict_resolution=args["conflict_resolution"],
                associated_messages=args["associated_messages"],
                priority=pair.priority,
            ),
        )
        if result.errors:
            refuse_lost_source(context, source.guid)
            refused.add(pair.stored.mailbox_guid)
            remedy = _failures.remedy_for(
                result.errors[0], "New-MailboxRestoreRequest"
            ) or _creation_remedy(result.errors[0].message)
            text = _failures.first_sentences(result.errors[0].message, 300).rstrip(".")
            book.refuse(pair, f"Its restore request was refused: {text}. {remedy}")
        else:
            book.requested(pair)
        tally.step()
    if missing:
        book.save()
    return refused


def _creation_remedy(message: str) -> str:
    text = message.lower()
    if "legacy" in text:
        return (
            "The mailbox is not the one that was in use before (disabled and enabled again?). Add the"
            " old LegacyExchangeDN to its addresses as X500, then run the same command again."
        )
    return "Remove the cause, then run the same command again."


def adopt(
    context: OperationContext,
    args: dict[str, t.Any],
    place: Place,
    source: Database,
    plan: MergePlan,
) -> None:
    """Count the requests that somebody created by hand from this recovery database as our own: by the
    mailbox they copy, since names and batches are theirs. One for each mailbox."""
    pairs = plan.by_guid()
    taken = {request.name for request in place.requests}
    for request in _merge_place.by_hand(context, place, source):
        guid = restore_requests.statistics(context, request).source_mailbox
        pair = pairs.get(guid or "")
        name = name_of(args, pair) if pair else request.name
        if name not in taken:
            taken.add(name)
            place.adopted[request.identity] = name
    found = _merge_place.adopted(context, place)
    expected = {name_of(args, pair) for pair in plan.pairs}
    place.requests += [request for request in found if request.name in expected]
    if found:
        context.progress(f"found {len(found)} restore requests that were created by hand")


def remove(context: OperationContext, place: Place) -> dict[str, int]:
    """Remove the own requests, read anew; returns how many there were in each state."""
    requests = [
        *restore_requests.in_batch(context, place.batch),
        *_merge_place.adopted(context, place),
    ]
    tally = Tally(context, "removed own restore requests:", len(requests))
    for request in requests:
        with contextlib.suppress(NotFoundError):  # somebody was quicker
            restore_requests.remove(context, request)
        tally.step()
    return count(requests)


def count(requests: Iterable[RestoreRequest]) -> dict[str, int]:
    """How many there are in each state."""
    return dict(Counter(request.status for request in requests))
