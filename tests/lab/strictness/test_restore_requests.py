# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore requests: queue, names, checks, and what a merge does and doesn't (exchange.md section 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from exchange_shell import Answer, Site, category

from exchange_lab.directory import MAILBOX, MailboxObject

pytestmark = pytest.mark.strictness


@pytest.fixture
def merging(site: Site) -> Site:
    """DB01's file is mounted as RDB, its users live in the empty DB01-DT."""
    site.recovery_database()
    return site


def users(site: Site, database: str = "DB01-DT") -> list[MailboxObject]:
    """The users whose mailboxes are in the recovery database."""
    rdb = site.mounted("RDB")
    return [m for m in site.mailboxes(database) if rdb.mailbox(m.exchange_guid)]


def create(site: Site, user: MailboxObject, **parameters: Any) -> Answer:
    parameters = {
        "SourceDatabase": "RDB", "SourceStoreMailbox": user.exchange_guid, "TargetMailbox": user.guid,
        "Name": "r", "AssociatedMessagesCopyOption": "DoNotCopy", **parameters,
    }  # fmt: skip
    return site.run("New-MailboxRestoreRequest", **parameters)


def finish(site: Site, seconds: float = 60) -> list[str]:
    site.wait(seconds)
    return [str(s) for s in site.run("Get-MailboxRestoreRequest").values("Status")]


def statistics(site: Site, user: MailboxObject, name: str = "r", **parameters: Any) -> Any:
    return site.run(
        "Get-MailboxRestoreRequestStatistics", Identity=f"{user.guid}\\{name}", **parameters
    ).one


def subjects(
    site: Site, user: MailboxObject, database: str = "DB01-DT", hidden: bool = False
) -> list[str]:
    box = site.mounted(database).mailbox(user.exchange_guid)
    return sorted(m.subject for m in box.messages.values() if m.associated == hidden) if box else []


@pytest.fixture
def crowd(make_site: Callable[..., Site]) -> Site:
    """25 users whose mailboxes wait in a recovery database."""
    site = make_site(
        {
            "domain": "crowd.lab", "organisation": "Crowd",
            "domain_controllers": [{"name": "dc1", "lag": 15}],
            "servers": [{"name": "MBX1", "volumes": [{"name": "C:\\", "capacity": "200 GB"},
                                                     {"name": "D:\\", "capacity": "2 TB"}]}],
            "databases": [{"name": "DB01", "server": "MBX1", "edb": "D:\\DB01\\DB01.edb", "logs": "D:\\DB01"}],
            "mailboxes": [{"kind": "user", "database": "DB01", "count": 25, "messages": 2}],
        }
    )  # fmt: skip
    site.recovery_database()
    site.organisation.latency.enabled = True
    return site


def test_ten_at_a_time_and_the_rest_stalls(crowd: Site) -> None:
    for user in users(crowd):
        create(crowd, user).ok()
    most, stalled = 0, False
    for _unused in range(400):
        crowd.wait(5)
        details = [r.detail for r in crowd.organisation.mrs.requests.values()]
        statuses = [r.status for r in crowd.organisation.mrs.requests.values()]
        most = max(most, sum(d in ("CreatingFolderHierarchy", "CopyingMessages") for d in details))
        stalled = stalled or any(d.startswith("StalledDueToTarget_") for d in details)
        if set(statuses) == {"Completed"}:
            break
    assert most == 10 and stalled
    assert set(statuses) == {"Completed"}


def test_a_request_is_picked_up_after_a_while(crowd: Site) -> None:
    create(crowd, users(crowd)[0]).ok()
    assert crowd.run("Get-MailboxRestoreRequest").one.get("Status") == "Queued"
    assert statistics(crowd, users(crowd)[0]).get("PositionInQueue") == "1"


def test_ten_default_names_per_mailbox(merging: Site) -> None:
    user = users(merging)[0]
    names = [create(merging, user, Name=None, Suspend=True).one.get("Name") for _unused in range(10)]
    assert names == ["MailboxRestore", *(f"MailboxRestore{n}" for n in range(1, 10))]
    assert (
        category(create(merging, user, Name=None).refusal) == "NameMustBeUniquePermanentException"
    )
    create(merging, user, Name="own").ok()


def test_names_are_unique_per_target(merging: Site) -> None:
    one, other = users(merging)[:2]
    create(merging, one).ok()
    assert category(create(merging, one, Name="R").refusal) == "NameMustBeUniquePermanentException"
    create(merging, other).ok()


def test_the_legacy_name_has_to_match(merging: Site) -> None:
    one, other = users(merging)[:2]
    pair = {"SourceStoreMailbox": one.exchange_guid}
    assert "AllowLegacyDNMismatch" in create(merging, other, **pair).refusal.message
    create(merging, other, AllowLegacyDNMismatch=True, **pair).ok()


