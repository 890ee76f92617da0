# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the controller, in the shape of infra.aap_configuration's variables (ecosystem.md 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awx_content.surveys import options, survey

Objects = list[dict[str, Any]]
_FAILED = "dialtone_failed_databases"
_APPROVE_MERGE = "dialtone_approve_merge"


def build(source: Mapping[str, Any], metas: Mapping[str, Any]) -> dict[str, Objects]:
    """Variable name -> its objects, in the order in which they are needed. metas: playbook -> NAME.meta.yml."""
    content = _Content(source, metas)
    return {
        "controller_labels": content.labels(),
        "controller_credential_types": content.credential_types(),
        "controller_credentials": content.credentials(),
        "controller_execution_environments": content.execution_environments(),
        "controller_projects": content.projects(),
        "controller_inventories": content.inventories(),
        "controller_templates": content.templates(),
        "controller_workflows": content.workflows(),
    }


class _Content:
    """source and metas with what all objects share."""

    def __init__(self, source: Mapping[str, Any], metas: Mapping[str, Any]) -> None:
        self._source, self._metas = source, metas
        self._organization = source["organization"]

    def _name(self, *parts: str) -> str:
        return ": ".join([self._source["prefix"], " - ".join(parts)])

    # -- what templates rest on

    def labels(self) -> Objects:
        return [
            {"name": name, "organization": self._organization} for name in self._source["labels"]
        ]

    def credential_types(self) -> Objects:
        return [self._credential_type(kind) for kind in self._source["credential_types"]]

    @staticmethod
    def _credential_type(kind: Mapping[str, Any]) -> dict[str, Any]:
        """AWX writes a file for the template `file.template.<id>`, and gives its path as `tower.filename.<id>`."""
        env = {name: f"{{{{ {field} }}}}" for name, field in kind.get("env", {}).items()}
        files = kind.get("files", {})
        env |= {name: f"{{{{ tower.filename.{field} }}}}" for name, field in files.items()}
        injectors: dict[str, Any] = {"env": env}
        if files:
            injectors["file"] = {
                f"template.{field}": f"{{{{ {field} }}}}" for field in files.values()
            }
        return {
            "name": kind["name"],
            "description": kind["description"],
            "kind": "cloud",
            "inputs": {"fields": kind["fields"], "required": kind["required"]},
            "injectors": injectors,
        }

    def credentials(self) -> Objects:
        """Empty ones: secrets are typed in where they are kept, and never overwritten from here."""
        return [
            {
                "name": credential["name"],
                "description": "Fill in by hand, or from your vault",
                "organization": self._organization,
                "credential_type": credential["credential_type"],
                "inputs": {},
                "update_secrets": False,
                "state": "exists",
            }
            for credential in self._source["credentials"]
        ]

    def execution_environments(self) -> Objects:
        environment = self._source["execution_environment"]
        return [{**environment, "organization": self._organization, "pull": "missing"}]

    def projects(self) -> Objects:
        return [
            {
                **self._source["project"],
                "organization": self._organization,
                "scm_type": "git",
                "scm_branch": "main",
                "scm_update_on_launch": False,
                "wait": True,
            }
        ]

    def inventories(self) -> Objects:
        """Its hosts and its group `exchange` are the organisation's own."""
        variables = {
            "ansible_exchange_user": "{{ lookup('ansible.builtin.env', 'EXCHANGE_USER') }}",
            "ansible_exchange_password": "{{ lookup('ansible.builtin.env', 'EXCHANGE_PASSWORD') }}",
            # the libraries are in the interpreter that runs Ansible, in no other
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
        return [
            {
                **self._source["inventory"],
                "organization": self._organization,
                "variables": variables,
            }
        ]

    # -- job templates

    def templates(self) -> Objects:
        found = [self._reader(reader) for reader in self._source["readers"]]
        for option in self._source["options"]:
            found += [self._plan(option), self._whole(option)]
            found += [self._stage(option, stage) for stage in self._source["stages"]]
        return found

    def _template(
        self, name: str, description: str, playbook: str, asks: list[str], **more: Any
    ) -> dict[str, Any]:
        required = [_FAILED] if "dialtone_failed_server" not in asks and _FAILED in asks else []
        spec = survey(
            name, asks, self._metas[playbook], self._source["questions"], required=required
        )
        return {
            "name": name,
            "description": description,
            "organization": self._organization,
            "project": self._source["project"]["name"],
            "playbook": f"{playbook}.yml",
            "inventory": self._source["inventory"]["name"],
            "execution_environment": self._source["execution_environment"]["name"],
            "credentials": [credential["name"] for credential in self._source["credentials"]],
            "labels": list(self._source["labels"]),
            "job_type": "run",
            "forks": self._source["forks"],
            "allow_simultaneous": False,
            "timeout": 0,  # a merge lasts as long as it lasts
            "survey_enabled": True,
            "survey_spec": spec,
            **more,
        }

    def _reader(self, reader: Mapping[str, Any]) -> dict[str, Any]:
        return self._template(
            self._name(reader["title"]), reader["description"], reader["playbook"], reader["asks"]
        )

    def _evidence(self, **more: Any) -> dict[str, Any]:
        return {"dialtone_evidence": self._source["evidence"], **more}

    def _plan(self, option: Mapping[str, Any]) -> dict[str, Any]:
        return self._template(
            self._name(option["title"], "plan"),
            f"{option['description']}: checks and plan; changes nothing",
            option["playbook"],
            option["asks"],
            job_type="check",
            diff_mode=True,
            extra_vars=self._evidence(),
        )

    def _rehearsed(self) -> dict[str, Any]:
        """The default click changes nothing; who wants to run it for real says so at the launch."""
        return {"job_type": "check", "ask_job_type_on_launch": True, "diff_mode": True}

    def _whole(self, option: Mapping[str, Any]) -> dict[str, Any]:
        return self._template(
            self._name(option["title"]),
            f"{option['description']}; a rehearsal, unless the job type is Run",
            option["playbook"],
            [*option["asks"], *self._approvals(option["playbook"])],
            **self._rehearsed(),
            extra_vars=self._evidence(),
        )

    def _approvals(self, playbook: str) -> list[str]:
        """What only a template of all stages asks for, as far as the playbook has it."""
        return [
            name for name in self._source["approvals"] if name in options(self._metas[playbook])
        ]

    def _stage(self, option: Mapping[str, Any], stage: str) -> dict[str, Any]:
        fixed: dict[str, Any] = {"dialtone_until": stage, "dialtone_fail_if_waiting": True}
        if stage == "swap":  # who launches it for real, or opens the gate before it, approves
            fixed["dialtone_approve_swap"] = f"{{{{ {_FAILED} }}}}"
        asks = list(option["asks"])
        if stage == "merge" and _APPROVE_MERGE in options(self._metas[option["playbook"]]):
            asks.append(_APPROVE_MERGE)  # of a repaired file, whose users stay in the dial tone
        return self._template(
            self._name(option["title"], stage),
            f"{option['description']}: {self._source['stages'][stage]}; a rehearsal, unless the job type is Run",
            option["playbook"],
            asks,
            **self._rehearsed(),
            extra_vars=self._evidence(**fixed),
        )

    # -- workflows

    def workflows(self) -> Objects:
        return [self._workflow(option) for option in self._source["options"]]

    def _workflow(self, option: Mapping[str, Any]) -> dict[str, Any]:
        name, rules = self._name(option["title"], "workflow"), self._source["workflow"]
        return {
            "name": name,
            "description": f"{option['description']}, with a gate before each step that users notice",
            "organization": self._organization,
            "allow_simultaneous": False,
            "labels": list(self._source["labels"]),
            "survey_enabled": True,
            "survey_spec": survey(
                name,
                option["asks"],
                self._metas[option["playbook"]],
                self._source["questions"],
                required=[_FAILED, *rules["required"]],
                defaults=rules["defaults"],
            ),
            "simplified_workflow_nodes": self._nodes(option),
        }

    def _nodes(self, option: Mapping[str, Any]) -> Objects:
        """A chain; what fails, is refused or times out leads to the evidence, and the users stay where they are."""
        title, status = option["title"], self._name("status")
        rebuilt = [self._gate("rebuilt")] if option.get("rebuilt") else []
        chain = [
            {"identifier": "preflight", "unified_job_template": self._name(title, "plan")},
            self._gate("dial_tone"),
            self._run(title, "dial_tone"),
            {
                "identifier": "verify",
                "unified_job_template": status,
                "extra_data": {"dialtone_expected_stage": "dial_tone"},
            },
            *rebuilt,
            self._run(title, "restore"),
            self._gate("swap"),
            *[self._run(title, stage) for stage in ("swap", "merge", "close")],
        ]
        for node, following in zip(chain, chain[1:], strict=False):
            node["success_nodes"] = [following["identifier"]]
        for node in chain:
            node["failure_nodes"] = ["evidence"]
        return [*chain, {"identifier": "evidence", "unified_job_template": status}]

    def _run(self, title: str, stage: str) -> dict[str, Any]:
        return {
            "identifier": stage,
            "unified_job_template": self._name(title, stage),
            "job_type": "run",
        }

    def _gate(self, gate: str) -> dict[str, Any]:
        return {"identifier": f"gate_{gate}", "approval_node": dict(self._source["gates"][gate])}
