# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""recovery_database against the lab."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    recovery_database,
)

run = recovery_database.run


def test_four_beats_in_each_state(recovery: Any) -> None:
    desk = recovery.desk
    recovery.dial_tone()
    recovery.preserve(state="restored", restore_folder="E:\\Restore\\DB01")
    boxes = desk.control.run_cmdlet("Get-Mailbox", {"Database": "DB01-DT"})
    args = recovery.recovery_database(expect_mailboxes=[str(box["ExchangeGuid"]) for box in boxes])
    result = desk.four_beats(run, **args)
    assert result["database"]["mounted"] is True
    assert {box["mailbox_guid"] for box in result["statistics"]} >= set(
        args["expect_mailboxes"]
    ) - set(result["missing_mailboxes"])
    assert len(result["missing_mailboxes"]) == 1  # the mailbox that was never used
    assert all(
        box["item_count"] >= 5
        for box in result["statistics"]
        if not box["is_archive"] and "System" not in box["display_name"]
    )
    result = desk.four_beats(run, **{**args, "state": "dismounted"})
    assert result["database"]["mounted"] is False
    desk.four_beats(run, **args)
    result = desk.four_beats(run, **{**args, "state": "absent"})
    assert result["database"]["edb_path"] == args["edb_path"]
    files = desk.control.files("MBX1", "D:\\DialTone\\DB01\\restored")
    assert "DB01.edb" in [file["name"] for file in files]
    assert not desk.run(run, **{**args, "state": "dismounted"})["changed"]
    assert [text for text in desk.warnings if "failed file" not in text] == []
    forced = [
        c
        for c in desk.control.calls()
        if "Force" in str(c["parameters"]) and c["name"] != "Set-Mailbox"
    ]
    assert forced == []


def test_the_second_waits_its_turn(recovery: Any) -> None:
    desk = recovery.desk
    recovery.dial_tone()
    recovery.preserve(state="restored", restore_folder="E:\\Restore\\DB01")
    args = recovery.recovery_database()
    other = desk.control.backup("DB02", "E:\\Other")
    assert other
    desk.control.run_cmdlet(
        "New-MailboxDatabase",
        {
            "Recovery": True,
            "Name": "Somebody's",
            "Server": "MBX1",
            "EdbFilePath": "D:\\DialTone\\DB01\\restored\\DB01.edb",
            "LogFolderPath": "D:\\Elsewhere",
        },
    )
    desk.control.sleep(60)
    desk.control.run_cmdlet("Mount-Database", {"Identity": "Somebody's"})
    before = len(desk.changing())
    with pytest.raises(ExchangeError) as caught:
        desk.run(run, **{**args, "wait_timeout": 1})
    assert caught.value.remedy
    assert desk.changing()[before:] == []


def test_a_mounted_stranger_is_named(open_desk: Any) -> None:
    """Nothing but the other recovery database is in the way."""
    desk = open_desk()
    for name in ("One", "Two"):
        desk.control.backup("DB01" if name == "One" else "DB02", f"E:\\{name}")
    for name, database in (("One", "DB01"), ("Two", "DB02")):
        desk.transport.run(
            "eseutil",
            [
                "/r",
                "E00" if name == "One" else "E01",
                "/l",
                f"E:\\{name}",
                "/s",
                f"E:\\{name}",
                "/d",
                f"E:\\{name}",
                "/o",
            ],
        )
        desk.transport.run("eseutil", ["/mh", f"E:\\{name}\\{database}.edb"])
    args: dict[str, Any] = {"expect_mailboxes": [], "state": "mounted"}
    desk.run(
        run,
        name="One",
        edb_path="E:\\One\\DB01.edb",
        log_folder="E:\\One\\rdb",
        wait_timeout=1,
        **args,
    )
    with pytest.raises(PreconditionError, match="One is still mounted"):
        desk.run(
            run,
            name="Two",
            edb_path="E:\\Two\\DB02.edb",
            log_folder="E:\\Two\\rdb",
            wait_timeout=1,
            **args,
        )
    assert any("One is still mounted" in line for line in desk.lines)
    desk.run(run, name="One", state="dismounted", expect_mailboxes=[], wait_timeout=1)
    result = desk.run(
        run,
        name="Two",
        edb_path="E:\\Two\\DB02.edb",
        log_folder="E:\\Two\\rdb",
        wait_timeout=1,
        **args,
    )
    assert result["statistics"]


def test_a_dirty_file_is_refused(desk: Any, recovery: Any) -> None:
    before = len(desk.changing())
    args = recovery.recovery_database(
        edb_path="E:\\Restore\\DB01\\DB01.edb", log_folder="E:\\Restore\\DB01\\rdb"
    )
    for check in (True, False):
        with pytest.raises(PreconditionError, match="Dirty"):
            desk.run(run, check=check, **args)
    assert desk.changing()[before:] == []


def test_the_wrong_backup_is_noticed(recovery: Any) -> None:
    recovery.dial_tone()
    recovery.preserve(state="restored", restore_folder="E:\\Restore\\DB01")
    strangers = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(1, 5)]
    with pytest.raises(PreconditionError, match="4 of 4"):
        recovery.desk.run(run, **recovery.recovery_database(expect_mailboxes=strangers))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"name": ""}, InputError, "empty"),
        ({"name": " x"}, InputError, "blank"),
        ({"name": "x" * 65}, InputError, "64"),
        ({"name": "DB02"}, ConflictError, "not a recovery database"),
        ({"name": "DB02", "state": "absent"}, ConflictError, "not a recovery database"),
        ({"edb_path": "D:\\"}, InputError, "root"),
        ({"edb_path": "restored.edb"}, InputError, "absolute"),
        ({"edb_path": "\\\\nas\\x\\DB01.edb"}, InputError, "network"),
        ({"log_folder": "D:\\"}, InputError, "root"),
        ({"edb_path": None}, InputError, "edb_path"),
        ({"server": "MBX77"}, ExchangeError, "MBX77"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_bad_input(
    shared_desk: Any, tmp_path: Any, changes: Any, error: Any, says: str, check: bool
) -> None:
    args = {
        "name": "DB01-Restored",
        "edb_path": "E:\\Restore\\DB01\\DB01.edb",
        "log_folder": "E:\\Restore\\DB01\\rdb-logs",
        "state": "mounted",
        "expect_mailboxes": [],
        "wait_timeout": 1,
        **changes,
    }
    before = len(shared_desk.changing())
    with pytest.raises(error, match=says) as caught:
        shared_desk.run(run, check=check, **args)
    assert caught.value.remedy
    assert shared_desk.changing()[before:] == []


def test_a_missing_file_is_refused_but_predicted(shared_desk: Any) -> None:
    args: dict[str, Any] = {
        "name": "DB01-Restored",
        "edb_path": "E:\\Nowhere\\DB01.edb",
        "log_folder": "E:\\Nowhere\\rdb-logs",
        "state": "mounted",
        "expect_mailboxes": [],
        "wait_timeout": 1,
    }
    before = len(shared_desk.changing())
    assert shared_desk.run(run, check=True, **args)["changed"]
    with pytest.raises(PreconditionError, match="not there"):
        shared_desk.run(run, **args)
    assert shared_desk.changing()[before:] == []
