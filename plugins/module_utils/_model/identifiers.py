# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""GUIDs and distinguished names.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

NO_GUID = "00000000-0000-0000-0000-000000000000"
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
# A comma that ends a part: not one that is escaped. "CN=Smith\, Ann,OU=x" has two parts.
_PART = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)
# Blanks around a value do not count, but an escaped one belongs to it.
_VALUE = re.compile(r" *((?:[^\\]|\\.)*?) *", re.DOTALL)
_ESCAPE = re.compile(r"((?:\\[0-9a-fA-F]{2})+)|\\(.)", re.DOTALL)


def parse_guid(text: str | None) -> str | None:
    """A GUID in lower case without braces; None for an unset one (null, empty, all zeros).

    Raises ValueError for text that is no GUID.
    """
    if text is None or not text.strip():
        return None
    match = _GUID.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a GUID.")
    guid = match[1].lower()
    return None if guid == NO_GUID else guid


def is_guid(text: str) -> bool:
    """Whether the text has the form of a GUID, with or without braces."""
    return _GUID.fullmatch(text.strip()) is not None


def same_guid(one: str | None, other: str | None) -> bool:
    """Whether both are set and equal."""
    return parse_guid(one) is not None and parse_guid(one) == parse_guid(other)


def split_dn(dn: str) -> list[tuple[str, str]]:
    """("CN", "Smith, Ann"), ("OU", "Users") ... of a distinguished name, unescaped.

    Raises ValueError for text that is no distinguished name.
    """
    parts = []
    for part in _PART.findall(dn):
        kind, equals, value = part.partition("=")
        bare = _VALUE.fullmatch(value)
        if not equals or not kind.strip() or bare is None:
            raise ValueError(f"{dn!r} is not a distinguished name.")
        parts.append((kind.strip().upper(), _ESCAPE.sub(_unescape, bare[1])))
    if not parts:
        raise ValueError(f"{dn!r} is not a distinguished name.")
    return parts


def dn_name(dn: str) -> str:
    """The object's own name: the value of the first part."""
    return split_dn(dn)[0][1]


def same_dn(one: str, other: str) -> bool:
    """Whether two distinguished names mean the same object; case and blanks do not count."""
    return _comparable(one) == _comparable(other)


def _comparable(dn: str) -> list[tuple[str, str]]:
    return [(kind, value.casefold()) for kind, value in split_dn(dn)]


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return bytes.fromhex(match[1].replace("\\", "")).decode("utf-8", "replace")
    return match[2]
