# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CLIXML as pypsrp gives it, made plain."""

from __future__ import annotations

import os
import typing as t
import uuid
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._values import (
    parse_raw,
    plain,
    plain_object,
    unescape,
)
from pypsrp.serializer import Serializer

REFERENCE = Path(
    os.environ.get("DIALTONE_REFERENCE")
    or Path(__file__).resolve().parents[3].parent / "shared" / "reference"
)


def deserialize(xml: str) -> t.Any:
    return Serializer().deserialize(xml)


def wire_object(properties: str, to_string: str = "x") -> t.Any:
    return deserialize(
        '<Obj RefId="0"><TN RefId="0"><T>Microsoft.Exchange.Data.Thing</T><T>System.Object</T></TN>'
        f"<ToString>{to_string}</ToString><Props>{properties}</Props></Obj>"
    )


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ('<S N="P">Ex2016-DB2</S>', "Ex2016-DB2"),
        ('<S N="P"/>', ""),
        ('<Nil N="P"/>', None),
        ('<B N="P">true</B>', True),
        ('<B N="P">false</B>', False),
        ('<I32 N="P">-550</I32>', -550),
        ('<U64 N="P">18446744073709551615</U64>', 18446744073709551615),
        ('<Db N="P">0.5</Db>', 0.5),
        (
            '<G N="P">9B9387FE-E1B1-4695-97BD-B0A0BEBE7CE2</G>',
            "9b9387fe-e1b1-4695-97bd-b0a0bebe7ce2",
        ),
        ('<DT N="P">2026-11-22T14:15:02.1234567+01:00</DT>', "2026-11-22T14:15:02.123456+01:00"),
        ('<DT N="P">2026-11-22T14:15:02Z</DT>', "2026-11-22T14:15:02Z"),
        ('<S N="P">a_x000A_b_xD83D__xDCEC_</S>', "a\nb📬"),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>Some.Enum</T><T>System.Enum</T><T>System.Object</T></TN>'
            "<ToString>StandardEvaluation</ToString><I32>2</I32></Obj>",
            "StandardEvaluation",
        ),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>Microsoft.Exchange.Data.MultiValuedProperty`1[[X]]</T>'
            "<T>System.Object</T></TN><LST><S>SMTP:a@b.c</S><S>smtp:d_x000A_</S><Nil/><I32>3</I32>"
            "</LST></Obj>",
            ["SMTP:a@b.c", "smtp:d\n", None, 3],
        ),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>Microsoft.Exchange.Data.MultiValuedProperty`1[[X]]</T>'
            "<T>System.Object</T></TN><LST/></Obj>",
            [],
        ),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>System.Collections.ArrayList</T><T>System.Object</T>'
            "</TN><LST><S>a</S><G>9B9387FE-E1B1-4695-97BD-B0A0BEBE7CE2</G></LST></Obj>",
            ["a", "9b9387fe-e1b1-4695-97bd-b0a0bebe7ce2"],
        ),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>Microsoft.Exchange.Data.EdbFilePath</T><T>System.Object</T>'
            r'</TN><ToString>D:\DB01\DB01.edb</ToString><Props><S N="PathName">D:\DB01\DB01.edb</S>'
            "</Props></Obj>",
            r"D:\DB01\DB01.edb",
        ),
        (
            '<Obj N="P" RefId="1"><TN RefId="1"><T>Thing</T><T>System.Object</T></TN>'
            '<Props><I32 N="Major">15</I32><Nil N="Minor"/></Props></Obj>',
            {"Major": 15, "Minor": None},
        ),
    ],
)
def test_property(xml: str, value: t.Any) -> None:
    assert plain_object(wire_object(xml)) == {"P": value}


def test_noise_of_remoting_is_dropped() -> None:
    thing = wire_object('<S N="Name">DB01</S><S N="PSComputerName">mbx1</S><S N="RunspaceId">x</S>')
    assert plain_object(thing) == {"Name": "DB01"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", {"value": "text"}),
        (3, {"value": 3}),
        (None, {"value": None}),
        ({"A": uuid.UUID(int=1)}, {"A": "00000000-0000-0000-0000-000000000001"}),
    ],
)
def test_bare_output(value: t.Any, expected: dict[str, t.Any]) -> None:
    assert plain_object(value) == expected


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("<LST><B>true</B><C>65</C><U32>1</U32><Sg>1.5</Sg></LST>", [True, "A", 1, 1.5]),
        ('<LST xmlns="http://schemas.microsoft.com/powershell/2004/04"><S>a</S></LST>', ["a"]),
        (
            '<LST><Obj RefId="5"><TN RefId="0"><T>X</T></TN><Props><S N="Name">a</S>'
            '<G N="Guid">9B9387FE-E1B1-4695-97BD-B0A0BEBE7CE2</G></Props></Obj><Ref RefId="5"/></LST>',
            [{"Name": "a", "Guid": "9b9387fe-e1b1-4695-97bd-b0a0bebe7ce2"}] * 2,
        ),
        (
            '<LST><Obj RefId="1"><TN RefId="0"><T>System.Enum</T></TN><ToString>Mounted</ToString>'
            "<I32>1</I32></Obj></LST>",
            ["Mounted"],
        ),
        (
            '<DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En><En><S N="Key">b</S><Nil N="Value"/>'
            "</En></DCT>",
            {"a": 1, "b": None},
        ),
        ("<LST><Obj RefId='1'><LST><S>x</S></LST></Obj></LST>", [["x"]]),
    ],
)
def test_raw(xml: str, value: t.Any) -> None:
    assert parse_raw(xml) == value


def test_unescape_keeps_what_is_no_escape() -> None:
    assert unescape("a_x005F_x000A_ _x00G0_ _") == "a_x000A_ _x00G0_ _"


def test_deep_values_end() -> None:
    value: t.Any = "end"
    for _unused in range(40):
        value = [value]
    assert "end" in str(plain(value))


@pytest.mark.skipif(not (REFERENCE / "captures").is_dir(), reason="no captured objects here")
def test_a_captured_mailbox() -> None:
    text = (REFERENCE / "captures" / "get-mailbox.15.1.2507.clixml").read_text("utf-8")
    mailbox = plain_object(deserialize(text))
    assert mailbox["Database"] == "Ex2016-DB2"
    assert mailbox["ExchangeGuid"] == "9b9387fe-e1b1-4695-97bd-b0a0bebe7ce2"
    assert mailbox["MailboxProvisioningPreferences"] == []
    assert mailbox["MailboxLocations"][0].startswith("1;9b9387fe-")
    assert mailbox["LitigationHoldEnabled"] is False
    assert mailbox["LitigationHoldDate"] is None
    assert "<" not in "".join(v for v in mailbox.values() if isinstance(v, str))
