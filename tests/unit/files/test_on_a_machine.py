# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""database_files with real files: a database fails, a backup and its logs become a clean file."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
    ProgramError,
    SessionLostError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_files
from files.machine import Machine
from scripted_transport import scripted_context

from exchange_lab.ese import Instance, dump_header, snapshot_backup
from exchange_lab.files.errors import FileError

HOME = "D:\\Databases\\DB01"
EDB = f"{HOME}\\DB01.edb"
BASE = "D:\\DialTone\\DB01"
RESTORED = f"{BASE}\\restored\\DB01.edb"
BACKUP = "E:\\Restore\\DB01"
PRESERVED = {"failed_database": "DB01", "state": "preserved"}
RESTORE = {"failed_database": "DB01", "state": "restored", "restore_folder": BACKUP}


def operate(machine: Machine, args: dict[str, t.Any], **keys: t.Any) -> dict[str, t.Any]:
    return database_files.run(scripted_context(machine, **keys), args)


def fail(machine: Machine, *, destroy: bool = True, current: bool = True) -> dict[str, t.Any]:
    """DB01 with 20 messages, a backup, 15 more, then a crash. Returns all that was accepted."""
    live = machine.instance(EDB, HOME, 20)
    snapshot_backup(live, BACKUP)
    machine.fill(live, 15)
    if current:
        live.put("message/last", {"n": "in E00.log"})
    rows = dict(live.rows)
    live.crash()
    if destroy:
        machine.fs.delete(EDB)
    return rows


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def names(machine: Machine, folder: str) -> set[str]:
    return {entry.name for entry in machine.fs.listdir(folder)}


@pytest.mark.parametrize("destroy", [True, False])
def test_from_failure_to_a_clean_file_with_every_message(machine: Machine, destroy: bool) -> None:
    accepted = fail(machine, destroy=destroy)
    before = names(machine, HOME)
    assert operate(machine, PRESERVED)["changed"]
    assert machine.fs.listdir(HOME) == []
    kept = names(machine, f"{BASE}\\preserved\\logs") | names(
        machine, f"{BASE}\\preserved\\database"
    )
    assert kept == before

    lines: list[str] = []
    result = operate(machine, RESTORE, lines=lines)
    assert result["changed"]
    assert result["replayed"]
    assert result["edb_path"] == RESTORED
    assert result["header"]["state"] == "Clean Shutdown"
    assert result["header"]["log_required"] == [0, 0]
    assert result["logs"]["missing"] == []
    assert result["proof_due"]
    assert result["last_log_time"].startswith("2026-11-22T08:")
    assert any(line.startswith("replayed") for line in lines)
    assert any(line.startswith("copied DB01.edb") for line in lines)
    # Neither the failed checkpoint nor the log that was being prepared came along.
    assert "E00tmp.log" not in names(machine, f"{BASE}\\restored")
    assert machine.rows(RESTORED) == accepted
    # The preserved files and the restore folder are what they were.
    assert names(machine, f"{BASE}\\preserved\\logs") <= before
    assert "E00.log" in names(machine, BACKUP)


@pytest.mark.parametrize("args", [PRESERVED, RESTORE])
def test_four_beats(machine: Machine, args: dict[str, t.Any]) -> None:
    fail(machine)
    if args is RESTORE:
        operate(machine, PRESERVED)
    machine.changing.clear()
    predicted = operate(machine, args, check=True)
    assert predicted["changed"]
    assert machine.changing == []

    real = operate(machine, args)
    assert real["changed"]
    assert machine.changing
    for key in ("edb_path", "log_folder", "logs", "replayed", "diff", "last_log_time"):
        assert predicted[key] == real[key], key

    machine.changing.clear()
    again = operate(machine, args)
    assert not again["changed"]
    assert machine.changing == []
    assert again["edb_path"] == real["edb_path"]
    assert again["header"] == real["header"]
    assert not operate(machine, args, check=True)["changed"]


def test_check_mode_before_the_files_are_preserved(machine: Machine) -> None:
    fail(machine)
    predicted = operate(machine, RESTORE, check=True)
    assert machine.changing == []
    operate(machine, PRESERVED)
    assert operate(machine, RESTORE)["logs"] == predicted["logs"]


