# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CLIXML and PSRP bytes: round trips, recorded messages, and what is not well-formed."""

from __future__ import annotations

import datetime
import os
import random
import uuid
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.runspace import EnumValue, Int64, ListValue, PSObj, UInt32
from exchange_lab.wire import records
from exchange_lab.wire.clixml_reader import ClixmlError, loads
from exchange_lab.wire.clixml_writer import dumps, duration_text
from exchange_lab.wire.psrp_messages import Assembler, Fragmenter, FragmentError

from .psrp_recordings import PROGRESS, WARNING

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -5, 2**31, -(2**63), 1.5, "", "text", "a_x0041_b", "_", "_x", "_X0041_", "\x00\x1f\x7f", "😀 ü Ж", "\ud800",
        "<&>\"'", " \n\t ", b"\x00\xff", uuid.uuid4(), Decimal("1.10"), [], [1, [2, None]], {"a": 1, "b": [{"c": 2}]},
        datetime.datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC),
    ],
)  # fmt: skip
def test_round_trip(value: Any) -> None:
    assert loads(dumps(value)) == value


def test_random_text_round_trips() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    rng = random.Random(seed)
    for _unused in range(300):
        text = "".join(
            chr(rng.choice([95, 120, 88, 48, 65, rng.randrange(0x20), rng.randrange(0x110000)]))
            for _unused in range(20)
        )
        plain = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        assert loads(dumps(text)) == plain


@pytest.mark.parametrize(
    ("value", "tag", "text"),
    [
        (Int64(5), "I64", "5"), (UInt32(5), "U32", "5"), (2**31 - 1, "I32", "2147483647"), (2**31, "I64", "2147483648"),
        (datetime.datetime(2024, 5, 1, 12, tzinfo=UTC), "DT", "2024-05-01T12:00:00Z"),
        (datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))), "DT", "2024-05-01T12:00:00-05:30"),
        (datetime.timedelta(days=14), "TS", "P14D"), (True, "B", "true"),
    ],
)  # fmt: skip
def test_simple_forms(value: Any, tag: str, text: str) -> None:
    element = ET.fromstring(dumps(value))
    assert (element.tag, element.text) == (tag, text)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ({}, "PT0S"),
        ({"hours": 1}, "PT1H"),
        ({"days": 1, "seconds": 1.5}, "P1DT1.5S"),
        ({"minutes": -2}, "-PT2M"),
    ],
)
def test_durations(span: dict[str, float], text: str) -> None:
    assert duration_text(datetime.timedelta(**span)) == text


def test_objects_keep_their_parts_and_share_type_names() -> None:
    inner = PSObj(("A", "System.Object"), {"N": 1}, to_string="inner")
    outer = PSObj(
        ("A", "System.Object"),
        {"Inner": inner, "List": ListValue([inner], ("L",))},
        {"Note": EnumValue("E", "One", 1)},
    )
    data = dumps(outer)
    got = loads(data)
    assert data.count(b"<T>A</T>") == 1
    assert got.types == ("A", "System.Object")
    assert (got.get("inner").get("n"), str(got.get("Inner"))) == (1, "inner")
    assert got.notes == {"Note": 1}
    assert got.get("List")[0].get("N") == 1


@pytest.mark.parametrize(
    "data",
    [
        "",
        "<x/>",
        "<Obj",
        "<I32>x</I32>",
        '<Obj RefId="0"><MS><S>x</S></MS></Obj>',
        '<Ref RefId="9"/>',
        "<SS>AA==</SS>",
    ],
)
def test_what_is_not_clixml(data: str) -> None:
    with pytest.raises(ClixmlError):
        loads(data)


def test_no_form() -> None:
    with pytest.raises(TypeError):
        dumps(object())


CAPTURES = (
    Path(os.environ.get("DIALTONE_REFERENCE") or Path(__file__).parents[4] / "shared" / "reference")
    / "captures"
)


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captured objects are not here")
def test_a_captured_mailbox_can_be_read_and_written_again() -> None:
    text = (CAPTURES / "get-mailbox.15.1.2507.clixml").read_text()
    mailbox = loads(text)
    assert mailbox.types[0] == "Microsoft.Exchange.Data.Directory.Management.Mailbox"
    assert mailbox.get("ExchangeGuid") == uuid.UUID("9b9387fe-e1b1-4695-97bd-b0a0bebe7ce2")
    assert dumps(loads(dumps(mailbox))) == dumps(mailbox)
    assert len(mailbox.props) > 150


def test_records_equal_recorded_ones() -> None:
    def canonical(xml: str) -> str:
        return ET.canonicalize(xml)

    assert canonical(records.informational("Warning", "warning stream").decode()) == canonical(
        WARNING
    )
    assert canonical(
        records.progress("Preparing modules for first use.", " ", -1, True).decode()
    ) == canonical(PROGRESS)


@pytest.mark.parametrize("size", [0, 1, 32708, 32709, 100000])
def test_fragments_come_together_again(size: int) -> None:
    fragmenter, pipeline = Fragmenter(), uuid.uuid4()
    pieces = fragmenter.fragments(0x41004, b"x" * size, pipeline.bytes_le)
    assert all(len(piece) <= 32768 for piece in pieces)
    (message,) = Assembler().feed(b"".join(pieces))
    assert (message.kind, message.pipeline_id, message.data) == (0x41004, pipeline, b"x" * size)


def test_fragments_out_of_order_are_refused() -> None:
    first, second, *_rest = Fragmenter().fragments(0x41004, b"x" * 100000)
    for data in (second, first[:10], first[:-1], first + first):
        with pytest.raises(FragmentError):
            list(Assembler().feed(data))
