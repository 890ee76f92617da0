# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One point of the torture: the controller dies at one remote call, and somebody runs the same command again."""

from __future__ import annotations

import random
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import picture
from ansible_fork import AnsibleFork, Run
from controller import Controller
from incidents import FAULTS, account, changing_calls, is_sign
from scenes import SCENES, Scene

from exchange_lab.faults import Hit, Interrupted
from exchange_lab.lab import Lab

SPEED = 300.0  # simulated seconds per second: what waits for the organisation waits short
_MANY_SESSIONS = 10  # an account may have 18
_AT_MOST = 60.0  # wall seconds that a call may go on without its client
_DONE_MEANWHILE = 4  # so many calls at the end of a chain may have been carried out without their client
_LAST_CALLS = 30  # a second kill comes at one of so many calls of the second run

KINDS = {
    "kill": "killed after the call was answered, before the next one that changes something was sent",
    "lost": "killed when the call had been carried out, before its answer came",
    "during": "killed when the call began, which goes on without its client",
    "twice": "killed after the call, and again in the run that followed",
    "interrupt": "Ctrl-C at the call",
    "session": "the session process alone killed at the call",
    "chain": "one recovery with so many blows of all kinds, one in each run, at places drawn by the seed",
}
_FATAL = ("kill", "lost", "during", "interrupt")


@dataclass(frozen=True)
class Blow:
    """One run is struck at its n-th call; of those that change the recovery, unless every.

    later: so many calls that change nothing still come through before the kill. They leave what the n-th call left,
    so one place among them stands for all.
    """

    kind: str
    number: int
    every: bool
    later: int = 0


@dataclass(frozen=True)
class Point:
    """Where a recovery is struck. number: of the call, counted in the first run; of a chain its length."""

    scene: Scene
    kind: str
    number: int
    seed: int
    every: bool = False

    def __str__(self) -> str:
        choice = " CHOICE=every" if self.every else ""
        return (
            f"OPTION={self.scene.option} METHOD={self.scene.method} POINT={self.number}"
            f" KIND={self.kind} SEED={self.seed}{choice}"
        )

    def blows(self, calm: Calm) -> list[Blow]:
        """What happens, run after run."""
        chance = random.Random(str(self))
        if self.kind == "twice":
            again = Blow("kill", chance.randint(1, _LAST_CALLS), every=True)
            return [Blow("kill", self.number, self.every), again]
        if self.kind != "chain":
            drawn = self.kind == "kill" and not self.every
            later = chance.randint(0, calm.later[self.number - 1]) if drawn else 0
            return [Blow(self.kind, self.number, self.every, later)]
        most = calm.calls if self.every else calm.changing
        last = max(most - _DONE_MEANWHILE, min(self.number, most))
        places = sorted(chance.sample(range(1, last + 1), min(self.number, most)))
        gaps = [place - before for before, place in zip([0, *places], places, strict=False)]
        # a run that loses only its session may go on to the end, so that blow comes last
        kinds = [*(chance.choice(_FATAL) for _gap in gaps[1:]), "session"]
        return [Blow(kind, gap, self.every) for kind, gap in zip(kinds, gaps, strict=True)]


@dataclass
class Calm:
    """A run that nobody disturbed: how many calls it took, and what it left. later: after each call that changes
    something, the number of those that don't until the next."""

    calls: int
    later: list[int]
    picture: dict[str, str]
    problems: list[str] = field(default_factory=list)

    @property
    def changing(self) -> int:
        """How many calls changed something."""
        return len(self.later)


@dataclass
class Outcome:
    """What became of a point. struck: the blows that fell, each with its call. spared: the runs that ended before one
    could fall. longest: wall seconds of a run, in which it may have waited for what a killed one left."""

    point: Point
    struck: list[str] = field(default_factory=list)
    spared: int = 0
    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)
    longest: float = 0.0
    seconds: float = 0.0


