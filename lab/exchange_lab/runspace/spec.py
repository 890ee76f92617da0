# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about a cmdlet before it runs: parameters, sets, confirmation. Loaded from the public reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ALL_SETS = "(All)"
SINGLE_SET = "(single)"
VERSIONS = frozenset({"2016", "2019", "SE"})


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    sets: the parameter sets it belongs to. required: those in which it is mandatory.
    position: 1, 2, ... or None (named only). values: the accepted values of an enumeration, else empty.
    """

    name: str
    type: str = "String"
    sets: frozenset[str] = frozenset({SINGLE_SET})
    required: frozenset[str] = frozenset()
    position: int | None = None
    by_value: bool = False
    by_property_name: bool = False
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def from_pipeline(self) -> bool:
        """Whether it takes pipeline input at all."""
        return self.by_value or self.by_property_name


@dataclass(frozen=True)
class CmdletSpec:
    """One cmdlet. `confirm_impact` High asks unless Confirm:false; `should_process`: it has WhatIf and Confirm."""

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    parameter_sets: tuple[str, ...] = (SINGLE_SET,)
    default_set: str | None = None
    confirm_impact: str = "Medium"
    should_process: bool = False

    def only(self, names: Iterable[str]) -> CmdletSpec:
        """The same cmdlet with only these parameters, as RBAC shows it to those who are granted no more."""
        wanted = {name.lower() for name in names}
        return replace(
            self, parameters={k: p for k, p in self.parameters.items() if k.lower() in wanted}
        )


def load_specs(
    data: Mapping[str, Any], versions: frozenset[str] = VERSIONS
) -> dict[str, CmdletSpec]:
    """Cmdlet name -> spec, from the reference's JSON (`exchange-cmdlets.json` or an extract of it).

    Keys an extract may add to a cmdlet: "default_set" (name), "confirm_impact" (Low, Medium, High).
    Cmdlets and parameters of other product versions are left out, and so are "_..." keys.
    """
    return {
        name: _spec(name, entry, versions)
        for name, entry in data.items()
        if not name.startswith("_") and versions & set(entry.get("applicable", versions))
    }


def _spec(name: str, entry: Mapping[str, Any], versions: frozenset[str]) -> CmdletSpec:
    described = entry.get("parameter_sets") or {SINGLE_SET: {"required": [], "optional": []}}
    parameters = {}
    for key, raw in entry["parameters"].items():
        if not versions & set(raw.get("applicable", versions)):
            continue
        parameter = _parameter(key, raw, described)
        if parameter.sets:
            parameters[key] = parameter
    default = entry.get("default_set")
    if default is None and "Identity" in described:
        default = (
            "Identity"  # what the product's own cmdlets declare; the reference doesn't print it
        )
    return CmdletSpec(
        name=name,
        parameters=parameters,
        parameter_sets=tuple(described),
        default_set=default,
        confirm_impact=entry.get("confirm_impact", "Medium"),
        should_process="WhatIf" in parameters,
    )


def _parameter(name: str, raw: Mapping[str, Any], described: Mapping[str, Any]) -> Parameter:
    listed = set(raw.get("sets", [ALL_SETS]))
    sets = {
        s
        for s, content in described.items()
        if ALL_SETS in listed
        or s in listed
        or name in content.get("required", ())
        or name in content.get("optional", ())
    }
    required = raw.get("required", False)
    if isinstance(required, Mapping):
        everywhere = bool(required.get(ALL_SETS))
        mandatory = {s for s in sets if required.get(s, everywhere)}
    else:
        # where the two tell different stories, the parameter's own entry is the one to trust
        mandatory = (
            sets & listed if required and ALL_SETS not in listed else sets if required else set()
        )
    pipeline = str(raw.get("pipeline", "False")).lower()
    plain = pipeline == "true"  # the reference doesn't say which: Exchange's Identity takes both
    return Parameter(
        name=name,
        type=raw.get("type", "String"),
        sets=frozenset(sets),
        required=frozenset(mandatory),
        position=raw.get("position"),
        by_value=plain or "byvalue" in pipeline,
        by_property_name=plain or "bypropertyname" in pipeline,
        aliases=tuple(raw.get("aliases", ())),
        values=tuple(v for v in raw.get("values", ()) if not v.startswith("$")),
    )
