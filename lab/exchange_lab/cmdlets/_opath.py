# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of OPATH the lab understands: `Property -op 'value'`, joined by -and, -or, -not and parentheses.

Operators: -eq -ne -like -notlike -gt -ge -lt -le. Texts compare without case; numbers and times as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.runspace import PSObj

Predicate = Callable[[PSObj], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|-(?P<operator>[A-Za-z]+)\b"
    r"|'(?P<single>(?:[^']|'')*)'|\"(?P<double>(?:[^\"]|\"\")*)\"|(?P<word>[^\s()'\"]+))"
)
_COMPARISONS = {"eq", "ne", "like", "notlike", "gt", "ge", "lt", "le"}


def compile_filter(text: str, properties: frozenset[str] | None = None) -> Predicate:
    """A predicate on objects. Raises Refusal when the text isn't OPATH or names an unknown property."""
    return _Parser(text, properties).parse()


class _Parser:
    def __init__(self, text: str, properties: frozenset[str] | None) -> None:
        self.text = text
        self.known = None if properties is None else {name.lower() for name in properties}
        self.tokens: list[tuple[str, str]] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if not match:
                raise self._refuse(f"unexpected text at {position}")
            kind = str(match.lastgroup)
            value = match.group(kind)
            if kind in ("single", "double"):
                quote = "'" if kind == "single" else '"'
                kind, value = "string", value.replace(quote * 2, quote)
            self.tokens.append((kind, value))
            position = match.end()
        self.next = 0

    def parse(self) -> Predicate:
        if not self.tokens:
            raise self._refuse("it is empty")
        result = self._either()
        if self.next != len(self.tokens):
            raise self._refuse(f"unexpected {self.tokens[self.next][1]!r}")
        return result

    def _either(self) -> Predicate:
        left = self._both()
        while self._accept("operator", "or"):
            left = _or(left, self._both())
        return left

    def _both(self) -> Predicate:
        left = self._single()
        while self._accept("operator", "and"):
            left = _and(left, self._single())
        return left

    def _single(self) -> Predicate:
        if self._accept("operator", "not"):
            inner = self._single()
            return lambda item: not inner(item)
        if self._accept("open"):
            inside = self._either()
            if not self._accept("close"):
                raise self._refuse("a parenthesis isn't closed")
            return inside
        name = self._take("word", "a property name")
        if self.known is not None and name.lower() not in self.known:
            raise self._refuse(f"{name!r} isn't a filterable property")
        operator = self._take("operator", "an operator").lower()
        if operator not in _COMPARISONS:
            raise self._refuse(f"unknown operator -{operator}")
        return _comparison(name, operator, self._value())

    def _value(self) -> Any:
        kind, value = self.tokens[self.next] if self.next < len(self.tokens) else ("", "")
        if kind not in ("string", "word"):
            raise self._refuse("a value is missing")
        self.next += 1
        if kind == "word" and value.lower() in ("$true", "$false", "$null"):
            return {"$true": True, "$false": False, "$null": None}[value.lower()]
        return value

    def _accept(self, kind: str, value: str | None = None) -> bool:
        if self.next < len(self.tokens):
            found_kind, found = self.tokens[self.next]
            if found_kind == kind and (value is None or found.lower() == value):
                self.next += 1
                return True
        return False

    def _take(self, kind: str, what: str) -> str:
        if self.next < len(self.tokens) and self.tokens[self.next][0] == kind:
            self.next += 1
            return self.tokens[self.next - 1][1]
        raise self._refuse(f"{what} is missing")

    def _refuse(self, reason: str) -> Refusal:
        return Refusal(
            "ArgumentException",
            _texts.FILTER_SYNTAX.format(filter=self.text, reason=reason),
            "InvalidArgument",
        )


def _and(left: Predicate, right: Predicate) -> Predicate:
    return lambda item: left(item) and right(item)


def _or(left: Predicate, right: Predicate) -> Predicate:
    return lambda item: left(item) or right(item)


def _comparison(name: str, operator: str, wanted: Any) -> Predicate:
    def test(item: PSObj) -> bool:
        actual = item.get(name)
        if isinstance(actual, list):
            return any(_holds(each, operator, wanted) for each in actual)
        return _holds(actual, operator, wanted)

    return test


def _holds(actual: Any, operator: str, wanted: Any) -> bool:
    if operator in ("like", "notlike"):
        pattern = re.sub(r"([\[?])", r"[\1]", str(wanted).lower())
        return fnmatchcase(str(actual or "").lower(), pattern) == (operator == "like")
    left, right = _comparable(actual, wanted)
    if operator in ("eq", "ne"):
        return (left == right) == (operator == "eq")
    if left is None or right is None or type(left) is not type(right):
        return False
    return bool(
        {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[operator]
    )


def _comparable(actual: Any, wanted: Any) -> tuple[Any, Any]:
    """Both sides in the type of the property."""
    if wanted is None or actual is None:
        return actual or None, wanted
    if isinstance(actual, bool):
        return actual, wanted if isinstance(wanted, bool) else str(wanted).lower() == "true"
    if isinstance(actual, (int, float)):
        try:
            return float(actual), float(wanted)
        except (TypeError, ValueError):
            return float(actual), None
    if isinstance(actual, datetime):
        try:
            other = datetime.fromisoformat(str(wanted))
        except ValueError:
            return actual, None
        return actual, other if other.tzinfo else other.replace(tzinfo=actual.tzinfo)
    return str(actual).lower(), str(wanted).lower()
