# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""database_swap against the lab: forward, back, and killed after each call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import statistics
from ansible_collections.dialtone.exchange.plugins.module_utils._files import rename
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    dial_tone_database,
)
from mortal import Killed, MortalTransport

from exchange_lab.switches import SWITCHES

BASE = "D:\\DialTone\\DB01"


def folder(desk: Any, name: str) -> set[str]:
    try:
        return {
            file["name"]
            for file in desk.control.files("MBX1", f"{BASE}\\{name}")
            if not file["is_dir"]
        }
    except Exception:  # the lab says in several ways that there is none
        return set()


def messages(desk: Any, name: str) -> int:
    return len(desk.control.read(name) or [])


def a_user(desk: Any) -> str:
    return str(desk.control.run_cmdlet("Get-Mailbox", {"Database": "DB01-DT"})[0]["Alias"])


@pytest.fixture
def ready(recovery: Any) -> Any:
    """Dial tone with mail in it, and a restored file that was mounted once."""
    recovery.dial_tone()
    recovery.desk.control.send("all", 4)
    recovery.desk.control.sleep(60)
    recovery.restore()
    return recovery


def assert_swapped(desk: Any) -> None:
    (database,) = desk.control.run_cmdlet(
        "Get-MailboxDatabase", {"Identity": "DB01-DT", "Status": True}
    )
    assert database["Mounted"] is True
    assert database["AllowFileRestore"] is False
    assert "DB01-DT.edb" in folder(desk, "dialtone")
    assert "DB01-DT.edb" in folder(desk, "swapped")
    assert "DB01.edb" not in folder(desk, "restored")


def test_four_beats(ready: Any) -> None:
    desk, user = ready.desk, a_user(ready.desk)
    in_dial_tone = messages(desk, user)
    result = desk.four_beats(database_swap.run, **ready.swap())
    assert result["swapped"] and not result["returned_to_dial_tone"]
    assert result["outage_seconds"] > 0
    assert_swapped(desk)
    assert messages(desk, user) > in_dial_tone  # the old mail
    assert not [text for text in desk.warnings if "swap" in text]


def test_check_mode_predicts_before_anything_is_there(desk: Any, recovery: Any) -> None:
    assert desk.run(database_swap.run, check=True, **recovery.swap())["changed"]
    recovery.dial_tone()
    before = len(desk.changing())
    assert desk.run(database_swap.run, check=True, **recovery.swap())["changed"]
    assert desk.changing()[before:] == []


def test_what_is_not_ready_is_refused_before_the_outage(desk: Any, recovery: Any) -> None:
    with pytest.raises(NotFoundError, match="DB01-DT"):
        desk.run(database_swap.run, **recovery.swap())
    recovery.dial_tone()
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="is not there"):
        desk.run(database_swap.run, **recovery.swap())
    assert desk.changing()[before:] == []
    recovery.preserve(state="restored", restore_folder="E:\\Restore\\DB01")
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="never been mounted"):
        desk.run(database_swap.run, **recovery.swap())
    with pytest.raises(PreconditionError, match="D:.Other"):
        desk.run(database_swap.run, **recovery.swap(recovery_root="D:\\Other"))
    assert desk.changing()[before:] == []
    recovery.restore()
    desk.control.dismount("DB01-DT")
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="not mounted"):
        desk.run(database_swap.run, **recovery.swap())
    assert desk.changing()[before:] == []


def damage(desk: Any) -> None:
    """Make the restored side unmountable in a way that shows only at the mount."""
    restored = f"{BASE}\\restored\\DB01.edb"
    desk.control.set_acl("MBX1", restored, ["BUILTIN\\Administrators:(F)"])


def test_a_restored_side_that_does_not_mount_is_undone(ready: Any) -> None:
    desk, user = ready.desk, a_user(ready.desk)
    in_dial_tone = messages(desk, user)
    damage(desk)
    result = desk.run(database_swap.run, **ready.swap())
    assert result["failed"] and result["returned_to_dial_tone"] and not result["changed"]
    assert "undone" in result["msg"] and result["error"]["remedy"]
    (database,) = desk.control.run_cmdlet(
        "Get-MailboxDatabase", {"Identity": "DB01-DT", "Status": True}
    )
    assert database["Mounted"] is True
    assert database["AllowFileRestore"] is False
    assert folder(desk, "swapped") == set()
    assert "DB01.edb" in folder(desk, "restored")
    assert messages(desk, user) == in_dial_tone
    again = ready.preserve(state="restored", restore_folder="E:\\Restore\\DB01")
    assert not again["changed"] and not again["proof_due"]
    # The cause is cured: the same command does it.
    desk.control.set_acl("MBX1", f"{BASE}\\restored\\DB01.edb", None)
    assert desk.run(database_swap.run, **ready.swap())["swapped"]
    assert_swapped(desk)
    assert messages(desk, user) > in_dial_tone


