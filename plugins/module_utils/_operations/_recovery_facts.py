# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Gathering the facts of a recovery: read-only, each question asked once.

A finished recovery is recognised by four calls; everything else is asked only for one that is not.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    access,
    copies,
    databases,
    mailboxes,
    moves,
    restore_requests,
    rights,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import Server
from ansible_collections.dialtone.exchange.plugins.module_utils._files import placing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    RecoveryLayout,
    default_root,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.merge_direction import AUTO
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _alternate_facts,
    _by_hand_facts,
    _databases,
    _file_facts,
    _place_facts,
    _recovery_stage,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._alternate_facts import (
    Limits,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Adopt,
    Facts,
)

NOTHING_TO_ADOPT = Adopt()


def gather(
    context: OperationContext,
    failed: Database,
    original: Server,
    server: Server,
    *,
    recovery_root: str | None,
    restore_folder: str | None,
    share_access: str = "auto",
    final_database: str | None = None,
    dial_tone_database: str | None,
    limits: Limits | None = None,
    method: str | None = None,
    swap_method: str | None = None,
    merge_direction: str = AUTO,
    override: Collection[str] = (),
    adopt: Adopt = NOTHING_TO_ADOPT,
) -> Facts:
    """Everything about this recovery. failed: as found; original: its server. server: where the
    recovery works. method, swap_method, merge_direction, override: as asked for. Raises the ExchangeError family."""
    there = databases.on_server(context, server.name, status=True)
    if names.same_name(server.name, original.name):
        failed = next((database for database in there if database.guid == failed.guid), failed)
    else:
        failed = databases.get(context, failed.guid, status=True)
    marked = [
        database
        for database in there
        if (mark := Marker.parse(database.excluded_reason)) and mark.belongs_to(failed.name)
    ]
    # Closed and down: what a recovery has put into production has failed itself.
    again = (
        _databases.is_in_place(failed)
        and not _databases.is_open_in_place(failed)
        and not failed.mounted
    )
    facts = Facts(
        failed=failed,
        original=original,
        server=server,
        session_server=context.server,
        layout=RecoveryLayout.of(default_root(failed.edb_path[:3]), failed.name, failed.edb_path),
        names=_place_facts.object_names(context, failed, dial_tone_database, None),
        run_id=None,
        recovery_root_option=recovery_root,
        limits=limits or Limits(),
        restore_folder=restore_folder,
        share_access=share_access,
        final_name=final_database,
        databases=there,
        marked=[] if again else marked,
        method=method,
        swap_method=swap_method,
        merge_direction=merge_direction,
        override=override,
        again=again,
        adopt=adopt,
    )
    if not _is_here(context, server):
        return facts
    if adopt.database is not None:
        dial_tone_database = adopt.database
    if method == "in_place" and not facts.marked:
        dial_tone_database = failed.name
    facts = _place_facts.place(context, facts, dial_tone_database)
    facts = _stage(context, _final(context, _by_hand_facts.look(context, facts)))
    return facts if facts.stage == "closed" else _rest(context, facts)


def folders_of_retired(
    context: OperationContext, name: str, successor: Database, recovery_root: str | None
) -> RecoveryFolders | None:
    """What a recovery has left that is over, and whose failed database's object is gone. name: of
    that database. successor: what is in production for it. None from another server."""
    server = servers.get(context, successor.server)
    if not _is_here(context, server):
        return None
    failed = replace(successor, guid="", name=name)
    facts = Facts(
        failed=failed,
        original=server,
        server=server,
        session_server=context.server,
        layout=_databases.layout_of(default_root(failed.edb_path[:3]), failed, successor.name),
        names=_place_facts.object_names(context, failed, successor.name, None),
        run_id=None,
        recovery_root_option=recovery_root,
        restore_folder=None,
        databases=[successor],
    )
    return _place_facts.place(context, facts, successor.name).folders


def _is_here(context: OperationContext, server: Server) -> bool:
    return any(names.same_name(context.server, name) for name in (server.name, server.fqdn))


def _final(context: OperationContext, facts: Facts) -> Facts:
    """With the database that is to take the restored file over. One that is there already tells by
    its path, so that a later run need not be told its name."""
    place = facts.layout.final
    there = [d for d in facts.databases if paths.same(paths.folder_of(d.edb_path), place)]
    found = there[0] if there else None
    name = facts.final_name or (found.name if found else None)
    if name is None:
        return facts
    taken = not names.same_name(name, found.name) if found else bool(databases.find(context, name))
    return replace(facts, final_name=name, final=found, final_taken=taken)


def _stage(context: OperationContext, facts: Facts) -> Facts:
    found = facts.folders
    if found is None:
        return facts
    if facts.again:
        return replace(facts, run_id=None)
    if _databases.is_in_place(facts.failed) and not _databases.is_open_in_place(facts.failed):
        return replace(facts, stage="closed")  # wherever its files are by now
    requests = restore_requests.in_batch(context, facts.names.batch) if facts.run_id else []
    in_use = _swap_places.is_repointed(facts.layout, facts.dial_tone)
    restored = (
        None if in_use else _file_facts.read_edb(context, found.file(facts.layout.restored_edb))
    )
    half = facts.dial_tone is not None and not facts.dial_tone.created
    stage = _recovery_stage.derive(
        _recovery_stage.Signs(
            dial_tone=facts.dial_tone if facts.is_ours and not half else None,
            folders=found,
            restored_clean=bool(restored and restored.header and restored.header.is_clean),
            restored_database=facts.database(facts.names.restored_recovery_database),
            merge_database=facts.database(facts.names.merge_recovery_database),
            requests=len(requests),
            elsewhere=facts.elsewhere,
            by_hand=facts.by_hand.position if facts.by_hand else None,
            in_place=(facts.comes_home or facts.final is not None)
            and placing.is_in_place(
                context, _databases.files_of(facts.final or facts.failed), facts.layout, found
            ),
        )
    )
    return replace(facts, stage=stage, requests=requests, restored_file=restored)


def _rest(context: OperationContext, facts: Facts) -> Facts:
    failed, server = facts.failed, facts.server
    context.progress(f"looking at {server.name}")
    facts = replace(
        facts,
        copies=copies.of_database(context, failed.guid),
        services=servers.service_health(context, server.name),
        components=servers.component_states(context, server.name),
        moves=moves.touching(context, failed.guid),
        mailboxes=mailboxes.all_on_database(context, failed.guid),
        archive_owners=mailboxes.with_archive_on(context, failed.name, failed.distinguished_name),
        others=_others(context, facts),
        missing_commands=access.missing_commands(context, rights.ESSENTIAL),
        shell_limit=_shell_limit(context),
    )
    if facts.elsewhere and facts.before("restored"):
        alternate = _alternate_facts.look(
            context, facts.original, server, facts.databases, failed, facts.limits
        )
        facts = replace(facts, alternate=alternate)
    facts = _file_facts.failed_files(context, facts)
    return _file_facts.restore_files(context, facts)


def _others(context: OperationContext, facts: Facts) -> list[restore_requests.RestoreRequest]:
    homes = [facts.failed.guid]
    if facts.dial_tone is not None and facts.is_ours and not facts.layout.in_place:
        homes.append(facts.dial_tone.guid)
    own = {request.guid for request in facts.requests}
    found = [request for home in homes for request in restore_requests.touching(context, home)]
    return [request for request in found if request.guid not in own]


def _shell_limit(context: OperationContext) -> str | None:
    result = context.transport.run("whoami", [])
    account = result.stdout.strip()
    if result.exit_code or "\\" not in account:
        return None
    return access.shell_limit(context, account)
