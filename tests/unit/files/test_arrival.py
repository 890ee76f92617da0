# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for backup software: growing files, locked files, missing files, and time."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ProgramError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import arrival
from files.script import GB
from scripted_transport import FakeTime, scripted_context

FOLDER = "E:\\R"
EDB = f"{FOLDER}\\DB01.edb"


def wait(
    script: t.Any, *, timeout: float = 600, stable: float = 60, name: str | None = None
) -> tuple[FakeTime, list[str]]:
    time, lines = FakeTime(), []
    context = scripted_context(script, time=time, lines=lines)
    arrival.wait(context, FOLDER, edb_name=name, timeout=timeout, stable=stable)
    return time, lines


class Growing:
    """A folder that answers by the clock: sizes(seconds) gives what lies there then."""

    server = "mbx1.contoso.lab"

    def __init__(self, script: t.Any, time: FakeTime, sizes: t.Callable[[float], t.Any]) -> None:
        self.script, self.time, self.sizes, self.locked_until = script, time, sizes, 0.0

    def run(self, program: str, arguments: t.Any, timeout: float = 120.0) -> t.Any:
        if program == "robocopy":
            self.script.listing(FOLDER, self.sizes(self.time.seconds), tree=True)
        else:
            code = -1032 if self.time.seconds < self.locked_until else 0
            self.script.header(arguments[1], code=code)
        return self.script.run(program, arguments)


def test_waits_until_no_size_changes_any_more(script: t.Any) -> None:
    time, lines = FakeTime(), []

    def sizes(now: float) -> t.Any:
        if now < 5:
            return None
        if now < 10:
            return {}
        return {"DB01.edb": min(int(now), 300) * GB, "E0000000001.log": 1 << 20}

    context = scripted_context(Growing(script, time, sizes), time=time, lines=lines)
    arrival.wait(context, FOLDER, edb_name=None, timeout=3600, stable=60)
    assert 360 <= time.seconds <= 360 + 2 * 30
    assert any("does not exist yet" in line for line in lines)
    assert any("it is empty" in line for line in lines)
    assert any("2 files, " in line and "of 60 s" in line for line in lines)
    assert max(time.slept) <= 30


def test_a_file_that_is_still_held_is_not_complete(script: t.Any) -> None:
    """Some software sets the size first and then writes for hours."""
    time, lines = FakeTime(), []
    folder = Growing(script, time, lambda _now: {"DB01.edb": GB})
    folder.locked_until = 500
    context = scripted_context(folder, time=time, lines=lines)
    arrival.wait(context, FOLDER, edb_name=None, timeout=3600, stable=60)
    assert time.seconds >= 500
    assert any("-1032" in line for line in lines)


@pytest.mark.parametrize(
    ("files", "name", "seen"),
    [
        (None, None, "it does not exist yet"),
        ({"E0000000001.log": 5}, None, "no .edb"),
        ({"other.edb": 5}, "DB01.edb", "no DB01.edb"),
        ({"sub\\DB01.edb": 5}, None, "no .edb"),
    ],
)
def test_says_at_the_end_what_it_saw_last(
    script: t.Any, files: t.Any, name: str | None, seen: str
) -> None:
    time = FakeTime()
    context = scripted_context(Growing(script, time, lambda _now: files), time=time)
    with pytest.raises(WaitTimeout) as caught:
        arrival.wait(context, FOLDER, edb_name=name, timeout=300, stable=60)
    assert seen in str(caught.value)
    assert caught.value.code == "RestoreNotReady"
    assert "dialtone_restore_wait" in str(caught.value.remedy)
    assert 300 <= time.seconds < 301


def test_what_is_there_already_waits_once_for_the_stable_time(script: t.Any) -> None:
    time = FakeTime()
    folder = Growing(script, time, lambda _now: {"DB01.EDB": GB, "other.edb": 5})
    context = scripted_context(folder, time=time)
    arrival.wait(context, FOLDER, edb_name="db01.edb", timeout=600, stable=10)
    assert 10 <= time.seconds <= 20
    assert not any(FOLDER + "\\other.edb" in str(call) for call in script.calls)


def test_one_look_for_check_mode(script: t.Any) -> None:
    script.listing(FOLDER, {"DB01.edb": GB}, tree=True).header(EDB)
    assert arrival.is_complete(scripted_context(script), FOLDER, None)
    script.listing(FOLDER, {"DB01.edb": GB}, tree=True).header(EDB, code=-1032)
    assert not arrival.is_complete(scripted_context(script), FOLDER, None)
    script.listing(FOLDER, None, tree=True)
    assert not arrival.is_complete(scripted_context(script), FOLDER, None)


def test_a_folder_that_can_not_be_listed_is_no_reason_to_wait(script: t.Any) -> None:
    text = "2026/11/22 14:15:02 ERROR 5 (0x00000005) Accessing Source Directory E:\\R\\"
    script.listing(FOLDER, None, tree=True)
    script._steps[-1].answer = type(script._steps[-1].answer)(
        16, text, "", 0.1, "robocopy", script.server
    )
    with pytest.raises(ProgramError, match="Windows error 5"):
        wait(script)
