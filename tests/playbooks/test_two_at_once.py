# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers on one recovery at the same time: one works, the other one stops or takes over.

DIALTONE_SEED=<number> draws other moments for those that meet by chance.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

from exchange_lab.faults import Hit
from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
SEED = int(os.environ.get("DIALTONE_SEED", "0")) or random.randrange(1, 10**6)
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
    "dialtone_claim_renewal": 2,
}
CLAIM = r"D:\DialTone\DB01\claim"


class Admin(threading.Thread):
    """Somebody with a controller of his own who starts the playbook after a while. run_: what came of it."""

    def __init__(
        self, run_playbook: Callable, lab: Lab, name: str, delay: float = 0.0, **more: Any
    ) -> None:
        super().__init__(name=name)
        self._begin = lambda: run_playbook(lab, controller=name, **{**ALL, **more})
        self._delay = delay
        self.run_: Any = None
        self.start()

    def run(self) -> None:
        time.sleep(self._delay)
        self.run_ = self._begin()

    def end(self) -> Any:
        self.join(280)
        assert self.run_ is not None, f"{self.name} does not end"
        return self.run_


def claims(lab: Lab) -> list[str]:
    """The signs of runs at work."""
    return [entry["name"] for entry in lab.control.files("MBX1", CLAIM)]


class Held:
    """The first call of this cmdlet waits in the lab until it may go on. reached: it is there."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.reached, self._go = threading.Event(), threading.Event()
        lab.organisation.faults.watch("call", self._wait, name=name)

    def _wait(self, _hit: Hit) -> None:
        self.reached.set()
        self._go.wait(120)

    def go(self) -> None:
        self._go.set()


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def databases_made(lab: Lab) -> list[str]:
    """Names of the databases that were made for users."""
    made = [
        call for call in lab.control.calls(changing=True) if call["name"] == "New-MailboxDatabase"
    ]
    return [call["parameters"]["Name"] for call in made if not call["parameters"].get("Recovery")]


def finish(run_playbook: Callable, lab: Lab) -> None:
    """The same command once more ends the recovery; again it has nothing to do."""
    last = run_playbook(lab, controller="last", **ALL)
    assert last.status == 0, last.output
    again = run_playbook(lab, controller="last", **ALL)
    assert again.status == 0 and again.changed == 0, again.output
    assert claims(lab) == []
    assert lab.control.files("MBX1", CLAIM.rpartition("\\")[0])
    assert databases_made(lab) == ["DB01-DT"]
    prove_nothing_lost(lab)


def assert_refused(run: Any) -> None:
    """It names who is at work and the way to take over, and has changed nothing."""
    assert run.status != 0, run.output
    assert "is at work on it" in run.output, run.output
    assert "since 20" in run.output and "dialtone_take_over=true" in run.output
    assert run.changed == 0, run.output


def assert_taken_over(loser: Any, winner: Any) -> None:
    """Exactly one goes on, and both say so."""
    assert winner.status == 0, winner.output
    assert "DB01 was taken over from" in winner.output, winner.output
    assert loser.status != 0, loser.output
    assert "it was taken over by" in loser.output, loser.output


def test_the_second_is_refused_while_the_first_works(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    held = Held(lab, "New-MailboxDatabase")
    first = Admin(run_playbook, lab, "first")
    assert held.reached.wait(60)
    assert len(claims(lab)) == 1
    before = changing_calls(lab)
    second = run_playbook(lab, controller="second", **ALL)
    sent = changing_calls(lab)
    held.go()
    assert_refused(second)
    assert sent == before
    run = first.end()
    assert run.status == 0, run.output
    finish(run_playbook, lab)


def test_taken_over_in_the_middle(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    held = Held(lab, "New-MailboxDatabase")
    first = Admin(run_playbook, lab, "first")
    assert held.reached.wait(60)
    (sign,) = claims(lab)
    process = sign.partition(", process ")[2].partition(",")[0]
    second = Admin(run_playbook, lab, "second", dialtone_take_over=True)
    wait_for(lambda: claims(lab) and process not in "".join(claims(lab)))
    held.go()  # what was sent before comes to its end while the other one still waits
    assert_taken_over(first.end(), second.end())
    finish(run_playbook, lab)


@pytest.mark.thorough
def test_two_at_the_same_time(make_lab: MakeLab, run_playbook: Callable) -> None:
    """They meet by chance, also in the moment of the claim."""
    print(f"DIALTONE_SEED={SEED}")
    delay = random.Random(SEED).choice([0.0, 0.3, 1.0, 3.0])
    lab = make_lab("tiny")
    lose(lab, "DB01")
    first = Admin(run_playbook, lab, "first")
    second = Admin(run_playbook, lab, "second", delay)
    runs = [first.end(), second.end()]
    assert any(run.status == 0 for run in runs), "\n".join(run.output for run in runs)
    for run in runs:
        if run.status:
            assert_refused(run)
    finish(run_playbook, lab)


@pytest.mark.thorough
def test_taken_over_at_any_moment(make_lab: MakeLab, run_playbook: Callable) -> None:
    """The first one may have come to its end before; then nothing was taken over."""
    print(f"DIALTONE_SEED={SEED}")
    lab = make_lab("tiny")
    lose(lab, "DB01")
    first = Admin(run_playbook, lab, "first")
    wait_for(lambda: claims(lab))
    delay = random.Random(SEED).uniform(0.0, 6.0)
    second = Admin(run_playbook, lab, "second", delay, dialtone_take_over=True)
    loser, winner = first.end(), second.end()
    if loser.status:
        assert_taken_over(loser, winner)
    assert winner.status == 0, winner.output
    finish(run_playbook, lab)


@pytest.mark.thorough
def test_check_mode_tells_of_the_other_run_and_claims_nothing(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    sign = "eva at shell1, since 20261122-173000, process 0000cafe-1-1, every 2 s, 5"
    lab.organisation.server("MBX1").fs.mkdir(rf"{CLAIM}\{sign}")
    check = run_playbook(lab, "--check", **ALL)
    assert check.status == 0, check.output
    assert "eva at shell1, since 2026-11-22 17:30:00 UTC" in check.output
    assert changing_calls(lab) == []
    real = run_playbook(lab, **{**ALL, "dialtone_until": "dial_tone"})
    assert real.status == 0, real.output
    assert "is dead; this run goes on with DB01" in real.output
    assert claims(lab) == []
