# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""recovery_claim against the lab: free, held by the living, by the dead, and taken over."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils import _process
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.claims import Place
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_claim

PLACE = Place(r"D:\DialTone\DB01")
ARGS: dict[str, Any] = {
    "failed_database": "DB01",
    "recovery_root": r"D:\DialTone",
    "state": "held",
    "take_over": False,
    "renewal": 1,
}
OTHER = Claim.new("eva", "shell1", "", "20261122-173000", "0000cafe-77-1", 1)


class Clock:
    """Time that only sleeping moves on. at: what happens at which second."""

    def __init__(self, at: dict[float, Any] | None = None) -> None:
        self.now, self.at = 0.0, at or {}

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for when in [when for when in self.at if when <= self.now]:
            self.at.pop(when)()


def claim(desk: Any, clock: Clock | None = None, **changes: Any) -> dict[str, Any]:
    time = clock or Clock()
    context = replace(
        desk.context(), sleep=time.sleep, clock=lambda: time.now, keep_claim=lambda *_: True
    )
    return recovery_claim.run(context, {**ARGS, **changes})


def there(desk: Any) -> list[str] | None:
    seen = PLACE.read(desk.context())
    return None if seen is None else [found.name for found in seen]


@pytest.fixture
def free(shared_desk: Any) -> Any:
    """The incident, with nobody at work on it."""
    yield shared_desk
    context = shared_desk.context()
    for found in PLACE.read(context) or ():
        PLACE.remove(context, found)
    PLACE.remove_empty(context)
    shared_desk.warnings.clear()


def put(desk: Any, other: Claim = OTHER) -> None:
    PLACE.make_folder(desk.context())
    assert PLACE.put(desk.context(), other)


def test_free(free: Any) -> None:
    result = claim(free, job="42", user="o'brien, the boss")
    assert not result["changed"] and not result["waited"] and result["other"] is None
    assert there(free) == [result["name"]]
    assert "job 42" in result["name"]
    assert claim(free)["name"] == result["name"]  # the same run has it already
    claim(free, state="released")
    assert there(free) is None


def test_check_mode_only_looks(free: Any) -> None:
    put(free)
    sent = len(free.changing())
    result = free.run(recovery_claim.run, check=True, **ARGS)
    assert result["other"]["text"].startswith("eva at shell1, since 2026-11-22 17:30:00")
    assert len(free.changing()) == sent


def test_a_living_run_is_left_alone(free: Any) -> None:
    put(free)
    clock = Clock({1.4: lambda: PLACE.replace(free.context(), OTHER, OTHER.renewed())})
    with pytest.raises(ConflictError) as caught:
        claim(free, clock)
    assert "eva at shell1, since 2026-11-22 17:30:00 UTC is at work" in str(caught.value)
    assert "dialtone_take_over=true" in str(caught.value.remedy)
    assert there(free) == [OTHER.renewed().name]
    assert clock.now < OTHER.seconds_to_death


def test_a_dead_run_of_another_controller_is_watched_first(free: Any) -> None:
    put(free)
    clock = Clock()
    result = claim(free, clock)
    assert result["waited"] and result["other"]["controller"] == "shell1"
    assert there(free) == [result["name"]]
    assert OTHER.lease < OTHER.seconds_to_death <= clock.now
    assert any("is dead" in warning for warning in free.warnings)


def test_a_dead_run_of_this_controller_is_seen_at_once(free: Any) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    token = _process.run_token(process.pid)
    put(free, replace(OTHER, process=token))
    assert not _process.is_gone(token)
    process.kill()
    process.communicate()
    clock = Clock()
    assert claim(free, clock)["other"]["user"] == "eva"
    assert clock.now == 0


def test_a_run_that_ends_meanwhile_makes_room(free: Any) -> None:
    put(free)
    clock = Clock({1.4: lambda: PLACE.remove(free.context(), OTHER)})
    result = claim(free, clock)
    assert result["waited"] and result["other"] is None


def test_take_over_waits_until_the_other_must_have_noticed(free: Any) -> None:
    put(free)
    clock = Clock()
    result = claim(free, clock, take_over=True)
    assert result["other"]["user"] == "eva"
    assert clock.now > OTHER.lease
    assert there(free) == [result["name"]]
    assert not PLACE.replace(free.context(), OTHER, OTHER.renewed())  # the other one notices


def test_the_empty_folder_of_a_run_that_died_early_is_no_obstacle(free: Any) -> None:
    PLACE.make_folder(free.context())
    assert claim(free)["waited"]


def test_of_two_at_once_one_gets_it(free: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run in a thread of its own, with its own process; who comes second sees a living one."""
    tokens = threading.local()
    monkeypatch.setattr(_process, "run_token", lambda: tokens.mine)
    outcomes: list[str] = []

    def one(number: int) -> None:
        tokens.mine = f"0000cafe-{number}-1"
        clock = Clock()
        try:
            outcomes.append(claim(free, clock, renewal=1)["name"])
        except ConflictError:
            outcomes.append("")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = there(free)
    assert left is not None and len(left) == 1  # nobody renewed, so the last one has it
    assert left[0] in outcomes


@pytest.mark.parametrize("renewal", [0, -1, 3601])
def test_bad_input(free: Any, renewal: int) -> None:
    with pytest.raises(InputError):
        claim(free, renewal=renewal)


def test_names_are_read_back_and_fit_windows() -> None:
    made = Claim.new('a "b" <c>\\d/e:f|g?h*i', "x" * 99, "7,8", "20261122-173000", "ab-1-2", 3600)
    assert Claim.parse(made.name) == made
    assert not set(made.name) & set('\\/:*?"<>|')
    assert len(made.name) < 180
    assert Claim.parse("some folder") is None
