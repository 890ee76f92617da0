# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of Active Directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_swap
from cases import (
    DIAL_TONE,
    RETRIED,
    RETURNED,
    STOPPED,
    SWAP,
    UNTOUCHED,
    WAITED,
    Scene,
    case,
    declared,
)
from pairs import Pair

from exchange_lab.faults.catalogue import CATALOGUE


@case(
    "domain_controller_dead",
    stage=DIAL_TONE,
    reads="couldn't be found or isn't available",
    outcome=STOPPED,
)
def test_pinned_one_dies(scene: Scene) -> None:
    """the one that the run writes to, while mailboxes are pointed at the dial tone database"""
    pinned = scene.desk.domain_controller
    scene.at("Set-Mailbox", lambda: scene.inject("domain_controller_dead", name=pinned), nth=2)


@case(
    "domain_controller_dead",
    stage=SWAP,
    reads="Users come first, so the return goes on through",
    outcome=RETURNED,
)
def test_pinned_one_dies_in_the_outage(scene: Scene) -> None:
    """the one that the run writes to, for good, right after the dismount of the dial tone database"""
    _let_it_die(scene, "Dismount-Database")


@case(
    "domain_controller_dead",
    stage=SWAP,
    reads="Users come first, so the return goes on through",
    outcome=RETURNED,
)
def test_pinned_one_dies_with_the_new_paths(scene: Scene) -> None:
    """the one that the run writes to, for good, when it alone knows the new paths of a swap by repoint"""
    scene.stages.swap["method"] = "repoint"
    _let_it_die(scene, "Move-DatabasePath")


@declared(
    "domain_controller_dead",
    reads="Users come first, so the return goes on through",
    outcome=RETURNED,
)
def test_pinned_one_dies_on_the_way_home(open_pair: Callable[..., Pair]) -> str:
    """the one that the run writes to, for good, in the middle of a swap home, with some users home already"""
    pair = open_pair(latency=False, speed=3000.0)
    desk, organisation = pair.original, pair.original.lab.organisation
    with organisation.lock:
        dial_tone = organisation.database("DB01-DT").guid
        users = [o.guid for o in organisation.mail_flow.recipients() if o.database == dial_tone]

    def can_work() -> bool:
        with organisation.lock:
            return all(organisation.reach(guid) is not None for guid in users)

    def die(_hit: Any) -> None:
        fault = CATALOGUE["domain_controller_dead"]
        organisation.faults.inject(fault, name=desk.domain_controller)

    struck = organisation.faults.watch("called", die, nth=3, name="Set-Mailbox")
    result = desk.run(database_swap.run, **pair.home())
    assert struck.struck and result["returned_to_dial_tone"] and "same command" in result["msg"]
    assert users and can_work()
    pair.control.lift()
    pair.control.sleep(120)  # what the dead one had not passed on comes with it
    assert can_work()
    desk.reconnect()
    assert desk.run(database_swap.run, **pair.home())["swapped"]
    pair.assert_home()
    assert not desk.run(database_swap.run, **pair.home())["changed"]
    audit = (
        pair.control.audit()
    )  # mail of the dial tone period waits in the dial tone file for the merge
    assert {message["period"] for message in audit["lost"]} <= {"during"}
    assert audit["doubled"] == audit["bounced"] == []
    return "\n".join([result["msg"], *desk.warnings])


@case("domain_controller_dead", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_dead_before_the_run(scene: Scene) -> None:
    """before the run begins: it uses the one that Exchange names by then"""
    scene.inject("domain_controller_dead", name=scene.desk.domain_controller)
    scene.desk.reconnect()


@case(
    "replication_slow",
    stage=DIAL_TONE,
    reads="to be mountable: the server's domain controller does not know the database yet",
    outcome=WAITED,
)
def test_lag_of_minutes(scene: Scene) -> None:
    """while the dial tone database is created and mounted, and its server uses another domain controller than the run"""
    _write_elsewhere(scene)
    scene.inject("replication_slow", lag=4000)


@case(
    "replication_slow",
    stage=SWAP,
    reads="the domain controller of MBX1, to know what was changed of database DB01-DT",
    outcome=WAITED,
)
def test_lag_of_minutes_in_a_swap(scene: Scene) -> None:
    """of a swap, before users are interrupted: its mount would go by what was true before"""
    _write_elsewhere(scene)
    scene.inject("replication_slow", lag=2000)


@case(
    "object_unreplicated",
    stage=DIAL_TONE,
    reads="to be mountable: the server's domain controller does not know the database yet",
    outcome=WAITED,
)
def test_one_controller_alone_knows(scene: Scene) -> None:
    """the new dial tone database, for some minutes, and its server uses another domain controller than the run"""
    _write_elsewhere(scene)
    scene.inject("object_unreplicated", object_name="DB01-DT")
    scene.lift_when_read("does not know the database yet")


@case("global_catalogue_stale", stage=SWAP, reads="", outcome=UNTOUCHED)
def test_stale_catalogue(scene: Scene) -> None:
    """during the swap: all reads go to the domain controller that the run writes to"""
    scene.inject("global_catalogue_stale", name="dc2")


@case(
    "proxied_to_another_domain",
    stage=DIAL_TONE,
    reads="one of the object's own domain",
    outcome=STOPPED,
)
def test_multi_domain_proxy(scene: Scene) -> None:
    """at the creation of the dial tone database"""
    scene.inject("proxied_to_another_domain", name="New-MailboxDatabase")


@case(
    "ad_server_settings_changed",
    stage=DIAL_TONE,
    reads="its domain controllers changed",
    outcome=RETRIED,
)
def test_settings_changed_while_reading(scene: Scene) -> None:
    """at a command that reads"""
    scene.inject("ad_server_settings_changed", name="Get-Mailbox")


@case(
    "ad_server_settings_changed",
    stage=DIAL_TONE,
    reads="changed under the session",
    outcome=STOPPED,
)
def test_settings_changed_while_changing(scene: Scene) -> Iterator[None]:
    """at New-MailboxDatabase"""
    scene.inject("ad_server_settings_changed", name="New-MailboxDatabase")
    yield
    assert "DB01-DT" not in scene.control.status()["databases"]


def _let_it_die(scene: Scene, name: str) -> None:
    """The pinned domain controller dies when this cmdlet has done its work."""
    pinned = scene.desk.domain_controller
    scene.at(name, lambda: scene.inject("domain_controller_dead", name=pinned), point="called")


def _write_elsewhere(scene: Scene) -> None:
    """Pin the domain controller that the server's store doesn't read from."""
    organisation = scene.desk.lab.organisation
    near = organisation.server("MBX1").store_domain_controller
    (other,) = (c.name for c in organisation.directory.domain_controllers if c.name != near)
    scene.desk.reconnect(domain_controller=other)
