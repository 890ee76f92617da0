# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameter binding by PowerShell's rules, without any protocol."""

from __future__ import annotations

import datetime
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.runspace import (
    UNLIMITED,
    Cmdlet,
    CmdletTable,
    Command,
    Invocation,
    PSObj,
    Runspace,
    SessionState,
    TerminatingError,
    load_specs,
)
from exchange_lab.runspace.conversion import ConversionError, parse_size, parse_timespan
from exchange_lab.runspace.helpers import HELPERS

from .conftest import ListHost, Things, make_table, thing


def parameter(
    kind: str = "String", sets: Any = ("(All)",), required: Any = False, **more: Any
) -> dict[str, Any]:
    return {
        "type": kind,
        "sets": list(sets),
        "required": required,
        "position": None,
        "pipeline": "False",
        "aliases": [],
        **more,
    }


SPECS = load_specs(
    {
        "Get-Stat": {
            "parameter_sets": {
                "Database": {"required": ["Database"], "optional": ["Store"]},
                "Identity": {"required": ["Identity"], "optional": ["Archive"]},
                "Server": {"required": ["Server"], "optional": []},
            },
            "parameters": {
                "Identity": parameter("GeneralMailboxIdParameter", ["Identity"], True, position=1, pipeline="True"),
                "Store": parameter("StoreIdParameter", ["Database"], position=1, pipeline="True"),
                "Archive": parameter("SwitchParameter", ["Identity"]),
                "Database": parameter("DatabaseIdParameter", ["Database"], True, pipeline="True"),
                "Server": parameter("ServerIdParameter", ["Server"], True, pipeline="True"),
                "Filter": parameter("String", aliases=["f1"]),
                "FilterMode": parameter("Mode", values=["Fast", "Slow"]),
            },
        },
        "New-Base": {
            "default_set": "NonRecovery",
            "parameter_sets": {"NonRecovery": {"required": [], "optional": []}, "Recovery": {"required": [], "optional": []}},
            "parameters": {
                "Name": parameter(required=True, position=1),
                "Server": parameter("ServerIdParameter", required=True),
                "Recovery": parameter("SwitchParameter", ["Recovery"], True),
                "Provision": parameter("Boolean", ["NonRecovery"]),
                "Old": parameter(applicable=["2010"]),
            },
        },
        "Set-All": {
            "parameters": {
                "Number": parameter("Int32"), "Small": parameter("UInt16"), "Flag": parameter("Boolean"),
                "On": parameter("SwitchParameter"), "Size": parameter("ByteQuantifiedSize"), "Limit": parameter("Unlimited"),
                "Span": parameter("EnhancedTimeSpan"), "When": parameter("DateTime"), "Id": parameter("Guid"),
                "List": parameter("String[]"), "Multi": parameter("MultiValuedProperty"),
                "Modes": parameter("Mode[]", values=["Fast", "Slow"]), "Mode": parameter("Mode", values=["Fast", "Slow"]),
                "Text": parameter(), "Who": parameter("MailboxIdParameter"), "Path": parameter("EdbFilePath"),
            }
        },
    }
)  # fmt: skip


