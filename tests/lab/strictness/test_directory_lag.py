# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two domain controllers: what one knows, the other doesn't yet (exchange.md 6.3)."""

from __future__ import annotations

import pytest
from exchange_shell import Site, category

pytestmark = pytest.mark.strictness

NEW = {
    "Name": "DT", "Server": "MBX1", "EdbFilePath": "D:\\DT\\DT.edb", "LogFolderPath": "D:\\DT",
}  # fmt: skip


@pytest.fixture
def lagging(site: Site) -> Site:
    """Cmdlets write to dc1, the store looks at dc2."""
    site.server.store_domain_controller = "dc2.tiny.lab"
    return site


def test_a_new_database_is_not_mountable_until_the_store_knows_it(lagging: Site) -> None:
    lagging.run("New-MailboxDatabase", **NEW).ok()
    refusal = lagging.run("Mount-Database", Identity="DT").refusal
    assert "MapiExceptionNotFound" in refusal.message
    assert "hr=0x8004010f, ec=-2147221233" in refusal.message
    lagging.wait()
    lagging.run("Mount-Database", Identity="DT").ok()


def test_pinning_the_session_to_the_stores_own_helps(lagging: Site) -> None:
    lagging.run("Set-ADServerSettings", PreferredServer="dc2.tiny.lab").ok()
    lagging.run("New-MailboxDatabase", **NEW).ok()
    lagging.run("Mount-Database", Identity="DT").ok()


def test_pinning_another_one_does_not(lagging: Site) -> None:
    lagging.run("Set-ADServerSettings", PreferredServer="dc1.tiny.lab").ok()
    lagging.run("New-MailboxDatabase", **NEW).ok()
    refusal = lagging.run("Mount-Database", Identity="DT", DomainController="dc1").refusal
    assert "MapiExceptionNotFound" in refusal.message


def test_the_store_uses_another_one_while_its_own_is_dead(lagging: Site) -> None:
    lagging.run("New-MailboxDatabase", DomainController="dc1", **NEW).ok()
    lagging.organisation.directory.controller("dc2").available = False
    lagging.run("Mount-Database", Identity="DT", DomainController="dc1").ok()


def test_pinning_ends_with_the_session(lagging: Site) -> None:
    lagging.run("Set-ADServerSettings", PreferredServer="dc2.tiny.lab").ok()
    lagging.run("New-MailboxDatabase", **NEW).ok()
    other = lagging.open_shell(["Organization Management"])
    assert other.run("Get-ADServerSettings").one.get("UserPreferredGlobalCatalog") is None
    assert "Couldn't find" in other.run("Mount-Database", Identity="DT").refusal.message


def test_naming_it_in_each_call_helps(lagging: Site) -> None:
    lagging.run("New-MailboxDatabase", DomainController="dc2", **NEW).ok()
    lagging.run("Mount-Database", Identity="DT", DomainController="dc2").ok()


def test_each_domain_controller_shows_what_it_knows(site: Site) -> None:
    site.run("New-MailboxDatabase", DomainController="dc1.tiny.lab", **NEW).ok()
    here = site.run("Get-MailboxDatabase", Identity="DT", DomainController="dc1.tiny.lab")
    assert here.one.get("OriginatingServer") == "dc1.tiny.lab"
    there = site.run("Get-MailboxDatabase", Identity="DT", DomainController="dc2.tiny.lab")
    assert "'DT' couldn't be found on 'dc2.tiny.lab'" in there.refusal.message
    site.wait()
    site.run("Get-MailboxDatabase", Identity="DT", DomainController="dc2.tiny.lab").ok()


def test_rehoming_to_a_database_the_domain_controller_does_not_know(site: Site) -> None:
    site.run("New-MailboxDatabase", DomainController="dc1.tiny.lab", **NEW).ok()
    user = site.mailboxes("DB01")[0]
    move = {"Identity": user.guid, "Database": "DT", "Force": True}
    late = site.run("Set-Mailbox", DomainController="dc2.tiny.lab", **move)
    assert 'Couldn\'t find database "DT"' in late.refusal.message
    site.run("Set-Mailbox", DomainController="dc1.tiny.lab", **move).ok()


def test_a_forest_search_may_come_from_a_stale_catalogue(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    site.run("Set-ADServerSettings", ViewEntireForest=True).ok()
    site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Force=True).ok()
    stale = site.run("Get-Mailbox", Identity=user.guid).one
    fresh = site.run("Get-Mailbox", Identity=user.guid, ReadFromDomainController=True).one
    assert (stale.get("Database"), fresh.get("Database")) == ("DB01", "DB02")


def test_an_unknown_domain_controller(site: Site) -> None:
    refusal = site.run("Get-MailboxDatabase", DomainController="dc9.tiny.lab").refusal
    assert category(refusal) == "ADOperationException"
    assert site.run("Set-ADServerSettings", PreferredServer="dc9.tiny.lab").refusal