def test_every_place_to_lose_the_connection(machine: Machine, tmp_path: Path) -> None:
    fail(machine)
    operate(machine, PRESERVED)
    operate(machine, RESTORE)
    total = len(machine.changing)
    expected = machine.rows(RESTORED)
    assert total >= 8
    for die_at in range(1, total + 1):
        other = Machine(tmp_path / str(die_at), die_at=die_at)
        fail(other)
        with pytest.raises(SessionLostError):
            operate(other, PRESERVED)
            operate(other, RESTORE)
        other.die_at = None
        operate(other, PRESERVED)
        assert operate(other, RESTORE)["header"]["state"] == "Clean Shutdown"
        assert not operate(other, PRESERVED)["changed"], die_at
        assert not operate(other, RESTORE)["changed"], die_at
        assert other.rows(RESTORED) == expected, die_at


def test_the_file_of_another_name_gets_the_failed_ones(machine: Machine) -> None:
    accepted = fail(machine)
    machine.fs.rename(f"{BACKUP}\\DB01.edb", f"{BACKUP}\\copy of DB01 (2).edb")
    operate(machine, PRESERVED)
    operate(machine, RESTORE)
    assert machine.rows(RESTORED) == accepted


def test_the_backups_logs_fill_what_circular_logging_or_a_backup_removed(machine: Machine) -> None:
    live = machine.instance(EDB, HOME, 30)
    snapshot_backup(live, BACKUP, truncate=True)
    machine.fill(live, 10)
    accepted = dict(live.rows)
    live.crash()
    machine.fs.delete(EDB)
    operate(machine, PRESERVED)
    assert operate(machine, RESTORE)["logs"]["missing"] == []
    assert machine.rows(RESTORED) == accepted


def test_a_clean_backup_rolls_forward(machine: Machine) -> None:
    live = machine.instance(EDB, HOME, 5)
    live.detach()
    machine.fs.mkdir(BACKUP)
    machine.fs.copy(EDB, f"{BACKUP}\\DB01.edb")
    live = Instance.attach(machine.fs, EDB, HOME, "E00", machine.clock)
    machine.fill(live, 5)
    accepted = dict(live.rows)
    live.crash()
    machine.fs.delete(EDB)
    operate(machine, PRESERVED)
    result = operate(machine, RESTORE)
    assert result["replayed"]
    assert machine.rows(RESTORED) == accepted
    assert not operate(machine, RESTORE)["changed"]


def test_a_clean_backup_without_newer_logs_is_only_copied(machine: Machine) -> None:
    live = machine.instance(EDB, HOME, 5)
    live.detach()
    machine.fs.mkdir(BACKUP)
    machine.fs.copy(EDB, f"{BACKUP}\\DB01.edb")
    for name in names(machine, HOME):
        machine.fs.delete(f"{HOME}\\{name}")
    result = operate(machine, RESTORE)
    assert result["changed"]
    assert not result["replayed"]
    assert not any("/r" in call.split() for call in machine.changing)
    assert not operate(machine, RESTORE)["changed"]


def test_after_the_test_mount_the_file_has_another_stream_and_stays(machine: Machine) -> None:
    fail(machine)
    operate(machine, PRESERVED)
    operate(machine, RESTORE)
    mounted = Instance.attach(
        machine.fs, RESTORED, f"{BASE}\\restored\\rdb-logs", "E02", machine.clock
    )
    mounted.detach()
    again = operate(machine, RESTORE)
    assert not again["changed"]
    assert not again["proof_due"]


def test_a_test_mount_that_crashed_is_replayed_from_its_own_logs(machine: Machine) -> None:
    accepted = fail(machine)
    operate(machine, PRESERVED)
    operate(machine, RESTORE)
    mounted = Instance.attach(
        machine.fs, RESTORED, f"{BASE}\\restored\\rdb-logs", "E02", machine.clock
    )
    mounted.crash()
    result = operate(machine, RESTORE)
    assert result["changed"]
    assert result["header"]["state"] == "Clean Shutdown"
    assert machine.rows(RESTORED) == accepted


