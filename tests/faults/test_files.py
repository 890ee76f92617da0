# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of files and volumes: full, held, gone, damaged, forbidden, and files that do not belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from cases import (
    DIAL_TONE,
    REFUSED,
    RESTORE,
    RETRIED,
    RETURNED,
    STOPPED,
    SWAP,
    UNTOUCHED,
    Scene,
    case,
    declared,
)
from stages import Stages
from test_database import lift_at

OLD = "E:\\Old"
ELSEWHERE = "E:\\DialTone"
HOME, BASE, BACKUP = "D:\\Databases\\DB01", "D:\\DialTone\\DB01", "E:\\Restore\\DB01"


def fs(scene: Scene) -> Any:
    """The server's files."""
    return scene.desk.lab.organisation.servers["MBX1"].fs


def logs(scene: Scene, folder: str) -> list[str]:
    """The closed logs of a folder, the oldest first."""
    names = sorted(entry.name for entry in fs(scene).listdir(folder))
    return [f"{folder}\\{name}" for name in names if name.endswith(".log") and len(name) == 15]


@case("volume_full", stage=DIAL_TONE, outcome=REFUSED, reads="a copy of D:\\Databases\\DB01 needs")
def test_no_space_to_preserve(scene: Scene) -> None:
    """the recovery's volume, another one than the database's, before the failed files are copied there"""
    scene.recovery.root = ELSEWHERE
    scene.inject("volume_full", server="MBX1", path=ELSEWHERE)


@case("copy_finds_no_space", stage=DIAL_TONE, outcome=STOPPED, reads="Windows error 112 (D:\\Databases\\DB01\\E00")
def test_no_space_while_it_is_preserved(scene: Scene) -> None:
    """the recovery's volume, another one than the database's, while the failed files are copied there"""
    scene.recovery.root = ELSEWHERE
    scene.inject("copy_finds_no_space", path="*E00*.log")


@case("volume_full", stage=DIAL_TONE, outcome=STOPPED, reads="the volume is full (JET error -529)")
def test_the_volume_of_the_database_is_full(scene: Scene) -> None:
    """the database's own volume, on which the failed files are preserved: they move, the dial tone has no room"""
    scene.inject("volume_full", server="MBX1", path="D:\\")


@case("volume_full", stage=RESTORE, outcome=REFUSED, reads="the restored set needs")
def test_no_space_for_the_copy(scene: Scene) -> None:
    """the recovery's volume, before the restored file is copied"""
    scene.inject("volume_full", server="MBX1", path="D:\\")


@case("copy_finds_no_space", stage=RESTORE, outcome=STOPPED, reads="Windows error 112 (E:\\Restore\\DB01\\DB01.edb)")
def test_no_space_during_the_copy(scene: Scene) -> None:
    """the recovery's volume, while the restored file is copied"""
    scene.inject("copy_finds_no_space", path="*DB01.edb")


@case("volume_full", stage=RESTORE, outcome=STOPPED, reads="Free space on the volume, then run the same command again.")
def test_no_space_at_the_replay(scene: Scene) -> None:
    """the recovery's volume, when everything is copied and the logs are replayed"""
    faults = scene.desk.lab.organisation.faults

    def fill(_hit: Any) -> None:
        scene.inject("volume_full", server="MBX1", path="D:\\", free=8192)

    faults.watch("call", fill, name="eseutil", arguments="*/r*")


@case("file_held", stage=RESTORE, outcome=RETRIED, reads="is held by another program (try 1 of 31)")
def test_the_backup_is_held_for_a_minute(scene: Scene) -> None:
    """the restored .edb, which the backup software has not let go of"""
    scene.inject("file_held", server="MBX1", path=f"{BACKUP}\\DB01.edb")
    lift_at(scene, "eseutil", 3)


