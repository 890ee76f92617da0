# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes back: 1000 results, special kinds, -Status, sizes as text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from exchange_shell import Site, category

pytestmark = pytest.mark.strictness


def test_a_thousand_results_by_default_with_a_warning(make_site: Callable[..., Site]) -> None:
    site = make_site("thousand")
    answer = site.select("Get-Mailbox", "Guid", Database="DB01").ok()
    assert len(answer.output) == 1000
    assert "only the first 1000" in answer.warnings[0]
    everything = site.select("Get-Mailbox", "Guid", Database="DB01", ResultSize="Unlimited").ok()
    assert len(everything.output) == 1030 and not everything.warnings
    few = site.select("Get-Mailbox", "Guid", Database="DB01", ResultSize=3).ok()
    assert len(few.output) == 3 and few.warnings


@pytest.mark.parametrize(
    ("switch", "kind"),
    [
        ("Arbitration", "ArbitrationMailbox"),
        ("AuditLog", "AuditLogMailbox"),
        ("Migration", "ArbitrationMailbox"),
    ],
)
def test_special_mailboxes_only_with_their_switch(
    make_site: Callable[..., Site], switch: str, kind: str
) -> None:
    site = make_site("contoso")
    ordinary = site.select(
        "Get-Mailbox", "RecipientTypeDetails", Database="DB01", ResultSize="Unlimited"
    ).values("RecipientTypeDetails")
    assert kind not in ordinary
    special = site.run("Get-Mailbox", Database="DB01", **{switch: True}).ok()
    assert set(special.values("RecipientTypeDetails")) == {kind}
    identity = str(special.output[0].get("Guid"))
    assert (
        category(site.run("Get-Mailbox", Identity=identity).refusal)
        == "ManagementObjectNotFoundException"
    )


def test_only_one_kind_in_one_call(site: Site) -> None:
    refusal = site.run("Get-Mailbox", Arbitration=True, AuditLog=True).refusal
    assert "Arbitration, AuditLog" in refusal.message


def test_a_special_mailbox_is_not_set_without_its_switch(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    box = site.mailboxes("DB01", "ArbitrationMailbox")[0]
    home = {"Database": "DB02", "Force": True, "Confirm": False}
    refusal = site.run("Set-Mailbox", Identity=box.guid, **home).refusal
    assert category(refusal) == "ManagementObjectNotFoundException"
    site.run("Set-Mailbox", Identity=box.guid, Arbitration=True, **home).ok()
    assert box.guid in [m.guid for m in site.mailboxes("DB02", "ArbitrationMailbox")]


STATUS = ("Mounted", "MountedOnServer", "DatabaseSize", "BackupInProgress", "CurrentSchemaVersion")


def test_status_properties_are_null_without_status(site: Site) -> None:
    plain = site.run("Get-MailboxDatabase", Identity="DB01").one
    assert [plain.get(name) for name in STATUS] == [None] * len(STATUS)
    full = site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one
    assert full.get("Mounted") is True and full.get("MountedOnServer") == "mbx1.tiny.lab"
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    assert site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one.get("Mounted") is False


@pytest.mark.parametrize("unknown", [None, False])
def test_mounted_is_unknown_when_the_server_does_not_answer(
    make_site: Callable[..., Site], unknown: bool | None
) -> None:
    site = make_site("tiny", mounted_of_unreachable_server=unknown)
    site.server.services["MSExchangeRepl"] = "Stopped"
    assert (
        site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one.get("Mounted") is unknown
    )


def test_sizes_are_text_with_grouping(site: Site) -> None:
    site.run(
        "Set-MailboxDatabase",
        Identity="DB01",
        ProhibitSendQuota="5GB",
        IssueWarningQuota="Unlimited",
        ProhibitSendReceiveQuota="Unlimited",
    ).ok()
    database = site.run("Get-MailboxDatabase", Identity="DB01", Status=True).one
    assert database.get("ProhibitSendQuota") == "5 GB (5,368,709,120 bytes)"
    assert database.get("IssueWarningQuota") == "Unlimited"
    pattern = r"[\d.]+ (B|KB|MB|GB|TB) \(\d{1,3}(,\d{3})* bytes\)"
    assert re.fullmatch(pattern, database.get("DatabaseSize"))
    for size in site.run("Get-MailboxStatistics", Database="DB01").values("TotalItemSize"):
        assert re.fullmatch(pattern, size)


def test_a_new_database_has_the_default_quotas(site: Site) -> None:
    made = site.new_database("DT").one
    assert made.get("ProhibitSendQuota") == "2 GB (2,147,483,648 bytes)"
    assert made.get("IssueWarningQuota").startswith("1.899 GB (")
    assert made.get("ProhibitSendReceiveQuota").startswith("2.3 GB (")


def test_a_mailbox_nobody_used_has_no_statistics(site: Site) -> None:
    stored = {
        str(g) for g in site.run("Get-MailboxStatistics", Database="DB01").values("MailboxGuid")
    }
    unused = [m for m in site.mailboxes("DB01") if m.exchange_guid not in stored]
    assert len(unused) == 1
    answer = site.run("Get-MailboxStatistics", Identity=unused[0].guid).ok()
    assert not answer.output and "hasn't logged on" in answer.warnings[0]


def test_the_old_copy_of_a_rehomed_mailbox_becomes_disconnected(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Force=True).ok()
    site.wait(2 * 86400)
    rows = site.run(
        "Get-MailboxStatistics", Database="DB01", StoreMailboxIdentity=user.exchange_guid
    )
    assert rows.one.get("DisconnectReason") == "SoftDeleted"
    assert rows.one.get("DisconnectDate") is not None


def test_statistics_of_a_dismounted_database_are_refused(site: Site) -> None:
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    assert (
        category(site.run("Get-MailboxStatistics", Database="DB01").refusal)
        == "MapiExceptionMdbOffline"
    )


def test_a_failed_logon_is_a_result(site: Site) -> None:
    assert site.run("Test-MAPIConnectivity", Database="DB01").one.get("Result") == "Success"
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    failed = site.run("Test-MAPIConnectivity", Database="DB01").one
    assert failed.get("Result") == "*FAILURE*" and "MapiExceptionMdbOffline" in failed.get("Error")


def test_settings_that_change_nothing_give_a_warning(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    for answer in (
        site.run("Set-Mailbox", Identity=user.guid, Database="DB01", Force=True),
        site.run("Set-MailboxDatabase", Identity="DB01", MountAtStartup=True),
    ):
        assert "no settings of" in answer.ok().warnings[0]
