# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way a recovery merges, as tables; and the swap's way where a volume is mounted in a folder."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import merge_direction
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _recovery_stage,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    direction,
    methods,
)
from preflight.test_checks import CLEAN, GB, facts, restored, volume
from preflight.test_stage import DT, LAYOUT, PROVEN, RDB, RUN, folders

FORWARD, REVERSE = merge_direction.DIRECTIONS
REPAIRED = replace(CLEAN, repair_count=1)


@pytest.mark.parametrize(
    ("wanted", "repairs", "accepted", "value", "words"),
    [
        ("auto", 0, False, FORWARD, "keep their folder permissions"),
        ("auto", 2, False, REVERSE, "repaired 2 times"),
        ("auto", 2, True, FORWARD, "accepted for production"),
        (FORWARD, 2, False, FORWARD, "as given"),
        (REVERSE, 0, False, REVERSE, "as given"),
    ],
)
def test_by_the_header_unless_asked_for(
    wanted: str, repairs: int, accepted: bool, value: str, words: str
) -> None:
    chosen = merge_direction.choose(wanted, repairs, accept_repaired=accepted)
    assert chosen.value == value
    assert words in chosen.reason


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, "warn", "Not copied are folder permissions"),
        ({"override": ["repaired"]}, "ok", "accepted for production"),
        ({"merge_direction": FORWARD}, "ok", "as given"),
    ],
)
def test_the_preflight_says_what_it_means(
    changes: dict[str, t.Any], verdict: str, words: str
) -> None:
    have = facts(**restored(REPAIRED), **{"merge_direction": "auto", **changes})
    check = direction.direction(have)
    assert check is not None and check.verdict == verdict
    assert words in check.text


def test_a_recovery_goes_on_as_it_began() -> None:
    begun = folders([*PROVEN, f"restored\\merged-{RUN}\\"])
    have = facts(layout=LAYOUT, folders=begun, stage="restored", merge_direction=FORWARD)
    check = direction.direction(have)
    assert check is not None and check.verdict == "stop"
    assert direction.chosen(have).value == REVERSE
    swapped = folders(["swapped\\DB01-DT.edb"])
    have = facts(layout=LAYOUT, folders=swapped, stage="swapped", merge_direction=REVERSE)
    check = direction.direction(have)
    assert check is not None and check.verdict == "stop"
    assert direction.chosen(have).value == FORWARD


def test_the_dial_tone_database_needs_room_for_the_old_mail_and_its_logs() -> None:
    """The .edb and the logs of the dial tone database, and the restored copy, on one volume."""
    scene = {**restored(REPAIRED), "merge_direction": "auto"}
    plenty = direction.room(facts(**scene))
    assert plenty is not None and plenty.verdict == "ok"
    size = facts(**scene).restore_files[0].size
    for free, verdict in ((3 * size, "ok"), (3 * size - GB, "stop")):
        check = direction.room(facts(**scene, volumes=[volume("C:\\"), volume("D:\\", free)]))
        assert check is not None and check.verdict == verdict, check
    assert direction.room(facts(**restored(CLEAN), merge_direction="auto")) is None


@pytest.mark.parametrize(
    ("entries", "signs", "stage"),
    [
        (PROVEN, {"restored_clean": True, "merge_database": RDB}, "merging"),
        (PROVEN, {"restored_clean": True, "requests": 3}, "merging"),
        ([*PROVEN, f"restored\\merged-{RUN}\\"], {"requests": 1}, "merging"),
        ([*PROVEN, f"restored\\merged-{RUN}\\"], {}, "merged"),
        (
            [*PROVEN, f"restored\\merged-{RUN}\\"],
            {"dial_tone": replace(DT, excluded_from_provisioning=False)},
            "closed",
        ),
    ],
)
def test_the_stage_of_a_merge_without_a_swap(
    entries: list[str], signs: dict[str, t.Any], stage: str
) -> None:
    found = _recovery_stage.Signs(**{"dial_tone": DT, "folders": folders(entries), **signs})
    assert _recovery_stage.derive(found) == stage
    assert _recovery_stage.merge_run(folders(entries)) == (
        RUN if len(entries) > len(PROVEN) else None
    )


def test_no_swap_is_planned_or_chosen() -> None:
    have = facts(**restored(REPAIRED), merge_direction="auto")
    names = {choice.name: choice.value for choice in methods.choices(have)}
    assert names["dialtone_merge_direction"] == REVERSE
    assert "dialtone_swap_method" not in names


@pytest.mark.parametrize(
    ("mounted_in", "method"),
    [
        (LAYOUT.base, "rename"),  # both beneath it
        (LAYOUT.restored, "repoint"),
        (LAYOUT.dialtone, "repoint"),
    ],
)
def test_a_volume_mounted_in_a_folder_decides_how_to_swap(mounted_in: str, method: str) -> None:
    known = [volume("D:\\"), volume(f"{mounted_in}\\")]
    chosen = _swap_places.choose(known, LAYOUT, "auto")
    assert chosen.method == method
    assert mounted_in in chosen.reason
