# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the data for AWX as a user's tools would: the files, not the code that wrote them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
AWX = ROOT / "extensions" / "awx"
PATTERN = ROOT / "extensions" / "patterns" / "dial_tone_recovery"
PLAYBOOKS = sorted(
    path.name.removesuffix(".meta.yml") for path in (ROOT / "playbooks").glob("*.meta.yml")
)


class Loader(yaml.SafeLoader):
    """Takes a text that is marked as none of ours to evaluate."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.load(path.read_text("utf-8"), Loader)  # noqa: S506 - a SafeLoader


def controller(kind: str) -> list[dict[str, Any]]:
    """Objects of the controller, by what follows `controller_`."""
    return list(load(AWX / "aap_configuration" / f"{kind}.yml")[f"controller_{kind}"])


def templates() -> dict[str, dict[str, Any]]:
    """Job templates by name."""
    return {template["name"]: template for template in controller("templates")}


def workflows() -> list[dict[str, Any]]:
    """Workflows, one an option."""
    return controller("workflows")


def options(playbook: str) -> dict[str, dict[str, Any]]:
    """Argument specification of NAME.yml."""
    meta = load(ROOT / "playbooks" / f"{playbook.removesuffix('.yml')}.meta.yml")
    return dict(meta["argument_specs"]["check_the_variables"]["options"])


def tool(name: str) -> str | None:
    """A command that not every machine has: in the folder DIALTONE_TOOLS, which then has it, beside Python, or on the path."""
    if folder := os.environ.get("DIALTONE_TOOLS"):
        found = shutil.which(name, path=folder)
        assert found, f"{name} is not in {folder} (DIALTONE_TOOLS)"
        return found
    return shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
