# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be sent: unknown names, wrong parameter sets, empty identities, prompts."""

from __future__ import annotations

import uuid

import pytest
from exchange_shell import Site, category

pytestmark = pytest.mark.strictness


def test_unknown_cmdlet_looks_as_if_no_role_grants_it(site: Site) -> None:
    refusal = site.run("Clean-MailboxDatabase", Identity="DB01").refusal
    assert refusal.error_id.startswith("CommandNotFoundException")
    assert "The term 'Clean-MailboxDatabase' is not recognized" in refusal.message


def test_unknown_parameter_looks_as_if_no_role_grants_it(site: Site) -> None:
    refusal = site.run("Get-Mailbox", SoftDeletedMailbox=True).refusal
    assert refusal.error_id == "NamedParameterNotFound,Get-Mailbox"
    assert "A parameter cannot be found that matches parameter name" in refusal.message


def test_a_role_that_grants_no_cmdlet_makes_it_not_exist(site: Site) -> None:
    shell = site.open_shell(["Recipient Management"])
    assert shell.run("Mount-Database", Identity="DB01").refusal.error_id.startswith(
        "CommandNotFoundException"
    )
    shell.run("Get-Mailbox").ok()


def test_a_role_that_grants_no_parameter_makes_it_not_exist(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    shell = site.open_shell(["Help Desk"])
    parameters = {"Identity": user.guid, "Database": "DB02", "Force": True}
    refusal = shell.run("Set-Mailbox", **parameters).refusal
    assert refusal.error_id == "NamedParameterNotFound,Set-Mailbox"
    assert site.mailboxes("DB01")[0] == user


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Get-Mailbox", {"Identity": "x", "Database": "DB01"}),
        ("Get-MailboxDatabase", {"Identity": "DB01", "Server": "MBX1"}),
        ("Get-MailboxStatistics", {"Identity": "x", "Database": "DB01"}),
        ("Test-MAPIConnectivity", {"Database": "DB01", "Server": "MBX1"}),
        ("Retry-Queue", {"Identity": "MBX1\\1", "Filter": "Status -eq 'Retry'"}),
        ("Get-Queue", {"Identity": "MBX1\\1", "Server": "MBX1"}),
        ("Set-ADServerSettings", {"PreferredServer": "dc1", "PreferredGlobalCatalog": "dc1"}),
    ],
)
def test_parameters_of_two_sets_do_not_bind(
    site: Site, cmdlet: str, parameters: dict[str, object]
) -> None:
    refusal = site.run(cmdlet, **parameters).refusal
    assert refusal.error_id == f"AmbiguousParameterSet,{cmdlet}"
    assert "Parameter set cannot be resolved" in refusal.message


def test_settings_of_a_normal_database_do_not_bind_with_recovery(site: Site) -> None:
    refusal = site.new_database("RDB", Recovery=True, IsExcludedFromProvisioning=True).refusal
    assert refusal.error_id == "AmbiguousParameterSet,New-MailboxDatabase"


@pytest.mark.parametrize("name", ["LargeItemLimit", "CompletedRequestAgeLimit"])
def test_limits_do_not_bind_with_a_source_database(site: Site, name: str) -> None:
    box = str(uuid.uuid4())
    parameters = {
        "SourceDatabase": "RDB",
        "SourceStoreMailbox": box,
        "TargetMailbox": box,
        name: 10,
    }
    refusal = site.run("New-MailboxRestoreRequest", **parameters).refusal
    assert refusal.error_id == "AmbiguousParameterSet,New-MailboxRestoreRequest"


@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Mount-Database", {"Identity": "DB01", "NewCapacity": True}),
        ("Get-MailboxStatistics", {"Identity": "x", "IncludeMoveReport": True}),
        ("Get-Queue", {"Server": "MBX1", "Exclude": "Empty"}),
        ("Set-Mailbox", {"Identity": "Anna Albers", "CustomAttribute1": "x"}),
        ("Set-MailboxDatabase", {"Identity": "DB01", "AutoDagExcludeFromMonitoring": True}),
    ],
)
def test_what_the_lab_does_not_simulate_is_refused_and_never_ignored(
    site: Site, cmdlet: str, parameters: dict[str, object]
) -> None:
    refusal = site.run(cmdlet, **parameters).refusal
    assert category(refusal) == "NotSupportedException"
    assert "The lab doesn't simulate" in refusal.message


def test_a_mandatory_parameter_is_not_asked_for(site: Site) -> None:
    refusal = site.run("New-MailboxDatabase", Name="X").refusal
    assert refusal.error_id == "MissingMandatoryParameter,New-MailboxDatabase"


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("cmdlet", ["Get-Mailbox", "Get-MailboxDatabase", "Get-ExchangeServer"])
def test_an_empty_identity_returns_everything(site: Site, cmdlet: str, empty: str | None) -> None:
    everything = site.run(cmdlet).values("Name")
    assert site.run(cmdlet, Identity=empty).values("Name") == everything != []


