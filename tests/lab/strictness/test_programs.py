# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and programs over the wire: locks, volumes, space, the second hop, log streams, services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypsrp.shell import CommandState, Process, SignalCode, WinRS
from pypsrp.wsman import WSMan

from exchange_lab.clock import JumpClock
from exchange_lab.control import Control, ControlError
from exchange_lab.lab import Lab

pytestmark = pytest.mark.strictness

GB = 1024**3
EDB = "D:\\Databases\\DB02\\DB02.edb"


@dataclass
class Ended:
    """A program's end; `seconds` are simulated."""

    code: int
    output: str
    seconds: float


class Computer:
    """The first server of a lab with latency, by one command shell of unmodified pypsrp."""

    def __init__(self, lab: Lab, shell: WinRS) -> None:
        self.lab, self.shell = lab, shell
        self.control: Control = lab.control

    def run(self, program: str, *arguments: str) -> Ended:
        began = self.lab.organisation.clock.elapsed()
        process = Process(self.shell, program, list(arguments), no_shell=True)
        process.invoke()
        seconds = self.lab.organisation.clock.elapsed() - began
        return Ended(process.rc, (process.stdout + process.stderr).decode("cp437"), seconds)

    def cmd(self, line: str) -> Ended:
        """A built-in command of cmd.exe."""
        return self.run("cmd.exe", "/c", line)

    def free(self, volume: str) -> int:
        fs = self.lab.organisation.server("MBX1").fs
        return fs.free(fs.volume_of(volume))

    def big_file(self, path: str, size: int) -> str:
        self.lab.organisation.server("MBX1").fs.allocate(path, size)
        return path

    def names(self, folder: str) -> set[str]:
        return {e["name"] for e in self.control.files("MBX1", folder)}

    def mounted(self, name: str) -> bool:
        return bool(self.control.status()["databases"][name]["mounted"])


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab("tiny", tmp_path / "lab", clock=JumpClock(), seed=5) as started:
        yield started
        assert started.defects == []


@pytest.fixture
def computer(lab: Lab) -> Iterator[Computer]:
    account = lab.administrator
    connection = WSMan(
        lab.host, port=lab.endpoints["MBX1"]["http"], ssl=False, auth="negotiate",
        username=account.name, password=account.password,
    )  # fmt: skip
    with connection, WinRS(connection) as shell:
        yield Computer(lab, shell)


# -- locks
@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("eseutil", "/mh", EDB), -1032, "JET_errFileAccessDenied"),
        (("eseutil", "/k", EDB), -1032, "JET_errFileAccessDenied"),
        (("cmd.exe", "/c", f"ren {EDB} away.edb"), 1, "being used by another process"),
        (("cmd.exe", "/c", f"move {EDB} D:\\"), 1, "being used by another process"),
        (("cmd.exe", "/c", "move D:\\Databases\\DB02 D:\\Away"), 1, "Access is denied."),
        (("robocopy", "D:\\Databases\\DB02", "E:\\c", "DB02.edb", "/R:0"), 9, "ERROR 32 (0x00000020)"),
    ],
)  # fmt: skip
def test_a_mounted_file_is_locked(
    computer: Computer, command: Sequence[str], code: int, words: str
) -> None:
    refused = computer.run(*command)
    assert refused.code == code and words in refused.output
    computer.control.dismount("DB02")
    assert computer.run(*command).code in (0, 1) and computer.run("eseutil", "/mh", EDB).code != -1032


# -- volumes and space
def test_a_rename_is_instant_and_a_move_across_volumes_is_a_copy(computer: Computer) -> None:
    computer.big_file("D:\\big.edb", 200 * GB)
    free = computer.free("D:\\"), computer.free("E:\\")
    renamed = computer.cmd("ren D:\\big.edb huge.edb")
    assert renamed.code == 0 and renamed.seconds < 2
    assert (computer.free("D:\\"), computer.free("E:\\")) == free
    moved = computer.cmd("move D:\\huge.edb E:\\")
    assert moved.code == 0
    assert 200 * GB / (600 * 1024**2) < moved.seconds < 200 * GB / (80 * 1024**2)
    assert computer.free("D:\\") - free[0] == free[1] - computer.free("E:\\") == 200 * GB


def test_a_folder_does_not_move_across_volumes(computer: Computer) -> None:
    computer.cmd("mkdir D:\\Folder")
    computer.big_file("D:\\Folder\\a.log", 1024**2)
    assert computer.cmd("move D:\\Folder D:\\Folder2").code == 0
    refused = computer.cmd("move D:\\Folder2 E:\\")
    assert refused.code == 1 and "Access is denied." in refused.output
    assert computer.names("D:\\Folder2") == {"a.log"}


