# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of what the account needs: consistent in itself, and what follows from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _failures, rights
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "lab" / "exchange_lab" / "cmdlets" / "reference.json"


@pytest.mark.parametrize("right", rights.RIGHTS, ids=lambda right: right.cmdlet)
def test_a_right_is_in_the_public_reference(right: rights.Right) -> None:
    reference = json.loads(REFERENCE.read_text())
    known = {name.lower() for name in reference[right.cmdlet]["parameters"]}
    optional = rights.OPTIONAL.get(right.cmdlet, ())
    assert {p.lower() for p in (*right.parameters, *optional)} <= known
    assert right.stages and set(right.stages) <= set(rights.STAGES)


def test_each_cmdlet_is_there_once() -> None:
    names = [right.cmdlet for right in rights.RIGHTS]
    assert len(set(names)) == len(names)


def test_missing_cmdlets_and_parameters() -> None:
    everything = {r.cmdlet: frozenset(p.lower() for p in r.parameters) for r in rights.RIGHTS}
    assert rights.missing(everything) == []
    del everything["Mount-Database"]
    everything["Set-Mailbox"] -= {"database"}
    everything["Get-Queue"] = None  # the endpoint does not list parameters
    assert [lack.text for lack in rights.missing(everything)] == [
        "Mount-Database",
        "Set-Mailbox -Database",
    ]


@pytest.mark.parametrize(
    ("message", "error_id"),
    [
        ("The term 'Set-Mailbox' is not recognized as the name of a cmdlet.", "CommandNotFoundException"),
        ("A parameter cannot be found that matches parameter name 'Database'.", "NamedParameterNotFound,Set-Mailbox"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_role(message: str, error_id: str) -> None:
    error = _failures.translate(
        CommandError(message, error_id=error_id),
        command="Set-Mailbox", server="s", about="mailbox x", operation="rehome",
    )  # fmt: skip
    assert "management role 'Mail Recipients'" in str(error.remedy)
    assert "Set-Mailbox" in str(error)


def test_the_page_of_permissions_has_the_same_roles_for_each_stage() -> None:
    page = (ROOT / "docs" / "permissions.md").read_text("utf-8")
    for stage in rights.STAGES:
        roles = sorted({right.role for right in rights.RIGHTS if stage in right.stages})
        assert f"| `{stage}` | {', '.join(roles)} |" in page, stage
    for role in rights.ROLES:
        assert f"| {role} |" in page, role
