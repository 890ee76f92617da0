# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CLIXML in: elements to Python values and PSObj ([MS-PSRP] 2.2.5)."""

from __future__ import annotations

import base64
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ..runspace.conversion import ConversionError, parse_datetime
from ..runspace.values import PSObj, SecureString, Uri, Version

_UNITS = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")
_LISTS = ("LST", "IE", "STK", "QUE")


def _characters(found: re.Match[str]) -> str:
    text = found.group(0)
    units = b"".join(bytes.fromhex(text[i + 2 : i + 6]) for i in range(0, len(text), 7))
    return units.decode("utf-16-be", "surrogatepass")


def unescape(text: str | None) -> str:
    """Text of an element or attribute, with _xHHHH_ resolved."""
    if not text:
        return ""
    return _UNITS.sub(_characters, text) if "_x" in text else text


def _datetime(text: str) -> Any:
    try:
        return parse_datetime(text)
    except ConversionError:
        return text


_SIMPLE: dict[str, Callable[[str], Any]] = {
    "S": unescape,
    "ToString": unescape,
    "XD": unescape,
    "SBK": unescape,
    "URI": lambda v: Uri(unescape(v)),
    "Version": Version,
    "B": lambda v: v.lower() == "true",
    "C": lambda v: chr(int(v)),
    **dict.fromkeys(("By", "SB", "I16", "U16", "I32", "U32", "I64", "U64"), int),
    **dict.fromkeys(("Sg", "Db"), float),
    "D": Decimal,
    "G": uuid.UUID,
    "DT": _datetime,
    "TS": str,
    "BA": base64.b64decode,
}


class ClixmlError(ValueError):
    """The document isn't CLIXML."""


class _Reader:
    def __init__(self, decrypt: Callable[[str], str] | None) -> None:
        self._objects: dict[str, Any] = {}
        self._type_names: dict[str, tuple[str, ...]] = {}
        self._decrypt = decrypt

    def read(self, element: ET.Element) -> Any:
        tag = element.tag
        simple = _SIMPLE.get(tag)
        if simple is not None:
            return simple(element.text or "")
        if tag == "Nil":
            return None
        if tag == "Ref":
            return self._objects[element.attrib["RefId"]]
        if tag == "SS":
            if self._decrypt is None:
                raise ClixmlError("a SecureString came before the session key")
            return SecureString(self._decrypt(element.text or ""))
        if tag == "Obj":
            return self._object(element)
        raise ClixmlError(f"unknown element {tag}")

    def _object(self, element: ET.Element) -> Any:
        """A PSObj; but the bare content of lists, dictionaries, enums and primitives with extra properties."""
        item = PSObj(())
        value: Any = item
        reference = element.get("RefId")
        if reference is not None:
            self._objects[reference] = item
        for child in element:
            tag = child.tag
            if tag == "TN":
                item.types = tuple(t.text or "" for t in child)
                self._type_names[child.attrib["RefId"]] = item.types
            elif tag == "TNRef":
                item.types = self._type_names[child.attrib["RefId"]]
            elif tag in ("MS", "Props"):
                properties = item.notes if tag == "MS" else item.props
                for entry in child:
                    properties[unescape(entry.attrib["N"])] = self.read(entry)
            elif tag == "ToString":
                item.to_string = unescape(child.text)
            elif tag == "DCT":
                value = dict(self._entry(entry) for entry in child)
            elif tag in _LISTS:
                value = [self.read(entry) for entry in child]
            else:
                value = self.read(child)
        if value is not item and reference is not None:
            self._objects[reference] = value
        return value

    def _entry(self, element: ET.Element) -> tuple[Any, Any]:
        parts = {part.attrib["N"]: part for part in element}
        return self.read(parts["Key"]), self.read(parts["Value"])


def loads(data: bytes | str, decrypt: Callable[[str], str] | None = None) -> Any:
    """One value. decrypt: reads SecureStrings. Raises ClixmlError."""
    try:
        return _Reader(decrypt).read(ET.fromstring(data))
    except (ET.ParseError, KeyError, ArithmeticError, TypeError, ValueError) as e:
        raise ClixmlError(str(e)) from e
