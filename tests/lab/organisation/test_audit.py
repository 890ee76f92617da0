# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit finds what is wrong, and the mail flow gives it nothing to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Site = Any  # the class of conftest.py
FAULTS = (
    "lost", "doubled", "bounced", "queued", "unreadable_lost",
    "permissions_lost", "hidden_lost", "hidden_doubled", "unreachable",
)  # fmt: skip


def _mailbox(site: Site, name: str = "Anna Albers") -> Any:
    owner = site.organisation.mailbox(name)
    return site.organisation.reach(owner.guid).mailbox(owner.exchange_guid)


def _mail(site: Site) -> Any:
    return next(m for m in _mailbox(site).messages.values() if not m.associated)


def _faults(site: Site) -> dict[str, int]:
    audit = site.control.audit()
    return {name: len(audit[name]) for name in FAULTS if audit[name]}


def test_a_healthy_organisation_has_no_faults(make_site: Callable[..., Site]) -> None:
    audit = make_site("contoso").control.audit()
    assert {name: audit[name] for name in FAULTS} == {name: [] for name in FAULTS}
    assert audit["found"] == audit["accepted"] > 500


def test_hours_of_mail_flow_leave_no_fault(site: Site) -> None:
    site.control.start_mail_flow(30)
    before = site.control.audit()["accepted"]
    site.clock.advance(6 * 3600)
    assert _faults(site) == {}
    audit = site.control.audit()
    assert audit["accepted"] - before > 6 * 30 * 5
    assert audit["deleted"] > 0
    assert site.control.users()
    owner = next(o for o in site.organisation.mail_flow.recipients() if o.archive_guid)
    assert len(site.control.read(owner.name, archive=True)) > 4  # users archive
    folders = {m["folder"] for m in site.control.read("Anna Albers")}
    assert folders > {"Inbox", "Projects", "Calendar", "Sent Items"}


def test_the_flow_reaches_every_mailbox_but_the_never_used(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    site.control.start_mail_flow(4)
    site.clock.advance(1800)
    received = {r for (_m, r), e in site.organisation.audit.entries.items() if e.period == "before"}
    site.control.mark("failure")
    site.clock.advance(1800)
    during = {r for (_m, r), e in site.organisation.audit.entries.items() if e.period == "during"}
    expected = {o.guid for o in site.organisation.mail_flow.recipients()}
    assert during == expected
    assert not received & site.organisation.mail_flow.never_used
    kinds = {o.recipient_type_details for o in site.organisation.mail_flow.recipients()}
    assert {"UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox", "ArbitrationMailbox"} == kinds


def test_the_same_seed_gives_the_same_flow(make_site: Callable[..., Site]) -> None:
    def entries(site: Site) -> list[Any]:
        site.control.start_mail_flow(10)
        site.clock.advance(3600)
        return list(site.organisation.audit.entries)

    assert entries(make_site()) == entries(make_site())


def test_a_lost_message_is_seen(site: Site) -> None:
    message = _mail(site)
    _mailbox(site).remove(message.id)
    assert [e["message"] for e in site.control.audit()["lost"]] == [message.message_id]
    assert _faults(site) == {"lost": 1}


def test_a_doubled_message_is_seen_in_whatever_folder(site: Site) -> None:
    _mailbox(site).copy_in(_mail(site), folder="Restored")
    assert _faults(site) == {"doubled": 1}


def test_a_message_in_another_mailbox_is_lost(site: Site) -> None:
    message = _mail(site)
    _mailbox(site).remove(message.id)
    other = next(o for o in site.organisation.mail_flow.recipients() if o.name != "Anna Albers")
    _mailbox(site, other.name).copy_in(message)
    assert _faults(site) == {"lost": 1}


def test_hidden_items_and_permissions_are_watched(site: Site) -> None:
    mailbox = _mailbox(site)
    rule = next(m for m in mailbox.messages.values() if m.item_class.startswith("IPM.Rule"))
    view = next(m for m in mailbox.messages.values() if m.item_class.endswith("NamedView"))
    mailbox.remove(rule.id)
    mailbox.copy_in(view)
    mailbox.set_permissions("Calendar", {"Default": ["None"]})
    assert _faults(site) == {"hidden_lost": 1, "hidden_doubled": 1, "permissions_lost": 1}


def test_unreadable_items_are_listed_apart(site: Site) -> None:
    site.control.add_items("Anna Albers", corrupt=1, large=1)
    mailbox = _mailbox(site)
    for message in [m for m in mailbox.messages.values() if m.corrupt or m.large]:
        mailbox.remove(message.id)
    assert _faults(site) == {"unreadable_lost": 2}


def test_what_a_user_deleted_may_be_there_once_or_not(site: Site) -> None:
    message = _mail(site)
    owner = site.organisation.mailbox("Anna Albers")
    site.organisation.audit.deleted(message.message_id, owner.guid)
    assert _faults(site) == {}
    _mailbox(site).copy_in(message)
    assert _faults(site) == {"doubled": 1}
    for copy in [m for m in _mailbox(site).messages.values() if m.message_id == message.message_id]:
        _mailbox(site).remove(copy.id)
    assert _faults(site) == {}


def test_users_of_a_broken_database_cannot_work(site: Site) -> None:
    site.control.break_database("DB01")
    site.control.start_mail_flow(60)
    site.clock.advance(3600)
    assert site.organisation.mail_flow.refused > 0
    audit = site.control.audit()
    assert audit["unreachable"] and audit["queued"]
    assert set(audit["periods"]) == {"before", "during"}


def test_timeline_measures_the_outage_to_the_moment(site: Site) -> None:
    site.clock.advance(100)
    site.control.dismount("DB01")
    site.clock.advance(33.5)
    site.control.mount("DB01")
    timeline = site.control.timeline()
    assert [i["seconds"] for i in timeline["databases"]["DB01"]] == [33.5]
    assert [i["seconds"] for i in timeline["mailboxes"]["Anna Albers"]] == [33.5]
    assert timeline["outages"] == [
        {
            "mailboxes": 6, "longest_seconds": 33.5, "still_down": 0,
            "start": timeline["databases"]["DB01"][0]["start"],
            "first_up": timeline["databases"]["DB01"][0]["end"],
            "last_up": timeline["databases"]["DB01"][0]["end"],
        }
    ]  # fmt: skip


def test_a_rehomed_mailbox_is_back_when_its_server_knows(site: Site) -> None:
    site.control.break_database("DB01")
    site.clock.advance(60)
    site.control.change_mailbox("Anna Albers", database=site.object("DB02").guid)
    site.clock.advance(60)
    timeline = site.control.timeline()
    lag = site.organisation.directory.domain_controllers[1].lag
    assert timeline["mailboxes"]["Anna Albers"][0]["seconds"] == pytest.approx(60 + lag, abs=0.01)
    assert timeline["outages"][0]["still_down"] == 5
    assert timeline["outages"][0]["last_up"] is None
    assert "failure" in timeline["marks"]
