# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook alternate_server for a whole server in two sites: archives elsewhere, public folders, logs on another volume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from incidents import changing_calls, prove_nothing_lost, restore_folder

from exchange_lab import topology
from exchange_lab.lab import Lab

ALL = {
    "dialtone_failed_server": "MBX1",
    "dialtone_alternate_server": "MBX2",
    "dialtone_restore_folder": r"E:\Restore\{{ dialtone_failed_database }}",
    "dialtone_approve_swap": ["DB01", "DB02"],
}
FIRST = {key: ALL[key] for key in ("dialtone_failed_server", "dialtone_alternate_server")}
LOGS = r"E:\Logs\DB02"


@pytest.fixture
def two_sites(make_lab: Callable[..., Lab], tmp_path: Path) -> Lab:
    """The topology of this name, but the logs of DB02 are on a volume of their own."""
    path = topology.TOPOLOGIES / "two_sites.yml"
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(d for d in data["databases"] if d["name"] == "DB02")["logs"] = LOGS
    own = tmp_path / "two_sites.yml"
    own.write_text(yaml.safe_dump(data), encoding="utf-8")
    return make_lab(str(own))


def on(lab: Lab, database: str) -> set[str]:
    """Who lives there: names of mailboxes of all kinds, and "archive of ..."."""
    control = lab.control
    found = set()
    for switch in ("", "Arbitration", "PublicFolder"):
        options = {switch: True} if switch else {}
        rows = control.run_cmdlet(
            "Get-Mailbox", {"Database": database, "ResultSize": "Unlimited", **options}
        )
        found |= {str(row["Name"]) for row in rows}
    rows = control.run_cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"})
    return found | {
        f"archive of {row['Name']}" for row in rows if str(row["ArchiveDatabase"]) == database
    }


@pytest.mark.thorough
def test_a_server_with_two_databases_comes_home(two_sites: Lab, run_playbook: Callable) -> None:
    lab, control = two_sites, two_sites.control
    before = {name: on(lab, name) for name in ("DB01", "DB02", "DB03", "DB05")}
    assert any(name.startswith("PublicFolder") for name in before["DB02"])
    control.start_mail_flow(messages_per_hour_per_mailbox=2)
    for name in ("DB01", "DB02"):
        control.backup(name, restore_folder(name))
    control.send("all", 2)
    control.kill_server("MBX1")
    first = run_playbook(lab, playbook="alternate_server", **FIRST)
    assert first.status == 0, first.output
    left = {name for name in before["DB02"] if name.startswith("PublicFolder")}
    assert on(lab, "DB02") == left  # an empty hierarchy would confuse everybody
    assert on(lab, "DB01") == set()
    assert on(lab, "DB01-DT") == before["DB01"]

    control.rebuild_server("MBX1")
    run = run_playbook(lab, playbook="alternate_server", **ALL)
    assert run.status == 0, run.output
    assert {name: on(lab, name) for name in before} == before
    control.sleep(1000)  # until both sites know
    status = control.status()["databases"]
    assert set(status) == {"DB01", "DB02", "DB03", "DB05"}
    assert status["DB02"]["mounted"] and status["DB02"]["logs"] == LOGS
    # what was in the log folder is kept, and the new stream is there
    assert any(file["name"].startswith("E0") for file in control.files("MBX1", LOGS))
    sent = len(changing_calls(lab))
    again = run_playbook(lab, playbook="alternate_server", **ALL)
    assert again.status == 0 and again.changed == 0, again.output
    assert len(changing_calls(lab)) == sent
    prove_nothing_lost(lab)
