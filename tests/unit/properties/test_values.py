# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Exchange prints, read back: by any text without a crash, and from the lab without a loss."""

from __future__ import annotations

import json
import uuid
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    _failures,
    queues,
    restore_requests,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    identifiers,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import (
    Ledger,
    LedgerRow,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.versions import ServerVersion
from ansible_collections.dialtone.exchange.plugins.module_utils._transport import _values
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
)
from hostile import ANY, HOSTILE
from hypothesis import example, given
from hypothesis import strategies as st
from scripted_transport import ScriptedTransport, scripted_context

from exchange_lab.cmdlets._formats import size_text
from exchange_lab.wire.clixml_writer import dumps

SIZES = st.integers(0, 2**53)


# -- sizes, versions


@given(SIZES)
def test_a_size_as_exchange_prints_it(size: int) -> None:
    assert sizes.parse_size(size_text(size)) == size


@given(SIZES, st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", "\u2019", "٬"]))
def test_a_size_in_any_culture(size: int, separator: str) -> None:
    text = f"1.5 GB ({size:,} bytes)".replace(",", separator)
    assert sizes.parse_size(text) == size


@given(SIZES)
def test_a_size_for_people_is_read_back_within_its_rounding(size: int) -> None:
    read = sizes.parse_size(sizes.format_size(size))
    assert read is not None and abs(read - size) <= 0.05 * max(1, size)


@given(*[st.integers(0, 99999)] * 4)
def test_a_version_in_both_forms(major: int, minor: int, build: int, revision: int) -> None:
    for text in (
        f"Version {major}.{minor} (Build {build}.{revision})",
        f"{major}.{minor}.{build}.{revision}",
    ):
        version = ServerVersion.parse(text)
        assert version == (major, minor, build, revision)
        assert ServerVersion.parse(str(version)) == version


@pytest.mark.parametrize(
    "parse",
    [
        sizes.parse_size,
        ServerVersion.parse,
        identifiers.parse_guid,
    ],
)
@given(
    text=st.one_of(
        ANY,
        st.text("0123456789.,:-() GMKTBbytes'\u00a0²٣", max_size=30),
    )
)
@example(text="(² bytes)")
@example(text="²")
@example(text="99999999999.00:00:00")
@example(text="1" * 5000)
def test_any_text_is_read_or_refused_with_its_words(parse: Any, text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        # Python's own complaint (about digits, or dates) would tell nobody what was wrong.
        assert repr(text) in str(error)


# -- identifiers


@given(st.uuids(), st.booleans(), st.booleans())
def test_a_guid_in_any_dress(guid: uuid.UUID, braces: bool, upper: bool) -> None:
    text = str(guid).upper() if upper else str(guid)
    read = identifiers.parse_guid(f" {{{text}}} " if braces else text)
    assert read == (str(guid) if guid.int else None)


# -- lists and objects of the wire

SIMPLE = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**31), 2**31 - 1), HOSTILE, ANY, st.uuids()
)
NESTED = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=4), max_leaves=12)


def plainly(value: Any) -> Any:
    if isinstance(value, list):
        return [plainly(item) for item in value]
    return str(value) if isinstance(value, uuid.UUID) else value


@given(st.lists(NESTED, max_size=6))
@example(["_x0041_", "_X0041_", "\x00", "📮", "<S>", "_"])
def test_a_list_arrives_as_it_was(items: list[Any]) -> None:
    """pypsrp leaves <LST> as text where the list has a type of its own."""
    found = next(e for e in ET.fromstring(dumps(items)).iter() if e.tag.rpartition("}")[2] == "LST")
    assert _values.parse_raw(ET.tostring(found, encoding="unicode")) == plainly(items)


@given(ANY)
def test_escapes_of_the_wire(text: str) -> None:
    sent = dumps([text])
    read = ET.fromstring(sent).find(".//{*}S")
    assert read is not None and _values.unescape(read.text or "") == text


@given(ANY)
def test_unescape_takes_anything(text: str) -> None:
    _values.unescape(text).encode("utf-8")


# -- queues, requests, errors


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "Identity": HOSTILE,
                "Status": st.sampled_from(["Active", "Ready", "Retry", "Suspended", "Новое"]),
                "MessageCount": st.one_of(st.none(), st.integers(0, 10**6)),
                "NextHopDomain": st.one_of(st.none(), st.just("db01"), HOSTILE),
                "LastError": st.one_of(st.none(), HOSTILE),
                "NextRetryTime": st.one_of(st.none(), st.just("2026-11-22T14:15:02Z")),
            }
        ),
        max_size=5,
    )
)
def test_queues_of_a_server(rows: list[dict[str, Any]]) -> None:
    class Answering(ScriptedTransport):
        def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
            return CommandResult(output=rows)

    found = queues.for_database(scripted_context(Answering()), "MBX1", "DB01")
    wanted = [row for row in rows if str(row["NextHopDomain"]).casefold() == "db01"]
    assert [(q.identity, q.messages) for q in found] == [
        (row["Identity"], row["MessageCount"] or 0) for row in wanted
    ]


