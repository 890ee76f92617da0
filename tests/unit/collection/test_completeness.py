# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is forgotten: every module has all that belongs to a module, every role variable is described."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = "ansible_collections.dialtone.exchange.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
PLAYBOOKS = sorted(
    path.stem for path in (ROOT / "playbooks").glob("*.yml") if not path.name.endswith(".meta.yml")
)


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) >= 8
    assert len(ROLES) >= 6


def test_the_action_group_holds_every_module() -> None:
    group = _yaml(ROOT / "meta" / "runtime.yml")["action_groups"]["exchange"]
    assert group == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_an_action_plugin_tests_and_the_options_it_documents(name: str) -> None:
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    action = importlib.import_module(f"{PLUGINS}.action.{name}").ActionModule
    documented = yaml.safe_load(module.DOCUMENTATION)
    options = documented["options"]
    assert set(options) == set(action.ARGUMENT_SPEC)
    for option, spec in action.ARGUMENT_SPEC.items():
        assert options[option].get("default") == spec.get("default"), option
        assert options[option].get("choices") == spec.get("choices"), option
        assert options[option].get("required", False) == spec.get("required", False), option
    assert documented["version_added"]
    assert yaml.safe_load(module.RETURN)
    assert f"dialtone.exchange.{name}:" in module.EXAMPLES
    assert (ROOT / "tests" / "modules" / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", ROLES)
def test_a_role_describes_every_variable_it_has_a_default_for(name: str) -> None:
    defaults = _yaml(ROOT / "roles" / name / "defaults" / "main.yml") or {}
    specs = _yaml(ROOT / "roles" / name / "meta" / "argument_specs.yml")["argument_specs"]
    described = {option for spec in specs.values() for option in spec.get("options", {})}
    assert set(defaults) <= described


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_playbook_has_an_argument_spec_and_tests(name: str) -> None:
    specs = _yaml(ROOT / "playbooks" / f"{name}.meta.yml")["argument_specs"]
    assert all(spec["options"] for spec in specs.values())
    assert (ROOT / "tests" / "playbooks" / f"test_{name}.py").exists()
    assert (ROOT / "docs" / f"{name}.md").exists()


def test_each_role_and_each_playbook_has_a_scenario_that_runs_it_twice_and_verifies() -> None:
    molecule = ROOT / "extensions" / "molecule"
    shared = _yaml(molecule / "config.yml")["scenario"]["test_sequence"]
    scenarios = {path.parent.name: _yaml(path) for path in molecule.glob("*/molecule.yml")}
    assert sorted(scenarios) == sorted([*ROLES, *PLAYBOOKS])
    for name, scenario in scenarios.items():
        sequence = scenario.get("scenario", {}).get("test_sequence", shared)
        assert sequence.count("converge") == sequence.count("idempotence") > 0, name
        assert "verify" in sequence, name
