# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cmdlets do when they do it: the jobs of a recovery."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from exchange_shell import Shell, Site, category

from exchange_lab.directory import MOVE_REQUEST, MoveRequestObject


def test_settings_of_a_database_arrive_in_its_object(site: Site) -> None:
    site.run(
        "Set-MailboxDatabase", Identity="DB02", ProhibitSendQuota="3GB", ProhibitSendReceiveQuota="Unlimited",
        MailboxRetention="14.00:00:00", OfflineAddressBook="\\Default Offline Address Book", MountAtStartup=False,
        IsExcludedFromProvisioning=True, IsExcludedFromProvisioningReason="Dial tone for DB02, run 1", Name="DBX",
    ).ok()  # fmt: skip
    item = site.run("Get-MailboxDatabase", Identity="DBX").one
    shown = {
        "ProhibitSendQuota": "3 GB (3,221,225,472 bytes)", "ProhibitSendReceiveQuota": "Unlimited",
        "MailboxRetention": "14.00:00:00", "OfflineAddressBook": "\\Default Offline Address Book",
        "MountAtStartup": False, "IsExcludedFromProvisioning": True,
        "IsExcludedFromProvisioningReason": "Dial tone for DB02, run 1",
    }  # fmt: skip
    assert {name: item.get(name) for name in shown} == shown


