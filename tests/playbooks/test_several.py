# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several databases and whole servers: one that stops holds nobody, and each has its line at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import changing_calls, lose, prove_nothing_lost

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
TOPOLOGY = str(Path(__file__).with_name("several.yml"))
FOLDER = r"E:\Restore\{{ dialtone_failed_database }}"
LATE = r"E:\Late\{{ dialtone_failed_database }}"


def summary(output: str) -> dict[str, str]:
    """The lines of the closing play: database -> how far it is."""
    closing = output.split("TASK [Say how far each recovery is]")[1].split("TASK [")[0]
    return dict(re.findall(r'"(\S+?): (.*)"', closing))


def lose_with_a_late_backup(lab: Lab, late: str, *databases: str) -> None:
    """As lose(), but the backup of one is not where the others' are."""
    lab.control.backup(late, LATE.replace("{{ dialtone_failed_database }}", late))
    lose(lab, *databases)
    for file in lab.control.files("MBX1", rf"E:\Restore\{late}"):
        lab.control.delete_file("MBX1", rf"E:\Restore\{late}\{file['name']}")


def test_a_failed_server_means_all_its_databases_and_one_that_stops_holds_nobody(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab(TOPOLOGY)
    lose_with_a_late_backup(lab, "DB02", "DB01", "DB02", "DB03")
    variables = {
        "dialtone_failed_server": "MBX1",
        "dialtone_failed_databases": ["DB03"],
        "dialtone_restore_folder": FOLDER,
        "dialtone_approve_swap": ["DB01", "DB02", "DB03"],
    }
    run = run_playbook(lab, **variables)
    assert run.status != 0
    lines = summary(run.output)
    assert list(lines) == ["DB03", "DB01", "DB02"], run.output
    assert lines["DB01"] == "finished, users live in DB01-DT"
    assert lines["DB03"] == "finished, users live in DB03-DT"
    assert lines["DB02"].startswith("stopped at 'Copy the restored files"), lines
    assert "1 of 3 recoveries stopped" in run.output
    assert lab.control.status()["databases"]["DB02-DT"]["mounted"]

    again = run_playbook(
        lab, **{**variables, "dialtone_failed_databases": [], "dialtone_restore_folder": LATE}
    )
    assert again.status == 0, again.output
    assert summary(again.output) == {"DB02": "finished, users live in DB02-DT"}
    assert "DB01: it was recovered, its users live in DB01-DT" in again.output

    sent = len(changing_calls(lab))
    nothing = run_playbook(lab, dialtone_failed_server="MBX1")
    assert (nothing.status, nothing.changed) == (0, 0), nothing.output
    assert "No database of MBX1 needs a recovery" in nothing.output
    assert len(changing_calls(lab)) == sent
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_databases_of_two_servers_recover_beside_each_other_and_one_stops(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab(TOPOLOGY)
    lose(lab, "DB01", "DB04")
    lab.control.set_service("MBX2", "MSExchangeRepl", False)
    variables = {
        "dialtone_failed_databases": ["DB04", "DB01"],
        "dialtone_restore_folder": FOLDER.replace("\\", "/"),  # no escapes to think of
        "dialtone_approve_swap": ["DB01", "DB04"],
    }
    run = run_playbook(lab, **variables)
    assert run.status != 0
    lines = summary(run.output)
    assert lines["DB01"] == "finished, users live in DB01-DT", run.output
    assert lines["DB04"].startswith("stopped at ") and "MSExchangeRepl" in lines["DB04"]

    lab.control.set_service("MBX2", "MSExchangeRepl", True)
    again = run_playbook(lab, **variables)
    assert again.status == 0, again.output
    assert "finished (run " in summary(again.output)["DB01"]
    assert summary(again.output)["DB04"] == "finished, users live in DB04-DT"
    prove_nothing_lost(lab)


def test_more_recoveries_than_forks_are_refused_with_the_remedy(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab(TOPOLOGY)
    lose(lab, "DB01", "DB02")
    run = run_playbook(lab, "--forks", "1", dialtone_failed_databases=["DB01", "DB02"])
    assert run.status != 0
    assert "--forks 2" in run.output
    assert changing_calls(lab) == []
