# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation whose two sites learn from each other late; users who are deleted, created and held meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from incidents import lose, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab


@pytest.mark.thorough
def test_slow_replication_and_people_who_come_and_go(
    make_lab: Callable[..., Lab], run_playbook: Callable[..., Any]
) -> None:
    lab = make_lab("two_sites")
    control = lab.control
    lose(lab, "DB01")
    first = run_playbook(lab, dialtone_failed_databases=["DB01"])
    assert first.status == 0, first.output

    leaver = "Anna Albers"
    control.stop_mail_flow()
    control.add_mailbox("Nina Nowak", "DB01-DT")
    control.delete_mailbox(leaver)
    control.sleep(1000)  # until both sites know her: else mail for her bounces
    control.send("all", 1)
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    second = run_playbook(
        lab, dialtone_failed_databases=["DB01"], dialtone_restore_folder=restore_folder("DB01"),
        dialtone_approve_swap=["DB01"],
    )  # fmt: skip
    assert second.status == 0, second.output
    assert f"not merged: {leaver}" in second.output

    prove_nothing_lost(lab)
    audit = control.audit()
    assert {entry["mailbox"] for entry in audit["gone"]} == {leaver}
    assert audit["held_lost"] == []
    assert control.read("Nina Nowak")
    assert (
        lab.organisation.mailbox("Nina Nowak").database == lab.organisation.database("DB01-DT").guid
    )
