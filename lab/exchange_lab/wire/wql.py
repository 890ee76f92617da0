# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small WQL: select columns or *, from one class, where comparisons are joined by AND."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import faults

Row = dict[str, Any]
Tables = Mapping[str, Callable[[], Sequence[Row]]]

_SELECT = re.compile(
    r"\s*select\s+(?P<columns>\*|\w+(?:\s*,\s*\w+)*)\s+from\s+(?P<table>\w+)(?:\s+where\s+(?P<where>.+?))?\s*",
    re.I | re.S,
)
_CONDITION = re.compile(
    r"""\s*(?P<column>\w+)\s*(?P<operator>=|<>|!=|<=|>=|<|>|\blike\b|\bis\s+not\b|\bis\b)\s*
    (?P<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+|true|false|null)\s*(?P<more>\band\b)?""",
    re.I | re.X | re.S,
)


@dataclass(frozen=True)
class Query:
    """A parsed query. columns: None for all."""

    table: str
    columns: tuple[str, ...] | None
    conditions: tuple[tuple[str, str, Any], ...] = ()


def parse(text: str) -> Query:
    """Raises the fault for an invalid query."""
    found = _SELECT.fullmatch(text)
    if not found:
        raise faults.bad_query()
    columns = found["columns"]
    return Query(
        found["table"],
        None if columns == "*" else tuple(c.strip() for c in columns.split(",")),
        tuple(_conditions(found["where"])) if found["where"] else (),
    )


def _conditions(text: str) -> list[tuple[str, str, Any]]:
    conditions = []
    at = 0
    while True:
        found = _CONDITION.match(text, at)
        if not found:
            raise faults.bad_query()
        operator = re.sub(r"\s+", " ", found["operator"].lower())
        conditions.append((found["column"].lower(), operator, _literal(found["value"])))
        at = found.end()
        if found["more"] is None:
            if at != len(text):
                raise faults.bad_query()
            return conditions


def _literal(text: str) -> Any:
    if text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    known = {"true": True, "false": False, "null": None}
    return known[text.lower()] if text.lower() in known else int(text)


def run(query: Query, tables: Tables) -> tuple[str, list[Row]]:
    """The class in its own spelling, and the rows with the wanted columns. Raises the fault for an unknown class."""
    table = next((name for name in tables if name.lower() == query.table.lower()), None)
    if table is None:
        raise faults.invalid_class(query.table)
    rows = [
        row
        for row in tables[table]()
        if all(_holds(row, column, operator, want) for column, operator, want in query.conditions)
    ]
    if query.columns is not None:
        wanted = {c.lower() for c in query.columns}
        rows = [{k: v for k, v in row.items() if k.lower() in wanted} for row in rows]
    return table, rows


def _holds(row: Row, column: str, operator: str, want: Any) -> bool:
    value = next((v for k, v in row.items() if k.lower() == column), None)
    if isinstance(value, str) and isinstance(want, str):
        value, want = value.lower(), want.lower()
    if operator in ("=", "is"):
        return bool(value == want)
    if operator in ("<>", "!=", "is not"):
        return bool(value != want)
    if value is None or want is None:
        return False
    if operator == "like":
        pattern = re.escape(str(want)).replace("%", ".*").replace("_", ".")
        return re.fullmatch(pattern, str(value), re.S) is not None
    try:
        return bool(
            {"<": value < want, ">": value > want, "<=": value <= want, ">=": value >= want}[
                operator
            ]
        )
    except TypeError:
        raise faults.bad_query() from None
