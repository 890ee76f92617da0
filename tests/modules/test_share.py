# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup on a file share: fetched by the session, by the computer account, or refused with the remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    recovery_info,
)
from mortal import Killed, MortalTransport

SHARE = "\\\\backup\\exchange"
DB01 = f"{SHARE}\\DB01"
RESTORE = "E:\\Restore\\DB01"
BASE = "D:\\DialTone\\DB01"
FETCHED = f"{BASE}\\fetched\\backup-exchange-DB01"
USER, COMPUTER = "Administrator", "MBX1$"

run = database_files.run


@pytest.fixture
def shared(desk: Any) -> Any:
    """DB01 has failed, and its backup is on a share that nobody may read yet."""
    desk.control.add_share(SHARE)
    desk.control.copy_to_share("MBX1", RESTORE, DB01)
    fs = desk.lab.organisation.servers["MBX1"].fs
    for name in [entry.name for entry in fs.listdir(RESTORE)]:
        desk.control.delete_file("MBX1", f"{RESTORE}\\{name}")
    return desk


def args(**changes: Any) -> dict[str, Any]:
    return {
        "failed_database": "DB01",
        "state": "fetched",
        "restore_folder": DB01,
        "share_access": "auto",
        **changes,
    }


def restored(desk: Any, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.run(run, **args(state="restored", restore_folder=folder))
    return found


def names(desk: Any, folder: str) -> set[str]:
    return {file["name"] for file in desk.control.files("MBX1", folder)}


@pytest.mark.parametrize(
    ("readers", "delegates"),
    [([USER], ["MBX1"]), ([COMPUTER], [])],
    ids=["session", "computer"],
)
def test_fetch_and_restore(shared: Any, readers: list[str], delegates: list[str]) -> None:
    desk = shared
    desk.control.add_share(SHARE, readers, delegates)
    fetched = desk.four_beats(run, **args())
    assert fetched["log_folder"] == FETCHED
    assert "DB01.edb" in names(desk, FETCHED)
    as_computer = "schtasks" in desk.changing()
    assert as_computer == (readers == [COMPUTER])
    assert not desk.lab.organisation.servers["MBX1"].tasks  # the task is gone
    copies = desk.changing().count("robocopy")
    result = restored(desk, FETCHED)
    assert result["replayed"] and result["header"]["log_required"] == [0, 0]
    assert desk.changing().count("robocopy") > copies  # logs
    # the large file is not copied a second time, and is not fetched again
    assert "DB01.edb" not in names(desk, FETCHED)
    desk.control.set_file_server("backup", reachable=False)
    assert not desk.run(run, **args())["changed"]
    assert any(line.startswith(f"copied {DB01}:") or "files of" in line for line in desk.lines)


def test_what_was_asked_for_is_what_reads(shared: Any) -> None:
    desk = shared
    desk.control.add_share(SHARE, [USER, COMPUTER], ["MBX1"])
    desk.run(run, **args(share_access="computer"))
    assert "schtasks" in desk.changing()


@pytest.mark.parametrize("access", ["auto", "session", "computer"])
def test_nobody_is_let_in(shared: Any, access: str) -> None:
    with pytest.raises(PreconditionError) as caught:
        shared.run(run, **args(share_access=access))
    error = caught.value
    assert error.code == "ShareDenied" and DB01 in error.message
    who = "session" if access == "session" else "TINY\\MBX1$"
    assert who in error.message
    assert "Grant TINY\\MBX1$ read access" in str(error.remedy)
    assert "Set-ADComputer backup -PrincipalsAllowedToDelegateToAccount MBX1$" in str(error.remedy)
    assert names(shared, f"{BASE}\\fetched") <= {
        "backup-exchange-DB01-incoming",
        "list.RCJ",
        "list.log",
    }
    shared.control.add_share(SHARE, [COMPUTER], [])
    if access != "session":
        assert shared.run(run, **args(share_access=access))["changed"]


def test_a_killed_controller_leaves_a_task_that_the_next_run_adopts(shared: Any) -> None:
    desk = shared
    desk.control.add_share(SHARE, [COMPUTER])
    counted = desk.transport

    class DiesWhileCopying:
        """The controller is gone as soon as the copy runs; the server knows nothing of it."""

        server = counted.server

        def __getattr__(self, name: str) -> Any:
            return getattr(counted, name)

        def run(self, program: str, arguments: Any, timeout: float = 120.0) -> Any:
            result = counted.run(program, arguments, timeout)
            if program == "schtasks" and "/run" in arguments and " copy " in str(arguments):
                raise Killed
            return result

    context = replace(desk.context(), transport=DiesWhileCopying())
    with pytest.raises(Killed):
        run(context, args())
    [task] = desk.lab.organisation.servers["MBX1"].tasks.values()
    assert task.name == "DialTone copy DB01 backup-exchange-DB01"
    before = len(desk.changing())
    assert desk.run(run, **args())["changed"]
    since = desk.control.calls(changing=True)[before:]
    runs = [call for call in since if call["name"] == "schtasks" and "/run" in str(call)]
    assert len(runs) == 1  # the listing; the copy was adopted
    assert any("DialTone copy DB01" in line and "going on" in line for line in desk.lines)
    assert "DB01.edb" in names(desk, FETCHED)
    assert not desk.lab.organisation.servers["MBX1"].tasks


@pytest.mark.parametrize("how", ["session", "computer"])
def test_killed_after_each_change(open_recovery: Callable[..., Any], how: str) -> None:
    desk = open_recovery().desk
    desk.control.add_share(SHARE, [USER] if how == "session" else [COMPUTER], ["MBX1"])
    last = 0
    while True:
        last += 1
        folder = f"{SHARE}\\Set{last}"  # one that nothing was fetched from
        desk.control.copy_to_share("MBX1", RESTORE, folder)
        mortal = MortalTransport(desk.transport, last)
        context = replace(desk.context(), transport=mortal)
        try:
            run(context, args(restore_folder=folder))
            break
        except Killed:
            assert desk.run(run, **args(restore_folder=folder))["changed"] or last == mortal.count
        assert "DB01.edb" in names(desk, f"{BASE}\\fetched\\backup-exchange-Set{last}")
        assert not desk.lab.organisation.servers["MBX1"].tasks
    assert last > (3 if how == "session" else 9)


def test_what_can_not_be_fetched(shared: Any, tmp_path: Path) -> None:
    desk = shared
    desk.control.add_share(SHARE, [USER, COMPUTER], ["MBX1"])
    for folder, error, code in (
        (f"{SHARE}\\DB09", NotFoundError, "NoRestoreFolder"),
        ("\\\\nowhere\\exchange\\DB01", PreconditionError, "ShareUnreachable"),
        (f"{SHARE}", PreconditionError, "NoEdb"),
    ):
        for access in ("session", "computer"):
            if folder.startswith("\\\\nowhere") and access == "computer":
                continue
            with pytest.raises(error) as caught:
                desk.run(run, **args(restore_folder=folder, share_access=access))
            assert caught.value.code == code
    for folder in (
        "\\\\backup",
        "\\\\backup\\",
        "\\\\?\\D:\\x",
        "\\\\backup\\a\\b?",
        "E:\\Restore",
    ):
        with pytest.raises(InputError):
            desk.run(run, **args(restore_folder=folder))
    volume = desk.lab.organisation.servers["MBX1"].fs.volume_of("D:\\")
    desk.control.fill_volume("MBX1", volume.name, free=1024**2)
    for access in ("session", "computer"):
        with pytest.raises(PreconditionError) as full:
            desk.run(run, **args(share_access=access))
        assert full.value.code == "NoSpace"
        assert "DB01.edb" not in names(desk, f"{FETCHED}-incoming")


def test_preflight_says_who_reads_the_share(shared: Any) -> None:
    def check(**changes: Any) -> dict[str, Any]:
        info = shared.run(
            recovery_info.run,
            **{
                "failed_database": "DB01",
                "dial_tone_database": None,
                "recovery_root": None,
                "restore_folder": DB01,
                "scope": "full",
                **changes,
            },
        )
        [found] = [c for c in info["checks"] if c["name"] == "restore_folder"]
        return {**found, "plan": " ".join(line["text"] for line in info["plan"])}

    seen = check()
    assert seen["verdict"] == "ok" and "TINY\\MBX1$ is to read" in seen["text"]
    assert "schtasks" in seen["plan"]
    seen = check(share_access="session")
    assert seen["verdict"] == "warn" and "does not let the session's account in" in seen["text"]
    shared.control.add_share(SHARE, [USER], ["MBX1"])
    seen = check()
    assert seen["verdict"] == "ok" and f"{DB01}\\DB01.edb" in seen["text"]
    assert "schtasks" not in seen["plan"]
    shared.control.set_file_server("backup", reachable=False)
    assert check()["verdict"] == "warn"
    assert shared.control.calls(changing=True) == []
