# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cmd: expansion, quoting, built-in commands, exit codes."""

from __future__ import annotations

import pytest

from exchange_lab.files.header import encode

GB = 1024**3


@pytest.fixture
def shell(computer):  # type: ignore[no-untyped-def]
    fs = computer.fs
    fs.mkdir("D:\\DB")
    fs.write_bytes("D:\\DB\\db1.edb", encode({"lab": "file", "size": 40 * GB}))
    fs.write_bytes("D:\\DB\\E00.log", b"log")
    return computer


# -- the line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("echo %ROOT%", "D:\\DB\n"),
        ('echo "%Root%"', '"D:\\DB"\n'),
        ("echo %nothing% 100%", "%nothing% 100%\n"),
        ("echo a & echo b", "a\nb\n"),
        ('echo "a & b"', '"a & b"\n'),
        ("echo a ^& b", "a & b\n"),
        ("echo a && echo b", "a\nb\n"),
        ("ren x && echo b", ""),
        ("ren x || echo b", "b\n"),
        ("echo a || echo b", "a\n"),
        ("echo a > nul", ""),
        ("if exist D:\\DB echo yes", "yes\n"),
        ("if exist D:\\DB\\*.log echo yes", "yes\n"),
        ("if not exist D:\\DB echo yes", ""),
        ('if exist "D:\\db\\DB1.EDB" (echo yes) else (echo no)', "yes\n"),
        ("if exist D:\\no (echo yes & echo yes) else (echo no & echo no)", "no\nno\n"),
        ("if exist D:\\no echo a & echo b", ""),
        ("hostname", "MBX1\n"),
        ("C:\\Windows\\System32\\whoami.exe", "contoso\\admin\n"),
        ('"hostname.exe"', "MBX1\n"),
    ],
)
def test_what_cmd_makes_of_a_line(shell, line: str, out: str) -> None:  # type: ignore[no-untyped-def]
    shell.shell(line)
    assert "\n".join(text.rstrip() for text in shell.out.split("\n")) == out
    bare = f'cmd.exe /c "{line}"'
    shell._start("cmd", ["/c", line], bare, b"", None)
    assert "\n".join(text.rstrip() for text in shell.out.split("\n")) == out


def test_outer_quotes_go_away(shell) -> None:  # type: ignore[no-untyped-def]
    shell.fs.mkdir("D:\\two words")
    assert shell.run('cmd /c ren "D:\\two words" "three words more"') == 0
    assert shell.fs.is_dir("D:\\three words more")
    # Begins with a quote: the first and the last one are taken away.
    assert shell.run('cmd /c "ren "D:\\three words more" "x""') == 0
    assert shell.fs.is_dir("D:\\x")
    assert shell.run('cmd.exe /d /v:off /s /c "dir /b "D:\\x""') == 1
    assert shell.errors == "File Not Found\n"
    assert shell.run('cmd.exe /d /v:off /s /c "mkdir "D:\\R&D %x 😀""') == 0
    assert shell.fs.is_dir("D:\\R&D %x 😀")


def test_a_name_can_change_the_command(shell) -> None:  # type: ignore[no-untyped-def]
    """Why names do not belong on a shell's line."""
    shell.shell("mkdir D:\\R&D")
    assert shell.fs.is_dir("D:\\R")
    assert (
        "'D' is not recognized as an internal or external command,\noperable program"
        in shell.errors
    )
    shell.shell('mkdir "D:\\%ROOT%"')
    assert not shell.fs.exists("D:\\%ROOT%")


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("foo", 1),
        ("copy D:\\DB\\E00.log D:\\x", 255),
        ('dir D:\\DB | find "x"', 255),
        ("echo x < D:\\in", 255),
        ("if errorlevel 1 echo x", 255),
        ("ren D:\\DB\\*.log *.old", 255),
        ("exit 7", 7),
        ("echo a & exit /b 3", 3),
    ],
)
def test_refused_or_unsupported_lines(shell, line: str, code: int) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell(line) == code
    assert shell.errors or "exit" in line


