# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Names of databases: which are valid, and which we generate.

Lengths are counted as Windows does, in UTF-16 units: an emoji counts two.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import hashlib
import re

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError

LONGEST_DATABASE_NAME = 64
_ILLEGAL_IN_FILE_NAMES = frozenset('<>:"/\\|?*')
# cmd.exe replaces %NAME% even between quotes, and nothing can escape it reliably.
_UNSAFE_FOR_CMD = frozenset("%")
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", "conin$", "conout$")
    + tuple(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³")
)


def check_database_name(name: str, what: str = "failed_database") -> str:
    """The name, if it can be the name of one database; what: the option it came from.

    Raises InputError, with the fix, for an empty or blank name, blanks at an end, control
    characters, wildcards, a server before a backslash, and more than 64 characters.
    """
    shown = f"{what}: {quoted(name)}"
    if not name.strip():
        raise InputError(
            f"{what} is empty, which Exchange would take for every database.",
            object=what,
            remedy="Give the name of one database.",
        )
    if name != name.strip():
        raise InputError(
            f"{shown} begins or ends with a blank.", object=what, remedy="Remove the blank."
        )
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in name):
        raise InputError(f"{shown} contains a control character.", object=what, remedy="Remove it.")
    if found := next((c for c in name if c in "*?\\"), None):
        raise InputError(
            f"{shown} contains {quoted(found)}, which does not name one database.",
            object=what,
            remedy="Give the plain name of one database, without a server and without wildcards.",
        )
    if (length := utf16_length(name)) > LONGEST_DATABASE_NAME:
        raise InputError(
            f"{shown} has {length} characters; a database name has at most"
            f" {LONGEST_DATABASE_NAME}.",
            object=what,
            remedy="Choose a shorter name.",
        )
    return name


def dial_tone_name(failed_database: str) -> str:
    """The dial tone database's name unless the user gives one: "DB01-DT"."""
    return _with_suffix(failed_database, "-DT")


def restored_recovery_database(failed_database: str, run_id: str) -> str:
    """The recovery database that proves the restored files: "DB01-Restored-<run>"."""
    return _with_suffix(failed_database, f"-Restored-{run_id}")


def merge_recovery_database(failed_database: str, run_id: str) -> str:
    """The recovery database over the dial tone files: "DB01-Merge-<run>"."""
    return _with_suffix(failed_database, f"-Merge-{run_id}")


def failed_name(failed_database: str, run_id: str) -> str:
    """The failed object when its name has been taken over: "DB01-Failed-<run>"."""
    return _with_suffix(failed_database, f"-Failed-{run_id}")


_DIAL_TONE = re.compile(r"dial[\s_-]?tone|^dt[\s_-]?|[\s_-]dt$", re.IGNORECASE)


def looks_like_dial_tone(name: str, failed: str, reason: str) -> bool:
    """Whether a database of this name may be somebody's dial tone database for the failed one.
    reason: why no new mailboxes are put there."""
    said = _DIAL_TONE.search(reason) is not None and failed.casefold() in reason.casefold()
    return said or _DIAL_TONE.search(name) is not None


def folder_name(database: str) -> str:
    r"""A folder or file name for a database: its name where Windows and cmd.exe can take it.

    Otherwise every character that they can not take becomes "_", and six hexadecimal digits of a
    hash keep two such names apart: "DB 100%" becomes "DB 100_-8c2f1e".
    """
    safe = "".join(
        "_" if c in _ILLEGAL_IN_FILE_NAMES or c in _UNSAFE_FOR_CMD or ord(c) < 32 else c
        for c in database
    )
    if safe.endswith((".", " ")):
        safe = safe[:-1] + "_"
    if is_device(safe):
        safe = f"_{safe}"
    return safe if safe == database else f"{safe}-{_digest(database)}"


def is_device(segment: str) -> bool:
    """Whether Windows takes this file name for a device: CON, NUL.txt, COM1 ..."""
    return segment.partition(".")[0].rstrip(" ").lower() in _DEVICES


def quoted(text: str) -> str:
    r"""Text as messages show it: in quotes, backslashes as they are, control characters escaped."""
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) + '"'


def same_name(one: str, other: str) -> bool:
    """Whether two names mean the same object: the directory and the file systems ignore case."""
    return one.casefold() == other.casefold()


def utf16_length(text: str) -> int:
    """Characters as Windows counts them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _with_suffix(name: str, suffix: str) -> str:
    """name + suffix within the limit; a shortened name gets a hash, so that two stay two."""
    room = LONGEST_DATABASE_NAME - utf16_length(suffix)
    if utf16_length(name) > room:
        tag = f"~{_digest(name)}"
        short = name
        while utf16_length(short) > room - len(tag):
            short = short[:-1]
        name = short.rstrip() + tag
    return name + suffix


def _digest(text: str) -> str:
    return hashlib.sha256(text.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:6]
