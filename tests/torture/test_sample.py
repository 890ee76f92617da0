# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A seeded sample of the torture, cheap enough for each day: recoveries that are struck run after run, 40 times in
`make test`, the others in `make thorough`. `make torture` tries every point on its own.

DIALTONE_SEED=<number> draws another sample.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_fork import AnsibleFork
from point import Point, calm, try_point
from scenes import SCENES

SEED = int(os.environ.get("DIALTONE_SEED", "1"))
_THOROUGH = pytest.mark.thorough


@pytest.fixture(scope="module")
def ansible() -> Iterator[AnsibleFork]:
    with AnsibleFork() as server:
        yield server


@pytest.mark.parametrize(
    ("name", "blows"),
    [
        ("same_server/in_place", 16),
        ("same_server/beside", 12),
        ("stay_on_alternate/beside", 12),
        pytest.param("same_server/repoint", 10, marks=_THOROUGH),
        pytest.param("alternate_server/home", 10, marks=_THOROUGH),
        pytest.param("alternate_server/one_by_one", 10, marks=_THOROUGH),
    ],
)
def test_struck_run_after_run(ansible: AnsibleFork, name: str, blows: int, tmp_path: Path) -> None:
    """Everything ends as if nothing had happened: see `point.Trial.judge`."""
    scene = SCENES[name]
    reference = calm(ansible, scene, tmp_path / "calm", SEED)
    assert reference.problems == []
    point = Point(scene, "chain", blows, SEED)
    outcome = try_point(ansible, point, reference, tmp_path / "struck")
    told = "\n".join([f"make torture {point}", *outcome.struck, *outcome.problems])
    assert outcome.problems == [], told
    assert len(outcome.struck) == blows, told
    assert outcome.lost == outcome.doubled == 0
