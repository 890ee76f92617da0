# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays after a recovery: the failed object and the name of the production database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import rename
from ansible_collections.dialtone.exchange.plugins.module_utils._files.claims import Place
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    dial_tone_database,
    recovery_info,
)
from mortal import Killed, MortalTransport

BASE = "D:\\DialTone\\DB01"


def close(recovery: Any) -> Any:
    """A recovery whose dial tone period was empty of mail, up to its end."""
    desk = recovery.desk
    recovery.dial_tone()
    recovery.restore()
    assert desk.run(database_swap.run, **recovery.swap())["swapped"]
    rename.rename(desk.context(), f"{BASE}\\swapped", "merged")
    desk.run(
        dial_tone_database.run,
        failed_database="DB01",
        recovery_root="D:\\DialTone",
        mount_timeout=20,
        state="production",
    )
    return desk


def final(**changes: Any) -> dict[str, Any]:
    return {
        "name": "DB01-DT",
        "failed_database": "DB01",
        "state": "final",
        "final_name": "dial_tone",
        "retire_failed_database": False,
        **changes,
    }


def databases(desk: Any) -> set[str]:
    return {row["Name"] for row in desk.control.run_cmdlet("Get-MailboxDatabase", {})}


def look(desk: Any) -> dict[str, Any]:
    args = {
        "failed_database": "DB01",
        "recovery_root": None,
        "restore_folder": None,
        "dial_tone_database": None,
        "scope": "full",
    }
    return desk.run(recovery_info.run, **args)


@pytest.mark.parametrize("retire", [False, True])
@pytest.mark.parametrize("name", ["dial_tone", "original"])
def test_four_beats(recovery: Any, name: str, retire: bool) -> None:
    desk = close(recovery)
    before = databases(desk)
    args = final(final_name=name, retire_failed_database=retire)
    if name == "dial_tone" and not retire:
        assert not desk.run(dial_tone_database.run, **args)["changed"]
        assert databases(desk) == before
        return
    run_id = desk.four_beats(dial_tone_database.run, **args)["run_id"]
    production = "DB01" if name == "original" else "DB01-DT"
    failed = set() if retire else {f"DB01-Failed-{run_id}"}
    assert databases(desk) == {production, "DB02"} | failed
    (row,) = desk.control.run_cmdlet(
        "Get-MailboxDatabase", {"Identity": production, "Status": True}
    )
    assert row["Mounted"] is True
    assert len(desk.control.run_cmdlet("Get-Mailbox", {"Database": production})) > 4
    info = look(desk)
    assert (info["stage"], info["run_id"]) == ("closed", run_id)
    assert info["dial_tone_name"] == production


def test_whatever_refers_to_the_failed_object_keeps_it(recovery: Any) -> None:
    desk = close(recovery)
    desk.control.add_mailbox("Late Lisa", "DB01")
    desk.control.sleep(60)
    before = len(desk.changing())
    for changes in ({"final_name": "original"}, {"retire_failed_database": True}):
        with pytest.raises(PreconditionError, match="Late Lisa") as caught:
            desk.run(dial_tone_database.run, **final(**changes))
        assert caught.value.remedy
    assert desk.changing()[before:] == []


def test_an_open_recovery_keeps_its_names(recovery: Any) -> None:
    recovery.dial_tone()
    desk = recovery.desk
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="not closed"):
        desk.run(dial_tone_database.run, **final(retire_failed_database=True))
    assert desk.changing()[before:] == []


@pytest.mark.parametrize("retire", [False, True])
def test_killed_after_each_change(open_recovery: Callable[..., Any], retire: bool) -> None:
    args = final(final_name="original", retire_failed_database=retire)
    for number in (1, 2):
        desk = close(open_recovery(wire=False, latency=False, speed=3000))
        inner, desk.transport = desk.transport, MortalTransport(desk.transport, number)
        with pytest.raises(Killed):
            desk.run(dial_tone_database.run, **args)
        desk.transport = inner
        info = look(desk)
        assert info["stage"] == "closed"
        args["name"] = info["dial_tone_name"]
        desk.run(dial_tone_database.run, **args)
        assert "DB01" in databases(desk) and "DB01-DT" not in databases(desk)
        assert not desk.run(dial_tone_database.run, **args)["changed"]
        args["name"] = "DB01-DT"
        desk.lab.stop()


def at_work(desk: Any) -> str:
    info = look(desk)
    assert (info["stage"], info["recovery_root"]) == ("closed", "D:\\DialTone")
    (check,) = [check for check in info["checks"] if check["name"] == "at_work"]
    return str(check["have"])


@pytest.mark.parametrize("name", ["dial_tone", "original"])
@pytest.mark.parametrize("retire", [False, True])
def test_a_run_that_died_at_the_end_is_seen(recovery: Any, name: str, retire: bool) -> None:
    """Its claim is found, and where, so that the next run takes it away; also when nothing but the
    marker of the production database tells of the failed one."""
    desk = close(recovery)
    desk.run(dial_tone_database.run, **final(final_name=name, retire_failed_database=retire))
    names = [check["name"] for check in look(desk)["checks"]]
    assert names == ["failed_database"]
    place = Place(BASE)
    claim = Claim.new("eva", "shell1", "", "20261122-173000", "0000cafe-77-1", 10)
    assert place.make_folder(desk.context())
    assert "A run is at work" in at_work(desk)
    assert place.put(desk.context(), claim)
    assert "eva at shell1" in at_work(desk)


def test_a_database_that_fails_again_wants_another_recovery_root(recovery: Any) -> None:
    """Its old files lie where the new ones would go."""
    desk = close(recovery)
    desk.run(dial_tone_database.run, **final(final_name="original", retire_failed_database=True))
    desk.control.sleep(60)
    desk.control.break_database("DB01", "crash")
    info = look(desk)
    assert info["stage"] == "new"
    stops = {check["name"]: check for check in info["checks"] if check["verdict"] == "stop"}
    assert "recovery_root" in stops["earlier_recovery"]["remedy"]
