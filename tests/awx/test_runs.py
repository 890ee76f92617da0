# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates as AWX runs them: their wrappers by ansible-runner, with the surveys' defaults and answers, on a lab.

make test goes through those of same_server one by one, and the plans for a lost server; make thorough launches every template
as it is clicked, walks the three workflows, and gives every answer that a survey doesn't need.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import jq
import pytest
import yaml
from awx_data import AWX, ROOT, controller, templates, workflows
from incidents import changing_calls, lose, lose_server_for_good, prove_nothing_lost

from exchange_lab.lab import Lab

TEMPLATES = templates()
PREFIX = "Exchange dial tone: "
SPEED = 300.0  # simulated seconds per second
SEED = 7


@dataclass
class Job:
    """What AWX has of a job: its status, and the events with the moment at which each came."""

    status: str
    events: list[dict[str, Any]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    @property
    def output(self) -> str:
        return "\n".join(event.get("stdout", "") for event in self.events)

    def times(self, wanted: Callable[[dict[str, Any]], bool]) -> list[float]:
        """The moments of those events."""
        pairs = zip(self.events, self.moments, strict=True)
        return [moment for event, moment in pairs if wanted(event)]

    def task(self, name: str, event: str) -> float:
        """The moment of the first such event of a task whose name begins so."""
        return self.times(lambda e: e["event"] == event and e["event_data"]["task"].startswith(name))[0]

    def nodes(self) -> set[str]:
        """The hosts that the controller counts besides those of the inventory, as it asks jq for them."""
        queries = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text("utf-8"))
        return {
            node["canonical_facts"]["host_name"]
            for event in self.events
            if "res" in event["event_data"] and event["event_data"]["resolved_action"] in queries
            for node in jq.compile(queries[event["event_data"]["resolved_action"]]["query"])
            .input_value(event["event_data"]["res"])
            .all()
        }

    @property
    def changed(self) -> int:
        (stats,) = (event for event in self.events if event["event"] == "playbook_on_stats")
        return sum(stats["event_data"]["changed"].values())


class Controller:
    """Launches templates on a lab as the controller does, with the files of the repository."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        inventory = folder / "inventory.yml"
        lab.write_inventory(inventory)
        data = yaml.safe_load(inventory.read_text("utf-8"))
        group = data["all"]["children"]["exchange"]["vars"]
        # the account comes from the credential, by the environment
        self._account = {
            "EXCHANGE_USER": group.pop("ansible_user"),
            "EXCHANGE_PASSWORD": group.pop("ansible_password"),
        }
        data["all"]["vars"] = controller("inventories")[0]["variables"]
        self._inventory = folder / "awx-inventory.yml"
        self._inventory.write_text(yaml.safe_dump(data), "utf-8")

    def launch(self, name: str, job_type: str | None = None, **answers: Any) -> Job:
        """Run a template to its end. Answers are as a person types them; AWX refuses what the survey doesn't ask."""
        template = TEMPLATES[PREFIX + name]
        spec = {asked["variable"]: asked for asked in template["survey_spec"]["spec"]}
        assert set(answers) <= set(spec), f"{name} doesn't ask for {set(answers) - set(spec)}"
        assert job_type is None or template["ask_job_type_on_launch"]
        given = {
            variable: asked["default"]
            for variable, asked in spec.items()
            if asked["type"] != "multiselect"
        }
        given |= answers
        missing = [
            one for one, asked in spec.items() if asked["required"] and given.get(one) in ("", None)
        ]
        assert not missing, f"{name}: AWX wants an answer for {missing}"
        fixed = dict(template.get("extra_vars", {}))
        if "dialtone_evidence" in fixed:
            fixed["dialtone_evidence"] = str(self._folder / "evidence")
        arguments = [f"--forks {template['forks']}"]
        arguments += ["--check"] if (job_type or template["job_type"]) == "check" else []
        arguments += ["--diff"] if template.get("diff_mode") else []
        job = Job("")

        def note(event: dict[str, Any]) -> bool:
            job.events.append(event)
            job.moments.append(time.monotonic())
            return True

        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._folder))
        runner = ansible_runner.run(
            private_data_dir=str(folder),
            project_dir=str(AWX / "project"),
            playbook=template["playbook"],
            inventory=str(self._inventory),
            extravars={**fixed, **given},
            cmdline=" ".join(arguments),
            envvars={
                **self._account,
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(self._folder / "ansible-home"),
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            },
            event_handler=note,
            quiet=True,
            timeout=300,
        )
        job.status = runner.status
        secret = self._account["EXCHANGE_PASSWORD"]
        for event in job.events:
            assert secret not in str(event), f"{name}: a secret in {event['event']}"
        return job

    def succeed(self, name: str, job_type: str | None = None, **answers: Any) -> Job:
        """As launch(), and it must end well."""
        job = self.launch(name, job_type, **answers)
        assert job.status == "successful", job.output
        return job


