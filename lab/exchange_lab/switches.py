# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not confirmed about real Exchange (exchange.md 15): the lab can answer either way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Switch:
    """One open question: its default answer, and the others that are possible."""

    default: Any
    alternatives: tuple[Any, ...]
    question: str


SWITCHES: dict[str, Switch] = {
    "allow_file_restore_resets": Switch(
        True, (False,), "Does AllowFileRestore return to false by itself after a mount? (15.3)"
    ),
    "foreign_file": Switch(
        "needs_allow_file_restore", ("accepted",), "Is AllowFileRestore needed for a foreign .edb? (15.3)"
    ),
    "recovery_database_counts": Switch(
        False, (True,), "Does a mounted recovery database count toward the edition's limit? (15.18)"
    ),
    "disconnect_scan_seconds": Switch(
        86400.0, (300.0,), "How often does the store look for mailboxes that live elsewhere? (15.12)"
    ),
    "disconnect_scan_at_mount": Switch(
        False, (True,), "Does it look at each mount, too? (15.12)"
    ),
    "mounted_of_unreachable_server": Switch(
        None, (False,), "Mounted of a database whose server does not answer: null or false (15.8)"
    ),
    "completed_with_warnings_plural": Switch(
        False, (True,), "CompletedWithWarning or CompletedWithWarnings (15.9)"
    ),
    "second_merge_skips_changed_items": Switch(
        True, (False,), "Does a second merge know items that the user has changed since? (15.10)"
    ),
    "new_database_over_existing_file": Switch(
        "refuse", ("allow",), "Is a normal database over an existing .edb refused at creation? (6.1)"
    ),
    "move_path_to_existing_file": Switch(
        "accept", ("refuse",), "Does Move-DatabasePath -ConfigurationOnly take a path whose .edb exists? (15.4)"
    ),
    "move_path_of_recovery_database": Switch(
        "refuse", ("accept",), "Does Move-DatabasePath take recovery databases? (15.4)"
    ),
    "move_path_of_mounted_database": Switch(
        "refuse", ("dismount",), "Does Move-DatabasePath -ConfigurationOnly refuse a mounted database?"
    ),
    "remove_mounted_database": Switch(
        "refuse", ("dismount",), "Does Remove-MailboxDatabase refuse a mounted database?"
    ),
    "restore_request_limits_in_default_set": Switch(
        False,
        (True,),
        "Do LargeItemLimit, CompletedRequestAgeLimit, SkipMerging, TargetType bind with SourceDatabase? (8.2)",
    ),
    "target_mailbox_guid_only": Switch(
        False, (True,), "Does -TargetMailbox of a restore request take GUIDs only? (8.2)"
    ),
    "statistics_time_stamps": Switch(
        "Timestamp", ("TimeStamp",), "Spelling of the time stamps of request statistics (15.9)"
    ),
    "restore_flags_for_recovery_database": Switch(
        "None", ("Recovery",), "MailboxRestoreFlags of a source in a recovery database (15.9)"
    ),
    "disconnected_mailbox_as_source": Switch(
        True, (False,), "Is a disconnected mailbox of an ordinary database a source for a restore? (15.12)"
    ),
}


def answers(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """All answers, the defaults unless overridden. Unknown names are kept: other parts of the lab add their own."""
    return {**{name: switch.default for name, switch in SWITCHES.items()}, **(overrides or {})}
