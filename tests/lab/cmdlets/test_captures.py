# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's objects against objects captured from real servers, where these are at hand.

A plain session carries ids, enums, sizes, versions, paths and time spans as text; a capture of the management shell
(Export-Clixml) has them as objects. A null on either side says nothing about the type.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from exchange_shell import Site

from exchange_lab.runspace import PSObj
from exchange_lab.wire.clixml_writer import dumps

ROOT = Path(__file__).resolve().parents[3]
CAPTURES = (
    Path(os.environ.get("DIALTONE_REFERENCE", ROOT.parent / "shared" / "reference")) / "captures"
)


def shape(element: ET.Element, types: dict[str, str]) -> dict[str, str]:
    """Property name -> kind: S, B, G, DT ..., Nil, or the class of a list."""
    props = next(child for child in element if _tag(child) == "Props")
    return {str(p.get("N")): _kind(p, types) for p in props}


def _kind(item: ET.Element, types: dict[str, str]) -> str:
    tag = _tag(item)
    if tag == "Ref":
        return "S"  # a second mention of an id
    if tag != "Obj":
        return tag
    children = {_tag(child): child for child in item}
    if not children.keys() & {"LST", "IE", "STK", "QUE"}:
        return "S"  # text on the wire of a plain session
    named = children["TN"] if "TN" in children else children["TNRef"]
    return types[str(named.get("RefId"))]


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def type_names(root: ET.Element) -> dict[str, str]:
    return {str(e.get("RefId")): str(e[0].text) for e in root.iter() if _tag(e) == "TN" and len(e)}


def captured(name: str) -> tuple[dict[str, str], list[str]]:
    path = CAPTURES / name
    if not path.is_file():
        pytest.skip("the captures aren't here")
    root = ET.fromstring(path.read_bytes())
    element = root if _tag(root) == "Obj" else root[0]
    listed = next(child for child in element if _tag(child) == "TN")
    return shape(element, type_names(root)), [
        str(t.text).removeprefix("Deserialized.") for t in listed
    ]


def ours(item: PSObj) -> dict[str, str]:
    root = ET.fromstring(dumps(item))
    return shape(root, type_names(root))


@pytest.mark.parametrize(
    ("file", "cmdlet", "least"),
    [
        ("get-mailbox.15.1.2507.clixml", "Get-Mailbox", 1.0),
        ("get-exchangeserver.E16.clixml.xml", "Get-ExchangeServer", 1.0),
        ("get-mailboxserver.E16.clixml.xml", "Get-MailboxServer", 0.8),
        ("test-servicehealth.E16.clixml.xml", "Test-ServiceHealth", 1.0),
    ],
)
def test_objects_look_as_captured(site: Site, file: str, cmdlet: str, least: float) -> None:
    real, types = captured(file)
    item = site.run(cmdlet).output[0]
    assert list(item.types) == types
    mine = ours(item)
    assert set(mine) <= set(real), set(mine) - set(real)
    assert len(mine) >= least * len(real), set(real) - set(mine)
    different = {
        name: (kind, real[name])
        for name, kind in mine.items()
        if kind != real[name] and "Nil" not in (kind, real[name])
    }
    assert not different


def test_values_of_a_mailbox_have_their_forms(site: Site) -> None:
    item = site.run("Get-Mailbox", Identity=site.mailboxes("DB01")[0].guid).one
    assert item.get("Identity") == "tiny.lab/Users/Anna Albers"
    assert item.get("Database") == "DB01" and item.get("ServerName") == "mbx1"
    assert item.get("RulesQuota") == "256 KB (262,144 bytes)"
    assert str(item.get("ArchiveGuid")) == "00000000-0000-0000-0000-000000000000"
    assert list(item.get("EmailAddresses"))[0].startswith("SMTP:")
