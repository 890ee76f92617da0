# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates don't pass over a Python that isn't there, and their table says what became of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _nox(folder: Path, **told: str) -> tuple[int, dict[str, Any]]:
    """Run a gate where no Python can be found; exit status, and what the report says of the gate."""
    (folder / "bin").mkdir()
    environment = {
        **os.environ,
        "PATH": str(folder / "bin"),
        "HOME": str(folder),  # pyenv's Pythons lie there
        **told,
    }
    run = subprocess.run(
        [
            sys.executable, "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), "--envdir", str(folder / "env"),
            "--sessions", "sanity(2.16)", "--report", str(folder / "report.json"),
        ],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    report = json.loads((folder / "report.json").read_text("utf-8"))
    (session,) = report["sessions"]
    return run.returncode, session


def test_a_gate_without_its_python_fails(tmp_path: Path) -> None:
    status, session = _nox(tmp_path)
    assert status != 0
    assert session["result"] == "failed"


def test_a_gate_without_its_python_is_skipped_if_it_was_told_so(tmp_path: Path) -> None:
    status, session = _nox(tmp_path, DIALTONE_MISSING_PYTHON="skip")
    assert status == 0
    assert session["result"] == "skipped"
    assert "3.10" in session["reason"]


@pytest.mark.parametrize(
    ("results", "status"),
    [(["success"], 0), (["success", "skipped"], 0), (["success", "failed"], 1), (["aborted"], 1)],
)
def test_the_table(tmp_path: Path, results: list[str], status: int) -> None:
    sessions = [
        {
            "name": "gate",
            "signatures": [f"gate({number})"],
            "result": result,
            "reason": f"because {number}",
            "duration": 1.6,
        }
        for number, result in enumerate(results)
    ]
    (tmp_path / "report.json").write_text(json.dumps({"sessions": sessions}), "utf-8")
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "gate(0).txt").write_text("tool 1.2", "utf-8")
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "gates" / "table.py"), str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == status
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in run.stdout.splitlines()
    ]
    assert cells == [
        ["Gate", "Tool", "Seconds", "Result"],
        ["---"] * 4,
        *(
            [
                f"gate({number})",
                "tool 1.2" if number == 0 else "",
                "2",
                f"{result} because {number}",
            ]
            for number, result in enumerate(results)
        ),
    ]
