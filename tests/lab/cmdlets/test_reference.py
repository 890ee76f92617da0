# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's cmdlets against the public reference, where that is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.cmdlets import specs
from exchange_lab.cmdlets.extract_reference import CLOUD_SETS, CMDLETS, SET_CORRECTIONS, extract
from exchange_lab.runspace import CmdletSpec

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = Path(os.environ.get("DIALTONE_REFERENCE", ROOT.parent / "shared" / "reference"))
SOURCE = REFERENCE / "exchange-cmdlets.json"
EXTRACT = ROOT / "lab" / "exchange_lab" / "cmdlets" / "reference.json"
ON_PREMISES = {"2016", "2019", "SE"}

needs_reference = pytest.mark.skipif(not SOURCE.is_file(), reason="the public reference isn't here")


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))
    return data


def test_every_cmdlet_has_a_description_and_a_body() -> None:
    from exchange_lab.cmdlets import _BODIES

    assert sorted(specs()) == sorted(CMDLETS) == sorted(_BODIES)


@needs_reference
def test_the_extract_is_up_to_date(reference: dict[str, Any]) -> None:
    assert json.loads(EXTRACT.read_text(encoding="utf-8")) == extract(reference)


@needs_reference
@pytest.mark.parametrize("name", CMDLETS)
def test_parameters_are_those_of_the_reference(reference: dict[str, Any], name: str) -> None:
    """Names, types, sets, mandatory, position and pipeline input, read independently of the extract's script."""
    spec = specs()[name]
    entry = reference[name]
    sets = set(entry["parameter_sets"]) - CLOUD_SETS.get(name, set())
    assert set(spec.parameter_sets) == sets
    wanted = {
        p: facts
        for p, facts in entry["parameters"].items()
        if ON_PREMISES & set(facts["applicable"]) and _sets(name, p, facts, sets)
    }
    assert set(spec.parameters) == set(wanted)
    for parameter, facts in wanted.items():
        _compare(spec, parameter, facts, _sets(name, parameter, facts, sets))


def _sets(cmdlet: str, parameter: str, facts: dict[str, Any], sets: set[str]) -> set[str]:
    listed = SET_CORRECTIONS.get((cmdlet, parameter), facts["sets"])
    return sets if listed == ["(All)"] else set(listed) & sets


def _compare(spec: CmdletSpec, name: str, facts: dict[str, Any], sets: set[str]) -> None:
    ours = spec.parameters[name]
    assert ours.type == facts["type"], name
    assert set(ours.sets) == sets, name
    assert set(ours.required) == (sets if facts["required"] else set()), name
    assert ours.position == facts["position"], name
    assert ours.from_pipeline is facts["pipeline"].startswith("True"), name
    assert list(ours.aliases) == facts["aliases"], name
    members = [v for v in facts.get("values", []) if not v.startswith("$")]
    assert list(ours.values) == members, name


def test_the_recovery_switch_alone_chooses_the_recovery_set() -> None:
    spec = specs()["New-MailboxDatabase"]
    assert spec.parameters["Recovery"].required == {"Recovery"}
    assert spec.default_set == "NonRecovery"


def test_the_switch_adds_the_limits_to_the_default_set() -> None:
    for answer in (False, True):
        limit = specs(answer)["New-MailboxRestoreRequest"].parameters["LargeItemLimit"]
        assert ("Default" in limit.sets) is answer
