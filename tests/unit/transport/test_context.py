# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, live lines, tallies: without waiting."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import WaitTimeout
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import (
    LiveLines,
    Tally,
    minutes,
)
from scripted_transport import FakeTime, ScriptedTransport, scripted_context


def test_wait_backs_off_until_the_probe_answers() -> None:
    time, answers = FakeTime(), iter([None, None, None, "there"])
    context = scripted_context(ScriptedTransport(), time=time)
    assert context.wait("it", lambda: next(answers), 60) == "there"
    assert time.slept == [0.5, 0.75, 1.125]


def test_false_and_zero_are_answers() -> None:
    assert scripted_context(ScriptedTransport()).wait("it", lambda: 0, 1) == 0


def test_wait_ends_in_time_and_says_what_it_saw() -> None:
    time, lines = FakeTime(), []
    context = scripted_context(ScriptedTransport(), time=time, lines=lines)
    with pytest.raises(WaitTimeout) as caught:
        context.wait("DB01 to be mounted", lambda: None, 30, most=8, state=lambda: "Dismounted")
    assert str(caught.value) == "Waited 30 s for DB01 to be mounted; last seen: Dismounted."
    assert caught.value.last_state == "Dismounted"
    assert time.seconds == pytest.approx(30)
    assert max(time.slept) == 8
    assert lines[0] == "waiting for DB01 to be mounted: Dismounted"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (61.9, "01:01"), (3600, "1:00:00"), (-1, "00:00")]
)
def test_minutes(seconds: float, text: str) -> None:
    assert minutes(seconds) == text


def test_live_lines_come_at_most_every_ten_seconds() -> None:
    time, shown = FakeTime(), []
    lines = LiveLines(shown.append, time.clock)
    for second in range(0, 25):
        time.seconds = second
        lines(f"{second} done")
        lines.beat()
    assert shown == ["00:00 0 done", "00:10 10 done", "00:20 20 done"]


def test_a_kept_line_comes_out_by_itself() -> None:
    time, shown = FakeTime(), []
    lines = LiveLines(shown.append, time.clock)
    lines("first")
    time.seconds = 2
    lines("second")
    lines("third")
    for second in range(3, 12):
        time.seconds = second
        lines.beat()
    assert shown == ["00:00 first", "00:10 third"]


def test_the_end_shows_the_last_line_that_was_kept() -> None:
    time, shown = FakeTime(), []
    lines = LiveLines(shown.append, time.clock)
    lines("rehomed 1 of 3")
    lines("rehomed 3 of 3")
    lines.end()
    lines.end()
    assert shown == ["00:00 rehomed 1 of 3", "00:00 rehomed 3 of 3"]


def test_a_line_that_must_not_be_missed() -> None:
    """It comes at once, once, and the line that waited for its turn is not forgotten."""
    time, shown = FakeTime(), []
    lines = LiveLines(shown.append, time.clock)
    lines("rehomed 1 of 3")
    lines("rehomed 2 of 3")
    lines.at_once("a new session")
    lines.at_once("a new session")
    lines.end()
    assert shown == ["00:00 rehomed 1 of 3", "00:00 a new session", "00:00 rehomed 2 of 3"]


def test_heartbeat_when_all_is_quiet() -> None:
    time, shown = FakeTime(), []
    lines = LiveLines(shown.append, time.clock)
    lines.beat()
    lines("replaying")
    for second in range(1, 130):
        time.seconds = second
        lines("replaying")
        lines.beat()
    assert shown == ["00:00 replaying", "01:00 replaying", "02:00 replaying"]


def test_tally() -> None:
    time, lines = FakeTime(), []
    context = scripted_context(ScriptedTransport(), time=time, lines=lines)
    tally = Tally(context, "rehomed", 120)
    time.seconds = 10
    tally.step(30)
    time.seconds = 40
    tally.reach(120)
    assert lines == [
        "rehomed 30 of 120 (25 %), 3.0/s, 00:30 left",
        "rehomed 120 of 120 (100 %), 3.0/s",
    ]


def test_tally_of_nothing() -> None:
    tally = Tally(scripted_context(ScriptedTransport()), "merged", 0)
    assert tally.line() == "merged 0 of 0"