def test_an_x500_address_is_as_good(merging: Site) -> None:
    one, other = users(merging)[:2]
    addresses = (*other.email_addresses, f"X500:{one.legacy_exchange_dn}")
    merging.organisation.directory.write("dc1", MAILBOX, other.guid, {"email_addresses": addresses})
    create(merging, other, SourceStoreMailbox=one.exchange_guid).ok()


def test_a_mailbox_that_is_not_in_the_source_fails(merging: Site) -> None:
    unused = next(m for m in merging.mailboxes("DB01-DT") if m not in users(merging))
    refusal = create(merging, unused).refusal
    assert category(refusal) == "ManagementObjectNotFoundException"
    assert unused.exchange_guid in refusal.message and "'RDB'" in refusal.message


def test_a_live_mailbox_of_an_ordinary_database_is_no_source(merging: Site) -> None:
    user = merging.mailboxes("DB02")[0]
    target = users(merging)[0]
    answer = create(merging, target, SourceDatabase="DB02", SourceStoreMailbox=user.exchange_guid,
                    AllowLegacyDNMismatch=True)  # fmt: skip
    assert category(answer.refusal) == "ManagementObjectNotFoundException"


def test_the_source_has_to_be_mounted(merging: Site) -> None:
    user = users(merging)[0]
    merging.run("Dismount-Database", Identity="RDB", Confirm=False).ok()
    assert category(create(merging, user).refusal) == "MapiExceptionMdbOffline"


def test_one_bad_item_fails_the_request_by_default(merging: Site) -> None:
    user = users(merging)[0]
    merging.put("RDB", user, "broken", corrupt=True)
    create(merging, user).ok()
    assert finish(merging) == ["Failed"]
    shown = statistics(merging, user)
    assert shown.get("FailureType") == "TooManyBadItemsPermanentException"
    assert shown.get("BadItemsEncountered") == 1 and shown.get("StatusDetail") == "FailedOther"


def test_bad_items_within_the_limit_are_listed(merging: Site) -> None:
    user = users(merging)[0]
    merging.put("RDB", user, "broken", corrupt=True)
    create(merging, user, BadItemLimit=10).ok()
    assert finish(merging) == ["CompletedWithWarning"]
    shown = statistics(merging, user, IncludeReport=True)
    assert shown.get("PercentComplete") == 100 and '"broken"' in shown.get("Report")
    assert "broken" not in subjects(merging, user)


def test_the_plural_is_the_other_answer(make_site: Callable[..., Site]) -> None:
    site = make_site("tiny", completed_with_warnings_plural=True)
    site.recovery_database()
    user = users(site)[0]
    site.put("RDB", user, "broken", corrupt=True)
    create(site, user, BadItemLimit=1).ok()
    assert finish(site) == ["CompletedWithWarnings"]


def test_large_items_have_a_limit_of_their_own(merging: Site) -> None:
    user = users(merging)[0]
    merging.put("RDB", user, "huge", large=True)
    create(merging, user, BadItemLimit=10).ok()
    assert finish(merging) == ["Failed"]
    assert statistics(merging, user).get("FailureType") == "TooManyLargeItemsPermanentException"
    merging.run("Set-MailboxRestoreRequest", Identity=f"{user.guid}\\r", LargeItemLimit=5).ok()
    merging.run("Resume-MailboxRestoreRequest", Identity=f"{user.guid}\\r").ok()
    assert finish(merging) == ["CompletedWithWarning"]


def test_limits_above_50_need_another_switch(merging: Site) -> None:
    user = users(merging)[0]
    for limit in (51, "Unlimited"):
        assert "AcceptLargeDataLoss" in create(merging, user, BadItemLimit=limit).refusal.message
    create(merging, user, BadItemLimit=51, AcceptLargeDataLoss=True).ok()


def test_a_second_merge_skips_what_is_there(merging: Site) -> None:
    user = users(merging)[0]
    for name in ("first", "second"):
        create(merging, user, Name=name).ok()
        finish(merging)
    copied = [
        statistics(merging, user, name).get("ItemsTransferred") for name in ("first", "second")
    ]
    assert copied[0] > 0 and copied[1] == 0
    assert subjects(merging, user) == subjects(merging, user, "RDB")


@pytest.mark.parametrize("option", ["KeepAll", "ForceCopy"])
def test_keeping_all_duplicates(merging: Site, option: str) -> None:
    user = users(merging)[0]
    for name in ("first", "second"):
        create(merging, user, Name=name, ConflictResolutionOption=option).ok()
        finish(merging)
    assert len(subjects(merging, user)) == 2 * len(subjects(merging, user, "RDB"))


def test_hidden_items_double_with_the_default_option(merging: Site) -> None:
    user = users(merging)[0]
    before = len(subjects(merging, user, hidden=True))
    source = len(subjects(merging, user, "RDB", hidden=True))
    counts = []
    for name in ("first", "second"):
        create(merging, user, Name=name, AssociatedMessagesCopyOption="Copy").ok()
        finish(merging)
        counts.append(len(subjects(merging, user, hidden=True)))
    own = counts[0] - before - source  # the target's own, made at its first logon
    assert source > 0 and counts == [before + own + source, before + own + 2 * source]


