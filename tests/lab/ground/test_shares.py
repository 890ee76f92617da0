# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File shares, the second hop, and scheduled tasks that come as the computer."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange_lab.files import FileSystem, Volume
from exchange_lab.files.header import encode
from exchange_lab.files.shares import Share
from exchange_lab.scheduled import HAS_NOT_RUN, RUNNING, TERMINATED

GB = 1024**3
DB01 = "\\\\backup\\exchange\\DB01"


@pytest.fixture
def share(computer: Any, tmp_path: Path) -> Share:
    """`\\\\backup\\exchange`, which nobody may read yet."""
    fs = FileSystem(tmp_path / "BACKUP", [Volume("E:\\", 1000 * GB)], computer.clock)
    fs.mkdir("E:\\exchange\\DB01")
    fs.write_bytes("E:\\exchange\\DB01\\DB01.edb", encode({"lab": "file", "size": 40 * GB}))
    fs.write_bytes("E:\\exchange\\DB01\\E00.log", b"log")
    computer.clock.advance(50)
    found = Share(fs, "E:\\exchange")
    computer.network.shares["BACKUP", "EXCHANGE"] = found
    return found


@pytest.fixture
def session(computer: Any) -> Any:
    """The computer as CONTOSO\\admin sees it from a remote session."""
    return replace(computer, fs=computer.seen_by(computer.account))


def ended(computer: Any, name: str) -> int:
    task = computer.tasks[name.upper()]
    for _wait in range(500):
        if task.last_result != RUNNING:
            return int(task.last_result)
        time.sleep(0.01)
    raise AssertionError("the task did not end")


@pytest.mark.strictness
def test_a_session_has_no_second_hop(session: Any, share: Share) -> None:
    share.readers = {"CONTOSO\\admin"}
    assert session.run(f"robocopy {DB01} E:\\Restore") == 16
    assert "ERROR 5 (0x00000005) Accessing Source Directory" in session.out
    assert not session.fs.exists("E:\\Restore")
    share.delegates = {"MBX2"}
    assert session.run(f"robocopy {DB01} E:\\Restore") == 16


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("\\\\backup\\exchange\\DB09", 2),
        ("\\\\backup\\other\\DB01", 67),
        ("\\\\elsewhere\\exchange\\DB01", 53),
    ],
)
def test_what_is_not_there(session: Any, share: Share, path: str, code: int) -> None:
    share.readers, share.delegates = {"CONTOSO\\admin"}, {"MBX1"}
    assert session.run(f"robocopy {path} E:\\Restore /L") == 16
    assert f"ERROR {code} (0x{code:08X}) Accessing Source Directory {path}\\" in session.out


@pytest.mark.strictness
def test_delegation_lets_a_reader_of_the_share_in(session: Any, share: Share) -> None:
    share.delegates = {"MBX1"}
    assert session.run(f"robocopy {DB01} E:\\Restore") == 16  # nobody may read
    share.readers = {"CONTOSO\\admin"}
    assert session.run(f"robocopy {DB01} E:\\Restore /NP") == 1
    assert session.fs.size("E:\\Restore\\DB01.edb") == 40 * GB
    original = share.fs.entry("E:\\exchange\\DB01\\DB01.edb")
    assert session.fs.entry("E:\\Restore\\DB01.edb").modified == original.modified
    assert session.run(f"robocopy {DB01} E:\\Restore /NP") == 0


@pytest.mark.strictness
def test_shares_are_for_reading(session: Any, share: Share) -> None:
    share.readers, share.delegates = {"CONTOSO\\admin"}, {"MBX1"}
    session.fs.mkdir("E:\\Some")
    session.fs.write_bytes("E:\\Some\\x.log", b"x")
    assert session.run(f"robocopy E:\\Some {DB01} /R:0 /NP") & 24
    assert not share.fs.exists("E:\\exchange\\DB01\\x.log")


@pytest.mark.strictness
def test_a_task_of_the_system_comes_as_the_computer(session: Any, share: Share) -> None:
    share.readers = {"CONTOSO\\MBX1$"}
    assert session.run(f"robocopy {DB01} E:\\Restore") == 16
    session.fs.mkdir("E:\\Restore")
    job = "E:\\Restore\\fetch"
    assert session.run(f"robocopy {DB01} E:\\Restore /LOG:{job}.log /SAVE:{job} /QUIT") == 0
    assert not session.fs.exists("E:\\Restore\\DB01.edb")
    create = "schtasks /create /tn fetch /sc once /st 00:00 /ru SYSTEM /f"
    assert session.run(f'{create} /tr "robocopy /JOB:{job}.RCJ"') == 0
    assert session.tasks["FETCH"].last_result == HAS_NOT_RUN
    assert session.run("schtasks /run /tn fetch") == 0
    assert ended(session, "fetch") == 3  # copied, and its own files are there besides
    assert session.fs.size("E:\\Restore\\DB01.edb") == 40 * GB
    assert b"100%" in session.fs.read_bytes(f"{job}.log")
    assert session.run("schtasks /query /tn fetch /fo csv /v /nh") == 0
    [row] = csv.reader(session.out.splitlines())
    assert row[1] == "\\fetch" and row[6] == "3" and row[8] == f"robocopy /JOB:{job}.RCJ"
    assert session.run("schtasks /delete /tn fetch /f") == 0
    assert session.run("schtasks /query /tn fetch /fo csv /v /nh") == 1


@pytest.mark.strictness
@pytest.mark.parametrize(
    "line",
    [
        "schtasks /create /tn a /tr hostname /sc once /st 00:00",  # as whom?
        "schtasks /create /tn a /tr hostname /sc once /ru SYSTEM",  # when?
        "schtasks /create /tn a\\b /tr hostname /sc once /st 00:00 /ru SYSTEM",
        f"schtasks /create /tn a /tr {'x' * 262} /sc once /st 00:00 /ru SYSTEM",
        "schtasks /create /tn a /tr hostname /sc once /st 24:00 /ru SYSTEM",
        "schtasks /run /tn nothing",
        "schtasks /query",
        "schtasks /run /tn a /quietly",
    ],
)
def test_schtasks_refuses(session: Any, line: str) -> None:
    assert session.run(line) == 1
    assert session.errors.startswith("ERROR: ")
    assert not session.tasks


@pytest.mark.strictness
def test_schtasks_asks_before_it_replaces_or_deletes(session: Any) -> None:
    create = "schtasks /create /tn a /tr hostname /sc once /st 00:00 /ru SYSTEM"
    assert session.run(create) == 0
    session.tasks["A"].last_result = 7
    session.run(create)
    assert "(Y/N)?" in session.out and session.tasks["A"].last_result == 7
    session.run("schtasks /delete /tn a")
    assert "(Y/N)?" in session.out and "A" in session.tasks


def test_a_task_can_be_ended(session: Any) -> None:
    session.run("schtasks /create /tn a /tr cmd.exe /sc once /st 00:00 /ru SYSTEM /f")
    task = session.tasks["A"]
    task.start(
        session.clock, lambda name, arguments, desk: desk.stopping.wait(5) and desk.line("x") or 0
    )
    assert task.last_result == RUNNING
    assert session.run("schtasks /end /tn a") == 0
    assert ended(session, "a") == TERMINATED
