# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""eseutil on a server whose path doesn't have it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import TransportError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    NO_PROGRAM,
)
from scripted_transport import scripted_context

WHOLE = "C:\\Exchange Server\\V15\\Bin\\eseutil.exe"
VARIABLES = [
    {"Name": "Path", "VariableValue": "C:\\Windows"},
    {"Name": "EXCHANGEINSTALLPATH", "VariableValue": "C:\\Exchange Server\\V15\\"},
]


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eseutil, "_PLACES", {})


def missing(code: str = NO_PROGRAM) -> TransportError:
    return TransportError("eseutil was not found.", code=code)


def test_it_is_run_by_its_whole_path_and_remembered(script: t.Any) -> None:
    script.expect_program("eseutil", ["/mh", "D:\\a.edb"], raises=missing())
    script.expect_enumerate("Win32_Environment", ["Name", "VariableValue"], VARIABLES)
    for _look in range(2):
        script.expect_program(WHOLE, ["/mh", "D:\\a.edb"], exit_code=-1032, stdout="Version 15.02")
    context = scripted_context(script)
    assert eseutil.probe(context, "D:\\a.edb") == (WHOLE, "Version 15.02")
    assert eseutil.probe(context, "D:\\a.edb")[0] == WHOLE


@pytest.mark.parametrize("rows", [[], VARIABLES[:1]])
def test_a_server_without_exchange_says_so(script: t.Any, rows: list[dict[str, str]]) -> None:
    script.expect_program("eseutil", ["/mh", "D:\\a.edb"], raises=missing())
    script.expect_enumerate("Win32_Environment", ["Name", "VariableValue"], rows)
    with pytest.raises(TransportError, match="not found"):
        eseutil.probe(scripted_context(script), "D:\\a.edb")


def test_another_failure_is_not_taken_for_a_missing_program(script: t.Any) -> None:
    script.expect_program("eseutil", ["/mh", "D:\\a.edb"], raises=missing("SessionLost"))
    with pytest.raises(TransportError):
        eseutil.probe(scripted_context(script), "D:\\a.edb")