def test_the_disk_is_full(computer: Computer) -> None:
    computer.cmd("mkdir D:\\From")
    computer.big_file("D:\\From\\big.edb", 20 * GB)
    computer.control.fill_volume("MBX1", "E:\\", 10 * GB)
    copied = computer.run("robocopy", "D:\\From", "E:\\To", "big.edb", "/R:0", "/W:0")
    assert copied.code & 8 and "ERROR 112 (0x00000070)" in copied.output
    moved = computer.cmd("move D:\\From\\big.edb E:\\")
    assert moved.code == 1 and "There is not enough space on the disk." in moved.output
    assert computer.names("D:\\From") == {"big.edb"} and "big.edb" not in computer.names("E:\\")
    computer.control.fill_volume("MBX1", "D:\\", 10 * 1024**2)
    with pytest.raises(RuntimeError, match="StoreEc: 0xFFFFF8F0"):  # -1808: no room for a new database
        computer.control.run_cmdlet("New-MailboxDatabase", {
            "Name": "DT", "Server": "MBX1", "EdbFilePath": "D:\\DT\\DT.edb", "LogFolderPath": "D:\\DT",
        })  # fmt: skip
        computer.control.sleep(60)
        computer.control.run_cmdlet("Mount-Database", {"Identity": "DT"})


def test_robocopys_exit_bits(computer: Computer) -> None:
    computer.cmd("mkdir D:\\From")
    computer.big_file("D:\\From\\a.edb", GB)
    copy = ("robocopy", "D:\\From", "D:\\To", "*.edb", "/R:0")
    assert [computer.run(*copy).code for _unused in range(2)] == [1, 0]
    computer.big_file("D:\\To\\extra.edb", GB)
    assert computer.run(*copy).code == 2
    computer.big_file("D:\\From\\b.edb", GB)
    assert computer.run(*copy).code == 3
    assert computer.run(*copy[:3], "missing.edb", "/R:0").code == 0  # a missing file is no error
    assert computer.run("robocopy", "D:\\None", "D:\\To", "/R:0").code == 16


# -- programs that wait, and what they may not reach
@pytest.mark.parametrize("mode", ["/p", "/g"])
def test_without_o_repair_waits_for_ever(computer: Computer, mode: str) -> None:
    computer.control.break_database("DB02", "crash")
    process = Process(computer.shell, "eseutil", [mode, EDB], no_shell=True)
    process.begin_invoke()
    for _unused in range(2):
        computer.control.sleep(30 * 86400)
        process.poll_invoke(timeout=1)
        assert process.state != CommandState.DONE
    process.signal(SignalCode.TERMINATE)
    assert computer.run("eseutil", "/p", EDB, "/o").code == 595


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("robocopy", "\\\\MBX1\\D$\\Backup", "E:\\c", "/R:0"), 16, "ERROR 5 (0x00000005)"),
        (("robocopy", "D:\\Databases", "\\\\MBX1\\D$\\c", "/R:0"), 16, "ERROR 5 (0x00000005)"),
        (("cmd.exe", "/c", "dir \\\\MBX1\\D$"), 1, "Access is denied."),
        (("cmd.exe", "/c", "mkdir \\\\MBX1\\D$\\c"), 1, "Access is denied."),
        (("cmd.exe", "/c", f"move {EDB} \\\\MBX1\\D$"), 1, "Access is denied."),
        (("eseutil", "/mh", "\\\\MBX1\\D$\\a.edb"), -1032, "JET_errFileAccessDenied"),
        (("icacls", "\\\\MBX1\\D$"), 5, "Access is denied."),
        (("sc", "\\\\MBX1", "query", "MSExchangeIS"), 5, "Access is denied."),
    ],
)
def test_there_is_no_second_hop(
    computer: Computer, command: Sequence[str], code: int, words: str
) -> None:
    computer.control.dismount("DB02")
    refused = computer.run(*command)
    assert refused.code == code and words in refused.output


# -- log streams
@pytest.fixture
def restored(computer: Computer) -> Computer:
    """DB01 is lost, its backup lies in E:\\R; the dial tone database DT has got mail and is dismounted again."""
    control = computer.control
    control.send("all", 3)
    control.backup("DB01", "E:\\R")
    control.send("all", 3, size=600_000)
    control.break_database("DB01", "destroy_edb")
    control.run_cmdlet("New-MailboxDatabase", {
        "Name": "DT", "Server": "MBX1", "EdbFilePath": "D:\\DT\\DB01.edb", "LogFolderPath": "D:\\DT",
    })  # fmt: skip
    control.sleep(60)
    control.mount("DT")
    control.change_mailbox("Anna Albers", database=computer.lab.organisation.database("DT").guid)
    control.sleep(60)
    control.send("Anna Albers", 8, size=600_000)
    control.dismount("DT")
    return computer