def test_rehoming_every_kind(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    home = {"Database": "DB02", "Force": True, "Confirm": False}
    total = 0
    for switch in (None, "Arbitration", "AuditLog"):
        kind = {switch: True} if switch else {}
        found = site.run("Get-Mailbox", Database="DB01", ResultSize="Unlimited", **kind).values(
            "Guid"
        )
        for identity in found:
            assert not site.run("Set-Mailbox", Identity=str(identity), **home, **kind).ok().warnings
        total += len(found)
        assert not site.run("Get-Mailbox", Database="DB01", **kind).ok().output
    assert total == 120
    archives = [
        m for m in site.run("Get-Mailbox", Archive=True, ResultSize="Unlimited").output
        if m.get("ArchiveDatabase") == "DB01"
    ]  # fmt: skip
    assert archives
    for owner in archives:
        site.run(
            "Set-Mailbox", Identity=str(owner.get("Guid")), ArchiveDatabase="DB02", Force=True
        ).ok()
    site.wait()
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    site.run("Remove-MailboxDatabase", Identity="DB01", Confirm=False).ok()


def test_a_pipeline_rehomes_too(site: Site) -> None:
    site.shell.pipeline(
        ("Get-Mailbox", {"Database": "DB01"}), ("Set-Mailbox", {"Database": "DB02", "Force": True})
    ).ok()
    assert not site.run("Get-Mailbox", Database="DB01").ok().output


@pytest.mark.parametrize(
    "attribute", ["guid", "distinguished_name", "alias", "exchange_guid", "primary_smtp_address"]
)
def test_a_mailbox_has_many_names(site: Site, attribute: str) -> None:
    user = site.mailboxes("DB01")[0]
    found = site.run("Get-Mailbox", Identity=getattr(user, attribute)).one
    assert str(found.get("Guid")) == user.guid
    assert site.run("Get-Mailbox", Identity=f"{user.organizational_unit}/{user.name}").one


def test_filters_of_get_mailbox(site: Site) -> None:
    shared = site.run("Get-Mailbox", Filter="RecipientTypeDetails -eq 'SharedMailbox'").values(
        "Name"
    )
    assert shared == ["Team 1"]
    assert site.run("Get-Mailbox", RecipientTypeDetails=["SharedMailbox"]).values("Name") == shared
    assert site.run("Get-Mailbox", Anr="anna").values("Alias") == ["anna.albers"]
    assert site.run("Get-Mailbox", SortBy="Alias").values("Alias") == sorted(
        site.run("Get-Mailbox").values("Alias")
    )
    assert category(site.run("Get-Mailbox", Filter="Alias equals x").refusal) == "ArgumentException"


@pytest.mark.strictness
def test_a_mailbox_that_is_being_moved_is_not_rehomed(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    dc, directory = site.organisation.domain_controller, site.organisation.directory
    directory.write(dc, "mailbox", user.guid, {"mailbox_move_status": "InProgress"})
    move = MoveRequestObject(
        guid=site.organisation.new_guid(), name=user.name, mailbox=user.guid, status="InProgress",
        source_database=site.database("DB01").guid, target_database=site.database("DB02").guid,
    )  # fmt: skip
    directory.create(dc, MOVE_REQUEST, move)
    refusal = site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Force=True).refusal
    assert "pending move request" in refusal.message
    for wanted in ({"SourceDatabase": "DB01"}, {"TargetDatabase": "DB02"}, {"Identity": user.guid}):
        shown = site.run("Get-MoveRequest", **wanted).one
        assert (shown.get("Status"), shown.get("SourceDatabase")) == ("InProgress", "DB01")
    assert not site.run("Get-MoveRequest", SourceDatabase="DB02").ok().output


def test_services_and_components(site: Site) -> None:
    assert set(site.run("Test-ServiceHealth", Server="MBX1").values("RequiredServicesRunning")) == {
        True
    }
    site.server.services["MSExchangeIS"] = "Stopped"
    role = site.run("Test-ServiceHealth").output[0]
    assert role.get("RequiredServicesRunning") is False
    assert list(role.get("ServicesNotRunning")) == ["MSExchangeIS"]
    state = site.run("Get-ServerComponentState", Identity="MBX1", Component="serverwideoffline").one
    assert state.get("State") == "Active"


def test_servers_and_their_domain_controllers(site: Site) -> None:
    plain = site.run("Get-ExchangeServer", Identity="mbx1.tiny.lab").one
    assert plain.get("Edition") == "Enterprise" and not plain.get("CurrentDomainControllers")
    full = site.run("Get-ExchangeServer", Identity="MBX1", Status=True).one
    assert list(full.get("CurrentDomainControllers")) == ["dc1.tiny.lab", "dc2.tiny.lab"]
    assert full.get("CurrentConfigDomainController")
    assert site.run("Get-DomainController").values("DnsHostName") == [
        "dc1.tiny.lab",
        "dc2.tiny.lab",
    ]
    assert site.run("Get-MailboxServer").one.get("DatabaseAvailabilityGroup") is None


def test_pinning_shows_in_the_settings(site: Site) -> None:
    site.run("Set-ADServerSettings", PreferredServer="DC2", ViewEntireForest=True).ok()
    settings = site.run("Get-ADServerSettings").one
    assert settings.get("UserPreferredConfigurationDomainController") == "dc2.tiny.lab"
    assert settings.get("ViewEntireForest") is True
    assert site.run("Get-MailboxDatabase").values("OriginatingServer") == ["dc2.tiny.lab"] * 2


def test_copy_status_of_a_single_copy(site: Site) -> None:
    shown = site.run("Get-MailboxDatabaseCopyStatus", Identity="DB01").one
    assert (shown.get("Name"), shown.get("Status")) == ("DB01\\MBX1", "Mounted")
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    assert (
        site.run("Get-MailboxDatabaseCopyStatus", Identity="DB01\\MBX1").one.get("Status")
        == "Dismounted"
    )
    site.server.services["MSExchangeRepl"] = "Stopped"
    assert (
        site.run("Get-MailboxDatabaseCopyStatus", Identity="DB01").one.get("Status")
        == "ServiceDown"
    )


def test_throttling(site: Site) -> None:
    policy = site.run("Get-ThrottlingPolicy", ThrottlingPolicyScope="Global").one
    assert policy.get("PowerShellMaxConcurrency") == "18"
    user = site.mailboxes("DB01")[0]
    assert (
        site.run("Get-ThrottlingPolicyAssociation", Identity=user.guid).one.get(
            "ThrottlingPolicyId"
        )
        is None
    )


def test_mail_for_a_dismounted_database_waits_and_is_resubmitted(site: Site) -> None:
    from exchange_lab.store import Message

    user = site.mailboxes("DB01")[0]
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    with site.organisation.lock:
        assert site.organisation.submit(
            Message(id="m1", message_id="m1", subject="waits"), user.guid
        )
    site.wait(5)
    queue = site.run("Get-Queue", Server="MBX1", Filter="NextHopDomain -eq 'DB01'").one
    assert (queue.get("Status"), queue.get("MessageCount")) == ("Retry", 1)
    assert str(queue.get("NextHopConnector")) == site.database("DB01").guid
    assert site.run("Get-Queue", Identity=queue.get("Identity")).one
    site.run("Set-Mailbox", Identity=user.guid, Database="DT", Force=True).ok()
    site.wait()
    site.run(
        "Retry-Queue",
        Server="MBX1",
        Filter="NextHopDomain -eq 'DB01'",
        Resubmit=True,
        Confirm=False,
    ).ok()
    site.wait(5)
    box = site.mounted("DT").mailbox(user.exchange_guid)
    assert box is not None and "m1" in box.messages
    assert (
        not site.run("Get-Queue", Filter="NextHopDomain -eq 'DB01' -and MessageCount -gt 0")
        .ok()
        .output
    )


@pytest.mark.strictness
def test_a_queue_has_to_be_there_and_in_retry(site: Site) -> None:
    assert (
        category(site.run("Get-Queue", Identity="MBX1\\77").refusal)
        == "ManagementObjectNotFoundException"
    )
    site.server.services["MSExchangeTransport"] = "Stopped"
    assert category(site.run("Get-Queue").refusal) == "QueueViewerException"


def test_latency_passes_without_the_lock(site: Site) -> None:
    """A slow cmdlet must not stop the organisation: time passes outside the lock."""
    site.organisation.latency.enabled = True
    lock, seen = site.organisation.lock, []
    sleep = site.shell.session.sleep

    def watched(seconds: float, stopping: object) -> bool:
        seen.append(lock._is_owned())  # type: ignore[attr-defined]
        return bool(sleep(seconds, stopping))

    site.shell.session.sleep = watched
    started = site.clock.elapsed()
    site.run("Get-Mailbox").ok()
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    site.run("Get-MailboxDatabase", Status=True).ok()
    site.run("Dismount-Database", Identity="DT", Confirm=False).ok()
    assert seen and not any(seen)
    assert site.clock.elapsed() - started > 5


@pytest.mark.parametrize(
    ("group", "sees", "lacks"),
    [
        ("Server Management", "Mount-Database", "Set-Mailbox"),
        ("Recipient Management", "Set-Mailbox", "New-MailboxRestoreRequest"),
        ("View-Only Organization Management", "Get-MailboxDatabase", "Set-MailboxDatabase"),
    ],
)
def test_role_groups(site: Site, group: str, sees: str, lacks: str) -> None:
    names = Shell(site.organisation, [group]).run("Get-Command").values("Name")
    assert sees in names and lacks not in names and "Get-ADServerSettings" in names


def test_statistics_of_a_request(site: Site) -> None:
    rdb = site.recovery_database()
    user = next(m for m in site.mailboxes("DB01-DT") if rdb.mailbox(m.exchange_guid))
    made = site.run("New-MailboxRestoreRequest", SourceDatabase="RDB", SourceStoreMailbox=user.exchange_guid,
                    TargetMailbox=user.guid, Name="DT-1", BatchName="DT-run", Suspend=True).one  # fmt: skip
    assert made.get("Identity") == f"tiny.lab/Users/{user.name}\\DT-1"
    assert (made.get("Status"), made.get("Suspend")) == ("Suspended", True)
    site.run("Resume-MailboxRestoreRequest", Identity=made.get("Identity")).ok()
    site.wait(60)
    assert site.run("Get-MailboxRestoreRequest", BatchName="DT-run", Status="Completed").one
    shown = site.run(
        "Get-MailboxRestoreRequestStatistics", Identity=str(made.get("RequestGuid"))
    ).one
    source = rdb.mailbox(user.exchange_guid)
    assert source is not None
    assert shown.get("PercentComplete") == 100
    assert shown.get("ItemsTransferred") == len(source.messages)
    assert shown.get("CompletionTimestamp") and shown.get("TargetDatabase") == "DB01-DT"
    site.run("Remove-MailboxRestoreRequest", Identity=made.get("Identity"), Confirm=False).ok()
    assert not site.run("Get-MailboxRestoreRequest").ok().output
