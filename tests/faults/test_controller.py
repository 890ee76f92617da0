# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the computer that the recovery is run from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from cases import DIAL_TONE, REFUSED, STOPPED, SWAP, UNTOUCHED, WARNED, Scene, case


@case("controller_disk_full", stage=DIAL_TONE, reads="No space left on device", outcome=STOPPED)
def test_no_space_for_the_ledger(scene: Scene) -> Iterator[None]:
    """in the folder of the ledger, when mailboxes are to be pointed at the dial tone database"""
    _own_folder(scene)
    scene.inject("controller_disk_full", folder=str(scene.recovery.evidence))
    yield
    assert "Set-Mailbox" not in scene.desk.changing(), "a mailbox was rehomed without a record"


@case("controller_folder_read_only", stage=DIAL_TONE, reads="Permission denied", outcome=STOPPED)
def test_no_permission_for_the_ledger(scene: Scene) -> Iterator[None]:
    """in the folder of the ledger, when mailboxes are to be pointed at the dial tone database"""
    _own_folder(scene)
    scene.inject("controller_folder_read_only", folder=str(scene.recovery.evidence))
    yield
    assert "Set-Mailbox" not in scene.desk.changing(), "a mailbox was rehomed without a record"


@case("controller_disk_full", stage=DIAL_TONE, reads="can not be written: No space left on device", outcome=REFUSED)
def test_no_space_for_the_journal(scene: Scene) -> None:
    """in the folder of the journal, before a task begins"""
    scene.inject("controller_disk_full", folder=str(_journal(scene)))


@case("controller_folder_read_only", stage=DIAL_TONE, reads="can not be written: Permission denied", outcome=REFUSED)
def test_no_permission_for_the_journal(scene: Scene) -> None:
    """in the folder of the journal, before a task begins"""
    scene.inject("controller_folder_read_only", folder=str(_journal(scene)))


@case("controller_disk_full", stage=SWAP, reads="lacks what this task does from here on", outcome=WARNED)
def test_no_space_for_the_journal_in_the_outage(scene: Scene) -> Iterator[None]:
    """in the folder of the journal, while users wait for the swap: it comes to its end"""
    folder = _journal(scene)
    scene.at(
        "Dismount-Database",
        lambda: scene.inject("controller_disk_full", folder=str(folder)),
        point="called",
    )
    # a full disk is nothing to the next task: it stops before it begins
    scene.at("Mount-Database", scene.control.lift, point="called")
    yield
    assert "Dismount-Database" not in (folder / "journal.jsonl").read_text("utf-8")
    assert len(scene.desk.warnings) == 1


@case("controller_clock_jumps", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_clock_set_back(scene: Scene) -> None:
    """two hours back, within a run"""
    scene.inject("controller_clock_jumps", seconds_off=-7200)


@case("controller_clock_jumps", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_clock_set_forward(scene: Scene) -> None:
    """two hours forward, within a run"""
    scene.inject("controller_clock_jumps", seconds_off=7200)


@case("controller_folder_gone", stage=SWAP, reads="", outcome=UNTOUCHED)
def test_evidence_gone(scene: Scene) -> None:
    """with the ledger in it, before the swap: the ledger begins anew, nothing rests on it"""
    ledger = scene.recovery.evidence / "ledger.json"
    _own_folder(scene)
    scene.recovery.evidence.mkdir()
    shutil.copy(ledger, scene.recovery.evidence)
    scene.inject("controller_folder_gone", folder=str(scene.recovery.evidence))


def _journal(scene: Scene) -> Path:
    """The folder of a journal that is written from now on."""
    folder = scene.recovery.evidence / "journal"
    folder.mkdir(parents=True)
    scene.desk.journal = str(folder / "journal.jsonl")
    return folder


def _own_folder(scene: Scene) -> None:
    """Keep the ledger apart from the lab's own files."""
    scene.recovery.evidence = scene.recovery.evidence / "evidence"
