# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a swap interrupts the users, in simulated time: it does not depend on the database's size."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_swap

GB = 1 << 30
LONGEST = 180.0  # seconds; a copy of 500 GB would take more than half an hour


def resize(desk: Any, size: int) -> None:
    """Give DB01 a logical size; the lab's files stay small."""
    organisation = desk.lab.organisation
    with organisation.lock:
        mounted = organisation.mounted(organisation.database("DB01").guid)
        mounted.instance._header.size = size
        mounted.instance.flush()


def run_slowly(desk: Any, speed: float) -> None:
    """From now on a second of this machine is `speed` simulated ones, so that its own work counts little."""
    clock = desk.lab.organisation.clock
    clock.start, clock._origin, clock.speed = clock.now(), time.monotonic(), speed


def outage(desk: Any, database: str) -> float:
    """Simulated seconds of the last interruption of a database."""
    last = desk.control.timeline()["databases"][database][-1]
    return (
        datetime.fromisoformat(last["end"]) - datetime.fromisoformat(last["start"])
    ).total_seconds()


@pytest.mark.parametrize("method", ["rename", "repoint"])
@pytest.mark.parametrize("size", [1 * GB, 500 * GB], ids=["1GB", "500GB"])
def test_the_outage_of_a_swap_is_independent_of_the_size(
    open_recovery: Callable[..., Any], method: str, size: int
) -> None:
    recovery = open_recovery(before=lambda desk: resize(desk, size), speed=2000)
    desk = recovery.desk
    backup = desk.control.files("MBX1", "E:\\Restore\\DB01")
    assert max(file["size"] for file in backup) >= size
    recovery.dial_tone()
    recovery.restore()
    run_slowly(desk, 20)
    before = len(desk.control.calls())
    assert desk.run(database_swap.run, **recovery.swap(method=method, mount_timeout=60))["swapped"]
    took = outage(desk, "DB01-DT")
    print(f"{method}, {size // GB} GB: {took:.0f} s")
    assert took < LONGEST
    programs = [c for c in desk.control.calls()[before:] if c["kind"] == "program"]
    assert [c for c in programs if c["name"] == "robocopy" and c["changing"]] == []
