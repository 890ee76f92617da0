# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wbadmin: what a backup holds, where it goes, what is refused."""

from __future__ import annotations

import re

import pytest

from exchange_lab.ese import Instance, JetError, dump_header
from exchange_lab.windows_backup import take

GB = 1024**3
FOLDER = "D:\\Databases\\DB01"
FILE = f"{FOLDER}\\DB01.edb"


@pytest.fixture
def saved(computer):  # type: ignore[no-untyped-def]
    """Two mounted databases, one with its logs elsewhere, and a backup of both on E:."""
    first = Instance.create(computer.fs, FILE, FOLDER, "E00", computer.clock, size=40 * GB)
    second = Instance.create(
        computer.fs, "D:\\DB02\\DB02.edb", "D:\\Logs02", "E01", computer.clock, size=GB
    )
    first.put("message/1", {"subject": "before"})
    computer.instances = (first, second)
    computer.version = take(
        computer.fs, computer.computer, "E:", computer.instances, computer.clock.now()
    )
    first.put("message/2", {"subject": "after"})
    return computer


def recover(saved, rest: str, version: str = "") -> int:  # type: ignore[no-untyped-def]
    version = version or saved.version.identifier
    return saved.run(f"wbadmin start recovery -version:{version} {rest}")  # type: ignore[no-any-return]


def files(saved, folder: str) -> set[str]:  # type: ignore[no-untyped-def]
    return {path[len(folder) + 1 :] for path in saved.fs.walk(folder)}


def test_versions(saved) -> None:  # type: ignore[no-untyped-def]
    assert saved.run("wbadmin get versions") == 0
    found = re.findall(r"^Version identifier: (\d\d/\d\d/\d{4}-\d\d:\d\d)$", saved.out, re.M)
    assert found == [saved.version.identifier]
    assert saved.run("wbadmin get versions -backupTarget:E:") == 0
    assert saved.run("wbadmin get versions -backupTarget:D:") == -3
    assert saved.run("wbadmin get versions -machine:OTHER") == -3
    assert saved.run("wbadmin get versions -backupTarget:\\\\filer\\share") == -3


def test_files_to_another_place(saved) -> None:  # type: ignore[no-untyped-def]
    rest = f"-itemType:File -items:{FOLDER} -recursive -recoveryTarget:E:\\Restore -notRestoreAcl -quiet"
    assert recover(saved, rest) == 0
    assert 100 < saved.seconds < 500  # 40 GB in one volume
    restored = files(saved, "E:\\Restore\\DB01")
    assert {"DB01.edb", "E00.log", "E00.chk", "E0000000001.log"} <= restored
    assert not dump_header(saved.fs, "E:\\Restore\\DB01\\DB01.edb").clean
    assert "Total files failed: 0" in saved.out
    with pytest.raises(JetError):  # dirty: it is for eseutil first
        Instance.attach(
            saved.fs, "E:\\Restore\\DB01\\DB01.edb", "E:\\Elsewhere", "E00", saved.clock
        )
    assert (
        saved.run(
            "eseutil /r E00 /l E:\\Restore\\DB01 /s E:\\Restore\\DB01 /d E:\\Restore\\DB01 /o"
        )
        == 0
    )
    assert dump_header(saved.fs, "E:\\Restore\\DB01\\DB01.edb").clean


def test_only_what_lies_directly_there_without_recursive(saved) -> None:  # type: ignore[no-untyped-def]
    rest = "-itemType:File -items:D:\\Databases -recoveryTarget:E:\\Restore -quiet"
    assert recover(saved, rest) == -3  # the folder holds folders only
    one = f"-itemType:File -items:{FILE} -recoveryTarget:E:\\One -quiet"
    assert recover(saved, one) == 0 and files(saved, "E:\\One") == {"DB01.edb"}


def test_logs_elsewhere_are_at_their_own_path(saved) -> None:  # type: ignore[no-untyped-def]
    rest = "-itemType:File -items:D:\\DB02,D:\\Logs02 -recursive -recoveryTarget:E:\\Both -quiet"
    assert recover(saved, rest) == 0
    found = files(saved, "E:\\Both")
    assert "DB02\\DB02.edb" in found and "Logs02\\E01.log" in found


