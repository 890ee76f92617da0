# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents on a lab, and the proof at the end of every playbook test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exchange_lab.lab import Lab

FAULTS = (
    "lost", "doubled", "bounced", "queued", "unreadable_lost",
    "permissions_lost", "hidden_lost", "hidden_doubled", "unreachable", "held_lost",
)  # fmt: skip


def restore_folder(database: str) -> str:
    """Where the backup software of these tests restores a database to."""
    return rf"E:\Restore\{database}"


def lose(lab: Lab, *databases: str, how: str = "destroy_edb") -> None:
    """Mail, a backup, more mail, and each database is gone."""
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    for database in databases:
        control.backup(database, restore_folder(database))
    control.send("all", 2)
    for database in databases:
        control.break_database(database, how)
    control.mark("failure")


def lose_server(lab: Lab) -> None:
    """Mail, a backup, more mail, and MBX1 is gone; its disks survived."""
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    control.backup("DB01", restore_folder("DB01"))
    control.send("all", 2)
    control.kill_server("MBX1", disks="kept", mark="failure")


def lose_server_for_good(lab: Lab) -> None:
    """As lose_server(); the backup, and the logs up to the server's last moment, are in the same folder of MBX2."""
    lose_server(lab)
    control, folder, survived = lab.control, restore_folder("DB01"), r"E:\Survived"
    control.copy_files("MBX1", folder, "MBX2", folder)
    control.copy_files("MBX1", r"D:\Databases\DB01", "MBX2", survived)
    for file in control.files("MBX2", survived):
        if not file["name"].endswith(".log"):
            control.delete_file("MBX2", rf"{survived}\{file['name']}")
    control.copy_files("MBX2", survived, "MBX2", folder)


def account(lab: Lab) -> dict[str, Any]:
    """Stop the mail, deliver what waits, and compare every message with the mailboxes."""
    lab.control.stop_mail_flow()
    lab.control.drain()
    return lab.control.audit()


def prove_nothing_lost(lab: Lab) -> None:
    """Every message ever accepted is in the right mailbox exactly once."""
    audit = account(lab)
    assert audit["accepted"] > 0
    faults = {name: audit[name][:3] for name in FAULTS if audit[name]}
    assert not faults, faults
    assert audit["found"] + audit["deleted"] >= audit["accepted"]


def is_sign(kind: str, arguments: object) -> bool:
    """Whether a call is about the sign that a run is at work, which comes, is renewed and goes with each run."""
    return kind == "program" and "\\\\claim" in str(arguments)


def changing_calls(lab: Lab) -> list[str]:
    """Names of the calls so far that could change something; the sign that a run is at work is none."""
    calls = lab.control.calls(changing=True)
    return [call["name"] for call in calls if not is_sign(call["kind"], call["parameters"])]


def run_stage(run_playbook: Callable[..., Any], lab: Lab, **options: Any) -> tuple[Any, Any]:
    """Check mode, which sends nothing that changes, and the run, which changes in DB01 what was predicted."""
    before = changing_calls(lab)
    check = run_playbook(lab, "--check", "--diff", **options)
    assert check.status == 0, check.output
    assert changing_calls(lab) == before
    run = run_playbook(lab, **options)
    assert run.status == 0, run.output
    predicted, changed = check.changed_tasks("DB01"), run.changed_tasks("DB01")
    assert predicted == changed, (predicted, changed)
    return check, run


def run_as_predicted(
    run_playbook: Callable[..., Any],
    lab: Lab,
    *,
    later: Mapping[str, object] | None = None,
    **options: Any,
) -> list[Any]:
    """A recovery of DB01 in three runs: check mode, which sends nothing that changes; the run, which changes what was
    predicted; and another one, which changes nothing. later: what the last one is told instead of `options`."""
    check, first = run_stage(run_playbook, lab, **options)
    sent = len(changing_calls(lab))
    second = run_playbook(lab, **(options if later is None else later))
    assert second.status == 0 and second.changed == 0, second.output
    assert len(changing_calls(lab)) == sent
    return [check, first, second]
