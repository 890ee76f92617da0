# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pattern, which loads the same templates in one step (ecosystem.md 5.3).

A pattern has no workflows, no extra variables and no job types: it has one template for each playbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awx_content.surveys import options, survey

NAME = "dial_tone_recovery"


def build(source: Mapping[str, Any], metas: Mapping[str, Any]) -> dict[str, Any]:
    """pattern.json. The primary template is the one that only reads."""
    environment, labels = source["execution_environment"], list(source["labels"])
    return {
        "schema_version": "3.0",
        "name": NAME,
        "title": "Recover a mailbox database of Exchange by dial tone",
        "description": (
            "Gives the users of a failed mailbox database an empty mailbox within minutes, brings their old mail back from the "
            "backup, and merges what came meanwhile. Begin with the status, then run the option that fits; run it again to go on."
        ),
        "short_description": "Dial tone recovery of a mailbox database",
        "tags": ["exchange", "windows", "disaster_recovery"],
        "aap_resources": {
            "controller_project": {
                "name": source["project"]["name"],
                "description": source["project"]["description"],
            },
            "controller_execution_environment": {
                "name": environment["name"],
                "description": environment["description"],
                "image_name": environment["image"].partition("/")[2].partition(":")[0],
                "pull": "missing",
            },
            "controller_labels": labels,
            "controller_job_templates": [
                _template(entry, source, metas)
                for entry in [*source["readers"], *source["options"]]
            ],
        },
    }


def _template(
    entry: Mapping[str, Any], source: Mapping[str, Any], metas: Mapping[str, Any]
) -> dict[str, Any]:
    name, meta = f"{source['prefix']}: {entry['title']}", metas[entry["playbook"]]
    approvals = [variable for variable in source["approvals"] if variable in options(meta)]
    asked = survey(name, [*entry["asks"], *approvals], meta, source["questions"])
    return {
        "name": name,
        "description": entry["description"],
        "playbook": f"{entry['playbook']}.yml",
        "primary": entry["playbook"] == "status",
        "execution_environment": source["execution_environment"]["name"],
        "ask_credential_on_launch": True,
        "ask_inventory_on_launch": True,
        "labels": list(source["labels"]),
        "survey": {**asked, "spec": [_as_text(question) for question in asked["spec"]]},
    }


def _as_text(question: dict[str, Any]) -> dict[str, Any]:
    """The schema knows defaults as texts only, and no limits."""
    kept = {key: value for key, value in question.items() if key not in ("min", "max")}
    return {**kept, "default": str(question["default"])}
