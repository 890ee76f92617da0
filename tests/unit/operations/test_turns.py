# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting tasks take their turns by priority, and a killed one holds nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from ansible_collections.dialtone.exchange.plugins.module_utils._turns import Ticket


def test_the_lowest_priority_comes_first(tmp_path: Path) -> None:
    def ticket(priority: int, name: str, thing: str = "MBX1") -> Ticket:
        return Ticket(thing, priority, name, str(tmp_path))

    with ticket(1, "DB02") as second:
        assert second.is_first()
        with ticket(0, "DB01") as first, ticket(1000, "DB03") as third:
            assert first.is_first()
            assert not second.is_first()
            assert not third.is_first()
            with ticket(5, "DB07", thing="MBX2") as elsewhere:
                assert elsewhere.is_first()
        assert second.is_first()
    assert list(tmp_path.iterdir()) == []


def test_equal_priorities_have_one_first(tmp_path: Path) -> None:
    one, other = (Ticket("MBX1", 0, name, str(tmp_path)) for name in ("DB01", "DB02"))
    with one, other:
        assert sorted([one.is_first(), other.is_first()]) == [False, True]


def _wait_for_ever(folder: str, parent: int, ready: object) -> None:
    os.getppid = lambda: parent  # as if it were a task of the same run
    with Ticket("MBX1", 0, "DB01", folder):
        ready.set()  # type: ignore[attr-defined]
        signal.pause()


def test_a_killed_task_holds_nobody(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    waiting = context.Process(target=_wait_for_ever, args=(str(tmp_path), os.getppid(), ready))
    waiting.start()
    assert ready.wait(10)
    with Ticket("MBX1", 1, "DB02", str(tmp_path)) as ticket:
        assert not ticket.is_first()
        os.kill(waiting.pid or 0, signal.SIGKILL)
        waiting.join()
        assert ticket.is_first()
