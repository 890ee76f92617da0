# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller: a folder with nothing in it, from which the playbook is run, and the processes of that run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_fork import AnsibleFork, Run, count_changes

from exchange_lab.lab import Lab

# Wall seconds for a run before it counts as hung: three minutes until the server has ended what a killed run left, and its
# own work. Whoever takes longer waits for what nobody ends.
PATIENCE = 290.0
_MARK = "DIALTONE_TORTURE"
_SESSION_PROCESS = "_session_process.py"


class Controller:
    """Runs one command again and again, as somebody would who has nothing but the inventory.

    Ledger, journal and Ansible's own files are in `folder`. Its processes are known by their working folder, or by
    an environment variable, which the session process has (it leaves the folder).
    """

    def __init__(
        self, ansible: AnsibleFork, lab: Lab, folder: Path, playbook: str, variables: Mapping[str, Any]
    ) -> None:
        self._ansible, self._lab, self._folder = ansible, lab, folder
        self._playbook, self._variables = playbook, variables
        self.output = ""
        self.longest = 0.0  # wall seconds of a run
        folder.mkdir(parents=True)
        lab.write_inventory(folder / "inventory.yml")

    def start(self, **variables: Any) -> Run:
        """Begin a run; `variables` come on top."""
        extra = {
            "dialtone_evidence": str(self._folder / "evidence"), **self._variables, **variables,
        }  # fmt: skip
        arguments = [
            f"dialtone.exchange.{self._playbook}",
            "-i", str(self._folder / "inventory.yml"), "-e", json.dumps(extra),
        ]  # fmt: skip
        environment = {
            **os.environ,
            _MARK: str(self._folder),
            "ANSIBLE_HOME": str(self._folder / "ansible"),
        }
        with (self._folder / "output").open("ab") as output:
            return self._ansible.start(arguments, environment, self._folder, output)

    def finish(self, run: Run) -> int | None:
        """Wait for the end; the exit status, or None when it hangs and had to be killed."""
        began = time.monotonic()
        try:
            return run.wait(PATIENCE)
        except TimeoutError:
            self.kill()
            return None
        finally:
            self.longest = max(self.longest, time.monotonic() - began)
            self.output = (self._folder / "output").read_text("utf-8", "replace")

    def run(self, **variables: Any) -> int | None:
        """A whole run."""
        return self.finish(self.start(**variables))

    @property
    def changed(self) -> int:
        """What the recaps of all runs so far count as changed."""
        return count_changes(self.output)

    def kill(self) -> None:
        """SIGKILL to everything, at once; returns when nothing is left."""
        for pid in self.processes():  # none forks while the others die
            _signal(pid, signal.SIGSTOP)
        while found := self.processes():
            for pid in found:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.002)

    def kill_sessions(self) -> int:
        """SIGKILL to the session processes alone; how many there were."""
        found = [pid for pid in self.processes() if _SESSION_PROCESS in _read(pid, "cmdline")]
        for pid in found:
            _signal(pid, signal.SIGKILL)
        return len(found)

    def processes(self) -> list[int]:
        """Everything that lives of the runs from this folder: ansible-playbook, workers, session processes."""
        return [pid for pid in _all_processes() if self._is_ours(pid)]

    def left(self, patience: float = 15.0) -> list[str]:
        """What lives on although ansible-playbook has ended, some seconds later; there must be nothing."""
        end = time.monotonic() + patience
        while (found := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        return [f"{pid}: {_read(pid, 'cmdline')}".replace("\0", " ") for pid in found]

    def _is_ours(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{pid}/cwd") == str(self._folder):
                return True
        return f"{_MARK}={self._folder}\0" in _read(pid, "environ") + "\0"


def _all_processes() -> Iterator[int]:
    if not sys.platform.startswith("linux"):
        raise RuntimeError("the processes of a run are found in /proc, which only Linux has")
    return (int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text("utf-8", "replace")
    except OSError:
        return ""


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
