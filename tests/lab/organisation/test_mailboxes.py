# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mailboxes in a database: when they come into being, quotas, disconnected copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange_lab.store import Message, QuotaExceeded

Site = Any  # the class of conftest.py
GB = 1024**3


def _owner(site: Site, name: str = "Anna Albers") -> Any:
    return site.organisation.mailbox(name)


@pytest.mark.strictness
def test_a_mailbox_is_in_a_database_only_after_first_use(site: Site) -> None:
    site.create("New", "D:\\New\\New.edb")
    mounted = site.mount("New")
    site.rehome("DB01", "New")
    owner = _owner(site)
    assert mounted.mailbox(owner.exchange_guid) is None
    assert site.control.read(owner.name) is None
    mounted.logon(owner.exchange_guid, owner)
    assert [m["associated"] for m in site.control.read(owner.name)] == [True, True]
    other = next(
        o for o in site.organisation.mail_flow.recipients()
        if o.database == mounted.guid and o.name != owner.name
    )  # fmt: skip
    site.control.send(other.name)
    assert len(site.control.read(other.name)) == 3


@pytest.mark.strictness
def test_a_mailbox_that_was_never_used_is_not_in_its_database(site: Site) -> None:
    never = next(iter(site.organisation.mail_flow.never_used))
    owner = _owner(site, never)
    assert site.control.read(owner.name) is None
    site.control.send("all", 3)
    assert site.control.read(owner.name) is None


def test_an_archive_is_a_mailbox_of_its_own(site: Site) -> None:
    owner = next(o for o in site.organisation.mail_flow.recipients() if o.archive_guid)
    archive = site.control.read(owner.name, archive=True)
    assert archive and {m["id"] for m in archive} != {m["id"] for m in site.control.read(owner.name)}
    mounted = site.organisation.mounted(owner.archive_database)
    assert mounted.mailbox(owner.archive_guid).row.is_archive
    assert not mounted.mailbox(owner.exchange_guid).row.is_archive


@pytest.mark.strictness
def test_new_databases_have_the_two_gigabyte_defaults(site: Site) -> None:
    made = site.create("New", "D:\\New\\New.edb")
    assert made.prohibit_send_quota == 2 * GB
    assert made.issue_warning_quota < made.prohibit_send_quota < made.prohibit_send_receive_quota


@pytest.mark.strictness
def test_mail_above_the_receive_quota_bounces(site: Site) -> None:
    site.set("DB01", prohibit_send_receive_quota=1_000_000)
    assert site.control.send("Anna Albers", 2, size=600_000) == 2
    audit = site.control.audit()
    assert [b["mailbox"] for b in audit["bounced"]] == ["Anna Albers"]
    assert "5.2.2" in audit["bounced"][0]["reason"]
    assert audit["lost"] == []


def test_a_database_quota_can_be_raised_while_it_is_mounted(site: Site) -> None:
    site.set("DB01", prohibit_send_receive_quota=1_000_000)
    site.set("DB01", prohibit_send_receive_quota=None)
    site.control.send("Anna Albers", 3, size=600_000)
    assert site.control.audit()["bounced"] == []


def test_a_mailbox_may_have_quotas_of_its_own(site: Site) -> None:
    site.control.change_mailbox(
        "Anna Albers", use_database_quota_defaults=False, prohibit_send_receive_quota=1_000_000
    )
    site.wait()
    site.control.send("Anna Albers", 1, size=2_000_000)
    site.control.send("all", 1, size=2_000_000)
    assert {b["mailbox"] for b in site.control.audit()["bounced"]} == {"Anna Albers"}


@pytest.mark.strictness
def test_sending_has_a_quota_of_its_own(site: Site) -> None:
    owner = _owner(site)
    mounted = site.organisation.reach(owner.guid)
    mailbox = mounted.mailbox(owner.exchange_guid)
    with pytest.raises(QuotaExceeded) as caught:
        mounted.check_quota(mailbox, owner, 2 * GB, "prohibit_send_quota")
    assert caught.value.quota == 2 * GB


