# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module both ways: by its action plugin on the controller, and alone on a jump host.

One recovery, step by step, in two labs of the same seed. The results and the warnings have to be the
same, but for what no two runs have in common: identifiers, moments and durations.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange_lab.lab import Lab

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
BASE = "D:\\DialTone\\DB01"
RUN = "20261122-120000"
TMP = "{{ evidence }}"

Step = tuple[str, dict[str, Any]]
REFUSED: Step = ("recovery_info", {"failed_database": "DB*"})

# (module, arguments) of a whole recovery, for real, and the first of each module before in check
# mode. A new module needs a step.
STEPS: list[Step] = [
    ("connection_info", {}),
    ("environment_info", {}),
    ("recovery_claim", {"failed_database": "DB01", "recovery_root": "D:\\DialTone", "renewal": 1}),
    ("recovery_info", {"failed_database": "DB01", "restore_folder": "E:\\Restore\\DB01"}),
    REFUSED,
    (
        "client_info",
        {
            "databases": ["DB01"],
            "from_server": "MBX1",
            "to_server": "MBX2",
            "protocols": ["pop"],
            "csv": f"{TMP}/clients.csv",
        },
    ),
    (
        "wbadmin_restore",
        {
            "failed_database": "DB01",
            "restore_folder": "E:\\Restore\\WB",
            "version": "{{ version }}",
        },
    ),
    ("mail_queue", {"database": "DB01"}),
    ("database_files", {"state": "preserved", "failed_database": "DB01"}),
    (
        "dial_tone_database",
        {"failed_database": "DB01", "recovery_root": "D:\\DialTone", "run_id": RUN},
    ),
    (
        "mailbox_configuration",
        {
            "source_database": "DB01",
            "target_database": "DB01-DT",
            "ledger": f"{TMP}/ledger.json",
        },
    ),
    ("mail_queue", {"state": "resubmitted", "database": "DB01", "wait_timeout": 60}),
    (
        "database_files",
        {"state": "restored", "failed_database": "DB01", "restore_folder": "E:\\Restore\\DB01"},
    ),
    (
        "recovery_database",
        {
            "name": "DB01-Restored",
            "edb_path": f"{BASE}\\restored\\DB01.edb",
            "log_folder": f"{BASE}\\restored\\rdb-logs",
            "state": "mounted",
        },
    ),
    ("recovery_database", {"name": "DB01-Restored", "state": "absent"}),
    ("database_swap", {"failed_database": "DB01", "recovery_root": "D:\\DialTone"}),
    (
        "recovery_database",
        {
            "name": f"DB01-Merge-{RUN}",
            "edb_path": f"{BASE}\\swapped\\DB01-DT.edb",
            "log_folder": f"{BASE}\\swapped\\rdb-logs",
            "state": "mounted",
        },
    ),
    (
        "mailbox_restore_request",
        {
            "source_database": f"DB01-Merge-{RUN}",
            "target_database": "DB01-DT",
            "failed_database": "DB01",
            "recovery_root": "D:\\DialTone",
            "run_id": RUN,
            "ledger": f"{TMP}/ledger.json",
        },
    ),
]


def first(number: int) -> bool:
    """Whether the step is the first one of its module."""
    return STEPS[number][0] not in [module for module, _arguments in STEPS[:number]]


def test_every_module_has_a_step() -> None:
    assert sorted({module for module, _args in STEPS}) == MODULES


class Way:
    """One of the two ways, with a lab of its own after an incident."""

    def __init__(self, alone: bool, folder: Path) -> None:
        self.alone, self.folder = alone, folder
        folder.mkdir()
        self.record = folder / "record.jsonl"
        self.lab = Lab("tiny", folder / "lab", speed=600, seed=11, latency=False).start()
        control = self.lab.control
        control.send("all", 2)
        control.backup("DB01", "E:\\Restore\\DB01")
        self.version = control.windows_backup("MBX1")
        control.send("all", 3)
        control.break_database("DB01", "destroy_edb")
        control.send("all", 1)

    def start(self) -> subprocess.Popen[str]:
        account, port = self.lab.administrator, self.lab.endpoints["MBX1"]["http"]
        connection = {
            "user": account.name,
            "password": account.password,
            "auth": "ntlm",
            "port": port,
            "winrm_port": port,
        }
        if self.alone:
            host = {"host": "127.0.0.1", "server": "mbx1.tiny.lab"}
            extra = {"delegate_to": "jump"}
            own = {"exchange": {**host, **connection}}
            variables: dict[str, Any] = {}
        else:
            extra, own = {}, {}
            variables = {"ansible_host": "127.0.0.1"}
            variables |= {f"ansible_exchange_{name}": value for name, value in connection.items()}
        python = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        tasks = [
            {
                "name": f"{number} {module}{' check' if check else ''}",
                f"dialtone.exchange.{module}": {**arguments, **own},
                "check_mode": check,
                "diff": True,
                "ignore_errors": True,
                **extra,
            }
            for number, (module, arguments) in enumerate(STEPS)
            for check in ((True, False) if first(number) else (False,))
        ]
        evidence = {"evidence": str(self.folder / "evidence"), "version": self.version}
        play = {"hosts": "mbx1.tiny.lab", "gather_facts": False, "tasks": tasks, "vars": evidence}
        inventory = {"all": {"hosts": {"mbx1.tiny.lab": variables, "jump": python}}}
        (self.folder / "play.yml").write_text(yaml.safe_dump([play]))
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "DIALTONE_RECORD": str(self.record),
        }
        environment.pop("PYTHONPATH", None)
        return subprocess.Popen(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                "-i",
                "inventory.yml",
                "play.yml",
            ],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def results(self) -> list[dict[str, Any]]:
        """task, outcome (ok or failed) and result of every task."""
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        for line in lines:
            for key in CHANCE.get(line["task"].split()[1], ()):
                line["result"].pop(key, None)
            line["result"] = normal(line["result"], self.folder)
        return lines


