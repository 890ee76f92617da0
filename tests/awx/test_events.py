# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook: its shape always; where ansible-rulebook is installed, real alerts against a controller that listens."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import ansiblelint
import jsonschema
import pytest
from awx_data import ROOT, load, templates, tool

RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "database_failures.yml"
PLAN = "Exchange dial tone: same server - plan"
TOKEN = "monitoring-7f3a"


def test_it_keeps_the_schema_and_starts_what_only_reads() -> None:
    schema = Path(ansiblelint.__file__).with_name("schemas") / "rulebook.json"
    rulebook = load(RULEBOOK)
    validator = jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8")))
    validator.validate(rulebook)
    assert list(validator.iter_errors([{**rulebook[0], "rules": "none"}]))
    (rule,) = rulebook[0]["rules"]
    assert rule["throttle"]["once_within"] and rule["throttle"]["group_by_attributes"]
    (action,) = rule["action"]
    assert action == "run_job_template"
    assert PLAN in rule["action"][action]["name"]
    plan = templates()[PLAN]
    assert plan["job_type"] == "check" and not plan.get("ask_job_type_on_launch")
    asked = {one["variable"] for one in plan["survey_spec"]["spec"]}
    assert set(rule["action"][action]["job_args"]["extra_vars"]) <= asked


class FakeController(BaseHTTPRequestHandler):
    """Has the one template, and notes what is launched."""

    launched: list[dict[str, Any]] = []

    def do_GET(self) -> None:
        one = {
            "id": 7, "type": "job_template", "name": PLAN, "related": {"launch": "/api/v2/job_templates/7/launch/"},
            "summary_fields": {"organization": {"name": "Default"}},
            **{f"ask_{what}_on_launch": False for what in ("limit", "labels", "inventory", "variables")},
        }  # fmt: skip
        job = {
            "id": 1,
            "url": "/api/v2/jobs/1/",
            "status": "successful",
            "artifacts": {},
            "created": "now",
        }
        if "unified_job_templates" in self.path:
            self._answer({"results": [one], "next": None})
        elif "jobs" in self.path:
            self._answer({**job, "results": [job], "next": None})
        else:
            self._answer({"version": "24.6.1"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        self.launched.append({"path": self.path, **body})
        self._answer({"id": 1, "url": "/api/v2/jobs/1/", "status": "pending"}, 201)

    def _answer(self, data: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def controller_url() -> Iterator[str]:
    FakeController.launched = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeController)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def alert(port: int, token: str = TOKEN, **payload: str) -> int:
    """POST it; the HTTP status, 0 while nobody listens."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        json.dumps(payload).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def until(condition: Any, seconds: float = 90) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(condition())


@pytest.mark.thorough
@pytest.mark.skipif(
    tool("ansible-rulebook") is None, reason="ansible-rulebook (and Java 17) is not installed"
)
def test_alerts_start_one_plan_a_database(controller_url: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = tmp_path / "vars.yml"
    variables.write_text(
        json.dumps({"dialtone_webhook_port": port, "dialtone_webhook_token": TOKEN}), "utf-8"
    )
    command = [
        str(tool("ansible-rulebook")), "-r", str(RULEBOOK), "-e", str(variables), "-v",
        "--controller-url", controller_url, "--controller-token", "secret",
    ]  # fmt: skip
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=log, env={**os.environ, "PATH": path}
        )
        try:
            assert until(lambda: alert(port, alert="heartbeat") == 200), (
                tmp_path / "log"
            ).read_text()
            assert alert(port, token="wrong", alert="copy_failed", database="DB09") == 401
            for name in ("DB*", "{{ 7 * 7 }}", "DB01,DB02", "x" * 65):
                alert(port, alert="copy_failed", database=name)
            alert(port, alert="database_mounted", database="DB08")
            for _again in range(3):
                alert(port, alert="database_dismounted", database="DB01")
            alert(port, alert="copy_failed", database="Mailbox Database 02")
            launched = FakeController.launched
            assert until(lambda: len(launched) >= 2), (tmp_path / "log").read_text()
            time.sleep(1)  # for what must not come
        finally:
            process.terminate()
            process.wait(20)
    assert [one["extra_vars"] for one in launched] == [
        {"dialtone_failed_databases": "DB01"},
        {"dialtone_failed_databases": "Mailbox Database 02"},
    ]
    assert {one["path"] for one in launched} == {"/api/v2/job_templates/7/launch/"}
