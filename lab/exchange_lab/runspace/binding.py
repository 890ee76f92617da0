# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameter binding by PowerShell's rules: names, prefixes, aliases, positions, sets, pipeline input.

Texts and error ids are those of the engine (about_Parameters, about_Parameter_Sets); the part of the id after the comma
is the cmdlet's name, as the endpoint's callers see it (exchange.md section 1.4).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from .conversion import ConversionError, Converter
from .errors import Error, TerminatingError, automation_error
from .invocation import Invocation
from .spec import CmdletSpec, Parameter
from .values import PSObj, text_of

_EVERY = frozenset({"*"})


def _common(name: str, kind: str, *aliases: str, values: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, kind, sets=_EVERY, aliases=aliases, values=values)


_ACTIONS = ("SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore", "Suspend")
COMMON_PARAMETERS: dict[str, Parameter] = {
    p.name: p
    for p in (
        _common("Verbose", "SwitchParameter", "vb"),
        _common("Debug", "SwitchParameter", "db"),
        _common("ErrorAction", "ActionPreference", "ea", values=_ACTIONS),
        _common("WarningAction", "ActionPreference", "wa", values=_ACTIONS),
        _common("InformationAction", "ActionPreference", "infa", values=_ACTIONS),
        _common("ErrorVariable", "String", "ev"),
        _common("WarningVariable", "String", "wv"),
        _common("InformationVariable", "String", "iv"),
        _common("OutVariable", "String", "ov"),
        _common("OutBuffer", "Int32", "ob"),
        _common("PipelineVariable", "String", "pv"),
    )
}
_SHOULD_PROCESS: dict[str, Parameter] = {
    p.name: p
    for p in (
        _common("WhatIf", "SwitchParameter", "wi"),
        _common("Confirm", "SwitchParameter", "cf"),
    )
}


