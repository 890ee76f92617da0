# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repaired file as the source of the merge: the users stay in the dial tone database, in whole playbooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import (
    FAULTS,
    account,
    changing_calls,
    lose,
    restore_folder,
    run_as_predicted,
)
from repaired import repair

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ONE = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],  # approves no merge of this kind
}
APPROVED = {**ONE, "dialtone_approve_merge": ["DB01"]}
NOT_BROUGHT_BACK = ("permissions_lost", "hidden_lost")
SWAPS = {"Move-DatabasePath", "Update-MailboxDatabaseCopy"}


def prove_only_mail_came_back(lab: Lab) -> None:
    """Every message ever accepted is there exactly once; what a merge never copies is not."""
    audit = account(lab)
    assert audit["accepted"] > 0
    faults = {name: audit[name][:3] for name in FAULTS if audit[name]}
    assert not set(faults) - set(NOT_BROUGHT_BACK), faults
    assert audit["found"] + audit["deleted"] >= audit["accepted"]


def prove_the_ledger_says_so(tmp_path: Path) -> None:
    path = tmp_path / "evidence" / "DB01" / "ledger.json"
    rows = json.loads(path.read_text("utf-8"))["rows"]
    assert [row for row in rows if not row["final_state"]] == []
    merged = [row for row in rows if row["final_state"] == "merged"]
    assert merged
    assert all("folder permissions" in row["note"] for row in merged)


@pytest.mark.thorough
def test_a_repaired_file_waits_for_a_word_of_its_own_and_is_merged_without_a_swap(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    repair(lab, restore_folder("DB01"), logs=r"D:\Databases\DB01")

    waits = run_playbook(lab, **ONE)
    assert waits.status == 0, waits.output
    assert "was repaired 1 times (eseutil /p)" in waits.output
    assert "Not copied are folder permissions" in waits.output
    assert "waits for dialtone_approve_merge" in waits.output
    assert "New-MailboxRestoreRequest" not in changing_calls(lab)

    insists = run_playbook(lab, **ONE, dialtone_merge_direction="dial_tone_into_old")
    assert insists.status != 0
    assert "dialtone_merge_direction: auto" in insists.output, insists.output

    _check, real, again = run_as_predicted(run_playbook, lab, **APPROVED)
    assert "is finished" in again.output
    assert "Not brought back for these mailboxes" in real.output
    moved = {call["name"] for call in lab.control.calls(changing=True)} & SWAPS
    assert not moved
    status = lab.control.status()["databases"]
    assert status["DB01-DT"]["mounted"] and not status["DB01"]["mounted"]
    prove_only_mail_came_back(lab)
    prove_the_ledger_says_so(tmp_path)


@pytest.mark.thorough
def test_in_place_stage_by_stage(make_lab: MakeLab, run_playbook: Callable, tmp_path: Path) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    repair(lab, restore_folder("DB01"), logs=r"D:\Databases\DB01")
    own = {**ONE, "dialtone_method": "in_place", "dialtone_merge_direction": "old_into_dial_tone"}
    for stage in ("dial_tone", "restore", "swap", "merge", "close"):
        check = run_playbook(lab, "--check", **own, dialtone_until=stage)
        real = run_playbook(lab, **own, dialtone_until=stage)
        assert real.status == 0, real.output
        assert check.changed_tasks("DB01") == real.changed_tasks("DB01"), stage
        again = run_playbook(lab, **own, dialtone_until=stage)
        assert again.status == 0 and again.changed == 0, again.output
    prove_only_mail_came_back(lab)
    prove_the_ledger_says_so(tmp_path)


@pytest.mark.thorough
def test_on_the_alternate_server_where_the_users_stay(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("pair")
    control, folder = lab.control, restore_folder("DB01")
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    control.backup("DB01", folder)
    control.send("all", 2)
    control.kill_server("MBX1", disks="kept", mark="failure")
    control.copy_files("MBX1", folder, "MBX2", folder)
    control.copy_files("MBX1", r"D:\Databases\DB01", "MBX2", r"E:\Survived")
    repair(lab, folder, server="MBX2", logs=r"E:\Survived")
    there = {**APPROVED, "dialtone_alternate_server": "MBX2"}
    before = changing_calls(lab)  # the admin's own

    home = run_playbook(
        lab, playbook="alternate_server", **there, dialtone_merge_direction="old_into_dial_tone"
    )
    assert home.status != 0
    assert "Run the playbook stay_on_alternate" in home.output, home.output
    assert changing_calls(lab) == before

    check = run_playbook(lab, "--check", playbook="stay_on_alternate", **there)
    assert check.status == 0, check.output
    real = run_playbook(lab, playbook="stay_on_alternate", **there)
    assert real.status == 0, real.output
    assert check.changed_tasks("DB01") == real.changed_tasks("DB01")
    again = run_playbook(lab, playbook="stay_on_alternate", **there)
    assert again.status == 0 and again.changed == 0, again.output
    prove_only_mail_came_back(lab)
    prove_the_ledger_says_so(tmp_path)
