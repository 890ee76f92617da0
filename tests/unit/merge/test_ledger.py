# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: whole files, private, never of another database, never done too early."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import ledger as ledgers
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    MERGED,
    NOTHING_TO_MERGE,
    Ledger,
    LedgerRow,
)

ANN = "0A4C6E80-1111-2222-3333-444455556666"


def test_rows_are_kept_by_guid_in_the_order_of_their_first_writing() -> None:
    ledger = Ledger("DB01")
    ledger.put(LedgerRow(ANN, display_name="Ann"))
    ledger.put(LedgerRow("b", display_name="Ben"))
    ledger.update(ANN.lower(), to_database="DB01-DT")
    assert [(row.display_name, row.to_database) for row in ledger] == [
        ("Ann", "DB01-DT"),
        ("Ben", ""),
    ]


def test_a_known_row_wins_over_a_second_look() -> None:
    ledger = Ledger("DB01", rows=[LedgerRow("a", from_database="DB01")])
    assert ledger.add(LedgerRow("A", from_database="DB01-DT")).from_database == "DB01"


def test_a_recovery_is_open_while_a_row_has_no_final_state() -> None:
    ledger = Ledger("DB01", rows=[LedgerRow("a", final_state=MERGED), LedgerRow("b")])
    ledger.put(LedgerRow("c", merge_state="failed"))
    assert [row.exchange_guid for row in ledger.unfinished()] == ["b", "c"]
    assert ledger.summary() == {"merged": 1, "open": 2}


def test_only_known_final_states_are_taken() -> None:
    with pytest.raises(ValueError, match="not a final state"):
        Ledger("DB01").put(LedgerRow("a", final_state="failed"))
    with pytest.raises(ValueError, match="exchange guid"):
        Ledger("DB01").put(LedgerRow(""))


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    ledger = Ledger("DB01", "20261122-141502")
    ledger.put(LedgerRow("a", display_name="Zoë 🦊", items_merged=7, final_state=MERGED))
    path = tmp_path / "new" / "ledger.json"
    ledgers.save(ledger, path)
    loaded = ledgers.load(path, "db01", "20261122-141502")
    assert list(loaded) == list(ledger)
    assert loaded.run_id == "20261122-141502"


def test_files_are_private_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    path.write_text('{"failed_database": "DB01", "rows": []}')
    path.chmod(0o644)
    ledgers.save(Ledger("DB01"), path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.csv", "ledger.json"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}


def test_a_failed_write_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.json"
    ledgers.save(Ledger("DB01", rows=[LedgerRow("a")]), path)
    before = path.read_text()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledgers.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        ledgers.save(Ledger("DB01"), path)
    assert path.read_text() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.csv", "ledger.json"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "is not a ledger"),
        ("[]", "is not a ledger"),
        ('{"rows": [{"guid": "x"}]}', "is not a ledger"),
        ('{"rows": ["x"]}', "is not a ledger"),
        ('{"rows": [{"exchange_guid": 7}]}', "is not a ledger"),
        ("[" * 100_000, "is not a ledger"),
        ("\udcff", "is not a ledger"),  # no UTF-8
        ('{"failed_database": "DB02", "rows": []}', "ledger of database DB02"),
        (
            '{"failed_database": "DB01", "run_id": "20250101-000000", "rows": []}',
            "ledger of run 20250101-000000",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_and_kept(
    tmp_path: Path, content: str, expected: str
) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(ledgers.LedgerError, match=expected):
        ledgers.load(path, "DB01", "20261122-141502")
    assert path.read_text(errors="surrogateescape") == content


def test_a_ledger_is_not_its_own_csv(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.csv"):
        ledgers.load(tmp_path / "ledger.csv", "DB01")


def test_the_csv_has_every_row_and_starts_no_formula(tmp_path: Path) -> None:
    ledger = Ledger("DB01")
    ledger.put(LedgerRow("a", display_name='=HYPERLINK("http://evil")'))
    ledger.put(LedgerRow("b", display_name="@x, y", final_state=NOTHING_TO_MERGE))
    ledgers.save(ledger, tmp_path / "ledger.json")
    with (tmp_path / "ledger.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["display_name"] for row in rows] == ['\'=HYPERLINK("http://evil")', "'@x, y"]
    assert rows[1]["final_state"] == "nothing_to_merge"


def test_fields_of_a_newer_release_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    row = {"exchange_guid": "a", "display_name": "Ann", "mood": "good"}
    path.write_text(json.dumps({"failed_database": "DB01", "rows": [row]}))
    assert [r.display_name for r in ledgers.load(path, "DB01")] == ["Ann"]
