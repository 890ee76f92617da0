# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use an installed collection, and nothing of the work tree but the lab: installed.py COLLECTIONS FOLDER

ansible-doc of every plugin and role; then same_server against a lab, first as a rehearsal (--check --diff), then the
whole recovery, after which each message that was ever sent must be in its mailbox once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from exchange_lab.lab import Lab

COLLECTION = "dialtone.exchange"
LAB_SPEED = 120.0  # simulated seconds per second
DATABASE, RESTORED = "DB01", r"E:\Restore\DB01"


def run(*command: str, environment: dict[str, str]) -> str:
    """Run a command; return what it printed, or end with all of it if it failed."""
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    # ansible-doc passes over a page that it can't read with a warning; 2.21 warns of a part of its own, too
    warnings = ["".join(one.split()) for one in done.stderr.split("[WARNING]:")[1:]]
    warned = command[0] == "ansible-doc" and any("/_protomatter" not in one for one in warnings)
    if done.returncode or warned:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def modules_and_roles(installed: Path) -> dict[str, set[str]]:
    """Names by kind, as the files say."""
    plugins = installed / "plugins"
    return {
        "module": {path.stem for path in plugins.glob("modules/*.py")},
        "connection": {path.stem for path in plugins.glob("connection/*.py")},
        "filter": {path.stem for path in plugins.glob("filter/*.py")},
        "role": {path.name for path in installed.glob("roles/*")},
    }


def describe(installed: Path, environment: dict[str, str]) -> None:
    """Each plugin and role has a page; what has none is an error."""
    for kind, names in modules_and_roles(installed).items():
        assert names or kind == "connection", f"no {kind} in {installed}"
        full = sorted(f"{COLLECTION}.{name}" for name in names)
        pages = run("ansible-doc", "-t", kind, "--json", *full, environment=environment)
        described = set(json.loads(pages))
        assert described == set(full), f"{kind}: {set(full) ^ described} without a page"
        print(f"ansible-doc: {len(full)} of kind {kind}")


def recover(folder: Path, environment: dict[str, str]) -> None:
    """The plan of a recovery, which sends nothing that changes; then the recovery."""
    lab = Lab("tiny", folder / "servers", speed=LAB_SPEED, seed=1)
    lab.start()
    try:
        control = lab.control
        control.start_mail_flow(messages_per_hour_per_mailbox=4)
        control.send("all", 1)
        control.backup(DATABASE, RESTORED)
        control.send("all", 1)
        control.break_database(DATABASE, "destroy_edb")
        inventory = folder / "inventory.yml"
        lab.write_inventory(inventory)
        extra = {
            "dialtone_failed_databases": [DATABASE],
            "dialtone_restore_folder": RESTORED,
            "dialtone_approve_swap": [DATABASE],
            "dialtone_evidence": str(folder / "evidence"),
        }
        command = [
            "ansible-playbook",
            f"{COLLECTION}.same_server",
            "-i",
            str(inventory),
            "-e",
            json.dumps(extra),
        ]
        said = run(*command, "--check", "--diff", environment=environment)
        assert f"{DATABASE}-DT" in said, said  # the plan names the dial tone database
        assert not control.calls(changing=True)
        print("same_server --check --diff: a plan, and no call that changes")
        run(*command, environment=environment)
        control.stop_mail_flow()
        control.drain()
        audit = control.audit()
        wrong = {
            name: audit[name] for name in ("lost", "doubled", "bounced", "queued") if audit[name]
        }
        assert audit["accepted"] and not wrong, wrong
        print(f"same_server: {audit['accepted']} messages, none lost, none doubled")
    finally:
        lab.stop()


def main() -> int:
    """Describe, then recover."""
    collections, folder = (Path(argument).resolve() for argument in sys.argv[1:3])
    installed = collections / "ansible_collections" / COLLECTION.replace(".", "/")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
    }
    describe(installed, environment)
    recover(folder, environment)
    return 0


if __name__ == "__main__":
    sys.exit(main())
