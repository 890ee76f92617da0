# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move-DatabasePath: where a database's files are, with or without moving them (exchange.md sections 2, 9, 15.4)."""

from __future__ import annotations

import ntpath
from collections.abc import Iterator
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import database, machine, server
from exchange_lab.cmdlets._paths import check_places, check_users, same_path
from exchange_lab.cmdlets.database import mount_refusal
from exchange_lab.directory import DATABASE, DatabaseObject, View
from exchange_lab.files import FileError, FileSystem
from exchange_lab.store import StoreError

_LOG_SUFFIXES = (".log", ".chk", ".jrs")


@exchange_cmdlet
def move_database_path(call: Call) -> None:
    """Move-DatabasePath: moves the files, dismounting the database meanwhile; `-ConfigurationOnly` moves none."""
    only = call.flag("ConfigurationOnly")
    with call.organisation.lock:
        item = database(call.view(), str(call.text("Identity")))
        edb, logs = _target(call, item)
        _check(call, item, edb, logs)
    if same_path(edb, item.edb_file_path) and same_path(logs, item.log_folder_path):
        call.warn(_texts.NOTHING_MODIFIED.format(identity=item.name))
        return
    if not call.confirm(item.name, "Moving database path"):
        return
    question = _texts.CONFIGURATION_ONLY_QUESTION if only else _texts.MOVE_FILES_QUESTION
    if not call.ask(question.format(name=item.name)):
        return
    call.pause()
    with call.organisation.lock:
        _check(call, item, edb, logs)  # another session may have been faster
        mounted = call.organisation.find_mounted(item.guid) is not None
        if mounted:
            call.organisation.server(item.server).store.dismount(item.guid)
    try:
        if not only:
            _move_files(call, item, edb, logs)
        with call.organisation.lock:
            view = call.view()
            if view.get(DATABASE, item.guid) is None:
                raise NotFound(_texts.DATABASE_NOT_FOUND.format(identity=item.name))
            changes = {"edb_file_path": edb, "log_folder_path": logs}
            call.organisation.directory.write(view.domain_controller, DATABASE, item.guid, changes)
    finally:
        if mounted:
            _mount_again(call, item)


def _target(call: Call, item: DatabaseObject) -> tuple[str, str]:
    edb, logs = call.bound.get("EDBFilePath"), call.bound.get("LogFolderPath")
    if not edb and not logs:
        raise Refusal("ArgumentException", _texts.NO_NEW_PATH, "InvalidArgument")
    return edb or item.edb_file_path, logs or item.log_folder_path


def _check(call: Call, item: DatabaseObject, edb: str, logs: str) -> None:
    if item.copies:
        raise _refusal(_texts.REPLICATED_PATH.format(name=item.name))
    if item.recovery and call.switch("move_path_of_recovery_database") == "refuse":
        raise _refusal(_texts.RECOVERY_PATH.format(name=item.name))
    only = call.flag("ConfigurationOnly")
    view = call.view()
    host = server(view, item.server)
    if not only and call.server.lower() != host.name.lower():
        raise _refusal(_texts.MOVE_ELSEWHERE.format(name=item.name, server=host.name))
    if only and not call.organisation.server(host.name).alive:
        if call.switch("edb_path_of_another_database") == "refuse":
            check_users(view, host.name, edb, logs, own=item.guid)
        return  # its disks can't be asked
    fs = machine(call.organisation, host.name).fs
    taken = call.switch("edb_path_of_another_database")
    check_places(view, host.name, fs, edb, logs, own=item.guid, taken=taken)
    mounted = call.organisation.find_mounted(item.guid) is not None
    if only and mounted and call.switch("move_path_of_mounted_database") == "refuse":
        raise _refusal(_texts.MOUNTED_PATH.format(name=item.name))
    existing = "refuse" if not only else call.switch("move_path_to_existing_file")
    if existing == "refuse" and not same_path(edb, item.edb_file_path) and fs.is_file(edb):
        raise _refusal(_texts.EDB_FILE_EXISTS.format(path=edb, server=host.name))


def _refusal(text: str) -> Refusal:
    return Refusal("InvalidOperationException", text, "InvalidOperation")


def _move_files(call: Call, item: DatabaseObject, edb: str, logs: str) -> None:
    """Move what belongs to the database; where one file can't be moved, those before it go back."""
    fs: FileSystem = call.organisation.server(item.server).fs
    moved: list[tuple[str, str]] = []
    try:
        for folder in (ntpath.dirname(edb), logs):
            if not fs.is_dir(folder):
                fs.mkdir(folder)
        for source, target in list(_files(fs, item, edb, logs)):
            if same_path(source, target):
                continue
            if fs.volume_of(source) is not fs.volume_of(target):
                call.pause("copy across volumes", fs.size(source))
            _move(fs, source, target)
            moved.append((target, source))
    except FileError as failed:
        for source, target in reversed(moved):
            _move(fs, source, target)
        raise Refusal("IOException", f"{failed.path}: {failed.text}", "WriteError") from None


def _files(fs: FileSystem, item: DatabaseObject, edb: str, logs: str) -> Iterator[tuple[str, str]]:
    for suffix in (".edb", ".jfm"):
        source = ntpath.splitext(item.edb_file_path)[0] + suffix
        if fs.is_file(source):
            yield source, ntpath.splitext(edb)[0] + suffix
    if not fs.is_dir(item.log_folder_path):
        return
    for entry in fs.listdir(item.log_folder_path):
        name = entry.name.lower()
        if name.startswith(item.log_file_prefix.lower()) and name.endswith(_LOG_SUFFIXES):
            yield f"{item.log_folder_path}\\{entry.name}", f"{logs}\\{entry.name}"


def _move(fs: FileSystem, source: str, target: str) -> None:
    if fs.volume_of(source) is fs.volume_of(target):
        fs.rename(source, target)
    else:
        fs.copy(source, target)
        fs.delete(source)


def _mount_again(call: Call, item: DatabaseObject) -> None:
    call.pause("Mount-Database")
    with call.organisation.lock:
        view: View = call.view()
        current: Any = view.get(DATABASE, item.guid) or item
        try:
            call.organisation.server(item.server).store.mount(current, view=view)
        except StoreError as refused:
            raise mount_refusal(call, item, refused) from None
