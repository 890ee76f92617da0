# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faster ways of same_server: dial tone in place, swap by repoint, and the final name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from incidents import (
    changing_calls,
    lose,
    prove_nothing_lost,
    restore_folder,
    run_as_predicted,
)

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}
IN_PLACE = {**ALL, "dialtone_method": "in_place"}
REPOINT = {**ALL, "dialtone_swap_method": "repoint", "dialtone_recovery_root": r"E:\DialTone"}


def database(lab: Lab, name: str) -> dict[str, Any] | None:
    """What the lab says of a database, None when there is none."""
    return lab.control.status()["databases"].get(name)


def ledger(tmp_path: Path, evidence: str = "evidence") -> list[dict[str, Any]]:
    path = tmp_path / evidence / "DB01" / "ledger.json"
    return json.loads(path.read_text("utf-8"))["rows"]


def test_in_place_rehomes_nobody_and_a_second_run_changes_nothing(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    check, _real, second = run_as_predicted(run_playbook, lab, **IN_PLACE)
    assert "in_place, because" in check.output
    assert "is finished" in second.output
    assert "Set-Mailbox" not in changing_calls(lab)
    assert sorted(database_name for database_name in lab.control.status()["databases"]) == [
        "DB01",
        "DB02",
    ]
    forced = [
        call
        for call in lab.control.calls(changing=True)
        if call["name"] == "Mount-Database" and call["parameters"].get("Force")
    ]
    assert len(forced) == 1
    prove_nothing_lost(lab)
    rows = ledger(tmp_path)
    assert rows
    assert [row for row in rows if not row["final_state"]] == []


def test_repoint_with_the_recovery_root_on_another_volume_and_the_original_name(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    """No file moves in the swap; at the end production has the failed database's name."""
    lab = make_lab("tiny", move_path_to_existing_file="accept")  # what repoint rests on
    lose(lab, "DB01")
    variables = {**REPOINT, "dialtone_final_name": "original"}
    check, _real, second = run_as_predicted(run_playbook, lab, **variables)
    assert "repoint, because as given" in check.output
    assert "is finished" in second.output
    production = database(lab, "DB01")
    assert production and production["mounted"] and production["mailboxes"] > 4
    assert production["edb"] == r"E:\DialTone\DB01\restored\DB01.edb"
    assert database(lab, "DB01-DT") is None
    (failed,) = [name for name in lab.control.status()["databases"] if "-Failed-" in name]
    assert database(lab, failed)["mailboxes"] == 0
    prove_nothing_lost(lab)
    assert [row for row in ledger(tmp_path) if not row["final_state"]] == []


@pytest.mark.parametrize(
    "variables",
    [IN_PLACE, {**REPOINT, "dialtone_retire_failed_database": True}],
    ids=["in_place", "repoint"],
)
@pytest.mark.thorough
def test_each_run_goes_on_where_the_last_one_stopped(
    make_lab: MakeLab, run_playbook: Callable, variables: dict[str, Any]
) -> None:
    """Stage by stage, each from a controller that knows nothing of the runs before; the second
    one of each predicts nothing and changes nothing."""
    lab = make_lab("tiny", move_path_to_existing_file="accept")  # what repoint rests on
    lose(lab, "DB01")
    for number, stage in enumerate(("dial_tone", "restore", "swap", "merge", "close")):
        options = {**variables, "dialtone_until": stage}
        check = run_playbook(lab, "--check", evidence=f"check-{number}", **options)
        run = run_playbook(lab, evidence=f"controller-{number}", **options)
        assert run.status == 0, run.output
        assert run.changed > 0, run.output
        assert check.changed_tasks("DB01") == run.changed_tasks("DB01")
        again = run_playbook(lab, evidence=f"controller-{number}", **options)
        assert again.status == 0, again.output
        assert again.changed == 0, again.output
    prove_nothing_lost(lab)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("destroy_all", ["nothing of the database is left"]), ("root", ["another volume"])],
)
def test_in_place_is_refused_in_any_doubt(
    make_lab: MakeLab, run_playbook: Callable, trouble: str, words: list[str]
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01", how="destroy_all" if trouble == "destroy_all" else "destroy_edb")
    other_root = {"dialtone_recovery_root": r"E:\DialTone"} if trouble == "root" else {}
    run = run_playbook(lab, **IN_PLACE, **other_root, dialtone_until="preflight")
    assert run.status != 0, run.output
    assert changing_calls(lab) == []
    for word in [*words, "dialtone_method: beside"]:
        assert word in run.output, run.output


@pytest.mark.thorough
def test_repoint_that_is_refused_returns_to_dial_tone_and_rename_ends_it(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    """Whether Exchange takes a path whose file exists is not confirmed (docs/unconfirmed.md, 4a)."""
    lab = make_lab("tiny", move_path_to_existing_file="refuse")
    lose(lab, "DB01")
    options = {**ALL, "dialtone_swap_method": "repoint"}
    run = run_playbook(lab, **options)
    assert run.status != 0
    assert "was undone" in run.output
    assert database(lab, "DB01-DT")["mounted"]
    again = run_playbook(lab, **{**options, "dialtone_swap_method": "rename"})
    assert again.status == 0, again.output
    prove_nothing_lost(lab)