def test_output_into_a_file(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell("echo one>D:\\out.txt & echo two>>D:\\out.txt & type D:\\out.txt") == 0
    assert shell.out.split() == ["one", "two"]
    assert shell.shell("foo 2>nul || echo failed") == 0
    assert shell.shell("cd /d D:\\DB & cd & dir /b") == 0
    assert shell.out == "D:\\DB\ndb1.edb\nE00.log\n"


# -- ren, move -----------------------------------------------------------------------------


@pytest.mark.strictness
def test_ren_takes_a_bare_name(shell) -> None:  # type: ignore[no-untyped-def]
    for target in ("D:\\DB\\x.edb", "..\\x.edb", "sub/x.edb", "a:b", ""):
        assert shell.shell(f"ren D:\\DB\\db1.edb {target}") == 1
        assert shell.errors == "The syntax of the command is incorrect.\n"
    assert shell.shell("ren D:\\DB\\db1.edb x.edb") == 0
    assert shell.fs.size("D:\\DB\\x.edb") == 40 * GB
    assert shell.seconds < 0.2


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ren D:\\DB\\no.edb x.edb", "The system cannot find the file specified."),
        ("ren D:\\no\\no.edb x.edb", "The system cannot find the path specified."),
        ("ren D:\\DB\\db1.edb E00.log", "A duplicate file name exists, or the file\ncannot be found."),
        ("ren \\\\MBX2\\D$\\db1.edb x.edb", "Access is denied."),
        ('ren D:\\DB\\db1.edb "a|b"', "The syntax of the command is incorrect."),
        ("move D:\\DB\\no.edb D:\\x", "The system cannot find the file specified."),
        ("move D:\\DB\\db1.edb D:\\no\\x.edb", "The system cannot find the path specified."),
        ("move D:\\DB\\db1.edb E:\\no\\x.edb", "The system cannot find the path specified."),
        ("move D:\\DB\\db1.edb \\\\MBX2\\D$\\x.edb", "Access is denied."),
        ("move D:\\DB E:\\DB", "Access is denied."),
        ("move a b c", "The syntax of the command is incorrect."),
    ],
)  # fmt: skip
def test_refused_renames_and_moves(shell, line: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell(line) == 1
    assert shell.errors == text + "\n"
    assert shell.fs.size("D:\\DB\\db1.edb") == 40 * GB


@pytest.mark.strictness
def test_a_file_in_use_stays(shell) -> None:  # type: ignore[no-untyped-def]
    lock = shell.fs.open_exclusive("D:\\DB\\db1.edb", "store")
    used = "The process cannot access the file because it is being used by another process."
    for line in (
        "ren D:\\DB\\db1.edb x.edb",
        "move D:\\DB\\db1.edb E:\\",
        "move D:\\DB\\db1.edb D:\\",
    ):
        assert shell.shell(line) == 1
        assert shell.errors == used + "\n"
    assert shell.shell("move D:\\DB D:\\DB2") == 1
    assert shell.errors == "Access is denied.\n"
    assert shell.shell("del D:\\DB\\db1.edb") == 0  # del tells it in words only
    assert used in shell.errors
    lock.release()
    assert shell.shell("move D:\\DB D:\\DB2") == 0
    assert shell.out == "        1 dir(s) moved.\n"


@pytest.mark.strictness
def test_a_move_across_volumes_takes_time_and_space(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell("move D:\\DB\\db1.edb D:\\x.edb") == 0
    assert shell.seconds < 0.2
    assert shell.shell("move D:\\x.edb E:\\") == 0
    assert shell.out == "        1 file(s) moved.\n"
    assert shell.seconds > 60
    assert not shell.fs.exists("D:\\x.edb")
    assert shell.shell("move E:\\x.edb D:\\Mounts\\V1\\x.edb") == 0
    assert shell.seconds > 60  # a mount point is another volume
    shell.fs.allocate("E:\\filler", 470 * GB)
    assert shell.shell("move D:\\Mounts\\V1\\x.edb E:\\x.edb") == 1
    assert shell.errors == "There is not enough space on the disk.\n"
    assert shell.fs.exists("D:\\Mounts\\V1\\x.edb")
    assert not shell.fs.exists("E:\\x.edb")


def test_move_asks_before_it_overwrites(shell) -> None:  # type: ignore[no-untyped-def]
    shell.fs.write_bytes("D:\\E00.log", b"other")
    assert shell.shell("move D:\\E00.log D:\\DB", typed=b"n\r\n") == 0
    assert "Overwrite D:\\DB\\E00.log? (Yes/No/All): " in shell.out
    assert "        0 file(s) moved." in shell.out
    assert shell.shell("move D:\\E00.log D:\\DB", typed=b"y\r\n") == 0
    assert shell.fs.read_bytes("D:\\DB\\E00.log") == b"other"
    shell.fs.write_bytes("D:\\E00.log", b"third")
    assert shell.shell("move /y D:\\E*.log D:\\DB") == 0
    assert shell.fs.read_bytes("D:\\DB\\E00.log") == b"third"


# -- folders -------------------------------------------------------------------------------


def test_mkdir_and_rmdir(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell('md D:\\a\\b "D:\\c d"') == 0
    assert shell.fs.is_dir("D:\\c d")
    assert shell.shell("mkdir D:\\a") == 1
    assert shell.errors == "A subdirectory or file D:\\a already exists.\n"
    assert shell.shell("mkdir X:\\a") == 1
    assert shell.shell("rmdir D:\\a") == 145
    assert shell.errors == "The directory is not empty.\n"
    assert shell.shell("rd D:\\none") == 2
    assert shell.shell("rd D:\\DB\\E00.log") == 267
    assert shell.shell("rd /s D:\\a", typed=b"n") == 0
    assert shell.fs.exists("D:\\a")
    assert shell.shell("rd /s /q D:\\a") == 0
    assert not shell.fs.exists("D:\\a")


def test_del_and_type(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell("type D:\\DB\\E00.log") == 0
    assert shell.out == "log"
    assert shell.shell("type D:\\DB\\no") == 1
    assert shell.shell("del D:\\DB\\no.log") == 0
    assert shell.out == "Could Not Find D:\\DB\\no.log\n"
    assert shell.shell("del D:\\DB", typed=b"n") == 0
    assert shell.fs.exists("D:\\DB\\E00.log")
    assert shell.shell("del /q D:\\DB\\*.log") == 0
    assert not shell.fs.exists("D:\\DB\\E00.log")
    assert shell.shell("del") == 1


def test_dir(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell("dir D:\\DB") == 0
    lines = shell.out.splitlines()
    assert lines[0] == " Volume in drive D is Databases"
    assert lines[2:5] == ["", " Directory of D:\\DB", ""]
    assert lines[5:] == [
        "11/22/2026  08:00 AM    <DIR>          .",
        "11/22/2026  08:00 AM    <DIR>          ..",
        "11/22/2026  08:00 AM    42,949,672,960 db1.edb",
        "11/22/2026  08:00 AM                 3 E00.log",
        "               2 File(s) 42,949,672,963 bytes",
        "               2 Dir(s)  2,104,533,909,504 bytes free",
    ]
    assert shell.shell("dir /-c D:\\DB\\*.edb") == 0
    assert "       42949672960 db1.edb" in shell.out
    assert "<DIR>" not in shell.out
    assert shell.shell("dir /b /s /a-d D:\\") == 0
    assert shell.out == "D:\\DB\\db1.edb\nD:\\DB\\E00.log\n"
    assert shell.shell("dir /ad /b D:\\") == 0
    assert shell.out == "DB\nMounts\n"
    assert shell.shell("dir D:\\Mounts") == 0
    assert "<JUNCTION>     V1 [\\??\\Volume{" in shell.out
    assert shell.shell("dir /b /o-s D:\\DB") == 0
    assert shell.out == "db1.edb\nE00.log\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("dir /b D:\\DB\\no.edb", "File Not Found"),
        ("dir D:\\no", "File Not Found"),
        ("dir /b D:\\no\\no", "The system cannot find the path specified."),
        ("dir X:\\", "The system cannot find the path specified."),
        ("dir \\\\MBX2\\D$", "Access is denied."),
        ("dir /zz D:\\", 'Parameter format not correct - "zz".'),
    ],
)
def test_dir_finds_nothing(shell, line: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert shell.shell(line) == 1
    assert shell.errors == text + "\n"


# -- the small ones ------------------------------------------------------------------------


def test_icacls(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.run("icacls D:\\DB\\db1.edb") == 0
    assert shell.out == (
        "D:\\DB\\db1.edb NT AUTHORITY\\SYSTEM:(I)(F)\n"
        "              BUILTIN\\Administrators:(I)(F)\n"
        "              BUILTIN\\Users:(I)(RX)\n\n"
        "Successfully processed 1 files; Failed processing 0 files\n"
    )
    assert shell.run("icacls D:\\DB /inheritance:r /grant CONTOSO\\admin:(OI)(CI)F") == 0
    assert shell.fs.acl("D:\\DB\\db1.edb") == ["CONTOSO\\admin:(I)(F)"]
    assert not shell.fs.may_write("D:\\DB\\db1.edb", "NT AUTHORITY\\SYSTEM")
    assert shell.run("icacls D:\\DB\\db1.edb /grant *S-1-5-18:F") == 0
    assert shell.fs.may_write("D:\\DB\\db1.edb", "NT AUTHORITY\\SYSTEM")
    assert shell.run("icacls D:\\DB\\db1.edb /deny SYSTEM:(F)") == 0
    assert not shell.fs.may_write("D:\\DB\\db1.edb", "NT AUTHORITY\\SYSTEM")
    assert shell.run("icacls D:\\DB /reset /T") == 0
    assert "processed 3 files" in shell.out
    assert shell.fs.may_write("D:\\DB\\db1.edb", "NT AUTHORITY\\SYSTEM")
    assert shell.run("icacls D:\\no") == 2
    assert "Successfully processed 0 files; Failed processing 1 files" in shell.out
    assert shell.run("icacls D:\\DB /frobnicate") == 87
    assert shell.run("icacls \\\\MBX2\\D$") == 5


def test_sc(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.run("sc query msexchangeis") == 0
    assert "SERVICE_NAME: MSExchangeIS \n" in shell.out
    assert "        STATE              : 4  RUNNING \n" in shell.out
    assert shell.run("sc queryex MSExchangeImap4") == 0
    assert "STATE              : 1  STOPPED" in shell.out
    assert "        PID                : 0" in shell.out
    assert shell.run("sc query nope") == 1060
    assert "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:" in shell.out
    assert shell.run("sc \\\\MBX2 query MSExchangeIS") == 5
    assert shell.run("sc config MSExchangeIS start= auto") == 50
    assert shell.run("sc start MSExchangeIS") == 1056
    assert shell.run("sc stop nope") == 1060
    assert shell.run("sc stop MSExchangeIS") == 0
    assert "        STATE              : 3  STOP_PENDING \n" in shell.out
    assert shell.run("sc stop MSExchangeIS") == 1062
    assert shell.run("sc start MSExchangeIS") == 0
    shell.services["MSExchangeIS"] = "STOP_PENDING"
    assert shell.run("sc stop MSExchangeIS") == 1061
    shell.services["MSExchangeIS"] = "RUNNING"
    assert shell.run("sc query") == 0
    assert "MSExchangeImap4" not in shell.out


def test_fsutil(shell) -> None:  # type: ignore[no-untyped-def]
    assert shell.run("fsutil volume diskfree D:") == 0
    assert "Total free bytes                :      2,104,533,909,504 (1960.0 GB)\n" in shell.out
    assert shell.run("fsutil volume diskfree D:\\Mounts\\V1") == 0
    assert " (100.0 GB)\n" in shell.out or " ( 100.0 GB)\n" in shell.out
    assert shell.run("fsutil volume diskfree X:") == 1
    assert shell.run("fsutil usn") == 1
