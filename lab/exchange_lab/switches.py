# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not confirmed about real Exchange (exchange.md 15): the lab can answer either way.

FACTS numbers the open questions as exchange.md 15 does; a letter tells the parts of one apart. SWITCHES has the
answers to each. UNSEEN has those that no simulation can show, with the reason.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

FACTS: dict[str, str] = {
    "1a": "the question that Set-Mailbox asks before it points a mailbox at another database: its words",
    "1b": "the question that Mount-Database asks before it makes an empty database: its words",
    "2a": "the error of a second recovery database that is mounted on a server",
    "2b": "where the edition's limit of databases is enforced: at creation or at the mount, and its error",
    "2c": "whether a database whose .edb path belongs to another one is refused at creation, and its error",
    "2d": "whether a server mounts two copies of the same database",
    "3a": "whether AllowFileRestore goes back to false by itself after a mount",
    "3b": "whether AllowFileRestore is needed for a file that another database object made",
    "4a": "whether Move-DatabasePath -ConfigurationOnly takes a path whose .edb exists",
    "4b": "whether Move-DatabasePath takes recovery databases",
    "5": "whether Get-Mailbox can be piped into Set-Mailbox, both sent as commands",
    "6a": "which of PowerShell's common parameters the endpoint accepts",
    "6b": "which helper cmdlets it offers besides Select-Object",
    "6c": "after how much idle time it closes a session",
    "6d": "whether WinRM ends a shell, with the program in it, after the idle time that its client asked for",
    "7": "which management role carries Set-Mailbox -Database",
    "8a": "whether the status properties of Get-MailboxDatabase without -Status are null or missing",
    "8b": "what Mounted says of a database whose server does not answer",
    "9a": "how many restore requests run at a time",
    "9b": "the restore flags of a request whose source is a recovery database",
    "9c": "whether a request with skipped items says CompletedWithWarning or CompletedWithWarnings",
    "9d": "the spelling of the time stamps in a request's statistics",
    "10a": "what a second merge does with an item that the user has changed since the first",
    "10b": "whether two calendar items with the same clean global id are merged into one",
    "11": "the error classes of New-MailboxRestoreRequest",
    "12a": "how soon the store marks mailboxes that live elsewhere as disconnected",
    "12b": "whether a disconnected mailbox of an ordinary database can be the source of a restore request",
    "13": "whether the database of a dead server can be removed by Remove-MailboxDatabase alone",
    "14a": "which fields the eseutil that is shipped prints of a header",
    "14b": "how eseutil prints its version",
    "14c": "whether eseutil's progress comes through WinRS while it works",
    "15": "the words of the dialog that Outlook 2016 and later show in the dial tone period",
    "16a": "whether an update of Subscription Edition retires remote PowerShell",
    "16b": "what the announced REST Admin API of Subscription Edition offers",
    "16c": "whether an update of Subscription Edition changes the role model",
    "17": "how long everything takes",
    "18a": "whether a mount replays logs that backup software left in _restoredLogs",
    "18b": "whether a mounted recovery database counts toward the edition's limit",
}

UNSEEN: dict[str, str] = {
    "15": "the lab has no Outlook; the collection shows the admin no text that depends on it",
    "16b": "it is announced without a description; there is nothing to simulate",
}


@dataclass(frozen=True)
class Switch:
    """One open question: its default answer, and the others that are possible.

    fact: its key in FACTS, or the section of exchange.md that marks it as unconfirmed ("6.1"). workable: false when the
    collection can only stop and say so under the other answers; mixes leave such a switch at its default.
    """

    fact: str
    default: Any
    alternatives: tuple[Any, ...]
    question: str
    workable: bool = True