class Strike:
    """Waits in the lab for the call of a blow, and deals it."""

    def __init__(self, lab: Lab, blow: Blow, controller: Controller) -> None:
        self._lab, self._kind, self._controller = lab, blow.kind, controller
        self.call = ""  # where it is due, or fell
        self.fell = False
        self.problem = ""
        self._run: Future[Run] = Future()
        self._every, self._left, self._later = blow.every, blow.number, blow.later
        self._lock = threading.Lock()
        faults = lab.organisation.faults
        limit = {} if blow.every else {"changing": "true"}
        faults.watch("call" if blow.kind == "during" else "called", self._count, times=None, **limit)
        if blow.kind == "kill":
            faults.watch("call", self._strike_next, times=None)

    def _count(self, hit: Hit) -> None:
        if not self._every and is_sign(hit.facts["kind"], hit.facts["arguments"]):
            return
        with self._lock:
            self._left -= 1
            due = self._left == 0
        if due and self._kind == "kill":
            self._note(hit)
        elif due:
            self._strike(hit)

    def _note(self, hit: Hit) -> None:
        self.call = f"{self._kind} at {hit.facts['name']} {hit.facts['arguments']}"[:200]

    def _strike_next(self, hit: Hit) -> None:
        if self.fell:
            raise Interrupted
        if not self.call:
            return
        facts = hit.facts
        with self._lock:
            due = self._later == 0 or facts["changing"] and not is_sign(facts["kind"], facts["arguments"])
            self._later -= not due
        if due:
            self._strike(hit)
            raise Interrupted

    def _strike(self, hit: Hit) -> None:
        if not self.call:
            self._note(hit)
        self.fell = True
        if self._kind == "interrupt":
            self._run.result(timeout=60).kill(signal.SIGINT)  # its first call may come before it is known
        elif self._kind == "session":
            if not self._controller.kill_sessions():
                self.problem = f"there was no session process to kill ({self.call})"
        else:
            self._controller.kill()

    def watch(self, run: Run) -> Run:
        """The run that is to be struck has begun."""
        self._run.set_result(run)
        return run

    def disarm(self) -> None:
        """The run is over."""
        self._lab.organisation.faults.lift("watch")


class Trial:
    """A lab with a scene in it, and the runs there."""

    def __init__(self, ansible: AnsibleFork, scene: Scene, folder: Path, seed: int) -> None:
        self.scene, self._ansible, self._folder = scene, ansible, folder
        self.lab = Lab(scene.topology, folder / "lab", speed=SPEED, seed=seed)
        self._controllers = 0
        self._orphans = 0  # sessions of those who were killed: the server ends them when they are idle for long

    def __enter__(self) -> Trial:
        self.lab.start()
        self.scene.prepare(self.lab, self._undisturbed)
        return self

    def __exit__(self, *_error: object) -> None:
        self.lab.stop()

    def controller(self) -> Controller:
        """One that knows nothing of the others."""
        self._controllers += 1
        folder = self._folder / f"controller{self._controllers}"
        return Controller(self._ansible, self.lab, folder, self.scene.option, self.scene.variables)

    def _undisturbed(self, **variables: Any) -> int:
        status = self.controller().run(**variables)
        return -1 if status is None else status

    def disturb(self, blow: Blow, outcome: Outcome) -> bool:
        """A run from a new controller that meets a blow; says whether it did."""
        self._let_end()
        if self._orphans > _MANY_SESSIONS:  # nobody is killed so often within a server's idle time
            self.lab.close_shells()  # nobody is there to use one
            self._orphans = 0
        controller = self.controller()
        strike = Strike(self.lab, blow, controller)
        run = strike.watch(controller.start())
        status = controller.finish(run)
        strike.disarm()
        outcome.longest = max(outcome.longest, controller.longest)
        if strike.fell:
            outcome.struck.append(strike.call)
            outcome.problems += [strike.problem] if strike.problem else []
            if status is None:
                outcome.problems.append(f"the run that was struck ({strike.call}) hung")
        elif status != 0:
            outcome.problems.append(f"a run {_ended(status)} before it was struck: {_reason(controller.output)}")
        else:
            outcome.spared += 1  # it had fewer calls, or none after the one that a kill waits for
        before, self._orphans = self._orphans, self.lab.control.sessions()["open"]
        if blow.kind == "interrupt" and self._orphans > before:
            outcome.problems.append("a run that was interrupted left sessions open")
        if left := controller.left():
            outcome.problems.append(f"processes of the run that was struck are left: {left}")
        return strike.fell

    def _let_end(self) -> None:
        """Wait for the call that a killed run had sent: the next blow is not for that."""
        end = time.monotonic() + _AT_MOST
        while any(call["outcome"] == "running" for call in self.lab.control.calls()):
            if time.monotonic() > end:
                raise RuntimeError("a call of a run that was killed does not end")
            time.sleep(0.02)

    def settle(self, outcome: Outcome) -> list[str]:
        """The same command until it is done, and once more; what is wrong with that."""
        controller, problems = self.controller(), []
        status = controller.run()
        outcome.longest = max(outcome.longest, controller.longest)
        if status != 0:
            return [f"the next run {_ended(status)}: {_reason(controller.output)}"]
        before, sent = controller.changed, len(changing_calls(self.lab))
        status = controller.run()
        if status != 0:
            problems.append(f"the run after it {_ended(status)}: {_reason(controller.output)}")
        if controller.changed != before:
            problems.append(f"the run after it changed {controller.changed - before}")
        if late := changing_calls(self.lab)[sent:]:
            problems.append(f"the run after it sent {sorted(set(late))}")
        if left := controller.left():
            problems.append(f"processes are left: {left}")
        return problems

    def judge(self, outcome: Outcome, calm: Calm | None) -> None:
        """Compare what is there with every message ever sent, and with what a calm run leaves."""
        audit = account(self.lab)
        if not self.scene.ends:  # the old mail comes back later
            audit["lost"] = [found for found in audit["lost"] if found["period"] != "before"]
            audit.update(dict.fromkeys(("permissions_lost", "hidden_lost"), ()))
            audit["found"] = audit["accepted"] - len(audit["lost"])
        outcome.lost, outcome.doubled = len(audit["lost"]), len(audit["doubled"])
        outcome.problems += [f"{name}: {audit[name][:3]}" for name in FAULTS if audit[name]]
        if not audit["accepted"] or audit["found"] + audit["deleted"] < audit["accepted"]:
            outcome.problems.append(f"{audit['found']} of {audit['accepted']} messages were found")
        if calm is not None:
            outcome.problems += picture.differences(calm.picture, picture.take(self.lab))
        if (left := self.lab.control.sessions()["open"] - self._orphans) > 0:
            outcome.problems.append(f"{left} sessions are left open")
        outcome.problems += [f"defect of the lab: {defect}" for defect in self.lab.defects]


