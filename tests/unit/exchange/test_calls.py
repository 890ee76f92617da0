# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is really sent: only needed properties, pinned, without prompts, never in check mode."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    NotFoundError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    mailboxes,
    probes,
    queues,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
)
from scripted_transport import ScriptedTransport, not_found, scripted_context

DC = "dc1.contoso.lab"
GUID = "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c55aa"
ROW: dict[str, Any] = {
    "Name": "DB01",
    "Guid": GUID.upper(),
    "DistinguishedName": "CN=DB01,CN=Databases",
    "Server": "MBX1",
    "Recovery": False,
    "EdbFilePath": "D:\\DB01\\DB01.edb",
    "LogFolderPath": "D:\\DB01",
    "LogFilePrefix": "E00",
    "DatabaseCreated": True,
    "MountAtStartup": True,
    "AllowFileRestore": False,
    "CircularLoggingEnabled": False,
    "IsExcludedFromProvisioning": False,
    "IsExcludedFromProvisioningReason": "",
}
DATABASE = Database("DB01", GUID, "CN=DB01", "MBX1", False, "D:\\DB01\\DB01.edb", "D:\\DB01")
MAILBOX = Mailbox(
    guid="11111111-0000-0000-0000-000000000001",
    exchange_guid="22222222-0000-0000-0000-000000000001",
    distinguished_name="CN=Ann",
    display_name="Ann",
    alias="ann",
    primary_smtp_address="ann@contoso.lab",
    kind="user",
    recipient_type_details="UserMailbox",
    database="DB01",
)


def test_only_the_needed_properties_are_read() -> None:
    with ScriptedTransport() as transport:
        transport.expect(
            Command("Get-MailboxDatabase", {"Identity": "DB01", "DomainController": DC}),
            Command("Select-Object", {"Property": list(ROW)}),
            output=[ROW],
        )
        found = databases.find(scripted_context(transport), "DB01")
    assert found is not None
    assert (found.guid, found.excluded_reason, found.mounted) == (GUID, None, None)


def test_null_is_not_false() -> None:
    row = {**ROW, "Mounted": None, "MountedOnServer": None}
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", lambda p: p["Status"] is True, output=[row])
        assert databases.get(scripted_context(transport), "DB01", status=True).mounted is None


def test_an_unknown_database_is_none_or_an_error() -> None:
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", errors=[not_found()])
        assert databases.find(scripted_context(transport), "DB99") is None
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", errors=[not_found()])
        with pytest.raises(NotFoundError, match="DB99"):
            databases.get(scripted_context(transport), "DB99")


def test_what_only_looks_like_the_name_does_not_count() -> None:
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", output=[{**ROW, "Name": "DB011"}])
        assert databases.find(scripted_context(transport), "DB01") is None
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", output=[ROW, {**ROW, "Name": "db01"}])
        with pytest.raises(ConflictError, match="2 databases"):
            databases.find(scripted_context(transport), "DB01")


@pytest.mark.parametrize(
    ("call", "name", "parameters"),
    [
        (lambda c: databases.mount(c, DATABASE), "Mount-Database", {"Identity": GUID}),
        (lambda c: databases.dismount(c, DATABASE), "Dismount-Database", {"Identity": GUID}),
        (lambda c: databases.remove(c, DATABASE), "Remove-MailboxDatabase", {"Identity": GUID}),
        (
            lambda c: databases.change(c, DATABASE, {"MountAtStartup": False}),
            "Set-MailboxDatabase",
            {"Identity": GUID, "MountAtStartup": False},
        ),
        (
            lambda c: mailboxes.rehome(c, MAILBOX, GUID),
            "Set-Mailbox",
            {"Identity": MAILBOX.guid, "Database": GUID, "Force": True},
        ),
        (
            lambda c: mailboxes.rehome_archive(c, MAILBOX, GUID),
            "Set-Mailbox",
            {"Identity": MAILBOX.guid, "ArchiveDatabase": GUID, "Force": True},
        ),
    ],
)
def test_changes_are_pinned_and_ask_nothing(call: Any, name: str, parameters: Any) -> None:
    with ScriptedTransport() as transport:
        transport.expect(Command(name, {**parameters, "Confirm": False, "DomainController": DC}))
        call(scripted_context(transport))
    with ScriptedTransport() as transport, pytest.raises(RuntimeError, match="check mode"):
        call(scripted_context(transport, check=True))


