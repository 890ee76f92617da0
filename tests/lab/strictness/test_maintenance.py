# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair requests, Safety Net and the health of the replication service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from exchange_shell import Answer, Site, category

from exchange_lab.directory import MAILBOX
from exchange_lab.store import Message

pytestmark = pytest.mark.strictness


# --- repair requests --------------------------------------------------------------------------------------------
def repair(site: Site, **where: Any) -> Answer:
    return site.run("New-MailboxRepairRequest", **{"CorruptionType": ["MessageId"], **where})


def corrupt(site: Site, mailbox: Any) -> int:
    stored = site.mounted("DB01").mailbox(mailbox.exchange_guid)
    assert stored is not None
    return sum(message.corrupt for message in stored.messages.values())


def test_a_repair_makes_bad_items_readable(site: Site) -> None:
    box = site.mailboxes("DB01")[0]
    site.put("DB01", box, "bad", corrupt=True)
    looked = repair(site, Mailbox=box.guid, DetectOnly=True).one
    assert looked.get("JobState") == "Running"
    site.wait(60)
    shown = site.run("Get-MailboxRepairRequest", Identity=looked.get("Identity")).one
    assert shown.get("JobState") == "Succeeded" and shown.get("FinishTime") is not None
    assert (shown.get("CorruptionsDetected"), shown.get("CorruptionsFixed")) == (1, 0)
    assert corrupt(site, box) == 1
    repair(site, Mailbox=box.guid, CorruptionType=["SearchFolder"]).ok()
    site.wait(60)
    assert corrupt(site, box) == 1  # that looks for something else
    repair(site, Mailbox=box.guid).ok()
    site.wait(60)
    assert corrupt(site, box) == 0
    all_of_it = site.run("Get-MailboxRepairRequest", Database="DB01").values("CorruptionsFixed")
    assert all_of_it == [0, 0, 1]
    assert len(site.run("Get-MailboxRepairRequest", Mailbox=box.guid).ok().output) == 3


def test_one_repair_of_a_database_at_a_time(site: Site) -> None:
    repair(site, Database="DB01").ok()
    assert category(repair(site, Database="DB02").refusal) == "InvalidOperationException"
    assert repair(site, Mailbox=site.mailboxes("DB02")[0].guid).refusal
    site.wait(60)
    repair(site, Database="DB02").ok()


def test_a_hundred_repairs_of_mailboxes_at_a_time(site: Site) -> None:
    box = site.mailboxes("DB01")[0].guid
    for _unused in range(100):
        site.organisation.repairs.begin(site.mounted("DB01"), box, ("FolderACL",), False)
    assert "100" in repair(site, Mailbox=box).refusal.message


def test_a_dismount_ends_a_repair(site: Site) -> None:
    box = site.mailboxes("DB01")[0]
    site.put("DB01", box, "bad", corrupt=True)
    repair(site, Database="DB01").ok()
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    assert category(repair(site, Database="DB01").refusal) == "MapiExceptionMdbOffline"
    site.run("Mount-Database", Identity="DB01").ok()
    site.wait(60)
    assert site.run("Get-MailboxRepairRequest", Database="DB01").one.get("JobState") == "Failed"
    assert corrupt(site, box) == 1


def test_what_is_to_be_repaired_has_to_be_there(site: Site) -> None:
    never_used = site.mailboxes("DB01")[-1]
    if site.mounted("DB01").mailbox(never_used.exchange_guid) is None:
        assert repair(site, Mailbox=never_used.guid).refusal
    nobody = {"StoreMailbox": "11111111-1111-1111-1111-111111111111"}
    assert repair(site, Database="DB01", **nobody).refusal
    assert "enumerator" in repair(site, Database="DB01", CorruptionType=["Rust"]).refusal.message
    assert site.run("Get-MailboxRepairRequest", Identity="nothing").refusal


# --- Safety Net -------------------------------------------------------------------------------------------------
def send(site: Site, subject: str) -> Any:
    box = site.mailboxes("DB01")[0]
    message = Message(id=subject, message_id=subject, subject=subject)
    site.organisation.audit.accepted(message, box.guid)
    site.server.transport.submit(message, box.guid)
    return box


