# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make torture: kill the controller at every point of every recovery, and count what the next run makes of it.

    make torture                        for every option and method: killed after every call that changes something,
                                        each time in a recovery of its own; and one recovery that is struck at each
                                        of them, run after run, in the ways the seed draws (KIND=kill,chain)
    make torture KIND=all CHOICE=every  at every call, in every way
    make torture OPTION=same_server METHOD=in_place KIND=lost STEP=3
    make torture OPTION=same_server METHOD=beside POINT=17 KIND=lost SEED=1      one point again
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for _folder in ("lab", "tests/playbooks", "tests/torture"):
    sys.path.insert(0, str(ROOT / _folder))

from ansible_fork import AnsibleFork  # noqa: E402
from point import KINDS, Calm, Outcome, Point, calm, try_point  # noqa: E402
from scenes import SCENES, Scene  # noqa: E402

_ansible: AnsibleFork | None = None
_MOST_LINES = 12  # of what is wrong at a point


def _begin() -> None:
    global _ansible
    _ansible = AnsibleFork()


def _calm(scene: Scene, seed: int) -> Calm:
    assert _ansible
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        try:
            return calm(_ansible, scene, Path(folder).resolve(), seed)
        except Exception:  # the outermost layer of this process
            return Calm(0, [], {}, [traceback.format_exc()])


def _try(point: Point, reference: Calm) -> Outcome:
    assert _ansible
    folder = Path(tempfile.mkdtemp(prefix="torture-")).resolve()
    try:
        outcome = try_point(_ansible, point, reference, folder)
    except Exception:  # the outermost layer of this process
        outcome = Outcome(point, problems=[traceback.format_exc()])
    if outcome.problems:
        outcome.problems.insert(0, f"its files are in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _points(scene: Scene, reference: Calm, wanted: argparse.Namespace) -> Iterator[Point]:
    for kind in wanted.kinds:
        every = wanted.choice == "every"
        last = reference.calls if every else reference.changing
        if kind == "chain":
            yield Point(scene, kind, wanted.point or last, wanted.seed, every)
            continue
        for number in [wanted.point] if wanted.point else range(1, last + 1, wanted.step):
            yield Point(scene, kind, number, wanted.seed, every)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--option", default="all", help="same_server, alternate_server, stay_on_alternate")
    parser.add_argument("--method", default="all")
    parser.add_argument("--kind", default="kill,chain", help=f"all, or some of {', '.join(KINDS)}")
    parser.add_argument("--choice", default="changing", choices=("changing", "every"))
    parser.add_argument("--point", type=int, default=0, help="this one alone")
    parser.add_argument("--step", type=int, default=1, help="every n-th point")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    wanted = parser.parse_args()
    named = KINDS if wanted.kind == "all" else wanted.kind.split(",")
    wanted.kinds = [kind for kind in KINDS if kind in named]
    wanted.scenes = [
        scene
        for scene in SCENES.values()
        if wanted.option in ("all", scene.option) and wanted.method in ("all", scene.method)
    ]
    if not wanted.scenes or not set(named) <= set(KINDS):
        parser.error(f"there is no such kind, option or method; there are {', '.join(SCENES)}")
    return wanted


def _tell(outcome: Outcome) -> None:
    """A point that did not converge, and how to see it again."""
    print(f"  make torture {outcome.point}")
    for number, call in enumerate(outcome.struck, 1):
        print(f"      {number}. {call}")
    for line in outcome.problems[:_MOST_LINES]:
        print(f"      {line}")
    sys.stdout.flush()


def _sum_up(scene: Scene, reference: Calm, outcomes: list[Outcome]) -> bool:
    """The line of an option and method; whether all is well."""
    converged = sum(not outcome.problems for outcome in outcomes)
    print(
        f"{scene.name}: {reference.calls} calls, {reference.changing} changing;"
        f" {sum(len(o.struck) for o in outcomes)} points tried,"
        f" {sum(o.spared for o in outcomes)} runs over before they were struck,"
        f" {converged} of {len(outcomes)} recoveries converged,"
        f" {sum(o.lost for o in outcomes)} lost, {sum(o.doubled for o in outcomes)} doubled,"
        f" {sum(o.seconds for o in outcomes):.0f} s of work,"
        f" {max(o.longest for o in outcomes):.0f} s the longest run",
        flush=True,
    )
    return converged == len(outcomes)


def main() -> int:
    """0 when every point converged."""
    wanted, began = _arguments(), time.monotonic()
    good = True
    with ProcessPoolExecutor(wanted.workers, initializer=_begin) as pool:
        quiet = [(scene, pool.submit(_calm, scene, wanted.seed)) for scene in wanted.scenes]
        tries = []
        for scene, waiting in quiet:
            reference = waiting.result()
            points = [] if reference.problems else _points(scene, reference, wanted)
            tries.append((scene, reference, [pool.submit(_try, p, reference) for p in points]))
        for scene, reference, futures in tries:
            if reference.problems:
                print(f"{scene.name}: wrong already when nobody disturbs it: {reference.problems}")
                good = False
                continue
            outcomes = []
            for future in futures:
                outcomes.append(future.result())
                if outcomes[-1].problems:
                    _tell(outcomes[-1])
            good &= _sum_up(scene, reference, outcomes)
    print(f"{time.monotonic() - began:.0f} s")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