SWITCHES: dict[str, Switch] = {
    "unconfirmed_texts": Switch(
        "1a", "as worded", ("reworded",),
        "The words of every text that no source gives: errors, warnings, and the questions of facts 1a and 1b",
    ),
    "empty_database_question": Switch(
        "1b", True, (False,), "Does Mount-Database ask before it makes an empty database, or just refuse without -Force?"
    ),
    "second_recovery_database_error": Switch(
        "2a", "MapiExceptionTooManyMountedDatabases", ("MapiExceptionCallFailed",),
        "Exception of the mount of a second recovery database",
    ),
    "database_limit_refused_at": Switch(
        "2b", "creation", ("mount",), "Is the edition's limit of databases enforced at creation or at the mount?"
    ),
    "edb_path_of_another_database": Switch(
        "2c", "refuse", ("accept",), "Is a database refused at creation when its .edb path belongs to another one?"
    ),
    "same_database_twice": Switch(
        "2d", "accept", ("refuse",), "Does a server mount two copies of the same database?"
    ),
    "allow_file_restore_resets": Switch(
        "3a", True, (False,), "Does AllowFileRestore return to false by itself after a mount?"
    ),
    "foreign_file": Switch(
        "3b", "needs_allow_file_restore", ("accepted",), "Is AllowFileRestore needed for a foreign .edb?"
    ),
    "move_path_to_existing_file": Switch(
        "4a", "accept", ("refuse",), "Does Move-DatabasePath -ConfigurationOnly take a path whose .edb exists?"
    ),
    "move_path_of_recovery_database": Switch(
        "4b", "refuse", ("accept",), "Does Move-DatabasePath take recovery databases?"
    ),
    "move_path_of_mounted_database": Switch(
        "4a", "refuse", ("dismount",), "Does Move-DatabasePath -ConfigurationOnly refuse a mounted database?"
    ),
    "pipeline_of_exchange_cmdlets": Switch(
        "5", True, (False,), "Does a pipeline of two Exchange cmdlets work?"
    ),
    "common_parameters": Switch(
        "6a", "all", ("none",), "Does the endpoint accept common parameters such as ErrorAction?"
    ),
    "helper_cmdlets": Switch(
        "6b", "usual", ("fewest",), "Are there Measure-Object and Get-Command besides Select-Object?"
    ),
    "idle_timeout_seconds": Switch(
        "6c", 900.0, (20.0,), "After how many (real) seconds is an idle cmdlet session closed?"
    ),
    "program_shell_idle_time": Switch(
        "6d", "as asked", ("two hours",), "After what idle time does WinRM end a shell with a running program?",
        workable=False,
    ),
    "role_of_set_mailbox_database": Switch(
        "7", "Mail Recipients", ("Disaster Recovery",), "Which role carries Set-Mailbox -Database?"
    ),
    "status_properties_without_status": Switch(
        "8a", "null", ("missing",), "Without -Status: are the status properties there with null, or missing?"
    ),
    "mounted_of_unreachable_server": Switch(
        "8b", None, (False,), "Mounted of a database whose server does not answer: null or false"
    ),
    "mrs_limits": Switch(
        "9a", "ten per database", ("five per source, two per target",), "How many restore requests run at a time?"
    ),
    "restore_flags_for_recovery_database": Switch(
        "9b", "None", ("Recovery",), "MailboxRestoreFlags of a source in a recovery database"
    ),
    "completed_with_warnings_plural": Switch(
        "9c", False, (True,), "CompletedWithWarning or CompletedWithWarnings"
    ),
    "statistics_time_stamps": Switch(
        "9d", "Timestamp", ("TimeStamp",), "Spelling of the time stamps of request statistics"
    ),
    "second_merge_skips_changed_items": Switch(
        "10a", True, (False,), "Does a second merge know items that the user has changed since?"
    ),
    "calendar_items_with_one_id": Switch(
        "10b", "two items", ("one item",), "Are calendar items with the same clean global id merged into one?"
    ),
    "restore_request_errors": Switch(
        "11", "by cause", ("general",), "Does New-MailboxRestoreRequest say by its error class what is wrong?"
    ),
    "disconnect_scan_seconds": Switch(
        "12a", 86400.0, (300.0,), "How often does the store look for mailboxes that live elsewhere?"
    ),
    "disconnect_scan_at_mount": Switch("12a", False, (True,), "Does it look at each mount, too?"),
    "disconnected_mailbox_as_source": Switch(
        "12b", True, (False,), "Is a disconnected mailbox of an ordinary database a source for a restore?"
    ),
    "remove_database_of_dead_server": Switch(
        "13", "removes", ("refuse",), "Does Remove-MailboxDatabase remove the database of a server that doesn't answer?"
    ),
    "eseutil_header": Switch(
        "14a", "newest", ("2013",), "Does /mh print the newest fields, or those of 2013?"
    ),
    "eseutil_version": Switch(
        "14b", "15.02", ("15.02.1544.009",), "What follows the word Version in eseutil's logo?"
    ),
    "eseutil_progress": Switch(
        "14c", "as it works", ("at the end",), "When does the output of eseutil come through WinRS?"
    ),
    "remote_powershell": Switch(
        "16a", "offered", ("retired",), "Does the server offer remote PowerShell?", workable=False
    ),
    "role_model": Switch(
        "16c", "as documented", ("without Disaster Recovery",),
        "Does the role group Organization Management have the role Disaster Recovery?", workable=False,
    ),
    "latency_scale": Switch(
        "17", 1.0, (0.3, 2.5), "How much longer than assumed does everything take?"
    ),
    "restored_logs": Switch(
        "18a", "ignored", ("replayed",), "Does a mount replay logs in the folder _restoredLogs of the log folder?"
    ),
    "recovery_database_counts": Switch(
        "18b", False, (True,), "Does a mounted recovery database count toward the edition's limit?"
    ),
    # marked as unconfirmed elsewhere than in section 15
    "new_database_over_existing_file": Switch(
        "6.1", "refuse", ("allow",), "Is a normal database over an existing .edb refused at creation?"
    ),
    "remove_mounted_database": Switch(
        "6.1", "refuse", ("dismount",), "Does Remove-MailboxDatabase refuse a mounted database?"
    ),
    "eseutil_on_path": Switch("5.7", True, (False,), "Is eseutil on the path of a WinRS shell?"),
    "restore_request_limits_in_default_set": Switch(
        "8.2", False, (True,),
        "Do LargeItemLimit, CompletedRequestAgeLimit, SkipMerging, TargetType bind with SourceDatabase?",
    ),
    "target_mailbox_guid_only": Switch(
        "8.2", False, (True,), "Does -TargetMailbox of a restore request take GUIDs only?"
    ),
}  # fmt: skip


def answers(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """All answers, the defaults unless overridden. Unknown names are kept: other parts of the lab add their own."""
    return {**{name: switch.default for name, switch in SWITCHES.items()}, **(overrides or {})}


def mix(name: str) -> dict[str, Any]:
    """The answers of a mix: "default", "other" (the first other answer everywhere) or "random:SEED".

    Raises ValueError for another name. Switches that are not workable stay at their default.
    """
    kind, _colon, seed = name.partition(":")
    chosen = {n: s for n, s in SWITCHES.items() if s.workable}
    if name in ("", "default"):
        return {}
    if name == "other":
        return {n: switch.alternatives[0] for n, switch in chosen.items()}
    if kind == "random" and seed:
        draw = random.Random(f"switches {seed}")
        return {n: draw.choice((s.default, *s.alternatives)) for n, s in chosen.items()}
    raise ValueError(f"{name!r} is no mix of switches: say default, other or random:SEED")
