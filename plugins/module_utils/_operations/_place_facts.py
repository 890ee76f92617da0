# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Where a recovery has its files, and what its objects are called: from the dial tone database where there is one.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    restore_requests,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import Server
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    folders,
    recovery_folders,
    run_sign,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    FOLDERS,
    RecoveryLayout,
    default_root,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _recovery_stage,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
    Names,
)


def place(context: OperationContext, facts: Facts, wanted: str | None) -> Facts:
    """The facts with names and places. wanted: the name of the dial tone database, None when it was not
    given: then that of the one there is."""
    failed = facts.failed
    if any(database.guid == failed.guid for database in facts.marked):
        wanted = failed.name  # in place
    name = wanted or (facts.marked[0].name if facts.marked else names.dial_tone_name(failed.name))
    new_in_place = names.same_name(name, failed.name) and not facts.marked
    dial_tone = None if new_in_place else facts.database(name)
    if dial_tone is None and not new_in_place:
        # The name must be free in the whole organisation, not only on this server.
        dial_tone = databases.find(context, name)
    there = volumes.read(context)
    facts = replace(facts, volumes=there)
    root = (
        facts.recovery_root_option
        or _root_of(failed, dial_tone, facts.server)
        or _default(context, facts, _made_by_hand(facts, dial_tone))
    )
    layout = _databases.layout_of(root, failed, name)
    layout = _databases.layout_with(layout, dial_tone)
    if facts.adopt.database is not None and can_be_adopted(dial_tone, failed):
        layout = _databases.adopting(layout, dial_tone)
    found = recovery_folders.read(context, layout)
    mark = Marker.parse(dial_tone.excluded_reason) if dial_tone else None
    known = mark.run_id if mark and mark.belongs_to(failed.name) else None
    run_id = known or _recovery_stage.merge_run(found) or run_sign.find(found, FOLDERS)
    return replace(
        facts,
        dial_tone=dial_tone,
        layout=layout,
        folders=found,
        run_id=run_id,
        names=object_names(context, failed, name, run_id),
    )


def _root_of(failed: Database, dial_tone: Database | None, server: Server) -> str | None:
    r"""The root of a recovery that has begun on this server: <root>\<failed>\dialtone\<name>.edb."""
    if dial_tone is None or not names.same_name(dial_tone.server, server.name):
        return None
    mark = Marker.parse(dial_tone.excluded_reason)
    base = paths.folder_of(paths.folder_of(dial_tone.edb_path))
    root = paths.folder_of(base)
    if (
        dial_tone.guid == failed.guid
        or not (mark and mark.belongs_to(failed.name))
        or mark.adopted
        or root.endswith("\\")
    ):
        return None
    layout = RecoveryLayout.of(root, failed.name, failed.edb_path, dial_tone.name)
    known = (
        layout.dialtone_edb,
        layout.restored_edb,  # after a swap by repoint
        layout.final_edb(dial_tone.name),
    )
    return root if any(paths.same(path, dial_tone.edb_path) for path in known) else None


def _default(context: OperationContext, facts: Facts, by_hand: Database | None = None) -> str:
    """On the failed .edb's volume, or on its drive letter when the volume is gone. On an alternate
    server on the data volume with the most room. On that of a dial tone database made by hand."""
    if facts.elsewhere and by_hand is None:
        # After a swap home no dial tone database tells any more where its files are.
        for volume in facts.volumes:
            layout = RecoveryLayout.of(
                default_root(volume.name), facts.failed.name, facts.failed.edb_path
            )
            if volume.name and folders.list_folder(context, layout.base) is not None:
                return layout.root
        roomiest = volumes.roomiest(facts.volumes)
        if roomiest is not None:
            return default_root(roomiest.name)
    edb_path = by_hand.edb_path if by_hand else facts.failed.edb_path
    name = paths.volume_of(edb_path, [volume.name for volume in facts.volumes])
    return default_root(name or edb_path[:3])


def _made_by_hand(facts: Facts, dial_tone: Database | None) -> Database | None:
    """The dial tone database when it is, or is to be, adopted."""
    mark = Marker.parse(dial_tone.excluded_reason) if dial_tone else None
    if mark is not None and mark.adopted and mark.belongs_to(facts.failed.name):
        return dial_tone
    told = facts.adopt.database is not None and can_be_adopted(dial_tone, facts.failed)
    return dial_tone if told else None


def can_be_adopted(dial_tone: Database | None, failed: Database) -> t.TypeGuard[Database]:
    """Whether a database that was named may be taken over: no recovery database, and nobody else's."""
    if dial_tone is None or dial_tone.recovery or dial_tone.guid == failed.guid:
        return False
    mark = Marker.parse(dial_tone.excluded_reason)
    return mark is None or mark.belongs_to(failed.name)


def object_names(
    context: OperationContext, failed: Database, dial_tone: str | None, run_id: str | None
) -> Names:
    """What the objects of the recovery are, or would be, called."""
    run = run_id or marker.new_run_id(context.now())
    return Names(
        run_id=run,
        dial_tone_database=dial_tone or names.dial_tone_name(failed.name),
        restored_recovery_database=names.restored_recovery_database(failed.name, run),
        merge_recovery_database=names.merge_recovery_database(failed.name, run),
        batch=restore_requests.batch_name(failed.guid, run),
    )