@pytest.fixture
def open_controller(tmp_path: Path) -> Iterator[Callable[[str], tuple[Lab, Controller]]]:
    """A lab and a controller; the lab is stopped at the end."""
    labs: list[Lab] = []

    def start(topology: str) -> tuple[Lab, Controller]:
        lab = Lab(topology, tmp_path / "lab", speed=SPEED, seed=SEED)
        lab.start()
        labs.append(lab)
        return lab, Controller(lab, tmp_path)

    yield start
    for lab in labs:
        lab.stop()
        assert not lab.defects, lab.defects


def walk(
    lab: Lab,
    awx: Controller,
    option: str,
    answers: dict[str, Any],
    before: dict[str, Callable[[], object]] | None = None,
) -> None:
    """The workflow of an option, node by node, as its data says. before: gate -> what people do before they open it."""
    (flow,) = (one for one in workflows() if one["name"] == f"{PREFIX}{option} - workflow")
    nodes = {node["identifier"]: node for node in flow["simplified_workflow_nodes"]}
    name = "preflight"
    while name:
        node = nodes[name]
        if "approval_node" in node:
            (before or {}).get(name, lambda: None)()
        else:
            template = node["unified_job_template"]
            asked = {one["variable"] for one in TEMPLATES[template]["survey_spec"]["spec"]}
            passed = {**answers, **node.get("extra_data", {})}
            sent = len(changing_calls(lab))
            job = awx.succeed(
                template.removeprefix(PREFIX),
                node.get("job_type"),
                **{key: value for key, value in passed.items() if key in asked},
            )
            reads = name in ("preflight", "verify")
            assert (len(changing_calls(lab)) == sent) == reads, job.output
        (name,) = node.get("success_nodes", [""])


