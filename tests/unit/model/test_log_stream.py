# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which logs a replay takes, and what it says about those that are missing."""

from __future__ import annotations

import random

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import (
    LogSource,
    select,
)

S, B = "surviving", "backup"


def span(first: int, last: int) -> range:
    return range(first, last + 1)


def taken(selection: log_stream.Selection) -> list[tuple[str, str]]:
    return [(log.folder, log.name) for log in selection.logs]


def test_file_names_are_hexadecimal() -> None:
    assert log_stream.log_name("E00", 4021) == "E0000000FB5.log"
    assert log_stream.generation_of("E00", "e0000000fb5.LOG") == 4021
    for other in ("E00.log", "E00tmp.log", "E0100000FB5.log", "E0000000FB5.log.bak", "E00FB5.log"):
        assert log_stream.generation_of("E00", other) is None
    assert log_stream.is_current("E00", "e00.LOG")


@pytest.mark.parametrize(
    ("name", "belongs"),
    [
        ("E00.log", True),
        ("E0000000FB5.log", True),
        ("E00tmp.log", True),
        ("E00.chk", True),
        ("E00res00001.jrs", True),
        ("E01.log", False),
        ("E01.chk", False),
        ("E00.log.bak", False),
        ("DB01.edb", False),
    ],
)
def test_which_files_are_logs(name: str, belongs: bool) -> None:
    assert log_stream.belongs_to_stream("E00", name) is belongs


def test_ranges_for_people() -> None:
    assert log_stream.describe([(4021, 4033), (4036, 4036)]) == (
        "4021-4033 (0xFB5-0xFC1), 4036 (0xFC4)"
    )
    assert log_stream.describe([(4021, 4022)], "E00") == (
        "4021-4022 (E0000000FB5.log to E0000000FB6.log)"
    )
    assert log_stream.describe([(4021, 4021)], "E00") == "4021 (E0000000FB5.log)"


def test_backup_and_survivors_join_without_a_gap() -> None:
    selection = select(
        "E00",
        (10, 12),
        13,
        [LogSource(S, span(12, 19), current=20), LogSource(B, span(10, 12), current=13)],
    )
    assert taken(selection) == [
        (B, "E000000000A.log"),
        (B, "E000000000B.log"),
        *((S, log_stream.log_name("E00", g)) for g in span(12, 19)),
        (S, "E00.log"),
    ]
    assert not selection.is_lossy
    assert selection.needed_missing == ()


def test_a_snapshots_current_log_never_fills_the_place_of_a_full_one() -> None:
    selection = select(
        "E00",
        (10, 12),
        13,
        [LogSource(S, span(14, 19), current=20), LogSource(B, span(10, 12), current=13)],
    )
    assert selection.absent == ((13, 13),)
    assert selection.lost == (13, 20)
    assert [log.generation for log in selection.logs] == [10, 11, 12]


def test_the_snapshots_current_log_counts_when_nothing_newer_survived() -> None:
    selection = select("E00", (10, 12), 13, [LogSource(S), LogSource(B, span(10, 12), current=13)])
    assert taken(selection)[-1] == (B, "E00.log")
    assert not selection.is_lossy


def test_required_logs_are_missing() -> None:
    selection = select("E00", (10, 13), 14, [LogSource(S, [10, 13], current=14)])
    assert selection.needed_missing == ((11, 12),)


def test_a_gap_after_the_required_ones() -> None:
    selection = select("E00", (10, 12), 12, [LogSource(S, [*span(10, 14), *span(17, 19)], 20)])
    assert selection.needed_missing == ()
    assert selection.absent == ((15, 16),)
    assert selection.lost == (15, 20)
    assert selection.logs[-1].generation == 14


def test_committed_logs_are_missing_at_the_end() -> None:
    selection = select("E00", (10, 12), 15, [LogSource(B, span(10, 12))])
    assert selection.absent == ((13, 15),)
    assert selection.lost == (13, 15)


def test_the_log_that_was_being_written_is_gone() -> None:
    selection = select("E00", (10, 12), 13, [LogSource(S, span(10, 19))])
    assert selection.current_missing
    assert selection.is_lossy
    assert selection.lost is None
    assert len(selection.logs) == 10


def test_a_clean_file_rolls_forward_from_where_it_was_consistent() -> None:
    newer = select("E00", (15, 0), 0, [LogSource(S, span(1, 19), current=20)])
    assert [log.generation for log in newer.logs] == list(span(15, 20))
    without_its_own = select("E00", (15, 0), 0, [LogSource(S, span(16, 19), current=20)])
    assert [log.generation for log in without_its_own.logs] == list(span(16, 20))
    assert not without_its_own.is_lossy
    gap = select("E00", (15, 0), 0, [LogSource(S, span(17, 19), current=20)])
    assert gap.lost == (16, 20)
    assert gap.needed_missing == ()


def test_no_logs_at_all() -> None:
    selection = select("E00", (10, 12), 13, [])
    assert selection.logs == ()
    assert selection.needed_missing == ((10, 12),)


def test_a_stray_generation_far_away_is_one_gap_and_no_endless_list() -> None:
    selection = select("E00", (10, 12), 13, [LogSource(S, [*span(10, 12), 0xFFFFFFF0], 13)])
    assert selection.absent == ((13, 0xFFFFFFEF),)


def test_whatever_is_missing_the_taken_logs_have_no_gap_and_nothing_is_lost_in_silence() -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    for _round in range(300):
        first, last = 5, 5 + dice.randint(0, 5)
        committed = last + dice.randint(0, 2)
        newest = committed + dice.randint(0, 6)
        gone = {g for g in span(first, newest) if dice.random() < 0.1}
        cut = dice.randint(first, newest)
        survivors = LogSource(
            S,
            [g for g in span(cut, newest - 1) if g not in gone],
            None if newest in gone else newest,
        )
        backup = LogSource(B, [g for g in span(first, min(last, newest - 1)) if g not in gone])
        selection = select("E00", (first, last), committed, [survivors, backup])
        numbers = [log.generation for log in selection.logs]
        label = f"seed {seed}: {survivors} {backup}"
        assert numbers == list(range(first, first + len(numbers))), label
        complete = set(numbers) == set(span(first, newest))
        assert complete != (bool(selection.needed_missing) or selection.is_lossy), label
        assert [log.name for log in selection.logs].count("E00.log") <= 1, label
