# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of Active Directory."""

from __future__ import annotations

from collections.abc import Iterator

from cases import (
    DIAL_TONE,
    RETRIED,
    STOPPED,
    SWAP,
    UNTOUCHED,
    Scene,
    case,
)


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


@case("domain_controller_dead", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_dead_before_the_run(scene: Scene) -> None:
    """before the run begins: it uses the one that Exchange names by then"""
    scene.inject("domain_controller_dead", name=scene.desk.domain_controller)
    scene.desk.reconnect()


@case("replication_slow", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_lag_of_minutes(scene: Scene) -> None:
    """while the dial tone database is created and mounted: the run reads where it writes"""
    _write_elsewhere(scene)
    scene.inject("replication_slow", lag=4000)


@case("object_unreplicated", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_one_controller_alone_knows(scene: Scene) -> None:
    """the new dial tone database, for some minutes: the run reads where it writes"""
    _write_elsewhere(scene)
    scene.inject("object_unreplicated", object_name="DB01-DT", seconds=6000)


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


def _write_elsewhere(scene: Scene) -> None:
    """Pin the domain controller that the server's store doesn't read from."""
    organisation = scene.desk.lab.organisation
    near = organisation.server("MBX1").store_domain_controller
    (other,) = (c.name for c in organisation.directory.domain_controllers if c.name != near)
    scene.desk.reconnect(domain_controller=other)
