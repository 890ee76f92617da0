# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The helper cmdlets the endpoint offers besides its own: Select-Object, Measure-Object, Get-Command, Out-Default."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import Any

from .engine import Cmdlet
from .errors import Error, not_recognized
from .invocation import Invocation
from .spec import CmdletSpec, Parameter
from .values import EnumValue, PSObj, text_of

_CUSTOM = ("System.Management.Automation.PSCustomObject", "System.Object")


def _spec(name: str, *parameters: Parameter) -> CmdletSpec:
    return CmdletSpec(name, {p.name: p for p in parameters})


def _select(inv: Invocation, bound: dict[str, Any], stream: Iterator[Any]) -> Iterator[Any]:
    names, expand = bound.get("Property"), bound.get("ExpandProperty")
    skip, first = bound.get("Skip") or 0, bound.get("First")
    if first == 0:
        return
    seen = 0
    for item in stream:
        seen += 1
        if seen <= skip:
            continue
        if expand is not None:
            yield from _expand(inv, item, expand)
        elif names:
            yield _selected(item, names)
        else:
            yield item
        if first is not None and seen - skip >= first:
            return  # and the upstream cmdlets are stopped with it


def _selected(item: Any, names: list[str]) -> PSObj:
    source = item if isinstance(item, PSObj) else PSObj((_type_name(item),), {})
    chosen: dict[str, Any] = {}
    for name in names:
        if any(c in name for c in "*?["):
            for key, value in source.items():
                if fnmatch.fnmatch(key.lower(), name.lower()):
                    chosen.setdefault(key, value)
            continue
        found = source.find(name)
        chosen[found[0] if found else name] = found[1] if found else None
    first_type = source.types[0] if source.types else "System.Object"
    return PSObj((f"Selected.{first_type}", *_CUSTOM), notes=chosen)


def _expand(inv: Invocation, item: Any, name: str) -> Iterator[Any]:
    found = item.find(name) if isinstance(item, PSObj) else None
    if found is None:
        inv.write_error(
            Error(
                f'Property "{name}" cannot be found.',
                "System.Management.Automation.PSArgumentException",
                "InvalidArgument",
                "ExpandPropertyNotFound,Microsoft.PowerShell.Commands.SelectObjectCommand",
                target=text_of(item),
            )
        )
        return
    value = found[1]
    if isinstance(value, (list, tuple)):
        yield from value
    else:
        yield value


def _type_name(value: Any) -> str:
    return {str: "System.String", bool: "System.Boolean", int: "System.Int32"}.get(
        type(value), "System.Object"
    )


def _measure(_inv: Invocation, bound: dict[str, Any], stream: Iterator[Any]) -> Iterator[PSObj]:
    names = bound.get("Property")
    if not names:
        count = sum(1 for _item in stream)
        yield _measurement(count, None)
        return
    columns: dict[str, list[float]] = {name: [] for name in names}
    for item in stream:
        for name in names:
            value = item.get(name) if isinstance(item, PSObj) else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                columns[name].append(value)
    for name, numbers in columns.items():
        yield _measurement(len(numbers), name, numbers, bound)


def _measurement(
    count: int,
    name: str | None,
    numbers: list[float] | None = None,
    bound: dict[str, Any] | None = None,
) -> PSObj:
    wanted, numbers = bound or {}, numbers or []

    def when(switch: str, value: float) -> float | None:
        return float(value) if wanted.get(switch) and numbers else None

    return PSObj(
        (
            "Microsoft.PowerShell.Commands.GenericMeasureInfo",
            "Microsoft.PowerShell.Commands.MeasureInfo",
            "System.Object",
        ),
        {
            "Count": count,
            "Average": when("Average", sum(numbers) / max(1, len(numbers))),
            "Sum": when("Sum", sum(numbers)),
            "Maximum": when("Maximum", max(numbers, default=0)),
            "Minimum": when("Minimum", min(numbers, default=0)),
            "Property": name,
        },
        to_string="Microsoft.PowerShell.Commands.GenericMeasureInfo",
    )


def _get_command(inv: Invocation, bound: dict[str, Any]) -> Iterator[PSObj]:
    specs = inv.visible_cmdlets()
    for pattern in bound.get("Name") or ["*"]:
        found = [s for s in specs if fnmatch.fnmatch(s.name.lower(), pattern.lower())]
        if not found and not any(c in pattern for c in "*?["):
            inv.write_error(
                not_recognized(pattern, ",Microsoft.PowerShell.Commands.GetCommandCommand")
            )
        yield from map(_command_info, found)


def _command_info(spec: CmdletSpec) -> PSObj:
    parameters = {
        p.name: PSObj(
            ("System.Management.Automation.ParameterMetadata", "System.Object"),
            {
                "Name": p.name,
                "ParameterType": p.type,
                "Aliases": list(p.aliases),
                "SwitchParameter": p.type == "SwitchParameter",
                "IsDynamic": False,
            },
            to_string="System.Management.Automation.ParameterMetadata",
        )
        for p in spec.parameters.values()
    }
    return PSObj(
        (
            "System.Management.Automation.CmdletInfo",
            "System.Management.Automation.CommandInfo",
            "System.Object",
        ),
        {
            "Name": spec.name,
            "CommandType": EnumValue("System.Management.Automation.CommandTypes", "Cmdlet", 8),
            "Parameters": parameters,
        },
        to_string=spec.name,
    )


SELECT_OBJECT = Cmdlet(
    _spec(
        "Select-Object",
        Parameter("Property", "String[]", position=1),
        Parameter("ExpandProperty", "String"),
        Parameter("First", "Int32"),
        Parameter("Skip", "Int32"),
        Parameter("InputObject", "PSObject", by_value=True),
    ),
    stream=_select,
)
MEASURE_OBJECT = Cmdlet(
    _spec(
        "Measure-Object",
        Parameter("Property", "String[]", position=1),
        *(Parameter(n, "SwitchParameter") for n in ("Sum", "Average", "Maximum", "Minimum")),
        Parameter("InputObject", "PSObject", by_value=True),
    ),
    stream=_measure,
)
OUT_DEFAULT = Cmdlet(
    _spec("Out-Default", Parameter("InputObject", "PSObject", by_value=True)),
    stream=lambda _inv, _bound, stream: stream,
)
GET_COMMAND = Cmdlet(
    _spec(
        "Get-Command",
        Parameter("Name", "String[]", position=1, by_value=True, by_property_name=True),
    ),
    _get_command,
)
FEWEST_HELPERS: tuple[Cmdlet, ...] = (SELECT_OBJECT, OUT_DEFAULT)
HELPERS: tuple[Cmdlet, ...] = (SELECT_OBJECT, MEASURE_OBJECT, GET_COMMAND, OUT_DEFAULT)
