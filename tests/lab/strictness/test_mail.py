# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail as an administrator sees it over the wire: queues, reports, quotas, first use, full disks."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_shell import Site

from exchange_lab.control import Control
from exchange_lab.directory import MailboxObject
from exchange_lab.store import Message

pytestmark = pytest.mark.strictness

MB = 1024**2


@pytest.fixture
def control(site: Site) -> Control:
    found: Control = site.shell.lab.control
    return found


def queue(site: Site, database: str = "DB01") -> Any:
    return site.run("Get-Queue", Server="MBX1", Filter=f"NextHopDomain -eq '{database}'").one


def dial_tone(site: Site, user: MailboxObject) -> None:
    """An empty database that one mailbox is rehomed to."""
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    site.run("Set-Mailbox", Identity=user.guid, Database="DT", Force=True).ok()
    site.wait()


def in_database(site: Site, database: str) -> list[str]:
    return [str(g) for g in site.run("Get-MailboxStatistics", Database=database).values("MailboxGuid")]


def test_mail_for_a_dismounted_database_queues_and_retries(site: Site, control: Control) -> None:
    user = site.mailboxes("DB01")[0]
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    control.send(user.guid, 3)
    waiting = queue(site)
    assert (waiting.get("Status"), waiting.get("MessageCount")) == ("Retry", 3)
    assert "database is offline" in waiting.get("LastError") and waiting.get("NextRetryTime")
    site.wait(610)
    assert queue(site).get("RetryCount") == 2
    site.run("Mount-Database", Identity="DB01").ok()
    assert queue(site).get("MessageCount") == 3  # not before the next retry
    site.wait(300)
    assert queue(site).get("MessageCount") == 0


def test_it_expires_after_two_days_and_the_sender_gets_a_report(site: Site, control: Control) -> None:
    user, sender = site.mailboxes("DB01")[0], site.mailboxes("DB02")[0]
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    flow = site.organisation.mail_flow
    with site.organisation.lock:
        flow.send(user, sender=sender.primary_smtp_address, subject="urgent")
        flow.send(user)  # from outside
    site.wait(2 * 86400 - 600)
    assert queue(site).get("MessageCount") == 2
    site.wait(1200)
    assert queue(site).get("MessageCount") == 0
    assert [("expired" in b["reason"]) for b in control.audit()["bounced"]] == [True, True]
    reports = [m["subject"] for m in control.read(sender.guid) or [] if "REPORT" in m["item_class"]]
    assert reports == ["Undeliverable: urgent"]


def test_a_report_that_cannot_be_delivered_is_not_reported(site: Site, control: Control) -> None:
    one, other = site.mailboxes("DB01")[:2]
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    with site.organisation.lock:
        site.organisation.mail_flow.send(one, sender=other.primary_smtp_address)
    site.wait(5 * 86400)
    assert len(control.audit()["bounced"]) == 2  # the message and its report
    assert queue(site).get("MessageCount") == 0


def test_resubmitting_needs_a_queue_in_retry(site: Site, control: Control) -> None:
    control.send("all")
    answer = site.run("Retry-Queue", Identity=queue(site).get("Identity"), Resubmit=True, Confirm=False)
    assert answer.refusal
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    control.send("all")
    site.run(
        "Retry-Queue", Server="MBX1", Filter="NextHopDomain -eq 'DB01'", Resubmit=True, Confirm=False
    ).ok()
    assert queue(site).get("MessageCount") == 5  # nobody was rehomed: they are back


def test_a_new_database_bounces_above_two_gigabytes(site: Site, control: Control) -> None:
    """ProhibitSendReceiveQuota is 2.3 GB until the failed database's quotas are copied."""
    user = site.mailboxes("DB01")[0]
    dial_tone(site, user)
    full = Message(id="full", message_id="full", size=2250 * MB)
    with site.organisation.lock:
        site.mounted("DT").logon(user.exchange_guid, user).add(full, weight=1000)
    control.send(user.guid, 3, size=50 * MB)
    bounced = control.audit()["bounced"]
    assert len(bounced) == 1 and "quota exceeded" in bounced[0]["reason"]  # 2.3 GB are 2355 MB
    site.run("Set-MailboxDatabase", Identity="DT", ProhibitSendReceiveQuota="12GB").ok()
    site.wait()
    control.send(user.guid, 3, size=50 * MB)
    assert len(control.audit()["bounced"]) == 1


@pytest.mark.parametrize("use", ["delivery", "logon"])
def test_a_mailbox_exists_after_its_first_delivery_or_logon(
    site: Site, control: Control, use: str
) -> None:
    user = site.mailboxes("DB01")[0]
    dial_tone(site, user)
    assert user.exchange_guid not in in_database(site, "DT")
    if use == "delivery":
        control.send(user.guid)
    else:
        site.run("Test-MAPIConnectivity", Identity=user.guid).ok()
    assert user.exchange_guid in in_database(site, "DT")


def test_the_old_copy_is_disconnected_and_goes_after_its_retention(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    dial_tone(site, user)
    site.wait(29 * 86400)
    row = site.run("Get-MailboxStatistics", Database="DB01", StoreMailboxIdentity=user.exchange_guid).one
    assert row.get("DisconnectReason") == "SoftDeleted" and row.get("ItemCount") > 0
    site.wait(3 * 86400)
    assert user.exchange_guid not in in_database(site, "DB01")


def test_a_full_disk_stops_the_databases_on_it(site: Site, control: Control) -> None:
    control.fill_volume("MBX1", "D:\\", 4 * MB)
    control.start_mail_flow(60)
    site.wait(1800)
    control.stop_mail_flow()
    shown = site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one
    assert shown.get("Mounted") is False
    assert [e["event_id"] for e in control.events("MBX1")] != []
    assert queue(site).get("Status") == "Retry" and queue(site).get("MessageCount") > 0
    site.organisation.servers["MBX1"].fs.delete("D:\\filler.bin")
    for name in ("DB01", "DB02"):
        if not site.run("Get-MailboxDatabase", Identity=name, Status=True).one.get("Mounted"):
            site.run("Mount-Database", Identity=name).ok()
    assert control.drain() == 0
    audit = control.audit()
    assert not audit["lost"] and not audit["doubled"] and not audit["queued"]