class Binding:
    """What one command's parameters are bound to."""

    def __init__(self, spec: CmdletSpec, converter: Converter, common: bool = True) -> None:
        self.spec, self._converter = spec, converter
        self._common = dict(COMMON_PARAMETERS) if common else {}
        if spec.should_process:
            self._common.update(_SHOULD_PROCESS)
        for name in spec.parameters:
            self._common.pop(name, None)
        self._values: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._sets = frozenset(spec.parameter_sets)

    # -- results
    def values(self) -> dict[str, Any]:
        """Parameter name -> converted value; the common ones (and WhatIf, Confirm) left out."""
        hidden = {*COMMON_PARAMETERS, *_SHOULD_PROCESS}
        return {k: v for k, v in self._values.items() if k not in hidden}

    def given(self, args: Iterable[tuple[str | None, Any]] = ()) -> dict[str, Any]:
        """Parameter name -> value as the client sent it; args: those that were not bound, under their own names."""
        unbound = {(n or "").lstrip("-"): v for n, v in args}
        names = {k.lower() for k in self._given}
        return {**{k: v for k, v in unbound.items() if k.lower() not in names}, **self._given}

    def apply_common(self, invocation: Invocation) -> None:
        """Put the common parameters into effect."""
        values = self._values
        invocation.error_action = str(values.get("ErrorAction") or "Continue").lower()
        invocation.warning_action = str(values.get("WarningAction") or "Continue").lower()
        invocation.verbose = bool(values.get("Verbose"))
        invocation.debug = bool(values.get("Debug"))
        invocation.what_if = bool(values.get("WhatIf"))
        invocation.confirm = values.get("Confirm")
        invocation.force = bool(values.get("Force"))

    # -- the command's own arguments
    def bind_arguments(self, args: Sequence[tuple[str | None, Any]], expects_input: bool) -> None:
        """Bind names, then positions; check sets and, unless the pipeline may still bring them, mandatory ones."""
        loose = []
        for name, value in args:
            if name is None:
                loose.append(value)
            else:
                self._bind(self._resolve(str(name)), value)
        self._bind_positional(loose)
        if not expects_input:
            self._require_mandatory(self.resolve_set())
        elif not self._feasible_sets(with_pipeline=True):
            self._require_mandatory(self._preferred(self._sets))

    def _resolve(self, given: str) -> Parameter:
        name = given.lstrip("-").rstrip(":").lower()
        every = [*self.spec.parameters.values(), *self._common.values()]
        for parameter in every:
            if name in (parameter.name.lower(), *(a.lower() for a in parameter.aliases)):
                return parameter
        matches = [
            p
            for p in every
            if name and any(n.lower().startswith(name) for n in (p.name, *p.aliases))
        ]
        if len(matches) == 1:
            return matches[0]
        if matches:
            listed = " ".join(f"-{p.name}" for p in matches)
            raise self._refuse(
                f"Parameter cannot be processed because the parameter name '{given}' is ambiguous. Possible matches "
                f"include: {listed}.",
                "AmbiguousParameter",
            )
        raise self._refuse(
            f"A parameter cannot be found that matches parameter name '{given.lstrip('-')}'.",
            "NamedParameterNotFound",
        )

    def _bind_positional(self, loose: Sequence[Any]) -> None:
        for value in loose:
            free = [
                p
                for p in self.spec.parameters.values()
                if p.position is not None and p.name not in self._values and p.sets & self._sets
            ]
            if not free:
                raise self._refuse(
                    f"A positional parameter cannot be found that accepts argument '{text_of(value)}'.",
                    "PositionalParameterNotFound",
                )
            first = min(p.position or 0 for p in free)
            candidates = [p for p in free if p.position == first]
            preferred = self._preferred(self._sets)
            self._bind(next((p for p in candidates if preferred in p.sets), candidates[0]), value)

    def _bind(self, parameter: Parameter, value: Any) -> None:
        name = parameter.name
        if name in self._given:
            raise self._refuse(
                f"Cannot bind parameter because parameter '{name}' is specified more than once. To provide multiple "
                "values to parameters that can accept multiple values, use the array syntax. For example, "
                '"-parameter value1,value2,value3".',
                "ParameterAlreadyBound",
            )
        self._values[name] = self._convert(parameter, value)
        # a whole object stands for its identity, and that is what a log should show
        self._given[name] = self._values[name] if isinstance(value, PSObj) else value
        if parameter.sets != _EVERY:
            remaining = self._sets & parameter.sets
            if not remaining:
                raise self._ambiguous_set()
            self._sets = remaining

    def _convert(self, parameter: Parameter, value: Any) -> Any:
        name, kind = parameter.name, parameter.type
        mandatory = bool(parameter.required & self._sets)
        if parameter.type != "SwitchParameter" and mandatory:
            self._refuse_empty(name, value)
        if kind.endswith("IdParameter") and value == "":
            return None  # an empty identity means every object (exchange.md section 7.4)
        if kind == "ActionPreference" and isinstance(value, int):
            value = _ACTIONS[value] if 0 <= value < len(_ACTIONS) else value
        try:
            return self._converter.convert(parameter, value)
        except ConversionError as e:
            shown = (
                text_of(value) if not isinstance(value, (list, tuple, dict)) else "System.Object[]"
            )
            detail = (
                e.reason
                if e.whole
                else f'Cannot convert value "{shown}" to type "{_net_type(kind)}". Error: "{e.reason}"'
            )
            raise self._refuse(
                f"Cannot process argument transformation on parameter '{name}'. {detail}",
                "ParameterArgumentTransformationError",
                "InvalidData",
                "ParameterBindingArgumentTransformationException",
            ) from None

    def _refuse_empty(self, name: str, value: Any) -> None:
        if value is None:
            what, error_id = "it is null", "NullNotAllowed"
        elif value == "":
            what, error_id = "it is an empty string", "EmptyStringNotAllowed"
        elif value == []:
            what, error_id = "it is an empty array", "EmptyArrayNotAllowed"
        else:
            return
        raise self._refuse(
            f"Cannot bind argument to parameter '{name}' because {what}.",
            f"ParameterArgumentValidationError{error_id}",
            "InvalidData",
            "ParameterBindingValidationException",
        )

    # -- parameter sets
    def resolve_set(self) -> str:
        """The one parameter set that fits what is bound. Raises TerminatingError (AmbiguousParameterSet, Missing...)."""
        feasible = self._feasible_sets(with_pipeline=False)
        if len(feasible) == 1:
            return feasible[0]
        if feasible:
            default = self.spec.default_set
            if default in feasible:
                return default
            raise self._ambiguous_set()
        if len(self._sets) == 1 or self.spec.default_set in self._sets:
            chosen = self._preferred(self._sets)
            self._require_mandatory(chosen)
        raise self._ambiguous_set()

    def _feasible_sets(self, with_pipeline: bool) -> list[str]:
        return [
            s
            for s in self.spec.parameter_sets
            if s in self._sets and not self._missing(s, with_pipeline)
        ]

    def _missing(self, chosen: str, with_pipeline: bool) -> list[str]:
        return [
            p.name
            for p in self.spec.parameters.values()
            if chosen in p.required
            and p.name not in self._values
            and not (with_pipeline and p.from_pipeline)
        ]

    def _require_mandatory(self, chosen: str) -> None:
        missing = self._missing(chosen, with_pipeline=False)
        if missing:
            raise self._refuse(
                "Cannot process command because of one or more missing mandatory parameters: "
                f"{' '.join(missing)}.",
                "MissingMandatoryParameter",
            )

    def _preferred(self, sets: frozenset[str]) -> str:
        if self.spec.default_set in sets:
            return str(self.spec.default_set)
        return next(s for s in self.spec.parameter_sets if s in sets)

    # -- pipeline input
    def bind_input(self, item: Any) -> Binding:
        """A copy with one pipeline object bound too. Raises TerminatingError when it fits nowhere.

        PowerShell's order: by value when the type fits as it is, by property name, by value after conversion.
        """
        bound = copy.copy(self)
        bound._values, bound._given = dict(self._values), dict(self._given)
        open_parameters = [
            p
            for p in self.spec.parameters.values()
            if p.from_pipeline and p.name not in self._values and p.sets & self._sets
        ]
        if not open_parameters:
            raise self._unbindable("InputObjectNotBound")
        if not (
            bound._input_by_value(open_parameters, item)
            or bound._input_by_name(open_parameters, item)
        ):
            bound._input_coerced(open_parameters, item)
        if len(bound._values) == len(self._values):
            raise self._unbindable("InputObjectNotBound")
        if not bound._feasible_sets(with_pipeline=False):
            missing = bound._missing(bound._preferred(bound._sets), with_pipeline=False)
            raise self._unbindable("InputObjectMissingMandatory", missing)
        return bound

    def _input_by_value(self, parameters: list[Parameter], item: Any) -> bool:
        return self._first(p for p in parameters if p.by_value and _fits(p.type, item))(item)

    def _input_by_name(self, parameters: list[Parameter], item: Any) -> bool:
        done = False
        for parameter in parameters:
            if not (parameter.by_property_name and isinstance(item, PSObj)):
                continue
            for name in (parameter.name, *parameter.aliases):
                found = item.find(name)
                if found is not None and found[1] is not None and parameter.sets & self._sets:
                    self._bind(parameter, found[1])
                    done = True
                    break
        return done

    def _input_coerced(self, parameters: list[Parameter], item: Any) -> bool:
        preferred = self._preferred(self._sets)
        ordered = sorted(parameters, key=lambda p: preferred not in p.sets)
        return self._first(p for p in ordered if p.by_value)(item)

    def _first(self, parameters: Iterable[Parameter]) -> Any:
        parameter = next(iter(parameters), None)

        def bind(item: Any) -> bool:
            if parameter is None:
                return False
            self._bind(parameter, item)
            return True

        return bind

    # -- refusals
    def _unbindable(self, error_id: str, missing: Sequence[str] = ()) -> TerminatingError:
        if missing:
            text = (
                "The input object cannot be bound because it did not contain the information required to bind all "
                f"mandatory parameters:  {' '.join(missing)}"
            )
        else:
            text = (
                "The input object cannot be bound to any parameters for the command either because the command does "
                "not take pipeline input or the input and its properties do not match any of the parameters that "
                "take pipeline input."
            )
        return self._refuse(text, error_id)

    def _ambiguous_set(self) -> TerminatingError:
        return self._refuse(
            "Parameter set cannot be resolved using the specified named parameters.",
            "AmbiguousParameterSet",
        )

    def _refuse(
        self,
        text: str,
        error_id: str,
        category: str = "InvalidArgument",
        exception: str = "ParameterBindingException",
    ) -> TerminatingError:
        name = self.spec.name
        error: Error = automation_error(
            text, exception, category, f"{error_id},{name}", activity=name
        )
        return TerminatingError(error)


