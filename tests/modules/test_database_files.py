# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""database_files against the lab, over the real protocols.

What the files themselves can do wrong is in tests/unit/files, with many more cases.
"""

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
    recovery_database,
)

from exchange_lab.ese import dump_header

run = database_files.run
HOME = "D:\\Databases\\DB01"
BASE = "D:\\DialTone\\DB01"
RESTORE = "E:\\Restore\\DB01"
ARGS = {"failed_database": "DB01", "accept_gap": False}


def test_four_beats_of_both_states(desk: Any) -> None:
    kept = desk.four_beats(run, state="preserved", **ARGS)
    assert kept["edb_path"] is None
    assert desk.control.files("MBX1", HOME) == []
    assert kept["logs"]["collected"] == sum(
        file["name"].endswith(".log")
        for file in desk.control.files("MBX1", f"{BASE}\\preserved\\logs")
    )
    result = desk.four_beats(run, state="restored", restore_folder=RESTORE, **ARGS)
    assert result["replayed"]
    fs = desk.lab.organisation.servers["MBX1"].fs
    assert dump_header(fs, result["edb_path"]).state == "Clean Shutdown"
    assert result["header"]["log_required"] == [0, 0]
    for word in ("copied DB01.edb: 2", "replay of", "replayed"):
        assert any(line.startswith(word) for line in desk.lines), (word, desk.lines)


def test_an_intact_but_dirty_file_is_kept_and_proves_the_backup(
    open_desk: Callable[..., Any],
) -> None:
    desk = open_desk()
    desk.control.send("all", 2)
    desk.control.backup("DB01", RESTORE)
    desk.control.send("all", 2)
    desk.control.break_database("DB01", "crash")
    kept = desk.run(run, state="preserved", **ARGS)
    assert kept["edb_path"] == f"{BASE}\\preserved\\database\\DB01.edb"
    assert kept["header"]["state"] == "Dirty Shutdown"
    result = desk.run(run, state="restored", restore_folder=RESTORE, **ARGS)
    assert result["header"]["signature"] == kept["header"]["signature"]
    assert desk.warnings == []


def test_the_backup_of_another_database(desk: Any) -> None:
    desk.control.backup("DB02", "E:\\Restore\\DB02")
    desk.run(run, state="preserved", **ARGS)
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="is another database than DB01"):
        desk.run(run, state="restored", restore_folder="E:\\Restore\\DB02", **ARGS)
    assert desk.changing()[before:] == []


def test_a_log_is_missing(desk: Any) -> None:
    logs = sorted(
        file["name"]
        for file in desk.control.files("MBX1", HOME)
        if len(file["name"]) == len("E0000000001.log") and file["name"].endswith(".log")
    )
    desk.control.delete_file("MBX1", f"{HOME}\\{logs[-1]}")
    # The backup may hold it, too.
    if any(file["name"] == logs[-1] for file in desk.control.files("MBX1", RESTORE)):
        desk.control.delete_file("MBX1", f"{RESTORE}\\{logs[-1]}")
    desk.run(run, state="preserved", **ARGS)
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match=logs[-1]):
        desk.run(run, state="restored", restore_folder=RESTORE, **ARGS)
    assert desk.changing()[before:] == []


def test_a_proof_that_nobody_ended(recovery: Any) -> None:
    """The run before was killed while a recovery database had the restored file open."""
    desk = recovery.desk
    recovery.dial_tone()
    recovery.preserve(state="restored", restore_folder=RESTORE)
    desk.run(recovery_database.run, **recovery.recovery_database())
    before = len(desk.changing())
    check = desk.run(run, check=True, state="restored", restore_folder=RESTORE, **ARGS)
    assert desk.changing()[before:] == []
    result = desk.run(run, state="restored", restore_folder=RESTORE, **ARGS)
    assert check["changed"] and result["changed"] and not result["proof_due"]
    assert desk.changing()[before:] == ["Dismount-Database"]
    assert not [line for line in desk.lines if "held" in line]  # nobody waits for himself
    again = desk.run(run, state="restored", restore_folder=RESTORE, **ARGS)
    assert not again["changed"]


def test_a_full_volume(desk: Any) -> None:
    desk.control.fill_volume("MBX1", "D:\\", 20 * 1024**2)
    desk.run(run, state="preserved", **ARGS)
    with pytest.raises(PreconditionError, match="Free .* on D:"):
        desk.run(run, state="restored", restore_folder=RESTORE, **ARGS)


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ({"failed_database": "DB99"}, NotFoundError, "no such database"),
        ({"failed_database": "DB02"}, PreconditionError, "it is mounted"),
        ({"failed_database": "  "}, InputError, "is empty"),
        ({"failed_database": "DB*"}, InputError, "wildcards"),
        ({"failed_database": "x" * 65}, InputError, "65 characters"),
        ({"failed_database": "$(DB01)"}, NotFoundError, "no such database"),
        ({"failed_database": 'DB"01& %TEMP% `x` ü Я 📮'}, NotFoundError, "no such database"),
        ({"recovery_root": "\\\\MBX2\\d$\\x"}, InputError, "network"),
        ({"recovery_root": "D:\\"}, InputError, "root of a volume"),
        ({"recovery_root": "DialTone"}, InputError, "not an absolute path"),
        ({"recovery_root": "Z:\\DialTone"}, PreconditionError, "on no volume"),
        ({"state": "restored", "restore_folder": "E:\\none"}, NotFoundError, "does not exist"),
        ({"state": "restored", "restore_folder": "E:\\Restore"}, PreconditionError, "no .edb"),
        ({"state": "restored", "restore_folder": HOME}, InputError, "itself was"),
        ({"state": "restored", "restore_folder": None}, InputError, "not given"),
    ],
)
def test_bad_input_changes_nothing(
    shared_desk: Any, args: dict[str, Any], error: type[ExchangeError], words: str
) -> None:
    before = len(shared_desk.changing())
    with pytest.raises(error) as caught:
        shared_desk.run(run, **{"state": "preserved", **ARGS, **args})
    assert words in str(caught.value)
    assert caught.value.remedy
    assert shared_desk.changing()[before:] == []


@pytest.mark.parametrize("folder", ["E:\\a & echo b & mkdir c", "E:\\it's $(x)", "E:\\Отказ ü 📮"])
def test_strange_folder_names_over_the_wire(desk: Any, folder: str) -> None:
    desk.control.backup("DB02", folder)
    root = folder.replace("E:", "D:")
    kept = desk.run(run, state="preserved", recovery_root=root, **ARGS)
    assert kept["log_folder"] == f"{root}\\DB01\\preserved\\logs"
    assert desk.control.files("MBX1", kept["log_folder"])
    with pytest.raises(PreconditionError, match="is another database than DB01"):
        desk.run(run, state="restored", recovery_root=root, restore_folder=folder, **ARGS)
    fs = desk.lab.organisation.servers["MBX1"].fs
    assert not any(path.endswith("\\c") for path in _everything(fs, "C:\\"))


def _everything(fs: Any, folder: str) -> list[str]:
    found = []
    for entry in fs.listdir(folder):
        path = f"{folder.rstrip(chr(92))}\\{entry.name}"
        found += [path, *(_everything(fs, path) if entry.is_dir else [])]
    return found
