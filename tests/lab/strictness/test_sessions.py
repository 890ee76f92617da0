# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions with a whole lab: script text, the shell quota, idle shells, prompts, who may connect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, PSInvocationState, RunspacePool
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan

from exchange_lab import topology
from exchange_lab.clock import JumpClock
from exchange_lab.directory import SERVER, ServerObject
from exchange_lab.lab import Lab

pytestmark = pytest.mark.strictness


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab("tiny", tmp_path_factory.mktemp("lab"), clock=JumpClock(), latency=False) as started:
        yield started
        assert started.defects == []


def connect(lab: Lab, path: str = "PowerShell", **changes: str) -> WSMan:
    account = lab.administrator
    values = {"username": account.name, "password": account.password, "auth": "negotiate", **changes}
    return WSMan(lab.host, port=lab.endpoints["MBX1"]["http"], ssl=False, path=path, **values)


def pool(lab: Lab, **changes: str) -> RunspacePool:
    return RunspacePool(connect(lab, **changes), configuration_name="Microsoft.Exchange")


@pytest.mark.parametrize(
    "script",
    ["Get-Mailbox", "1 + 1", "$env:COMPUTERNAME", "Get-Mailbox | Where-Object { $_.Name }", "{ }"],
)
def test_script_text_is_refused(lab: Lab, script: str) -> None:
    with pool(lab) as session:
        shell = PowerShell(session).add_script(script)
        shell.invoke()
    assert shell.state == PSInvocationState.FAILED
    assert "The syntax is not supported by this runspace" in str(shell.streams.error[0])
    assert shell.streams.error[0].fq_error == "ScriptsNotAllowed"


@pytest.mark.parametrize("cmdlet", ["Where-Object", "ForEach-Object", "Sort-Object", "Invoke-Command"])
def test_what_a_shell_has_is_not_there(lab: Lab, cmdlet: str) -> None:
    with pool(lab) as session:
        shell = PowerShell(session).add_cmdlet(cmdlet)
        shell.invoke()
    assert shell.streams.error[0].fq_error.startswith("CommandNotFoundException")


def test_calculated_properties_are_refused(lab: Lab) -> None:
    with pool(lab) as session:
        shell = PowerShell(session).add_cmdlet("Get-Mailbox")
        shell.add_cmdlet("Select-Object").add_parameter("Property", {"N": "a", "E": "b"})
        shell.invoke()
    assert shell.state == PSInvocationState.FAILED
    assert shell.streams.error[0].fq_error == "ParameterArgumentTransformationError,Select-Object"


def test_the_nineteenth_shell_is_refused(lab: Lab) -> None:
    opened = []
    try:
        with pytest.raises(WSManFaultError, match="maximum number of 18 concurrent shells"):
            for _unused in range(19):
                session = pool(lab)
                session.open()
                opened.append(session)
        assert lab.control.sessions()["open"] == len(opened) == 18
    finally:
        for session in opened:
            session.close()
    assert lab.control.sessions()["open"] == 0


def test_idle_shells_are_closed(tmp_path: Path) -> None:
    what = replace(topology.load("tiny"), limits={"idle_timeout": 0.3, "reap_every": 0.05})
    with Lab(what, tmp_path / "lab", clock=JumpClock(), latency=False) as lab:
        session = pool(lab)
        session.open()
        time.sleep(0.6)
        assert lab.control.sessions() == {"opened": 1, "open": 0, "by_server": {"MBX1": 0}}
        with pytest.raises(WSManFaultError):
            PowerShell(session).add_cmdlet("Get-Mailbox").invoke()


@pytest.mark.parametrize(("seconds", "left"), [(0.3, 0), (20.0, 1)])
def test_the_idle_time_is_what_the_switch_says(tmp_path: Path, seconds: float, left: int) -> None:
    what = replace(topology.load("tiny"), limits={"reap_every": 0.05})
    switches = {"idle_timeout_seconds": seconds}
    with Lab(what, tmp_path / "lab", clock=JumpClock(), latency=False, switches=switches) as lab:
        session = pool(lab)
        session.open()
        time.sleep(0.6)
        assert lab.control.sessions()["open"] == left


@pytest.mark.parametrize(("answer", "left"), [("as asked", 0), ("two hours", 1)])
def test_a_shell_for_programs_is_idle_as_the_switch_says(
    tmp_path: Path, answer: str, left: int
) -> None:
    what = replace(topology.load("tiny"), limits={"reap_every": 0.05})
    switches = {"program_shell_idle_time": answer}
    with Lab(what, tmp_path / "lab", clock=JumpClock(), latency=False, switches=switches) as lab:
        WinRS(connect(lab, "wsman"), idle_time_out=0.3).open()
        time.sleep(0.6)
        assert lab.control.sessions()["open"] == left


@pytest.mark.parametrize("on_path", [True, False])
def test_eseutil_by_its_bare_name(tmp_path: Path, on_path: bool) -> None:
    switches = {"eseutil_on_path": on_path}
    with Lab("tiny", tmp_path / "lab", clock=JumpClock(), latency=False, switches=switches) as lab:
        shell = WinRS(connect(lab, "wsman"))
        shell.open()
        process = Process(shell, "eseutil", ["/mh", "D:\\no.edb"], no_shell=True)
        if on_path:
            process.invoke()
            assert b"Extensible Storage Engine" in process.stdout
        else:
            with pytest.raises(WSManFaultError, match="cannot find the file"):
                process.invoke()
        shell.close()


@pytest.mark.parametrize("offered", [True, False])
def test_remote_powershell_may_be_gone(tmp_path: Path, offered: bool) -> None:
    switches = {"remote_powershell": "offered" if offered else "retired"}
    with Lab("tiny", tmp_path / "lab", clock=JumpClock(), latency=False, switches=switches) as lab:
        if offered:
            with pool(lab) as session:
                assert PowerShell(session).add_cmdlet("Get-Mailbox").invoke()
        else:
            with pytest.raises(WinRMTransportError, match="404"):
                pool(lab).open()


def test_a_question_nobody_answers_fails_the_pipeline(lab: Lab) -> None:
    with pool(lab) as session:
        shell = PowerShell(session).add_cmdlet("Dismount-Database").add_parameter("Identity", "DB01")
        shell.invoke()
    assert shell.state == PSInvocationState.FAILED
    assert lab.control.status()["databases"]["DB01"]["mounted"]


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    for path in ("PowerShell", "wsman"):
        with pytest.raises(AuthenticationError):
            WinRS(connect(lab, path, password="wrong")).open()


def test_only_administrators_start_programs(lab: Lab) -> None:
    account = lab.organisation.accounts["TINY\\operator"]
    with pytest.raises(WSManFaultError, match="[Aa]ccess is denied"):
        WinRS(connect(lab, "wsman", username=account.name, password=account.password)).open()


@pytest.mark.parametrize(
    ("edition", "limit"),
    [("Standard", 5), ("StandardEvaluation", 100), ("Enterprise", 100), ("EnterpriseEvaluation", 100)],
)
def test_editions_have_their_number_of_databases(lab: Lab, edition: str, limit: int) -> None:
    """Trial editions behave as Enterprise (exchange.md 12)."""
    server: ServerObject = lab.organisation.view().all(SERVER)[0]
    assert replace(server, edition=edition).database_limit == limit
