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
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

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
    check = run_playbook(lab, "--check", "--diff", **IN_PLACE)
    assert check.status == 0, check.output
    assert changing_calls(lab) == []
    assert "in_place, because" in check.output

    real = run_playbook(lab, **IN_PLACE)
    assert real.status == 0, real.output
    assert check.changed_tasks("DB01") == real.changed_tasks("DB01")
    sent = changing_calls(lab)
    assert "Set-Mailbox" not in sent
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

    second = run_playbook(lab, **IN_PLACE)
    assert second.status == 0, second.output
    assert second.changed == 0, second.output
    assert "is finished" in second.output
    assert len(changing_calls(lab)) == len(sent)
    prove_nothing_lost(lab)
    rows = ledger(tmp_path)
    assert rows
    assert [row for row in rows if not row["final_state"]] == []
