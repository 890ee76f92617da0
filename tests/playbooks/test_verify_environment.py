# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook verify_environment: what it prints, and that it only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from incidents import changing_calls

from exchange_lab.lab import Lab
from exchange_lab.switches import SWITCHES

MakeLab = Callable[..., Lab]


@pytest.mark.parametrize(("topology", "servers"), [("tiny", 1), ("dag", 3)])
def test_it_prints_every_fact_and_changes_nothing(
    make_lab: MakeLab, run_playbook: Callable, topology: str, servers: int
) -> None:
    # where Exchange is as assumed; other answers: tests/modules/test_environment_info.py
    lab = make_lab(topology, **{name: switch.default for name, switch in SWITCHES.items()})
    run = run_playbook(
        lab, playbook="verify_environment", dialtone_fail_on_problems=topology == "tiny"
    )
    assert run.status == 0, run.output
    assert run.changed == 0
    assert run.output.count("Do the account's roles grant Set-Mailbox -Database? | yes") == 1
    assert run.output.count("Does a WinRS shell find eseutil? | yes") == servers
    assert run.output.count('"service_principal": "HTTP/') == servers
    told = run.output[run.output.index("problem of the connection with its remedy") :]
    assert re.match(r'[^{]*\{\s*"msg": \[\s*"none"', told), told[:500]
    assert changing_calls(lab) == []
    assert lab.control.sessions()["open"] == 0


def test_without_a_session_the_reasons_are_shown_first(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    """The servers to look at are named in the inventory."""
    lab = make_lab("tiny")
    chosen = {
        "vars": {"dialtone_exchange_hosts": "chosen"},
        "children": {
            "chosen": {"hosts": {"mbx1.tiny.lab": {}}},
            "exchange": {"hosts": {"another.tiny.lab": {}}},
        },
    }
    (tmp_path / "more.yml").write_text(json.dumps({"all": chosen}), "utf-8")
    run = run_playbook(
        lab, "-i", str(tmp_path / "more.yml"),
        playbook="verify_environment", ansible_password="wrong",
    )  # fmt: skip
    assert run.status != 0
    assert "another.tiny.lab" not in run.output
    shown = run.output[run.output.index("problem of the connection with its remedy") :]
    assert "Check ansible_user and ansible_password" in " ".join(shown.split())
    assert "wrong" not in shown


def test_a_problem_has_a_remedy_and_fails_where_that_is_wished(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("standard")
    arguments = {"playbook": "verify_environment", "dialtone_fail_on_problems": True}
    run = run_playbook(lab, **arguments)
    assert run.status != 0
    assert "0 of 5" in run.output
    assert "dialtone_method=in_place" in run.output
    refused = run_playbook(lab, **{**arguments, "dialtone_exchange_hosts": "nowhere"})
    assert "no host or group 'nowhere'" in refused.output
    assert changing_calls(lab) == []
