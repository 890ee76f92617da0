# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the roles' README, one after the other: together they are a recovery."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_fork import AnsibleFork, count_changes
from incidents import lose, lose_server, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab

STAGES = ("preflight", "dial_tone", "clients", "restore", "swap", "merge", "close")
ROOT = Path(__file__).resolve().parents[2]
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _example(role: str) -> str:
    found = _EXAMPLE.search((ROOT / "roles" / role / "README.md").read_text("utf-8"))
    assert found, role
    return found[1]


class Examples:
    """A controller that plays examples in a lab. dialtone_server is that of the failed database."""

    def __init__(self, lab: Lab, ansible: AnsibleFork, folder: Path, **variables: str) -> None:
        self._ansible, self._folder = ansible, folder
        lab.write_inventory(folder / "inventory.yml")
        self._variables = {
            "dialtone_server": lab.organisation.servers["MBX1"].fqdn,
            "dialtone_evidence_folder": str(folder / "evidence"),
            **variables,
        }

    def play(self, role: str) -> None:
        """Play it, and once more, which changes nothing."""
        for again in (False, True):
            output = self._play(role)
            assert not (again and count_changes(output)), output

    def _play(self, role: str) -> str:
        play = self._folder / f"{role}.yml"
        play.write_text(_example(role), "utf-8")
        inventory = str(self._folder / "inventory.yml")
        command = [str(play), "-i", inventory, "-e", json.dumps(self._variables)]
        status, output = self._ansible.run(command, self._folder)
        assert status == 0, output
        return output


@pytest.mark.thorough
def test_together_they_are_a_recovery(
    make_lab: Callable[..., Lab], ansible: AnsibleFork, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    examples = Examples(lab, ansible, tmp_path)
    for role in STAGES:
        examples.play(role)
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_everyone_comes_home(
    make_lab: Callable[..., Lab], run_playbook: Callable[..., Any], ansible: AnsibleFork, tmp_path: Path
) -> None:
    """The role home between the two halves of the playbook that has the other roles, too."""
    lab = make_lab("pair")
    lose_server(lab)
    option = {
        "playbook": "alternate_server",
        "dialtone_failed_databases": ["DB01"],
        "dialtone_alternate_server": "MBX2",
    }
    first = run_playbook(lab, **option)
    assert first.status == 0, first.output
    lab.control.rebuild_server("MBX1")
    host = lab.organisation.servers["MBX2"].fqdn
    examples = Examples(lab, ansible, tmp_path, dialtone_alternate_host=host)
    examples.play("home")
    assert lab.control.status()["databases"]["DB01"]["mailboxes"] > 0
    last = run_playbook(lab, **option, dialtone_restore_folder=restore_folder("DB01"))
    assert last.status == 0, last.output
    prove_nothing_lost(lab)