def test_after_the_swap_nothing_is_left_to_restore(machine: Machine) -> None:
    fail(machine)
    operate(machine, PRESERVED)
    operate(machine, RESTORE)
    fs = machine.fs
    for folder in ("dialtone", "swapped"):
        fs.mkdir(f"{BASE}\\{folder}")
    fs.write_bytes(f"{BASE}\\swapped\\DB01-DT.edb", b"dial tone")
    fs.rename(RESTORED, f"{BASE}\\dialtone\\DB01-DT.edb")
    result = operate(machine, {**RESTORE, "restore_folder": ""})
    assert not result["changed"]
    assert result["edb_path"] == f"{BASE}\\dialtone\\DB01-DT.edb"
    assert not result["proof_due"]


def generation(n: int) -> str:
    return f"E00{n:08X}.log"


def test_a_gap_names_the_missing_logs_and_changes_nothing(machine: Machine) -> None:
    fail(machine)
    for n in (27, 28):
        machine.fs.delete(f"{HOME}\\{generation(n)}")
    operate(machine, PRESERVED)
    machine.changing.clear()
    with pytest.raises(PreconditionError) as caught:
        operate(machine, RESTORE)
    message = str(caught.value)
    assert f"generations 27-28 ({generation(27)} to {generation(28)}) are missing" in message
    assert "accept_gap" in message
    assert caught.value.code == "LogGap"
    assert machine.changing == []


def test_a_gap_that_is_accepted_loses_only_what_is_behind_it(machine: Machine) -> None:
    accepted = fail(machine)
    machine.fs.delete(f"{HOME}\\{generation(27)}")
    operate(machine, PRESERVED)
    context = scripted_context(machine)
    result = database_files.run(context, {**RESTORE, "accept_gap": True})
    assert result["header"]["state"] == "Clean Shutdown"
    assert result["logs"]["last"] == 26
    assert result["logs"]["missing"] == [[27, 27]]
    rows = machine.rows(RESTORED)
    assert 20 < len(rows) < len(accepted)
    assert rows.items() <= accepted.items()
    assert any("accepted by accept_gap" in warning for warning in context.warnings)
    assert not operate(machine, {**RESTORE, "accept_gap": True})["changed"]


def test_missing_logs_that_are_found_close_the_gap(machine: Machine) -> None:
    accepted = fail(machine)
    machine.fs.rename(f"{HOME}\\{generation(27)}", "D:\\quarantine.log")
    operate(machine, PRESERVED)
    with pytest.raises(PreconditionError):
        operate(machine, RESTORE)
    machine.fs.rename("D:\\quarantine.log", f"{BASE}\\preserved\\logs\\{generation(27)}")
    operate(machine, RESTORE)
    assert machine.rows(RESTORED) == accepted


def test_required_logs_can_never_be_missing(machine: Machine) -> None:
    fail(machine)
    low = dump_header(machine.fs, f"{BACKUP}\\DB01.edb").log_required[0]
    for folder in (HOME, BACKUP):
        machine.fs.delete(f"{folder}\\{generation(low)}")
    operate(machine, PRESERVED)
    for args in (RESTORE, {**RESTORE, "accept_gap": True}):
        with pytest.raises(PreconditionError, match=f"needs are missing.*{generation(low)}"):
            operate(machine, args)


def test_the_log_that_was_being_written_is_gone(machine: Machine) -> None:
    accepted = fail(machine)
    machine.fs.delete(f"{HOME}\\E00.log")
    operate(machine, PRESERVED)
    with pytest.raises(PreconditionError, match=r"E00\.log, the log that was being written"):
        operate(machine, RESTORE)
    operate(machine, {**RESTORE, "accept_gap": True})
    rows = machine.rows(RESTORED)
    assert accepted.keys() - rows.keys() == {"message/last"}


def test_no_logs_survived_at_all(machine: Machine) -> None:
    fail(machine)
    for name in names(machine, HOME):
        machine.fs.delete(f"{HOME}\\{name}")
    assert not operate(machine, PRESERVED)["changed"]
    context = scripted_context(machine)
    result = database_files.run(context, RESTORE)
    assert result["header"]["state"] == "Clean Shutdown"
    assert any("No logs of DB01 survived" in warning for warning in context.warnings)
    assert any("can tell whether" in warning for warning in context.warnings)
    assert len(machine.rows(RESTORED)) == 20