NUMBERS = ["PercentComplete", "EstimatedTransferItemCount", "ItemsTransferred",
           "BadItemLimit", "BadItemsEncountered", "LargeItemsEncountered"]  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), ANY, st.lists(ANY, max_size=2),
    st.from_regex(r"-?\d{1,40}(\.\d{1,3})?", fullmatch=True), st.uuids().map(str),
)  # fmt: skip


def row_of(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(names, ODD))


REQUESTS = row_of("Identity", "Name", "RequestGuid", "BatchName", "Status", "SourceDatabase")
STATISTICS = row_of("Status", *NUMBERS, "BytesTransferred", "SourceExchangeGuid", "Report")
STORED = row_of("MailboxGuid", "ItemCount", "DeletedItemCount", "TotalItemSize")
QUEUES = row_of("Identity", "Status", "MessageCount").map(lambda r: {**r, "NextHopDomain": "DB01"})
REQUEST = restore_requests.RestoreRequest("Ann\\x", "x", None, "b", "Failed", "RDB", "Ann")


@pytest.mark.parametrize(
    ("read", "rows"),
    [
        (lambda context: restore_requests.touching(context, "DB01"), REQUESTS),
        (lambda context: restore_requests.statistics(context, REQUEST, report=True), STATISTICS),
        (lambda context: statistics.of_database(context, "DB01", about="database DB01"), STORED),
        (lambda context: queues.for_database(context, "MBX1", "DB01"), QUEUES),
    ],
    ids=["requests", "statistics", "mailboxes", "queues"],
)
@given(data=st.data())
def test_any_value_is_read_or_refused_with_the_object(read: Any, rows: Any, data: Any) -> None:
    class Answering(ScriptedTransport):
        def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
            return CommandResult(output=[data.draw(rows)])

    try:
        read(scripted_context(Answering()))
    except TransportError as error:
        assert error.object and error.command and "can not be read" in str(error)
        assert "invalid literal" not in str(error) and len(str(error)) < 1500


@pytest.mark.parametrize("name", NUMBERS)
def test_a_count_that_is_none_is_never_taken_for_one(name: str) -> None:
    class Answering(ScriptedTransport):
        def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
            return CommandResult(output=[{name: "viele"}])

    with pytest.raises(TransportError, match="restore request x: .*'viele' is not a number"):
        restore_requests.statistics(scripted_context(Answering()), REQUEST)


# -- claims and ledgers, which people can touch

CLAIM = "eva at shell1, since 20261122-173000, process 0000cafe-1-1, every 2 s, 5"


def spoilt(text: str) -> st.SearchStrategy[str]:
    """The text with a piece of it replaced by anything."""
    places = st.tuples(*[st.integers(0, len(text))] * 2).map(sorted)
    return st.builds(lambda p, noise: text[: p[0]] + noise + text[p[1] :], places, ANY)


@given(st.one_of(ANY, spoilt(CLAIM)))
@example(CLAIM)
def test_any_name_is_a_claim_or_none(name: str) -> None:
    claim = Claim.parse(name)
    assert (claim is not None) if name == CLAIM else (claim is None or Claim.parse(claim.name) == claim)
    if claim is not None:
        json.dumps([claim.as_result(), claim.text, claim.renewed().name])


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), ANY),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["rows", "exchange_guid", "items_merged", "final_state", "run_id", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
LEDGER = Ledger("DB01", "20261122-141502", [LedgerRow("a", display_name="Ann")]).to_json()


@given(
    st.one_of(
        ANY,
        spoilt(LEDGER),
        JSON.map(json.dumps),
        st.lists(JSON, max_size=3).map(lambda rows: json.dumps({"rows": rows})),
    )
)
@example("[" * 100_000)
@example('{"rows": [{"exchange_guid": []}]}')
def test_any_text_is_a_ledger_or_none(text: str) -> None:
    try:
        ledger = Ledger.from_json(text)
    except ValueError:
        return
    assert list(Ledger.from_json(ledger.to_json())) == list(ledger)
    ledger.to_csv()


@given(
    subject=HOSTILE.filter(lambda s: "\n" not in s and '"' not in s),
    folder=HOSTILE.filter(lambda s: "\n" not in s and '"' not in s),
    noise=st.lists(HOSTILE.filter(lambda s: "item" not in s), max_size=3),
)
def test_skipped_items_of_a_report(subject: str, folder: str, noise: list[str]) -> None:
    line = f'A corrupted item was encountered: "{subject}" in folder "{folder}".'
    found = restore_requests.skipped_items("\n".join([*noise, line]))
    assert [(item["subject"], item["folder"]) for item in found] == [(subject, folder)]


@given(st.one_of(ANY, st.lists(st.one_of(ANY, st.dictionaries(ANY, ANY, max_size=3)), max_size=4)))
def test_any_report_is_read(report: Any) -> None:
    json.dumps(restore_requests.skipped_items(report))


@given(message=ANY, exception=HOSTILE, error_id=HOSTILE, category=HOSTILE)
def test_any_error_has_a_sentence(
    message: str, exception: str, error_id: str, category: str
) -> None:
    error = _failures.translate(
        CommandError(message, category=category, error_id=error_id, exception=exception),
        command="Get-Thing",
        server="mbx1",
        about="database DB01",
        operation="read",
    )
    assert isinstance(error, ExchangeError)
    assert "DB01" in str(error) and len(str(error)) < 1500
    json.dumps(error.as_result())
