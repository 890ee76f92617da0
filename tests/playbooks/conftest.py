# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab, an incident, and ansible-playbook as a user runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_fork import AnsibleFork

from exchange_lab.lab import Lab

SPEED = 120.0  # simulated seconds per second: a 20 minute merge lasts 10 s
SEED = 7
_TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<name>.+?)\] \*+$")
_STATUS = re.compile(r"^(?P<status>ok|changed|skipping|fatal|failed): \[(?P<host>[^\]]+)\]")
_RECAP = re.compile(
    r"^(?P<host>\S.*?)\s+: ok=\d+\s+changed=(?P<changed>\d+)\s.*failed=(?P<failed>\d+)"
)


@dataclass
class PlaybookRun:
    """What ansible-playbook printed, read back."""

    status: int
    output: str
    tasks: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # host -> (task, status)
    changed: int = 0
    failed: int = 0

    @classmethod
    def read(cls, status: int, output: str) -> PlaybookRun:
        """Parse the default callback's output."""
        run, task = cls(status, output), ""
        for line in output.splitlines():
            if found := _TASK.match(line):
                task = found["name"]
            elif found := _STATUS.match(line):
                host = found["host"].split(" -> ")[0]
                run.tasks.setdefault(host, []).append((task, found["status"]))
            elif found := _RECAP.match(line):
                run.changed += int(found["changed"])
                run.failed += int(found["failed"])
        return run

    def changed_tasks(self, host: str) -> list[str]:
        """Names of the tasks that reported a change, in order."""
        return [task for task, status in self.tasks.get(host, ()) if status == "changed"]


RunPlaybook = Callable[..., PlaybookRun]


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Start labs; all are stopped, and no cmdlet of theirs may have failed inside."""
    labs: list[Lab] = []

    def start(topology: str = "tiny", speed: float = SPEED, **switches: object) -> Lab:
        folder = tmp_path / f"lab{len(labs)}"
        lab = Lab(topology, folder, speed=speed, seed=SEED, switches=switches)
        lab.start()
        labs.append(lab)
        return lab

    yield start
    for lab in labs:
        lab.stop()
        assert not lab.defects, lab.defects


@pytest.fixture(scope="session")
def ansible() -> Iterator[AnsibleFork]:
    """ansible-playbook, with its imports done once."""
    with AnsibleFork() as server:
        yield server


@pytest.fixture
def run_playbook(tmp_path: Path, ansible: AnsibleFork) -> RunPlaybook:
    """Run a playbook of the collection against a lab, as a user would.

    controller: a folder below the test's own, with all that this one knows: inventory, evidence, Ansible's home.
    """

    def run(
        lab: Lab,
        *arguments: str,
        evidence: str = "evidence",
        playbook: str = "same_server",
        controller: str = ".",
        **variables: object,
    ) -> PlaybookRun:
        folder = tmp_path / controller
        folder.mkdir(exist_ok=True)
        inventory = folder / "inventory.yml"
        lab.write_inventory(inventory)
        extra = {"dialtone_evidence": str(folder / evidence), **variables}
        command = [
            f"dialtone.exchange.{playbook}", "-i", str(inventory), "-e", json.dumps(extra), *arguments,
        ]  # fmt: skip
        return PlaybookRun.read(*ansible.run(command, folder))

    return run