def _fits(kind: str, item: Any) -> bool:
    """Whether an object may be bound to a parameter of this type as it is.

    XIdParameter takes an X: a DatabaseIdParameter any object whose class ends in Database, and so on.
    """
    if isinstance(item, str):
        return kind == "String"
    if not isinstance(item, PSObj) or not item.types:
        return False
    short = item.types[0].rsplit(".", 1)[-1]
    wanted = kind.removesuffix("[]")
    if wanted in ("Object", "PSObject", short):
        return True
    if not wanted.endswith("IdParameter"):
        return False
    wanted = wanted.removesuffix("IdParameter").removeprefix("General")
    return any(short == part or short.endswith(part) for part in wanted.split("Or") if part)


def _net_type(kind: str) -> str:
    """The type's full name in messages."""
    if kind in (
        "Boolean", "String", "Guid", "DateTime", "TimeSpan",
        "Int16", "Int32", "Int64", "UInt16", "UInt32", "UInt64",
    ):  # fmt: skip
        return f"System.{kind}"
    if kind == "SwitchParameter":
        return "System.Management.Automation.SwitchParameter"
    if kind == "ActionPreference":
        return "System.Management.Automation.ActionPreference"
    if kind.endswith("IdParameter"):
        return f"Microsoft.Exchange.Configuration.Tasks.{kind}"
    return f"Microsoft.Exchange.Data.{kind}"
