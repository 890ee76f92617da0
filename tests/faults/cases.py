# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared of each fault: where it strikes, what the user reads, how it ends. The declarations are tested, and
docs/faults.md is written from them (`write_docs.py`).

    @case("cmdlet_throttled", stage=DIAL_TONE, reads="asks to wait", outcome=RETRIED)
    def test_throttled(scene: Scene) -> None:
        \"\"\"while mailboxes are pointed at the dial tone database\"\"\"
        scene.inject("cmdlet_throttled", name="Set-Mailbox", times=2)

The function arranges the fault. Then the stage runs as the roles run it; the fault must strike, the user must read the
text, and the end must be the declared one. If the function is a generator, it goes on before the fault is lifted. Then
the same stage runs again and must finish, once more and must change nothing; the recovery goes on to its end, and
every message must be found once.

Over the real protocols runs what they have a part in: where a fault of the way to a server, or of the directory that its
sessions are bound to, strikes, until the same stage has finished. The rest leaves the wire (see in_process.py), for a
tenth of the time; with the environment variable EXCHANGE_FAULTS_WIRE=1 it doesn't (`make thorough`).
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from realms import require_kerberos
from stages import DIAL_TONE, MERGE, RESTORE, STAGES, SWAP, Stages

from exchange_lab.faults.catalogue import CATALOGUE

__all__ = [
    "DIAL_TONE", "MERGE", "REFUSED", "RESTORE", "RETRIED", "RETURNED", "STOPPED", "STRANDED", "SWAP", "UNTOUCHED", "WAITED",
    "WARNED",
    "CASES", "Case", "Scene", "case", "declared",
]  # fmt: skip

UNTOUCHED = "goes on; nobody notices"
RETRIED = "tries again, and goes on"
WAITED = "waits visibly, and goes on"
WARNED = "goes on, and says so"
STOPPED = "stops; the same command goes on"
STRANDED = "stops with the users interrupted; the same command brings them back, and goes on"
RETURNED = "returns to the dial tone; the same command goes on"
REFUSED = "stops before anything is changed; the same command goes on"
_ENDS_WITH_AN_ERROR = (STOPPED, RETURNED, STRANDED, REFUSED)
OUTCOMES = (UNTOUCHED, RETRIED, WAITED, WARNED, *_ENDS_WITH_AN_ERROR)
ALL_ON_THE_WIRE = bool(os.environ.get("EXCHANGE_FAULTS_WIRE"))
_ON_THE_WIRE = ("session", "directory")  # families
_NEVER = ("lost", "doubled", "bounced", "unreachable", "held_lost", "queued")


@dataclass(frozen=True)
class Case:
    """A declaration. when: at what moment, as the table says it. reads: text that the user reads, word by word."""

    fault: str
    when: str
    reads: str
    outcome: str


# "file: function" -> declaration; a file that is imported twice declares the same twice
CASES: dict[str, Case] = {}
# stage -> what is read in it when nothing fails; one recovery for each process of tests
_UNDISTURBED: dict[str, str] = {}


def _declare(function: Callable[..., Any], fault: str, reads: str, outcome: str) -> Case:
    if fault not in CATALOGUE:
        raise ValueError(f"{function.__name__}: there is no fault {fault}")
    if outcome not in OUTCOMES:
        raise ValueError(f"{function.__name__}: there is no outcome {outcome}")
    when = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    if not when or bool(reads) == (outcome == UNTOUCHED):
        raise ValueError(f"{function.__name__} doesn't say when, or what the user reads")
    module = function.__module__.rpartition(".")[2]
    declaration = CASES[f"{module}: {function.__name__}"] = Case(fault, when, reads, outcome)
    return declaration


@dataclass
class Scene:
    """A recovery in the lab, up to the stage where the fault is to strike.

    error: what the stage ended with. may_remain: what the audit may show at the end ("queued": ...).
    """

    stages: Stages
    patch: pytest.MonkeyPatch | None = None
    error: ExchangeError | None = None
    injections: list[Any] = field(default_factory=list)
    may_remain: tuple[str, ...] = ()
    over: threading.Event = field(default_factory=threading.Event)  # the stage has ended

    @property
    def recovery(self) -> Any:
        return self.stages.recovery

    @property
    def desk(self) -> Any:
        return self.stages.recovery.desk

    @property
    def control(self) -> Any:
        return self.desk.control

    def inject(self, fault: str, /, **options: Any) -> Any:
        """Inject a fault of the catalogue."""
        faults = self.desk.lab.organisation.faults
        injection = faults.inject(CATALOGUE[fault], **options)
        self.injections.append(injection)
        return injection

    def at(
        self, name: str, arrange: Callable[[], Any], *, nth: int = 1, point: str = "call"
    ) -> None:
        """Arrange something when the n-th call of a cmdlet arrives, or (point "called") is done."""
        faults = self.desk.lab.organisation.faults
        self.injections.append(
            faults.watch(point, lambda _hit: arrange() and None, nth=nth, name=name)
        )

    def lift_when_read(self, text: str) -> None:
        """What is broken is mended as soon as the user has read this: on a busy machine no time is sure."""
        # again and again: closing ports may last, and the fault only counts as injected after it
        self.when_read(text, lambda: self.control.lift() and False)

    def when_read(self, text: str, act: Callable[[], Any]) -> None:
        """Do something when the user has read this, until it gives something true."""

        def watch() -> None:
            while not self.over.wait(0.01):
                if text in self.read() and act():
                    return

        threading.Thread(target=watch, daemon=True, name="when read").start()

    def read(self) -> str:
        """Everything the user has read: the error, warnings, lines."""
        said = [str(self.error)] if self.error else []
        return "\n".join([*said, *self.desk.warnings, *self.desk.lines])

    def again(self, stage: str) -> None:
        """The same command finishes the stage, and once more changes nothing."""
        self.stages.run(stage)
        if not ALL_ON_THE_WIRE:
            self.desk.leave_the_wire()
        done = len(self.desk.changing())
        self.stages.run(stage)
        assert self.desk.changing()[done:] == [], "the same command once more changed something"

    def users_can_work(self) -> bool:
        """Whether each mailbox of the failed database can be opened, in dial tone or production."""
        organisation = self.desk.lab.organisation
        with organisation.lock:
            return all(organisation.reach(guid) is not None for guid in self.stages.users)


