# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""wbadmin_restore: a failed database's files out of a Windows Server Backup.

wbadmin restores to <restore_folder>\wbadmin-incoming, which gets its final name wbadmin-<version>
only when wbadmin has succeeded and the header of the .edb can be read. So that name means "complete",
and what an interrupted run leaves is restored anew.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    copy,
    eseutil,
    folders,
    rename,
    wbadmin,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases

ARGUMENT_SPEC: dict[str, t.Any] = {
    "failed_database": {"type": "str", "required": True},
    "restore_folder": {"type": "str", "required": True},
    "version": {"type": "str", "required": True},
    "backup_target": {"type": "str"},
    "machine": {"type": "str"},
}

_INCOMING = "wbadmin-incoming"
# Neither blanks nor quotes nor commas: the words of a wbadmin option.
_PLAIN = re.compile(r"[^\s\",]+")


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The operation. Raises ExchangeError."""
    folder = paths.check_folder(args["restore_folder"], "restore_folder")
    where = {key: _word(args, key) for key in ("backup_target", "machine")}
    version = str(args["version"]).strip()
    failed = _databases.failed_database(context, args["failed_database"])
    items = _items(failed)
    if any("," in item for item in items):
        raise PreconditionError(
            f"wbadmin can't be told of folders with a comma: {', '.join(items)}.",
            object=f"database {failed.name}",
            operation="restore",
            remedy="Restore the files in the console of Windows Server Backup.",
        )
    _refuse_original(context, failed, folder)
    known = wbadmin.versions(context, where["backup_target"], where["machine"])
    final = paths.join(folder, f"wbadmin-{re.sub(r'[^0-9]+', '-', version)}")
    tree = folders.list_tree(context, folder)
    done = tree.below(final) if tree else None
    changed = done is None
    if changed:
        _require(known, version)
    if changed and not context.check:
        incoming = paths.join(folder, _INCOMING)
        if tree is None or tree.below(incoming) is None:
            rename.make_folder(context, incoming)
        wbadmin.recover_files(context, version, items, incoming, **where)
        _complete(context, failed, folders.list_tree(context, incoming), incoming)
        rename.rename(context, incoming, paths.name_of(final))
        done = folders.list_tree(context, final)
    edb = _edb(failed, done) if done else None
    return {
        "changed": changed,
        "diff": {
            "before": "" if changed else f"{final}\n",
            "after": f"{final}\n",
        },
        "versions": known,
        "version": version,
        "restore_folder": paths.folder_of(edb.path) if edb else _expected(failed, final),
        "edb_path": edb.path if edb else None,
    }


def _word(args: dict[str, t.Any], option: str) -> str | None:
    value = str(args.get(option) or "").strip()
    if value and not _PLAIN.fullmatch(value):
        raise InputError(
            f"{option}: {value!r} has blanks, quotes or commas.",
            object=option,
            remedy="Give it as wbadmin wants it, such as E: or MBX1.",
        )
    return value or None


def _items(failed: Database) -> list[str]:
    """The folders of the .edb and of the logs, each once."""
    edb_folder = paths.folder_of(paths.check_file(failed.edb_path, "EdbFilePath"))
    log_folder = paths.check_folder(failed.log_folder, "LogFolderPath")
    return [edb_folder] if paths.same(edb_folder, log_folder) else [edb_folder, log_folder]


def _refuse_original(context: OperationContext, failed: Database, folder: str) -> None:
    if not _databases.is_server(context.server, failed.server):
        return
    for item in _items(failed):
        if paths.is_inside(folder, item) or paths.is_inside(item, folder):
            raise InputError(
                f"restore_folder: {folder} shares the failed database's own folder {item}.",
                object="restore_folder",
                remedy="Give a folder of its own; what survived must not be overwritten.",
            )


def _require(known: list[str], version: str) -> None:
    there = ", ".join(known[-10:]) or "none"
    if not wbadmin.VERSION.fullmatch(version):
        raise InputError(
            f"version: {version!r} is not a version identifier of wbadmin.",
            object="version",
            remedy="Give it as wbadmin writes it, MM/DD/YYYY-HH:MM in UTC (dialtone_wbadmin_version);"
            f" there are: {there}.",
        )
    if version not in known:
        raise PreconditionError(
            f"Windows Server Backup has no version {version}; there are: {there}.",
            object="version",
            operation="find the backup",
            remedy="Give one of these, or the backup_target and the machine of the backup.",
        )


def _complete(
    context: OperationContext, failed: Database, listing: Listing | None, incoming: str
) -> None:
    """Check what wbadmin has brought, and bring logs that lay in a folder of their own to the .edb.

    Raises PreconditionError without an .edb, ProgramError when it can't be read.
    """
    edb = _edb(failed, listing) if listing else None
    if listing is None or edb is None:
        raise PreconditionError(
            f"{paths.name_of(failed.edb_path)} is not in what wbadmin restored to {incoming}"
            f" ({listing.describe(5) if listing else 'nothing'}).",
            object=f"database {failed.name}",
            operation="restore",
            remedy="Choose a version that was taken when the database was at its present path.",
            server=context.server,
        )
    eseutil.header(context, edb.path)
    home = paths.folder_of(edb.path)
    prefix = failed.log_prefix or log_stream.DEFAULT_PREFIX
    beside: dict[str, list[File]] = {}
    for file in listing.files:
        is_log = log_stream.is_current(prefix, file.name) or (
            log_stream.generation_of(prefix, file.name) is not None
        )
        if is_log and not paths.same(paths.folder_of(file.path), home):
            beside.setdefault(paths.folder_of(file.path), []).append(file)
    for folder, logs in beside.items():
        copy.copy(context, folder, home, logs, f"{len(logs)} logs")


def _edb(failed: Database, listing: Listing) -> File | None:
    wanted = paths.name_of(failed.edb_path).casefold()
    return next((file for file in listing.files if file.name.casefold() == wanted), None)


def _expected(failed: Database, final: str) -> str:
    """Where the .edb will be: wbadmin makes the folder itself below its target."""
    return paths.join(final, paths.name_of(paths.folder_of(failed.edb_path)))
