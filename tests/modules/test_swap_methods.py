# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dial tone in place and swap by repoint against the lab: forward, back, refused, and killed after
each call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    dial_tone_database,
    mailbox_configuration,
)
from mortal import Killed, MortalTransport

ROOT = "D:\\DialTone"
BASE = f"{ROOT}\\DB01"
RESTORED = f"{BASE}\\restored\\DB01.edb"


class Way:
    """One way of recovery: which database the users are in, and the options of its modules."""

    def __init__(self, recovery: Any, name: str, method: str) -> None:
        self.recovery, self.desk, self.name, self.method = recovery, recovery.desk, name, method

    def present(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "failed_database": "DB01",
            "recovery_root": ROOT,
            "mount_timeout": 60,
            "state": "present",
        }

    def dial_tone(self) -> None:
        self.recovery.preserve()
        self.desk.run(dial_tone_database.run, **self.present())
        self.desk.run(
            mailbox_configuration.run,
            source_database="DB01",
            target_database=self.name,
            ledger=str(self.recovery.evidence / "ledger.json"),
            archives="rehome",
            public_folders="leave",
        )

    def swap(self) -> dict[str, Any]:
        return {
            "dial_tone_database": self.name,
            "failed_database": "DB01",
            "recovery_root": ROOT,
            "mount_timeout": 20,
            "method": self.method,
        }

    def state(self) -> dict[str, Any]:
        (row,) = self.desk.control.run_cmdlet(
            "Get-MailboxDatabase", {"Identity": self.name, "Status": True}
        )
        return row

    def files(self, folder: str) -> set[str]:
        return {
            file["name"]
            for file in self.desk.control.files("MBX1", folder)
            if not file["is_dir"] and file["name"].lower().endswith(".edb")
        }

    def assert_swapped(self) -> None:
        row = self.state()
        assert row["Mounted"] is True
        assert row["AllowFileRestore"] is False
        assert len(self.files(f"{BASE}\\swapped")) == 1
        if self.method == "repoint":
            assert row["EdbFilePath"] == RESTORED
        else:
            assert row["EdbFilePath"] == "D:\\Databases\\DB01\\DB01.edb"
            assert self.files(f"{BASE}\\restored") == set()

    def assert_dial_tone(self) -> None:
        row = self.state()
        assert row["Mounted"] is True
        assert row["AllowFileRestore"] is False
        assert self.files(f"{BASE}\\restored") == {"DB01.edb"}
        assert self.files(f"{BASE}\\swapped") == set()

    def messages(self) -> int:
        (user, *_others) = self.desk.control.run_cmdlet("Get-Mailbox", {"Database": self.name})
        return len(self.desk.control.read(str(user["Alias"])) or [])


WAYS = [("DB01", "auto"), ("DB01-DT", "repoint")]


@pytest.fixture(params=WAYS, ids=["in_place", "repoint"])
def way(recovery: Any, request: pytest.FixtureRequest) -> Way:
    """Dial tone with mail in it, and a restored file that was mounted once."""
    way = Way(recovery, *request.param)
    way.dial_tone()
    recovery.desk.control.send("all", 4)
    recovery.desk.control.sleep(60)
    recovery.restore()
    return way


def test_forward(way: Way) -> None:
    before = way.messages()
    result = way.desk.four_beats(database_swap.run, **way.swap())
    assert result["swapped"] and result["outage_seconds"] > 0
    way.assert_swapped()
    assert way.messages() > before  # the old mail


def test_back_to_dial_tone_and_forward_when_cured(way: Way) -> None:
    before = way.messages()
    way.desk.control.set_acl("MBX1", RESTORED, ["BUILTIN\\Administrators:(F)"])
    result = way.desk.run(database_swap.run, **way.swap())
    assert result["failed"] and result["returned_to_dial_tone"] and not result["changed"]
    way.assert_dial_tone()
    assert way.messages() == before
    way.desk.control.set_acl("MBX1", RESTORED, None)
    assert way.desk.run(database_swap.run, **way.swap())["swapped"]
    way.assert_swapped()


def test_repoint_is_undone_where_exchange_refuses_it(recovery: Any) -> None:
    """It is not known whether it takes the path of a file that exists (exchange.md 15.4)."""
    way = Way(recovery, "DB01-DT", "repoint")
    way.dial_tone()
    recovery.restore()
    way.desk.control.set_switch("move_path_to_existing_file", "refuse")
    assert way.desk.run(database_swap.run, **way.swap())["returned_to_dial_tone"]
    way.assert_dial_tone()


