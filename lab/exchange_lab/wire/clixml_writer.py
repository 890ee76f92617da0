# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CLIXML out: pipeline values straight to text, without an element tree ([MS-PSRP] 2.2.5)."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..runspace.values import (
    UNLIMITED,
    EnumValue,
    Int64,
    ListValue,
    PSObj,
    SecureString,
    UInt32,
    UInt64,
    Uri,
    Version,
)

_ESCAPED = re.compile("_(?=[xX])|[\x00-\x1f\x7f-\x9f\ud800-\udfff\U00010000-\U0010ffff]")
_MARKUP = re.compile('[&<>"]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_ARRAY_LIST = ("System.Collections.ArrayList", "System.Object")
_HASHTABLE = ("System.Collections.Hashtable", "System.Object")
_ENUM_BASE = ("System.Enum", "System.ValueType", "System.Object")


def _code_units(found: re.Match[str]) -> str:
    character = found.group(0)
    if character == "_":
        return "_x005F_"
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"_x{units[i]:02X}{units[i + 1]:02X}_" for i in range(0, len(units), 2))


def escape(text: str) -> str:
    """Text for an element or attribute: XML's own escapes, and _xHHHH_ for what XML can't hold."""
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(_code_units, text)
    if _MARKUP.search(text):
        text = _MARKUP.sub(lambda found: _ENTITIES[found.group(0)], text)
    return text


def datetime_text(value: datetime) -> str:
    """As .NET's round trip form: up to seven digits, Z or an offset, none when naive."""
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    if value.microsecond:
        text += f".{value.microsecond:06d}0"
    offset = value.utcoffset()
    if offset is None:
        return text
    if not offset:
        return text + "Z"
    seconds = int(offset.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    return f"{text}{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def duration_text(value: timedelta) -> str:
    """An xs:duration."""
    rest = (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds
    sign, rest = ("-", -rest) if rest < 0 else ("", rest)
    days, rest = divmod(rest, 86_400_000_000)
    hours, rest = divmod(rest, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds, micro = divmod(rest, 1_000_000)
    day = f"{days}D" if days else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or micro or not (day or clock):
        clock += str(seconds) + ("." + f"{micro:06d}".rstrip("0") if micro else "") + "S"
    return f"{sign}P{day}" + (f"T{clock}" if clock else "")


class _Writer:
    """One document. Reference ids of objects and type names count per document."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._references = 0
        self._type_names: dict[tuple[str, ...], int] = {}
        self._writers: dict[type, Callable[[Any, str], None]] = {
            str: self._simple("S", escape),
            bool: self._simple("B", lambda v: "true" if v else "false"),
            int: self._int,
            type(None): lambda _v, n: self.out.append(f"<Nil{n}/>"),
            float: self._simple("Db", repr),
            Int64: self._simple("I64", lambda v: str(int(v))),
            UInt64: self._simple("U64", lambda v: str(int(v))),
            UInt32: self._simple("U32", lambda v: str(int(v))),
            Decimal: self._simple("D", str),
            uuid.UUID: self._simple("G", str),
            datetime: self._simple("DT", datetime_text),
            timedelta: self._simple("TS", duration_text),
            bytes: self._simple("BA", lambda v: base64.b64encode(v).decode()),
            Version: self._simple("Version", str),
            Uri: self._simple("URI", escape),
            type(UNLIMITED): self._simple("S", str),
            SecureString: self._simple("S", lambda _v: "System.Security.SecureString"),
            EnumValue: self._enum,
            ListValue: lambda v, n: self._list(v, n, v.type_names),
            list: self._list,
            tuple: self._list,
            dict: self._dict,
            PSObj: self._object,
        }

    def write(self, value: Any, name: str = "") -> None:
        """Append one value; name: the N attribute, ready to insert."""
        writer = self._writers.get(type(value)) or self._inherited(type(value))
        writer(value, name)

    def _inherited(self, kind: type) -> Callable[[Any, str], None]:
        for base in kind.__mro__:
            if base in self._writers:
                self._writers[kind] = self._writers[base]
                return self._writers[base]
        raise TypeError(f"{kind.__name__} has no CLIXML form")

    def _simple(self, tag: str, text: Callable[[Any], str]) -> Callable[[Any, str], None]:
        return lambda value, name: self.out.append(f"<{tag}{name}>{text(value)}</{tag}>")

    def _int(self, value: int, name: str) -> None:
        tag = "I32" if -(2**31) <= value < 2**31 else "I64"
        self.out.append(f"<{tag}{name}>{value}</{tag}>")

    def _begin(self, types: tuple[str, ...], name: str) -> None:
        reference = self._references
        self._references += 1
        known = self._type_names.get(types)
        if not types:
            text = ""
        elif known is not None:
            text = f'<TNRef RefId="{known}"/>'
        else:
            number = self._type_names[types] = len(self._type_names)
            text = (
                f'<TN RefId="{number}">' + "".join(f"<T>{escape(t)}</T>" for t in types) + "</TN>"
            )
        self.out.append(f'<Obj{name} RefId="{reference}">{text}')

    def _enum(self, value: EnumValue, name: str) -> None:
        self._begin((value.type_name, *_ENUM_BASE), name)
        self.out.append(f"<ToString>{escape(value.name)}</ToString><I32>{value.value}</I32></Obj>")

    def _list(self, items: Iterable[Any], name: str, types: tuple[str, ...] = _ARRAY_LIST) -> None:
        self._begin(types, name)
        self.out.append("<LST>")
        for item in items:
            self.write(item)
        self.out.append("</LST></Obj>")

    def _dict(self, value: dict[Any, Any], name: str) -> None:
        self._begin(_HASHTABLE, name)
        self.out.append("<DCT>")
        for key, item in value.items():
            self.out.append("<En>")
            self.write(key, ' N="Key"')
            self.write(item, ' N="Value"')
            self.out.append("</En>")
        self.out.append("</DCT></Obj>")

    def _object(self, value: PSObj, name: str) -> None:
        self._begin(value.types, name)
        out = self.out
        if value.to_string is not None:
            out.append(f"<ToString>{escape(value.to_string)}</ToString>")
        for tag, properties in (("Props", value.props), ("MS", value.notes)):
            if not properties:
                continue
            out.append(f"<{tag}>")
            for key, item in properties.items():
                attribute = _attributes.get(key)
                if attribute is None:
                    attribute = _attributes[key] = f' N="{escape(key)}"'
                self.write(item, attribute)
            out.append(f"</{tag}>")
        out.append("</Obj>")


_attributes: dict[str, str] = {}  # property name -> its N attribute; names are few and repeat


def dumps(value: Any) -> bytes:
    """One value as CLIXML. Raises TypeError for what has no form."""
    writer = _Writer()
    writer.write(value)
    return "".join(writer.out).encode("utf-8")
