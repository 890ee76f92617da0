# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook same_server, whole, on a lab; every recovery ends with the account of all messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": r"E:\Restore\{{ dialtone_failed_database }}",
    "dialtone_approve_swap": ["DB01"],
}


def test_recovers_a_database_and_a_second_run_changes_nothing(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    first = run_playbook(lab, **ALL)
    assert first.status == 0, first.output
    assert first.changed > 5
    sent = len(changing_calls(lab))

    second = run_playbook(lab, **ALL)
    assert second.status == 0, second.output
    assert second.changed == 0, second.output
    assert "is finished" in second.output
    assert len(changing_calls(lab)) == sent
    prove_nothing_lost(lab)

    ledger = json.loads((tmp_path / "evidence" / "DB01" / "ledger.json").read_text("utf-8"))
    assert ledger["rows"]
    assert [row for row in ledger["rows"] if not row["final_state"]] == []
    assert lab.control.sessions()["open"] == 0
    journal = (tmp_path / "evidence" / "DB01" / "journal.jsonl").read_text("utf-8").splitlines()
    assert all(json.loads(line)["time"] for line in journal)
    assert lab.administrator.password not in "\n".join(journal) + first.output + second.output


def test_check_mode_sends_nothing_that_changes_and_predicts_the_real_run(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    check = run_playbook(lab, "--check", "--diff", **ALL)
    assert check.status == 0, check.output
    assert changing_calls(lab) == []
    assert "DB01-DT" in check.output

    real = run_playbook(lab, **ALL)
    assert real.status == 0, real.output
    assert check.changed_tasks("DB01") == real.changed_tasks("DB01")
    prove_nothing_lost(lab)


def test_a_healthy_database_is_left_alone(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny")
    for arguments in (["--check"], []):
        run = run_playbook(lab, *arguments, **ALL)
        assert run.status != 0
        assert "is mounted" in run.output
        assert run.changed == 0
    assert changing_calls(lab) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    "stages",
    [
        ("preflight", "dial_tone", "swap", "close"),
        ("preflight", "dial_tone", "restore", "swap", "merge", "close"),
    ],
    ids=["some", "each"],
)
def test_each_run_goes_on_where_the_last_one_stopped(
    make_lab: MakeLab, run_playbook: Callable, stages: tuple[str, ...]
) -> None:
    """Stage by stage, each from a controller that knows nothing of the runs before."""
    lab = make_lab("tiny")
    lose(lab, "DB01")
    for number, stage in enumerate(stages):
        run = run_playbook(lab, evidence=f"controller-{number}", **ALL, dialtone_until=stage)
        assert run.status == 0, run.output
        assert (run.changed > 0) == (stage != "preflight"), run.output
        again = run_playbook(lab, evidence=f"controller-{number}", **ALL, dialtone_until=stage)
        assert again.status == 0, again.output
        assert again.changed == 0, again.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_it_waits_for_the_files_and_for_the_approval(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, dialtone_failed_databases=["DB01"])
    assert run.status == 0, run.output
    assert "dialtone_restore_folder" in run.output
    run = run_playbook(
        lab, dialtone_failed_databases=["DB01"], dialtone_restore_folder=restore_folder("DB01")
    )
    assert run.status == 0, run.output
    assert "dialtone_approve_swap=DB01" in run.output
    assert lab.control.status()["databases"]["DB01-DT"]["mounted"]
    run = run_playbook(lab, **ALL)
    assert run.status == 0, run.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_two_databases_of_one_server_in_one_run(make_lab: MakeLab, run_playbook: Callable) -> None:
    """They take turns at the one recovery database a server may mount."""
    lab = make_lab("tiny")
    lose(lab, "DB01", "DB02")
    run = run_playbook(
        lab,
        dialtone_failed_databases=["DB01", "DB02"],
        dialtone_restore_folder=r"E:\Restore\{{ dialtone_failed_database }}",
        dialtone_approve_swap=["DB01", "DB02"],
    )
    assert run.status == 0, run.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_what_waits_for_the_old_files_comes_back_with_the_swap(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    """Archives that were left, and a public folder mailbox, are in the ledger and in production."""
    lab = make_lab("tiny")
    lab.control.add_mailbox("Public Folders", "DB01", kind="public_folder")
    lab.control.sleep(60)
    lose(lab, "DB01")
    variables = {**ALL, "dialtone_archives": "leave"}
    check = run_playbook(lab, "--check", **variables)
    run = run_playbook(lab, **variables)
    assert run.status == 0, run.output
    assert check.changed_tasks("DB01") == run.changed_tasks("DB01")
    hosted = lab.control.status()["databases"]
    assert hosted["DB01"]["mailboxes"] == hosted["DB01"]["archives"] == 0
    assert hosted["DB01-DT"]["archives"] == 1
    ledger = json.loads((tmp_path / "evidence" / "DB01" / "ledger.json").read_text("utf-8"))
    assert "Public Folders" in {row["display_name"] for row in ledger["rows"]}
    assert [row for row in ledger["rows"] if not row["final_state"]] == []
    prove_nothing_lost(lab)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"dialtone_failed_databases": ["DB99"]}, ["DB99"]),
        ({"dialtone_failed_databases": [" "]}, ["name"]),
        ({"dialtone_failed_databases": ["x" * 65]}, ["64"]),
        ({"dialtone_failed_databases": ["DB01"], "dialtone_recovery_root": "D:\\"}, ["root"]),
        (
            {"dialtone_failed_databases": ["DB01"], "dialtone_recovery_root": r"\\mbx2\d$\x"},
            ["network"],
        ),
        (
            {"dialtone_failed_databases": ["DB01"], "dialtone_recovery_root": r"DialTone"},
            ["absolute"],
        ),
        ({"dialtone_failed_databases": ["DB01"], "dialtone_database_name": "DB02"}, ["DB02"]),
        ({"dialtone_failed_databases": ["DB01"], "dialtone_until": "tomorrow"}, ["dialtone_until"]),
        ({}, ["dialtone_failed_databases"]),
    ],
    ids=["unknown", "blank", "long", "root", "unc", "relative", "taken", "stage", "none"],
)
def test_bad_input_is_refused_before_anything_changes(
    make_lab: MakeLab, run_playbook: Callable, variables: dict, words: list[str]
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, **variables)
    assert run.status != 0
    assert changing_calls(lab) == []
    for word in words:
        assert word in run.output, run.output