def case(
    fault: str, *, stage: str, reads: str, outcome: str, **lab: Any
) -> Callable[[Callable[[Scene], Any]], Callable[..., None]]:
    """Declare and test a fault in a stage of a recovery. lab: options of the lab."""

    def decorate(arrange: Callable[[Scene], Any]) -> Callable[..., None]:
        declaration = _declare(arrange, fault, reads, outcome)

        def test(open_stages: Callable[..., Stages], monkeypatch: pytest.MonkeyPatch) -> None:
            if lab.get("kerberos"):
                require_kerberos()
            _require_a_trace(declaration, open_stages, stage)
            _play(declaration, stage, arrange, Scene(open_stages(**lab), monkeypatch))

        test.__name__, test.__doc__, test.__module__ = (
            arrange.__name__, arrange.__doc__, arrange.__module__
        )  # fmt: skip
        return test

    return decorate


def declared(
    fault: str, *, reads: str, outcome: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a fault that a test of its own plays: it asserts the outcome, and gives what the user read."""

    def decorate(function: Callable[..., str]) -> Callable[..., Any]:
        declaration = _declare(function, fault, reads, outcome)

        def test(**fixtures: Any) -> None:
            if "open_stages" in fixtures:  # else it is no recovery of these stages
                _require_a_trace(declaration, fixtures["open_stages"], *STAGES)
            said = function(**fixtures)
            assert declaration.reads in " ".join(said.split()), said

        test.__name__, test.__doc__, test.__module__ = (
            function.__name__, function.__doc__, function.__module__
        )  # fmt: skip
        test.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        test.pytestmark = getattr(function, "pytestmark", [])  # type: ignore[attr-defined]
        return test

    return decorate


def _require_a_trace(
    declaration: Case, open_stages: Callable[..., Stages], *stages: str
) -> None:
    """What is read without the fault, too, tells nobody of it."""
    if not _UNDISTURBED:
        scene = Scene(open_stages(wire=False))
        for stage in STAGES:
            scene.desk.lines.clear()
            scene.stages.run(stage)
            _UNDISTURBED[stage] = " ".join(scene.read().split())
    for stage in stages if declaration.reads else ():
        assert declaration.reads not in _UNDISTURBED[stage], "that is read without the fault, too"


def _play(declaration: Case, stage: str, arrange: Callable[[Scene], Any], scene: Scene) -> None:
    stages, desk = scene.stages, scene.desk
    for earlier in STAGES[: STAGES.index(stage)]:
        stages.run(earlier)
    if CATALOGUE[declaration.fault].family in _ON_THE_WIRE:
        desk.reconnect()
    desk.lines.clear()
    desk.warnings.clear()
    before = len(desk.changing())
    arranged = arrange(scene)
    if inspect.isgenerator(arranged):
        next(arranged)
    try:
        stages.run(stage)
    except ExchangeError as error:
        scene.error = error
    finally:
        scene.over.set()
    said = scene.read()
    for injection in scene.injections:
        assert injection.struck or not injection.fault.point, (
            f"{injection.fault.name} did not strike"
        )
    assert declaration.reads in " ".join(said.split()), said or "nothing was said"
    _check_outcome(declaration, scene, desk.changing()[before:], stage)
    if inspect.isgenerator(arranged):
        for _unused in arranged:
            pytest.fail("a case yields once")
    scene.control.lift()
    scene.again(stage)
    stages.finish()
    audit = scene.control.audit()
    left = {
        name: audit[name][:3] for name in _NEVER if audit[name] and name not in scene.may_remain
    }
    assert left == {}
    assert audit["accepted"] > 0 and audit["found"] + audit["deleted"] >= audit["accepted"]


def _check_outcome(declaration: Case, scene: Scene, changes: list[str], stage: str) -> None:
    outcome, error = declaration.outcome, scene.error
    if outcome not in _ENDS_WITH_AN_ERROR:
        assert error is None, f"it stopped: {error}"
        return
    assert error is not None, f"it went on: {scene.read()}"
    assert error.remedy and "same command" in str(error), f"no way on is named: {error}"
    if outcome == REFUSED:
        assert changes == [], "something was changed"
    if outcome == STRANDED:
        assert not scene.users_can_work(), "nobody was interrupted"
    elif outcome == RETURNED or STAGES.index(stage) > STAGES.index(DIAL_TONE):
        assert scene.users_can_work(), "the users are left without dial tone and production"