def test_the_backup_of_another_database_is_refused(machine: Machine) -> None:
    fail(machine)
    other = machine.instance("D:\\Databases\\DB02\\DB02.edb", "D:\\Databases\\DB02", 5)
    snapshot_backup(other, "E:\\Restore\\DB02")
    operate(machine, PRESERVED)
    machine.changing.clear()
    with pytest.raises(PreconditionError, match=r"is another database than DB01") as caught:
        operate(machine, {**RESTORE, "restore_folder": "E:\\Restore\\DB02"})
    assert "its signature is" in str(caught.value)
    assert "the logs in D:\\DialTone\\DB01\\preserved\\logs say" in str(caught.value)
    assert machine.changing == []


def test_logs_of_another_stream_are_never_mixed_in(machine: Machine) -> None:
    fail(machine, destroy=False)
    # The logs were lost once, and the clean file began a new stream: the backup is older than that.
    fs = machine.fs
    for name in names(machine, HOME):
        if name != "DB01.edb":
            fs.delete(f"{HOME}\\{name}")
    fs.delete(EDB)
    fs.copy(f"{BACKUP}\\DB01.edb", EDB)
    for name in names(machine, BACKUP) - {"DB01.edb"}:
        fs.copy(f"{BACKUP}\\{name}", f"{HOME}\\{name}")
    again = Instance.attach(fs, EDB, HOME, "E00", machine.clock)
    again.detach()
    for name in names(machine, HOME) - {"DB01.edb"}:
        fs.delete(f"{HOME}\\{name}")
    again = Instance.attach(fs, EDB, HOME, "E00", machine.clock)
    machine.fill(again, 3)
    again.crash()
    operate(machine, PRESERVED)
    machine.changing.clear()
    with pytest.raises(PreconditionError, match="are of another stream") as caught:
        operate(machine, RESTORE)
    assert caught.value.code == "OtherLogStream"
    assert machine.changing == []
    assert operate(machine, {**RESTORE, "accept_gap": True})["header"]["state"] == "Clean Shutdown"
    assert len(machine.rows(RESTORED)) == 20


def test_a_damaged_log_is_found_before_anything_is_replayed(machine: Machine) -> None:
    fail(machine)
    path = f"{HOME}\\{generation(28)}"
    machine.fs.write_bytes(path, machine.fs.read_bytes(path)[:-20] + b"garbage\n")
    operate(machine, PRESERVED)
    with pytest.raises(ConflictError, match="not one good stream"):
        operate(machine, RESTORE)
    assert not any("/r" in call.split() for call in machine.changing)


def test_a_disk_without_room(machine: Machine) -> None:
    fail(machine)
    operate(machine, PRESERVED)
    volume = machine.fs.volume_of("D:\\")
    filler = machine.fs.free(volume) - 10 * 1024**2
    machine.fs.write_bytes("D:\\filler.edb", f'{{"lab": "x", "size": {filler}}}\n'.encode())
    machine.changing.clear()
    with pytest.raises(PreconditionError, match=r"the restored set needs") as caught:
        operate(machine, RESTORE)
    assert "Free " in str(caught.value)
    assert machine.changing == []