def calm(ansible: AnsibleFork, scene: Scene, folder: Path, seed: int) -> Calm:
    """What the scene looks like when nothing happens."""
    with Trial(ansible, scene, folder, seed) as trial:
        before = len(trial.lab.control.calls())
        controller = trial.controller()
        status = controller.run()
        calls = trial.lab.control.calls()[before:]
        outcome = Outcome(Point(scene, "none", 0, seed))
        if status != 0:
            outcome.problems.append(f"it {_ended(status)}: {_reason(controller.output)}")
        trial.judge(outcome, None)
        return Calm(len(calls), _later(calls), picture.take(trial.lab), outcome.problems)


def try_point(ansible: AnsibleFork, point: Point, calm: Calm, folder: Path) -> Outcome:
    """Strike, run again, judge."""
    began = time.monotonic()
    outcome = Outcome(point)
    with Trial(ansible, point.scene, folder, point.seed) as trial:
        for blow in point.blows(calm):
            if not trial.disturb(blow, outcome):
                break
        outcome.problems += trial.settle(outcome)
        trial.judge(outcome, calm)
    outcome.seconds = time.monotonic() - began
    return outcome


def _later(calls: list[dict[str, Any]]) -> list[int]:
    later: list[int] = []
    for call in calls:
        if call["changing"] and not is_sign(call["kind"], call["parameters"]):
            later.append(0)
        elif later:
            later[-1] += 1
    return later


def scene_of(option: str, method: str) -> Scene:
    """The scene of this name. Raises KeyError."""
    return SCENES[f"{option}/{method}"]


def _ended(status: int | None) -> str:
    return "hung" if status is None else f"ended with status {status}"


def _reason(output: str) -> str:
    told = [line for line in output.splitlines() if line.startswith(("fatal:", "[ERROR]", "failed:"))]
    return " | ".join(told[:2])[:1500] if told else output[-800:]