@case("file_held", stage=RESTORE, outcome=RETRIED, reads="DB01.edb can't be copied now (Windows error 32")
def test_a_copy_of_an_earlier_run_goes_on(scene: Scene) -> None:
    """the half-copied .edb, by robocopy of a run that was killed, until the server closes its shell"""
    fs(scene).mkdir(f"{BASE}\\restored\\incoming")
    fs(scene).write_bytes(f"{BASE}\\restored\\incoming\\DB01.edb", b"half")
    scene.inject("file_held", server="MBX1", path=f"{BASE}\\restored\\incoming\\DB01.edb", by="robocopy")
    faults = scene.desk.lab.organisation.faults
    faults.watch("call", lambda _hit: faults.lift(), name="robocopy", arguments="*DB01.edb*/J*", nth=20)


@case("move_refused", stage=DIAL_TONE, outcome=RETRIED, reads="was refused (another program holds it?), trying again")
def test_the_failed_files_are_held_for_a_minute(scene: Scene) -> None:
    """the first moves of the failed database's files"""
    scene.inject("move_refused", times=3)


@case("move_refused", stage=SWAP, outcome=RETURNED, reads="Another program may hold a file")
def test_the_files_stay_held_during_the_swap(scene: Scene) -> None:
    """the way of the restored file into production"""
    scene.inject("move_refused", path=f"{BASE}\\restored\\DB01.edb")


@case("permissions_missing", stage=SWAP, outcome=RETURNED, reads="SYSTEM needs full control")
def test_permissions_are_missing(scene: Scene) -> None:
    """the restored file, when it comes into production"""
    scene.inject("permissions_missing", server="MBX1", path=f"{BASE}\\restored\\DB01.edb")


@case("copy_damages", stage=RESTORE, outcome=STOPPED, reads="so it is no good; it is kept as")
def test_the_copy_is_damaged(scene: Scene) -> None:
    """the copy of the restored .edb, in its header; damage of other pages alone is found by nobody but eseutil /k"""
    scene.inject("copy_damages", path="*incoming\\DB01.edb")


@case("quarantined", stage=RESTORE, outcome=REFUSED, reads="Logs that the restored file needs are missing")
def test_a_required_log_is_missing(scene: Scene) -> None:
    """a log of the range that the restored file requires"""
    name = logs(scene, BACKUP)[0].rpartition("\\")[2]
    for folder in (BACKUP, f"{BASE}\\preserved\\logs"):
        if fs(scene).is_file(f"{folder}\\{name}"):
            quarantine = f"C:\\Quarantine{folder[2:]}"
            scene.inject("quarantined", server="MBX1", path=f"{folder}\\{name}", folder=quarantine)


@case("quarantined", stage=RESTORE, outcome=REFUSED, reads="is missing or damaged")
def test_the_last_log_is_missing(scene: Scene) -> None:
    """the log that was being written when the database failed"""
    scene.inject("quarantined", server="MBX1", path=f"{BASE}\\preserved\\logs\\E00.log")


@case("taken_before_the_call", stage=DIAL_TONE, outcome=STOPPED, reads="is not there any more. Find out who took it")
def test_a_path_is_gone_between_look_and_act(scene: Scene) -> Iterator[None]:
    """the checkpoint, after the failed files were listed and before they are moved"""
    yield from taken(scene, "E00.chk", "E00.chk")


@case("taken_before_the_call", stage=DIAL_TONE, outcome=STOPPED, reads="preserved: D:\\DialTone\\DB01\\preserved\\logs\\E00.log")
def test_the_last_log_is_gone_between_look_and_act(scene: Scene) -> Iterator[None]:
    """the last log, after the failed files were listed and before they are moved"""
    yield from taken(scene, "E00.log", "E00[*].log")


def taken(scene: Scene, name: str, moved: str) -> Iterator[None]:
    """Somebody takes a file of the failed database when it is moved, and brings it back."""
    path, away = f"{HOME}\\{name}", f"D:\\{name}"
    scene.inject(
        "taken_before_the_call", name="cmd*", arguments=f"*move*{moved}*", host="MBX1", path=path, to=away
    )
    yield
    if fs(scene).exists(away):
        fs(scene).rename(away, path)


