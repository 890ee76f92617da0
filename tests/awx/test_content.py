# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data for AWX: as generated, complete in itself, and true to the playbooks' argument specifications."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx_data import AWX, PATTERN, PLAYBOOKS, ROOT, controller, load, options, templates, workflows

KINDS = {"bool": "multiplechoice", "int": "integer", "str": "text", "list": "textarea"}
TEMPLATES, WORKFLOWS = templates(), workflows()
NODES = {
    (workflow["name"], node["identifier"]): node
    for workflow in WORKFLOWS
    for node in workflow["simplified_workflow_nodes"]
}


def test_every_file_is_as_generated() -> None:
    run = subprocess.run(
        [sys.executable, str(AWX / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_change_of_the_source_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check before can fail."""
    monkeypatch.syspath_prepend(str(AWX))
    import generate

    monkeypatch.setattr(generate, "_HEADER", "# something else\n")
    assert "extensions/awx/project/same_server.yml: differs" in generate.differences()


def names(kind: str) -> set[str]:
    return {one["name"] for one in controller(kind)}


def test_there_is_a_template_for_every_playbook_and_a_wrapper_of_its_name() -> None:
    assert {template["playbook"] for template in TEMPLATES.values()} == {
        f"{name}.yml" for name in PLAYBOOKS
    }
    for folder in (AWX / "project", PATTERN / "playbooks"):
        for name in PLAYBOOKS:
            (play,) = load(folder / f"{name}.yml")
            assert play["ansible.builtin.import_playbook"] == f"dialtone.exchange.{name}"
    (pinned,) = load(AWX / "project" / "collections" / "requirements.yml")["collections"]
    galaxy = load(ROOT / "galaxy.yml")
    assert pinned == {
        "name": f"{galaxy['namespace']}.{galaxy['name']}",
        "version": galaxy["version"],
    }


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_template_refers_to_exists(name: str) -> None:
    template = TEMPLATES[name]
    assert template["project"] in names("projects")
    assert template["inventory"] in names("inventories")
    assert template["execution_environment"] in names("execution_environments")
    assert set(template["credentials"]) <= names("credentials")
    assert set(template["labels"]) <= names("labels")
    assert (AWX / "project" / template["playbook"]).is_file()
    assert set(template.get("extra_vars", {})) <= set(options(template["playbook"]))
    stage = template.get("extra_vars", {}).get("dialtone_until")
    assert stage is None or stage in options(template["playbook"])["dialtone_until"]["choices"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_default_click_changes_nothing(name: str) -> None:
    template = TEMPLATES[name]
    if template["playbook"] in ("status.yml", "verify_environment.yml"):
        return  # they only read
    assert template["job_type"] == "check"
    assert template["diff_mode"] is True
    assert template["allow_simultaneous"] is False
    assert template.get("ask_job_type_on_launch", False) == ("plan" not in name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_the_swap_approves_itself(name: str) -> None:
    fixed = TEMPLATES[name].get("extra_vars", {})
    assert ("dialtone_approve_swap" in fixed) == name.endswith("- swap")
    assert "dialtone_approve_merge" not in fixed


@pytest.mark.parametrize(
    ("playbook", "survey"),
    [(one["playbook"], one["survey_spec"]) for one in TEMPLATES.values()]
    + [(f"{name}.yml", one["survey_spec"]) for name, one in zip(
        ("same_server", "alternate_server", "stay_on_alternate"), WORKFLOWS, strict=True)],
)  # fmt: skip
def test_a_survey_asks_as_the_argument_specification_says(
    playbook: str, survey: dict[str, Any]
) -> None:
    assert survey["spec"]
    for asked in survey["spec"]:
        option = options(playbook)[asked["variable"]]
        expected = KINDS[option["type"]]
        if option.get("choices"):
            expected = "multiselect" if option["type"] == "list" else "multiplechoice"
            assert asked["choices"] == option["choices"]
        elif option["type"] == "bool":
            assert asked["choices"] == ["false", "true"]
        assert asked["type"] == expected, asked
        assert asked["required"] or not option.get("required"), asked
        assert "{{" not in asked["question_description"], "an answer takes no expressions"
        if option["type"] != "int":  # AWX takes texts only, but for numbers
            assert isinstance(asked["default"], str)
            assert not asked["default"] or asked["default"] in asked.get("choices", ()), asked
        elif not survey["name"].endswith("workflow"):
            assert asked["default"] == option["default"]


def test_every_node_and_edge_of_a_workflow_exists_and_gates_are_where_users_notice() -> None:
    for workflow in WORKFLOWS:
        nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
        chain, name = [], "preflight"
        while name:
            chain.append(name)
            (name,) = nodes[name].get("success_nodes", [""])
        rebuilt = ["gate_rebuilt"] if "alternate server: alternate" in workflow["name"] else []
        assert [one for one in chain if one != "gate_rebuilt"] == [
            "preflight", "gate_dial_tone", "dial_tone", "verify", "restore", "gate_swap", "swap", "merge", "close",
        ], rebuilt  # fmt: skip
        assert set(nodes) == {*chain, "evidence"}
        for node in nodes.values():
            assert ("approval_node" in node) != (node.get("unified_job_template") in TEMPLATES)
            assert node["identifier"] == "evidence" or node["failure_nodes"] == ["evidence"]
        for stage in ("dial_tone", "restore", "swap", "merge", "close"):
            template = TEMPLATES[nodes[stage]["unified_job_template"]]
            assert nodes[stage]["job_type"] == "run" and template["ask_job_type_on_launch"]
            assert template["extra_vars"]["dialtone_until"] == stage
            assert template["extra_vars"]["dialtone_fail_if_waiting"] is True
        assert TEMPLATES[nodes["preflight"]["unified_job_template"]]["job_type"] == "check"
        assert nodes["gate_swap"]["approval_node"]["timeout"] > 0


def test_a_node_gets_only_what_its_template_asks_for() -> None:
    """AWX drops other answers of the workflow, and a required one that is missing fails the launch."""
    for workflow in WORKFLOWS:
        answers = {asked["variable"] for asked in workflow["survey_spec"]["spec"]}
        for node in workflow["simplified_workflow_nodes"]:
            if "approval_node" in node:
                continue
            asked = {
                one["variable"]: one
                for one in TEMPLATES[node["unified_job_template"]]["survey_spec"]["spec"]
            }
            assert set(node.get("extra_data", {})) <= set(asked)
            assert {name for name, one in asked.items() if one["required"]} <= answers
            if "status" not in node["unified_job_template"]:
                # that is answered by who launches the merge alone, not ahead of a whole workflow
                assert set(asked) - {"dialtone_approve_merge"} == answers


def test_secrets_are_in_the_environment_only() -> None:
    (account, kerberos) = controller("credential_types")
    secret = {field["id"] for field in account["inputs"]["fields"] if field.get("secret")}
    assert secret == {"password"}
    assert "extra_vars" not in account["injectors"] and "extra_vars" not in kerberos["injectors"]
    for name in account["injectors"]["env"] | kerberos["injectors"]["env"]:
        assert not name.startswith("ANSIBLE_") and name not in ("PATH", "PYTHONPATH", "JOB_ID")
    for credential in controller("credentials"):
        assert credential["inputs"] == {} and credential["update_secrets"] is False
        assert credential["credential_type"] in names("credential_types")
    (inventory,) = controller("inventories")
    assert "EXCHANGE_PASSWORD" in inventory["variables"]["ansible_exchange_password"]


def test_expressions_are_for_the_controller() -> None:
    """Who loads the variables must not evaluate them."""
    for path in (AWX / "aap_configuration").glob("*.yml"):
        for line in path.read_text("utf-8").splitlines():
            assert "{{" not in line or "!unsafe" in line, f"{path.name}: {line}"


def test_the_export_has_the_same_objects_with_natural_keys() -> None:
    base, late = (
        json.loads((AWX / "export" / f"{number}-{moment}-the-project-sync.json").read_text("utf-8"))
        for number, moment in ((1, "before"), (2, "after"))
    )
    assert {one["name"] for one in late["job_templates"]} == set(TEMPLATES)
    keys = {
        json.dumps(one["natural_key"], sort_keys=True)
        for kind in (*base.values(), *late.values())
        for one in kind
    }
    nodes = [
        node for one in late["workflow_job_templates"] for node in one["related"]["workflow_nodes"]
    ]
    known = keys | {json.dumps(node["natural_key"], sort_keys=True) for node in nodes}

    def known_key(key: dict[str, Any]) -> bool:
        return json.dumps(key, sort_keys=True) in known

    for one in late["job_templates"]:
        assert all(
            known_key(one[name]) for name in ("project", "inventory", "execution_environment")
        )
        assert all(known_key(key) for key in one["related"]["credentials"])
        assert json.loads(one["extra_vars"]) == TEMPLATES[one["name"]].get("extra_vars", {})
    for node in nodes:
        edges = [
            key for edge in ("success_nodes", "failure_nodes") for key in node["related"][edge]
        ]
        assert all(known_key(key) for key in edges)
        assert ("create_approval_template" in node["related"]) != known_key(
            node.get("unified_job_template", {})
        )
    assert len(nodes) == len(NODES)


def test_the_pattern_keeps_the_published_rules() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(__file__).with_name("pattern.schema.json").read_text("utf-8"))
    pattern = json.loads((PATTERN / "meta" / "pattern.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(pattern)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**pattern, "name": "Dial-Tone"})
    assert pattern["name"] == PATTERN.name
    resources = pattern["aap_resources"]
    entries = resources["controller_job_templates"]
    assert [entry["playbook"] for entry in entries if entry["primary"]] == ["status.yml"]
    assert {entry["playbook"] for entry in entries} == {f"{name}.yml" for name in PLAYBOOKS}
    for entry in entries:
        assert (PATTERN / "playbooks" / entry["playbook"]).is_file()
        assert (
            entry["execution_environment"] == resources["controller_execution_environment"]["name"]
        )
        assert set(entry["labels"]) <= set(resources["controller_labels"])
    for name in PLAYBOOKS:
        copied = (PATTERN / "playbooks" / f"{name}.meta.yml").read_text("utf-8")
        assert yaml.safe_load(copied) == load(ROOT / "playbooks" / f"{name}.meta.yml")
