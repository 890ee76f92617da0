# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes and time spans as text, filters, role groups: the small parts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from exchange_lab.cmdlets._errors import Refusal, class_name
from exchange_lab.cmdlets._formats import size_text, span_text, unlimited_size_text
from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.cmdlets._rbac import ROLE_GROUPS, ROLES
from exchange_lab.runspace import PSObj


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B (0 bytes)"),
        (1023, "1023 B (1,023 bytes)"),
        (262_144, "256 KB (262,144 bytes)"),
        (524_288_000, "500 MB (524,288,000 bytes)"),
        (5_368_709_120, "5 GB (5,368,709,120 bytes)"),
        (2_039_480_320, "1.899 GB (2,039,480,320 bytes)"),
        (2_199_023_255_552, "2 TB (2,199,023,255,552 bytes)"),
    ],
)
def test_size_text(size: int, text: str) -> None:
    assert size_text(size) == unlimited_size_text(size) == text
    assert unlimited_size_text(None) == "Unlimited"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=30), "30.00:00:00"),
        (timedelta(0), "00:00:00"),
        (timedelta(hours=26, minutes=3, seconds=4), "1.02:03:04"),
        (timedelta(milliseconds=41_500), "00:00:41.5000000"),
    ],
)
def test_span_text(span: timedelta, text: str) -> None:
    assert span_text(span) == text


ITEM = PSObj(
    ("Queue",),
    {
        "NextHopDomain": "DB01", "Status": "Retry", "MessageCount": 12, "Suspended": False, "Error": None,
        "Time": datetime(2026, 11, 22, 8, tzinfo=timezone.utc), "Tags": ["red", "blue"], "Name": "O'Hara [1]",
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("NextHopDomain -eq 'db01'", True),
        ('NextHopDomain -eq "DB01"', True),
        ("NextHopDomain -ne 'DB01'", False),
        ("NextHopDomain -like 'DB*'", True),
        ("NextHopDomain -notlike 'DB*'", False),
        ("NextHopDomain -eq 'DB01' -and Status -eq 'Retry'", True),
        ("NextHopDomain -eq 'DB01' -and Status -eq 'Active'", False),
        ("Status -eq 'Active' -or MessageCount -gt 9", True),
        ("-not (Status -eq 'Active') -and MessageCount -le 12", True),
        ("MessageCount -lt '2'", False),
        ("MessageCount -eq 12", True),
        ("Suspended -eq $false", True),
        ("Error -eq $null", True),
        ("Time -gt '2026-11-01'", True),
        ("Tags -eq 'blue'", True),
        ("Name -eq 'O''Hara [1]'", True),
        ("Name -like '*[1]'", True),
    ],
)
def test_filters(text: str, holds: bool) -> None:
    assert compile_filter(text)(ITEM) is holds


@pytest.mark.parametrize(
    "text",
    ["", "   ", "Status", "Status -eq", "Status -is 'x'", "Status -eq 'a' 'b'", "(Status -eq 'a'",
     "Status -eq 'open", "-and Status -eq 'a'", "Colour -eq 'red'"],
)  # fmt: skip
def test_filters_that_are_no_opath(text: str) -> None:
    with pytest.raises(Refusal):
        compile_filter(text, frozenset({"Status"}))


def test_role_groups_name_known_roles() -> None:
    assert {role for roles in ROLE_GROUPS.values() for role in roles} <= ROLES.keys()


@pytest.mark.parametrize(
    ("cmdlet", "name"),
    [
        ("Get-Mailbox", "Microsoft.Exchange.Management.RecipientTasks.GetMailbox"),
        (
            "New-MailboxDatabase",
            "Microsoft.Exchange.Management.SystemConfigurationTasks.NewMailboxDatabase",
        ),
        ("Test-MAPIConnectivity", "Microsoft.Exchange.Monitoring.TestMapiConnectivity"),
    ],
)
def test_class_names(cmdlet: str, name: str) -> None:
    assert class_name(cmdlet) == name