def test_what_exists_already(saved) -> None:  # type: ignore[no-untyped-def]
    rest = f"-itemType:File -items:{FILE} -recoveryTarget:E:\\One -quiet"
    assert recover(saved, rest) == 0
    assert recover(saved, rest + " -overwrite:Skip") == 0 and "recovered: 0" in saved.out
    assert recover(saved, rest) == 0  # a copy beside it
    assert sorted(name.rpartition(" ")[2] for name in files(saved, "E:\\One")) == ["DB01.edb"] * 2
    assert recover(saved, rest + " -overwrite:Overwrite") == 0
    assert len(files(saved, "E:\\One")) == 2
    assert recover(saved, rest + " -overwrite:Perhaps") == -3


def test_an_application_goes_over_all_its_databases(saved) -> None:  # type: ignore[no-untyped-def]
    assert recover(saved, "-itemType:App -items:Exchange -quiet") == -3  # they are mounted
    assert "used by another process" in saved.out
    for instance in saved.instances:
        instance.detach()
    assert recover(saved, "-itemType:App -items:Exchange -quiet") == 0
    for edb in (FILE, "D:\\DB02\\DB02.edb"):  # the healthy one too
        assert not dump_header(saved.fs, edb).clean


def test_an_application_is_not_restored_into_a_recovery_database(saved) -> None:  # type: ignore[no-untyped-def]
    assert recover(saved, "-itemType:App -items:Exchange -recoveryTarget:RDB01 -quiet") == -3
    assert "cannot be recovered into a recovery database" in saved.out
    assert recover(saved, "-itemType:App -items:Exchange -recoveryTarget:E:\\All -quiet") == 0
    assert {"D_\\Databases\\DB01\\DB01.edb", "D_\\DB02\\DB02.edb"} <= files(saved, "E:\\All")


@pytest.mark.parametrize(
    "rest",
    [
        "-itemType:File -items:D:\\Nothing -recoveryTarget:E:\\R -quiet",
        f"-itemType:File -items:{FOLDER} -recoveryTarget:X:\\R -quiet",
        f"-itemType:File -items:{FOLDER} -recoveryTarget:\\\\filer\\share -quiet",
        f"-itemType:Volume -items:{FOLDER} -quiet",
        "-itemType:App -items:Registry -quiet",
        "-itemType:File -quiet",
        f"-itemType:File -items:{FOLDER} -sometimes -quiet",
    ],
)
def test_refusals(saved, rest: str) -> None:  # type: ignore[no-untyped-def]
    assert recover(saved, rest) == -3 and "ERROR - " in saved.out
    assert not saved.fs.exists("E:\\R")


def test_an_unknown_version(saved) -> None:  # type: ignore[no-untyped-def]
    rest = f"-itemType:File -items:{FOLDER} -recoveryTarget:E:\\R -quiet"
    assert recover(saved, rest, "01/01/2020-00:00") == -3


def test_it_asks_without_quiet(saved) -> None:  # type: ignore[no-untyped-def]
    rest = f"-itemType:File -items:{FILE} -recoveryTarget:E:\\One"
    assert recover(saved, rest) == -3 and not saved.fs.exists("E:\\One")
    line = f"wbadmin start recovery -version:{saved.version.identifier} {rest}"
    assert saved.run(line, typed=b"N\r\n") == -3 and not saved.fs.exists("E:\\One")
    assert saved.run(line, typed=b"Y\r\n") == 0 and saved.fs.exists("E:\\One\\DB01.edb")


def test_a_full_target(saved) -> None:  # type: ignore[no-untyped-def]
    fs = saved.fs
    fs.allocate("E:\\filler.bin", fs.free(fs.volume_of("E:\\")) - GB)
    rest = f"-itemType:File -items:{FILE} -recoveryTarget:E:\\One -quiet"
    assert recover(saved, rest) == -3 and "Total files failed: 1" in saved.out
