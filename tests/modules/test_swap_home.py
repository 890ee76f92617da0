# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way home from an alternate server, module by module: forward, back, and killed after each change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import statistics
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    dial_tone_database,
    mailbox_configuration,
)
from desks import ROOT
from mortal import Killed, MortalTransport
from pairs import Pair


@pytest.fixture
def pair(open_pair: Callable[..., Pair]) -> Pair:
    return open_pair()


@pytest.mark.parametrize("one_by_one", [False, True])
def test_four_beats(pair: Pair, one_by_one: bool) -> None:
    """Everyone goes home, the mailbox created meanwhile too; then the dial tone database retires."""
    result = pair.original.four_beats(database_swap.run, **pair.home(one_by_one=one_by_one))
    assert result["swapped"] and result["rehomed"] >= 9
    assert (result["outage_seconds"] is None) == one_by_one
    pair.assert_home()
    assert len(pair.control.read("newcomer") or []) == 0  # its mail comes with the merge

    retired = pair.present(state="retired")
    assert pair.alternate.four_beats(dial_tone_database.run, **retired)["run_id"]
    assert pair.control.run_cmdlet("Get-MailboxDatabase", {"Server": "MBX2"})[0]["Name"] == "DB02"
    there = {file["name"] for file in pair.control.files("MBX2", f"{ROOT}\\DB01\\swapped")}
    assert "DB01-DT.edb" in there
    assert any(name.startswith("run-") for name in there)


def test_files_in_place(open_pair: Callable[..., Pair]) -> None:
    pair = open_pair(restore=False)
    assert pair.files("in_place", check=True)["changed"]
    with pytest.raises(PreconditionError, match="is not there"):
        pair.files("in_place")
    pair.restore()
    done = len(pair.original.changing())
    for state in ("preserved", "restored", "in_place"):
        assert not pair.files(state)["changed"]
    assert pair.original.changing()[done:] == []
    there = {file["name"] for file in pair.control.files("MBX1", "D:\\Databases\\DB01")}
    assert there == {"DB01.edb"}


def test_what_is_not_ready_is_refused_before_anyone_notices(open_pair: Callable[..., Pair]) -> None:
    pair = open_pair(restore=False)
    desk = pair.original
    assert desk.run(database_swap.run, check=True, **pair.home())["changed"]
    with pytest.raises(NotFoundError, match="DB01-DT"):
        desk.run(database_swap.run, **pair.home())
    pair.dial_tone()
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="in_place"):
        desk.run(database_swap.run, **pair.home())
    with pytest.raises(PreconditionError, match="mbx2"):
        pair.alternate.run(database_swap.run, **pair.home())
    with pytest.raises(PreconditionError, match="not home"):
        pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
    assert desk.changing()[before:] == []
    pair.restore()
    pair.control.add_move_request(
        pair.control.run_cmdlet("Get-Mailbox", {"Database": "DB01-DT"})[0]["Name"], "DB02"
    )
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="move"):
        desk.run(database_swap.run, **pair.home())
    assert desk.changing()[before:] == []


def test_a_restored_file_that_does_not_mount_leaves_the_users_alone(pair: Pair) -> None:
    own = "D:\\Databases\\DB01\\DB01.edb"
    pair.control.set_acl("MBX1", own, ["BUILTIN\\Administrators:(F)"])
    result = pair.original.run(database_swap.run, **pair.home())
    assert result["failed"] and result["returned_to_dial_tone"] and result["error"]["remedy"]
    pair.assert_dial_tone()
    pair.control.set_acl("MBX1", own, None)
    pair.original.four_beats(database_swap.run, **pair.home())
    pair.assert_home()


def test_the_wrong_file_is_undone(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "of_database", lambda *_a, **_k: [])
    assert pair.original.run(database_swap.run, **pair.home())["returned_to_dial_tone"]
    pair.assert_dial_tone()


def test_a_refusal_in_the_middle_brings_everyone_back(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third mailbox is refused: those who are home already return."""
    real, count = mailbox_configuration.mailboxes.rehome, [0]

    def refuse(context: Any, mailbox: Any, database: str) -> Any:
        count[0] += 1
        if count[0] == 3:
            raise ExchangeError("no.", object="mailbox", remedy="Wait.")
        return real(context, mailbox, database)

    monkeypatch.setattr(mailbox_configuration.mailboxes, "rehome", refuse)
    result = pair.original.run(database_swap.run, **pair.home())
    assert result["returned_to_dial_tone"] and "refused to rehome" in result["msg"]
    pair.assert_dial_tone()
    assert pair.original.run(database_swap.run, **pair.home())["swapped"]
    pair.assert_home()


def test_a_second_run_knows_that_the_way_home_has_begun(pair: Pair) -> None:
    """Killed when the restored database is mounted, and when half of the users are home."""
    for number in (4, 8):
        inner = pair.original.transport
        pair.original.transport = MortalTransport(inner, number)
        with pytest.raises(Killed):
            pair.original.run(database_swap.run, **pair.home())
        pair.original.transport = inner
        info = pair.info()
        assert info["stage"] == "swapping"
        assert [check["text"] for check in info["checks"] if check["verdict"] == "stop"] == []
    pair.original.run(database_swap.run, **pair.home())
    run_id = pair.info()["run_id"]
    pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
    info = pair.info(recovery_root=None)  # found without a dial tone database
    assert (info["stage"], info["run_id"]) == ("swapped", run_id)
    assert info["recovery_root"] == ROOT


@pytest.mark.parametrize("one_by_one", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_killed_after_each_change(open_pair: Callable[..., Pair], one_by_one: bool) -> None:
    """Killed one change later each time, on the way and while retiring; the same tasks end it."""
    number = 1
    while True:
        pair = open_pair(wire=False, latency=False, speed=3000)
        inner = pair.original.transport, pair.alternate.transport
        mortal = MortalTransport(inner[0], number)
        pair.original.transport = mortal
        killed = False
        try:
            pair.original.run(database_swap.run, **pair.home(one_by_one=one_by_one))
            pair.alternate.transport = MortalTransport(inner[1], number - mortal.count)
            pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
        except Killed:
            killed = True
        pair.original.transport, pair.alternate.transport = inner
        if not killed:
            break
        if any(row["Name"] == "DB01-DT" for row in pair.control.run_cmdlet("Get-MailboxDatabase")):
            again = pair.original.run(database_swap.run, **pair.home(one_by_one=one_by_one))
            assert again["swapped"], (number, again)
            pair.assert_home()
        pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
        done = pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
        assert not done["changed"], number
        assert done["run_id"], number
        assert pair.homes() == {"DB01", "DB02"}, number
        pair.original.lab.stop()
        number += 1
    assert number > 12


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"ledger": None}, InputError, "ledger"),
        ({"failed_database": "DB99"}, NotFoundError, "DB99"),
        ({"dial_tone_database": "db01"}, InputError, "failed database"),
        ({"recovery_root": "E:\\"}, InputError, "root"),
    ],
)
def test_bad_input(open_pair: Callable[..., Pair], changes: Any, error: Any, says: str) -> None:
    pair = open_pair(restore=False)
    for check in (True, False):
        before = len(pair.original.changing())
        with pytest.raises(error, match=says) as caught:
            pair.original.run(database_swap.run, check, **pair.home(**changes))
        assert isinstance(caught.value, ExchangeError) and caught.value.remedy
        assert pair.original.changing()[before:] == []
