# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The plan of a recovery: the commands that are still to come, with real names and durations.

For people, who may have to finish by hand; the modules send their own. Durations are medians of
exchange.md section 11. Pure. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._files import share
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    paths,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.merge_direction import (
    LEFT_BEHIND,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    direction,
    methods,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import minutes

# Seconds, and bytes or logs per second (exchange.md 11).
_NEW_DATABASE, _SET_DATABASE, _MOUNT, _DISMOUNT, _VISIBLE = 3.0, 1.0, 6.0, 5.0, 5.0
_PROBE, _RENAME, _RETRY_QUEUE, _STATISTICS, _REMOVE = 2.0, 0.1, 2.0, 3.0, 2.0
_SET_MAILBOX, _NEW_REQUEST, _REMOVE_REQUEST = 0.35, 1.2, 0.5
_MRS_PICKUP, _MRS_OVERHEAD, _MRS_AT_ONCE = 20.0, 45.0, 10
_COPY_RATE, _REPLAY_RATE = 250e6, 10.0


@dataclass(frozen=True)
class PlanLine:
    """One command line of a stage. seconds: expected, None where a person acts. A line that begins
    with "#" is no command, but why the commands below it are these."""

    stage: str
    command: str
    seconds: float | None

    @property
    def text(self) -> str:
        """The line for a person."""
        if self.command.startswith("#"):
            return f"{self.stage}: {self.command[1:].strip()}"
        about = "you" if self.seconds is None else f"about {minutes(max(1.0, self.seconds))}"
        return f"{self.stage}: {self.command}  ({about})"

    def as_result(self) -> dict[str, t.Any]:
        return {
            "stage": self.stage,
            "command": self.command,
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "text": self.text,
        }


def make(facts: Facts) -> list[PlanLine]:
    """What a run would still do. Empty when the recovery is finished."""
    parts: list[tuple[str, t.Callable[[Facts], Iterator[tuple[str, float | None]]], str]] = [
        ("dial_tone", _dial_tone, "restoring"),
        ("restore", _restore, "restored"),
        ("swap", _swap, "swapped"),
        ("merge", _merge, "merged"),
        ("close", _close, "closed"),
    ]
    return [
        *(PlanLine("dial_tone", f"# found: {text}", 0.0) for text in by_hand(facts)),
        *_due(facts, parts),
    ]


def by_hand(facts: Facts) -> Iterator[str]:
    """What somebody has made by hand, a sentence each."""
    found = facts.by_hand
    if found is None:
        return
    database, homes = found.dial_tone, facts.rehomed_by_hand
    state = "mounted" if database.mounted else "not mounted"
    yield (
        f"dial tone database {database.name}, made by hand, {homes} of"
        f" {homes + len(facts.mailboxes)} mailboxes rehomed, {state}"
    )
    if found.position.value != "the dial tone file is in its place":
        yield f"in {database.name}, {found.position.value}"
    if found.recovery_database is not None:
        yield found.recovery_database_text()


def _due(
    facts: Facts,
    parts: list[tuple[str, t.Callable[[Facts], Iterator[tuple[str, float | None]]], str]],
) -> list[PlanLine]:
    return [
        PlanLine(stage, command, seconds)
        for stage, lines, done in parts
        if facts.before(done)
        for command, seconds in lines(facts)
    ]


def _dial_tone(facts: Facts) -> Iterator[tuple[str, float | None]]:
    failed, layout, name = facts.failed, facts.layout, _q(facts.names.dial_tone_database)
    yield from _reason(facts, "dialtone_method")
    if not facts.elsewhere and (facts.folders is None or not facts.folders.files("preserved")):
        yield from _preserve(facts)
    if layout.in_place:
        if facts.dial_tone is None:
            yield f"Set-MailboxDatabase {name} <marker of this recovery>", _SET_DATABASE
            yield f"Mount-Database {name} -Force, over an empty file", _MOUNT
            yield f"Test-MAPIConnectivity -Database {name}", _PROBE
        yield f"Retry-Queue for {name}, on every transport server", _RETRY_QUEUE
        return
    if facts.by_hand is not None and facts.marker is None:
        yield f"Set-MailboxDatabase {name} <marker of this recovery>", _SET_DATABASE
    if facts.dial_tone is None:
        yield (
            f"New-MailboxDatabase -Name {name} -Server {facts.server.name}"
            f" -EdbFilePath {_q(layout.dialtone_edb)} -LogFolderPath {_q(layout.dialtone)}"
            " -IsExcludedFromProvisioning $true",
            _NEW_DATABASE,
        )
        yield f"Set-MailboxDatabase {name} <quotas and settings of {failed.name}>", _SET_DATABASE
        yield f"Mount-Database {name}", _VISIBLE + _MOUNT
        yield f"Test-MAPIConnectivity -Database {name}", _PROBE
    count = len(facts.mailboxes) + len(facts.archive_owners)
    if count:
        yield (
            f"Set-Mailbox -Identity <each of {count} mailboxes and archives> -Database {name} -Force",
            count * _SET_MAILBOX,
        )
    yield (
        f"Retry-Queue -Filter \"NextHopDomain -eq '{failed.name}'\" -Resubmit $true,"
        " on every transport server",
        _RETRY_QUEUE,
    )


def _preserve(facts: Facts) -> Iterator[tuple[str, float | None]]:
    failed, layout = facts.failed, facts.layout
    here, there = facts.volume_of(failed.edb_path), facts.volume_of(layout.root)
    if here is None:
        return
    prefix = failed.log_prefix or log_stream.DEFAULT_PREFIX
    size = facts.failed_file.size if facts.failed_file else 0
    for folder, what, target, amount in (
        (paths.folder_of(failed.edb_path), "*", layout.preserved_database, size),
        (failed.log_folder, f"{prefix}*", layout.preserved_logs, facts.failed_logs_bytes),
    ):
        if there and here.device_id == there.device_id:
            yield f"move {_q(paths.join(folder, what))} {_q(target)}", _RENAME
        else:
            yield (
                f"robocopy {_q(folder)} {_q(target)} {what} /J  [{sizes.format_size(amount)}]",
                amount / _COPY_RATE,
            )


def _restore(facts: Facts) -> Iterator[tuple[str, float | None]]:
    failed, layout = facts.failed, facts.layout
    prefix = failed.log_prefix or log_stream.DEFAULT_PREFIX
    if facts.restore_folder is None:
        yield (
            "restore the backup into a folder of its own, then give it as restore_folder"
            " (dialtone_restore_folder)",
            None,
        )
    source = facts.restore_folder or "<restore folder>"
    amount = sum(file.size for file in facts.restore.files) if facts.restore else 0
    amount = amount or (facts.failed_file.size if facts.failed_file else 0)
    if paths.is_share(source):
        yield from _fetch(facts, source, amount)
        source, amount = share.target_of(layout, source), 0
    yield (
        f"robocopy {_q(source)} {_q(layout.restored)} *.edb {prefix}*.log /J"
        f"  [{sizes.format_size(amount)}]",
        amount / _COPY_RATE,
    )
    logs = len(facts.failed_logs | facts.restore_logs)
    if facts.failed_logs:
        yield (
            f"robocopy {_q(layout.preserved_logs)} {_q(layout.restored)} {prefix}*.log"
            f"  [{len(facts.failed_logs)} logs]",
            facts.failed_logs_bytes / _COPY_RATE,
        )
    yield (
        f"eseutil /r {prefix} /l {_q(layout.restored)} /s {_q(layout.restored)}"
        f" /d {_q(layout.restored)} /o  [{logs} logs]",
        logs / _REPLAY_RATE,
    )
    yield f"eseutil /mh {_q(layout.restored_edb)}", 1.0
    name = facts.names.restored_recovery_database
    yield from _recovery_database(facts, name, layout.restored_edb, layout.restored_rdb_logs)
    yield f"Get-MailboxStatistics -Database {_q(name)} -NoADLookup", _STATISTICS
    yield from _let_go(name)


def _fetch(facts: Facts, source: str, amount: int) -> Iterator[tuple[str, float | None]]:
    """The copy of a share's folder; later its .edb is moved, and only the logs are copied."""
    line = f"robocopy {_q(source)} {_q(share.target_of(facts.layout, source))} /J"
    if facts.share_reader:
        line = f"schtasks /create /ru SYSTEM /tr <{line}>, as {facts.share_reader}"
    yield f"{line}  [{sizes.format_size(amount)}]", amount / _COPY_RATE


def _swap(facts: Facts) -> Iterator[tuple[str, float | None]]:
    layout, name = facts.layout, _q(facts.names.dial_tone_database)
    if direction.is_reverse(facts):
        yield f"# no swap: {facts.names.dial_tone_database} stays in production", 0.0
        return
    if facts.final_name is not None:
        yield from _swap_to_successor(facts, facts.final_name)
        return
    yield from _reason(facts, "dialtone_swap_method")
    yield f"Dismount-Database {name} -Confirm:$false", _DISMOUNT
    if any(choice.value == "repoint" for choice in methods.choices(facts)):
        yield f"ren {_q(layout.dialtone)} {paths.name_of(layout.swapped)}", _RENAME
        yield (
            f"Move-DatabasePath {name} -EdbFilePath {_q(layout.restored_edb)}"
            f" -LogFolderPath {_q(layout.production_logs)} -ConfigurationOnly -Force",
            _SET_DATABASE,
        )
    else:
        yield f"move {_q(paths.join(layout.dialtone, '*'))} {_q(layout.swapped)}", _RENAME
        yield f"move {_q(layout.restored_edb)} {_q(layout.dialtone_edb)}", _RENAME
    yield f"Set-MailboxDatabase {name} -AllowFileRestore $true", _SET_DATABASE
    yield f"Mount-Database {name}", _MOUNT


def _swap_to_successor(facts: Facts, final: str) -> Iterator[tuple[str, float | None]]:
    layout, name, new = facts.layout, _q(facts.names.dial_tone_database), _q(final)
    if facts.final is None:
        yield (
            f"New-MailboxDatabase -Name {new} -Server {facts.server.name}"
            f" -EdbFilePath {_q(layout.final_edb(final))} -LogFolderPath {_q(layout.final)}",
            _NEW_DATABASE,
        )
    yield f"move {_q(layout.restored_edb)} {_q(layout.final_edb(final))}", _RENAME
    yield f"Set-MailboxDatabase {new} -AllowFileRestore $true", _SET_DATABASE
    yield f"Mount-Database {new}", _MOUNT
    yield f"Dismount-Database {name} -Confirm:$false", _DISMOUNT
    count = len(facts.mailboxes) + len(facts.archive_owners)
    yield (
        "Set-Mailbox -Identity <each mailbox and archive of the dial tone database>"
        f" -Database {new} -Force",
        count * _SET_MAILBOX,
    )
    yield f"Retry-Queue for {name}, on every transport server", _RETRY_QUEUE
    yield f"Remove-MailboxDatabase {name} -Confirm:$false, its files stay", _REMOVE
    yield f"ren {_q(layout.dialtone)} {paths.name_of(layout.swapped)}", _RENAME


def _merge(facts: Facts) -> Iterator[tuple[str, float | None]]:
    layout, name = facts.layout, facts.names.merge_recovery_database
    edb, logs = layout.swapped_edb, layout.swapped_rdb_logs
    count = len(facts.mailboxes) + len(facts.archive_owners)
    if direction.is_reverse(facts):
        edb, logs = layout.restored_edb, layout.restored_merge_logs
        yield from _reason(facts, "dialtone_merge_direction")
        yield f"# all old mail is copied, but not {LEFT_BEHIND}", 0.0
    yield from _recovery_database(facts, name, edb, logs)
    how_many = f"up to {count}" if count else "the"
    yield (
        f"New-MailboxRestoreRequest -SourceDatabase {_q(name)} -SourceStoreMailbox <guid>"
        f" -TargetMailbox <guid> -BatchName {facts.names.batch} -BadItemLimit 0"
        " -ConflictResolutionOption KeepLatestItem -AssociatedMessagesCopyOption DoNotCopy,"
        f" for each of {how_many} mailboxes and archives with mail in it",
        count * _NEW_REQUEST,
    )
    waves = -(-count // _MRS_AT_ONCE)
    yield (
        f"Get-MailboxRestoreRequest -BatchName {facts.names.batch}, until all are completed",
        _MRS_PICKUP + waves * _MRS_OVERHEAD,
    )
    yield (
        f"Remove-MailboxRestoreRequest, each of batch {facts.names.batch}",
        count * _REMOVE_REQUEST,
    )
    yield from _let_go(name)


def _close(facts: Facts) -> Iterator[tuple[str, float | None]]:
    if not direction.is_reverse(facts):
        yield f"ren {_q(facts.layout.swapped)} {paths.name_of(facts.layout.merged)}", _RENAME
    name = _q(facts.final_name or facts.names.dial_tone_database)
    yield f"Set-MailboxDatabase {name} -IsExcludedFromProvisioning $false", _SET_DATABASE
    yield f"full backup of {name}", None


def _reason(facts: Facts, name: str) -> Iterator[tuple[str, float | None]]:
    for choice in methods.choices(facts):
        if choice.name == name:
            yield f"# {choice.name}: {choice.value}, because {choice.reason}", 0.0


def _recovery_database(
    facts: Facts, name: str, edb: str, logs: str
) -> Iterator[tuple[str, float | None]]:
    yield (
        f"New-MailboxDatabase -Recovery -Name {_q(name)} -Server {facts.server.name}"
        f" -EdbFilePath {_q(edb)} -LogFolderPath {_q(logs)}",
        _NEW_DATABASE,
    )
    yield f"Mount-Database {_q(name)}", _VISIBLE + _MOUNT


def _let_go(name: str) -> Iterator[tuple[str, float | None]]:
    yield f"Dismount-Database {_q(name)} -Confirm:$false", _DISMOUNT
    yield f"Remove-MailboxDatabase {_q(name)} -Confirm:$false", _REMOVE


def _q(text: str) -> str:
    """Quoted for a reader where it needs to be."""
    plain = all(c.isalnum() or c in "-_.:\\*" for c in text)
    return text if plain and text else f'"{text}"'
