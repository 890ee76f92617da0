# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook stay_on_alternate with a database of a new name at its end, and a backup on a file share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import (
    lose_server_for_good,
    prove_nothing_lost,
    restore_folder,
    run_as_predicted,
    run_stage,
)

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
PLAYBOOK = "stay_on_alternate"
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_alternate_server": "MBX2",
    "dialtone_restore_folder": "//backup/exchange/{{ dialtone_failed_database }}",
    "dialtone_approve_swap": ["DB01"],
    "dialtone_final_database": "DB01N",
}


def lose_server_with_share(lab: Lab) -> None:
    """As lose_server_for_good(), but the backup is on a share that lets nobody in but MBX2 itself."""
    lose_server_for_good(lab)
    lab.control.add_share(r"\\backup\exchange", ["MBX2$"])
    lab.control.copy_to_share("MBX2", restore_folder("DB01"), r"\\backup\exchange\DB01")
    fs = lab.organisation.servers["MBX2"].fs
    fs.rmdir(restore_folder("DB01"), recurse=True)


def prove_it_is_over(lab: Lab, evidence: Path) -> None:
    """Everyone lives in DB01N, nothing is left over but the failed object."""
    status = lab.control.status()["databases"]
    assert set(status) == {"DB01", "DB01N", "DB02"}
    assert status["DB01N"]["mounted"] and status["DB01N"]["server"] == "MBX2"
    assert status["DB01"]["mailboxes"] == status["DB01"]["archives"] == 0
    ledger = json.loads((evidence / "DB01" / "ledger.json").read_text("utf-8"))
    assert [row for row in ledger["rows"] if not row["final_state"]] == []
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_users_end_in_a_database_with_a_new_name(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("pair")
    lose_server_with_share(lab)
    options = {"playbook": PLAYBOOK, **ALL}
    # who comes later need not know the name
    later = {name: value for name, value in options.items() if name != "dialtone_final_database"}
    check, _first, second = run_as_predicted(run_playbook, lab, later=later, **options)
    assert "as PAIR\\\\MBX2$" in check.output
    assert "users live in DB01N" in second.output.replace("its users live in\n", "users live in ")
    prove_it_is_over(lab, tmp_path / "evidence")


@pytest.mark.thorough
def test_each_run_to_a_new_name_goes_on_where_the_last_one_stopped(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("pair")
    lose_server_with_share(lab)
    for stage in ("preflight", "dial_tone", "restore", "swap", "merge", "close"):
        arguments = {"playbook": PLAYBOOK, **ALL, "dialtone_until": stage}
        _check, run = run_stage(run_playbook, lab, **arguments)
        assert (run.changed > 0) == (stage != "preflight"), run.output
        again = run_playbook(lab, **arguments)
        assert again.status == 0 and again.changed == 0, again.output
    prove_it_is_over(lab, tmp_path / "evidence")