# What depends on the moment, by module.
CHANCE = {
    "connection_info": ("clock_skew_seconds", "interpreter", "sessions"),
    "database_swap": ("outage_seconds",),
}
# Only the session process, which a module alone doesn't have, can renew a claim.
ALONE_ONLY = "The claim on DB01 is not renewed, since there is no session process"
# What the module's process, or ansible-core, adds to a result; warnings are compared as they are shown.
ADDED = ("invocation", "progress", "warnings", "exception", "_ansible_no_log", "ansible_facts")
RESULT = re.compile(r"(ok|changed|fatal|failed|skipping|TASK|PLAY|\.\.\.|---|\+\+\+|\[| )")
VARYING: list[tuple[str, str]] = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "GUID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?", "MOMENT"),
    (r"\b\d{8}-\d{6}\b", "MOMENT"),
    (r"\b\d\d-\d\d-\d{4}-\d\d-\d\d\b", "MOMENT"),
    (r"process [0-9a-f-]+", "process"),
    (r"Rand:\d+", "Rand"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\d\d/\d\d/\d{4}[- ]\d\d:\d\d(:\d\d(\.\d+)?)?", "MOMENT"),
]


def warnings(output: str, folder: Path) -> list[tuple[str, str]]:
    """(task, text) of each warning that was shown; some releases of ansible-core break its lines."""
    found: list[tuple[str, str]] = []
    task, open_ = "", False
    for line in output.splitlines():
        if line.startswith("TASK ["):
            task = line.partition("[")[2].partition("]")[0]
        if line.startswith("[WARNING]: "):
            found.append((task, line.partition(": ")[2]))
            open_ = True
        elif open_ and line and not RESULT.match(line):
            found[-1] = (task, f"{found[-1][1]} {line}")
        else:
            open_ = False
    return [(task, normal(text, folder)) for task, text in found]


def normal(value: Any, folder: Path) -> Any:
    if isinstance(value, dict):
        return {k: normal(v, folder) for k, v in value.items() if k not in ADDED}
    if isinstance(value, list):
        return [normal(item, folder) for item in value]
    if isinstance(value, str):
        value = value.replace(str(folder), "TMP")
        for pattern, word in VARYING:
            value = re.sub(pattern, word, value)
    return value


def test_both_ways_have_the_same_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # No queue is tried again by itself: its mail waits until the task that sends it on.
    monkeypatch.setattr("exchange_lab.transport.transport_server.RETRY_INTERVAL", 1e9)
    ways = [Way(alone, tmp_path / name) for alone, name in ((False, "action"), (True, "alone"))]
    outputs = [process.communicate(timeout=900)[0] for process in [way.start() for way in ways]]
    for way in ways:
        assert way.lab.sessions()["open"] == 0, way.alone
        way.lab.stop()
        assert way.lab.defects == []
    action, alone = (way.results() for way in ways)
    refused = [f"{STEPS.index(REFUSED)} {REFUSED[0]}"]
    for results, output in zip((action, alone), outputs, strict=True):
        assert len(results) == len(STEPS) + len(MODULES), output
        assert [r["task"] for r in results if r["outcome"] != "ok"] == refused, output
    for ours, theirs in zip(action, alone, strict=True):
        assert theirs == ours
    sent_on = next(n for n, step in enumerate(STEPS) if step[1].get("state") == "resubmitted")
    (result,) = (r["result"] for r in action if r["task"] == f"{sent_on} mail_queue")
    assert result["changed"] and result["resubmitted"] > 0
    shown, told = (warnings(o, w.folder) for o, w in zip(outputs, ways, strict=True))
    assert any("is missing; what else is left is kept" in text for _task, text in shown)
    assert [warning for warning in told if not warning[1].startswith(ALONE_ONLY)] == shown
    assert len(told) == len(shown) + 1
