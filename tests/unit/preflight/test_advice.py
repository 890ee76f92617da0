# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice against a dial tone, as tables: what there is, the verdict, and the command instead."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.copies import (
    DatabaseCopy,
    of_database,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _preflight
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import advice
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    EdbFile,
    Facts,
)
from preflight.test_checks import CLEAN, DIRTY, FAILED, GB, facts, restored
from scripted_transport import ScriptedTransport, scripted_context

LOGS = frozenset((10, 11, 12, 13))
PRESERVED = "D:\\DialTone\\DB01\\preserved\\database\\DB01.edb"


def copy(
    server: str, status: str = "Healthy", lost: int | None = 0, replay: int = 0, **more: t.Any
) -> DatabaseCopy:
    return DatabaseCopy(f"DB01\\{server}", server, status, lost, replay, None, **more)


def verdict(found: Facts, name: str, *override: str) -> Check:
    return next(check for check in _preflight.run_all(found, override) if check.name == name)


@pytest.mark.parametrize(
    ("copies", "words"),
    [
        (
            [copy("MBX2", lost=9), copy("MBX3", lost=2)],
            [
                "the copy on MBX3 is Healthy, 2 logs behind",
                "Move-ActiveMailboxDatabase DB01 -ActivateOnServer MBX3 -MountDialOverride"
                " GoodAvailability.",
                "2 logs (1 MB each)",
            ],
        ),
        ([copy("MBX2")], ["Move-ActiveMailboxDatabase DB01 -ActivateOnServer MBX2."]),
        ([copy("MBX2", "DisconnectedAndHealthy", 7)], ["-MountDialOverride BestAvailability"]),
        ([copy("MBX2", lost=13)], ["-MountDialOverride BestEffort"]),
        ([copy("MBX2", lost=None)], ["an unknown number of logs behind"]),
        ([copy("MBX2", replay=600)], ["replays 600 logs first, up to 05:00"]),
        (  # the one that lags comes last, even with the shorter queue
            [copy("MBX2", lagged=True), copy("MBX3", lost=3)],
            ["-ActivateOnServer MBX3"],
        ),
        (
            [copy("MBX2", replay=6000, lagged=True)],
            ["lags on purpose", "Suspend-MailboxDatabaseCopy", "without the .chk"],
        ),
        (
            [copy("MBX2", activation_suspended=True)],
            ['first Resume-MailboxDatabaseCopy "DB01\\MBX2"'],
        ),
        ([copy("MBX2", "FailedAndSuspended"), copy("MBX3")], ["-ActivateOnServer MBX3"]),
    ],
)
def test_a_copy_that_can_be_activated(copies: list[DatabaseCopy], words: list[str]) -> None:
    have = facts(copies=copies)
    check = verdict(have, "copies")
    assert check.verdict == "stop"
    for word in words:
        assert word in check.text
    assert "dialtone_override" in check.remedy
    overridden = verdict(have, "copies", "copies")
    assert overridden.verdict == "warn"
    assert check.remedy in overridden.remedy
    assert verdict(have, "copies", "soft_recovery").verdict == "stop"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Initializing", "warn"),
        ("Resynchronizing", "warn"),
        ("DisconnectedAndResynchronizing", "warn"),
        ("Failed", "ok"),
        ("FailedAndSuspended", "ok"),
        ("Suspended", "ok"),
        ("Seeding", "ok"),
        ("ServiceDown", "ok"),
        ("Dismounted", "ok"),
        ("Mounted", "ok"),
        ("SomethingNew", "ok"),
    ],
)
def test_a_copy_that_can_not(status: str, expected: str) -> None:
    assert verdict(facts(copies=[copy("MBX2", status)]), "copies").verdict == expected


def test_a_database_name_with_blanks_is_one_word_of_the_command() -> None:
    have = facts(failed=replace(FAILED, name="Mail 1"), copies=[copy("MBX2")])
    assert 'Move-ActiveMailboxDatabase "Mail 1" -ActivateOnServer' in advice.copies(have).remedy


