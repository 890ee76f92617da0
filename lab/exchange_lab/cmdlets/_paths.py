# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of databases: what the parameter types take, and which paths are already in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.directory import DATABASE, DatabaseObject, View
from exchange_lab.files import FileError, FileSystem
from exchange_lab.runspace.conversion import ConversionError, Converter
from exchange_lab.runspace.values import PSObj, text_of

_LOCAL = re.compile(r"^[A-Za-z]:\\(?!\\)")
_FORBIDDEN = re.compile(r'[<>"|?*/\x00-\x1f]|\\\\|(?<!^.):')
_MAX_PATH = 260
_GUID = re.compile(r"^[{(]?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[)}]?$", re.IGNORECASE)


def register_types(converter: Converter, switches: Mapping[str, Any]) -> None:
    """Teach the converter the path types and the target of restore requests (exchange.md 6.1, 8.2)."""

    def register(name: str, convert: Callable[[Any], Any]) -> None:
        def run(value: Any) -> Any:
            try:
                return convert(value)
            except ConversionError as refused:
                reworded = switches["unconfirmed_texts"] == "reworded"
                reason = _texts.worded(refused.reason, reworded)
                raise ConversionError(reason, whole=refused.whole) from None

        converter.register(name, run)

    register("EdbFilePath", edb_file_path)
    register("NonRootLocalLongFullPath", folder_path)
    register(
        "MailboxLocationIdParameter",
        lambda value: _location(value, switches["target_mailbox_guid_only"]),
    )


def edb_file_path(value: Any) -> str:
    """A full local path of a file with the extension .edb."""
    path = _local(value)
    if not path.rpartition("\\")[2].lower().removesuffix(".edb") or not path.lower().endswith(
        ".edb"
    ):
        raise ConversionError(_texts.NOT_EDB.format(path=path))
    return path


def folder_path(value: Any) -> str:
    """A full local path of a folder that isn't a root."""
    path = _local(value)
    if not path[3:].strip("\\ "):
        raise ConversionError(_texts.ROOT_PATH.format(path=path))
    return path.rstrip("\\")


def same_path(one: str, other: str) -> bool:
    """Whether two Windows paths name the same place."""
    return one.rstrip("\\").lower() == other.rstrip("\\").lower()


def user_of_file(view: View, server: str, path: str) -> DatabaseObject | None:
    """The database of this server whose .edb path this is."""
    return next((d for d in databases_on(view, server) if same_path(d.edb_file_path, path)), None)


def user_of_logs(view: View, server: str, path: str) -> DatabaseObject | None:
    """The database of this server whose log folder this is."""
    return next((d for d in databases_on(view, server) if same_path(d.log_folder_path, path)), None)


def check_places(
    view: View,
    server: str,
    fs: FileSystem,
    edb: str,
    logs: str,
    own: str | None = None,
    taken: str = "refuse",
) -> None:
    """Refuse paths that another database uses (`own`: this one's GUID), or of volumes that don't exist.

    taken: "accept" when nobody looks whether another database uses the paths (15.2).
    """
    if taken == "refuse":
        check_users(view, server, edb, logs, own)
    for path in (edb, logs):
        try:
            fs.volume_of(path)
        except FileError:
            raise Refusal(
                "ArgumentException",
                _texts.NO_SUCH_VOLUME.format(path=path, server=server),
                "InvalidArgument",
            ) from None


def check_users(view: View, server: str, edb: str, logs: str, own: str | None = None) -> None:
    """Refuse paths that another database of this server uses."""
    for taken, path, text in (
        (user_of_file(view, server, edb), edb, _texts.EDB_PATH_TAKEN),
        (user_of_logs(view, server, logs), logs, _texts.LOG_PATH_TAKEN),
    ):
        if taken is not None and taken.guid != own:
            raise Refusal(
                "InvalidOperationException",
                text.format(path=path, other=taken.name),
                "InvalidOperation",
            )


def databases_on(view: View, server: str) -> list[DatabaseObject]:
    """The databases with files on a server: those with a passive copy there, too."""
    return [d for d in view.all(DATABASE) if server.lower() in (s.lower() for s in d.servers)]


def _local(value: Any) -> str:
    path = text_of(value)
    segments = path[3:].rstrip("\\").split("\\")
    if (
        not _LOCAL.match(path)
        or _FORBIDDEN.search(path)
        or any(part in (".", "..") or part != part.strip() for part in segments)
    ):
        raise ConversionError(_texts.NOT_LOCAL_PATH.format(path=path))
    if len(path) >= _MAX_PATH:
        raise ConversionError(_texts.PATH_TOO_LONG)
    return path


def _location(value: Any, guid_only: bool) -> str:
    """A mailbox object isn't taken (it fails on Exchange 2019 too), an id is."""
    if isinstance(value, PSObj):
        raise ConversionError(
            f'Cannot convert the "{value}" value of type "{value.types[0]}" to type '
            '"Microsoft.Exchange.Configuration.Tasks.MailboxLocationIdParameter".',
            whole=True,
        )
    text = text_of(value)
    if guid_only and not _GUID.match(text):
        raise ConversionError(_texts.TARGET_NOT_GUID.format(value=text), whole=True)
    return text