def resubmit(site: Site, database: str = "DB01", hours: float = 6, **more: Any) -> Answer:
    now = site.clock.now()
    values = {
        "Destination": site.database(database).guid,
        "StartTime": (now - timedelta(hours=hours)).isoformat(),
        "EndTime": now.isoformat(),
        **more,
    }
    return site.run("Add-ResubmitRequest", **{k: v for k, v in values.items() if v is not None})


def subjects(site: Site, box: Any, database: str = "DB01") -> list[str]:
    stored = site.mounted(database).mailbox(box.exchange_guid)
    assert stored is not None
    return [m.subject for m in stored.messages.values() if m.subject in ("kept", "lost")]


def test_what_was_lost_is_delivered_again_and_nothing_twice(site: Site) -> None:
    box = send(site, "kept")
    send(site, "lost")
    stored = site.mounted("DB01").mailbox(box.exchange_guid)
    assert stored is not None
    stored.remove("lost")
    asked = resubmit(site).one
    assert asked.get("State") == "Running" and subjects(site, box) == ["kept"]
    site.wait(60)
    assert sorted(subjects(site, box)) == ["kept", "lost"]
    done = site.run("Get-ResubmitRequest", Identity=asked.get("Identity")).one
    assert done.get("State") == "Completed"
    report = site.organisation.audit.report(site.organisation.view(), site.organisation.mounted)
    assert not report["lost"] and not report["doubled"]


def test_messages_go_to_where_the_mailbox_is_now(site: Site) -> None:
    box = send(site, "kept")
    target = site.database("DB02").guid
    dc = site.organisation.domain_controller
    site.organisation.directory.write(dc, MAILBOX, box.guid, {"database": target})
    site.wait()
    resubmit(site, "DB02").ok()  # this database got nothing
    site.wait(60)
    assert site.mounted("DB02").mailbox(box.exchange_guid) is None
    resubmit(site).ok()
    site.wait(60)
    assert subjects(site, box, "DB02") == ["kept"]


def test_it_keeps_two_days_and_the_period_that_is_asked_for(site: Site) -> None:
    box = send(site, "lost")
    stored = site.mounted("DB01").mailbox(box.exchange_guid)
    assert stored is not None
    stored.remove("lost")
    site.wait(3 * 3600)
    resubmit(site, hours=1).ok()
    site.wait(60)
    assert not subjects(site, box)
    site.wait(50 * 3600)
    resubmit(site, hours=100).ok()
    site.wait(60)
    assert not subjects(site, box)


def test_one_server_per_call(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    resubmit(site, Server="MBX2").ok()
    assert not site.run("Get-ResubmitRequest", Server="MBX1").ok().output
    assert len(site.run("Get-ResubmitRequest", Server="MBX2").ok().output) == 1


def test_what_a_resubmit_request_needs(site: Site) -> None:
    assert "Destination" in resubmit(site, Destination=None).refusal.message
    assert "later" in resubmit(site, hours=-1).refusal.message
    assert "simulate" in resubmit(site, Destination=None, Sender="a@b.example").refusal.message
    site.server.services["MSExchangeTransport"] = "Stopped"
    assert category(resubmit(site).refusal) == "QueueViewerException"
    assert site.run("Get-ResubmitRequest").refusal


# --- Test-MRSHealth ---------------------------------------------------------------------------------------------
def test_health_of_the_replication_service(site: Site) -> None:
    checks = site.run("Test-MRSHealth").ok()
    assert checks.values("Check") == ["ServiceCheck", "RPCPingCheck", "QueueScanCheck"]
    assert checks.values("Passed") == [True, True, True]
    site.wait(300)
    late = site.run("Test-MRSHealth", Identity="MBX1", MaxQueueScanAgeSeconds=5).ok()
    assert late.values("Passed") == [True, True, False]
    site.server.services["MSExchangeMailboxReplication"] = "Stopped"
    stopped = site.run("Test-MRSHealth", Identity="MBX1").one
    assert (stopped.get("Check"), stopped.get("Passed")) == ("ServiceCheck", False)
