# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents on a lab, and the proof at the end of every playbook test."""

from __future__ import annotations

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


def changing_calls(lab: Lab) -> list[str]:
    """Names of the calls so far that could change something; the sign that a run is at work is none."""
    return [
        call["name"]
        for call in lab.control.calls(changing=True)
        if not (call["kind"] == "program" and "\\\\claim" in str(call["parameters"]))
    ]
