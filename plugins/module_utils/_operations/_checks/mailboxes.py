# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the mailboxes: what must not be rehomed now, and what people should know.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter

from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)


def mailboxes(facts: Facts) -> Check | None:
    """How many mailboxes there are to rehome, by kind."""
    if not facts.before("dial_tone"):
        return None
    need = "mailboxes whose users need a dial tone"
    counts = Counter(mailbox.kind for mailbox in facts.mailboxes)
    if facts.archive_owners:
        counts["archive"] = len(facts.archive_owners)
    if not counts:
        return warn(
            "mailboxes",
            f"no mailbox lives on {facts.failed.name}",
            need,
            "Check the name: nobody would notice this recovery.",
        )
    return ok("mailboxes", ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())), need)


def moves(facts: Facts) -> Check | None:
    """A mailbox that moves must not be rehomed under the move (exchange.md 1.2)."""
    if not facts.before("swapped"):
        return None
    need = "no move from or to the failed database under way"
    running = [move for move in facts.moves if move.running]
    if running:
        who = some(sorted({move.display_name or move.exchange_guid or "?" for move in running}))
        return stop(
            "moves",
            f"{len(running)} moves from or to {facts.failed.name} are under way: {who}",
            need,
            "Wait for them, or remove them: Remove-MoveRequest for each of these mailboxes.",
        )
    return ok("moves", "none under way", need)


def restore_requests(facts: Facts) -> Check | None:
    """Requests of others write into the same mailboxes; they are never touched."""
    need = "no restore requests of others into these mailboxes"
    unfinished = [request for request in facts.others if not request.completed]
    if unfinished:
        return warn(
            "restore_requests",
            f"{len(unfinished)} restore requests of others are under way:"
            f" {some(sorted(request.identity for request in unfinished))}",
            need,
            "Ask whose they are; this recovery leaves them alone.",
        )
    return ok("restore_requests", "none of others", need)


def holds(facts: Facts) -> Check | None:
    """In the dial tone period a mailbox on hold has an empty Recoverable Items folder."""
    if not facts.before("swapped"):
        return None
    need = "knowledge of who is on hold"
    held = [mailbox.display_name for mailbox in facts.mailboxes if mailbox.on_hold]
    if held:
        return warn(
            "holds",
            f"{len(held)} mailboxes are on litigation hold: {some(sorted(held))}",
            need,
            "Tell whoever ordered the hold, and keep the failed database's files.",
        )
    return ok("holds", "nobody on litigation hold", need)


ALL = (mailboxes, moves, restore_requests, holds)