@pytest.mark.parametrize(
    ("file", "logs", "expected", "words"),
    [
        (None, frozenset(), "ok", "is gone"),
        (EdbFile(FAILED.edb_path, GB, None, "damaged"), LOGS, "ok", "damaged"),
        (EdbFile(FAILED.edb_path, GB, CLEAN), frozenset(), "stop", "Mount-Database DB01"),
        (
            EdbFile(FAILED.edb_path, GB, DIRTY),
            LOGS,
            "stop",
            'eseutil /r E00 /l "D:\\Databases\\DB01"',
        ),
        (EdbFile(FAILED.edb_path, GB, DIRTY), LOGS - {11}, "ok", "lacks logs"),
        (EdbFile(FAILED.edb_path, GB, DIRTY), LOGS - {13}, "ok", "lacks logs"),
        # its files are put aside already: the recovery has begun
        (
            EdbFile(PRESERVED, GB, DIRTY),
            LOGS,
            "warn",
            'eseutil /r E00 /l "D:\\DialTone\\DB01\\preserved\\logs"',
        ),
        (EdbFile(PRESERVED, GB, CLEAN), LOGS, "warn", "Mount-Database DB01"),
    ],
)
def test_a_file_that_only_needs_its_logs(
    file: EdbFile | None, logs: frozenset[int], expected: str, words: str
) -> None:
    have = facts(failed_file=file, failed_logs=logs)
    check = verdict(have, "soft_recovery")
    assert check.verdict == expected
    assert words in check.text
    if expected == "stop":
        assert verdict(have, "soft_recovery", "soft_recovery").verdict == "warn"


def test_what_can_not_work_is_never_overridden() -> None:
    have = facts(failed=replace(FAILED, mounted=True))
    assert verdict(have, "mounted", "mounted").verdict == "stop"
    assert {check.__name__ for check in advice.ALL} <= set(advice.OVERRIDABLE)


def test_a_repaired_file_is_not_for_production() -> None:
    repaired = replace(CLEAN, repair_count=2)
    have = facts(**restored(repaired), stage="dial_tone")
    check = verdict(have, "repaired")
    assert check.verdict == "stop"
    assert "repaired 2 times" in check.have and "dialtone_override" in check.remedy
    assert verdict(have, "repaired", "repaired").verdict == "warn"
    assert (
        verdict(facts(**restored(repaired)), "repaired").verdict == "warn"
    )  # the users come first
    assert verdict(facts(**restored(CLEAN), stage="dial_tone"), "repaired").verdict == "ok"


def test_nothing_is_advised_once_the_users_work() -> None:
    have = facts(failed_file=EdbFile(FAILED.edb_path, GB, CLEAN), stage="dial_tone")
    assert "soft_recovery" not in {check.name for check in _preflight.run_all(have)}


def test_a_restore_that_is_still_to_come_only_warns() -> None:
    missing = {"restore_folder": "E:\\Restore", "stage": "dial_tone"}
    assert verdict(facts(**missing), "restore_folder").verdict == "stop"
    assert verdict(facts(**missing, restore_pending=True), "restore_folder").verdict == "warn"
    half = {**restored(None), "stage": "dial_tone"}
    assert verdict(facts(**half), "restored_database").verdict == "stop"
    assert verdict(facts(**half, restore_pending=True), "restored_database").verdict == "warn"


@pytest.mark.parametrize(
    ("status", "lagged"),
    [
        (None, False),
        ("", False),
        ("Enabled:False", False),
        ("Enabled:True; PlayDownReason:None; Percentage:100; Configured:7.00:00:00", True),
        ("enabled : true", True),
    ],
)
def test_a_copy_as_exchange_shows_it(status: str | None, lagged: bool) -> None:
    transport = ScriptedTransport()
    transport.expect_name(
        "Get-MailboxDatabaseCopyStatus",
        output=[
            {
                "Name": "DB01\\MBX2",
                "MailboxServer": "MBX2",
                "Status": "Healthy",
                "CopyQueueLength": 3,
                "ReplayQueueLength": 4,
                "ErrorMessage": "",
                "ActivationSuspended": True,
                "ReplayLagStatus": status,
            }
        ],
    )
    (found,) = of_database(scripted_context(transport), "DB01")
    assert found == copy("MBX2", "Healthy", 3, 4, activation_suspended=True, lagged=lagged)
