# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The files of a recovery that is not finished: the failed ones, and those in the restore folder.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    folders,
    log_source,
    share,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import Signature
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    EdbFile,
    Facts,
)


def failed_files(context: OperationContext, facts: Facts) -> Facts:
    """The facts with the failed .edb and its surviving logs, preserved or still where they were."""
    found, layout, failed = facts.folders, facts.layout, facts.failed
    in_place = _databases.is_open_in_place(failed)
    if found is None or (failed.mounted and not in_place):
        return facts
    if facts.elsewhere:  # the same paths hold other files here
        return facts
    edb = found.file(layout.preserved_edb)
    logs = found.folder(layout.preserved_logs)
    if edb is None and not in_place:
        where = folders.list_folder(context, paths.folder_of(failed.edb_path))
        edb = where.find(paths.name_of(failed.edb_path)) if where else None
    if (logs is None or not logs.files) and not in_place:
        logs = folders.list_folder(context, failed.log_folder)
    by_hand = facts.adopt.preserved_folder
    if by_hand is not None and (edb is None or logs is None or not logs.files):
        where = folders.list_folder(context, by_hand)
        if edb is None and where is not None:
            edb = where.find(paths.name_of(failed.edb_path))
        logs = logs if logs is not None and logs.files else where
    file = read_edb(context, edb)
    survived = _logs(context, failed, logs)
    header = file.header if file else None
    return replace(
        facts,
        failed_file=file,
        failed_logs=survived.generations,
        failed_logs_bytes=survived.size,
        failed_signature=(header.signature if header else None) or survived.database_signature,
        failed_log_signature=survived.signature,
    )


def restore_files(context: OperationContext, facts: Facts) -> Facts:
    """The facts with what lies in the restore folder, as long as it is needed."""
    if facts.restore_folder is None or not facts.before("restored"):
        return facts
    listing, facts = _look_into(context, facts, facts.restore_folder)
    if listing is None:
        return facts
    edbs = [
        found
        for file in listing.files
        if file.name.lower().endswith(".edb") and (found := read_edb(context, file))
    ]
    generations: set[int] = set()
    for folder in {paths.folder_of(file.path) for file in listing.files}:
        below = listing.below(folder)
        generations |= _logs(context, facts.failed, below).generations
    return replace(facts, restore=listing, restore_files=edbs, restore_logs=frozenset(generations))


def _look_into(
    context: OperationContext, facts: Facts, folder: str
) -> tuple[Listing | None, Facts]:
    """What is in the restore folder, and what the facts are of a share that this session can't see."""
    if not paths.is_share(folder):
        return folders.list_tree(context, folder), facts
    fetched = folders.list_tree(context, share.target_of(facts.layout, folder))
    if fetched is not None:
        return fetched, facts
    if facts.share_access == "computer":
        return None, replace(facts, share_reader=share.computer(context))
    try:
        seen = share.look(context, folder)
    except PreconditionError as error:
        return None, replace(facts, share_problem=error.message)
    if seen.is_denied and facts.share_access == "auto":
        return None, replace(facts, share_reader=share.computer(context))
    if seen.is_denied:
        return None, replace(facts, share_problem=f"{folder} does not let the session's account in")
    return seen.listing, facts


def read_edb(context: OperationContext, file: File | None) -> EdbFile | None:
    """A database file with its header, or with why that can't be read."""
    if file is None:
        return None
    try:
        return EdbFile(file.path, file.size, eseutil.header(context, file.path))
    except ProgramError as error:
        return EdbFile(file.path, file.size, problem=error.message)


@dataclass(frozen=True)
class _Logs:
    """A log folder: generations, bytes, and the signatures of its stream and of its database."""

    generations: frozenset[int] = frozenset()
    size: int = 0
    signature: Signature | None = None
    database_signature: Signature | None = None


def _logs(context: OperationContext, failed: Database, listing: Listing | None) -> _Logs:
    if listing is None:
        return _Logs()
    prefix = failed.log_prefix or log_stream.DEFAULT_PREFIX
    logs = log_source.read(context, listing, prefix)
    current = [] if logs.source.current is None else [logs.source.current]
    return _Logs(
        generations=frozenset([*logs.source.closed, *current]),
        size=folders.total(
            file for file in listing.directly() if log_stream.belongs_to_stream(prefix, file.name)
        ),
        signature=logs.signature,
        database_signature=logs.database_signature(paths.name_of(failed.edb_path)),
    )