def recover(computer: Computer) -> Ended:
    folder = "E:\\R"
    return computer.run("eseutil", "/r", "E00", "/l", folder, "/s", folder, "/d", folder, "/o")


def copy_logs(computer: Computer, source: str, names: str = "E*.log") -> None:
    assert computer.run("robocopy", source, "E:\\R", names).code < 8


def prefix(computer: Computer, name: str) -> str:
    return str(computer.control.status()["databases"][name]["prefix"])


def test_dial_tone_logs_do_not_replay_over_the_restored_file(restored: Computer) -> None:
    for name in restored.names("E:\\R"):
        if name.lower().endswith((".log", ".chk")):
            restored.control.delete_file("MBX1", f"E:\\R\\{name}")
    copy_logs(restored, "D:\\DT")
    stream = prefix(restored, "DT")
    refused = restored.run("eseutil", "/r", stream, "/l", "E:\\R", "/s", "E:\\R", "/d", "E:\\R", "/o")
    assert refused.code in (-530, -539) and "Operation terminated with error" in refused.output
    assert "State: Dirty Shutdown" in restored.run("eseutil", "/mh", "E:\\R\\DB01.edb").output


def test_a_dial_tone_log_among_the_surviving_ones_stops_recovery(restored: Computer) -> None:
    copy_logs(restored, "D:\\Databases\\DB01")
    logs = sorted(n for n in restored.names("E:\\R") if len(n) == 15 and n.endswith(".log"))
    stranger = next(n for n in sorted(restored.names("D:\\DT")) if len(n) == 15)
    good = restored.lab.organisation.server("MBX1").fs
    data = good.read_bytes(f"E:\\R\\{logs[-1]}")
    good.delete(f"E:\\R\\{logs[-1]}")
    good.copy(f"D:\\DT\\{stranger}", f"E:\\R\\{logs[-1]}")
    assert recover(restored).code in (-515, -530)
    stream = restored.run("eseutil", "/ml", "E:\\R\\E00")
    assert stream.code == -515 or "ERROR" in stream.output
    good.delete(f"E:\\R\\{logs[-1]}")
    good.write_bytes(f"E:\\R\\{logs[-1]}", data)
    assert recover(restored).code == 0
    assert "State: Clean Shutdown" in restored.run("eseutil", "/mh", "E:\\R\\DB01.edb").output


def test_a_checkpoint_of_the_dial_tone_database_is_refused(restored: Computer) -> None:
    copy_logs(restored, "D:\\Databases\\DB01")
    fs = restored.lab.organisation.server("MBX1").fs
    fs.copy(f"D:\\DT\\{prefix(restored, 'DT')}.chk", "E:\\R\\E00.chk")
    assert recover(restored).code == -532
    restored.control.delete_file("MBX1", "E:\\R\\E00.chk")
    assert recover(restored).code == 0


# -- services
def test_a_restart_of_the_store_dismounts_everything_on_the_server(computer: Computer) -> None:
    control = computer.control
    control.run_cmdlet("Set-MailboxDatabase", {"Identity": "DB02", "MountAtStartup": False})
    control.sleep(60)
    assert "STOP_PENDING" in computer.run("sc", "stop", "MSExchangeIS").output
    assert computer.run("sc", "stop", "MSExchangeIS").code == 1061
    control.sleep(600)
    assert not computer.mounted("DB01") and not computer.mounted("DB02")
    assert "STOPPED" in computer.run("sc", "query", "MSExchangeIS").output
    with pytest.raises(RuntimeError, match="hr=0x80040115"):
        control.run_cmdlet("Mount-Database", {"Identity": "DB01"})
    assert computer.run("sc", "start", "MSExchangeIS").code == 0
    control.sleep(600)
    assert computer.mounted("DB01") and not computer.mounted("DB02")
    outages = control.timeline()["databases"]
    assert outages["DB01"] and outages["DB02"]


def test_a_restart_by_the_control_interface_is_the_same(computer: Computer) -> None:
    before = computer.lab.organisation.clock.elapsed()
    computer.control.restart_store("MBX1")
    assert computer.lab.organisation.clock.elapsed() > before + 5
    assert computer.mounted("DB01") and computer.control.timeline()["databases"]["DB01"]
    with pytest.raises(ControlError):
        computer.control.set_service("MBX1", "Spooler", False)
