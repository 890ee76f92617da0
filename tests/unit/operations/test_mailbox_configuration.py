# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mailbox_configuration when Exchange refuses, or the session dies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    RemoteCommandError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import mailboxes
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    mailbox_configuration,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandError,
)
from scripted_transport import ScriptedTransport, scripted_context

GUIDS = {
    "DB01": "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c5501",
    "DB01-DT": "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c5502",
}


def database(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Guid": GUIDS[name],
        "DistinguishedName": f"CN={name}",
        "Server": "MBX1",
        "Recovery": False,
        "EdbFilePath": f"D:\\{name}.edb",
        "LogFolderPath": f"D:\\{name}",
        "Mounted": name != "DB01",
        "IsExcludedFromProvisioningReason": "Dial tone for DB01, run 20261122-141502",
        **more,
    }


def box(number: int, home: str, name: str | None = None) -> dict[str, Any]:
    return {
        "Guid": f"11111111-0000-0000-0000-00000000000{number}",
        "ExchangeGuid": f"22222222-0000-0000-0000-00000000000{number}",
        "DistinguishedName": f"CN=User {number}",
        "DisplayName": name or f"User {number}",
        "Alias": f"user{number}",
        "RecipientTypeDetails": "UserMailbox",
        "Database": home,
        "MailboxMoveStatus": "None",
    }


def begin(*users: dict[str, Any]) -> ScriptedTransport:
    transport = ScriptedTransport()
    transport.expect_name("Get-MailboxDatabase", output=[database("DB01")])
    transport.expect_name("Get-MailboxDatabase", output=[database("DB01-DT")])
    look(transport, users, moves=True)
    look(transport, ())
    return transport


def look(transport: ScriptedTransport, users: Any, moves: bool = False) -> None:
    for kind in mailboxes.KINDS:
        transport.expect_name("Get-Mailbox", output=users if kind.name == "user" else ())
    transport.expect_name("Get-Mailbox")  # archives
    if moves:
        transport.expect_name("Get-MoveRequest")
        transport.expect_name("Get-MoveRequest")


def rehome(transport: ScriptedTransport, number: int, **answer: Any) -> None:
    guid = box(number, "")["Guid"]
    transport.expect_name("Set-Mailbox", lambda p: p["Identity"] == guid, **answer)


def arguments(tmp_path: Path) -> dict[str, Any]:
    return {
        "source_database": "DB01",
        "target_database": "DB01-DT",
        "ledger": str(tmp_path / "ledger.json"),
        "archives": "rehome",
        "public_folders": "leave",
    }


def rows(tmp_path: Path) -> dict[str, dict[str, Any]]:
    data = json.loads((tmp_path / "ledger.json").read_text())
    return {row["display_name"]: row for row in data["rows"]}


def test_one_refusal_does_not_stop_the_others(tmp_path: Path) -> None:
    users = [box(n, "DB01") for n in (1, 2, 3)]
    with begin(*users) as transport:
        rehome(transport, 1)
        rehome(transport, 2, errors=["Mailbox 'User 2' has a pending move request (Queued)."])
        rehome(transport, 3)
        look(transport, [box(1, "DB01-DT"), box(3, "DB01-DT")])
        look(transport, [box(2, "DB01")], moves=True)
        result = mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))
    assert result["failed"] and result["changed"]
    assert (result["rehomed"], result["remaining"]) == (2, 1)
    (failure,) = result["failures"]
    assert failure["display_name"] == "User 2"
    assert failure["remedy"]
    assert "User 2" in result["msg"] and "same command" in result["msg"]
    book = rows(tmp_path)
    assert book["User 1"]["rehomed_at"] and not book["User 2"]["rehomed_at"]
    assert "not rehomed" in book["User 2"]["note"]


@pytest.mark.parametrize("arrived", [False, True])
def test_after_a_lost_answer_it_looks_and_tries_once_more(tmp_path: Path, arrived: bool) -> None:
    """Never again before a look: it may be done."""
    with begin(box(1, "DB01")) as transport:
        rehome(transport, 1, raises=SessionLostError("gone"))
        now = "DB01-DT" if arrived else "DB01"
        transport.expect_name("Get-Mailbox", output=[{"Database": now, "ArchiveDatabase": None}])
        if not arrived:
            rehome(transport, 1)
        look(transport, [box(1, "DB01-DT")])
        look(transport, (), moves=True)
        result = mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))
    assert (result["rehomed"], result.get("failed")) == (1, None)


def test_a_dead_server_ends_it_and_the_ledger_knows_how_far_it_came(tmp_path: Path) -> None:
    with begin(box(1, "DB01"), box(2, "DB01")) as transport:
        rehome(transport, 1)
        rehome(transport, 2, raises=TransportError("no route"))
        with pytest.raises(TransportError):
            mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))
    book = rows(tmp_path)
    assert book["User 1"]["rehomed_at"] and not book["User 2"]["rehomed_at"]
    assert book["User 2"]["from_database"] == "DB01"


def test_a_missing_role_stops_at_once(tmp_path: Path) -> None:
    hidden = CommandError(
        "A parameter cannot be found that matches parameter name 'Database'.",
        error_id="NamedParameterNotFound,Set-Mailbox",
        exception="ParameterBindingException",
    )
    with begin(box(1, "DB01"), box(2, "DB01")) as transport:
        rehome(transport, 1, errors=[hidden])
        with pytest.raises(RemoteCommandError, match="Organization Management"):
            mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))


def test_the_list_is_written_before_the_first_change(tmp_path: Path) -> None:
    def is_written(parameters: Any) -> bool:
        return rows(tmp_path)["User 1"]["from_database"] == "DB01"

    with begin(box(1, "DB01")) as transport:
        transport.expect_name("Set-Mailbox", is_written)
        look(transport, [box(1, "DB01-DT")])
        look(transport, (), moves=True)
        mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))


def test_namesakes_are_told_apart_in_the_diff(tmp_path: Path) -> None:
    with begin(box(1, "DB01", "Ann"), box(2, "DB01", "Ann")) as transport:
        context = scripted_context(transport, check=True)
        result = mailbox_configuration.run(context, arguments(tmp_path))
    assert result["rehomed"] == len(result["diff"]["before"]) == 2


def test_what_was_accepted_but_is_not_there_is_not_counted(tmp_path: Path) -> None:
    """The command succeeded, and the directory says otherwise."""
    with begin(box(1, "DB01")) as transport:
        rehome(transport, 1)
        look(transport, ())
        look(transport, [box(1, "DB01")], moves=True)
        result = mailbox_configuration.run(scripted_context(transport), arguments(tmp_path))
    assert result["failed"] and not result["changed"]
    assert (result["rehomed"], result["remaining"]) == (0, 1)
