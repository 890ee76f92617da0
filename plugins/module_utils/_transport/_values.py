# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Objects as pypsrp gives them, made plain: str, int, float, bool, None, list, dict.

exchange.md 7.6 and 12: without full serialisation enums, ids, sizes and time spans are texts
already; lists are objects holding a raw <LST>. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import base64
import re
import typing as t
import uuid
import xml.etree.ElementTree as ET

# Added by remoting to every object; they say nothing about it.
_NOISE = frozenset(("PSComputerName", "RunspaceId", "PSShowComputerName", "SerializationData"))

_COLLECTIONS = ("LST", "IE", "QUE", "STK")
_RAW = re.compile(r"\s*<(?:\w+:)?(LST|IE|QUE|STK|DCT)\b")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TICKS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})\d+(Z|[+-]\d\d:\d\d)?")
_DEPTH = 12


def plain_object(value: t.Any) -> dict[str, t.Any]:
    """One output object as a dict of its properties. A bare value becomes {"value": ...}."""
    properties = _properties(value)
    if properties is None:
        return {"value": plain(value)}
    return {name: plain(item, 1) for name, item in properties.items() if name not in _NOISE}


def plain(value: t.Any, depth: int = 0) -> t.Any:
    """Any value: GUID as lower-case str, date and time as ISO 8601 str with at most microseconds,
    enum as its name, list as list, an object below the first level as its text if it has one."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        match = _TICKS.fullmatch(value)
        return f"{match[1]}{match[2] or ''}" if match else value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if depth > _DEPTH:
        return str(value)
    if isinstance(value, dict):
        return {str(plain(k, depth + 1)): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if hasattr(value, "property_sets"):
        return _plain_complex(value, depth)
    return str(value)


def _properties(value: t.Any) -> dict[str, t.Any] | None:
    if isinstance(value, dict):
        return value
    if not hasattr(value, "adapted_properties"):
        return None
    properties = {**value.adapted_properties, **value.extended_properties}
    return properties or None


def _plain_complex(value: t.Any, depth: int) -> t.Any:
    for inner in value.property_sets:
        if isinstance(inner, list):
            return [plain(item, depth + 1) for item in inner]
        if isinstance(inner, str) and _RAW.match(inner):
            return parse_raw(inner)
    if value.to_string:
        return value.to_string
    if value.property_sets:
        return plain(value.property_sets[0], depth + 1)
    properties = _properties(value) or {}
    return {name: plain(item, depth + 1) for name, item in properties.items() if name not in _NOISE}


def parse_raw(text: str) -> t.Any:
    """The CLIXML text that pypsrp leaves unread in typed collections (<LST>, <DCT> ...)."""
    return _parse(ET.fromstring(text), {})


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _parse(element: ET.Element, seen: dict[str, t.Any]) -> t.Any:
    tag, text = _tag(element), element.text or ""
    if tag in _COLLECTIONS:
        return [_parse(item, seen) for item in element]
    if tag == "DCT":
        return dict(_entry(entry, seen) for entry in element)
    if tag == "Obj":
        result = _parse_object(element, seen)
        seen[element.get("RefId", "")] = result
        return result
    if tag == "Ref":
        return seen.get(element.get("RefId", ""))
    if tag == "Nil":
        return None
    if tag == "B":
        return text.strip().lower() == "true"
    if tag in ("By", "SB", "I16", "U16", "I32", "U32", "I64", "U64"):
        return int(text)
    if tag in ("Sg", "Db"):
        return float(text)
    if tag == "C":
        return chr(int(text))
    if tag == "G":
        return text.strip().lower()
    return plain(unescape(text))


def _entry(entry: ET.Element, seen: dict[str, t.Any]) -> tuple[str, t.Any]:
    parts = {item.get("N"): _parse(item, seen) for item in entry}
    return str(parts.get("Key")), parts.get("Value")


def _parse_object(element: ET.Element, seen: dict[str, t.Any]) -> t.Any:
    to_string: str | None = None
    properties: dict[str, t.Any] = {}
    for child in element:
        tag = _tag(child)
        if tag in _COLLECTIONS or tag == "DCT":
            return _parse(child, seen)
        if tag == "ToString":
            to_string = unescape(child.text or "")
        elif tag in ("Props", "MS"):
            properties.update(
                (unescape(item.get("N", "")), _parse(item, seen))
                for item in child
                if item.get("N") not in _NOISE
            )
        elif tag not in ("TN", "TNRef") and to_string is None:
            to_string = child.text
    return to_string if to_string is not None else properties


def unescape(text: str) -> str:
    """CLIXML writes what XML can not hold as _xHHHH_, one UTF-16 unit each."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
