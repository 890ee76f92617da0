# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same objects in the shape that `awx export` writes and `awx import` reads (ecosystem.md 5.2).

References are natural keys, what belongs to an object is under `related`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Key = dict[str, Any]
_TEMPLATE = (
    "name", "description", "job_type", "playbook", "forks", "timeout", "allow_simultaneous",
    "survey_enabled", "diff_mode", "ask_job_type_on_launch",
)  # fmt: skip


def build(objects: Mapping[str, list[dict[str, Any]]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the project's sync needs, and what needs the synced project: two files, imported in this order."""
    organization: Key = {
        "name": objects["controller_projects"][0]["organization"],
        "type": "organization",
    }
    base = {
        "credential_types": [
            _credential_type(kind) for kind in objects["controller_credential_types"]
        ],
        "credentials": [
            _credential(one, organization) for one in objects["controller_credentials"]
        ],
        "projects": [_project(one, organization) for one in objects["controller_projects"]],
        "inventory": [_inventory(one, organization) for one in objects["controller_inventories"]],
        "execution_environments": [
            _environment(one, organization) for one in objects["controller_execution_environments"]
        ],
    }
    kinds = {one["name"]: one["credential_type"] for one in objects["controller_credentials"]}
    templates = {
        "job_templates": [
            _job_template(one, organization, kinds) for one in objects["controller_templates"]
        ],
        "workflow_job_templates": [
            _workflow(one, organization) for one in objects["controller_workflows"]
        ],
    }
    return base, templates


def _key(kind: str, name: str, organization: Key | None) -> Key:
    return {**({"organization": organization} if organization else {}), "name": name, "type": kind}


def _credential_type(kind: dict[str, Any]) -> dict[str, Any]:
    return {
        **kind,
        "natural_key": {"name": kind["name"], "kind": kind["kind"], "type": "credential_type"},
    }


def _credential_key(name: str, kind: str, organization: Key) -> Key:
    type_key = {"name": kind, "kind": "cloud", "type": "credential_type"}
    return {
        "organization": organization,
        "name": name,
        "credential_type": type_key,
        "type": "credential",
    }


def _credential(one: dict[str, Any], organization: Key) -> dict[str, Any]:
    key = _credential_key(one["name"], one["credential_type"], organization)
    return {
        "name": one["name"],
        "description": one["description"],
        "organization": organization,
        "credential_type": key["credential_type"],
        "inputs": {},
        "natural_key": key,
    }


def _project(one: dict[str, Any], organization: Key) -> dict[str, Any]:
    kept = {key: value for key, value in one.items() if key != "wait"}
    return {
        **kept,
        "organization": organization,
        "natural_key": _key("project", one["name"], organization),
    }


def _inventory(one: dict[str, Any], organization: Key) -> dict[str, Any]:
    return {
        **one,
        "organization": organization,
        "variables": json.dumps(one["variables"]),
        "natural_key": _key("inventory", one["name"], organization),
    }


def _environment(one: dict[str, Any], organization: Key) -> dict[str, Any]:
    return {
        **one,
        "organization": organization,
        "natural_key": _key("execution_environment", one["name"], None),
    }


def _related(one: dict[str, Any], organization: Key, **more: Any) -> dict[str, Any]:
    return {
        "labels": [{"name": name, "organization": organization} for name in one["labels"]],
        "survey_spec": _survey(one["survey_spec"]),
        **more,
    }


def _survey(survey: dict[str, Any]) -> dict[str, Any]:
    """AWX keeps choices as lines of a text in older releases, and takes lists in newer ones; both read lines."""
    spec = [
        {**asked, "choices": "\n".join(asked["choices"])} if "choices" in asked else asked
        for asked in survey["spec"]
    ]
    return {**survey, "spec": spec}


def _job_template(
    one: dict[str, Any], organization: Key, kinds: Mapping[str, str]
) -> dict[str, Any]:
    """kinds: credential -> name of its type."""
    credentials = [_credential_key(name, kinds[name], organization) for name in one["credentials"]]
    return {
        **{key: one[key] for key in _TEMPLATE if key in one},
        "organization": organization,
        "extra_vars": json.dumps(one.get("extra_vars", {})),
        "project": _key("project", one["project"], organization),
        "inventory": _key("inventory", one["inventory"], organization),
        "execution_environment": _key("execution_environment", one["execution_environment"], None),
        "related": _related(one, organization, credentials=credentials, schedules=[]),
        "natural_key": _key("job_template", one["name"], organization),
    }


def _workflow(one: dict[str, Any], organization: Key) -> dict[str, Any]:
    key = _key("workflow_job_template", one["name"], organization)
    nodes = [_node(node, key, organization) for node in one["simplified_workflow_nodes"]]
    return {
        "name": one["name"],
        "description": one["description"],
        "organization": organization,
        "allow_simultaneous": one["allow_simultaneous"],
        "survey_enabled": one["survey_enabled"],
        "related": _related(one, organization, workflow_nodes=nodes, schedules=[]),
        "natural_key": key,
    }


def _node(node: dict[str, Any], workflow: Key, organization: Key) -> dict[str, Any]:
    def keys(edge: str) -> list[Key]:
        return [_node_key(name, workflow) for name in node.get(edge, ())]

    related: dict[str, Any] = {
        edge: keys(edge) for edge in ("success_nodes", "failure_nodes", "always_nodes")
    }
    exported: dict[str, Any] = {
        "identifier": node["identifier"],
        "all_parents_must_converge": False,
        "extra_data": node.get("extra_data", {}),
        "job_type": node.get("job_type"),
        "workflow_job_template": workflow,
        "related": related,
        "natural_key": _node_key(node["identifier"], workflow),
    }
    if "approval_node" in node:
        related["create_approval_template"] = node["approval_node"]
    else:
        exported["unified_job_template"] = _key(
            "job_template", node["unified_job_template"], organization
        )
    return exported


def _node_key(identifier: str, workflow: Key) -> Key:
    return {
        "workflow_job_template": workflow,
        "identifier": identifier,
        "type": "workflow_job_template_node",
    }
