# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every rehearsal needs: a lab, the playbook as a user runs it, and the count at the end."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from exchange_lab.control import Client, ControlError, check_unused

START_TIMEOUT = 30.0  # wall seconds until the lab listens


class Stage:
    """One rehearsal in `folder`: the lab's files, the inventory, ledgers and journals all lie there.

    faults: what is to fail, as the lab's command line takes it (exchange_lab/faults/wanted.py).
    """

    def __init__(self, folder: Path, speed: float, seed: int, faults: tuple[str, ...] = ()) -> None:
        self.folder, self.speed, self.seed, self.faults = folder, speed, seed, faults
        self.inventory = folder / "lab" / "inventory.yml"
        self.control_file = folder / "lab" / "control.json"
        self.evidence = folder / "evidence"
        self.lab: subprocess.Popen[bytes] | None = None
        self.control: Any = None  # the lab's control interface, once it is started
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """One line of the rehearsal's own story, with the wall time since its start."""
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def start_lab(self) -> None:
        """Start the lab as a process of its own and wait until its control interface answers.

        Raises SystemExit when one runs in this folder, or when it does not start.
        """
        try:
            check_unused(self.control_file)
        except ControlError as error:
            raise SystemExit(str(error)) from error
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "lab").mkdir(parents=True)
        log = (self.folder / "lab.log").open("wb")
        self.lab = subprocess.Popen(
            [
                sys.executable, "-m", "exchange_lab", "--topology", "contoso",
                "--folder", str(self.folder / "lab"), "--speed", str(self.speed), "--seed", str(self.seed),
                "--write-inventory", str(self.inventory), "--control-file", str(self.control_file),
                *(f"--fault={fault}" for fault in self.faults),
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT
        while not self.control_file.exists():
            if self.lab.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The lab did not start; see {log.name}")
            time.sleep(0.05)
        self.control = Client.of(self.control_file)

    def playbook(self, name: str, **variables: Any) -> int:
        """Run a shipped playbook as a user would; return its exit status.

        If one stops at a fault, its cause is mended, and the same command goes on.
        """
        variables["dialtone_evidence"] = str(self.evidence)
        bin_folder = Path(sys.executable).parent
        command = [
            "ansible-playbook", f"dialtone.exchange.{name}",
            "-i", str(self.inventory), "-e", json.dumps(variables),
        ]  # fmt: skip
        environment = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}

        def run() -> int:
            self.say(f"$ {shlex.join(command)}")
            return subprocess.call([str(bin_folder / command[0]), *command[1:]], env=environment)

        status = run()
        if status and self.faults:
            self.control.lift()
            self.say("It stopped. What failed is mended now; the same command again")
            status = run()
        return status

    def finish(self) -> dict[str, Any]:
        """Stop the flow, let the queues deliver, and look for every message."""
        control = self.control
        control.lift()
        control.mark("end")
        control.sleep(120)
        control.stop_mail_flow()
        control.drain()
        return control.audit()

    def stop_lab(self) -> None:
        """End the lab process; its files stay."""
        if self.lab is not None:
            self.lab.terminate()
            self.lab.wait(10)
