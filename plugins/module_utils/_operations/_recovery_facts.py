# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Gathering the facts of a recovery: read-only, each question asked once.

A finished recovery is recognised by four calls; everything else is asked only for one that is not.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection
from dataclasses import dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
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
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    eseutil,
    folders,
    log_source,
    placing,
    recovery_folders,
    run_sign,
    share,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    log_stream,
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import Signature
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    FOLDERS,
    RecoveryLayout,
    default_root,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._model.merge_direction import AUTO
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _adoption,
    _alternate_facts,
    _databases,
    _recovery_stage,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._alternate_facts import (
    Limits,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Adopt,
    EdbFile,
    Facts,
    MergeSource,
    Names,
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
        names=_names(context, failed, dial_tone_database, None),
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
    facts = _place(context, facts, dial_tone_database)
    facts = _stage(context, _final(context, _by_hand(context, facts)))
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
        names=_names(context, failed, successor.name, None),
        run_id=None,
        recovery_root_option=recovery_root,
        restore_folder=None,
        databases=[successor],
    )
    return _place(context, facts, successor.name).folders


def _is_here(context: OperationContext, server: Server) -> bool:
    return any(names.same_name(context.server, name) for name in (server.name, server.fqdn))


def _place(context: OperationContext, facts: Facts, wanted: str | None) -> Facts:
    """Names and places, from the dial tone database where there is one."""
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
    if facts.adopt.database is not None and _can_be_adopted(dial_tone, failed):
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
        names=_names(context, failed, name, run_id),
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
    told = facts.adopt.database is not None and _can_be_adopted(dial_tone, facts.failed)
    return dial_tone if told else None


def _can_be_adopted(dial_tone: Database | None, failed: Database) -> t.TypeGuard[Database]:
    """Whether a database that was named may be taken over: no recovery database, and nobody else's."""
    if dial_tone is None or dial_tone.recovery or dial_tone.guid == failed.guid:
        return False
    mark = Marker.parse(dial_tone.excluded_reason)
    return mark is None or mark.belongs_to(failed.name)


def _by_hand(context: OperationContext, facts: Facts) -> Facts:
    """What somebody has done by hand, when its names were given."""
    dial_tone, adopt = facts.dial_tone, facts.adopt
    if adopt.database is None:
        return replace(facts, look_alikes=_look_alikes(facts))
    mark = facts.marker
    if not _can_be_adopted(dial_tone, facts.failed) or (mark and mark.closed):
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


def _names(
    context: OperationContext, failed: Database, dial_tone: str | None, run_id: str | None
) -> Names:
    run = run_id or marker.new_run_id(context.now())
    return Names(
        run_id=run,
        dial_tone_database=dial_tone or names.dial_tone_name(failed.name),
        restored_recovery_database=names.restored_recovery_database(failed.name, run),
        merge_recovery_database=names.merge_recovery_database(failed.name, run),
        batch=restore_requests.batch_name(failed.guid, run),
    )


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
    restored = None if in_use else _edb(context, found.file(facts.layout.restored_edb))
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
    facts = _failed_files(context, facts)
    return _restore_files(context, facts)


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


def _failed_files(context: OperationContext, facts: Facts) -> Facts:
    """The failed .edb and its surviving logs, preserved or still where they were."""
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
    file = _edb(context, edb)
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


def _restore_files(context: OperationContext, facts: Facts) -> Facts:
    if facts.restore_folder is None or not facts.before("restored"):
        return facts
    listing, facts = _look_into(context, facts, facts.restore_folder)
    if listing is None:
        return facts
    edbs = [
        found
        for file in listing.files
        if file.name.lower().endswith(".edb") and (found := _edb(context, file))
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


def _edb(context: OperationContext, file: File | None) -> EdbFile | None:
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
