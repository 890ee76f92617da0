# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook alternate_server, whole, on a lab: a server dies, is rebuilt days later, and all go home."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import changing_calls, lose_server, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
DAY = 86400.0
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_alternate_server": "MBX2",
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}
FIRST = {key: ALL[key] for key in ("dialtone_failed_databases", "dialtone_alternate_server")}


@pytest.fixture
def alternate(run_playbook: Callable) -> Callable:
    return functools.partial(run_playbook, playbook="alternate_server")


def lose_server_and_disks(lab: Lab) -> None:
    """Mail, a backup, and all of MBX1 is gone; the backup software has its own disks."""
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    control.backup("DB01", restore_folder("DB01"))
    control.copy_files("MBX1", restore_folder("DB01"), "MBX2", r"E:\Vault")
    control.kill_server("MBX1", disks="lost")


def rebuild(lab: Lab, disks: str = "kept") -> None:
    """The server is back under its name, and so is the backup."""
    lab.control.rebuild_server("MBX1", disks=disks)
    if disks == "lost":
        lab.control.copy_files("MBX2", r"E:\Vault", "MBX1", restore_folder("DB01"))


def pass_days(lab: Lab, days: float) -> None:
    """Days go by at once; what was due in them happens late."""
    clock = lab.organisation.clock
    clock._origin -= days * DAY / clock.speed
    lab.control.sleep(60)


def homes(lab: Lab) -> set[str]:
    rows = lab.control.run_cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"})
    archives = {str(row["ArchiveDatabase"]) for row in rows if row["ArchiveDatabase"]}
    return {str(row["Database"]) for row in rows} | archives


def test_its_variables_may_be_in_the_inventory(
    make_lab: MakeLab, alternate: Callable, tmp_path: Path
) -> None:
    """Who is asked first, while the other server is dead, is read from there, too."""
    lab = make_lab("pair")
    lose_server(lab)
    inventory = tmp_path / "variables.yml"
    inventory.write_text(json.dumps({"all": {"vars": FIRST}}), "utf-8")
    run = alternate(lab, "-i", str(inventory), "--check")
    assert run.status == 0, run.output
    assert "DB01-DT" in run.output

    run = alternate(lab, "-i", str(inventory), dialtone_alternate_server="MBX9")
    assert run.status != 0
    assert "no host of the name MBX9" in run.output
    assert changing_calls(lab) == []


def test_there_and_back_with_days_in_between(
    make_lab: MakeLab, alternate: Callable, tmp_path: Path
) -> None:
    """One command, again and again: it stops cleanly while the server is away, and while the files or
    the approval are missing, and ends with everybody home and nothing lost."""
    lab = make_lab("pair")
    lose_server(lab)
    run = alternate(lab, **FIRST)
    assert run.status == 0, run.output
    assert "RecoverServer" in run.output
    assert homes(lab) == {"DB01-DT", "DB02"}
    lab.control.add_mailbox("newcomer", "DB01-DT")
    lab.control.sleep(300)
    lab.control.stop_mail_flow()
    pass_days(lab, 3)

    sent = len(changing_calls(lab))
    again = alternate(lab, **ALL)  # still away
    assert again.status == 0 and again.changed == 0, again.output
    assert len(changing_calls(lab)) == sent

    rebuild(lab)
    assert not lab.control.status()["databases"]["DB01"]["mounted"]
    waits = alternate(lab, **FIRST)
    assert waits.status == 0 and waits.changed == 0, waits.output
    assert "dialtone_restore_folder" in waits.output
    lab.control.start_mail_flow(messages_per_hour_per_mailbox=4)

    run = alternate(lab, **{**ALL, "dialtone_approve_swap": []})
    assert run.status == 0, run.output
    assert "waits for approval" in run.output
    assert homes(lab) == {"DB01-DT", "DB02"}
    again = alternate(lab, **{**ALL, "dialtone_approve_swap": []})
    assert again.status == 0 and again.changed == 0, again.output

    run = alternate(lab, evidence="another-controller", **ALL)
    assert run.status == 0, run.output
    assert homes(lab) == {"DB01", "DB02"}
    (home,) = lab.control.run_cmdlet("Get-MailboxDatabase", {"Identity": "DB01", "Status": True})
    assert home["Mounted"] and home["MountAtStartup"] and not home["AllowFileRestore"]
    names = {row["Name"] for row in lab.control.run_cmdlet("Get-MailboxDatabase")}
    assert names == {"DB01", "DB02"}
    sent = len(changing_calls(lab))
    again = alternate(lab, **ALL)
    assert again.status == 0 and again.changed == 0, again.output
    assert "is finished" in again.output
    assert len(changing_calls(lab)) == sent
    prove_nothing_lost(lab)
    ledger = json.loads(
        (tmp_path / "another-controller" / "DB01" / "ledger.json").read_text("utf-8")
    )
    assert ledger["rows"]
    assert [row for row in ledger["rows"] if not row["final_state"]] == []
    assert lab.control.sessions()["open"] == 0


