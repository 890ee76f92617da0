# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the roles' README, one after the other: together they are a recovery."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_fork import AnsibleFork
from incidents import lose, prove_nothing_lost

from exchange_lab.lab import Lab

STAGES = ("preflight", "dial_tone", "clients", "restore", "swap", "merge", "close")
ROOT = Path(__file__).resolve().parents[2]
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _example(role: str) -> str:
    found = _EXAMPLE.search((ROOT / "roles" / role / "README.md").read_text("utf-8"))
    assert found, role
    return found[1]


@pytest.mark.thorough
def test_together_they_are_a_recovery(
    make_lab: Callable[..., Lab], ansible: AnsibleFork, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lab.write_inventory(tmp_path / "inventory.yml")
    lose(lab, "DB01")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_NOCOLOR": "1",
    }
    (server,) = lab.organisation.servers.values()
    here = {
        "dialtone_server": server.fqdn,
        "dialtone_evidence_folder": str(tmp_path / "evidence"),
    }
    for role in STAGES:
        play = tmp_path / f"{role}.yml"
        play.write_text(_example(role), "utf-8")
        command = [str(play), "-i", str(tmp_path / "inventory.yml"), "-e", json.dumps(here)]
        with (tmp_path / f"{role}.log").open("w+") as output:
            status = ansible.start(command, environment, tmp_path, output).wait(300)
            output.seek(0)
            assert status == 0, output.read()
    prove_nothing_lost(lab)
