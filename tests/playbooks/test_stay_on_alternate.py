# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook stay_on_alternate, whole, on a lab with two servers of which one dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import (
    changing_calls,
    lose_server_for_good,
    prove_nothing_lost,
    run_as_predicted,
    run_stage,
)

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_alternate_server": "MBX2",
    "dialtone_restore_folder": r"E:\Restore\{{ dialtone_failed_database }}",
    "dialtone_approve_swap": ["DB01"],
}
PLAYBOOK = "stay_on_alternate"


def test_recovers_on_the_alternate_server_and_a_second_run_changes_nothing(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("pair")
    lose_server_for_good(lab)
    _check, _first, second = run_as_predicted(run_playbook, lab, playbook=PLAYBOOK, **ALL)
    assert "is finished" in second.output

    status = lab.control.status()["databases"]
    assert status["DB01-DT"]["mounted"]
    assert status["DB01"]["mailboxes"] == status["DB01"]["archives"] == 0
    ledger = json.loads((tmp_path / "evidence" / "DB01" / "ledger.json").read_text("utf-8"))
    assert [row for row in ledger["rows"] if not row["final_state"]] == []
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_each_run_goes_on_where_the_last_one_stopped(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("pair")
    lose_server_for_good(lab)
    for number, stage in enumerate(("preflight", "dial_tone", "restore", "swap", "merge", "close")):
        arguments = {"evidence": f"controller-{number}", **ALL, "dialtone_until": stage}
        _check, run = run_stage(run_playbook, lab, playbook=PLAYBOOK, **arguments)
        assert (run.changed > 0) == (stage != "preflight"), run.output
    prove_nothing_lost(lab)


def test_limits_of_the_admin_stop_it_before_anything_changes(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("pair")
    lose_server_for_good(lab)
    for variables, word in (
        ({"dialtone_max_mailboxes": 5}, "dialtone_max_mailboxes"),
        ({"dialtone_alternate_server": "MBX9"}, "MBX9"),
        ({"dialtone_alternate_server": "MBX1"}, "can not be reached"),
        ({"dialtone_failed_databases": ["DB99"]}, "DB99"),
    ):
        run = run_playbook(lab, playbook=PLAYBOOK, **{**ALL, **variables})
        assert run.status != 0, run.output
        assert word in run.output, run.output
        assert run.changed == 0
    assert changing_calls(lab) == []


def test_a_database_that_is_mounted_is_left_alone(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("pair")
    run = run_playbook(lab, playbook=PLAYBOOK, **ALL)
    assert run.status != 0
    assert "is mounted" in run.output
    assert changing_calls(lab) == []


@pytest.mark.thorough
def test_the_database_takes_over_the_name_of_the_one_that_is_gone(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("pair")
    lose_server_for_good(lab)
    options = {
        **ALL,
        "dialtone_final_name": "original",
        "dialtone_retire_failed_database": True,
    }
    run = run_playbook(lab, playbook=PLAYBOOK, **options)
    assert run.status == 0, run.output
    status = lab.control.status()["databases"]
    assert status["DB01"]["mounted"]
    assert status["DB01"]["server"] == "MBX2"
    assert "DB01-DT" not in status
    again = run_playbook(lab, playbook=PLAYBOOK, **options)
    assert again.status == 0, again.output
    assert again.changed == 0, again.output
    prove_nothing_lost(lab)
