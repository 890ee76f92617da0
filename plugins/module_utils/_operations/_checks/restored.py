# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the restored files: the right database, with all the logs it needs.

Before the dial tone is up these only warn: the users come first, and the backup software may still be
writing. Afterwards they stop, since the restore is what comes next; unless the run itself is to wait
for the files, or to fetch them.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    direction,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    STOP,
    WARN,
    Check,
    ok,
    stop,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    EdbFile,
    Facts,
)


def folder(facts: Facts) -> Check | None:
    """The restore folder is a place of its own and holds a database file."""
    if facts.restore_folder is None or not facts.before("restored"):
        return None
    need = "a folder of its own with the restored .edb"
    where = facts.restore_folder
    own = (
        (paths.folder_of(facts.failed.edb_path), "the failed database's own folder"),
        (facts.failed.log_folder, "the failed database's log folder"),
    )
    for place, what in (
        *(() if facts.elsewhere else own),
        (facts.layout.base, "the folder of this recovery"),
    ):
        if paths.is_inside(where, place) or paths.is_inside(place, where):
            return stop(
                "restore_folder",
                f"{where} is {what}, or shares it",
                need,
                "Restore the backup to another folder; a restore to the original place would"
                " overwrite what survived.",
            )
    if paths.is_share(where) and facts.restored_file is not None:
        return ok("restore_folder", f"{where} was fetched and collected", need)
    if facts.share_problem:
        return _trouble(
            facts,
            facts.share_problem,
            need,
            "Check the share, its grants and dialtone_share_access; or copy the files to a folder of"
            f" {facts.server.name}.",
        )
    if facts.share_reader:
        return ok("restore_folder", f"{where}, which {facts.share_reader} is to read", need)
    if facts.restore is None:
        return _trouble(
            facts,
            f"{where} does not exist on {facts.server.name}",
            need,
            "Restore the backup into it, or correct restore_folder.",
        )
    if not facts.restore_files:
        return _trouble(
            facts,
            f"{where} holds no .edb file, only {facts.restore.describe(5)}",
            need,
            "Restore the database's .edb and logs into it, or correct restore_folder.",
        )
    if len(facts.restore_files) > 1:
        return Check(
            "restore_folder",
            WARN,
            f"{where} holds several .edb files: {some(sorted(file.path for file in facts.restore_files))}",
            need,
            "Give edb_name (in the playbooks dialtone_restore_edb_name).",
        )
    return ok("restore_folder", facts.restore_files[0].path, need)


def database(facts: Facts) -> Check | None:
    """The restored file is of the failed database: their signatures are equal."""
    file = _only(facts)
    if file is None:
        return None
    need = f"a file of {facts.failed.name}"
    if file.header is None:
        return _trouble(
            facts,
            f"{file.path} can't be read: {file.problem}",
            need,
            "Wait until the backup software has finished, or restore again.",
            name="restored_database",
        )
    wanted = facts.failed_signature
    if wanted and file.header.repair_count and wanted != file.header.signature:
        have = f"{file.path}; the repair gave it a new signature, so only its mailboxes can tell"
        return ok("restored_database", have, need)
    if wanted and file.header.signature:
        if wanted != file.header.signature:
            return _trouble(
                facts,
                f"{file.path} is of another database: its signature is {file.header.signature},"
                f" that of {facts.failed.name} is {wanted}",
                need,
                f"Restore the backup of {facts.failed.name}.",
                name="restored_database",
            )
        return ok("restored_database", "signature of the failed database", need)
    stream, its = facts.failed_log_signature, file.header.log_signature
    if stream and its and stream != its and not file.header.repair_count:
        return _trouble(
            facts,
            f"{file.path} has the log signature {its}, the logs that survived have {stream}",
            need,
            f"Restore the newest backup of {facts.failed.name}; the surviving logs can't be replayed"
            " into this file.",
            name="restored_database",
        )
    return ok("restored_database", f"{file.path}; the failed file can't be compared", need)


def repaired(facts: Facts) -> Check | None:
    """A file that eseutil /p has been at lacks what was damaged (exchange.md 5.6)."""
    file = _only(facts)
    if file is None or file.header is None:
        return None
    need = "a file that was never repaired"
    if file.header.repair_count and direction.is_reverse(facts):
        return ok("repaired", f"{file.path} was repaired, and is only read from", need)
    if file.header.repair_count:
        stay = (
            "let the users stay on the alternate server (playbook stay_on_alternate), which merges"
            " such a file into the dial tone database"
            if facts.comes_home
            else "merge it into the dial tone database (dialtone_merge_direction: auto)"
        )
        return _trouble(
            facts,
            f"{file.path} was repaired {file.header.repair_count} times (eseutil /p)",
            need,
            f"Restore a backup that was never repaired; or {stay}; or take this file nevertheless"
            " with override: [repaired] (dialtone_override in the playbooks), and move its mailboxes"
            " to another database afterwards.",
            name="repaired",
        )
    return ok("repaired", "never repaired", need)


def logs(facts: Facts) -> Check | None:
    """Every generation the restored file needs is in its folder, or among the surviving logs."""
    file = _only(facts)
    if file is None or file.header is None or facts.restore is None:
        return None
    need = "every log the restored file requires"
    if file.header.is_clean:
        return ok("restored_logs", "clean shutdown, no log is required", need)
    first, last = file.header.log_required
    prefix = facts.failed.log_prefix or log_stream.DEFAULT_PREFIX
    gaps = log_stream.gaps(facts.restore_logs | facts.failed_logs, first, last)
    if gaps:
        return _trouble(
            facts,
            f"{file.path} requires generations {first} to {last}; missing:"
            f" {log_stream.describe(gaps, prefix)}",
            need,
            "Restore these logs from the backup into the restore folder.",
            name="restored_logs",
        )
    return ok("restored_logs", f"generations {first} to {last} are there", need)


def _only(facts: Facts) -> EdbFile | None:
    if facts.restore_folder is None or not facts.before("restored"):
        return None
    return facts.restore_files[0] if len(facts.restore_files) == 1 else None


def _trouble(
    facts: Facts, have: str, need: str, remedy: str, *, name: str = "restore_folder"
) -> Check:
    early = facts.before("dial_tone") or facts.restore_pending
    return Check(name, WARN if early else STOP, have, need, remedy)


ALL = (folder, database, repaired, logs)
