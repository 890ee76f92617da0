# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The ledger of one recovery: a row per mailbox and per archive, from first touch to final state.

The ledger is evidence, never needed to go on: Exchange and the files are the truth. It is written
before the first change, so that a list of who was where exists whatever happens afterwards
(exchange.md 1.4), and a recovery isn't done while a row has no final state.

PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from ansible_collections.dialtone.exchange.plugins.module_utils._model import evidence

FORMAT = 1

# Why a row needs no more work. Everything else (also a failed merge) leaves `final_state` empty.
MERGED = "merged"  # all items of the dial tone period are in the production mailbox
MERGED_WITH_SKIPS = "merged_with_skips"  # as above, but for the items listed as skipped
NOTHING_TO_MERGE = "nothing_to_merge"  # got and sent nothing in the dial tone period
LEFT = "left"  # stays on the failed database on purpose, `note` says why
MOVED = "moved"  # moved to another database meanwhile, with all its mail
DELETED = "deleted"  # its user was deleted meanwhile
FINAL_STATES = (MERGED, MERGED_WITH_SKIPS, NOTHING_TO_MERGE, LEFT, MOVED, DELETED)


class LedgerError(ValueError):
    """A file that can't be this recovery's ledger. message and remedy: one sentence each."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class LedgerRow:
    """One mailbox, or one archive (then O(kind) is V(Archive) and the owner's directory guid is used).

    `exchange_guid` is the key: the ExchangeGuid of a mailbox, the ArchiveGuid of an archive; the
    store's MailboxGuid equals it. `guid` is the directory object. Times are ISO 8601, UTC.
    """

    exchange_guid: str
    guid: str = ""
    dn: str = ""
    legacy_dn: str = ""
    kind: str = ""
    display_name: str = ""
    from_database: str = ""
    to_database: str = ""
    rehomed_at: str = ""
    merge_state: str = ""
    items_merged: int = 0
    items_skipped: int = 0
    final_state: str = ""
    note: str = ""


_FIELDS = tuple(field.name for field in fields(LedgerRow))
_TYPES = {field.name: int if field.default == 0 else str for field in fields(LedgerRow)}


class Ledger:
    """All rows of one recovery, in the order they were first written. Pure; see load() and save()."""

    def __init__(
        self, failed_database: str, run_id: str = "", rows: t.Iterable[LedgerRow] = ()
    ) -> None:
        self.failed_database = failed_database
        self.run_id = run_id
        self._rows: dict[str, LedgerRow] = {}
        for row in rows:
            self.put(row)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> t.Iterator[LedgerRow]:
        return iter(self._rows.values())

    def get(self, exchange_guid: str) -> LedgerRow | None:
        return self._rows.get(exchange_guid.lower())

    def put(self, row: LedgerRow) -> LedgerRow:
        """Add a row, or replace the one of the same mailbox."""
        if not row.exchange_guid:
            raise ValueError("A ledger row needs the exchange guid of its mailbox.")
        if row.final_state and row.final_state not in FINAL_STATES:
            raise ValueError(f"{row.final_state!r} is not a final state of the ledger.")
        row = replace(row, exchange_guid=row.exchange_guid.lower())
        self._rows[row.exchange_guid] = row
        return row

    def add(self, row: LedgerRow) -> LedgerRow:
        """Add a row unless the mailbox has one; a known row wins, since it saw the state before."""
        return self.get(row.exchange_guid) or self.put(row)

    def update(self, exchange_guid: str, **changes: t.Any) -> LedgerRow:
        """Change fields of a row; a mailbox without row gets one (someone else began this recovery)."""
        row = self.get(exchange_guid) or LedgerRow(exchange_guid=exchange_guid)
        return self.put(replace(row, **changes))

    def unfinished(self) -> list[LedgerRow]:
        """Rows without final state: while there is one, the recovery isn't done."""
        return [row for row in self if not row.final_state]

    def summary(self) -> dict[str, int]:
        """Number of rows per final state; V(open) for those without."""
        counts: dict[str, int] = {}
        for row in self:
            state = row.final_state or "open"
            counts[state] = counts.get(state, 0) + 1
        return counts

    def to_json(self) -> str:
        head = {"format": FORMAT, "failed_database": self.failed_database, "run_id": self.run_id}
        return json.dumps(
            {**head, "rows": [asdict(row) for row in self]}, indent=1, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str) -> Ledger:
        """Read what to_json() wrote; unknown fields of a newer release are ignored.

        Raises ValueError when the text is no ledger.
        """
        try:
            data = json.loads(text)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        rows = data.get("rows") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise ValueError("it has no rows")
        return cls(
            str(data.get("failed_database", "")), str(data.get("run_id", "")), map(_row, rows)
        )

    def to_csv(self) -> str:
        """The same rows for a spreadsheet. A cell never starts a formula (names come from users)."""
        return evidence.table(_FIELDS, [tuple(asdict(row).values()) for row in self])


def _row(data: t.Any) -> LedgerRow:
    if not isinstance(data, dict):
        raise ValueError("one of its rows is none")
    known = {name: value for name, value in data.items() if name in _TYPES}
    for name, value in known.items():
        if not isinstance(value, _TYPES[name]):
            raise ValueError(f"a row's {name} is of another kind")
    return LedgerRow(**{"exchange_guid": "", **known})  # put() refuses one without


def load(path: str | os.PathLike[str], failed_database: str, run_id: str = "") -> Ledger:
    """The ledger in this file, or an empty one when there is no file yet.

    Raises LedgerError when the file is not a ledger or the ledger of another database or run, so
    that nothing is overwritten that someone may need.
    """
    file = Path(path)
    if file.suffix.lower() == ".csv":
        raise LedgerError(
            f"{file} ends in .csv, which is the name of the table that lies beside it.",
            "Give a path that ends in .json.",
        )
    try:
        ledger = Ledger.from_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Ledger(failed_database, run_id)
    except ValueError as error:
        raise LedgerError(
            f"{file} is not a ledger: {error}.", "Move it away or give another path."
        ) from error
    if ledger.failed_database.casefold() != failed_database.casefold():
        raise LedgerError(
            f"{file} is the ledger of database {ledger.failed_database}, not of {failed_database}.",
            "Give each database a ledger of its own.",
        )
    if run_id and ledger.run_id and ledger.run_id != run_id:
        raise LedgerError(
            f"{file} is the ledger of run {ledger.run_id}, not of run {run_id}.",
            "Give this run another path; the old ledger is evidence, keep it.",
        )
    ledger.run_id = ledger.run_id or run_id
    return ledger


def save(ledger: Ledger, path: str | os.PathLike[str]) -> None:
    """Write the JSON file and, beside it, the CSV file; each whole or not at all, for the owner only."""
    file = Path(path)
    evidence.write(file, ledger.to_json() + "\n")
    evidence.write(csv_path(file), ledger.to_csv())


def csv_path(path: str | os.PathLike[str]) -> Path:
    """Where the CSV file of a ledger lies: same name, ending C(.csv)."""
    return Path(path).with_suffix(".csv")
