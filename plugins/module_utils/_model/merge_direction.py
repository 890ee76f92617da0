# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which way the mail is merged: into the old database after a swap, or into the dial tone database.

Old into dial tone is for restored files that must not become production, such as repaired ones
(exchange.md 5.6): the users stay in the dial tone database for good, and there is no swap. It copies
more, and leaves behind what a merge never copies (pitfalls.md P12, P13). Pure.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

AUTO: t.Final = "auto"
DIAL_TONE_INTO_OLD: t.Final = "dial_tone_into_old"
OLD_INTO_DIAL_TONE: t.Final = "old_into_dial_tone"
DIRECTIONS: t.Final = (DIAL_TONE_INTO_OLD, OLD_INTO_DIAL_TONE)

LEFT_BEHIND: t.Final = (
    "folder permissions, rights of delegates, inbox rules, views and forms, and mailboxes that were"
    " deleted before the failure"
)


class Direction(t.NamedTuple):
    """One of DIRECTIONS, and why."""

    value: str
    reason: str


def choose(wanted: str, repair_count: int = 0, *, accept_repaired: bool = False) -> Direction:
    """The direction for a restored file. wanted: AUTO or what was asked for. repair_count: of its
    header, 0 while there is none. accept_repaired: a repaired file is wanted in production."""
    if wanted in DIRECTIONS:
        return Direction(wanted, "as given")
    if not repair_count:
        reason = "the restored mailboxes keep their folder permissions and rules"
        return Direction(DIAL_TONE_INTO_OLD, reason)
    if accept_repaired:
        reason = "the repaired file was accepted for production"
        return Direction(DIAL_TONE_INTO_OLD, reason)
    reason = (
        f"the restored file was repaired {repair_count} times (eseutil /p), and such a file is good"
        " to read from, but not for production"
    )
    return Direction(OLD_INTO_DIAL_TONE, reason)
