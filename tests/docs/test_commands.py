# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command of a page can be carried out; a playbook's is played by tests/playbooks/test_guides.py, too."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from commands import COMMANDS, PLAYBOOKS, READ_ONLY, ROOT, Command

MAKES = list({c.words: c for c in COMMANDS if c.words[0] == "make" and not c.reason}.values())
SCRIPTS = [c for c in COMMANDS if c.words[1:2] == ("-c",) and not c.reason]
OTHERS = [c for c in COMMANDS if not c.playbook and c not in (*MAKES, *SCRIPTS) and not c.reason]


def _specification(playbook: str) -> dict[str, Any]:
    path = ROOT / "playbooks" / f"{playbook}.meta.yml"
    (spec,) = yaml.safe_load(path.read_text("utf-8"))["argument_specs"].values()
    return dict(spec["options"])


def test_there_are_commands_of_each_kind() -> None:
    assert len(PLAYBOOKS) > 10 and len(MAKES) > 8 and SCRIPTS


def test_every_other_command_has_a_reason_why_it_is_not_run() -> None:
    assert not [str(command) for command in OTHERS if command.words[0] != "make"]


@pytest.mark.parametrize("command", PLAYBOOKS, ids=str)
def test_a_playbook_takes_what_the_command_gives(command: Command) -> None:
    given, spec = command.given, _specification(command.playbook or "")
    assert given or command.playbook in READ_ONLY
    assert not set(given) - set(spec)
    assert {name for name, option in spec.items() if option.get("required")} <= set(given)
    known = ("type", "elements", "choices")
    arguments = {
        name: {key: option[key] for key in known if key in option} for name, option in spec.items()
    }
    assert not ArgumentSpecValidator(arguments).validate(given).error_messages


@pytest.mark.parametrize("command", MAKES, ids=str)
def test_make_knows_the_target(command: Command) -> None:
    run = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *command.words[1:]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("command", SCRIPTS, ids=str)
def test_a_line_of_python_runs(command: Command) -> None:
    run = subprocess.run(
        [sys.executable, *command.words[1:]],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "lab"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0 and run.stdout, run.stderr
