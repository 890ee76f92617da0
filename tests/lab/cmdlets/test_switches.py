# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both answers of what is unconfirmed about the cmdlets (exchange.md 15)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from exchange_shell import Answer, Site, category

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


@pytest.mark.parametrize("reworded", [False, True])
def test_words_that_no_source_gives(make_site: Callable[..., Site], reworded: bool) -> None:
    site = make_site("tiny", unconfirmed_texts="reworded" if reworded else "as worded")
    user = site.mailboxes("DB01")[0]
    asked = site.run("Set-Mailbox", Identity=user.guid, Database="DB02", reply=2)
    assert len(asked.questions) == 1
    refused = site.run("Remove-MailboxDatabase", Identity="DB02", Confirm=False)
    for text in (asked.questions[0], site.run("Mount-Database", Identity="DB01").errors[0].message):
        assert not re.search("[\ue000-\ue002]", text)
    assert ("content stays" in asked.questions[0]) is not reworded
    assert user.name in asked.questions[0]  # the facts stay
    assert "contains one or more mailboxes" in refused.errors[0].message  # this one is known


@pytest.mark.parametrize("asks", [True, False])
def test_an_empty_database_is_asked_for_or_refused(make_site: Any, asks: bool) -> None:
    site = make_site("tiny", empty_database_question=asks)
    site.run("Dismount-Database", Identity="DB02", Confirm=False).ok()
    site.server.fs.delete(site.database("DB02").edb_file_path)
    answer = site.run("Mount-Database", Identity="DB02", reply=0)
    assert (len(answer.questions) == 1) is asks
    assert bool(answer.errors) is not asks
    if not asks:
        site.run("Mount-Database", Identity="DB02", Force=True).ok()


@pytest.mark.strictness
@pytest.mark.parametrize(
    "name", ["MapiExceptionTooManyMountedDatabases", "MapiExceptionCallFailed"]
)
def test_a_second_recovery_database(make_site: Any, name: str) -> None:
    site = make_site("tiny", second_recovery_database_error=name)
    site.recovery_database()
    site.new_database("RDB2", Recovery=True).ok()
    assert name in site.run("Mount-Database", Identity="RDB2").errors[0].message


@pytest.mark.strictness
@pytest.mark.parametrize("where", ["creation", "mount"])
def test_the_limit_of_databases(make_site: Any, where: str) -> None:
    site = make_site("standard", database_limit_refused_at=where)
    created = site.new_database("SIXTH")
    assert bool(created.errors) is (where == "creation")
    if where == "mount":
        mounted = site.run("Mount-Database", Identity="SIXTH")
        assert "1108" in mounted.errors[0].message


@pytest.mark.parametrize("answer", ["refuse", "accept"])
def test_the_path_of_another_database(make_site: Any, answer: str) -> None:
    site = make_site(
        "tiny", edb_path_of_another_database=answer, new_database_over_existing_file="allow"
    )
    taken = site.database("DB02")
    answered = site.new_database("TWIN", EdbFilePath=taken.edb_file_path, LogFolderPath="D:\\Twin")
    assert bool(answered.errors) is (answer == "refuse")
    if answer == "accept":
        assert site.run("Mount-Database", Identity="TWIN").errors


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_two_copies_of_one_database(make_site: Any, answer: str) -> None:
    site = make_site("tiny", same_database_twice=answer)
    item = site.database("DB02")
    site.run("Dismount-Database", Identity="DB02", Confirm=False).ok()
    site.server.fs.mkdir("D:\\RDB")
    site.server.fs.copy(item.edb_file_path, "D:\\RDB\\RDB.edb")
    site.run("Mount-Database", Identity="DB02").ok()
    site.new_database("RDB", Recovery=True).ok()
    assert bool(site.run("Mount-Database", Identity="RDB").errors) is (answer == "refuse")


@pytest.mark.parametrize("works", [True, False])
def test_a_pipeline_of_two_exchange_cmdlets(make_site: Any, works: bool) -> None:
    site = make_site("tiny", pipeline_of_exchange_cmdlets=works)
    answer = site.shell.pipeline(
        ("Get-Mailbox", {"Database": "DB01"}), ("Set-Mailbox", {"Database": "DB02", "Force": True})
    )
    assert (answer.failure is None) is works
    assert (site.mailboxes("DB01") == []) is works
    assert site.select("Get-Mailbox", "Name").output  # a helper behind it works in any case


@pytest.mark.parametrize("accepted", ["all", "none"])
def test_common_parameters(make_site: Any, accepted: str) -> None:
    site = make_site("tiny", common_parameters=accepted)
    answer = site.run("Get-MailboxDatabase", ErrorAction="Stop")
    assert (answer.failure is None) is (accepted == "all")
    assert site.run("Dismount-Database", Identity="DB02", Confirm=False).failure is None


@pytest.mark.parametrize("offered", ["usual", "fewest"])
def test_helper_cmdlets(make_site: Any, offered: str) -> None:
    site = make_site("tiny", helper_cmdlets=offered)
    assert (site.run("Get-Command", Name="Get-Mailbox").failure is None) is (offered == "usual")
    assert site.select("Get-Mailbox", "Name").output


