# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped organisations are what their descriptions say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from exchange_lab import topology
from exchange_lab.directory import DATABASE, MAILBOX
from exchange_lab.wmi import classes

Site = Any  # the class of conftest.py


def test_contoso_has_every_kind_on_db01(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    db01 = site.object("DB01")
    homed = site.organisation.view().find(MAILBOX, database=db01.guid)
    assert Counter(o.recipient_type_details for o in homed) == {
        "UserMailbox": 87, "SharedMailbox": 12, "RoomMailbox": 8, "EquipmentMailbox": 4,
        "ArbitrationMailbox": 7, "AuditLogMailbox": 1, "DiscoveryMailbox": 1,
    }  # fmt: skip
    databases = {d.guid: d.name for d in site.organisation.view().all(DATABASE)}
    archives = Counter(databases[o.archive_database] for o in homed if o.archive_database)
    assert archives == {"DB01": 4, "DB02": 4}
    foreign = site.organisation.view().find(MAILBOX, archive_database=db01.guid)
    assert sum(o.database != db01.guid for o in foreign) == 1
    assert len(site.organisation.mail_flow.never_used) == 1
    assert db01.prohibit_send_receive_quota > 10 * 1024**3
    mounted = site.organisation.mounted(db01.guid)
    large = [m for m in mounted.mailboxes.values() if m.total_item_size > db01_default(site)]
    assert len(large) == 5
    assert mounted.instance.size > sum(m.total_item_size for m in mounted.mailboxes.values())


def db01_default(site: Site) -> int:
    return int(site.object("DB02").prohibit_send_receive_quota)


@pytest.mark.parametrize("name", ["contoso", "tiny", "standard", "thousand"])
def test_every_shipped_topology_can_be_built(make_site: Callable[..., Site], name: str) -> None:
    site = make_site(name)
    owners = site.organisation.view().all(MAILBOX)
    for attribute in ("guid", "exchange_guid", "alias", "user_principal_name", "distinguished_name",
                      "legacy_exchange_dn", "name", "sam_account_name"):  # fmt: skip
        values = [getattr(o, attribute).lower() for o in owners]
        assert len(set(values)) == len(values), attribute
        assert all(values)
    status = site.control.status()
    assert all(d["mounted"] for d in status["databases"].values())
    assert not status["stopped"] and not status["queues"]
    if name == "thousand":
        assert status["databases"]["DB01"]["mailboxes"] > 1001


def test_the_same_seed_builds_the_same_organisation(make_site: Callable[..., Site]) -> None:
    first, second = make_site(), make_site()
    assert first.organisation.view().all(MAILBOX) == second.organisation.view().all(MAILBOX)
    assert first.object("DB01") == second.object("DB01")


@pytest.mark.parametrize(
    ("text", "number"),
    [("2 TB", 2 * 1024**4), ("1.5GB", 3 * 1024**3 // 2), (7, 7), ("12", 12), ("Unlimited", None), (None, None)],
)
def test_sizes(text: int | str | None, number: int | None) -> None:
    assert topology.size(text) == number


def test_a_topology_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(topology.TopologyError, match="contoso, .*standard, .*tiny"):
        topology.load("atlantis")


def test_a_mailbox_on_a_database_that_does_not_exist_is_refused() -> None:
    data = {
        "domain": "x.lab", "organisation": "X", "domain_controllers": [{"name": "dc1"}],
        "servers": [], "databases": [], "mailboxes": [{"kind": "user", "database": "DB9"}],
    }  # fmt: skip
    with pytest.raises(topology.TopologyError, match="no database DB9"):
        topology.parse(data, "x")
    del data["domain"]
    with pytest.raises(topology.TopologyError, match="domain"):
        topology.parse(data, "x")


def test_volumes_may_be_mounted_in_folders(make_site: Callable[..., Site]) -> None:
    data = yaml.safe_load((topology.TOPOLOGIES / "tiny.yml").read_text("utf-8"))
    data["servers"][0]["volumes"].append({"name": "D:\\Mounts\\V1\\", "capacity": "3 TB", "label": "V1"})
    data["databases"][0]["edb"] = "D:\\Mounts\\V1\\DB01\\DB01.edb"
    site = make_site(data)
    rows = {r["Name"]: r for r in classes(site.organisation, site.server)["Win32_Volume"]()}
    assert rows["D:\\Mounts\\V1\\"]["DriveLetter"] is None
    assert rows["D:\\Mounts\\V1\\"]["FreeSpace"] < 3 * 1024**4 - 200 * 1024**2
    fs = site.server.fs
    assert fs.volume_of("D:\\Mounts\\V1\\DB01").label == "V1"
    assert fs.volume_of("D:\\Databases\\DB01").label == "Databases"


def test_services_are_what_the_store_and_the_programs_see(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.control.set_service("MBX1", "MSExchangeIS", False)
    rows = {r["Name"]: r for r in classes(site.organisation, site.server)["Win32_Service"]()}
    assert (rows["MSExchangeIS"]["State"], rows["MSExchangeIS"]["ProcessId"]) == ("Stopped", 0)
    assert rows["MSExchangeRepl"]["State"] == "Running"
    assert not any(d["mounted"] for d in site.control.status()["databases"].values())
    site.control.set_service("MBX1", "MSExchangeIS", True)
    assert all(d["mounted"] for d in site.control.status()["databases"].values())
    assert site.control.status()["stopped"] == []
