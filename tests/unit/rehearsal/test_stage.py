# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal that meets a fault: what failed is mended, and the same command goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exchange_lab import __main__ as exchange_lab
from exchange_lab.control import check_unused
from exchange_lab.lab import Lab
from rehearsal import __main__ as rehearsal
from rehearsal.stage import Stage


@pytest.mark.parametrize(
    ("faults", "ends", "status", "lifted"),
    [
        ((), [2], 2, 0),
        (("idle_shells_closed",), [0], 0, 0),
        (("idle_shells_closed",), [2, 0], 0, 1),
        (("idle_shells_closed",), [2, 2], 2, 1),
    ],
)
def test_a_playbook_that_stops(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    faults: tuple[str, ...],
    ends: list[int],
    status: int,
    lifted: int,
) -> None:
    commands: list[Any] = []
    left = iter(ends)

    def call(command: Any, **_options: Any) -> int:
        commands.append(command)
        return next(left)

    monkeypatch.setattr(subprocess, "call", call)
    stage, lifts = Stage(tmp_path, 60, 1, faults), []
    stage.control = SimpleNamespace(lift=lambda: lifts.append(1))
    assert stage.playbook("same_server", a=1) == status
    assert len(lifts) == lifted and len(commands) == len(ends)
    assert all(command == commands[0] for command in commands)


def test_a_fault_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rehearsal", "--fault", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        rehearsal.main()
    assert ended.value.code == 2 and "there is no fault 'nonsense'" in capsys.readouterr().err


def test_a_folder_in_which_a_lab_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is left alone; one whose lab has ended is used."""
    there = tmp_path / "lab"
    with Lab("tiny", there, seed=1) as lab:
        lab.write_control_file(there / "control.json")
        with pytest.raises(SystemExit, match="A lab runs already"):
            Stage(tmp_path, 60, 1).start_lab()
        options = ["--folder", str(there), "--control-file", str(there / "control.json")]
        assert exchange_lab.main(options) == 2
        assert "--folder" in capsys.readouterr().err
        assert lab.control.audit()["lost"] == []
    check_unused(there / "control.json")
    check_unused(tmp_path / "none.json")
