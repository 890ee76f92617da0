# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Enumeration of WMI classes, through the transports of unmodified clients."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import winrm
import xmltodict
from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import NAMESPACES, WSManAction

from exchange_lab.wire import wql
from exchange_lab.wire.faults import WsmanFault

from .conftest import PASSWORD, USER, Endpoint

CIMV2 = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
WSEN, WSMAN = "{%s}" % NAMESPACES["wsen"], "{%s}" % NAMESPACES["wsman"]  # noqa: UP031
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def enumerate_all(
    endpoint: Endpoint, query: str | None, page: int | None = 2, uri: str = CIMV2 + "*"
) -> list[ET.Element]:
    """Every instance, with as many Pulls as it takes."""
    wsman = endpoint.wsman("wsman")
    body = ET.Element(f"{WSEN}Enumerate")
    if page is not None:
        ET.SubElement(body, f"{WSMAN}OptimizeEnumeration")
        ET.SubElement(body, f"{WSMAN}MaxElements").text = str(page)
    if query is not None:
        ET.SubElement(body, f"{WSMAN}Filter", Dialect=WQL).text = query
    answer = wsman.invoke(WSManAction.ENUMERATE, uri, body)
    items: list[ET.Element] = []
    while True:
        for tag in (f"{WSMAN}Items", f"{WSEN}Items"):
            for part in answer.iter(tag):
                items.extend(part)
        context = answer.find(f".//{WSEN}EnumerationContext")
        if context is None or not context.text:
            return items
        pull = ET.Element(f"{WSEN}Pull")
        ET.SubElement(pull, f"{WSEN}EnumerationContext").text = context.text
        ET.SubElement(pull, f"{WSEN}MaxElements").text = str(page or 2)
        answer = wsman.invoke(WSManAction.PULL, uri, pull)


@pytest.mark.parametrize("page", [None, 1, 2, 50])
def test_all_instances_of_a_class(endpoint: Endpoint, page: int | None) -> None:
    namespace = f"{{{CIMV2}Win32_Volume}}"
    for items in (
        enumerate_all(endpoint, "select * from win32_volume", page),
        enumerate_all(endpoint, None, page, CIMV2 + "Win32_Volume"),
    ):
        assert [i.tag for i in items] == [f"{namespace}Win32_Volume"] * 3
        first = {p.tag.removeprefix(namespace): p for p in items[0]}
        assert first["Name"].text == "C:\\"
        assert first["Label"].text == "C & more"
        assert first["BootVolume"].text == "true"
        assert first["PageFilePresent"].get(XSI_NIL) == "true"


def test_chosen_columns_come_as_fragments(endpoint: Endpoint) -> None:
    items = enumerate_all(
        endpoint,
        "select Name, FreeSpace from Win32_Volume where FreeSpace > 100 and Name like 'e%'",
    )
    assert [i.tag for i in items] == [f"{WSMAN}XmlFragment"]
    assert {p.tag: p.text for p in items[0]} == {"Name": "E:\\", "FreeSpace": "7000"}
    assert endpoint.calls == [("wmi", "Win32_Volume", {"columns": ["Name", "FreeSpace"]}, "ok")]


def test_nothing_found_is_an_empty_answer(endpoint: Endpoint) -> None:
    assert enumerate_all(endpoint, "select * from Win32_Volume where Name = 'X:\\\\'") == []


@pytest.mark.strictness
@pytest.mark.parametrize(
    "query",
    [
        "select",
        "select * from Win32_Volume where",
        "select * from Nope",
        "delete x",
        "select * from Win32_Volume where Name < 3",
    ],
)
def test_bad_queries_are_refused(endpoint: Endpoint, query: str) -> None:
    with pytest.raises(WSManFaultError) as fault:
        enumerate_all(endpoint, query)
    assert fault.value.code == 2150859002


def test_a_used_context_is_refused(endpoint: Endpoint) -> None:
    pull = ET.Element(f"{WSEN}Pull")
    ET.SubElement(
        pull, f"{WSEN}EnumerationContext"
    ).text = "uuid:00000000-0000-0000-0000-000000000000"
    with pytest.raises(WSManFaultError) as fault:
        endpoint.wsman("wsman").invoke(WSManAction.PULL, CIMV2 + "*", pull)
    assert fault.value.code == 2150858829


def test_pywinrm_can_ask_too(endpoint: Endpoint) -> None:
    """As a client of pywinrm would: its header, its transport, an own body."""
    client = winrm.Protocol(
        f"http://localhost:{endpoint.port}/wsman",
        username=USER,
        password=PASSWORD,
        transport="basic",
        proxy=None,
    )
    header = client.build_wsman_header(
        "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", CIMV2 + "*"
    )
    header["env:Body"] = {
        "n:Enumerate": {
            "w:OptimizeEnumeration": None,
            "w:MaxElements": "100",
            "w:Filter": {"@Dialect": WQL, "#text": "select Name from Win32_Volume"},
        }
    }
    answer = ET.fromstring(client.send_message(xmltodict.unparse({"env:Envelope": header})))
    assert [e.text for e in answer.iter("Name")] == ["C:\\", "D:\\", "E:\\"]


ROWS = [
    {"Name": "a'b and c", "Size": 5, "On": True, "Label": None},
    {"Name": "x", "Size": 9, "On": False, "Label": "L"},
]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Size = 5", [0]),
        ("size>=5 AND on = false", [1]),
        (r"Name = 'A\'B AND C'", [0]),
        ('Name = "x"', [1]),
        ("Name LIKE '%b%'", [0]),
        ("Name like '_'", [1]),
        ("Label is null", [0]),
        ("Label is not null", [1]),
        ("Label <> 'L'", [0]),
        ("Size != 5", [1]),
        ("Absent = 3", []),
    ],
)
def test_conditions(where: str, found: list[int]) -> None:
    _table, rows = wql.run(wql.parse(f"select * from T where {where}"), {"T": lambda: ROWS})
    assert rows == [ROWS[i] for i in found]


@pytest.mark.parametrize(
    "where", ["Size", "Size = ", "Size = 5 and", "Size = 5 or On = true", "Size = 5 Size = 9"]
)
def test_what_this_wql_does_not_know(where: str) -> None:
    with pytest.raises(WsmanFault):
        wql.parse(f"select * from T where {where}")
