# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the way to a server."""

from __future__ import annotations

from cases import DIAL_TONE, RETRIED, STOPPED, Scene, case


@case("answer_lost", stage=DIAL_TONE, reads="unknown", outcome=STOPPED)
def test_answer_to_the_creation_lost(scene: Scene) -> None:
    """the dial tone database has been created, and nobody heard"""
    scene.inject("answer_lost", name="New-MailboxDatabase")
