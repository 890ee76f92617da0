# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Paths on a Windows server: local, absolute, not a root.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names

# MAX_PATH is 260 with the closing zero; folders must leave room for a short file name.
_LONGEST_FILE = 259
_LONGEST_FOLDER = 240
_DRIVE = re.compile(r"[A-Za-z]:\\")
_ILLEGAL = re.compile(r'[<>:"/|?*\x00-\x1f\x7f]')


def check_folder(path: str, what: str) -> str:
    """The path without a closing backslash, if it is a local, absolute folder that is no root.

    what: the option it came from, for the message. Raises InputError, with the fix, for UNC and
    device paths, relative paths, roots, and everything Windows or cmd.exe would read differently.
    """
    return _check(path, what, "a folder on a local volume of the server", _LONGEST_FOLDER)


def check_source(path: str, what: str) -> str:
    r"""As check_folder(), but a folder of a file share (\\backup\exchange\DB01) is taken, too."""
    if not is_share(path):
        return _check(
            path,
            what,
            "a folder on a local volume of the server or on a file share",
            _LONGEST_FOLDER,
        )
    shown = f"{what}: {names.quoted(path)}"
    segments = path[2:].removesuffix("\\").split("\\")
    if len(segments) < 2:
        raise InputError(
            f"{shown} names a file server without a share.",
            object=what,
            remedy="Give it as \\\\server\\share\\folder.",
        )
    for segment in segments:
        _check_segment(segment, shown, what)
    _check_length(path, shown, what, _LONGEST_FOLDER)
    return path.removesuffix("\\")


def is_share(path: str) -> bool:
    r"""Whether it begins as a path of a file share does; device paths (\\?\, \\.\) do not."""
    return path.startswith("\\\\") and path[2:3] not in ("", "?", ".", "\\")


def check_file(path: str, what: str) -> str:
    """As check_folder(), for a file."""
    return _check(path, what, "a file on a local volume of the server", _LONGEST_FILE)


def check_file_name(name: str, what: str) -> str:
    """The name, if it is a plain file name without a folder. Raises InputError, with the fix."""
    if not name.strip():
        raise InputError(f"{what} is empty.", object=what, remedy="Give the name of the file.")
    if "\\" in name or "/" in name:
        raise InputError(
            f"{what}: {names.quoted(name)} contains a folder.",
            object=what,
            remedy="Give the name of the file only.",
        )
    _check_segment(name, f"{what}: {names.quoted(name)}", what)
    return name


def join(folder: str, *names: str) -> str:
    r"""folder\name\..., with one backslash between."""
    return "\\".join([folder.rstrip("\\"), *names])


def split(path: str) -> tuple[str, str]:
    r"""(folder, name); the folder of a file in a root keeps its backslash ("D:\")."""
    folder, _slash, name = path.rstrip("\\").rpartition("\\")
    return (f"{folder}\\" if folder.endswith(":") else folder), name


def folder_of(path: str) -> str:
    """The folder a file or folder lies in."""
    return split(path)[0]


def name_of(path: str) -> str:
    """The last part of a path."""
    return split(path)[1]


def stem_of(path: str) -> str:
    """The last part of a path, without its extension."""
    return name_of(path).rpartition(".")[0] or name_of(path)


def same(one: str, other: str) -> bool:
    """Whether two paths mean the same place; case and a closing backslash do not count."""
    return one.rstrip("\\").casefold() == other.rstrip("\\").casefold()


def is_inside(path: str, folder: str) -> bool:
    """Whether the path is the folder, or lies somewhere below it."""
    return f"{path.rstrip(chr(92))}\\".casefold().startswith(
        f"{folder.rstrip(chr(92))}\\".casefold()
    )


def volume_of(path: str, volume_names: list[str]) -> str | None:
    r"""The deepest of these volumes ("D:\", "D:\Mounts\V1\") that holds the path, or None.

    A mount point below a folder is another volume than the folder's (exchange.md 13.4).
    """
    return max((v for v in volume_names if v and is_inside(path, v)), key=len, default=None)


def _check(path: str, what: str, expected: str, longest: int) -> str:
    shown = f"{what}: {names.quoted(path)}"
    if not path.strip():
        raise InputError(f"{what} is empty.", object=what, remedy=f"Give {expected}.")
    if path.startswith(("\\\\", "//")):
        raise InputError(
            f"{shown} is a network or device path; Exchange databases need local volumes, and a"
            " remote command has no rights on a second server.",
            object=what,
            remedy=f"Give {expected}, such as D:\\DialTone.",
        )
    if "/" in path:
        raise InputError(
            f"{shown} contains a slash.",
            object=what,
            remedy=f"Write it with backslashes: {path.replace('/', chr(92))}",
        )
    if not _DRIVE.match(path):
        raise InputError(
            f"{shown} is not an absolute path.",
            object=what,
            remedy=f"Give {expected} from the drive letter on, such as D:\\DialTone.",
        )
    segments = path[3:].removesuffix("\\").split("\\")
    if segments == [""]:
        raise InputError(
            f"{shown} is the root of a volume, which Exchange does not accept.",
            object=what,
            remedy=f"Give a folder below it, such as {path[:3]}DialTone.",
        )
    for segment in segments:
        _check_segment(segment, shown, what)
    _check_length(path, shown, what, longest)
    return path.removesuffix("\\")


def _check_length(path: str, shown: str, what: str, longest: int) -> None:
    if names.utf16_length(path) > longest:
        raise InputError(
            f"{shown} has {names.utf16_length(path)} characters; {longest} are the most.",
            object=what,
            remedy="Choose a shorter path.",
        )


def _check_segment(segment: str, shown: str, what: str) -> None:
    if not segment:
        raise InputError(
            f"{shown} has two backslashes in a row.", object=what, remedy="Write one of them."
        )
    if segment.strip(". ") == "" or segment != segment.rstrip(". "):
        raise InputError(
            f"{shown}: {names.quoted(segment)} ends in a dot or a blank, which Windows drops.",
            object=what,
            remedy="Write the path without it.",
        )
    if bad := _ILLEGAL.search(segment):
        raise InputError(
            f"{shown} contains {names.quoted(bad[0])}, which a Windows file name can not have.",
            object=what,
            remedy="Correct the path.",
        )
    if "%" in segment:
        raise InputError(
            f"{shown} contains a percent sign, which the Windows command processor can not be"
            " given safely.",
            object=what,
            remedy="Choose another folder, or rename this one.",
        )
    if names.is_device(segment):
        raise InputError(
            f"{shown}: {names.quoted(segment)} is the name of a device.",
            object=what,
            remedy="Choose another name.",
        )
