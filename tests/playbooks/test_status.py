# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook status: how far each recovery is, where its users are, what waits for whom; it only reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]


def look(
    run_playbook: Callable, lab: Lab, *words: str, status: int = 0, **variables: object
) -> None:
    """Run it on an empty controller; it must say `words` and send nothing that changes."""
    sent = len(changing_calls(lab))
    run = run_playbook(lab, playbook="status", evidence="nowhere", **variables)
    assert (run.status != 0) == (status != 0), run.output
    assert run.changed == 0
    assert len(changing_calls(lab)) == sent
    for word in words:
        assert word in run.output, run.output


def test_before_anybody_has_begun(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    given = {"dialtone_failed_databases": "DB01\nDB02"}  # as a survey gives it
    look(
        run_playbook,
        lab,
        "DB01: stage new; users are in DB01, which is not mounted; waits for somebody to start a recovery",
        "DB02: stage new; users are in DB02, which is mounted",
        **given,
    )
    look(
        run_playbook, lab, "should have come to dial_tone", status=2, dialtone_expected_stage="dial_tone", **given
    )  # fmt: skip
    look(run_playbook, lab, "dialtone_failed_databases=DB01", status=2)


@pytest.mark.thorough
def test_on_the_way_to_the_alternate_server_and_home(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("pair")
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    control.backup("DB01", restore_folder("DB01"))
    control.kill_server("MBX1", disks="kept")
    first = {"dialtone_failed_databases": "DB01", "dialtone_alternate_server": "MBX2"}
    every = {
        **first,
        "dialtone_restore_folder": restore_folder("DB01"),
        "dialtone_approve_swap": "DB01",
    }

    def recover(**variables: object) -> None:
        run = run_playbook(lab, playbook="alternate_server", **variables)
        assert run.status == 0, run.output

    look(run_playbook, lab, "DB01: stage new; users are in DB01, which is not mounted", **first)
    recover(**first)
    look(
        run_playbook,
        lab,
        "stage dial_tone; users are in DB01-DT",
        "mbx1.pair.lab does not answer",
        **first,
    )
    control.rebuild_server("MBX1", disks="kept")
    recover(**{**every, "dialtone_until": "restore"})
    look(
        run_playbook,
        lab,
        "stage restored; users are in DB01-DT",
        "dialtone_approve_swap=DB01",
        **first,
    )
    recover(**{**every, "dialtone_until": "swap"})
    look(run_playbook, lab, "stage swapped; users are in DB01, with their old mail", **first)
    recover(**every)
    look(
        run_playbook, lab, "stage closed; users are in DB01, with all their mail", dialtone_expected_stage="closed", **first
    )  # fmt: skip
    prove_nothing_lost(lab)
