# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and removing databases: names, paths, limits, warnings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exchange_shell import Site, category

pytestmark = pytest.mark.strictness


def test_creation_asks_for_a_restart_of_the_store(site: Site) -> None:
    answer = site.new_database("DT")
    assert answer.one.get("Name") == "DT"
    assert answer.warnings == [
        "Please restart the Microsoft Exchange Information Store service on server MBX1 after adding new mailbox "
        "databases."
    ]


def test_standard_edition_has_five_databases(make_site: Callable[..., Site]) -> None:
    site = make_site("standard")
    assert category(site.new_database("DB6").refusal) == "DatabaseLimitExceededException"
    site.new_database("RDB", Recovery=True).ok()


def test_the_other_answer_counts_recovery_databases(make_site: Callable[..., Site]) -> None:
    site = make_site("standard", recovery_database_counts=True)
    assert (
        category(site.new_database("RDB", Recovery=True).refusal)
        == "DatabaseLimitExceededException"
    )


@pytest.mark.parametrize(
    "path",
    [
        "\\\\filer\\share\\DT.edb",
        "DT.edb",
        "..\\DT.edb",
        "D:DT.edb",
        "D:\\",
        "D:\\DT",
        "D:\\a\\..\\DT.edb",
        "D:\\" + "x" * 250 + "\\DT.edb",
    ],
)
def test_edb_paths_are_local_full_and_name_a_file(site: Site, path: str) -> None:
    refusal = site.new_database("DT", EdbFilePath=path).refusal
    assert refusal.error_id == "ParameterArgumentTransformationError,New-MailboxDatabase"


@pytest.mark.parametrize(
    "path", ["D:\\", "D:", "\\\\filer\\share", "logs", "\\logs", "D:\\logs\\..\\..", "D:/logs"]
)
def test_log_folders_are_local_full_and_not_a_root(site: Site, path: str) -> None:
    refusal = site.new_database("DT", LogFolderPath=path).refusal
    assert refusal.error_id == "ParameterArgumentTransformationError,New-MailboxDatabase"


def test_a_volume_has_to_exist_on_the_server(site: Site) -> None:
    assert "X:\\DT" in site.new_database("DT", "X:\\DT").refusal.message


def test_paths_are_unique(site: Site) -> None:
    item = site.database("DB02")
    taken = site.new_database("DT", EdbFilePath=item.edb_file_path.upper())
    assert "'DB02'" in taken.refusal.message
    taken = site.new_database("DT", LogFolderPath=f"{item.log_folder_path}\\")
    assert "'DB02'" in taken.refusal.message


def test_names_are_unique_in_the_organisation(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    assert category(site.new_database("db03").refusal) == "ADObjectAlreadyExistsException"


@pytest.mark.parametrize("name", ["x" * 65, " DT", "   ", "D\nT"])
def test_names_have_up_to_64_characters(site: Site, name: str) -> None:
    refusal = site.new_database("DT", Name=name).refusal
    assert category(refusal) == "DataValidationException"
    site.new_database("DT2", "D:\\DT2", Name="x" * 64).ok()


def test_a_normal_database_over_an_existing_file_is_refused(make_site: Callable[..., Site]) -> None:
    for answer, refused in (("refuse", True), ("allow", False)):
        site = make_site("tiny", new_database_over_existing_file=answer)
        site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
        site.server.fs.mkdir("D:\\DT")
        site.server.fs.rename(site.database("DB01").edb_file_path, "D:\\DT\\DT.edb")
        assert bool(site.new_database("DT").errors) is refused


def test_a_recovery_database_over_a_file_gives_a_warning(site: Site) -> None:
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    site.server.fs.mkdir("D:\\RDB")
    site.server.fs.rename(site.database("DB01").edb_file_path, "D:\\RDB\\RDB.edb")
    answer = site.new_database("RDB", Recovery=True)
    assert answer.one.get("Recovery") is True
    assert "must be brought into a clean shutdown state" in answer.warnings[0]


def test_a_database_with_mailboxes_is_not_removed(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    home = {"Database": "DB02", "Force": True, "Confirm": False}
    for name in site.select("Get-Mailbox", "Guid", Database="DB01", ResultSize="Unlimited").values(
        "Guid"
    ):
        site.run("Set-Mailbox", Identity=str(name), **home).ok()
    # arbitration and audit mailboxes, and archives of owners elsewhere, still refer to it
    refusal = site.run("Remove-MailboxDatabase", Identity="DB01", Confirm=False).refusal
    assert category(refusal) == "AssociatedUserMailboxExistException"
    assert site.database("DB01")


def test_removing_a_database_leaves_its_files(site: Site) -> None:
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    mounted = site.run("Remove-MailboxDatabase", Identity="DT", Confirm=False)
    assert category(mounted.refusal) == "InvalidOperationException"
    site.run("Dismount-Database", Identity="DT", Confirm=False).ok()
    answer = site.run("Remove-MailboxDatabase", Identity="DT", Confirm=False).ok()
    assert "D:\\DT\\DT.edb" in answer.warnings[-1]
    assert site.server.fs.is_file("D:\\DT\\DT.edb")
    assert "DT" not in site.run("Get-MailboxDatabase").values("Name")


def test_a_reason_has_ten_characters(site: Site) -> None:
    short = site.run(
        "Set-MailboxDatabase", Identity="DB02", IsExcludedFromProvisioningReason="too short"
    )
    assert category(short.refusal) == "ArgumentException"


@pytest.mark.parametrize(
    "settings",
    [
        {"ProhibitSendQuota": "10GB"},
        {"IssueWarningQuota": "Unlimited"},
        {"ProhibitSendReceiveQuota": "1GB"},
    ],
)
def test_no_quota_is_above_the_receive_quota(site: Site, settings: dict[str, str]) -> None:
    refusal = site.run("Set-MailboxDatabase", Identity="DB01", **settings).refusal
    assert category(refusal) == "DataValidationException"
    assert "must be less than or equal to that of property" in refusal.message
    together = {"ProhibitSendReceiveQuota": "Unlimited", **settings}
    if "ProhibitSendReceiveQuota" not in settings:
        site.run("Set-MailboxDatabase", Identity="DB01", **together).ok()


@pytest.mark.parametrize("name", ["MailboxRetention", "DeletedItemRetention"])
def test_time_spans_are_not_negative(site: Site, name: str) -> None:
    refusal = site.run("Set-MailboxDatabase", Identity="DB01", **{name: "-1.00:00:00"}).refusal
    assert category(refusal) == "DataValidationException"


def test_a_recovery_database_is_no_home(site: Site) -> None:
    site.new_database("RDB", Recovery=True).ok()
    user = site.mailboxes("DB01")[0]
    assert site.run("Set-Mailbox", Identity=user.guid, Database="RDB", Force=True).refusal
    assert user in site.mailboxes("DB01")
