# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows paths: what they mean, and which are refused."""

from __future__ import annotations

from .errors import (
    ACCESS_DENIED,
    BAD_NET_PATH,
    BAD_PATHNAME,
    INVALID_NAME,
    NAME_TOO_LONG,
    PATH_NOT_FOUND,
    FileError,
)

_ILLEGAL = frozenset('<>:"|?*') | frozenset(map(chr, range(32)))
_RESERVED = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{device}{digit}" for device in ("COM", "LPT") for digit in "123456789¹²³"]
)
_MAX_PATH = 260
_MAX_NAME = 255


def fold(name: str) -> str:
    """The upper-case form by which NTFS compares names: one character for one character."""
    if name.isascii():
        return name.upper()
    return "".join(u if len(u := c.upper()) == 1 else c for c in name)


def parse(path: str) -> tuple[str, tuple[str, ...]]:
    """Split an absolute local path into its root ("D:" or "\\\\?\\Volume{...}") and its names.

    Blanks and dots at the end of a name vanish, "." and ".." are resolved, "/" separates too.
    Raises FileError: 5 or 53 for UNC, 161 for a relative path, 123 for an impossible name,
    206 for too long ones.
    """
    text = path.replace("/", "\\")
    if text.startswith("\\\\?\\") and not text.upper().startswith("\\\\?\\UNC\\"):
        text = text[4:]
        if text.upper().startswith("VOLUME{"):
            root, _sep, rest = text.partition("\\")
            return f"\\\\?\\{root}", _names(rest, path)
    if text.startswith("\\\\"):
        host_and_share = [part for part in text.split("\\") if part]
        # A logon over the network has no credentials for a third machine: no second hop.
        raise FileError(ACCESS_DENIED if len(host_and_share) > 1 else BAD_NET_PATH, path)
    if not text:
        raise FileError(PATH_NOT_FOUND, path)
    if not (len(text) >= 3 and text[0].isascii() and text[0].isalpha() and text[1:3] == ":\\"):
        raise FileError(BAD_PATHNAME, path)
    if len(text) >= _MAX_PATH:
        raise FileError(NAME_TOO_LONG, path)
    return text[:2].upper(), _names(text[3:], path)


def _names(text: str, path: str) -> tuple[str, ...]:
    names: list[str] = []
    for part in text.split("\\"):
        if part == "..":
            if names:
                names.pop()
            continue
        name = part.rstrip(" .")
        if not name:
            continue
        _check_name(name, path)
        names.append(name)
    return tuple(names)


def _check_name(name: str, path: str) -> None:
    if not _ILLEGAL.isdisjoint(name) or any("\ud800" <= c <= "\udfff" for c in name):
        raise FileError(INVALID_NAME, path)
    if name.split(".")[0].rstrip(" ").upper() in _RESERVED:
        raise FileError(INVALID_NAME, path)
    # The real disk below counts bytes; Windows counts UTF-16 units.
    if max(len(name.encode("utf-16-le")) // 2, len(name.encode())) > _MAX_NAME:
        raise FileError(NAME_TOO_LONG, path)


def parent(path: str) -> str:
    """The folder of *path*; a root is its own parent."""
    head, sep, tail = path.rstrip("\\").rpartition("\\")
    if not sep:
        return tail + "\\"
    return head + "\\" if len(head) <= 2 else head


def basename(path: str) -> str:
    return path.rstrip("\\").rpartition("\\")[2]


def join(folder: str, name: str) -> str:
    return folder.rstrip("\\") + "\\" + name