@pytest.mark.strictness
@pytest.mark.parametrize("role", ["Mail Recipients", "Disaster Recovery"])
def test_the_role_of_rehoming(make_site: Any, role: str) -> None:
    site = make_site("tiny", role_of_set_mailbox_database=role)
    user = site.mailboxes("DB01")[0]
    rehome = {"Identity": user.guid, "Database": "DB02", "Force": True}
    answer = site.open_shell(["Recipient Management"]).run("Set-Mailbox", **rehome)
    assert (answer.failure is None) is (role == "Mail Recipients")
    site.open_shell(["Mail Recipients", "Disaster Recovery"]).run("Set-Mailbox", **rehome).ok()
    site.run("Set-Mailbox", **{**rehome, "Database": "DB01"}).ok()


@pytest.mark.parametrize("model", ["as documented", "without Disaster Recovery"])
def test_the_role_model(make_site: Any, model: str) -> None:
    site = make_site("tiny", role_model=model)
    assert site.run("Get-MailboxRestoreRequest").failure is None  # View-Only Recipients has it
    created = site.run("New-MailboxRestoreRequest", SourceDatabase="DB01")
    hidden = created.failure is not None and "CommandNotFound" in created.failure.error_id
    assert hidden is (model != "as documented")


@pytest.mark.parametrize("answer", ["null", "missing"])
def test_status_properties_without_status(make_site: Any, answer: str) -> None:
    site = make_site("tiny", status_properties_without_status=answer)
    plain = site.run("Get-MailboxDatabase", Identity="DB01").one
    assert plain.get("Mounted") is None
    assert ("Mounted" in plain.props) is (answer == "null")
    assert site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one.get("Mounted") is True


@pytest.mark.parametrize(
    ("limits", "active"), [("ten per database", 10), ("five per source, two per target", 2)]
)
def test_requests_at_a_time(
    make_site: Any, monkeypatch: pytest.MonkeyPatch, limits: str, active: int
) -> None:
    site = make_site("tiny", mrs_limits=limits)
    rdb = site.recovery_database()
    users = [m for m in site.mailboxes("DB01-DT") if rdb.mailbox(m.exchange_guid)]
    mrs, at_once = site.organisation.mrs, []
    begin = mrs._begin
    monkeypatch.setattr(mrs, "_begin", lambda r: (at_once.append(len(mrs._active)), begin(r)))
    for user in users:
        create(site, user, Suspend=True).ok()
    for user in users:
        site.run("Resume-MailboxRestoreRequest", Identity=f"{user.guid}\\r").ok()
    site.wait(600)
    assert len(users) > 2
    assert len(at_once) == len(users)
    assert max(at_once) == min(active, len(users))


@pytest.mark.parametrize("answer", ["two items", "one item"])
def test_two_versions_of_a_meeting(merging: Any, answer: str) -> None:
    site, user = merging(calendar_items_with_one_id=answer)
    meeting = {"folder": "Calendar", "item_class": "IPM.Appointment", "global_id": "0400-A"}
    site.put("DB01-DT", user, "review", **meeting)
    site.wait(60)
    site.put("RDB", user, "review, moved", **meeting)
    create(site, user, ConflictResolutionOption="KeepLatestItem").ok()
    site.wait(60)
    box = site.mounted("DB01-DT").mailbox(user.exchange_guid)
    found = sorted(m.subject for m in box.messages.values() if m.global_id)
    both = ["review", "review, moved"]
    assert found == (both if answer == "two items" else both[1:])


@pytest.mark.parametrize("answer", ["by cause", "general"])
def test_error_classes_of_a_new_request(merging: Any, answer: str) -> None:
    site, user = merging(restore_request_errors=answer)
    create(site, user, Suspend=True).ok()
    named = category(create(site, user, Suspend=True).errors[0])
    unknown = category(create(site, user, SourceStoreMailbox=user.guid, Name="n").errors[0])
    expected = {"NameMustBeUniquePermanentException", "ManagementObjectNotFoundException"}
    assert {named, unknown} == (expected if answer == "by cause" else {"RecipientTaskException"})


@pytest.mark.parametrize("answer", ["removes", "refuse"])
def test_the_database_of_a_dead_server(make_site: Any, answer: str) -> None:
    site = make_site("pair", remove_database_of_dead_server=answer)
    database = site.new_database("EMPTY").ok() and "EMPTY"
    site.server.alive = False
    shell = site.open_shell(["Organization Management"])
    answered = shell.run("Remove-MailboxDatabase", Identity=database, Confirm=False)
    assert bool(answered.errors) is (answer == "refuse")


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.5])
def test_everything_takes_longer(make_site: Any, scale: float) -> None:
    site = make_site("tiny", latency_scale=scale)
    latency = site.organisation.latency
    latency.enabled = True
    times = sum(latency.seconds("Mount-Database") for _n in range(400)) / 400
    assert times == pytest.approx(9.0 * scale, rel=0.35)
    assert 1 / latency.rate("eseutil /r") < 1.0 * scale


@pytest.mark.parametrize("answer", ["ignored", "replayed"])
def test_restored_logs(make_site: Any, answer: str) -> None:
    site = make_site("tiny", restored_logs=answer)
    item, fs = site.database("DB02"), site.server.fs
    site.server.store.crash_database(item.guid)
    logs = [entry.name for entry in fs.listdir(item.log_folder_path) if entry.name.endswith(".log")]
    fs.mkdir(f"{item.log_folder_path}\\_restoredLogs")
    for name in logs:
        fs.rename(
            f"{item.log_folder_path}\\{name}", f"{item.log_folder_path}\\_restoredLogs\\{name}"
        )
    mounted = site.run("Mount-Database", Identity="DB02")
    assert bool(mounted.errors) is (answer == "ignored")