def test_the_wrong_restored_file_is_undone(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It mounts, but it holds other people's mailboxes."""
    desk = ready.desk
    monkeypatch.setattr(statistics, "of_database", lambda *_a, **_k: [])
    result = desk.run(database_swap.run, **ready.swap())
    assert result["returned_to_dial_tone"]
    monkeypatch.undo()
    assert "DB01.edb" in folder(desk, "restored")
    assert desk.run(database_swap.run, **ready.swap())["swapped"]
    assert_swapped(desk)


def test_the_dial_tone_ends_when_all_is_merged(ready: Any) -> None:
    desk = ready.desk
    present = {
        "failed_database": "DB01",
        "recovery_root": "D:\\DialTone",
        "mount_timeout": 20,
        "state": "present",
    }
    production = {**present, "state": "production"}
    desk.run(database_swap.run, **ready.swap())
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="not merged"):
        desk.run(dial_tone_database.run, **production)
    assert desk.changing()[before:] == []
    rename.rename(desk.context(), f"{BASE}\\swapped", "merged")  # as after a merge
    run_id = desk.four_beats(dial_tone_database.run, **production)["run_id"]
    (database,) = desk.control.run_cmdlet("Get-MailboxDatabase", {"Identity": "DB01-DT"})
    assert database["IsExcludedFromProvisioning"] is False
    assert database["IsExcludedFromProvisioningReason"].endswith(f"run {run_id}, closed")
    before = len(desk.changing())
    assert not desk.run(dial_tone_database.run, **present)["changed"]  # it is not opened again
    assert not desk.run(database_swap.run, **ready.swap())["changed"]
    assert desk.changing()[before:] == []


OTHER_ANSWERS = (
    "allow_file_restore_resets",
    "foreign_file",
    "remove_mounted_database",
    "disconnect_scan_at_mount",
    "recovery_database_counts",
    "new_database_over_existing_file",
)


@pytest.mark.parametrize(
    "open_questions", [*((name,) for name in OTHER_ANSWERS[:2]), OTHER_ANSWERS]
)
def test_either_answer_to_what_is_not_known(open_recovery: Any, open_questions: Any) -> None:
    """Back and forth under the other answer to open questions about Exchange."""
    answers = {name: SWITCHES[name].alternatives[0] for name in open_questions}
    recovery = open_recovery(switches=answers)
    desk = recovery.desk
    recovery.dial_tone()
    recovery.restore()
    damage(desk)
    assert desk.run(database_swap.run, **recovery.swap())["returned_to_dial_tone"]
    desk.control.set_acl("MBX1", f"{BASE}\\restored\\DB01.edb", None)
    assert desk.four_beats(database_swap.run, **recovery.swap())["swapped"]
    assert_swapped(desk)


def test_killed_after_each_change(open_recovery: Callable[..., Any]) -> None:
    """Each run is killed one change later than the one before; then the ordinary modules run
    again, in the order of the playbook, and the users have everything."""
    number = 1
    while True:
        recovery = open_recovery(wire=False, latency=False, speed=3000)
        desk, inner = recovery.desk, recovery.desk.transport
        recovery.dial_tone()
        recovery.restore()
        desk.transport = MortalTransport(inner, number)
        try:
            desk.run(database_swap.run, **recovery.swap())
            break  # it has fewer calls than that
        except Killed:
            desk.transport = inner
        desk.run(
            dial_tone_database.run,
            failed_database="DB01",
            recovery_root="D:\\DialTone",
            mount_timeout=20,
            state="present",
        )
        assert desk.run(database_swap.run, **recovery.swap())["swapped"], number
        assert_swapped(desk)
        folders = {file["name"] for file in desk.control.files("MBX1", f"{BASE}\\restored")}
        assert not {name for name in folders if name.startswith("mount-")}, number
        assert not desk.run(database_swap.run, **recovery.swap())["changed"], number
        desk.lab.stop()
        number += 1
    assert number > 5


def test_killed_on_the_way_back(ready: Any) -> None:
    """The return is killed after each of its calls; the next run swaps, or returns, in the end."""
    desk = ready.desk
    inner = desk.transport
    probe = MortalTransport(inner)
    desk.transport = probe
    damage(desk)
    assert desk.run(database_swap.run, **ready.swap())["returned_to_dial_tone"]
    desk.transport = inner
    for number in range(1, probe.count + 1):
        desk.transport = MortalTransport(inner, number)
        with contextlib.suppress(Killed):
            desk.run(database_swap.run, **ready.swap())
        desk.transport = inner
        result = desk.run(database_swap.run, **ready.swap())
        assert result["returned_to_dial_tone"], (number, result)
    desk.control.set_acl("MBX1", f"{BASE}\\restored\\DB01.edb", None)
    assert desk.run(database_swap.run, **ready.swap())["swapped"]
    assert_swapped(desk)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"failed_database": ""}, InputError, "empty"),
        ({"failed_database": "DB99"}, NotFoundError, "DB99"),
        ({"failed_database": "DB02"}, PreconditionError, "mounted"),
        ({"dial_tone_database": "DB02"}, ConflictError, "not marked"),
        ({"dial_tone_database": " "}, InputError, "empty"),
        ({"recovery_root": "E:\\"}, InputError, "root"),
        ({"recovery_root": "\\\\nas\\dt"}, InputError, "network"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_bad_input(shared_desk: Any, changes: Any, error: Any, says: str, check: bool) -> None:
    args = {
        "failed_database": "DB01",
        "recovery_root": "D:\\DialTone",
        "mount_timeout": 5,
        **changes,
    }
    before = len(shared_desk.changing())
    with pytest.raises(error, match=says) as caught:
        shared_desk.run(database_swap.run, check=check, **args)
    assert isinstance(caught.value, ExchangeError) and caught.value.remedy
    assert shared_desk.changing()[before:] == []