@pytest.mark.parametrize(
    ("kind", "switch"),
    [
        ("arbitration", "Arbitration"),
        ("audit_log", "AuditLog"),
        ("aux_audit_log", "AuxAuditLog"),
        ("public_folder", "PublicFolder"),
        ("group", None),
        ("user", None),
    ],
)
def test_special_mailboxes_need_their_switch(kind: str, switch: str | None) -> None:
    from dataclasses import replace

    with ScriptedTransport() as transport:
        transport.expect_name(
            "Set-Mailbox",
            lambda p: (
                {k for k, v in p.items() if v is True} - {"Force"}
                == ({switch} if switch else set())
            ),
        )
        mailboxes.rehome(scripted_context(transport), replace(MAILBOX, kind=kind), GUID)


def test_all_mailboxes_are_asked_for_from_the_pinned_domain_controller() -> None:
    with ScriptedTransport() as transport:
        for kind in mailboxes.KINDS:
            transport.expect_name(
                "Get-Mailbox",
                lambda p, kind=kind: (
                    p["ResultSize"] == "Unlimited"
                    and p["ReadFromDomainController"] is True
                    and p["DomainController"] == DC
                    and p["Database"] == GUID
                    and (kind.switch is None or p[kind.switch] is True)
                ),
            )
        assert mailboxes.all_on_database(scripted_context(transport), GUID) == []


@pytest.mark.parametrize("name", ["O'Brien", "a'' b", "x' -or Status -eq 'Retry"])
def test_quotes_in_filters_are_doubled(name: str) -> None:
    quoted = name.replace("'", "''")
    with ScriptedTransport() as transport:
        transport.expect_name("Get-Queue", lambda p: p["Filter"] == f"NextHopDomain -eq '{quoted}'")
        queues.for_database(scripted_context(transport), "MBX1", name)
    with ScriptedTransport() as transport:
        transport.expect_name(
            "Get-Mailbox", lambda p: p["Filter"] == f"ArchiveDatabase -eq 'CN={quoted}'"
        )
        mailboxes.with_archive_on(scripted_context(transport), name, f"CN={name}")


def test_a_mount_waits_for_the_directory_and_for_nothing_else() -> None:
    lag = CommandError("MapiExceptionNotFound: Unable to mount database. (hr=0x8004010f)")
    with ScriptedTransport() as transport:
        for _unused in range(3):
            transport.expect_name("Mount-Database", lambda p: "Force" not in p, errors=[lag])
        transport.expect_name("Mount-Database")
        assert databases.mount_patiently(scripted_context(transport), DATABASE, 60) > 0
    with ScriptedTransport() as transport:
        transport.expect_name("Mount-Database", errors=["StoreEc: 0xFFFFFDDA"])
        with pytest.raises(databases.mounting.MountError) as caught:
            databases.mount_patiently(scripted_context(transport), DATABASE, 60)
        assert caught.value.kind == "dirty"


def test_a_mount_that_never_comes_fails_with_its_last_reason() -> None:
    transport = ScriptedTransport()
    for _unused in range(50):
        transport.expect_name("Mount-Database", errors=["MapiExceptionNotFound"])
    with pytest.raises(databases.mounting.MountError) as caught:
        databases.mount_patiently(scripted_context(transport), DATABASE, 30)
    assert caught.value.kind == "not_in_directory"


@pytest.mark.parametrize(
    ("answer", "succeeded"),
    [
        ({"output": [{"Result": "Success", "Error": None, "Latency": "00:00:00.1"}]}, True),
        ({"output": [{"Result": "*FAILURE*", "Error": "offline", "Latency": None}]}, False),
        ({"output": []}, False),
        ({"errors": ["no such database"]}, False),
    ],
)
def test_probe(answer: Any, succeeded: bool) -> None:
    with ScriptedTransport() as transport:
        transport.expect_name("Test-MAPIConnectivity", **answer)
        probe = probes.mapi(scripted_context(transport), GUID)
    assert probe.succeeded is succeeded
    assert (probe.error is None) is succeeded
