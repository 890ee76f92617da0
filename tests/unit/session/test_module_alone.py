# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module without its action plugin: as another program would run it."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from exchange_endpoint import ACCOUNT, PASSWORD, SERVER, Endpoint

ROOT = Path(__file__).resolve().parents[3]

MODULE = """
import json, sys
sys.path.insert(0, {root!r})
import conftest
from ansible.module_utils import basic
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command

def operation(context, args):
    if args["fail"]:
        raise PreconditionError("It is not ready.", remedy="Make it ready.")
    thing = context.transport.invoke(Command("Get-Thing", {{"Identity": "x"}})).single()
    context.warn("take care")
    return {{"changed": True, "server": context.server, "check": context.check, "diff": {{}},
            "controller": thing["Controller"]}}

arguments = json.load(sys.stdin)
try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:
    basic._ANSIBLE_ARGS = json.dumps({{"ANSIBLE_MODULE_ARGS": arguments}}).encode()
    run_module({{"fail": {{"type": "bool", "default": False}}}}, operation)
else:
    with patch_module_args(arguments):
        run_module({{"fail": {{"type": "bool", "default": False}}}}, operation)
"""


def run(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    process = subprocess.run(
        [sys.executable, "-c", MODULE.format(root=str(ROOT))],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert PASSWORD not in process.stdout
    return t.cast("dict[str, t.Any]", json.loads(process.stdout))


@pytest.fixture
def exchange() -> t.Iterator[tuple[Endpoint, dict[str, t.Any]]]:
    with Endpoint() as endpoint:
        yield (
            endpoint,
            {
                "host": "127.0.0.1",
                "server": SERVER,
                "user": ACCOUNT,
                "password": PASSWORD,
                "auth": "ntlm",
                "port": endpoint.port,
            },
        )
        assert endpoint.sessions() == 0


def test_it_works_alone(exchange: tuple[Endpoint, dict[str, t.Any]]) -> None:
    result = run({"exchange": exchange[1], "_ansible_check_mode": True})
    assert (result["changed"], result["server"], result["check"]) == (True, SERVER, True)
    assert result["controller"] == "dc1.contoso.lab"
    assert "diff" not in result
    assert "take care" in str(result["warnings"])


def test_failures_alone(exchange: tuple[Endpoint, dict[str, t.Any]]) -> None:
    result = run({"exchange": exchange[1], "fail": True})
    assert result["failed"] and result["msg"] == "It is not ready. Make it ready."
    result = run({"exchange": {**exchange[1], "password": "wr0ng"}})
    assert result["failed"] and "refused the credentials" in result["msg"]
    assert "exchange.host" in run({})["msg"]
