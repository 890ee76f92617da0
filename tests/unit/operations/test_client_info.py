# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""client_info on a scripted transport: who is listed, and why."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import client_info
from scripted_transport import ScriptedTransport, not_found, scripted_context

DATABASE = {
    "Name": "DB01",
    "Guid": "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c55aa",
    "DistinguishedName": "CN=DB01",
    "Server": "MBX1",
    "Recovery": False,
    "EdbFilePath": "D:\\DB01.edb",
    "LogFolderPath": "D:\\DB01",
}
ARGS: dict[str, Any] = {"databases": ["DB01"], "from_server": "MBX1", "to_server": "MBX2"}
NOTHING = (False, False, False, None)


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def mailbox(number: int, name: str) -> dict[str, Any]:
    return {
        "Guid": guid(number),
        "ExchangeGuid": guid(100 + number),
        "DistinguishedName": f"CN={name}",
        "DisplayName": name,
        "Alias": name.lower().strip("="),
        "PrimarySmtpAddress": f"{name.lower().strip('=')}@contoso.lab",
        "RecipientTypeDetails": "UserMailbox",
        "Database": "DB01",
    }


def access(number: int, settings: tuple[bool, bool, bool, bool | None]) -> dict[str, Any]:
    keys = ("PopEnabled", "ImapEnabled", "ActiveSyncEnabled", "HasActiveSyncDevicePartnership")
    return {"Guid": guid(number), **dict(zip(keys, settings, strict=True))}


def run(
    settings: dict[str, tuple[bool, bool, bool, bool | None]], check: bool = False, **args: Any
) -> dict[str, Any]:
    transport = ScriptedTransport()
    transport.expect_name("Get-MailboxDatabase", output=[DATABASE])
    rows = [mailbox(n, name) for n, name in enumerate(settings, 1)]
    transport.expect_name("Get-Mailbox", lambda p: p["ResultSize"] == "Unlimited", output=rows)
    same = {**ARGS, **args}["from_server"].partition(".")[0] == {**ARGS, **args}["to_server"]
    if not same:
        transport.expect_name(
            "Get-CASMailbox",
            lambda p: p["ResultSize"] == "Unlimited" and "Identity" not in p,
            output=[access(n, s) for n, s in enumerate(settings.values(), 1)],
        )
    defaults = {"protocols": list(client_info.PROTOCOLS), "exceptions": []}
    context = scripted_context(transport, check=check)
    result = client_info.run(context, {**ARGS, **defaults, **args})
    transport.finished()
    assert result["changed"] is False
    return result


@pytest.mark.parametrize(
    ("settings", "args", "clients"),
    [
        (NOTHING, {}, None),
        ((True, False, False, None), {}, ["pop"]),
        ((False, True, False, None), {}, ["imap"]),
        ((False, False, True, True), {}, ["activesync"]),
        ((False, False, True, None), {}, ["activesync"]),
        ((False, False, True, False), {}, None),  # allowed, but no phone was ever set up
        ((True, True, True, True), {}, ["pop", "imap", "activesync"]),
        ((True, True, True, True), {"protocols": ["activesync"]}, ["activesync"]),
        ((True, True, True, True), {"protocols": []}, None),
        ((True, True, True, True), {"to_server": "MBX1"}, None),
        ((True, True, True, True), {"from_server": "MBX2.contoso.lab"}, None),
        (NOTHING, {"exceptions": [{"mailbox": " ANN ", "reason": "a scanner"}]}, ["exception"]),
        (
            NOTHING,
            {"exceptions": [{"mailbox": "Ann@contoso.lab", "reason": "a scanner"}]},
            ["exception"],
        ),
        (NOTHING, {"exceptions": [{"mailbox": guid(1), "reason": "a scanner"}]}, ["exception"]),
        (NOTHING, {"exceptions": [{"mailbox": "bob", "reason": "a scanner"}]}, None),
    ],
)
def test_who_is_listed(settings: Any, args: dict[str, Any], clients: list[str] | None) -> None:
    result = run({"Ann": settings}, **args)
    assert [row["clients"] for row in result["clients"]] == ([clients] if clients else [])
    assert result["mailboxes"] == 1
    assert result["by_client"] == dict.fromkeys(sorted(clients or []), 1)
    for row in result["clients"]:
        assert row["why"]
        if "exception" in row["clients"]:
            assert "a scanner" in row["why"]


def test_the_csv_is_for_the_owner_only_and_never_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "new" / "clients.csv"
    result = run({"=cmd()": (True, False, False, None), "Bob": NOTHING}, csv=str(file))
    assert result["csv"] == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["display_name"] for row in rows] == ["'=cmd()"]
    assert rows[0]["from_server"] == "MBX1" and rows[0]["to_server"] == "MBX2"
    assert rows[0]["clients"] == "pop" and rows[0]["why"]


def test_check_mode_writes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    assert run({"Ann": (True, False, False, None)}, check=True, csv=str(file))["clients"]
    assert not file.exists()


def test_a_path_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PreconditionError) as caught:
        run({"Ann": (True, False, False, None)}, csv=str(tmp_path / "file" / "clients.csv"))
    assert caught.value.remedy


@pytest.mark.parametrize("check", [True, False])
def test_a_database_that_is_not_there_yet(check: bool) -> None:
    transport = ScriptedTransport()
    transport.expect_name("Get-MailboxDatabase", errors=[not_found()])
    context = scripted_context(transport, check=check)
    result = client_info.run(context, dict(ARGS))
    transport.finished()
    assert result["clients"] == [] and result["mailboxes"] == 0
    assert bool(context.warnings) is not check


@pytest.mark.parametrize(
    "args", [{"databases": []}, {"databases": ["DB*"]}, {"from_server": " "}, {"to_server": ""}]
)
def test_bad_input(args: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        client_info.run(scripted_context(ScriptedTransport()), {**ARGS, **args})
    assert caught.value.remedy