@pytest.mark.strictness
def test_the_old_copy_of_a_rehomed_mailbox_becomes_disconnected(site: Site) -> None:
    owner = _owner(site)
    old = site.organisation.mounted(owner.database)
    site.rehome("DB01", "DB02")
    assert old.mailbox(owner.exchange_guid).row.disconnect_reason is None
    site.clock.advance(86400)
    row = old.mailbox(owner.exchange_guid).row
    assert row.disconnect_reason == "SoftDeleted" and row.disconnect_date
    system = old.mailbox(old.guid)
    assert system.row.disconnect_reason is None
    site.rehome("DB02", "DB01")
    old.logon(owner.exchange_guid, owner)
    assert old.mailbox(owner.exchange_guid).row.disconnect_reason is None


def test_how_soon_it_is_disconnected_is_a_switch(make_site: Callable[..., Site]) -> None:
    site = make_site(disconnect_scan_at_mount=True)
    site.rehome("DB01", "DB02")
    site.control.dismount("DB01")
    mounted = site.mount("DB01")
    assert mounted.mailbox(_owner(site).exchange_guid).row.disconnect_reason == "SoftDeleted"


@pytest.mark.parametrize(("every", "known"), [(86400.0, False), (300.0, True)])
def test_how_often_it_is_looked_for_is_a_switch(
    make_site: Callable[..., Site], every: float, known: bool
) -> None:
    site = make_site(disconnect_scan_seconds=every)
    owner = _owner(site)
    old = site.organisation.mounted(owner.database)
    site.rehome("DB01", "DB02")
    site.clock.advance(1000)
    assert (old.mailbox(owner.exchange_guid).row.disconnect_reason is not None) is known


def test_a_recovery_databases_mailboxes_are_never_disconnected(site: Site) -> None:
    site.control.dismount("DB01")
    site.server.fs.mkdir("D:\\RDB")
    site.server.fs.copy("D:\\Databases\\DB01\\DB01.edb", "D:\\RDB\\x.edb")
    site.create("RDB", "D:\\RDB\\x.edb", recovery=True)
    mounted = site.mount("RDB")
    site.server.store.scan()
    assert {m.row.disconnect_reason for m in mounted.statistics()} == {None}


def test_a_copy_by_a_merge_is_another_item_of_the_same_message(site: Site) -> None:
    owner = _owner(site)
    mailbox = site.organisation.reach(owner.guid).mailbox(owner.exchange_guid)
    source = Message(id="a", message_id="a", size=1000)
    first, second = mailbox.copy_in(source), mailbox.copy_in(source, folder="Restored")
    assert first.id != second.id and first.message_id == second.message_id == "a"
    assert mailbox.copied_from() == {"a"}
    assert mailbox.messages[second.id].folder == "Restored"


def test_sizes_and_counts_follow_every_change(site: Site) -> None:
    owner = _owner(site)
    mounted = site.organisation.reach(owner.guid)
    mailbox = mounted.mailbox(owner.exchange_guid)

    def measured() -> tuple[int, int, int, int]:
        return (
            mailbox.item_count, mailbox.deleted_item_count,
            mailbox.total_item_size, mailbox.total_deleted_item_size,
        )  # fmt: skip

    items, deleted, size, deleted_size = measured()
    mailbox.add(Message(id="x", message_id="x", size=700))
    assert measured() == (items + 1, deleted, size + 700, deleted_size)
    mailbox.update("x", folder="Recoverable Items")
    assert measured() == (items, deleted + 1, size, deleted_size + 700)
    mailbox.remove("x")
    assert measured() == (items, deleted, size, deleted_size)
    hidden = mailbox.associated_item_count
    mailbox.add(Message(id="y", message_id="y", size=700, associated=True))
    assert measured() == (items, deleted, size, deleted_size)
    assert mailbox.associated_item_count == hidden + 1


def test_everything_is_there_after_a_dismount(site: Site) -> None:
    owner = _owner(site)
    site.control.send(owner.name, 3)
    mailbox = site.organisation.reach(owner.guid).mailbox(owner.exchange_guid)
    before = (mailbox.row, mailbox.messages, mailbox.permissions, mailbox.total_item_size)
    site.control.dismount("DB01")
    site.control.mount("DB01")
    again = site.organisation.reach(owner.guid).mailbox(owner.exchange_guid)
    assert again is not mailbox
    assert (again.row, again.messages, again.permissions, again.total_item_size) == before