@case("emptied", stage=RESTORE, outcome=REFUSED, reads="It is no database, or its header is gone")
def test_the_restored_file_is_empty(scene: Scene) -> None:
    """the .edb in the restore folder has zero bytes"""
    scene.inject("emptied", server="MBX1", path=f"{BACKUP}\\DB01.edb")


@case("foreign_file", stage=RESTORE, outcome=REFUSED, reads="is another database than DB01")
def test_the_backup_is_of_another_database(scene: Scene) -> Any:
    """the .edb in the restore folder, under the right name"""
    scene.control.backup("DB02", "E:\\Restore\\DB02")
    data = fs(scene).read_bytes(f"{BACKUP}\\DB01.edb")
    scene.inject(
        "foreign_file", server="MBX1", source="E:\\Restore\\DB02\\DB02.edb", path=f"{BACKUP}\\DB01.edb"
    )
    yield
    scene.control.lift()
    fs(scene).write_bytes(f"{BACKUP}\\DB01.edb", data)


@case("foreign_file", stage=RESTORE, outcome=UNTOUCHED, reads="")
def test_a_checkpoint_of_another_stream(scene: Scene) -> None:
    """a checkpoint of another stream in the restore folder: it is not taken along"""
    scene.inject(
        "foreign_file", server="MBX1", source="D:\\Databases\\DB02\\E01.chk", path=f"{BACKUP}\\E00.chk"
    )


def keep_checkpoint(desk: Any) -> None:
    """A copy of the checkpoint of now, and logs that come after it."""
    fs = desk.lab.organisation.servers["MBX1"].fs
    fs.mkdir(OLD)
    fs.write_bytes(f"{OLD}\\E00.chk", fs.read_bytes(f"{HOME}\\E00.chk"))
    desk.control.send("all", 3, size=400_000)


@case("foreign_file", stage=RESTORE, outcome=UNTOUCHED, reads="", before=keep_checkpoint)
def test_an_old_checkpoint(scene: Scene) -> None:
    """an older checkpoint of the same stream in the restore folder: it is not taken along"""
    assert logs(scene, BACKUP)[0] > f"{BACKUP}\\E0000000001.log"
    scene.inject("foreign_file", server="MBX1", source=f"{OLD}\\E00.chk", path=f"{BACKUP}\\E00.chk")


@case("foreign_file", stage=RESTORE, outcome=UNTOUCHED, reads="")
def test_a_foreign_flush_map(scene: Scene) -> None:
    """a flush map of another database in the restore folder: it is not taken along"""
    scene.inject(
        "foreign_file", server="MBX1", source="D:\\Databases\\DB02\\DB02.jfm", path=f"{BACKUP}\\DB01.jfm"
    )


@declared("old_backup", outcome=REFUSED, reads="The logs have a gap: generations 51-58")
def test_the_backup_is_older_than_the_logs_reach(open_stages: Callable[..., Stages]) -> str:
    """the folder of the restored files: logs of the time between were truncated by later backups"""
    scene = Scene(open_stages(before=later_backups))
    scene.stages.run(DIAL_TONE)
    before = len(scene.desk.changing())
    scene.inject("old_backup", server="MBX1", source=OLD, folder=BACKUP)
    with pytest.raises(ExchangeError, match="same command") as caught:
        scene.stages.run(RESTORE)
    assert scene.desk.changing()[before:] == []
    scene.control.lift()
    scene.again(RESTORE)
    scene.stages.finish()
    audit = scene.control.audit()
    assert audit["found"] > 0 and not audit["lost"] and not audit["doubled"]
    return str(caught.value)


def later_backups(desk: Any) -> None:
    """A backup, and newer ones that truncate the logs."""
    desk.control.send("all", 2)
    desk.control.backup("DB01", OLD)
    for number in range(3):
        desk.control.send("all", 3, size=400_000)
        desk.control.backup("DB01", f"E:\\Later{number}", truncate=True)