def test_an_empty_identity_of_a_request_returns_everybodys(site: Site) -> None:
    rdb = site.recovery_database()
    users = [m for m in site.mailboxes("DB01-DT") if rdb.mailbox(m.exchange_guid)]
    for user in users[:2]:
        site.run("New-MailboxRestoreRequest", SourceDatabase="RDB", SourceStoreMailbox=user.exchange_guid,
                 TargetMailbox=user.guid, Suspend=True).ok()  # fmt: skip
    assert len(site.run("Get-MailboxRestoreRequest", Identity=None).ok().output) == 2


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_mandatory_identity_is_refused(site: Site, empty: str | None) -> None:
    refusal = site.run("Dismount-Database", Identity=empty, Confirm=False).refusal
    assert refusal.error_id.startswith("ParameterArgumentValidationError")


@pytest.mark.parametrize(
    ("cmdlet", "identity"), [("Dismount-Database", "DB01"), ("Remove-MailboxDatabase", "DB01")]
)
def test_destructive_cmdlets_ask(site: Site, cmdlet: str, identity: str) -> None:
    answer = site.run(cmdlet, Identity=identity)
    assert answer.questions and answer.failure is not None
    assert site.mounted("DB01")
    assert not site.run(cmdlet, Identity=identity, reply=2).errors  # answered No: nothing happens
    assert site.mounted("DB01")


def test_confirm_false_silences_the_question(site: Site) -> None:
    answer = site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    assert not answer.questions
    assert site.organisation.mounted(site.database("DB01").guid) is None


def test_rehoming_asks_unless_forced(site: Site) -> None:
    user = site.mailboxes("DB01")[0]
    asked = site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Confirm=False)
    assert asked.questions and asked.failure is not None
    assert user in site.mailboxes("DB01")
    forced = site.run("Set-Mailbox", Identity=user.guid, Database="DB02", Force=True, Confirm=False)
    assert not forced.ok().questions
    assert user.guid in [m.guid for m in site.mailboxes("DB02")]


def test_what_if_changes_nothing(site: Site) -> None:
    site.run("Dismount-Database", Identity="DB01", WhatIf=True).ok()
    site.new_database("X", WhatIf=True).ok()
    assert site.mounted("DB01")
    assert [d.get("Name") for d in site.run("Get-MailboxDatabase").output] == ["DB01", "DB02"]


def test_a_mailbox_object_is_no_restore_target(site: Site) -> None:
    """Exchange 2019 can't convert a Mailbox to the type of -TargetMailbox."""
    box = site.run("Get-Mailbox", Identity=site.mailboxes("DB01")[0].guid).one
    refusal = site.run("New-MailboxRestoreRequest", SourceDatabase="DB02", TargetMailbox=box,
                       SourceStoreMailbox=str(box.get("ExchangeGuid"))).refusal  # fmt: skip
    assert refusal.error_id == "ParameterArgumentTransformationError,New-MailboxRestoreRequest"
    assert "MailboxLocationIdParameter" in refusal.message


def test_errors_are_per_object_and_the_others_go_on(site: Site) -> None:
    names = [m.guid for m in site.mailboxes("DB01")][:2]
    answers = [site.run("Get-Mailbox", Identity=i) for i in (names[0], "nobody", names[1])]
    assert [len(a.output) for a in answers] == [1, 0, 1]
    refusal = answers[1].refusal
    assert answers[1].failure is None, "not terminating"
    assert category(refusal) == "ManagementObjectNotFoundException"
    assert "E3DE7D95,Microsoft.Exchange.Management.RecipientTasks.GetMailbox" in refusal.error_id
    assert refusal.message == (
        "The operation couldn't be performed because object 'nobody' couldn't be found on 'dc1.tiny.lab'."
    )


def test_errors_in_a_pipeline_leave_the_other_objects_alone(site: Site) -> None:
    site.write("DB02", mount_at_startup=True)
    site.run("Dismount-Database", Identity="DB02", Confirm=False).ok()
    answer = site.shell.pipeline(("Get-MailboxDatabase", {}), ("Get-MailboxStatistics", {}))
    assert answer.failure is None
    assert len(answer.errors) == 1 and "DB02" in answer.errors[0].message
    assert {o.get("Database") for o in answer.output} == {"DB01"}


def test_an_unknown_database_in_a_parameter(site: Site) -> None:
    refusal = site.run("Get-Mailbox", Database="DB99").refusal
    assert (
        refusal.message == 'Couldn\'t find database "DB99". Make sure you have typed it correctly.'
    )
    assert category(refusal) == "ManagementObjectNotFoundException"
