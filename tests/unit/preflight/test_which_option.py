# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the options names every check of the preflight, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHECKS = ROOT / "plugins" / "module_utils" / "_operations" / "_checks"


def names_in_the_code() -> set[str]:
    """The first argument of every ok(), warn() and stop()."""
    return {
        str(node.args[0].value)
        for path in CHECKS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("ok", "warn", "stop")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_the_guide_names_every_check() -> None:
    text = (ROOT / "docs" / "which-option.md").read_text("utf-8")
    table = text.split("| Check |")[1].split("\n\n")[0]
    named = {
        name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named == names_in_the_code()
