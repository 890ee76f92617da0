# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keeping the books of a merge: each outcome goes to the ledger, and the result comes from there.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    ledger as ledger_model,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    DELETED,
    MERGED,
    MERGED_WITH_SKIPS,
    MOVED,
    NOTHING_TO_MERGE,
    Ledger,
    LedgerRow,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_plan import (
    MergePlan,
    Pair,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._merge_watch import (
    Outcome,
)

_DONE = "merged"
_SAVE_EVERY = 50


class Book:
    """One merge's entries.

    by_name: name of the request -> the pair it is for. failed: title of a mailbox -> why it is not
    merged and what to do. left_behind: what to note about each merged mailbox, by its hidden items
    that are not copied; None notes nothing. Raises PreconditionError when the ledger's file can't be written, which
    begin() finds out before anything is changed.
    """

    def __init__(
        self,
        path: str,
        ledger: Ledger,
        plan: MergePlan,
        by_name: Mapping[str, Pair],
        failed_database: str,
        target_database: str,
        left_behind: t.Callable[[Pair], str] | None = None,
    ) -> None:
        self._path = path
        self._ledger = ledger
        self._plan = plan
        self._by_name = by_name
        self._from, self._to = failed_database, target_database
        self._left_behind = left_behind
        self._skipped: list[dict[str, t.Any]] = []
        self._notes: list[str] = []
        self._bytes = 0
        self._unsaved = 0
        self.failed: dict[str, str] = {}

    def begin(self) -> None:
        """Rows for everyone, before the first request is created."""
        for pair in self._plan.pairs:
            self._ledger.add(pair.target.ledger_row(self._from, self._to))
        for target in self._plan.nothing:
            row = self._ledger.add(target.ledger_row(self._from, self._to))
            if not row.final_state:
                self._ledger.update(
                    row.exchange_guid, merge_state="nothing", final_state=NOTHING_TO_MERGE
                )
        self.save()

    def requested(self, pair: Pair) -> None:
        """A restore request exists now."""
        self._ledger.update(pair.stored.mailbox_guid, merge_state="requested", note="")
        self._save_sometimes()

    def refuse(self, pair: Pair, why: str) -> None:
        """Exchange refused to create the request."""
        self.failed[pair.target.title] = why
        self._ledger.update(pair.stored.mailbox_guid, merge_state="refused", note=why)
        self._save_sometimes()

    def settle(self, outcome: Outcome) -> None:
        """A request has come to its end."""
        pair = self._by_name.get(outcome.name)
        title = pair.target.title if pair else f"restore request {outcome.name}"
        skipped = [
            {
                "mailbox": title,
                "mailbox_guid": pair.stored.mailbox_guid if pair else "",
                "archive": bool(pair and pair.target.archive),
                **item,
            }
            for item in outcome.skipped
        ]
        self._skipped += skipped
        self._bytes += outcome.bytes
        if not outcome.complete:
            self.failed[title] = outcome.note
        elif outcome.note:
            self._notes.append(f"{title}: {outcome.note}")
        if pair is None:
            return
        state = MERGED_WITH_SKIPS if outcome.skipped_count else MERGED
        listed = "; ".join(
            f"skipped {item['kind']} item in {item['folder'] or '?'}: {item['subject']}"
            for item in skipped
        )
        self._ledger.update(
            pair.stored.mailbox_guid,
            merge_state=_DONE if outcome.complete else "failed",
            items_merged=outcome.items,
            items_skipped=outcome.skipped_count,
            final_state=state if outcome.complete else "",
            note=" ".join(part for part in (outcome.note, listed, self._lacks(pair)) if part),
        )
        self._save_sometimes()

    def _lacks(self, pair: Pair) -> str:
        return self._left_behind(pair) if self._left_behind else ""

    def open_rows(self) -> list[LedgerRow]:
        """Rows that nothing of this merge has explained."""
        return [row for row in self._ledger.unfinished() if row.merge_state in ("", "not merged")]

    def explain(self, row: LedgerRow, home: str | None) -> None:
        """What became of a mailbox that is not on the target database: home is where it is now,
        None when it is gone."""
        apart = not names.same_name(self._from, self._to)
        if home is not None and apart and names.same_name(home, self._from):
            self.failed[row.display_name or row.exchange_guid] = (
                f"It still lives on {home}, which has failed. Point it at {self._to}"
                " (dialtone.exchange.mailbox_configuration, archives and public_folders: rehome)."
            )
            return
        note = f"It lives on {home} now." if home else "There is no such mailbox any more."
        self._ledger.update(
            row.exchange_guid,
            merge_state="not merged",
            final_state=MOVED if home else DELETED,
            note=f"{row.note} {note}".strip(),
        )

    def done_before(self, pair: Pair) -> bool:
        """Whether an earlier run merged this mailbox, though its request is gone."""
        row = self._ledger.get(pair.stored.mailbox_guid)
        return row is not None and row.merge_state == _DONE

    def save(self) -> None:
        """Write the ledger."""
        self._unsaved = 0
        try:
            ledger_model.save(self._ledger, self._path)
        except OSError as error:
            raise PreconditionError(
                f"can't be written: {error.strerror or error}.",
                object=f"ledger {self._path}",
                operation="write",
                remedy="Give the path of a file on the controller that you may write.",
            ) from error

    def _save_sometimes(self) -> None:
        self._unsaved += 1
        if self._unsaved >= _SAVE_EVERY:
            self.save()

    @property
    def notes(self) -> list[str]:
        """Sentences about merges that are complete, but not as usual."""
        return self._notes

    def result(self, *, changed: bool, requests: Mapping[str, int]) -> dict[str, t.Any]:
        """The module's result. Counts of mailboxes and items are of the whole recovery, from the
        ledger; bytes and skipped items are of this run."""
        merged = [row for row in self._ledger if row.merge_state == _DONE]
        return {
            "changed": changed,
            "merged": len(merged),
            "item_count": sum(row.items_merged for row in merged),
            "bytes": self._bytes,
            "requests": dict(requests),
            "skipped_items": self._skipped,
            "nothing_to_merge": sorted(target.title for target in self._plan.nothing),
            "unknown": [
                {
                    "mailbox_guid": stored.mailbox_guid,
                    "display_name": stored.display_name,
                    "item_count": stored.items,
                }
                for stored in self._plan.unknown
            ],
            "ledger": str(self._path),
        }
