# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls could change something, and what is kept of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.call_log import CallLog, is_changing
from exchange_lab.clock import JumpClock


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "changing"),
    [
        ("cmdlet", "Get-Mailbox", {}, False),
        ("cmdlet", "TEST-ServiceHealth", {}, False),
        ("cmdlet", "Select-Object", {}, False),
        ("cmdlet", "Set-ADServerSettings", {"PreferredServer": "dc1"}, False),
        ("cmdlet", "Set-Mailbox", {"Identity": "a", "Database": "b"}, True),
        ("cmdlet", "Set-Mailbox", {"Identity": "a", "WhatIf": True}, False),
        ("cmdlet", "Set-Mailbox", {"Identity": "a", "WhatIf": False}, True),
        ("cmdlet", "Retry-Queue", {}, True),
        ("cmdlet", "New-MailboxDatabase", {}, True),
        ("wmi", "Win32_Volume", {}, False),
        ("program", "wbadmin", ["get", "versions"], False),
        ("program", "wbadmin", ["start", "recovery", "-itemType:File"], True),
        ("program", "hostname", [], False),
        ("program", "C:\\X Y\\Bin\\ESEUTIL.EXE", ["/mh", "D:\\a.edb"], False),
        ("program", "eseutil", ["/ml", "D:\\E00"], False),
        ("program", "eseutil", ["/r", "E00"], True),
        ("program", "eseutil", ["/p", "D:\\a.edb", "/o"], True),
        ("program", "robocopy", ["a", "b", "/L"], False),
        ("program", "robocopy.exe", ["a", "b", "/LEV:1"], True),
        ("program", "icacls", ["D:\\a"], False),
        ("program", "icacls", ["D:\\a", "/reset"], True),
        ("program", "sc", ["query", "MSExchangeIS"], False),
        ("program", "sc", ["stop", "MSExchangeIS"], True),
        ("program", "cmd.exe", ["/d", "/s", "/c", '"dir "D:\\a b""'], False),
        ("program", "cmd", ["/c", "hostname"], False),
        ("program", "cmd", ["/c", "cmd.exe /c dir D:\\"], False),
        ("program", "cmd", ["/c", "sc stop MSExchangeIS"], True),
        ("program", "cmd", ["/c", "directory.exe"], True),
        ("program", "cmd", ["/c", "dir > D:\\x"], True),
        ("program", "cmd", ["/c", "dir & del x"], True),
        ("program", "cmd.exe", ["/d /v:off /s /c \"ren a b\""], True),
        ("program", "cmd", ["/c", "if exist D:\\a echo yes"], False),
        ("program", "cmd", ["/c", 'if exist "D:\\a b" del D:\\x'], True),
        ("program", "unknown.exe", [], True),
        ("program", "icacls", {"arguments": ["D:\\a"], "command_line": "icacls D:\\a"}, False),
        ("program", "icacls", {"arguments": ["D:\\a", "/reset"], "command_line": "..."}, True),
    ],
)
def test_is_changing(kind: str, name: str, arguments: Any, changing: bool) -> None:
    assert is_changing(kind, name, arguments) is changing


def test_calls_are_kept_with_their_outcome_and_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_LAB_CALLS", str(tmp_path / "calls"))
    log = CallLog(JumpClock())
    finish = log.begin("MBX1", "X\\a", "s1", "cmdlet", "Set-Mailbox", {"Identity": "a"})
    log.begin("MBX1", "X\\a", "s1", "cmdlet", "Get-Mailbox", {})("ok")
    assert [c["outcome"] for c in log.calls()] == ["running", "ok"]
    finish("errors: 1")
    assert [c["name"] for c in log.calls(changing=True)] == ["Set-Mailbox"]
    (path,) = (tmp_path / "calls").glob("*.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(c["name"], c["outcome"]) for c in lines] == [("Get-Mailbox", "ok"), ("Set-Mailbox", "errors: 1")]
    assert {"time", "server", "account", "session", "kind", "parameters", "seconds"} < set(lines[0])


def test_secrets_are_not_kept() -> None:
    class SecureString(str):
        pass

    log = CallLog(JumpClock())
    log.begin("MBX1", "a", "s", "cmdlet", "New-Mailbox", {"Password": SecureString("geheim")})
    assert log.calls()[0]["parameters"] == {"Password": "***"}
