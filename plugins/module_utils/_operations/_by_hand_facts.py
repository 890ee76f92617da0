# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What somebody has done by hand before, as far as it was said or can be seen.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import mailboxes
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _databases,
    _place_facts,
    _recovery_stage,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
    MergeSource,
)


def look(context: OperationContext, facts: Facts) -> Facts:
    """The facts with what was done by hand when its names were given, else with what looks like it."""
    dial_tone, adopt = facts.dial_tone, facts.adopt
    if adopt.database is None:
        return replace(facts, look_alikes=_look_alikes(facts))
    mark = facts.marker
    if not _place_facts.can_be_adopted(dial_tone, facts.failed) or (mark and mark.closed):
        return facts
    if facts.folders is not None and _recovery_stage.merge_run(facts.folders):
        # Nothing of theirs is needed any more; a run that was killed may not have got that far.
        left = facts.database(adopt.recovery_database or "")
        if left is None or not left.recovery:
            return facts
        called = replace(facts.names, merge_recovery_database=left.name)
        source = MergeSource(left.edb_path, left.log_folder, left.name)
        return replace(facts, names=called, merge_source=source)
    logs = [adopt.preserved_folder] if adopt.preserved_folder else []
    found = _adoption.look(
        context, facts.failed, dial_tone, adopt.recovery_database, facts.layout, logs
    )
    homes = mailboxes.all_on_database(context, dial_tone.guid)
    facts = replace(facts, by_hand=found, rehomed_by_hand=len(homes))
    if found.is_swapped and facts.folders is not None and not facts.folders.edbs("swapped"):
        source = _merge_source(context, facts, found, logs)
        facts = replace(facts, merge_source=source)
        if source.name is not None:
            called = replace(facts.names, merge_recovery_database=source.name)
            facts = replace(facts, names=called)
    recovery = found.recovery_database
    if (
        found.position is _adoption.Position.DIAL_TONE
        and recovery is not None
        and facts.restore_folder is None
        and _databases.file_exists(context, recovery.edb_path)
    ):
        folder = paths.folder_of(recovery.edb_path)
        facts = replace(facts, restore_folder_by_hand=folder)
        if not recovery.mounted:  # otherwise it can't be read yet
            facts = replace(facts, restore_folder=folder)
    return facts


def _merge_source(
    context: OperationContext, facts: Facts, found: _adoption.ByHand, logs: list[str]
) -> MergeSource:
    """The dial tone files after a swap by hand: under the recovery database that was named, or the
    file that was."""
    recovery, layout = found.recovery_database, facts.layout
    if recovery is None and facts.adopt.dial_tone_file is not None:
        return MergeSource(facts.adopt.dial_tone_file, layout.swapped_rdb_logs)
    if recovery is None:
        return MergeSource(
            layout.swapped_edb,
            layout.swapped_rdb_logs,
            problem=f"{found.dial_tone.name} holds the restored file, and nobody knows where the dial"
            " tone file is",
        )
    problem = _adoption.doubt_of_source(context, facts.failed, found, layout, logs)
    return MergeSource(recovery.edb_path, recovery.log_folder, recovery.name, problem)


def _look_alikes(facts: Facts) -> list[Database]:
    """Databases of the server that somebody may have made by hand as the dial tone of this one."""
    if facts.is_ours or facts.marked:
        return []
    return [
        database
        for database in facts.databases
        if not database.recovery
        and database.guid != facts.failed.guid
        and Marker.parse(database.excluded_reason) is None
        and names.looks_like_dial_tone(
            database.name, facts.failed.name, database.excluded_reason or ""
        )
    ]
