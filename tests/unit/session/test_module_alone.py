# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module without its action plugin: as another program would run it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import typing as t
from dataclasses import fields
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._module import EXCHANGE_SPEC
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from exchange_endpoint import ACCOUNT, PASSWORD, SERVER, Endpoint

ROOT = Path(__file__).resolve().parents[3]

MODULE = """
import json, sys
sys.path.insert(0, {root!r})
import conftest
if {without!r}:
    sys.modules[{without!r}] = None
from ansible.module_utils import basic
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command

def operation(context, args):
    if args["fail"]:
        raise PreconditionError("It is not ready.", remedy="Make it ready.")
    thing = context.transport.invoke(Command("Get-Thing", {{"Identity": "x"}})).single()
    context.warn("take care")
    context.progress("half of it")
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


def run(arguments: dict[str, t.Any], without: str = "", **environment: str) -> dict[str, t.Any]:
    """without: a library that is not there. environment: more variables."""
    process = subprocess.run(
        [sys.executable, "-c", MODULE.format(root=str(ROOT), without=without)],
        env={**os.environ, **environment},
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
    assert [line[6:] for line in result["progress"]] == ["half of it"]
    assert PASSWORD not in str(result)  # up to ansible-core 2.20 it has the arguments, too


def test_every_way_to_connect_is_an_option() -> None:
    assert set(EXCHANGE_SPEC["exchange"]["options"]) == {
        *(field.name for field in fields(ConnectionOptions)),
        "journal",
    }


def test_host_and_account_from_the_environment(
    exchange: tuple[Endpoint, dict[str, t.Any]], tmp_path: Path
) -> None:
    journal = tmp_path / "evidence" / "journal.jsonl"
    own = {
        **{k: v for k, v in exchange[1].items() if k not in ("host", "user", "password")},
        "journal": str(journal),
    }
    result = run(
        {"exchange": own},
        EXCHANGE_HOST="127.0.0.1",
        EXCHANGE_USER=ACCOUNT,
        EXCHANGE_PASSWORD=PASSWORD,
    )
    assert result["server"] == SERVER, result
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.parent.stat().st_mode) == 0o700
    assert PASSWORD not in journal.read_text()
    assert run({}, EXCHANGE_HOST="127.0.0.1")["msg"]


def test_a_missing_library_is_named_with_the_interpreter(
    exchange: tuple[Endpoint, dict[str, t.Any]],
) -> None:
    result = run({"exchange": exchange[1]}, without="pypsrp")
    assert result["failed"] and result["error"]["code"] == "MissingLibrary"
    assert "pypsrp" in result["msg"] and sys.executable in result["msg"]
    result = run({"exchange": {**exchange[1], "auth": "kerberos"}}, without="gssapi")
    assert "pypsrp[kerberos]" in result["msg"] and "exchange.auth" in result["msg"]


def test_failures_alone(exchange: tuple[Endpoint, dict[str, t.Any]]) -> None:
    result = run({"exchange": exchange[1], "fail": True})
    assert result["failed"] and result["msg"] == (
        "It is not ready. Make it ready. Then run the same command again."
    )
    result = run({"exchange": {**exchange[1], "password": "wr0ng"}})
    assert result["failed"] and "refused the credentials" in result["msg"]
    assert "exchange.host" in run({})["msg"]
