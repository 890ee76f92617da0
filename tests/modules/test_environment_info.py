# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""environment_info against the lab: it finds out what the switches say, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    environment_info,
    recovery_database,
)

from exchange_lab.switches import FACTS, SWITCHES, mix


def look(desk: Any) -> dict[str, str]:
    """Number -> all answers to it; nothing may have been changed."""
    before = len(desk.changing())
    result = desk.run(environment_info.run)
    assert desk.changing()[before:] == []
    answers: dict[str, str] = {}
    for fact in result["facts"]:
        assert fact["number"] in {*FACTS, *(s.fact for s in SWITCHES.values())}, fact
        assert all(fact[key] for key in ("scope", "question", "answer", "means"))
        assert bool(fact["remedy"]) is fact["problem"], fact
        answers[fact["number"]] = answers.get(fact["number"], "") + fact["answer"] + "|"
    assert len(result["problems"]) == sum(fact["problem"] for fact in result["facts"])
    return answers


@pytest.mark.parametrize("topology", ["tiny", "contoso", "dag"])
def test_a_healthy_organisation(open_desk: Callable[..., Any], topology: str) -> None:
    found = look(open_desk(topology))
    assert "2019 15.2" in found["16a"]
    assert found["16c"] == "none|"
    assert found["7"] == "yes|"
    assert "accepted" in found["6a"]
    assert found["5"] == "yes|"
    assert found["8a"] == "null|"
    assert found["5.7"].startswith("yes")
    assert found["14b"] == "Version 15.02|"
    assert found["2a"] == "none|"


def test_it_sees_the_other_answers(open_desk: Callable[..., Any]) -> None:
    found = look(open_desk("tiny", switches={**mix("other"), "latency_scale": 1.0}))
    assert found["6b"].startswith("it does not") and "no|" in found["6b"]
    assert "refused" in found["6a"] and "accepted" not in found["6a"]
    assert found["5"] == "no|"
    assert found["8a"].startswith("missing: Mounted")
    assert found["5.7"].endswith("Bin\\eseutil.exe|")
    assert found["14b"] == "Version 15.02.1544.009|"


def test_it_reads_requests_headers_and_flags_that_happen_to_exist(recovery: Any) -> None:
    """After the restore: a dismounted database, and later a recovery database and requests."""
    desk = recovery.desk
    recovery.dial_tone()
    recovery.restore()
    desk.run(recovery_database.run, **recovery.recovery_database(state="mounted"))
    user = next(
        iter(desk.lab.organisation.view().find("mailbox", recipient_type_details="UserMailbox"))
    )
    desk.lab.run_cmdlet(
        "New-MailboxRestoreRequest",
        {"SourceDatabase": "DB01-Restored", "SourceStoreMailbox": user.exchange_guid,
         "TargetMailbox": user.guid, "Suspend": True},
    )  # fmt: skip
    desk.lab.run_cmdlet("Set-MailboxDatabase", {"Identity": "DB02", "AllowFileRestore": True})
    desk.control.sleep(60)
    found = look(desk)
    assert found["9c"] == "Suspended|"
    assert found["9d"] == "QueuedTimestamp|"
    assert found["9b"] == "None|"
    assert found["2a"] == "DB01-Restored|"
    assert found["3a"] == "DB02|"
    assert "DB01: false" in found["8b"]


def test_an_account_without_the_roles(open_desk: Callable[..., Any]) -> None:
    desk = open_desk("tiny", switches={"role_model": "without Disaster Recovery"})
    result = desk.run(environment_info.run)
    (missing,) = [fact for fact in result["facts"] if fact["number"] == "16c"]
    assert missing["problem"]
    assert "New-MailboxRestoreRequest" in missing["answer"]
    assert "Organization Management" in missing["remedy"]
    assert [line for line in result["problems"] if "New-MailboxRestoreRequest" in line]


def test_no_room_for_a_database(open_desk: Callable[..., Any]) -> None:
    result = open_desk("standard").run(environment_info.run)
    (room,) = [fact for fact in result["facts"] if fact["number"] == "18b"]
    assert room["problem"] and room["answer"].startswith("0 of 5")
    assert "in_place" in room["remedy"]