class Recorder:
    """A table whose cmdlets keep what they were called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.table = CmdletTable([*(Cmdlet(s, self._body) for s in SPECS.values()), *HELPERS])
        self.host = ListHost()

    def _body(self, inv: Invocation, bound: dict[str, Any]) -> None:
        self.calls.append((inv.parameter_set, bound))

    def run(self, name: str, *positional: Any, **named: Any) -> tuple[str, dict[str, Any]]:
        args = [*((None, v) for v in positional), *named.items()]
        Runspace(self.table, SessionState("A\\a")).run([Command(name, args)], self.host)
        return self.calls.pop()

    def refusal(self, name: str, *positional: Any, **named: Any) -> tuple[str, str]:
        with pytest.raises(TerminatingError) as refused:
            self.run(name, *positional, **named)
        assert self.calls == []
        return refused.value.error.error_id, refused.value.error.message


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    assert recorder.table.defects == []


@pytest.mark.parametrize(
    ("positional", "named", "chosen", "bound"),
    [
        ((), {"Identity": "x"}, "Identity", {"Identity": "x"}),
        (("x",), {}, "Identity", {"Identity": "x"}),
        (("x",), {"Database": "d"}, "Database", {"Store": "x", "Database": "d"}),
        ((), {"database": "d"}, "Database", {"Database": "d"}),
        ((), {"-Serv": "s", "F1": "y"}, "Server", {"Server": "s", "Filter": "y"}),
        ((), {"Identity": "x", "Archive": None}, "Identity", {"Identity": "x", "Archive": True}),
        ((), {"Identity": "x", "Archive": False}, "Identity", {"Identity": "x", "Archive": False}),
    ],
)
def test_names_and_sets(
    recorder: Recorder, positional: Any, named: Any, chosen: str, bound: Any
) -> None:
    assert recorder.run("get-STAT", *positional, **named) == (chosen, bound)


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("name", "positional", "named", "error", "text"),
    [
        ("Get-Stat", (), {"Nope": 1}, "NamedParameterNotFound", "A parameter cannot be found that matches parameter name 'Nope'."),
        ("Get-Stat", (), {"WhatIf": True}, "NamedParameterNotFound", "'WhatIf'"),
        ("Get-Stat", (), {"Fil": 1}, "AmbiguousParameter", "Possible matches include: -Filter -FilterMode."),
        ("Get-Stat", (), {"": 1}, "NamedParameterNotFound", "''"),
        ("Get-Stat", (), {"Database": "d", "Server": "s"}, "AmbiguousParameterSet", "Parameter set cannot be resolved using the specified named parameters."),
        ("Get-Stat", (), {"Archive": True, "Database": "s"}, "AmbiguousParameterSet", "Parameter set"),
        ("Get-Stat", (), {}, "MissingMandatoryParameter", "missing mandatory parameters: Identity."),
        ("Get-Stat", ("x", "y"), {}, "PositionalParameterNotFound", "A positional parameter cannot be found that accepts argument 'y'."),
        ("Get-Stat", (), {"Filter": "a", "f1": "b", "Identity": "x"}, "ParameterAlreadyBound", "is specified more than once"),
        ("Get-Stat", (), {"Identity": None}, "ParameterArgumentValidationErrorNullNotAllowed", "'Identity' because it is null."),
        ("Get-Stat", (), {"Identity": ""}, "ParameterArgumentValidationErrorEmptyStringNotAllowed", "is an empty string."),
        ("New-Base", ("x",), {}, "MissingMandatoryParameter", "Server"),
        ("New-Base", ("x",), {"Server": "s", "Recovery": True, "Provision": True}, "AmbiguousParameterSet", "Parameter set"),
        ("New-Base", ("x",), {"Server": "s", "Old": 1}, "NamedParameterNotFound", "'Old'"),
    ],
)  # fmt: skip
def test_refusals(
    recorder: Recorder, name: str, positional: Any, named: Any, error: str, text: str
) -> None:
    error_id, message = recorder.refusal(name, *positional, **named)
    assert error_id == f"{error},{name}"
    assert text in message


def test_a_switch_of_its_own_chooses_the_set(recorder: Recorder) -> None:
    assert recorder.run("New-Base", "x", Server="s")[0] == "NonRecovery"
    assert recorder.run("New-Base", "x", Server="s", Recovery=True)[0] == "Recovery"
    assert recorder.run("New-Base", "x", Server="s", Provision=True)[0] == "NonRecovery"


_GUID = uuid.UUID("12345678-1234-1234-1234-123456789abc")


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("Number", "5", 5), ("Number", -3, -3), ("Number", 2.0, 2), ("Flag", 0, False), ("Flag", True, True), ("On", True, True),
        ("Size", "10GB", 10 * 2**30), ("Size", 5, 5), ("Limit", "unlimited", UNLIMITED), ("Limit", "50", 50),
        ("Limit", "1.5 GB (1,610,612,736 bytes)", 1610612736), ("Limit", "30.00:00:00", datetime.timedelta(days=30)),
        ("Span", "1.02:03:04.5", datetime.timedelta(days=1, hours=2, minutes=3, seconds=4.5)), ("Span", "14", datetime.timedelta(days=14)),
        ("When", "2024-05-01T12:00:00Z", datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone.utc)),
        ("When", "5/1/2024 1:00:00 PM", datetime.datetime(2024, 5, 1, 13, tzinfo=datetime.timezone.utc)),
        ("Id", "{12345678-1234-1234-1234-123456789abc}", _GUID), ("Id", _GUID, _GUID),
        ("List", "a", ["a"]), ("List", ["a", 1], ["a", "1"]), ("Multi", {"Add": "x"}, {"Add": "x"}), ("Multi", "x", ["x"]),
        ("Mode", "FAST", "Fast"), ("Modes", ["slow"], ["Slow"]), ("Mode", "fast,slow", "Fast, Slow"),
        ("Text", 5, "5"), ("Text", True, "True"), ("Text", "", ""), ("Text", None, None),
        ("Who", "", None), ("Who", None, None), ("Who", _GUID, str(_GUID)), ("Who", thing("T9"), "T9"), ("Path", r"D:\a.edb", r"D:\a.edb"),
    ],
)  # fmt: skip
def test_conversion(recorder: Recorder, name: str, value: Any, bound: Any) -> None:
    got = recorder.run("Set-All", **{name: value})[1][name]
    assert got == bound
    assert type(got) is type(bound)


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "Number",
            "x",
            'Cannot convert value "x" to type "System.Int32". Error: "Input string was not in a correct format."',
        ),
        ("Number", 2**40, "too large or too small for an Int32"),
        ("Small", -1, "UInt16"),
        ("Flag", "true", "Boolean parameters accept only Boolean values and numbers"),
        ("On", "yes", "Boolean parameters accept only"),
        ("Size", "ten", "not valid"),
        ("Limit", "unlimitedly", "not valid"),
        ("Span", "1 day", "String was not recognized as a valid TimeSpan."),
        ("Span", "25:00:00", "out of range"),
        ("When", "soon", "String was not recognized as a valid DateTime."),
        ("Id", "12", "Guid should contain 32 digits"),
        ("Mode", "Quick", "Unable to match the identifier name Quick to a valid enumerator name"),
        ("Text", ["a"], "Specified method is not supported."),
        ("Who", ["a", "b"], "System.Object[]"),
    ],
)
def test_values_that_do_not_fit(recorder: Recorder, name: str, value: Any, text: str) -> None:
    error_id, message = recorder.refusal("Set-All", **{name: value})
    assert error_id == "ParameterArgumentTransformationError,Set-All"
    assert message.startswith(f"Cannot process argument transformation on parameter '{name}'.")
    assert text in message


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1KB", 1024), ("1.5 MB", 1572864), ("2 gb (2.147.483.648 bytes)", 2**31)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "1 XB", "1GB 2"])
def test_not_sizes(text: str) -> None:
    with pytest.raises(ConversionError):
        parse_size(text)


def test_negative_time_spans() -> None:
    assert parse_timespan("-00:00:30") == datetime.timedelta(seconds=-30)


# -- pipelines
def obj(kind: str, **props: Any) -> PSObj:
    return PSObj((f"Contoso.{kind}", "System.Object"), props, to_string=str(props.get("Name")))


@pytest.mark.parametrize(
    ("item", "chosen", "bound"),
    [
        (obj("MailboxDatabase", Name="DB1", Identity="DB1"), "Database", {"Database": "DB1"}),
        (
            obj("Mailbox", Name="ann", Identity="x/ann", Database="DB1"),
            "Identity",
            {"Identity": "x/ann"},
        ),
        (obj("ExchangeServer", Name="EX1", Identity="EX1"), "Server", {"Server": "EX1"}),
        (obj("Other", Name="o", Identity="i"), "Identity", {"Identity": "i"}),
        (obj("Other", Server="s"), "Server", {"Server": "s"}),
        ("text", "Identity", {"Identity": "text"}),
    ],
)
def test_pipeline_objects_bind_by_type_then_by_name(
    recorder: Recorder, item: Any, chosen: str, bound: Any
) -> None:
    Runspace(recorder.table, SessionState("A\\a")).run(
        [Command("Get-Stat")], recorder.host, None, iter([item])
    )
    assert recorder.calls == [(chosen, bound)]


@pytest.mark.strictness
def test_objects_that_fit_nowhere_are_errors_of_their_own(recorder: Recorder) -> None:
    run = Runspace(recorder.table, SessionState("A\\a")).run
    run([Command("Set-All")], recorder.host, None, iter(["a", "b"]))
    run([Command("Get-Stat", [("Archive", True)])], recorder.host, None, iter([None]))
    assert [e.error_id for e in recorder.host.errors] == [
        "InputObjectNotBound,Set-All", "InputObjectNotBound,Set-All", "ParameterArgumentValidationErrorNullNotAllowed,Get-Stat",
    ]  # fmt: skip
    assert recorder.calls == []


def _session() -> tuple[Runspace, Things]:
    things = Things()
    return Runspace(make_table(), SessionState("A\\a", organisation=things)), things


@pytest.mark.strictness
def test_non_terminating_errors_are_per_object() -> None:
    runspace, things = _session()
    host = ListHost()
    runspace.run([Command("Get-Thing")], host, None, iter(["T1", "nope", "T2"]))
    assert [str(o) for o in host.out] == ["T1", "T2"]
    assert [e.error_id for e in host.errors] == ["NotFound,Get-Thing"]
    assert things.names == [f"T{i}" for i in range(5)]


@pytest.mark.strictness
def test_a_null_identity_is_every_object() -> None:
    runspace, _things = _session()
    for value in (None, ""):
        host = ListHost()
        runspace.run([Command("Get-Thing", [("Identity", value)])], host)
        assert len(host.out) == 5


@pytest.mark.strictness
def test_nothing_runs_when_a_later_command_is_wrong() -> None:
    runspace, things = _session()
    for wrong in (
        Command("Nope"),
        Command("Set-Thing", [("Nope", 1)]),
        Command("x", is_script=True),
    ):
        with pytest.raises(TerminatingError):
            runspace.run(
                [
                    Command(
                        "Remove-Thing", [("Identity", "T1"), ("Force", True), ("Confirm", False)]
                    ),
                    wrong,
                ],
                ListHost(),
            )
    assert len(things.names) == 5


def test_yes_to_all_is_asked_once_per_cmdlet() -> None:
    runspace, things = _session()
    host = ListHost(1, 1)
    runspace.run([Command("Remove-Thing")], host, None, iter(["T0", "T1", "T2"]))
    assert things.names == ["T3", "T4"]
    assert len(host.asked) == 2


def test_no_is_asked_again() -> None:
    runspace, things = _session()
    host = ListHost(2, 0, 0)
    runspace.run([Command("Remove-Thing")], host, None, iter(["T0", "T1"]))
    assert things.names == ["T0", "T2", "T3", "T4"]


def test_medium_impact_asks_only_when_told_to() -> None:
    runspace, things = _session()
    host = ListHost(2)
    runspace.run([Command("Set-Thing", [("Identity", "T0"), ("Quota", 1)])], host)
    assert (host.asked, things.quota) == ([], {"T0": 1})
    runspace.run([Command("Set-Thing", [("Identity", "T0"), ("Quota", 2), ("cf", None)])], host)
    assert (len(host.asked), things.quota) == (1, {"T0": 1})


@pytest.mark.parametrize("action", ["Stop", "stop", 1])
def test_error_action_stop(action: Any) -> None:
    runspace, _things = _session()
    with pytest.raises(TerminatingError) as stopped:
        runspace.run(
            [Command("Get-Thing", [("Identity", "nope"), ("ErrorAction", action)])], ListHost()
        )
    assert stopped.value.error.error_id == "NotFound,Get-Thing"


def test_first_stops_what_comes_before() -> None:
    runspace, _things = _session()
    host = ListHost()
    calls: list[str] = []
    runspace.table.on_call = lambda _s, _k, name, _a: (
        lambda outcome: calls.append(f"{name} {outcome}")
    )
    runspace.run(
        [
            Command("Get-Thing"),
            Command("Select-Object", [("First", 1), ("ExpandProperty", "Name")]),
        ],
        host,
    )
    assert host.out == ["T0"]
    assert sorted(calls) == ["Get-Thing ok", "Select-Object ok"]


def test_expanding_an_absent_property_is_an_error_per_object() -> None:
    runspace, _things = _session()
    host = ListHost()
    runspace.run(
        [Command("Get-Thing"), Command("Select-Object", [("ExpandProperty", "Nope")])], host
    )
    assert len(host.errors) == 5
    host = ListHost()
    runspace.run(
        [
            Command("Get-Thing", [("Identity", "T0")]),
            Command("Select-Object", [("ExpandProperty", "Addresses")]),
        ],
        host,
    )
    assert len(host.out) == 2


def test_measure_object() -> None:
    runspace, _things = _session()
    host = ListHost()
    runspace.run(
        [Command("Get-Thing"), Command("Measure-Object", [("Property", "Count"), ("Sum", None)])],
        host,
    )
    (got,) = host.out
    assert (got.get("Count"), got.get("Sum"), got.get("Average"), got.get("Property")) == (
        5,
        35.0,
        None,
        "Count",
    )


def test_settings_belong_to_the_session() -> None:
    runspace, _things = _session()
    runspace.session.settings["ViewEntireForest"] = True
    other, _things = _session()
    assert other.session.settings == {}


REFERENCE = (
    Path(os.environ.get("DIALTONE_REFERENCE") or Path(__file__).parents[4] / "shared" / "reference")
    / "exchange-cmdlets.json"
)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference data is not here")
def test_every_cmdlet_of_the_reference_loads() -> None:
    data = json.loads(REFERENCE.read_text())
    specs = load_specs(data)
    assert len(specs) > 95
    for name, spec in specs.items():
        for p in spec.parameters.values():
            assert p.sets <= set(spec.parameter_sets), name
            assert p.required <= p.sets, name
    create = specs["New-MailboxDatabase"].parameters
    assert create["Recovery"].sets == {"Recovery"}
    assert create["Name"].required == {"NonRecovery", "Recovery"}
    assert create["IsExcludedFromProvisioning"].sets == {"NonRecovery"}
    assert "MRSServer" not in specs["New-MailboxRestoreRequest"].parameters
    assert specs["Get-MailboxStatistics"].default_set == "Identity"
    assert specs["Set-Mailbox"].should_process and not specs["Get-Mailbox"].should_process
