# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivery queues: retry, expiry, resubmission."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_lab.directory import DATABASE

Site = Any  # the class of conftest.py


def _queue(site: Site, database: str) -> Any:
    return site.server.transport.queue_for(site.object(database).guid)


@pytest.mark.strictness
def test_mail_for_a_dismounted_database_waits_in_a_queue(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers", 3)
    queue = _queue(site, "DB01")
    assert (queue.status, queue.message_count, queue.next_hop_domain) == ("Retry", 3, "DB01")
    assert queue.identity.startswith("MBX1\\") and queue.last_error.startswith("432 ")
    assert (queue.next_retry_time - queue.last_retry_time).total_seconds() == 300
    audit = site.control.audit()
    assert len(audit["queued"]) == 3
    assert {e["mailbox"] for e in audit["lost"]} > set()  # what lies in the dismounted database
    assert "DB01 is not mounted" in audit["lost"][0]["reason"]


@pytest.mark.strictness
def test_a_queue_retries_every_five_minutes(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    site.clock.advance(610)
    assert _queue(site, "DB01").retry_count == 2
    site.control.mount("DB01")
    assert _queue(site, "DB01").message_count == 1
    site.clock.advance(300)
    assert (_queue(site, "DB01").message_count, _queue(site, "DB01").status) == (0, "Ready")
    assert site.control.audit()["queued"] == []


def test_retry_tries_at_once(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    site.control.mount("DB01")
    assert site.server.transport.retry(lambda q: q.next_hop_domain == "DB01")
    assert _queue(site, "DB01").message_count == 0


@pytest.mark.strictness
def test_queued_mail_bounces_after_two_days(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    site.clock.advance(2 * 86400 - 600)
    assert site.control.audit()["bounced"] == []
    site.clock.advance(1200)
    bounced = site.control.audit()["bounced"]
    assert len(bounced) == 1 and "expired" in bounced[0]["reason"]
    assert _queue(site, "DB01").message_count == 0


@pytest.mark.strictness
def test_without_resubmission_mail_stays_with_the_old_database(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers", 2)
    site.rehome("DB01", "DB02")
    site.clock.advance(3600)
    assert _queue(site, "DB01").message_count == 2
    assert len(site.server.transport.retry(lambda q: True, resubmit=True)) == 1
    assert _queue(site, "DB01").message_count == 0
    assert len([m for m in site.control.read("Anna Albers") if not m["associated"]]) == 2


@pytest.mark.strictness
def test_resubmission_before_replication_comes_back_to_the_same_queue(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    owner = site.organisation.mailbox("Anna Albers")
    site.control.change_mailbox(owner.guid, database=site.object("DB02").guid)
    site.server.transport.retry(lambda q: True, resubmit=True)
    assert _queue(site, "DB01").message_count == 1  # transport's domain controller does not know yet
    site.wait()
    site.server.transport.retry(lambda q: True, resubmit=True)
    assert _queue(site, "DB01").message_count == 0


@pytest.mark.strictness
def test_only_a_queue_in_retry_can_be_resubmitted(site: Site) -> None:
    site.control.send("Anna Albers")
    assert _queue(site, "DB01").status == "Ready"
    assert site.server.transport.retry(lambda q: True, resubmit=True) == []


@pytest.mark.strictness
def test_mail_for_an_unknown_database_is_unreachable_until_it_is_known(site: Site) -> None:
    made = site.organisation.new_database(
        site.dc, name="New", server="MBX1", edb_file_path="D:\\N\\N.edb", log_folder_path="D:\\N"
    )
    directory = site.organisation.directory
    transport = site.server.transport
    owner = site.organisation.mailbox("Anna Albers")
    directory.write(transport.domain_controller, "mailbox", owner.guid, {"database": made.guid})
    assert directory.read(transport.domain_controller).get(DATABASE, made.guid) is None
    site.control.send(owner.name)
    assert transport.queues["MBX1\\Unreachable"].message_count == 1
    site.wait()
    site.mount("New")
    site.clock.advance(300)
    assert transport.queues["MBX1\\Unreachable"].message_count == 0
    assert len([m for m in site.control.read(owner.name) if not m["associated"]]) == 1


@pytest.mark.strictness
def test_mail_for_nobody_bounces(site: Site) -> None:
    message = site.organisation.mail_flow.new_message()
    site.organisation.submit(message, "11111111-1111-1111-1111-111111111111")
    assert "RecipientNotFound" in site.control.audit()["bounced"][0]["reason"]


@pytest.mark.strictness
def test_nothing_is_accepted_while_transport_is_down(site: Site) -> None:
    site.control.set_service("MBX1", "MSExchangeTransport", False)
    before = site.control.audit()["accepted"]
    assert site.control.send("all") == 0
    assert site.control.audit()["accepted"] == before


def test_mail_that_was_queued_when_its_mailbox_moved_is_rerouted(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    site.rehome("DB01", "DB02")
    site.control.mount("DB01")
    site.server.transport.retry(lambda q: True)
    assert site.control.audit()["queued"] == []
    mounted = site.organisation.mounted(site.object("DB02").guid)
    assert mounted.mailbox(site.organisation.mailbox("Anna Albers").exchange_guid).item_count == 1
