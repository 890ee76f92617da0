# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both answers of what is unconfirmed about the cmdlets (exchange.md 15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from exchange_shell import Answer, Site

from exchange_lab.directory import MailboxObject


@pytest.fixture
def merging(make_site: Callable[..., Site]) -> Callable[..., tuple[Site, MailboxObject]]:
    """DB01's file as RDB under the given answers, and a user whose mailbox is in it."""

    def make(**switches: Any) -> tuple[Site, MailboxObject]:
        site = make_site("tiny", **switches)
        rdb = site.recovery_database()
        return site, next(m for m in site.mailboxes("DB01-DT") if rdb.mailbox(m.exchange_guid))

    return make


def create(site: Site, user: MailboxObject, **parameters: Any) -> Answer:
    return site.run(
        "New-MailboxRestoreRequest",
        **{"SourceDatabase": "RDB", "SourceStoreMailbox": user.exchange_guid, "TargetMailbox": user.guid,
           "Name": "r", **parameters},
    )  # fmt: skip


@pytest.mark.strictness
@pytest.mark.parametrize(("answer", "works"), [("refuse", False), ("dismount", True)])
def test_removing_a_mounted_database(
    make_site: Callable[..., Site], answer: str, works: bool
) -> None:
    site = make_site("tiny", remove_mounted_database=answer)
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    assert (
        bool(site.run("Remove-MailboxDatabase", Identity="DT", Confirm=False).errors) is not works
    )
    assert ("DT" in site.run("Get-MailboxDatabase").values("Name")) is not works


@pytest.mark.parametrize("together", [True, False])
def test_limits_with_a_source_database(merging: Any, together: bool) -> None:
    site, user = merging(restore_request_limits_in_default_set=together)
    answer = create(site, user, LargeItemLimit=10, CompletedRequestAgeLimit=5)
    assert (answer.failure is None) is together
    if together:
        site.wait(60)
        shown = site.run("Get-MailboxRestoreRequestStatistics", Identity=f"{user.guid}\\r").one
        assert shown.get("LargeItemLimit") == "10"
        assert shown.get("CompletedRequestAgeLimit") == "5.00:00:00"


@pytest.mark.parametrize("guid_only", [True, False])
def test_targets_by_alias(merging: Any, guid_only: bool) -> None:
    site, user = merging(target_mailbox_guid_only=guid_only)
    answer = create(site, user, TargetMailbox=user.alias, Suspend=True)
    assert (answer.failure is not None) is guid_only
    create(site, user, Name="by guid", Suspend=True).ok()


@pytest.mark.parametrize("ending", ["Timestamp", "TimeStamp"])
def test_spelling_of_time_stamps(merging: Any, ending: str) -> None:
    site, user = merging(statistics_time_stamps=ending)
    create(site, user, Suspend=True).ok()
    shown = site.run("Get-MailboxRestoreRequestStatistics", Identity=f"{user.guid}\\r").one
    assert f"Queued{ending}" in shown.props


@pytest.mark.parametrize("flags", ["None", "Recovery"])
def test_flags_of_a_recovery_database(merging: Any, flags: str) -> None:
    site, user = merging(restore_flags_for_recovery_database=flags)
    create(site, user, Suspend=True).ok()
    shown = site.run("Get-MailboxRestoreRequestStatistics", Identity=f"{user.guid}\\r").one
    assert shown.get("MailboxRestoreFlags") == flags


@pytest.mark.parametrize("accepted", [True, False])
def test_a_disconnected_mailbox_as_source(make_site: Callable[..., Site], accepted: bool) -> None:
    site = make_site("tiny", disconnected_mailbox_as_source=accepted)
    user = site.mailboxes("DB01")[0]
    site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Force=True).ok()
    site.wait(2 * 86400)
    answer = create(site, user, SourceDatabase="DB01")
    assert bool(answer.errors) is not accepted


@pytest.mark.parametrize("skips", [True, False])
def test_a_second_merge_of_an_item_the_user_changed(merging: Any, skips: bool) -> None:
    site, user = merging(second_merge_skips_changed_items=skips)
    options = {
        "AssociatedMessagesCopyOption": "DoNotCopy",
        "ConflictResolutionOption": "KeepLatestItem",
    }
    create(site, user, Name="first", **options).ok()
    site.wait(60)
    box = site.mounted("DB01-DT").mailbox(user.exchange_guid)
    assert box is not None
    visible = [m for m in box.messages.values() if not m.associated]
    box.update(
        visible[0].id, read=True, modified=site.clock.now().isoformat(timespec="milliseconds")
    )
    create(site, user, Name="second", **options).ok()
    site.wait(60)
    after = [m for m in box.messages.values() if not m.associated]
    assert len(after) - len(visible) == (0 if skips else 1)


def test_a_dead_server_takes_its_time(make_site: Callable[..., Site]) -> None:
    site = make_site("tiny")
    site.organisation.latency.enabled = True
    site.server.services["MSExchangeRepl"] = "Stopped"
    started = site.clock.elapsed()
    site.run("Get-MailboxDatabase", Identity="DB01", Status=True).ok()
    assert site.clock.elapsed() - started > 8