def test_a_file_that_somebody_holds(machine: Machine) -> None:
    fail(machine, destroy=False)
    lock = machine.fs.open_exclusive(EDB, "backup")
    with pytest.raises(PreconditionError, match="is in use"):
        operate(machine, PRESERVED)
    lock.release()
    lock = machine.fs.open_exclusive(f"{HOME}\\E00.log", "antivirus")
    with pytest.raises(ProgramError, match=r"move .*E00\*\.log"):
        operate(machine, PRESERVED)
    lock.release()
    operate(machine, PRESERVED)
    assert machine.fs.listdir(HOME) == []
    lock = machine.fs.open_exclusive(f"{BACKUP}\\DB01.edb", "backup software")
    with pytest.raises(ProgramError, match="-1032"):
        operate(machine, RESTORE)
    lock.release()
    operate(machine, RESTORE)


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ({"restore_folder": None}, InputError, "restore_folder is not given"),
        ({"restore_folder": "E:\\nothing"}, NotFoundError, "E:\\nothing does not exist on mbx1"),
        ({"restore_folder": "E:\\Restore"}, PreconditionError, "it holds: folder DB01"),
        ({"restore_folder": "E:\\Several"}, PreconditionError, "2 .edb files: a.edb, b.edb"),
        ({"restore_folder": "E:\\Logs"}, PreconditionError, "no .edb; it holds: E00.log"),
        (
            {"restore_folder": BACKUP, "edb_name": "DB07.edb"},
            PreconditionError,
            "has no DB07.edb; it holds: DB01.edb",
        ),
        ({"restore_folder": HOME}, InputError, "where database DB01 itself was"),
        ({"restore_folder": f"{BASE}\\restored"}, InputError, "belongs to the recovery itself"),
        ({"restore_folder": "\\\\nas\\backup\\DB01"}, InputError, "network"),
        ({"restore_folder": "E:\\"}, InputError, "root of a volume"),
        ({"restore_folder": "Restore\\DB01"}, InputError, "not an absolute path"),
        ({"restore_folder": 'E:\\x" & del y'}, InputError, '"""'),
        ({"edb_name": "..\\..\\x.edb"}, InputError, "contains a folder"),
        ({"recovery_root": "F:\\DialTone"}, PreconditionError, "on no volume"),
    ],
)
def test_bad_input_is_refused_before_anything_changes(
    machine: Machine, args: dict[str, t.Any], error: type[ExchangeError], words: str
) -> None:
    fail(machine)
    machine.fs.mkdir("E:\\Several")
    machine.fs.mkdir("E:\\Logs")
    for path in ("E:\\Several\\a.edb", "E:\\Several\\b.edb", "E:\\Logs\\E00.log"):
        machine.fs.write_bytes(path, b"x")
    operate(machine, PRESERVED)
    machine.changing.clear()
    with pytest.raises(error) as caught:
        operate(machine, {**RESTORE, **args})
    assert words in str(caught.value)
    assert caught.value.remedy
    assert machine.changing == []


@pytest.mark.parametrize(
    "folder",
    [
        "E:\\a & del D",
        "E:\\$(whoami) `x`",
        "E:\\it's (a) ^caret! #1",
        "E:\\Müller Söhne",
        "E:\\Почта",
        "E:\\mail 📮",
    ],
)
def test_strange_names_work_and_change_no_command(machine: Machine, folder: str) -> None:
    live = machine.instance(f"{folder}\\DB ü&1.edb", folder, 5)
    snapshot_backup(live, BACKUP)
    machine.fill(live, 3)
    accepted = dict(live.rows)
    live.crash()
    machine.database = {
        "Name": "DB ü&1",
        "EdbFilePath": f"{folder}\\DB ü&1.edb",
        "LogFolderPath": folder,
    }
    args = {"failed_database": "DB ü&1", "recovery_root": f"{folder}\\root"}
    operate(machine, {**PRESERVED, **args})
    result = operate(machine, {**RESTORE, **args})
    assert result["edb_path"] == f"{folder}\\root\\DB ü&1\\restored\\DB ü&1.edb"
    assert machine.rows(result["edb_path"]) == accepted
    with pytest.raises(FileError):
        machine.fs.entry("C:\\Users\\admin\\D")


def test_from_another_volume_the_originals_stay(machine: Machine) -> None:
    accepted = fail(machine, destroy=False)
    before = {entry.name: entry.size for entry in machine.fs.listdir(HOME)}
    args = {"recovery_root": "E:\\R"}
    assert operate(machine, {**PRESERVED, **args})["changed"]
    assert {entry.name: entry.size for entry in machine.fs.listdir(HOME)} == before
    assert not operate(machine, {**PRESERVED, **args})["changed"]
    operate(machine, {**RESTORE, **args})
    assert machine.rows("E:\\R\\DB01\\restored\\DB01.edb") == accepted
