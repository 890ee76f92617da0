# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole incident of each option where everything that nobody knows of Exchange is otherwise than assumed.

`make both-answers` runs all playbook tests that way. The random mix has a seed of its own each time;
EXCHANGE_LAB_SEED=<seed> repeats one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from incidents import lose, lose_server, lose_server_for_good, prove_nothing_lost, restore_folder
from test_alternate_server import rebuild

from exchange_lab.lab import Lab
from exchange_lab.switches import SWITCHES

MakeLab = Callable[..., Lab]
SEED = int(os.environ.get("EXCHANGE_LAB_SEED", "0")) or random.randrange(1, 10_000)
FAILED = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}
ON_MBX2 = {**FAILED, "dialtone_alternate_server": "MBX2"}


def same_server(lab: Lab, run: Callable) -> Any:
    lose(lab, "DB01")
    return run(lab, **FAILED)


def alternate_server(lab: Lab, run: Callable) -> Any:
    lose_server(lab)
    away = run(lab, playbook="alternate_server", **ON_MBX2)
    assert away.status == 0, away.output
    rebuild(lab)
    return run(lab, playbook="alternate_server", **ON_MBX2)


def stay_on_alternate(lab: Lab, run: Callable) -> Any:
    lose_server_for_good(lab)
    return run(lab, playbook="stay_on_alternate", **ON_MBX2)


@pytest.mark.parametrize(
    ("topology", "incident", "mix"),
    [
        ("tiny", same_server, "other"),
        ("pair", alternate_server, "other"),
        ("pair", stay_on_alternate, "other"),
        ("tiny", same_server, "random"),
        pytest.param("pair", alternate_server, "random", marks=pytest.mark.thorough),
        pytest.param("pair", stay_on_alternate, "random", marks=pytest.mark.thorough),
    ],
)
def test_an_incident_where_nothing_is_as_assumed(
    make_lab: MakeLab, run_playbook: Callable, monkeypatch: pytest.MonkeyPatch,
    topology: str, incident: Callable[[Lab, Callable], Any], mix: str,
) -> None:  # fmt: skip
    name = f"random:{SEED}" if mix == "random" else mix
    print(f"EXCHANGE_LAB_SEED={SEED}")
    monkeypatch.setenv("EXCHANGE_LAB_SWITCHES", name)
    lab = make_lab(topology)
    changed = {n for n, s in SWITCHES.items() if lab.organisation.switches[n] != s.default}
    assert len(changed) > len(SWITCHES) // 4
    done = incident(lab, run_playbook)
    assert done.status == 0, f"{name}: {done.output}"
    assert "is finished" in done.output or done.changed > 0
    prove_nothing_lost(lab)
    assert lab.control.sessions()["open"] == 0
