# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions of a survey from the argument specification of a playbook.

AWX knows no booleans, and lists only of given choices (ecosystem.md 5.1): a bool becomes a choice of two texts, a list of
names a text area; the playbooks take both. An answer that was left empty arrives as an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_MARKUP = re.compile(r"\b[A-Z]\(([^()]*)\)")
_KEY = "check_the_variables"


def options(meta: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The options of a playbook's NAME.meta.yml, by variable."""
    return dict(meta["argument_specs"][_KEY]["options"])


def plain(text: str) -> str:
    """A description without Ansible's markup."""
    return _MARKUP.sub(r"\1", text).strip()


def question(
    variable: str, option: Mapping[str, Any], title: str, *, required: bool
) -> dict[str, Any]:
    """One question. Raises ValueError for a type that a survey can't ask for."""
    kind, default, choices = option["type"], option.get("default"), option.get("choices")
    asked: dict[str, Any] = {
        "question_name": title,
        "question_description": plain(str(option["description"])),
        "variable": variable,
        "required": required or bool(option.get("required")),
    }
    if kind == "bool":
        return {
            **asked,
            "type": "multiplechoice",
            "choices": ["false", "true"],
            "default": str(bool(default)).lower(),
        }
    if kind == "int":
        return {**asked, "type": "integer", "min": 0, "max": 2**31 - 1, "default": default}
    if kind == "list" and option["elements"] == "str":
        if choices:
            return {
                **asked,
                "type": "multiselect",
                "choices": list(choices),
                "default": "\n".join(default or []),
            }
        return {**asked, "type": "textarea", "min": 0, "max": 4096, "default": ""}
    if kind == "str" and choices:
        return {**asked, "type": "multiplechoice", "choices": list(choices), "default": default}
    if kind == "str":
        return {**asked, "type": "text", "min": 0, "max": 1024, "default": default or ""}
    raise ValueError(f"{variable}: a survey can't ask for type {kind}. Leave it out of source.yml.")


def survey(
    name: str,
    asks: Collection[str],
    meta: Mapping[str, Any],
    titles: Mapping[str, str],
    *,
    required: Collection[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A survey. required: beyond those the playbook demands; defaults: instead of the playbook's."""
    known, changed, spec = options(meta), defaults or {}, []
    for variable in asks:
        if variable not in known:
            raise ValueError(f"{name}: the playbook has no variable {variable}. See its meta.yml.")
        asked = question(variable, known[variable], titles[variable], required=variable in required)
        spec.append({**asked, **({"default": changed[variable]} if variable in changed else {})})
    return {"name": name, "description": plain(str(meta["short_description"])), "spec": spec}
