# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Which logs are replayed into a restored .edb: those that survived, and those that came with it.

They must continue the file (pitfalls.md P20), and have no gap that anybody would notice too late: mail
that was accepted is lost with a log only when the user has agreed to that (accept_gap).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import log_source
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import (
    FailedFiles,
    detect_prefix,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.log_source import FolderLogs
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.restoration_plan import (
    Replay,
    Request,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import DatabaseHeader
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import Selection


@dataclass(frozen=True)
class Chosen:
    """The logs to replay. sizes: of the logs there are, by folder and by name without case.
    last_log_time: when the newest one that survived was begun; None when nothing is replayed."""

    selection: Selection
    sizes: Mapping[str, Mapping[str, int]]
    last_log_time: str | None

    def to_copy(self, target: str) -> dict[str, tuple[File, ...]]:
        """Those that are not in the target folder yet, by the folder they are in."""
        found: dict[str, tuple[File, ...]] = {}
        for log in self.selection.logs:
            if not paths.same(log.folder, target):
                size = self.sizes[log.folder].get(log.name.casefold(), 0)
                file = File(paths.join(log.folder, log.name), size)
                found[log.folder] = (*found.get(log.folder, ()), file)
        return found


def choose(
    context: OperationContext,
    request: Request,
    prefix: str,
    header: DatabaseHeader,
    surviving: FolderLogs,
    backup: Listing | None,
    collected: Listing | None,
) -> Chosen:
    """The logs for the file with this header. surviving: those of the failed database. backup: the
    restore folder. collected: the folder that the file is in already, None before.

    Raises PreconditionError when logs are missing that the file needs, or that hold mail.
    """
    surviving = _same_stream(context, request, surviving, header)
    beside = _backup_logs(context, backup, prefix, header)
    if _is_recovered(header, surviving, beside) or (
        request.by_hand and header.is_clean and not surviving.exists
    ):
        # Replayed already, by somebody else: logs of before would only clash with it.
        surviving = beside = log_source.NOTHING
    _refuse_older_current(context, request, prefix, surviving, beside)
    here = log_source.read(context, collected, prefix)
    begun = collected is not None and collected.find(log_stream.checkpoint_name(prefix)) is not None
    order = [here, surviving, beside] if begun else [surviving, beside, here]
    selection = _select(request, prefix, header, order, surviving, collected=collected is not None)
    if not header.is_clean or selection.logs:
        _refuse_gaps(context, request, prefix, selection, surviving)
    newest = surviving.newest if selection.logs else None
    sizes = {logs.source.folder: logs.sizes for logs in order}
    return Chosen(selection, sizes, newest.created if newest else None)


def has_logs(listing: Listing | None) -> bool:
    """Whether there is a log of any stream."""
    return detect_prefix(listing) is not None


def is_waiting(
    restored: Listing | None, failed: FailedFiles, header: DatabaseHeader, proof_due: bool
) -> bool:
    """Whether a clean .edb in restored\\ still waits for its logs: they are beside it, newer than
    it, and no replay and no test mount has touched them."""
    if restored is None or not proof_due:
        return False
    prefix = failed.prefix(restored)
    names = [file.name for file in restored.directly()]
    if any(name.casefold() == log_stream.checkpoint_name(prefix).casefold() for name in names):
        return False
    closed = [g for name in names if (g := log_stream.generation_of(prefix, name)) is not None]
    current = any(log_stream.is_current(prefix, name) for name in names)
    return current or max(closed, default=0) >= header.last_consistent > 0


def own_stream(
    context: OperationContext, found: RecoveryFolders, header: DatabaseHeader
) -> Replay | None:
    """The replay after a test mount that ended badly: then the .edb belongs to the logs of the
    recovery database, which lie in their own folder."""
    listing = found.folder(found.layout.restored_rdb_logs)
    prefix = detect_prefix(listing)
    if header.is_clean or prefix is None:
        return None
    own = log_source.read(context, listing, prefix)
    if own.signature is None or own.signature != header.log_signature:
        return None
    count = len(own.source.closed) + (own.source.current is not None)
    return Replay(prefix, own.source.folder, count, False)


def _same_stream(
    context: OperationContext, request: Request, logs: FolderLogs, header: DatabaseHeader
) -> FolderLogs:
    """The surviving logs, if they continue this .edb: signatures must be equal (pitfalls.md P20)."""
    if not logs.exists:
        context.warn(
            f"No logs of {request.failed.name} survived: mail since the backup can not be brought"
            " back."
        )
        return logs
    if logs.signature is None or logs.signature == header.log_signature:
        return logs
    if header.repair_count:  # a repair ends the log stream of a file
        context.warn(
            f"The logs in {logs.source.folder} don't fit the repaired file; mail that is only in them"
            " can not be brought back."
        )
        return log_source.NOTHING
    problem = (
        f"The logs in {logs.source.folder} are of another stream ({logs.signature}) than the"
        f" restored file ({header.log_signature}), so they can not be replayed into it"
    )
    if request.by_hand and header.is_clean:
        context.warn(
            f"The restored file was recovered and mounted by hand before. Nothing can tell whether the"
            f" logs in {logs.source.folder} were replayed into it first; the ledger of the merge, and"
            " a look at the newest old mail, can."
        )
        return log_source.NOTHING
    if not request.accept_gap:
        raise PreconditionError(
            f"{problem}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="OtherLogStream",
            remedy="Restore a newer backup, taken after the log stream was begun anew; or do"
            " without the mail since this backup with accept_gap: true.",
        )
    context.warn(f"{problem}; they are left out.")
    return log_source.NOTHING


def _is_recovered(header: DatabaseHeader, surviving: FolderLogs, beside: FolderLogs) -> bool:
    """Whether these logs are in the file already: it was consistent in a later generation of theirs,
    or in the last one, which lies beside it at least as long as it survived."""
    newest, last, other = surviving.source.newest, surviving.newest, beside.newest
    if not header.is_clean or newest is None or surviving.signature != header.log_signature:
        return False
    if header.last_consistent != newest:
        return header.last_consistent > newest
    ends = (last.end if last else None, other.end if other else None)
    return ends[0] is not None and ends[1] is not None and ends[1] >= ends[0]


def _backup_logs(
    context: OperationContext, backup: Listing | None, prefix: str, header: DatabaseHeader
) -> FolderLogs:
    """The logs that came with the backup; strange ones are left out."""
    logs = log_source.read(context, backup, prefix)
    if logs.exists and logs.signature != header.log_signature:
        context.warn(
            f"The logs in {logs.source.folder} are of another stream than the .edb there; they are"
            " left out."
        )
        return log_source.NOTHING
    return logs


def _select(
    request: Request,
    prefix: str,
    header: DatabaseHeader,
    order: Sequence[FolderLogs],
    surviving: FolderLogs,
    *,
    collected: bool,
) -> Selection:
    sources = [logs.source for logs in order if logs.exists]
    if header.is_clean:
        newest = surviving.source.newest or 0
        if collected or newest >= header.last_consistent:
            return log_stream.select(prefix, (header.last_consistent, 0), 0, sources)
        return Selection()
    if header.log_required == (0, 0):
        raise PreconditionError(
            f"The restored file is in the state {header.state} and names no logs, so that it can"
            " not be recovered.",
            object=f"database {request.failed.name}",
            operation="restore",
            remedy="Restore another backup.",
        )
    return log_stream.select(prefix, header.log_required, header.log_committed, sources)


def _refuse_gaps(
    context: OperationContext,
    request: Request,
    prefix: str,
    selection: Selection,
    surviving: FolderLogs,
) -> None:
    places = ", ".join(
        dict.fromkeys(f for f in (surviving.source.folder, request.restore_folder) if f)
    )
    if selection.needed_missing:
        raise PreconditionError(
            "Logs that the restored file needs are missing: generations"
            f" {log_stream.describe(selection.needed_missing, prefix)}; looked in {places}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="RequiredLogsMissing",
            remedy="Find these logs (in the backup, in a quarantine of the antivirus) and put them"
            " into the restore folder, or restore another backup.",
        )
    if not selection.is_lossy:
        return
    if selection.lost:
        what = (
            f"The logs have a gap: generations {log_stream.describe(selection.absent, prefix)} are"
            f" missing in {places}, so that the mail in {log_stream.describe([selection.lost])}"
            " would be lost"
        )
    else:
        after = selection.logs[-1].generation
        what = (
            f"{prefix}.log, the log that was being written (generation {after + 1}), is missing or"
            f" damaged in {places}, so that the mail in it would be lost"
        )
    if not request.accept_gap:
        raise PreconditionError(
            f"{what}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="LogGap",
            remedy="Find the missing logs and put them into the restore folder; or do without"
            " that mail with accept_gap: true.",
        )
    context.warn(f"{what}; accepted by accept_gap.")


def _refuse_older_current(
    context: OperationContext,
    request: Request,
    prefix: str,
    surviving: FolderLogs,
    backup: FolderLogs,
) -> None:
    """The backup holds a copy of the log that was being written at its time. Where the surviving one of
    this generation is lost, the copy would fill its place unseen, without the mail that came since."""
    newest, current = surviving.source.newest, backup.source.current
    if newest is None or surviving.source.current is not None or current != newest + 1:
        return
    what = (
        f"{prefix}.log, the log that was being written (generation {current}), is missing or damaged in"
        f" {surviving.source.folder}. The one in the backup is older, so that the mail since the"
        " backup would be lost"
    )
    if not request.accept_gap:
        raise PreconditionError(
            f"{what}.",
            object=f"database {request.failed.name}",
            operation="restore",
            code="LogGap",
            remedy=f"Find {prefix}.log (in a quarantine of the antivirus) and put it there; or do without"
            " that mail with accept_gap: true.",
            server=context.server,
        )
    context.warn(f"{what}; accepted by accept_gap.")
