# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal`: lose a database, recover it with the shipped playbook, account for every message.

The exit status is 0 only if the playbook succeeded and no message was lost, doubled or bounced.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from exchange_lab.control import Client
from rehearsal.summary import Facts, summary

DATABASE = "DB01"
RESTORE_FOLDER = rf"E:\Restore\{DATABASE}"
START_TIMEOUT = 30.0  # wall seconds until the lab listens


class Rehearsal:
    """One rehearsal in `folder`: the lab's files, the inventory, ledger and journal all lie there."""

    def __init__(self, folder: Path, speed: float, seed: int) -> None:
        self.folder, self.speed, self.seed = folder, speed, seed
        self.inventory = folder / "lab" / "inventory.yml"
        self.control_file = folder / "lab" / "control.json"
        self.evidence = folder / "evidence"
        self.lab: subprocess.Popen[bytes] | None = None
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """One line of the rehearsal's own story, with the wall time since its start."""
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def start_lab(self) -> Client:
        """Start the lab as a process of its own and wait until its control interface answers."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "lab").mkdir(parents=True)
        log = (self.folder / "lab.log").open("wb")
        self.lab = subprocess.Popen(
            [
                sys.executable, "-m", "exchange_lab", "--topology", "contoso",
                "--folder", str(self.folder / "lab"), "--speed", str(self.speed), "--seed", str(self.seed),
                "--write-inventory", str(self.inventory), "--control-file", str(self.control_file),
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT
        while not self.control_file.exists():
            if self.lab.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The lab did not start; see {log.name}")
            time.sleep(0.05)
        access = json.loads(self.control_file.read_text("utf-8"))
        return Client(access["url"], access["token"])

    def incident(self, control: Client) -> None:
        """A backup, more mail, and the loss of the database file. The logs survive."""
        hosted = control.status()["databases"][DATABASE]["mailboxes"]
        self.say(f"{hosted} mailboxes live on {DATABASE}; mail flows to all of them, all the time")
        control.start_mail_flow(messages_per_hour_per_mailbox=6)
        control.sleep(180)
        control.backup(DATABASE, RESTORE_FOLDER)
        self.say(
            f"Backup of {DATABASE} taken; the backup software will restore it to {RESTORE_FOLDER}"
        )
        control.sleep(180)
        control.break_database(DATABASE, "destroy_edb")
        control.mark("failure")
        self.say(f"{DATABASE} is gone: its .edb is destroyed, its logs survive")

    def playbook(self) -> int:
        """Run the shipped playbook as a user would, all stages; return its exit status."""
        variables = {
            "dialtone_failed_databases": [DATABASE],
            "dialtone_restore_folder": RESTORE_FOLDER,
            "dialtone_approve_swap": [DATABASE],
            "dialtone_evidence": str(self.evidence),
        }
        command = [
            str(Path(sys.executable).parent / "ansible-playbook"), "dialtone.exchange.same_server",
            "-i", str(self.inventory), "-e", json.dumps(variables),
        ]  # fmt: skip
        self.say(
            "$ "
            + " ".join(command[:1] + command[1:]).replace(str(Path(command[0]).parent) + "/", "")
        )
        return subprocess.call(
            command, env={**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
        )

    def finish(self, control: Client) -> dict[str, Any]:
        """Stop the flow, let the queues deliver, and look for every message."""
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

    def run(self) -> int:
        """The whole rehearsal; 0 if nothing was lost."""
        print(
            f"Rehearsal on a simulated organisation. Its time runs {self.speed:g} times as fast: the controller's own\n"
            f"seconds count as {self.speed:g} simulated ones (SPEED=1 measures real figures). Seed {self.seed}.",
            flush=True,
        )
        try:
            control = self.start_lab()
            self.incident(control)
            status = self.playbook()
            audit = self.finish(control)
            facts = Facts(
                database=DATABASE,
                status=status,
                audit=audit,
                timeline=control.timeline(),
                calls=control.calls(),
                sessions=control.sessions(),
                wall_seconds=time.monotonic() - self.began,
                speed=self.speed,
                evidence=self.evidence / DATABASE,
                lab=self.folder / "lab",
            )
            print(summary(facts), flush=True)
            return 0 if facts.passed else 1
        finally:
            self.stop_lab()


def main() -> int:
    """Read the command line and rehearse."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("rehearsal"), help="emptied first")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds per second")
    parser.add_argument("--seed", type=int, default=1, help="of mail flow and latencies")
    arguments = parser.parse_args()
    return Rehearsal(arguments.folder.resolve(), arguments.speed, arguments.seed).run()


if __name__ == "__main__":
    sys.exit(main())