@pytest.mark.thorough
def test_each_stage_is_predicted_and_done_once(make_lab: MakeLab, alternate: Callable) -> None:
    """At each state on the way: check mode names what the run will change, and a second run changes nothing."""
    lab = make_lab("pair")
    lose_server(lab)
    for stage in ("dial_tone", "restore", "swap", "merge", "close"):
        if stage == "restore":
            rebuild(lab)
        options = {**ALL, "dialtone_until": stage}
        sent = len(changing_calls(lab))
        check = alternate(lab, "--check", "--diff", **options)
        assert check.status == 0, check.output
        assert len(changing_calls(lab)) == sent
        run = alternate(lab, **options)
        assert run.status == 0 and run.changed > 0, run.output
        assert check.changed_tasks("DB01") == run.changed_tasks("DB01"), stage
        sent = len(changing_calls(lab))
        again = alternate(lab, **options)
        assert again.status == 0 and again.changed == 0, (stage, again.output)
        # mail that waits is sent on by every run; else Exchange is told nothing
        told = changing_calls(lab)[sent:]
        assert set(told) <= {"Retry-Queue"}, stage
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_check_mode_predicts_each_half(make_lab: MakeLab, alternate: Callable) -> None:
    lab = make_lab("pair")
    lose_server(lab)
    for prepare in (lambda: None, lambda: rebuild(lab)):
        prepare()
        sent = len(changing_calls(lab))
        check = alternate(lab, "--check", "--diff", **ALL)
        assert check.status == 0, check.output
        assert len(changing_calls(lab)) == sent
        real = alternate(lab, **ALL)
        assert real.status == 0, real.output
        assert check.changed_tasks("DB01") == real.changed_tasks("DB01")
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_stage_by_stage_after_all_disks_were_lost(make_lab: MakeLab, alternate: Callable) -> None:
    """The mail until the backup is all there is; users go home one by one."""
    lab = make_lab("pair")
    lose_server_and_disks(lab)
    options = {**ALL, "dialtone_move_one_by_one": True}
    for stage in ("preflight", "dial_tone", "restore", "swap", "merge", "close"):
        if stage == "restore":
            rebuild(lab, disks="lost")
        run = alternate(lab, **options, dialtone_until=stage)
        assert run.status == 0, run.output
        assert (run.changed > 0) == (stage != "preflight"), run.output
        again = alternate(lab, **options, dialtone_until=stage)
        assert again.status == 0 and again.changed == 0, again.output
    assert homes(lab) == {"DB01", "DB02"}
    lab.control.stop_mail_flow()
    lab.control.drain()
    audit = lab.control.audit()
    assert audit["doubled"] == audit["bounced"] == []


def test_the_original_server_that_lives_is_left_alone(
    make_lab: MakeLab, alternate: Callable
) -> None:
    lab = make_lab("pair")
    run = alternate(lab, **FIRST)
    assert run.status != 0
    assert "is mounted" in run.output
    assert changing_calls(lab) == []