def test_the_templates_of_same_server_from_the_plan_to_the_end(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    """Gates are looked at anew, what waits fails its job, users stay on dial tone; then the workflow goes on."""
    lab, awx = open_controller("tiny")
    lose(lab, "DB01")
    one = {"dialtone_failed_databases": "DB01\n"}
    folder = {**one, "dialtone_restore_folder": "E:/Restore/{database}"}
    assert (
        "Do the account's roles grant Set-Mailbox -Database?"
        in awx.succeed("verify environment").output
    )

    # the default click is a rehearsal, of a stage as of the whole
    assert awx.succeed("same server - dial_tone", **folder).changed > 0
    assert awx.succeed("same server", **folder).changed > 0
    assert changing_calls(lab) == []

    # the swap is asked for before there is anything to swap: it stops behind the dial tone, and its job fails
    early = awx.launch("same server - swap", "run", **one)
    assert early.status == "failed"
    assert (
        "Not as far as asked: DB01: users work in DB01-DT; waits for dialtone_restore_folder"
        in early.output
    )
    assert lab.control.status()["databases"]["DB01-DT"]["mounted"]

    # a gate was not opened: the evidence says how to go on, and the users stay where they are
    evidence = awx.succeed("status", **one)
    assert "stage dial_tone; users are in DB01-DT" in evidence.output
    # merge without an approved swap does not swap
    unapproved = awx.launch("same server - merge", "run", **folder)
    assert unapproved.status == "failed" and "waits for dialtone_approve_swap" in unapproved.output
    assert "stage restored; users are in DB01-DT" in awx.succeed("status", **one).output

    awx.succeed("same server - swap", "run", **folder)
    merge = awx.succeed("same server - merge", "run", **folder)
    lines = merge.times(lambda event: " .. [" in event.get("stdout", ""))
    began = merge.task("Merge every mailbox", "playbook_on_task_start")
    ended = merge.task("Merge every mailbox", "runner_on_ok")
    at_work = [moment for moment in lines if began < moment < ended]
    assert len(at_work) > 1, merge.output
    # while the task is at work, not in one burst at its end
    assert at_work[0] < began + (ended - began) / 2 and at_work[-1] - at_work[0] > 0.1, merge.output
    awx.succeed("same server - close", "run", **folder)
    assert "stage closed" in awx.succeed("status", **one, dialtone_expected_stage="closed").output
    prove_nothing_lost(lab)


LOST_SERVER = {
    "dialtone_failed_databases": "DB01",
    "dialtone_alternate_server": "MBX2",
    "dialtone_restore_folder": r"E:\Restore\{database}",
}


def test_the_plans_for_a_lost_server(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    lab, awx = open_controller("pair")
    lose_server_for_good(lab)
    for option in ("alternate server", "stay on alternate"):
        plan = awx.succeed(f"{option} - plan", **LOST_SERVER)
        assert plan.changed > 0 and "New-MailboxDatabase" in plan.output
        assert plan.nodes() == {"mbx2.pair.lab"}
    assert changing_calls(lab) == []


@pytest.mark.thorough
def test_every_template_as_it_is_clicked(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    """With its own kind of job, which changes nothing: it plans, or says what it waits for."""
    lab, awx = open_controller("pair")
    lose_server_for_good(lab)
    for name, template in TEMPLATES.items():
        asked = {one["variable"] for one in template["survey_spec"]["spec"]}
        answers = {key: value for key, value in LOST_SERVER.items() if key in asked}
        job = awx.launch(name.removeprefix(PREFIX), **answers)
        if job.status != "successful":
            waits = "Not as far as asked" in job.output and "waits for" in job.output
            # its server is gone, so that nothing can be recovered on it
            refused = "alternate" not in name and "can not be reached" in job.output
            assert waits or refused, (name, job.output)
    assert changing_calls(lab) == []


@pytest.mark.thorough
def test_the_workflow_of_same_server(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    lab, awx = open_controller("tiny")
    lose(lab, "DB01")
    answers = {"dialtone_failed_databases": "DB01", "dialtone_restore_folder": "E:/Restore/{database}"}
    walk(lab, awx, "same server", answers)
    closed = awx.succeed("status", dialtone_failed_databases="DB01", dialtone_expected_stage="closed")
    assert "stage closed" in closed.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_a_job_with_every_answer_that_is_not_needed(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    """As AWX passes them on: numbers as numbers, several choices as a list, everything else as text."""
    lab, awx = open_controller("tiny")
    lose(lab, "DB01")
    spec = {one["variable"]: one for one in TEMPLATES[f"{PREFIX}same server"]["survey_spec"]["spec"]}
    overrides = spec["dialtone_override"]["choices"]
    answers = {
        "dialtone_failed_databases": "DB01",
        "dialtone_restore_folder": "E:/Restore/{database}",
        "dialtone_restore_method": "folder",
        "dialtone_wbadmin_version": "11/21/2026-22:00",
        "dialtone_restore_wait": 90,  # files count as complete when they rest for 60 s
        "dialtone_method": "in_place",
        "dialtone_override": overrides if isinstance(overrides, list) else overrides.split("\n"),
        "dialtone_take_over": "true",
        "dialtone_until": "close",
        "dialtone_approve_swap": "DB01",
        "dialtone_approve_merge": "DB01",
    }
    assert set(answers) == set(spec)
    job = awx.succeed("same server", "run", **answers)
    assert "stage closed" in awx.succeed("status", dialtone_failed_databases="DB01").output, job.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_the_workflow_of_stay_on_alternate(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    lab, awx = open_controller("pair")
    lose_server_for_good(lab)
    walk(lab, awx, "stay on alternate", LOST_SERVER)
    assert (
        "stage closed"
        in awx.succeed(
            "status", dialtone_failed_databases="DB01", dialtone_alternate_server="MBX2"
        ).output
    )


@pytest.mark.thorough
def test_the_workflow_of_alternate_server_with_its_gate_for_the_rebuilt_server(
    open_controller: Callable[[str], tuple[Lab, Controller]],
) -> None:
    lab, awx = open_controller("pair")
    lose_server_for_good(lab)
    rebuild = {"gate_rebuilt": lambda: lab.control.rebuild_server("MBX1", disks="kept")}
    walk(lab, awx, "alternate server", LOST_SERVER, rebuild)
    assert (
        "stage closed; users are in DB01"
        in awx.succeed(
            "status", dialtone_failed_databases="DB01", dialtone_alternate_server="MBX2"
        ).output
    )
    prove_nothing_lost(lab)
