# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's README: its Python runs as it stands, and its lists are complete."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from exchange_lab.control import METHODS
from exchange_lab.faults.catalogue import CATALOGUE
from exchange_lab.lab import Lab
from exchange_lab.programs import PROGRAMS
from exchange_lab.topology import TOPOLOGIES

README = Path(__file__).parents[3] / "lab" / "README.md"
TEXT = README.read_text("utf-8")


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remote, own, dead = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with Lab("tiny", tmp_path / "lab") as lab, contextlib.redirect_stdout(printed):
        lab.write_control_file(tmp_path / "rehearsal" / "lab" / "control.json")
        exec(remote, {})
        exec(own.replace("/tmp/tiny-lab", str(tmp_path / "own")), {})
    with Lab("two_sites", tmp_path / "dead", latency=False) as lab:
        lab.control.backup("DB01", "E:\\Backup")
        exec(dead, {"control": lab.control})
        assert lab.organisation.server("MBX2").fs.is_dir("E:\\Backup")
    lines = printed.getvalue().splitlines()
    assert lines[0].startswith("20") and "'Retry'" in lines[1] and "'DB01'" in lines[2]


def test_its_lists_are_complete() -> None:
    methods = TEXT.split("| To | Methods of `control` |")[1].split("\n\n")[0]
    # `advance` is `sleep` by another name
    assert set(re.findall(r"`(\w+)[`(]", methods)) == METHODS - {"advance"}
    organisations = TEXT.split("## Organisations")[1].split("##")[0]
    assert {p.stem for p in TOPOLOGIES.glob("*.yml")} <= set(re.findall(r"`(\w+)`", organisations))
    families = TEXT.split("| Family | Faults |")[1].split("\n\n")[0]
    listed = {
        (row.split("|")[1].strip(), name)
        for row in families.splitlines()[2:]
        for name in re.findall(r"`(\w+)`", row)
    }
    assert listed == {(fault.family, fault.name) for fault in CATALOGUE.values()}
    simulated = TEXT.split("## What it simulates")[1]
    assert not [name for name in PROGRAMS if f"`{name}" not in simulated]
