# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameter values: from what the client sent to what a cmdlet's body gets, per parameter type.

| Type of the parameter | The body gets |
| --- | --- |
| String, Fqdn, ...IdParameter, paths, everything unknown | str, or the value itself when it is structured |
| SwitchParameter, Boolean | bool |
| Int16 ... UInt64, SwitchParameter's kin | int |
| Unlimited | UNLIMITED, int (bytes when a unit was given) or timedelta |
| ByteQuantifiedSize | int, bytes |
| EnhancedTimeSpan, TimeSpan | timedelta |
| DateTime, ExDateTime | datetime (aware; UTC when the text names no offset) |
| Guid | uuid.UUID |
| X[] | list |
| Object, PSObject | the value as it came |
| MultiValuedProperty | list, or the dict of an @{Add=...} |
| enumerations (parameters that list values) | the member's name in its own spelling; comma separated flags stay one text |

$null becomes None for all but switches.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .spec import Parameter
from .values import UNLIMITED, PSObj, SecureString, text_of

_INTEGERS = {
    "Int16": (-(2**15), 2**15 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "Int64": (-(2**63), 2**63 - 1),
    "UInt16": (0, 2**16 - 1),
    "UInt32": (0, 2**32 - 1),
    "UInt64": (0, 2**64 - 1),
}
_UNITS = {"": 1, "B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_SIZE = re.compile(
    r"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?B)?\s*(?:\(([\d,. '\u00a0\u202f]+) bytes\)\s*)?$", re.I
)
_SPAN = re.compile(
    r"^\s*(?P<sign>-)?(?:(?P<days>\d+)(?:\.(?=\d+:)|$))?"
    r"(?:(?P<h>\d{1,2}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2})(?:\.(?P<f>\d{1,7}))?)?)?\s*$"
)
_DATE_FORMATS = (
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%Y-%m-%d",
)


class ConversionError(Exception):
    """The value doesn't fit. `reason` is the sentence that .NET or the product would give."""

    def __init__(self, reason: str, *, whole: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.whole = reason, whole


def parse_size(text: str) -> int:
    """Bytes of "10GB", "1.5 MB" or "5 GB (5,368,709,120 bytes)". Raises ConversionError."""
    found = _SIZE.match(text)
    if not found:
        raise ConversionError(
            f'The size "{text}" is not valid. The value must be a number, optionally followed by B, KB, MB, GB or TB.'
        )
    number, unit, exact = found.groups()
    if exact:
        return int(re.sub(r"\D", "", exact))
    return int(float(number) * _UNITS[(unit or "").upper()])


def parse_timespan(text: str) -> timedelta:
    """A .NET time span: "d", "d.hh:mm:ss", "hh:mm:ss.fffffff". Raises ConversionError."""
    found = _SPAN.match(text)
    if not found or (found["days"] is None and found["h"] is None):
        raise ConversionError("String was not recognized as a valid TimeSpan.")
    hours, minutes, seconds = (int(found[k] or 0) for k in "hms")
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ConversionError(
            "The TimeSpan could not be parsed because at least one of the numeric components is out of range or "
            "contains too many digits."
        )
    span = timedelta(
        days=int(found["days"] or 0),
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        microseconds=int((found["f"] or "").ljust(6, "0")[:6]),
    )
    return -span if found["sign"] else span


def parse_datetime(text: str) -> datetime:
    """ISO 8601 or the US forms; UTC when no offset is named. Raises ConversionError."""
    # .NET writes one to seven digits; Python before 3.11 reads six
    candidate = re.sub(r"\.(\d+)", lambda m: "." + m[1][:6].ljust(6, "0"), text.strip())
    candidate = candidate[:-1] + "+00:00" if candidate.endswith("Z") else candidate
    value = None
    try:
        value = datetime.fromisoformat(candidate)
    except ValueError:
        for form in _DATE_FORMATS:
            try:
                value = datetime.strptime(candidate, form)
                break
            except ValueError:
                continue
    if value is None:
        raise ConversionError("String was not recognized as a valid DateTime.")
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


class Converter:
    """Conversion by type name. `register` adds or replaces a type; the function may raise ConversionError."""

    def __init__(self) -> None:
        self._types: dict[str, Callable[[Any], Any]] = {
            "Object": lambda v: v,
            "PSObject": lambda v: v,
            "String": _string,
            "SwitchParameter": _boolean,
            "Boolean": _boolean,
            "Unlimited": _unlimited,
            "ByteQuantifiedSize": lambda v: v if _is_int(v) else parse_size(text_of(v)),
            "EnhancedTimeSpan": _timespan,
            "TimeSpan": _timespan,
            "DateTime": _datetime,
            "ExDateTime": _datetime,
            "Guid": _guid,
            "MultiValuedProperty": lambda v: v if isinstance(v, dict) else _as_list(v),
            "SecureString": lambda v: (
                v if isinstance(v, SecureString) else SecureString(_string(v))
            ),
        }
        for name, (low, high) in _INTEGERS.items():
            self._types[name] = _integer(low, high)

    def register(self, type_name: str, convert: Callable[[Any], Any]) -> None:
        """Use this function for parameters of this type. It never sees None."""
        self._types[type_name] = convert

    def convert(self, parameter: Parameter, value: Any) -> Any:
        """The value as the body gets it. Raises ConversionError."""
        if parameter.type == "SwitchParameter" and value is None:
            return True  # the name alone switches it on
        if value is None:
            return None
        kind = parameter.type
        if kind.endswith("[]") and kind != "Byte[]":
            return [self._one(kind[:-2], parameter, item) for item in _as_list(value)]
        return self._one(kind, parameter, value)

    def _one(self, kind: str, parameter: Parameter, value: Any) -> Any:
        known = self._types.get(kind)
        if known is not None:
            return known(value)
        if parameter.values and kind not in ("String",) and not kind.endswith("IdParameter"):
            return _member(kind, parameter.values, value)
        return _reference(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _string(value: Any) -> str:
    if isinstance(value, (list, tuple, dict)):  # a calculated property, for example
        raise ConversionError("Specified method is not supported.")
    return str(value) if isinstance(value, str) else text_of(value)


def _reference(value: Any) -> Any:
    """An id, a path or a host name. An object stands for its identity; an array fits only when it holds one."""
    if isinstance(value, PSObj):
        for name in ("DistinguishedName", "Identity", "Guid", "Name"):
            found = value.get(name)
            if found not in (None, ""):
                return text_of(found)
        return text_of(value)
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise ConversionError("Specified method is not supported.")
        return _reference(value[0])
    if isinstance(value, dict):
        raise ConversionError("Specified method is not supported.")
    return value if isinstance(value, bytes) else text_of(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return value != 0
    raise ConversionError(
        'Cannot convert value "System.String" to type "System.Boolean". Boolean parameters accept only Boolean '
        "values and numbers, such as $True, $False, 1 or 0.",
        whole=True,
    )


def _integer(low: int, high: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, float):
            value = round(value)
        try:
            number = int(text_of(value).strip()) if not isinstance(value, bool) else int(value)
        except ValueError:
            raise ConversionError("Input string was not in a correct format.") from None
        if not low <= number <= high:
            kind = next(k for k, limits in _INTEGERS.items() if limits == (low, high))
            raise ConversionError(f"Value was either too large or too small for an {kind}.")
        return number

    return convert


def _unlimited(value: Any) -> Any:
    if value is UNLIMITED or _is_int(value) or isinstance(value, timedelta):
        return value
    text = text_of(value)
    if text.strip().lower() == "unlimited":
        return UNLIMITED
    if ":" in text:
        return parse_timespan(text)
    return parse_size(text)


def _timespan(value: Any) -> timedelta:
    return value if isinstance(value, timedelta) else parse_timespan(text_of(value))


def _datetime(value: Any) -> datetime:
    return value if isinstance(value, datetime) else parse_datetime(text_of(value))


def _guid(value: Any) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(text_of(value).strip())
    except ValueError:
        raise ConversionError(
            "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
        ) from None


def _member(kind: str, members: tuple[str, ...], value: Any) -> str:
    by_name = {m.lower(): m for m in members}
    names = [part.strip() for part in text_of(value).split(",")]
    if names and all(name.lower() in by_name for name in names):
        return ", ".join(by_name[name.lower()] for name in names)
    raise ConversionError(
        f"Unable to match the identifier name {text_of(value)} to a valid enumerator name. Specify one of the "
        f"following enumerator names and try again:\n{', '.join(members)}"
    )
