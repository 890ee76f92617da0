# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore requests: what is sent exactly, and how answers are read."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import restore_requests
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RestoreRequest,
    Wanted,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
)
from scripted_transport import ScriptedTransport, scripted_context

MAILBOX = "0a4c6e80-1111-2222-3333-444455556666"
WANTED = Wanted(
    name="DT-20261122-141502-x",
    batch="DT-aabbccdd-20261122-141502",
    source_database="11111111-0000-0000-0000-000000000000",
    mailbox_guid=MAILBOX,
    target_guid="22222222-0000-0000-0000-000000000000",
    archive=False,
    conflict_resolution="KeepLatestItem",
    associated_messages="DoNotCopy",
)
SENT: dict[str, t.Any] = {
    "SourceDatabase": WANTED.source_database,
    "SourceStoreMailbox": MAILBOX,
    "TargetMailbox": WANTED.target_guid,
    "Name": WANTED.name,
    "BatchName": WANTED.batch,
    "BadItemLimit": "0",
    "ConflictResolutionOption": "KeepLatestItem",
    "AssociatedMessagesCopyOption": "DoNotCopy",
    "Confirm": False,
    "DomainController": "dc1.contoso.lab",
}
REQUEST = RestoreRequest("contoso.lab/Users/Ann\\x", "x", None, "b", "Failed", "RDB", "Ann")


def test_names_tell_run_database_and_mailbox() -> None:
    assert restore_requests.batch_name("aabbccdd-1-2", "20261122-141502") == WANTED.batch
    name = restore_requests.request_name("20261122-141502", MAILBOX.upper(), True)
    assert name == "DT-20261122-141502-0a4c6e80111122223333444455556666-A"


def test_a_request_is_created_with_guids_and_both_options_explicit() -> None:
    with ScriptedTransport() as transport:
        transport.expect(Command("New-MailboxRestoreRequest", SENT))
        assert not restore_requests.create(scripted_context(transport), WANTED).errors


def test_an_archive_goes_into_the_archive_and_a_vip_first() -> None:
    from dataclasses import replace

    wanted = replace(WANTED, archive=True, priority="High")
    sent = {**SENT, "TargetIsArchive": True, "Priority": "High"}
    with ScriptedTransport() as transport:
        transport.expect(Command("New-MailboxRestoreRequest", sent))
        restore_requests.create(scripted_context(transport), wanted)


def test_an_optional_parameter_that_exchange_does_not_know_is_left_out() -> None:
    from dataclasses import replace

    unknown = CommandError(
        "A parameter cannot be found that matches parameter name 'Priority'.",
        error_id="NamedParameterNotFound,New-MailboxRestoreRequest",
        exception="ParameterBindingException",
    )
    with ScriptedTransport() as transport:
        transport.expect(
            Command("New-MailboxRestoreRequest", {**SENT, "Priority": "High"}), errors=[unknown]
        )
        transport.expect(Command("New-MailboxRestoreRequest", SENT))
        wanted = replace(WANTED, priority="High")
        assert not restore_requests.create(scripted_context(transport), wanted).errors


def test_a_needed_parameter_that_is_unknown_stays_an_error() -> None:
    unknown = CommandError(
        "A parameter cannot be found that matches parameter name 'BatchName'.",
        error_id="NamedParameterNotFound,New-MailboxRestoreRequest",
    )
    with ScriptedTransport() as transport:
        transport.expect(Command("New-MailboxRestoreRequest", SENT), errors=[unknown])
        assert restore_requests.create(scripted_context(transport), WANTED).errors == [unknown]


def test_nothing_is_sent_in_check_mode() -> None:
    with ScriptedTransport() as transport:
        context = scripted_context(transport, check=True)
        for act in (
            lambda: restore_requests.create(context, WANTED),
            lambda: restore_requests.remove(context, REQUEST),
            lambda: restore_requests.resume(context, REQUEST),
            lambda: restore_requests.allow_bad_items(context, REQUEST, 10),
        ):
            with pytest.raises(RuntimeError, match="check mode"):
                act()


def test_only_requests_of_the_very_batch_count() -> None:
    rows = [
        {"Identity": "a\\1", "Name": "1", "Status": "Queued", "BatchName": "mine"},
        {"Identity": "a\\2", "Name": "2", "Status": "Queued", "BatchName": "MINE-too"},
    ]
    with ScriptedTransport() as transport:
        transport.expect_name(
            "Get-MailboxRestoreRequest",
            lambda p: p["BatchName"] == "mine" and p["ResultSize"] == "Unlimited",
            output=rows,
        )
        found = restore_requests.in_batch(scripted_context(transport), "mine")
    assert [request.name for request in found] == ["1"]


@pytest.mark.parametrize(
    ("status", "completed", "failed", "suspended", "waiting"),
    [
        ("Queued", False, False, False, True),
        ("InProgress", False, False, False, False),
        ("CompletionInProgress", False, False, False, False),
        ("Completed", True, False, False, False),
        ("CompletedWithWarning", True, False, False, False),
        ("CompletedWithWarnings", True, False, False, False),
        ("Failed", False, True, False, False),
        ("AutoSuspended", False, False, True, False),
        ("Retrying", False, False, False, False),
    ],
)
def test_states(status: str, completed: bool, failed: bool, suspended: bool, waiting: bool) -> None:
    request = RestoreRequest("i", "n", None, "b", status, None, None)
    assert (request.completed, request.failed, request.suspended, request.waiting) == (
        completed,
        failed,
        suspended,
        waiting,
    )


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (None, []),
        ("", []),
        ({"BadItems": [], "LargeItems": None}, []),
        (
            {"BadItems": [{"Kind": "CorruptItem", "FolderName": "Inbox", "Subject": "Hi"}]},
            [("CorruptItem", "Inbox", "Hi")],
        ),
        (
            "11/5/2025 9:13 AM [EX01] Stage: CopyingMessages.\n"
            'A corrupt item was encountered: folder:"Inbox", subject:"Invoice 7". Item was skipped.',
            [("Corrupt", "Inbox", "Invoice 7")],
        ),
        (
            [{"Message": 'A large item was encountered: Folder "Sent", Subject "Film"'}],
            [("Large", "Sent", "Film")],
        ),
        ("No bad items. Request is complete.", []),
        (
            '11/22/2026 2:15:02 PM [mbx1] A bad item was encountered: "Say "hi"" in folder "Inbox/A"'
            " (IPM.Note).\r\n11/22/2026 2:15:03 PM [mbx1] Fatal error TooManyBadItemsPermanentException:"
            " This mailbox exceeded the maximum number of bad items that were specified.",
            [("Corrupt", "Inbox/A", 'Say "hi"')],
        ),
    ],
)
def test_skipped_items_of_every_form_of_report(
    report: t.Any, expected: list[tuple[str, str, str]]
) -> None:
    found = restore_requests.skipped_items(report)
    assert [(item["kind"], item["folder"], item["subject"]) for item in found] == expected