def test_hidden_items_stay_away_with_do_not_copy(merging: Site) -> None:
    user = users(merging)[0]
    merging.put("RDB", user, "rule", associated=True, item_class="IPM.Rule")
    create(merging, user).ok()
    assert finish(merging) == ["Completed"]
    assert "rule" not in subjects(merging, user, hidden=True)


def test_folder_permissions_are_not_merged(merging: Site) -> None:
    user = users(merging)[0]
    source = merging.mounted("RDB").mailbox(user.exchange_guid)
    assert source is not None
    source.set_permissions("Calendar", {"bruno": ["Owner"]})
    create(merging, user).ok()
    assert finish(merging) == ["Completed"]
    target = merging.mounted("DB01-DT").mailbox(user.exchange_guid)
    assert target is not None and "bruno" not in target.permissions.get("Calendar", {})


def test_a_full_target_fails_the_request(merging: Site) -> None:
    user = users(merging)[0]
    limit = {"UseDatabaseQuotaDefaults": False, "ProhibitSendReceiveQuota": "100KB"}
    merging.run("Set-Mailbox", Identity=user.guid, **limit).ok()
    merging.wait()
    merging.put("RDB", user, "big", size=200_000)
    create(merging, user).ok()
    assert finish(merging) == ["Failed"]
    assert statistics(merging, user).get("FailureType") == "QuotaExceededPermanentException"
    merging.run("Set-Mailbox", Identity=user.guid, ProhibitSendReceiveQuota="2GB").ok()
    merging.wait()
    merging.run("Resume-MailboxRestoreRequest", Identity=f"{user.guid}\\r").ok()
    assert finish(merging) == ["Completed"]


def test_a_dismounted_source_is_retried_and_fails_at_last(merging: Site) -> None:
    user = users(merging)[0]
    create(merging, user, Suspend=True).ok()
    merging.run("Dismount-Database", Identity="RDB", Confirm=False).ok()
    merging.run("Resume-MailboxRestoreRequest", Identity=f"{user.guid}\\r").ok()
    assert finish(merging) == ["Retrying"]
    assert statistics(merging, user).get("StatusDetail") == "TransientFailureSource"
    assert finish(merging, 3600) == ["Failed"]


def test_a_source_that_comes_back_is_merged(merging: Site) -> None:
    user = users(merging)[0]
    create(merging, user, Suspend=True).ok()
    merging.run("Dismount-Database", Identity="RDB", Confirm=False).ok()
    merging.run("Resume-MailboxRestoreRequest", Identity=f"{user.guid}\\r").ok()
    assert finish(merging) == ["Retrying"]
    merging.run("Mount-Database", Identity="RDB").ok()
    assert finish(merging) == ["Completed"]


def test_a_stopped_service_leaves_requests_queued(merging: Site) -> None:
    merging.server.services["MSExchangeMailboxReplication"] = "Stopped"
    create(merging, users(merging)[0]).ok()
    assert finish(merging, 600) == ["Queued"]
    merging.server.services["MSExchangeMailboxReplication"] = "Running"
    assert finish(merging, 600) == ["Completed"]


def test_completed_requests_vanish_after_thirty_days(merging: Site) -> None:
    create(merging, users(merging)[0]).ok()
    assert finish(merging, 29 * 86400) == ["Completed"]
    assert finish(merging, 2 * 86400) == []


def test_a_finished_request_is_neither_suspended_nor_resumed(merging: Site) -> None:
    user = users(merging)[0]
    create(merging, user).ok()
    assert finish(merging) == ["Completed"]
    for verb in ("Suspend", "Resume"):
        refusal = merging.run(
            f"{verb}-MailboxRestoreRequest", Identity=f"{user.guid}\\r", Confirm=False
        ).refusal
        assert "its status is Completed" in refusal.message


def test_removing_a_request_asks(merging: Site) -> None:
    user = users(merging)[0]
    create(merging, user, Suspend=True).ok()
    asked = merging.run("Remove-MailboxRestoreRequest", Identity=f"{user.guid}\\r")
    assert asked.questions and len(merging.organisation.mrs.requests) == 1
    merging.run("Remove-MailboxRestoreRequest", Identity=f"{user.guid}\\r", Confirm=False).ok()
    assert not merging.organisation.mrs.requests


def test_an_archive_takes_an_archive(merging: Site) -> None:
    owner = next(m for m in users(merging) if m.archive_guid)
    plain = next(m for m in users(merging) if not m.archive_guid)
    assert create(merging, plain, TargetIsArchive=True).refusal
    create(merging, owner, SourceStoreMailbox=owner.archive_guid, TargetIsArchive=True).ok()
    assert finish(merging) == ["Completed"]
    archive = merging.mounted("DB01-DT").mailbox(str(owner.archive_guid))
    source = merging.mounted("RDB").mailbox(str(owner.archive_guid))
    assert (
        archive is not None and source is not None and archive.item_count == source.item_count > 0
    )
