# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what is in it, and what is not."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    SessionLostError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._journal import (
    Journal,
    without_secrets,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._journaling import (
    JournalingTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command
from scripted_transport import ScriptedTransport


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_call_leaves_a_line(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    with ScriptedTransport() as inner:
        inner.expect(Command("Get-X", {"Identity": "DB 01 é"}), output=[{}], warnings=["slow"])
        inner.expect(Command("Set-X", {"Password": "hunter2"}), errors=["refused"])
        inner.expect_program("eseutil", ["/mh", r"D:\a b.edb"], exit_code=-550)
        inner.expect_job("robocopy", ["a", "b"], ["10%"], exit_code=1)
        inner.expect_enumerate("Win32_Volume", ["Name"], [{"Name": "C:"}])
        inner.expect(Command("Get-Y"), raises=SessionLostError("gone"))
        transport = JournalingTransport(inner, Journal(str(path)), "DB01", pytest.fail)
        transport.invoke(Command("Get-X", {"Identity": "DB 01 é"}))
        transport.invoke(Command("Set-X", {"Password": "hunter2"}))
        transport.run("eseutil", ["/mh", r"D:\a b.edb"])
        job = transport.start("robocopy", ["a", "b"])
        while not job.poll(1).done:
            pass
        job.stop()
        transport.enumerate("Win32_Volume", ["Name"])
        with pytest.raises(SessionLostError):
            transport.invoke(Command("Get-Y"))
    lines = entries(path)
    assert [(e.get("command") or e.get("program") or e.get("wmi"), e["result"]) for e in lines] == [
        ("Get-X", "ok"),
        ("Set-X", "error"),
        ("eseutil", "exit"),
        ("robocopy", "exit"),
        ("Win32_Volume", "ok"),
        ("Get-Y", "failed"),
    ]
    assert {e["host"] for e in lines} == {"DB01"}
    assert {e["server"] for e in lines} == {"mbx1.contoso.lab"}
    assert lines[0]["parameters"] == [{"Identity": "DB 01 é"}]
    assert lines[2]["exit_code"] == -550
    assert lines[2]["arguments"] == r'/mh "D:\a b.edb"'
    assert "hunter2" not in path.read_text()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"old": true}\n')
    path.chmod(0o644)
    Journal(str(path)).check()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o666)
    Journal(str(path)).write(new=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [set(entry) - {"time"} for entry in entries(path)] == [{"old"}, {"new"}]


def test_a_journal_that_can_not_be_written_stops_before_the_first_call(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.mkdir()
    with ScriptedTransport() as inner, pytest.raises(PreconditionError, match="Is a directory") as caught:
        JournalingTransport(inner, Journal(str(path)), "DB01", pytest.fail)
    assert caught.value.code == "JournalNotWritten" and "same command" in str(caught.value)


@pytest.mark.parametrize("written", [None, 5], ids=["nothing", "half a line"])
def test_a_disk_that_fills_up_within_a_task_warns_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int | None
) -> None:
    warnings: list[str] = []
    with ScriptedTransport() as inner:
        for _time in range(2):
            inner.expect(Command("Set-X"), output=[{"a": 1}])
        inner.expect(Command("Set-X"), raises=SessionLostError("gone"))
        transport = JournalingTransport(inner, Journal(str(tmp_path / "j")), "DB01", warnings.append)

        def full(_fd: int, _data: bytes) -> int:
            if written is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return written

        monkeypatch.setattr(os, "write", full)
        for _time in range(2):
            assert transport.invoke(Command("Set-X")).output == [{"a": 1}]
        with pytest.raises(SessionLostError, match="gone"):
            transport.invoke(Command("Set-X"))
    assert len(warnings) == 1 and "No space left on device" in warnings[0]


def test_a_full_disk_is_seen_before_the_first_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstatvfs

    def full(fd: int) -> os.statvfs_result:
        values = list(real(fd))
        values[2], values[3], values[4] = values[2] or 1, 0, 0  # blocks, free ones, those for you
        return os.statvfs_result(values)

    monkeypatch.setattr(os, "fstatvfs", full)
    with pytest.raises(OSError, match="No space left on device"):
        Journal(str(tmp_path / "j")).check()


def test_secrets_are_hidden_by_name() -> None:
    assert without_secrets({"RoomMailboxPassword": "x", "Credential": "y", "Name": "z"}) == {
        "RoomMailboxPassword": "********",
        "Credential": "********",
        "Name": "z",
    }


def _write_many(path: str, who: int) -> None:
    journal = Journal(path)
    for number in range(200):
        journal.write(who=who, number=number, filler="x" * 3000)


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    processes = [
        multiprocessing.get_context("fork").Process(target=_write_many, args=(str(path), who))
        for who in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(entries(path)) == 600
