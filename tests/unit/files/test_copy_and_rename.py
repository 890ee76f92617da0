# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies and moves: progress, proof, refusals."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    copy,
    folders,
    patience,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    IDLE_TIMEOUT,
)
from scripted_transport import FakeTime, scripted_context

GB = 1024**3
EDB = File("E:\\Restore\\DB01.edb", 40 * GB)


def test_a_copy_shows_where_it_is_and_is_proven(script: t.Any) -> None:
    lines: list[str] = []
    script.copies("E:\\Restore", "D:\\in", {"DB01.edb": 40 * GB})
    context = scripted_context(script, lines=lines)
    copy.copy(context, "E:\\Restore", "D:\\in", [EDB], "DB01.edb")
    assert lines[0] == "copied DB01.edb: 40 of 40 GB (100 %)"


@pytest.mark.parametrize(("left", "copied"), [([], False), (["DB01.edb"], True)])
def test_what_is_there_already_is_compared_first(
    script: t.Any, left: list[str], copied: bool
) -> None:
    """A copy that a killed run has finished is not made again; a half one is."""
    script.listing("D:\\in", {"DB01.edb": 40 * GB})
    context = scripted_context(script)
    there = folders.list_folder(context, "D:\\in")
    lines = [f"\t\t{EDB.size}\tE:\\Restore\\{name}" for name in left]
    arguments = ["E:\\Restore", "D:\\in", "DB01.edb", *folders.LIST_SWITCHES]
    script.expect_program("robocopy", arguments, int(copied), "\r\n".join(lines))
    if copied:
        script.copies("E:\\Restore", "D:\\in", {"DB01.edb": 40 * GB})
    else:
        script.listing("D:\\in", {"DB01.edb": 40 * GB})
    copy.copy(context, "E:\\Restore", "D:\\in", [EDB], "DB01.edb", there)