@pytest.mark.parametrize("options", WAYS, ids=["in_place", "repoint"])
def test_killed_after_each_change_of_the_swap(
    open_recovery: Callable[..., Any], options: tuple[str, str]
) -> None:
    number = 1
    while True:
        recovery = open_recovery(wire=False, latency=False, speed=3000)
        way, inner = Way(recovery, *options), recovery.desk.transport
        way.dial_tone()
        recovery.restore()
        way.desk.transport = MortalTransport(inner, number)
        try:
            way.desk.run(database_swap.run, **way.swap())
            break  # it has fewer calls than that
        except Killed:
            way.desk.transport = inner
        recovery.preserve()
        way.desk.run(dial_tone_database.run, **way.present())
        assert way.desk.run(database_swap.run, **way.swap())["swapped"], number
        way.assert_swapped()
        assert not way.desk.run(database_swap.run, **way.swap())["changed"], number
        way.desk.lab.stop()
        number += 1
    assert number > 5


@pytest.mark.parametrize("options", WAYS, ids=["in_place", "repoint"])
def test_killed_on_the_way_back(recovery: Any, options: tuple[str, str]) -> None:
    way = Way(recovery, *options)
    way.dial_tone()
    recovery.restore()
    inner = way.desk.transport
    probe = way.desk.transport = MortalTransport(inner)
    way.desk.control.set_acl("MBX1", RESTORED, ["BUILTIN\\Administrators:(F)"])
    assert way.desk.run(database_swap.run, **way.swap())["returned_to_dial_tone"]
    for number in range(1, probe.count + 1):
        way.desk.transport = MortalTransport(inner, number)
        with pytest.raises(Killed):
            way.desk.run(database_swap.run, **way.swap())
        way.desk.transport = inner
        result = way.desk.run(database_swap.run, **way.swap())
        assert result["returned_to_dial_tone"], (number, result)
        way.assert_dial_tone()
    way.desk.control.set_acl("MBX1", RESTORED, None)
    assert way.desk.run(database_swap.run, **way.swap())["swapped"]
    way.assert_swapped()


def test_killed_on_the_way_to_a_dial_tone_in_place(open_recovery: Callable[..., Any]) -> None:
    number = 1
    while True:
        recovery = open_recovery(wire=False, latency=False, speed=3000)
        way, inner = Way(recovery, "DB01", "auto"), recovery.desk.transport
        way.desk.transport = MortalTransport(inner, number)
        try:
            way.dial_tone()
            break
        except Killed:
            way.desk.transport = inner
        way.dial_tone()
        assert way.state()["Mounted"] is True, number
        done = len(way.desk.changing())
        way.dial_tone()
        assert way.desk.changing()[done:] == [], number
        way.desk.lab.stop()
        number += 1
    assert number > 4


def test_in_place_is_refused_in_any_doubt(desk: Any, recovery: Any) -> None:
    """Never a mount with Force where something is, or where nothing tells whose place it is."""
    way = Way(recovery, "DB01", "auto")
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="files at its paths"):
        desk.run(dial_tone_database.run, **way.present())
    with pytest.raises(PreconditionError, match="another volume"):
        desk.run(dial_tone_database.run, **{**way.present(), "recovery_root": "E:\\DialTone"})
    with pytest.raises(ConflictError, match="not marked"):
        desk.run(database_swap.run, **way.swap())
    with pytest.raises(InputError, match="repoint"):
        desk.run(database_swap.run, **{**way.swap(), "method": "repoint"})
    assert desk.changing()[before:] == []


def test_in_place_is_refused_where_nothing_is_left(open_desk: Callable[..., Any]) -> None:
    """An empty folder may be the mount point of a disk that is away."""
    desk = open_desk()
    desk.control.send("all", 1)
    desk.control.break_database("DB01", "destroy_all")
    with pytest.raises(PreconditionError, match="nothing of the database is left"):
        desk.run(
            dial_tone_database.run,
            name="DB01",
            failed_database="DB01",
            recovery_root=ROOT,
            mount_timeout=20,
            state="present",
        )
    assert desk.changing() == []


def test_a_lost_dial_tone_in_place_is_never_hidden_by_an_empty_one(recovery: Any) -> None:
    way = Way(recovery, "DB01", "auto")
    way.dial_tone()
    way.desk.control.break_database("DB01", "destroy_edb")
    before = len(way.desk.changing())
    with pytest.raises(PreconditionError, match="files at its paths"):
        way.desk.run(dial_tone_database.run, **way.present())
    assert way.desk.changing()[before:] == []
