# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mail_queue on a scripted transport."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    RemoteCommandError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import mail_queue
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command
from scripted_transport import ScriptedTransport, not_found, scripted_context

DATABASE: dict[str, Any] = {
    "Name": "DB01",
    "Guid": "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c55aa",
    "DistinguishedName": "CN=DB01",
    "Server": "MBX1",
    "Recovery": False,
    "EdbFilePath": "D:\\DB01.edb",
    "LogFolderPath": "D:\\DB01",
    "Mounted": False,
}
SERVERS = [
    {
        "Name": name,
        "Fqdn": name,
        "Edition": "Enterprise",
        "AdminDisplayVersion": "",
        "IsMailboxServer": box,
    }
    for name, box in (("MBX1", True), ("EDGE", False), ("MBX2", True))
]
ARGS = {"database": "DB01", "state": "resubmitted", "wait_timeout": 300}


def queue(number: int, messages: int, status: str = "Retry") -> dict[str, Any]:
    return {
        "Identity": f"MBX{number}\\17",
        "Status": status,
        "MessageCount": messages,
        "NextHopDomain": "DB01",
        "LastError": "offline",
        "NextRetryTime": None,
    }


def look(transport: ScriptedTransport, one: list[Any], two: list[Any]) -> None:
    transport.expect_name("Get-Queue", lambda p: p["Server"] == "MBX1", output=one)
    transport.expect_name("Get-Queue", lambda p: p["Server"] == "MBX2", output=two)


def begin(mounted: bool = False) -> ScriptedTransport:
    transport = ScriptedTransport()
    transport.expect_name("Get-MailboxDatabase", output=[{**DATABASE, "Mounted": mounted}])
    transport.expect_name("Get-ExchangeServer", output=SERVERS)
    return transport


def resubmit(transport: ScriptedTransport, number: int, **answer: Any) -> None:
    transport.expect(
        Command(
            "Retry-Queue", {"Identity": f"MBX{number}\\17", "Resubmit": True, "Confirm": False}
        ),
        **answer,
    )


def test_four_beats() -> None:
    with begin() as transport:  # check mode
        look(transport, [queue(1, 42)], [queue(2, 3)])
        predicted = mail_queue.run(scripted_context(transport, check=True), dict(ARGS))
    with begin() as transport:  # the real run
        look(transport, [queue(1, 42)], [queue(2, 3)])
        look(transport, [queue(1, 42)], [queue(2, 3)])
        resubmit(transport, 1)
        resubmit(transport, 2)
        look(transport, [queue(1, 0, "Ready")], [])
        result = mail_queue.run(scripted_context(transport), dict(ARGS))
    assert (predicted["changed"], predicted["resubmitted"]) == (True, 45)
    assert (result["changed"], result["resubmitted"], result["waiting"]) == (True, 45, 0)
    with begin() as transport:  # again
        look(transport, [queue(1, 0, "Ready")], [])
        assert mail_queue.run(scripted_context(transport), dict(ARGS))["changed"] is False
    with begin() as transport:  # only looking
        look(transport, [queue(1, 42)], [])
        seen = mail_queue.run(scripted_context(transport), {**ARGS, "state": "reported"})
    assert (seen["changed"], seen["waiting"]) == (False, 42)


def test_mail_that_comes_back_is_sent_on_again() -> None:
    """A transport server whose domain controller lags puts it into the same queue once more."""
    with begin() as transport:
        look(transport, [queue(1, 5)], [])
        look(transport, [queue(1, 5)], [])
        resubmit(transport, 1)
        look(transport, [queue(1, 5, "Active")], [])
        look(transport, [queue(1, 5)], [])
        resubmit(transport, 1)
        look(transport, [], [])
        context = scripted_context(transport)
        assert mail_queue.run(context, dict(ARGS))["waiting"] == 0
        assert context.warnings == []


def test_mail_on_its_way_to_a_mounted_database_does_not_wait() -> None:
    with begin(mounted=True) as transport:
        look(transport, [queue(1, 5, "Active")], [])
        assert mail_queue.run(scripted_context(transport), dict(ARGS))["changed"] is False


def test_a_queue_that_tried_by_itself_is_no_error() -> None:
    with begin() as transport:
        look(transport, [queue(1, 5)], [])
        look(transport, [queue(1, 5)], [])
        resubmit(transport, 1, errors=["The queue isn't in the Retry state."])
        transport.expect_name("Get-Queue", output=[queue(1, 5, "Active")])
        look(transport, [], [])
        assert mail_queue.run(scripted_context(transport), dict(ARGS))["resubmitted"] == 0


def test_a_refusal_is_an_error() -> None:
    with begin() as transport:
        look(transport, [queue(1, 5)], [])
        look(transport, [queue(1, 5)], [])
        resubmit(transport, 1, errors=["No."])
        transport.expect_name("Get-Queue", output=[queue(1, 5)])
        with pytest.raises(RemoteCommandError, match="No."):
            mail_queue.run(scripted_context(transport), dict(ARGS))


def test_what_waits_for_ever_is_a_warning() -> None:
    transport = begin()
    look(transport, [queue(1, 5, "Suspended")], [])
    for _unused in range(60):
        look(transport, [queue(1, 5, "Suspended")], [])
    context = scripted_context(transport)
    result = mail_queue.run(context, {**ARGS, "wait_timeout": 60})
    assert result["waiting"] == 5
    assert "5 messages still wait" in context.warnings[0]


def test_a_server_that_does_not_answer_is_a_warning() -> None:
    with begin() as transport:
        transport.expect_name("Get-Queue", errors=["The Transport service isn't running."])
        transport.expect_name("Get-Queue", output=[])
        context = scripted_context(transport)
        assert mail_queue.run(context, dict(ARGS))["changed"] is False
        assert "MBX1" in context.warnings[0]


@pytest.mark.parametrize("name", ["", "  ", "DB*", "x" * 65, "MBX1\\DB01"])
def test_bad_names(name: str) -> None:
    with ScriptedTransport() as transport, pytest.raises(InputError) as caught:
        mail_queue.run(scripted_context(transport), {**ARGS, "database": name})
    assert caught.value.remedy


def test_unknown_database() -> None:
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", errors=[not_found()])
        transport.expect_name("Get-MailboxDatabase", errors=[not_found()])
        with pytest.raises(NotFoundError, match="DB01"):
            mail_queue.run(scripted_context(transport), dict(ARGS))
