# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wbadmin_restore against the lab's Windows Server Backup."""

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
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    wbadmin_restore,
)

run = wbadmin_restore.run
FOLDER = "E:\\Restore\\WB"


def lose(desk: Any) -> str:
    """Mail, a backup by Windows, more mail, and the database is gone. Returns the version."""
    desk.control.send("all", 2)
    version: str = desk.control.windows_backup("MBX1")
    desk.control.send("all", 2)
    desk.control.break_database("DB01", "destroy_edb")
    return version


def args(version: str) -> dict[str, Any]:
    return {
        "failed_database": "DB01",
        "restore_folder": FOLDER,
        "version": version,
        "backup_target": None,
        "machine": None,
    }


def test_four_beats_and_a_clean_file_with_all_the_mail(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    version = lose(desk)
    result = desk.four_beats(run, **args(version))
    assert version in result["versions"]
    assert result["edb_path"].startswith(f"{FOLDER}\\wbadmin-")
    names = {file["name"] for file in desk.control.files("MBX1", result["restore_folder"])}
    assert "DB01.edb" in names
    desk.run(database_files.run, failed_database="DB01", state="preserved")
    restored = desk.run(
        database_files.run,
        failed_database="DB01",
        state="restored",
        restore_folder=result["restore_folder"],
    )
    assert restored["header"]["state"] == "Clean Shutdown"
    assert restored["replayed"]


def test_a_folder_that_wbadmin_can_not_be_told_of(open_desk: Callable[..., Any]) -> None:
    """A comma parts its items: it would restore something else, or nothing."""
    desk = open_desk()
    desk.control.run_cmdlet(
        "Move-DatabasePath",
        {"Identity": "DB01", "LogFolderPath": "D:\\Logs, DB01", "Force": True, "Confirm": False},
    )
    version = lose(desk)
    with pytest.raises(PreconditionError, match="with a comma.*console of Windows") as caught:
        desk.run(run, **args(version))
    assert caught.value.object == "database DB01" and caught.value.operation == "restore"
    assert "D:\\Logs, DB01" in str(caught.value)
    assert "wbadmin" not in [call["name"] for call in desk.control.calls()]


def test_logs_in_a_folder_of_their_own(open_desk: Callable[..., Any]) -> None:
    """The backup has two folders then; all mail up to the failure comes back."""
    desk = open_desk()
    desk.control.run_cmdlet(
        "Move-DatabasePath",
        {"Identity": "DB01", "LogFolderPath": "D:\\Logs\\DB01", "Force": True, "Confirm": False},
    )
    version = lose(desk)
    result = desk.four_beats(run, **args(version))
    desk.run(database_files.run, failed_database="DB01", state="preserved")
    restored = desk.run(
        database_files.run,
        failed_database="DB01",
        state="restored",
        restore_folder=result["restore_folder"],
    )
    assert restored["header"]["state"] == "Clean Shutdown"
    assert restored["replayed"] and restored["logs"]["missing"] == []


def test_what_an_interrupted_run_left_is_restored_again(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    version = lose(desk)
    fs = desk.lab.organisation.server("MBX1").fs
    half = f"{FOLDER}\\wbadmin-incoming\\DB01"
    fs.mkdir(half)
    fs.write_bytes(f"{half}\\DB01.edb", b"half")
    result = desk.run(run, **args(version))
    assert result["changed"]
    assert fs.size(result["edb_path"]) > 1000
    assert not fs.exists(half)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"version": ""}, InputError, "there are: {version}"),
        ({"version": "yesterday"}, InputError, "there are: {version}"),
        ({"version": "01/01/2020-00:00"}, PreconditionError, "there are: {version}"),
        ({"failed_database": "DB99"}, NotFoundError, "no such database"),
        ({"restore_folder": "D:\\Databases\\DB01\\x"}, InputError, "own folder"),
        ({"restore_folder": "D:\\Databases"}, InputError, "own folder"),
        ({"restore_folder": "Restore"}, InputError, "absolute"),
        ({"backup_target": 'E: -quiet "x'}, InputError, "blanks"),
        ({"backup_target": "F:"}, PreconditionError, "there are: none"),
        ({"machine": "MBX9"}, PreconditionError, "there are: none"),
    ],
)
def test_bad_input_changes_nothing(
    open_desk: Callable[..., Any], changes: dict[str, Any], error: type[ExchangeError], words: str
) -> None:
    desk = open_desk()
    version = lose(desk)
    before = len(desk.changing())
    with pytest.raises(error) as caught:
        desk.run(run, **{**args(version), **changes})
    assert words.format(version=version) in f"{caught.value} {caught.value.remedy}"
    assert desk.changing()[before:] == []
