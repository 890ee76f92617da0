# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-CASMailbox: how clients may connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange_shell import Site, category

from exchange_lab.directory import MAILBOX


def change(site: Site, guid: str, **changes: Any) -> None:
    site.organisation.directory.write(site.organisation.domain_controller, MAILBOX, guid, changes)
    site.wait()


def test_protocols_of_one_mailbox(site: Site) -> None:
    box = site.mailboxes("DB01")[0]
    change(site, box.guid, pop_enabled=False, has_active_sync_device_partnership=True)
    shown = site.run("Get-CASMailbox", Identity=box.guid).one
    assert shown.get("PopEnabled") is False and shown.get("ImapEnabled") is True
    assert shown.get("HasActiveSyncDevicePartnership") is True
    assert shown.get("ServerName") == "mbx1" and str(shown.get("Guid")) == box.guid


def test_everybody_and_a_filter(site: Site) -> None:
    box = site.mailboxes("DB01")[0]
    change(site, box.guid, imap_enabled=False)
    assert len(site.run("Get-CASMailbox", ResultSize="Unlimited").ok().output) == 7
    found = site.run("Get-CASMailbox", Filter="ImapEnabled -eq $false").one
    assert found.get("Name") == box.name
    assert [str(g) for g in site.run("Get-CASMailbox", Anr=box.name).values("Guid")] == [box.guid]
    assert len(site.run("Get-CASMailbox", ResultSize=2).ok().warnings) == 1


def test_special_mailboxes_are_not_found(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    box = site.mailboxes("DB01", "ArbitrationMailbox")[0]
    refusal = site.run("Get-CASMailbox", Identity=box.guid).refusal
    assert category(refusal) == "ManagementObjectNotFoundException"
