# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine of faults: when they strike, when they are lifted, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.__main__ import main
from exchange_lab.control import Client, ControlError
from exchange_lab.faults import POINTS, Engine, Fault, FaultError, Hit, wanted
from exchange_lab.faults.catalogue import CATALOGUE
from exchange_lab.faults.fault import FAMILIES, REQUIRED
from exchange_lab.lab import Lab


class Struck(Exception):
    """The fault of these tests."""


def striking(**options: Any) -> Fault:
    def act(_hit: Hit, *, text: str = "struck") -> None:
        raise Struck(text)

    return Fault("striking", "session", "", "", act, "call", 1, {"text": "struck"}, **options)


@pytest.fixture
def engine() -> Engine:
    return Engine(None)  # type: ignore[arg-type]


def strikes(engine: Engine, count: int, **facts: Any) -> list[int]:
    """Which of so many calls were struck, from 1."""
    struck = []
    for number in range(1, count + 1):
        try:
            engine.at("call", **facts)
        except Struck:
            struck.append(number)
    return struck


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1]),
        ({"nth": 3}, [3]),
        ({"nth": 2, "times": 3}, [2, 3, 4]),
        ({"times": None}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 5, "times": None}, [5, 6]),
    ],
)
def test_when_it_strikes(engine: Engine, options: dict[str, Any], expected: list[int]) -> None:
    engine.inject(striking(), **options)
    assert strikes(engine, 6, name="Get-Mailbox") == expected
    assert bool(engine.active()) == (options.get("times", 1) is None)
    engine.lift()
    assert strikes(engine, 2, name="Get-Mailbox") == []


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"name": "set-mailbox"}, True),
        ({"name": "Set-*", "server": "MBX1"}, True),
        ({"name": "Set-*", "server": "MBX2"}, False),
        ({"arguments": "*db01*"}, True),
        ({"arguments": "*DB02*"}, False),
        ({"changing": "true"}, True),
        ({"changing": False}, False),
    ],
)
def test_what_it_strikes(engine: Engine, match: dict[str, Any], fits: bool) -> None:
    engine.inject(striking(), **match)
    facts = {"name": "Set-Mailbox", "server": "MBX1", "arguments": {"Database": "DB01"}}
    assert bool(strikes(engine, 1, **facts, changing=True)) == fits
    assert not strikes(engine, 1, name="other", server="other", arguments={}, changing=None)


def test_another_point_is_not_struck(engine: Engine) -> None:
    engine.inject(striking())
    assert engine.at("called", name="x") is None and engine.active()


@pytest.mark.parametrize(
    "options", [{"nmae": "Set-Mailbox"}, {"nth": 0}, {"times": 0}, {"action": "Create"}]
)
def test_what_can_not_be_is_refused(engine: Engine, options: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        engine.inject(striking(), **options)
    assert not engine.active()


def test_a_state_is_broken_and_mended(engine: Engine) -> None:
    seen = []

    def act(_hit: Hit, *, what: str) -> Iterator[None]:
        seen.append(f"broken {what}")
        yield
        seen.append(f"mended {what}")

    fault = Fault("state", "session", "", "", act, options={"what": REQUIRED})
    engine.inject(fault, what="a")
    engine.inject(fault, what="b")
    assert engine.lift("st*") == 0
    assert seen == ["broken a", "broken b", "mended b", "mended a"]
    with pytest.raises(FaultError):
        engine.inject(fault)
    assert not engine.active()


def test_a_function_of_the_caller(engine: Engine) -> None:
    seen: list[str] = []
    watch: Callable[[Hit], None] = lambda hit: seen.append(hit.facts["name"])  # noqa: E731
    engine.watch("call", watch, nth=2, changing="true")
    for name in ("a", "b", "c"):
        engine.at("call", name=name, changing=True)
        engine.at("call", name="read", changing=False)
    assert seen == ["b"]


def test_lifted_by_time_and_over_http(tmp_path: Path) -> None:
    with Lab("tiny", tmp_path, speed=3600) as lab:
        client = Client(lab.control_url, lab.control_token)
        client.inject("slow", delay=5, name="Get-Mailbox", seconds=1800)
        (found,) = [f for f in client.faults() if f["name"] == "slow"]
        assert found["active"][0]["name"] == "Get-Mailbox" and found["active"][0]["struck"] == 0
        client.sleep(1900)
        assert not any(fault["active"] for fault in client.faults())
        client.inject("connection_refused", server="MBX1")
        assert client.lift() == 0
        for name, options in (("no_such_fault", {}), ("slow", {"foo": 1})):
            with pytest.raises(ControlError, match="foo|no_such_fault"):
                client.inject(name, **options)


def test_the_catalogue_describes_itself() -> None:
    for fault in CATALOGUE.values():
        assert fault.family in FAMILIES and fault.shows, fault.name
        assert fault.description.endswith("."), f"{fault.name} is not described in a sentence"
        assert not fault.point or fault.point in POINTS


# -- as a command line asks for them


@pytest.mark.parametrize(
    ("text", "name", "options", "call"),
    [
        ("idle_shells_closed", "idle_shells_closed", {}, ""),
        (
            "cmdlet_throttled,name=Set-Mailbox,wait=5,times=null", "cmdlet_throttled",
            {"name": "Set-Mailbox", "wait": 5, "times": None}, "",
        ),
        (
            "volume_full,server=MBX1,path=D:\\,seconds=60@eseutil", "volume_full",
            {"server": "MBX1", "path": "D:\\", "seconds": 60}, "eseutil",
        ),
    ],
)  # fmt: skip
def test_a_wanted_fault(text: str, name: str, options: dict[str, Any], call: str) -> None:
    found = wanted.parse(text)
    assert (found.fault.name, found.options, found.call) == (name, options, call)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "there is no fault 'nonsense', only "),
        ("cmdlet_throttled,wait", "'wait' is not OPTION=VALUE"),
        ("cmdlet_throttled,weight=5", "has no option weight"),
        ("volume_full,server=MBX1", "volume_full needs path"),
        ("cmdlet_throttled,times=0", "nth and times begin with 1"),
        ("controller_clock_jumps", "the lab's own process"),
    ],
)
def test_what_is_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    with pytest.raises(FaultError, match=why):
        wanted.parse(text)
    with pytest.raises(SystemExit) as ended:
        main(["--folder", str(tmp_path), "--fault", text])
    assert ended.value.code == 2 and why in capsys.readouterr().err


def test_it_waits_for_its_call(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOGUE, "striking", striking())
    wanted.arrange(engine, wanted.parse("striking,name=Get-Queue@Dismount-Database"))
    assert strikes(engine, 2, name="Get-Queue") == []
    engine.at("called", name="Mount-Database")
    assert strikes(engine, 2, name="Get-Queue") == []
    engine.at("called", name="Dismount-Database")
    assert strikes(engine, 2, name="Get-Queue") == [1]
