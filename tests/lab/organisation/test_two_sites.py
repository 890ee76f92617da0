# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two sites a quarter of an hour apart; and what users do meanwhile: some are deleted, some come, some are on hold."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_lab.directory import DATABASE, MAILBOX
from exchange_lab.exchange_server import ExchangeServer
from exchange_lab.store import StoreError

Site = Any  # the class of conftest.py
NEAR, FAR = 20, 916  # seconds until the other controllers of a site, and all of them, know


@pytest.fixture
def site(make_site: Any) -> Site:
    """MBX1 and MBX2 in Berlin (dc1), MBX3 in Prague (dc2)."""
    return make_site("two_sites")


def _server(site: Site, name: str) -> ExchangeServer:
    found: ExchangeServer = site.organisation.server(name)
    return found


def _dial_tone(site: Site, server: str) -> Any:
    """A database on another server than the failed one, written in Berlin."""
    return site.organisation.new_database(
        site.dc, name="DT01", server=server, edb_file_path="D:\\DT01\\DT01.edb", log_folder_path="D:\\DT01"
    )


def _rehome(site: Site, target: Any) -> None:
    failed = site.object("DB01").guid
    for owner in site.organisation.view().find(MAILBOX, database=failed):
        site.organisation.directory.write(site.dc, MAILBOX, owner.guid, {"database": target.guid})


def test_each_server_looks_at_its_own_sites_domain_controller(site: Site) -> None:
    directory = site.organisation.directory
    for name, place, dc in (("MBX1", "Berlin", "dc1"), ("MBX2", "Berlin", "dc1"), ("MBX3", "Prague", "dc2")):
        server = _server(site, name)
        assert server.object.site == f"fabrikam.lab/Configuration/Sites/{place}"
        assert server.store_domain_controller == server.transport.domain_controller == f"{dc}.fabrikam.lab"
        assert directory.default_dc(name) == directory.default_gc(name) == f"{dc}.fabrikam.lab"


@pytest.mark.strictness
def test_another_site_learns_of_a_change_only_late(site: Site) -> None:
    made = _dial_tone(site, "MBX3")
    site.clock.advance(900)
    with pytest.raises(StoreError) as refused:
        _server(site, "MBX3").store.mount(made)
    assert refused.value.kind == "NotFoundInDirectory"
    site.clock.advance(FAR - 900)
    _server(site, "MBX3").store.mount(made)


def test_a_pinned_domain_controller_spares_the_wait(site: Site) -> None:
    made = _dial_tone(site, "MBX3")
    _server(site, "MBX3").store.mount(made, view=site.organisation.view())


def test_the_same_site_knows_at_once(site: Site) -> None:
    made = _dial_tone(site, "MBX2")
    _server(site, "MBX2").store.mount(made)


@pytest.mark.strictness
def test_a_transport_server_of_another_site_queues_for_the_old_database(site: Site) -> None:
    site.control.kill_server("MBX1")
    made = _dial_tone(site, "MBX2")
    _server(site, "MBX2").store.mount(made)
    _rehome(site, made)
    site.control.send("all", 2)
    waiting = {q["identity"].split("\\")[0] for q in site.control.queues() if q["messages"] and q["database"] == "DB01"}
    assert waiting == {"MBX3"}
    _server(site, "MBX3").transport.retry(lambda q: q.next_hop_domain == "DB01", resubmit=True)
    assert any(q["messages"] for q in site.control.queues() if q["database"] == "DB01")  # it knows nothing new
    site.clock.advance(FAR)
    _server(site, "MBX3").transport.retry(lambda q: q.next_hop_domain == "DB01", resubmit=True)
    assert not any(q["messages"] for q in site.control.queues() if q["database"] == "DB01")


def test_users_come_back_when_the_server_that_has_them_knows(site: Site) -> None:
    site.control.kill_server("MBX1")
    made = _dial_tone(site, "MBX3")
    _server(site, "MBX3").store.mount(made, view=site.organisation.view())
    _rehome(site, made)
    guid = site.organisation.view().find(MAILBOX, database=made.guid)[0].guid
    assert site.organisation.reach(guid) is None
    site.clock.advance(FAR)
    assert site.organisation.reach(guid) is not None
    names = {m.guid: m.name for m in site.organisation.view().all(MAILBOX)}
    outage = site.control.timeline()["mailboxes"][names[guid]][0]
    assert 900 < outage["seconds"] < FAR


def test_draining_waits_for_the_other_site(site: Site) -> None:
    _dial_tone(site, "MBX3")
    site.control.drain()
    prague = site.organisation.directory.read("dc2")
    assert prague.find(DATABASE, name="DT01")


def test_archives_on_a_living_server_stay_in_reach(site: Site) -> None:
    site.control.kill_server("MBX1")
    view = site.organisation.view()
    away = view.find(MAILBOX, archive_database=site.object("DB05").guid)
    assert len(away) == 2 and all(site.organisation.reach(o.guid) is None for o in away)
    assert all(site.organisation.reach_archive(o.guid) for o in away)
    lost = view.find(MAILBOX, archive_database=site.object("DB01").guid)
    assert [site.organisation.reach_archive(o.guid) for o in lost] == [None]
    assert site.organisation.reach(lost[0].guid)


