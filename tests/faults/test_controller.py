# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the computer that the recovery is run from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from cases import DIAL_TONE, STOPPED, SWAP, UNTOUCHED, Scene, case


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


@case("controller_clock_jumps", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_clock_set_back(scene: Scene) -> None:
    """two hours back, within a run"""
    scene.inject("controller_clock_jumps", seconds_off=-7200)


@case("controller_folder_gone", stage=SWAP, reads="", outcome=UNTOUCHED)
def test_evidence_gone(scene: Scene) -> None:
    """with the ledger in it, before the swap: the ledger begins anew, nothing rests on it"""
    ledger = scene.recovery.evidence / "ledger.json"
    _own_folder(scene)
    scene.recovery.evidence.mkdir()
    shutil.copy(ledger, scene.recovery.evidence)
    scene.inject("controller_folder_gone", folder=str(scene.recovery.evidence))


def _own_folder(scene: Scene) -> None:
    """Keep the ledger apart from the lab's own files."""
    scene.recovery.evidence = scene.recovery.evidence / "evidence"
