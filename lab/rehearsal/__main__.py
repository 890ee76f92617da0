# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal`: lose a database or a server, recover with the shipped playbook, account for every message.

The exit status is 0 only if the playbook succeeded and no message was lost, doubled or bounced.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from exchange_lab.faults import FaultError, wanted
from rehearsal.options import OPTIONS, Option
from rehearsal.stage import Stage
from rehearsal.summary import Facts, summary


def rehearse(stage: Stage, option: Option, method: str) -> int:
    """The whole rehearsal; 0 if nothing was lost."""
    print(
        f"Rehearsal on a simulated organisation. Its time runs {stage.speed:g} times as fast: the controller's own\n"
        f"seconds count as {stage.speed:g} simulated ones (SPEED=1 measures real figures). Seed {stage.seed}.",
        flush=True,
    )
    try:
        stage.start_lab()
        status = option.script(stage, method)
        audit = stage.finish()
        facts = Facts(
            databases=option.databases,
            status=status,
            audit=audit,
            timeline=stage.control.timeline(),
            calls=stage.control.calls(),
            sessions=stage.control.sessions(),
            wall_seconds=time.monotonic() - stage.began,
            speed=stage.speed,
            evidence=stage.evidence,
            lab=stage.folder / "lab",
        )
        print(summary(facts), flush=True)
        return 0 if facts.passed else 1
    finally:
        stage.stop_lab()


def main() -> int:
    """Read the command line and rehearse."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--option", choices=list(OPTIONS), default="same_server")
    parser.add_argument("--method", choices=["beside", "in_place"], default="beside")
    parser.add_argument("--folder", type=Path, default=Path("rehearsal"), help="emptied first")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds per second")
    parser.add_argument("--seed", type=int, default=1, help="of mail flow and latencies")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[,OPTION=VALUE]...[@CALL]",
        help="let this fail, as python -m exchange_lab does",
    )  # fmt: skip
    arguments = parser.parse_args()
    for fault in arguments.fault:
        try:
            wanted.parse(fault)
        except FaultError as error:
            parser.error(str(error))
    option = OPTIONS[arguments.option]
    if arguments.method not in option.methods:
        parser.error(f"{arguments.option} has no method {arguments.method}: its disk is gone")
    stage = Stage(
        arguments.folder.resolve(), arguments.speed, arguments.seed, tuple(arguments.fault)
    )
    return rehearse(stage, option, arguments.method)


if __name__ == "__main__":
    sys.exit(main())
