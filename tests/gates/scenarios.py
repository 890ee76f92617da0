# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run molecule's scenarios, two at a time: python tests/gates/scenarios.py COLLECTION [NAME ...]

COLLECTION is the folder of the collection, the current one of each run. Prints a line for each scenario, and what a
failed one printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

AT_ONCE = 2  # each has a lab and an ansible-playbook that take turns, so that is two cores
LONGEST = 1800.0  # seconds


@dataclass(frozen=True)
class Run:
    """How a scenario went."""

    name: str
    status: int
    seconds: float
    output: str


def run(collection: Path, name: str) -> Run:
    """Go through a scenario's test sequence."""
    began = time.monotonic()
    # not --all, which ends with the first that fails, nor --workers, which leaves create and destroy to a common scenario
    done = subprocess.run(
        [str(Path(sys.executable).parent / "molecule"), "test", "-s", name],
        cwd=collection, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "NO_COLOR": "1"}, check=False,
    )  # fmt: skip
    return Run(name, done.returncode, time.monotonic() - began, done.stdout)


def main() -> int:
    """Run those named, or all; 1 if one failed."""
    collection = Path(sys.argv[1]).resolve()
    found = sorted(
        path.parent.name for path in collection.glob("extensions/molecule/*/molecule.yml")
    )
    names = sys.argv[2:] or found
    if not names:
        sys.exit(f"There is no scenario in {collection / 'extensions' / 'molecule'}")
    began, failed = time.monotonic(), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in as_completed([pool.submit(run, collection, name) for name in names]):
            one = future.result()
            if one.status:
                failed += 1
                print(one.output)
            verdict = f"failed, exit status {one.status}" if one.status else "success"
            print(f"{one.name:20} {one.seconds:5.0f} s  {verdict}", flush=True)
    print(f"{len(names)} scenarios in {time.monotonic() - began:.0f} s, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
