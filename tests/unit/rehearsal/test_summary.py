# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal passes only if nothing is lost or doubled, and says so in at most 25 lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rehearsal.summary import FAULTS, Facts, summary

GOOD = Facts(
    databases=("DB01",),
    status=0,
    audit={
        "accepted": 30,
        "found": 30,
        "deleted": 0,
        "periods": {"before": 10, "during": 15, "after": 5},
        **{name: [] for name in FAULTS},
    },
    timeline={
        "marks": {"failure": "2026-11-22T10:00:00+00:00", "end": "2026-11-22T10:39:11+00:00"},
        "outages": [
            {
                "mailboxes": 120,
                "first_up": "2026-11-22T10:05:40+00:00",
                "last_up": "2026-11-22T10:08:09+00:00",
                "longest_seconds": 489.0,
            },
            {
                "mailboxes": 120,
                "first_up": "2026-11-22T10:20:18+00:00",
                "last_up": "2026-11-22T10:20:18+00:00",
                "longest_seconds": 18.0,
            },
        ],
    },
    calls=[
        {"kind": "cmdlet", "changing": True},
        {"kind": "cmdlet", "changing": False},
        {"kind": "program", "changing": True},
    ],
    sessions={"opened": 2, "open": 0},
    wall_seconds=48.0,
    speed=60.0,
    evidence=Path("evidence"),
    lab=Path("lab"),
)


def test_what_the_users_felt_is_said() -> None:
    text = summary(GOOD)
    assert GOOD.passed
    assert "PASSED" in text
    assert "0:05:40 (first mailbox), 0:08:09 (last of 120)" in text
    assert "for 0:00:18 at most" in text
    assert "10 before, 15 during, 5 after: 30 in all" in text
    assert "2 cmdlets, 1 programs and queries; 2 changed something" in text


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_fails_the_rehearsal_and_is_shown(fault: str) -> None:
    bad = replace(GOOD, audit={**GOOD.audit, fault: [{"message": "m1"}, {"message": "m2"}]})
    assert not bad.passed
    assert "FAILED" in summary(bad)
    assert f"{fault.replace('_', ' ')}: 2, the first" in summary(bad)


def test_a_failed_playbook_fails_the_rehearsal() -> None:
    bad = replace(GOOD, status=2)
    assert not bad.passed
    assert "exit status 2" in summary(bad)


def test_the_summary_is_short_even_when_everything_is_wrong() -> None:
    audit = {**GOOD.audit, **{name: [{"message": "m"}] for name in FAULTS}}
    assert len(summary(replace(GOOD, status=2, audit=audit)).splitlines()) <= 25
    assert len(summary(GOOD).splitlines()) <= 25
