# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fact that is not confirmed has a switch, every switch is heeded and tried both ways, and the docs tell of all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exchange_lab.lab import Lab
from exchange_lab.switches import FACTS, SWITCHES, UNSEEN, mix

ROOT = Path(__file__).resolve().parents[3]
CODE = "\n".join(
    path.read_text("utf-8")
    for path in (ROOT / "lab" / "exchange_lab").rglob("*.py")
    if path.name != "switches.py"
)


HERE = Path(__file__).resolve()
TRIED = {
    name
    for path in (ROOT / "tests" / "lab").rglob("test_*.py")
    if path != HERE
    for name in re.findall(r"""\b(\w+)=|["'](\w+)["']\]? ?[:=]""", path.read_text("utf-8"))
    for name in name
}


def test_every_fact_has_a_switch_or_a_reason() -> None:
    assert {int(re.match(r"\d+", key)[0]) for key in FACTS} == set(range(1, 19))  # type: ignore[index]
    switched = {switch.fact for switch in SWITCHES.values()}
    assert switched & set(UNSEEN) == set()
    assert set(FACTS) - switched == set(UNSEEN)
    assert all(UNSEEN.values())


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_has_other_answers_and_is_heeded(name: str) -> None:
    switch = SWITCHES[name]
    assert switch.alternatives
    assert switch.default not in switch.alternatives
    assert f'"{name}"' in CODE, f"no part of the lab asks for {name}"
    assert name in TRIED, f"no test of the lab sets {name} to see what becomes of it"


def test_the_page_tells_of_every_fact_and_switch_and_of_no_other() -> None:
    page = (ROOT / "docs" / "unconfirmed.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+\w?|\d+\.\d+) \|(.*)\|$", page, re.MULTILINE)
    assert {number for number, _row in rows} == set(FACTS) | {s.fact for s in SWITCHES.values()}
    table = [line for line in page.splitlines() if line.startswith("| `")]
    assert table == [
        f"| `{name}` | {s.fact} | {s.default!r} | {', '.join(map(repr, s.alternatives))} |"
        for name, s in SWITCHES.items()
    ]
    for number, row in rows:
        assert all(cell.strip() for cell in row.split("|")), number


def test_mixes() -> None:
    assert mix("default") == mix("") == {}
    other = mix("other")
    assert all(other[n] in s.alternatives for n, s in SWITCHES.items() if s.workable)
    assert not [n for n in other if not SWITCHES[n].workable]
    assert mix("random:1") == mix("random:1") != mix("random:2")
    for wrong in ("others", "random", "random:"):
        with pytest.raises(ValueError, match="random:SEED"):
            mix(wrong)


def test_the_environment_chooses_what_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_LAB_SWITCHES", "other")
    with Lab("tiny", tmp_path, latency=False, switches={"foreign_file": "as given"}) as lab:
        switches = lab.organisation.switches
        assert switches["foreign_file"] == "as given"
        assert switches["mrs_limits"] == SWITCHES["mrs_limits"].alternatives[0]
        assert switches["remote_powershell"] == "offered"
