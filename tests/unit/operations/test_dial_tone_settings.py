# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings a dial tone database takes over, and in which form they are sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _database_settings,
    _databases,
)
from scripted_transport import ScriptedTransport, scripted_context

MARK = Marker("DB01", "20261122-141502")
FAILED = Database(
    "DB01",
    "7f3b1c52-93ab-4f0e-a0b4-1d2f8f0c5501",
    "CN=DB01",
    "MBX1",
    False,
    "D:\\DB01.edb",
    "D:\\DB01",
    settings={
        "ProhibitSendQuota": "12 GB (12,884,901,888 bytes)",
        "IssueWarningQuota": "Unlimited",
        "MailboxRetention": "30.00:00:00",
        "RetainDeletedItemsUntilBackup": False,
        "CalendarLoggingQuota": None,
        "JournalRecipient": None,
        "OfflineAddressBook": "Book (old)",
    },
)
FRESH = replace(
    FAILED,
    name="DB01-DT",
    settings={
        "ProhibitSendQuota": "2 GB (2,147,483,648 bytes)",
        "IssueWarningQuota": "1.899 GB (2,039,480,320 bytes)",
        "MailboxRetention": "30.00:00:00",
        "RetainDeletedItemsUntilBackup": True,
        "CalendarLoggingQuota": "6 GB (6,442,450,944 bytes)",
        "JournalRecipient": "contoso.lab/Users/Journal",
        "OfflineAddressBook": "Default",
    },
)


def different(current: Database | None) -> dict[str, Any]:
    wanted = _database_settings.wanted(current, FAILED, MARK)
    return _database_settings.different(_database_settings.current(current), wanted)


def test_false_and_null_are_not_the_same() -> None:
    assert different(FRESH) == {
        "ProhibitSendQuota": "12884901888",
        "IssueWarningQuota": "Unlimited",
        "RetainDeletedItemsUntilBackup": False,
        "JournalRecipient": None,  # an explicit null takes it away
        "OfflineAddressBook": "Book (old)",
        "IsExcludedFromProvisioning": True,
        "IsExcludedFromProvisioningReason": MARK.text(),
        # CalendarLoggingQuota: not reported by this version, so it is left alone
    }


@pytest.mark.parametrize("grouped", ["12.884.901.888", "12 884 901 888", "12'884'901'888"])
def test_the_grouping_of_the_culture_is_no_difference(grouped: str) -> None:
    wanted = _database_settings.wanted(FRESH, FAILED, MARK)
    have = {**wanted, "ProhibitSendQuota": f"12 GB ({grouped} bytes)"}
    assert _database_settings.different(have, wanted) == {}


def test_circular_logging_is_never_taken_over() -> None:
    assert different(replace(FRESH, circular_logging=True))["CircularLoggingEnabled"] is False


def test_a_closed_recovery_is_not_opened_again() -> None:
    closed = replace(MARK, closed=True)
    production = replace(FRESH, settings=FAILED.settings, excluded_reason=closed.text())
    wanted = _database_settings.wanted(production, FAILED, closed)
    assert _database_settings.different(_database_settings.current(production), wanted) == {}


@pytest.mark.parametrize(
    ("warning", "shown"),
    [
        (
            "Please restart the Microsoft Exchange Information Store service on server MBX1 after adding new mailbox databases.",
            False,
        ),
        (
            "Recovery database 'X' was created using existing file D:\\x.edb. The database must be ...",
            False,
        ),
        (
            "You must remove the database file located in D:\\x.edb from your computer manually",
            False,
        ),
        ("The object has not been replicated yet.", True),
    ],
)
def test_warnings(warning: str, shown: bool) -> None:
    context = scripted_context(ScriptedTransport())
    _databases.pass_warnings(context, [warning])
    assert (context.warnings == [warning]) is shown
