# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Enumeration of WMI classes: Enumerate and Pull ([MS-WSMV] 3.1.4.9, 3.1.4.10)."""

from __future__ import annotations

import threading
import uuid
import xml.etree.ElementTree as ET
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from . import faults, wql
from .envelope import Request

_DEFAULT_ELEMENTS = 20
_MAX_OPEN = 1000
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_CIM = 'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common"'


def _elements(row: wql.Row, prefix: str) -> str:
    out = []
    for name, value in row.items():
        tag = f"{prefix}{name}"
        if value is None:
            out.append(f'<{tag} xsi:nil="true"/>')
            continue
        for item in value if isinstance(value, (list, tuple)) else (value,):
            out.append(f"<{tag}>{_text(item, bool(prefix))}</{tag}>")
    return "".join(out)


def _text(value: Any, namespaced: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        tag = "cim:Datetime" if namespaced else "Datetime"
        return f"<{tag}>{value.isoformat()}</{tag}>"
    return escape(str(value))


def _item(table: str, row: wql.Row, base: str, whole: bool) -> str:
    """One instance. A query with named columns gives fragments without namespace, as WinRM answers it."""
    if not whole:
        return f"<w:XmlFragment {_XSI}>{_elements(row, '')}</w:XmlFragment>"
    return (
        f'<p:{table} {_XSI} xmlns:p="{base}{table}" {_CIM} xsi:type="p:{table}_Type">'
        f"{_elements(row, 'p:')}</p:{table}>"
    )


def _max_elements(*candidates: ET.Element | None) -> int:
    for element in candidates:
        if element is not None and element.text:
            try:
                return max(1, int(element.text))
            except ValueError:
                raise faults.bad_request("MaxElements is not a number") from None
    return _DEFAULT_ELEMENTS


class Enumerations:
    """The enumerations of one server."""

    def __init__(self, tables: wql.Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._open: OrderedDict[str, list[str]] = OrderedDict()

    def query_of(self, request: Request) -> wql.Query:
        """What an Enumerate asks for: its WQL filter, or all of the class the resource URI names."""
        text = request.find("n:Enumerate/w:Filter")
        if text is not None:
            return wql.parse("".join(text.itertext()))
        return wql.Query(request.resource_uri.rsplit("/", 1)[1], None)

    def rows(self, query: wql.Query) -> tuple[str, list[wql.Row]]:
        """The class in its own spelling, and its rows. Raises WsmanFault."""
        return wql.run(query, self._tables)

    def enumerate(self, request: Request) -> str:
        """The body of an EnumerateResponse. Raises WsmanFault."""
        query = self.query_of(request)
        table, rows = self.rows(query)
        base = request.resource_uri.rsplit("/", 1)[0] + "/"
        items = [_item(table, row, base, query.columns is None) for row in rows]
        optimised = request.find("n:Enumerate/w:OptimizeEnumeration") is not None
        if not optimised:
            context = self._keep(items)
            return f"<n:EnumerateResponse><n:EnumerationContext>{context}</n:EnumerationContext></n:EnumerateResponse>"
        size = _max_elements(request.find("n:Enumerate/w:MaxElements"))
        rest = items[size:]
        context, end = (self._keep(rest), "") if rest else ("", "<w:EndOfSequence/>")
        return (
            f"<n:EnumerateResponse><n:EnumerationContext>{context}</n:EnumerationContext>"
            f"<w:Items>{''.join(items[:size])}</w:Items>{end}</n:EnumerateResponse>"
        )

    def pull(self, request: Request) -> str:
        """The body of a PullResponse. Raises WsmanFault."""
        context = request.find("n:Pull/n:EnumerationContext")
        key = (context.text or "").strip() if context is not None else ""
        size = _max_elements(
            request.find("n:Pull/n:MaxElements"), request.find("n:Pull/w:MaxElements")
        )
        with self._lock:
            items = self._open.pop(key, None)
            if items is None:
                raise faults.invalid_enumeration()
            rest = items[size:]
            if rest:
                self._open[key] = rest
        end = "" if rest else "<n:EndOfSequence/>"
        again = f"<n:EnumerationContext>{key}</n:EnumerationContext>" if rest else ""
        return f"<n:PullResponse>{again}<n:Items>{''.join(items[:size])}</n:Items>{end}</n:PullResponse>"

    def _keep(self, items: Iterable[str]) -> str:
        key = f"uuid:{str(uuid.uuid4()).upper()}"
        with self._lock:
            self._open[key] = list(items)
            while len(self._open) > _MAX_OPEN:
                self._open.popitem(last=False)  # those that nobody pulled to the end
        return key
