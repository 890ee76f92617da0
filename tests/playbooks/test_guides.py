# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook commands of the README and of the guides, each in the incident it is for, with --check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from commands import INCIDENT, PLAYBOOKS, READ_ONLY, Command
from incidents import changing_calls, lose, restore_folder

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
# What is bound to stop in these labs, and the word it says then: nobody has made this database.
STOPS = {"dialtone_adopt_database": "DTDB1"}


def _begin(make_lab: MakeLab, command: Command, given: dict[str, Any]) -> Lab:
    """A lab in which the command is needed; the backup lies where it says."""
    several = "DB02" in str(given.get("dialtone_failed_databases", ""))
    lab = make_lab("contoso" if several else "pair")
    if command.playbook in ("alternate_server", "stay_on_alternate"):
        folder = restore_folder("DB01")
        lab.control.send("all", 1)
        lab.control.backup("DB01", folder)
        lab.control.kill_server("MBX1", disks="kept")
        lab.control.copy_files("MBX1", folder, "MBX2", folder)
        lab.control.copy_files("MBX1", r"D:\Databases\DB01", "MBX2", r"E:\Logs")
        fs = lab.organisation.servers["MBX2"].fs
        for name in ("DB01.edb", "DB01.jfm", "E00.chk"):
            if fs.exists(rf"E:\Logs\{name}"):
                fs.delete(rf"E:\Logs\{name}")
        lab.control.copy_files("MBX2", r"E:\Logs", "MBX2", folder)
    elif command.playbook != "verify_environment":
        lose(lab, "DB01", *(["DB02"] if several else []))
    return lab


def _play(command: Command, make_lab: MakeLab, run_playbook: Callable) -> None:
    given = command.given
    lab = _begin(make_lab, command, given)
    arguments = [] if command.playbook in READ_ONLY else ["--check", "--diff"]
    run = run_playbook(lab, *arguments, playbook=command.playbook, **given)
    stop = next((word for name, word in STOPS.items() if name in given), None)
    assert (run.status != 0) == (stop is not None), run.output
    assert stop is None or stop in run.output
    assert changing_calls(lab) == []


@pytest.mark.parametrize("command", INCIDENT, ids=str)
def test_the_page_for_an_incident(
    command: Command, make_lab: MakeLab, run_playbook: Callable
) -> None:
    _play(command, make_lab, run_playbook)


@pytest.mark.thorough
@pytest.mark.parametrize("command", [c for c in PLAYBOOKS if c not in INCIDENT], ids=str)
def test_the_other_pages(command: Command, make_lab: MakeLab, run_playbook: Callable) -> None:
    _play(command, make_lab, run_playbook)