def test_progress_in_the_middle(script: t.Any) -> None:
    lines: list[str] = []
    script.expect_job(
        "robocopy",
        ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"],
        ["\t\t42949672960\tE:\\Restore\\DB01.edb\r  0.0%\r 25.0%", "\r 50.0%\r", "\r100%\r\n"],
        exit_code=1,
    )
    script.listing("D:\\in", {"DB01.edb": 40 * GB})
    copy.copy(scripted_context(script, lines=lines), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")
    assert [line.split(" (")[0] for line in lines] == [
        "copied DB01.edb: 10 of 40 GB",
        "copied DB01.edb: 20 of 40 GB",
        "copied DB01.edb: 40 of 40 GB",
        "copied DB01.edb: 40 of 40 GB",
        "copied DB01.edb: 40 of 40 GB",
    ]


def test_thousands_of_logs_go_in_batches_that_fit_a_command_line(script: t.Any) -> None:
    logs = [File(f"D:\\l\\E00{n:08X}.log", 1024**2) for n in range(1, 1001)]
    context = scripted_context(_Everything(logs))
    copy.copy(context, "D:\\l", "D:\\r", logs, "1000 logs")
    jobs = list(context.transport.started)
    assert len(jobs) == 3
    for arguments in jobs:
        assert len(" ".join(arguments)) < 7500
    names = [name for arguments in jobs for name in arguments if name.endswith(".log")]
    assert names == [log.name for log in logs]


def test_a_missing_file_is_no_error_for_robocopy_but_one_for_us(script: t.Any) -> None:
    script.expect_job(
        "robocopy", ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"], []
    )
    script.listing("D:\\in", {})
    with pytest.raises(ProgramError, match=r"not complete: DB01\.edb is missing"):
        copy.copy(scripted_context(script), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")


def test_another_size_is_no_copy(script: t.Any) -> None:
    script.expect_job(
        "robocopy",
        ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"],
        [],
        exit_code=1,
    )
    script.listing("D:\\in", {"DB01.edb": 40 * GB - 1})
    with pytest.raises(ProgramError, match="has 42949672959 instead of 42949672960 bytes"):
        copy.copy(scripted_context(script), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")


@pytest.mark.parametrize(
    ("code", "text", "advice"),
    [
        (9, "FEHLER 112 (0x00000070) Datei wird kopiert", "Free space"),
        (16, "ERROR 5 (0x00000005)", "access"),
        (16, "", "Run the same command again"),
    ],
)
def test_failed_copies(script: t.Any, code: int, text: str, advice: str) -> None:
    script.expect_job(
        "robocopy",
        ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"],
        [text],
        exit_code=code,
    )
    with pytest.raises(ProgramError) as caught:
        copy.copy(scripted_context(script), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")
    assert advice in str(caught.value)


def held(name: str = "DB01.edb") -> str:
    return f"\r\n2026/11/22 14:15:02 ERROR 32 (0x00000020) Copying File E:\\Restore\\{name}\r\nIn use.\r\n"


def test_a_file_that_another_program_holds_is_waited_for(script: t.Any) -> None:
    time, lines = FakeTime(), list[str]()
    arguments = ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"]
    script.expect_job("robocopy", arguments, [held()], exit_code=8)
    script.copies("E:\\Restore", "D:\\in", {"DB01.edb": 40 * GB})
    context = scripted_context(script, time=time, lines=lines)
    copy.copy(context, "E:\\Restore", "D:\\in", [EDB], "DB01.edb")
    assert sum(time.slept) == 10
    assert any("DB01.edb can't be copied now (Windows error 32" in line for line in lines)


def test_a_copy_of_a_file_that_stays_held_gives_up(script: t.Any) -> None:
    time = FakeTime()
    arguments = ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"]
    for _try in range(patience.TRIES):
        script.expect_job("robocopy", arguments, [held()], exit_code=8)
    with pytest.raises(ProgramError, match="Another program holds the file") as caught:
        copy.copy(scripted_context(script, time=time), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")
    assert "(E:\\Restore\\DB01.edb)" in str(caught.value)
    assert IDLE_TIMEOUT + 60 < sum(time.slept) <= 300  # a killed run's copy is ended before


def test_an_error_early_in_a_long_output_is_not_forgotten(script: t.Any) -> None:
    arguments = ["E:\\Restore", "D:\\in", "DB01.edb", *copy.COPY_SWITCHES, "/NJH", "/NJS"]
    full = "ERROR 112 (0x00000070) Copying File E:\\Restore\\DB01.edb\r\n"
    script.expect_job("robocopy", arguments, [full, *["x" * 3000 + "\r\n"] * 3], exit_code=8)
    with pytest.raises(ProgramError, match="Free space"):
        copy.copy(scripted_context(script), "E:\\Restore", "D:\\in", [EDB], "DB01.edb")


def test_what_a_copy_would_still_do(script: t.Any) -> None:
    files = [File("E:\\a\\x.log", 5), File("E:\\a\\y.log", 5), File("E:\\a\\z.log", 5)]
    script.listing("D:\\b", {"x.log": 5, "y.log": 5})
    context = scripted_context(script)
    there = folders.list_folder(context, "D:\\b")
    script.expect_program(
        "robocopy",
        ["E:\\a", "D:\\b", "x.log", "y.log", *folders.LIST_SWITCHES],
        1,
        "\t  2\tE:\\a\\\r\n\t\t 5\tE:\\a\\y.log\r\n",
    )
    assert copy.pending(context, "E:\\a", "D:\\b", files, there) == [files[2], files[1]]


def test_moves_stay_on_one_volume(script: t.Any) -> None:
    known = volumes.read(scripted_context(script.volumes()))
    script.builtin("move", "D:\\a & b\\E00*.log", "D:\\c")
    rename.move(scripted_context(script), known, "D:\\a & b\\E00*.log", "D:\\c")
    with pytest.raises(PreconditionError, match="different volumes"):
        rename.move(scripted_context(script), known, "D:\\a\\x.edb", "E:\\c")


def test_a_held_file_is_tried_again(script: t.Any) -> None:
    time = FakeTime()
    said = "The process cannot access the file because it is being used by another process.\r\n"
    script.builtin("ren", "D:\\a\\x.edb", "y.edb", code=1, said=said)
    script.listing("D:\\a", {"X.edb": 1})
    script.builtin("ren", "D:\\a\\x.edb", "y.edb")
    rename.rename(scripted_context(script, time=time), "D:\\a\\x.edb", "y.edb")
    assert sum(time.slept) == 3


def test_a_file_that_stays_held(script: t.Any) -> None:
    time = FakeTime()
    for _attempt in range(10):
        script.builtin("ren", "D:\\a\\x.edb", "y.edb", code=1, said="It is in use.\r\n")
        script.listing("D:\\a", {"x.edb": 1})
    with pytest.raises(ProgramError, match="It is in use") as caught:
        rename.rename(scripted_context(script, time=time), "D:\\a\\x.edb", "y.edb")
    assert "backup, antivirus" in str(caught.value)
    assert 60 < sum(time.slept) < 120


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("D:\\a\\x.edb", {"xx.edb": 1}),
        ("D:\\a\\E00*.log", {"E01.log": 1}),
        ("D:\\a\\[1].edb", {"1.edb": 1}),
        ("D:\\a\\x.edb", None),
    ],
)
def test_nobody_waits_for_what_is_gone(script: t.Any, path: str, left: t.Any) -> None:
    time = FakeTime()
    known = volumes.read(scripted_context(script.volumes()))
    script.builtin("move", path, "D:\\c", code=1, said="Not found.\r\n")
    script.listing("D:\\a", left)
    with pytest.raises(ProgramError, match="is not there any more") as caught:
        rename.move(scripted_context(script, time=time), known, path, "D:\\c")
    assert "put it back" in str(caught.value)
    assert not time.slept


@pytest.mark.parametrize("name", ['x".edb', "%TEMP%.edb", "a\\b.edb", "x&y\n.edb"])
def test_names_never_become_part_of_a_command(script: t.Any, name: str) -> None:
    with pytest.raises(InputError):
        rename.rename(scripted_context(script), "D:\\a\\x.edb", name)
    assert script.calls == []


@pytest.mark.parametrize("name", ["a & del b.edb", "$(x).edb", "`y`.edb", "Müller 📮.edb"])
def test_strange_names_are_passed_as_names(script: t.Any, name: str) -> None:
    script.builtin("ren", "D:\\a\\x.edb", name)
    rename.rename(scripted_context(script), "D:\\a\\x.edb", name)
    _kind, (_program, arguments) = script.calls[0]
    assert f'"{name}"' in arguments[-1]


def test_check_mode_changes_nothing(script: t.Any) -> None:
    context = scripted_context(script, check=True)
    with pytest.raises(RuntimeError, match="check mode"):
        rename.make_folder(context, "D:\\x")
    with pytest.raises(RuntimeError, match="check mode"):
        copy.copy(context, "E:\\Restore", "D:\\in", [EDB], "DB01.edb")


class _Everything:
    """Copies whatever it is told to."""

    server = "mbx1"

    def __init__(self, files: list[File]) -> None:
        self.files = files
        self.started: list[list[str]] = []

    def start(self, _program: str, arguments: list[str]) -> t.Any:
        from scripted_transport import JobState, ScriptedJob

        self.started.append(arguments)
        return ScriptedJob([JobState(True, "", 1)])

    def run(self, _program: str, arguments: list[str], timeout: float) -> t.Any:
        from scripted_transport import ProgramResult

        lines = [f"\t\t{file.size}\t{arguments[0]}\\{file.name}" for file in self.files]
        return ProgramResult(1, "\r\n".join([f"\t0\t{arguments[0]}\\", *lines]), "", 0.1)