def test_mount_points_are_volumes_of_their_own(site: Site) -> None:
    fs = _server(site, "MBX3").fs
    volume = fs.volume_of("D:\\Mounts\\DB05\\Data\\DB05.edb")
    assert volume.name == "D:\\Mounts\\DB05\\" and volume is not fs.volume_of("D:\\Data")
    assert fs.free(fs.volume_of("D:\\")) < 41 * 1024**3 < fs.free(volume)


def test_mount_points_survive_the_server_or_are_new(site: Site) -> None:
    site.control.kill_server("MBX3")
    assert site.control.rebuild_server("MBX3") == []
    site.control.kill_server("MBX3")
    assert site.control.rebuild_server("MBX3", disks="lost") == ["DB05"]
    fs = _server(site, "MBX3").fs
    assert fs.volume_of("D:\\Mounts\\DB05\\x").name == "D:\\Mounts\\DB05\\"
    assert fs.listdir("D:\\Mounts\\DB05") == []


# --- users who come, go, and are on hold ------------------------------------------------------------------------
def _people(site: Site, **attributes: Any) -> list[Any]:
    found = site.organisation.view().find(MAILBOX, database=site.object("DB01").guid, **attributes)
    return [o for o in found if o.recipient_type_details == "UserMailbox"]


def test_messages_of_a_deleted_user_are_gone_with_him(site: Site) -> None:
    owner = _people(site)[0]
    site.control.send(owner.name, 2)
    before = site.control.audit()
    site.control.delete_mailbox(owner.name)
    stored = site.organisation.mounted(owner.database).mailbox(owner.exchange_guid)
    assert stored.row.disconnect_reason == "Disabled"
    audit = site.control.audit()
    assert audit["lost"] == audit["bounced"] == []
    assert {e["mailbox"] for e in audit["gone"]} == {owner.name} and len(audit["gone"]) > 2
    assert audit["found"] + len(audit["gone"]) == before["found"]
    assert audit["accepted"] + len(audit["gone"]) == before["accepted"] == sum(before["periods"].values())


def test_mail_that_waits_for_a_deleted_user_is_gone_too(site: Site) -> None:
    owner = _people(site)[0]
    site.control.kill_server("MBX1")
    site.control.send(owner.name, 2)
    site.control.delete_mailbox(owner.guid)
    site.clock.advance(FAR)
    for server in ("MBX2", "MBX3"):
        _server(site, server).transport.retry(lambda q: q.next_hop_domain == "DB01", resubmit=True)
    audit = site.control.audit()
    assert audit["queued"] == audit["bounced"] == []
    assert [e["reason"][:10] for e in audit["gone"]].count("550 5.1.10") == 2


@pytest.mark.strictness
def test_others_messages_are_never_gone(site: Site) -> None:
    site.control.delete_mailbox(_people(site)[0].name)
    site.control.break_database("DB01", "destroy_all")
    audit = site.control.audit()
    assert not {e["mailbox"] for e in audit["gone"]} & {e["mailbox"] for e in audit["lost"]}
    assert len({e["mailbox"] for e in audit["lost"]}) > 10


def test_a_user_created_during_the_incident_counts(site: Site) -> None:
    site.control.kill_server("MBX1")
    made = _dial_tone(site, "MBX2")
    _server(site, "MBX2").store.mount(made)
    site.control.add_mailbox("Nina Nowak", "DT01")
    site.control.send("all", 1)
    site.control.drain()
    assert len(site.control.read("Nina Nowak")) > 1
    site.control.dismount("DT01")
    assert "Nina Nowak" in {e["mailbox"] for e in site.control.audit()["lost"]}


@pytest.mark.strictness
def test_what_is_on_hold_must_be_found_although_its_user_deleted_it(site: Site) -> None:
    flow = site.organisation.mail_flow
    held, free = _people(site, litigation_hold_enabled=True), _people(site, litigation_hold_enabled=False)
    assert len(held) == 2
    for owner in (held[0], free[0]):
        mounted = site.organisation.reach(owner.guid)
        stored = mounted.logon(owner.exchange_guid, owner)
        message = next(m for m in stored.messages.values() if not m.associated)
        stored.update(message.id, folder="Deleted Items")
        for _unused in range(200):
            flow._delete(owner, mounted, stored, {})
        deleted = [e for e in site.organisation.audit.entries.values() if e.recipient == owner.guid and e.state == "deleted"]
        assert deleted
    assert site.control.audit()["held_lost"] == []
    for owner in (held[0], free[0]):
        stored = site.organisation.reach(owner.guid).logon(owner.exchange_guid, owner)
        for message in [m for m in stored.messages.values() if m.folder == "Recoverable Items"]:
            stored.remove(message.id)
    audit = site.control.audit()
    assert {e["mailbox"] for e in audit["held_lost"]} == {held[0].name}
    assert audit["lost"] == []
