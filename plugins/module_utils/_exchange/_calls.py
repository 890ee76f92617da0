# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How every noun talks to Exchange: reads ask only for what is needed, changes are pinned.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import TransportError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _failures
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    Value,
)

# Seconds that a command is sent again for, and the pause when the refusal names none.
_PATIENCE = 300.0
_USUAL_PAUSE = 15.0
# No count has more digits; Python would refuse to read thousands of them, in other words.
_NUMBER = re.compile(r"(-?[0-9]{1,30})(\.0+)?")


def read(
    context: OperationContext,
    command: str,
    parameters: t.Mapping[str, Value],
    properties: t.Sequence[str],
    *,
    about: str,
    timeout: float = 600.0,
) -> list[dict[str, t.Any]]:
    """Objects of a Get- cmdlet, each with exactly these properties.

    about: the object as the reader calls it ("database DB01"), for messages.
    Raises the translated error of the first thing that Exchange refused.
    """
    result = attempt(context, command, parameters, properties, timeout=timeout)
    raise_first(context, result, command, about=about, operation="read")
    return result.output


def attempt(
    context: OperationContext,
    command: str,
    parameters: t.Mapping[str, Value],
    properties: t.Sequence[str],
    *,
    timeout: float = 600.0,
) -> CommandResult:
    """As read(), but errors stay in the result, for those who expect some."""
    return _patiently(
        context,
        Command(command, dict(parameters)),
        Command("Select-Object", {"Property": list(properties)}),
        timeout=timeout,
    )


def change(
    context: OperationContext,
    command: str,
    parameters: t.Mapping[str, Value],
    *,
    about: str,
    operation: str,
    pinned: bool = True,
    timeout: float = 600.0,
) -> CommandResult:
    """Send one changing command, pinned to the run's domain controller and without prompts.

    pinned: false only for the cmdlets without DomainController (queues live on servers).
    Raises the translated error of the first thing that Exchange refused. Refuses to be called in
    check mode, so that a forgotten branch is a failure and never a change.
    """
    result = try_change(context, command, parameters, pinned=pinned, timeout=timeout)
    raise_first(context, result, command, about=about, operation=operation)
    return result


def try_change(
    context: OperationContext,
    command: str,
    parameters: t.Mapping[str, Value],
    *,
    pinned: bool = True,
    timeout: float = 600.0,
) -> CommandResult:
    """As change(), but errors stay in the result, for those who expect some."""
    if context.check:
        raise RuntimeError(f"{command} was about to be sent in check mode.")
    pins: dict[str, Value] = {"Confirm": False}
    if pinned:
        pins["DomainController"] = context.domain_controller
    return _patiently(context, Command(command, {**parameters, **pins}), timeout=timeout)


def _patiently(context: OperationContext, *commands: Command, timeout: float) -> CommandResult:
    """Send a pipeline; wait and send it again while Exchange refuses it for the account's budget.
    It does so before the command begins, so that nothing is done twice."""
    waited = 0.0
    while True:
        result = context.transport.invoke(*commands, timeout=timeout)
        pause = _asked_to_wait(result)
        if pause is None or waited + pause > _PATIENCE:
            return result
        context.progress(
            f"Exchange asks to wait {pause:.0f} s before {commands[0].name}: the account has used up"
            " its budget for commands"
        )
        context.sleep(pause)
        waited += pause


def _asked_to_wait(result: CommandResult) -> float | None:
    """Seconds; None when nobody asked, or something was done already."""
    if result.output or len(result.errors) != 1:
        return None
    error = result.errors[0]
    named = re.search(r"back ?off time: (\d+) milliseconds", error.message, re.IGNORECASE)
    if named:
        return max(1.0, int(named[1]) / 1000)
    return _USUAL_PAUSE if re.fullmatch(_failures.BUSY, error.exception) else None


def raise_first(
    context: OperationContext, result: CommandResult, command: str, *, about: str, operation: str
) -> None:
    """Raise the translated error of a result's first error, if it has one."""
    if result.errors:
        raise _failures.translate(
            result.errors[0],
            command=command,
            server=context.server,
            about=about,
            operation=operation,
        )


def text(value: t.Any) -> str | None:
    """A property as text; None for an unset one (null, or an empty text)."""
    return str(value) if value not in (None, "") else None


def number(value: t.Any) -> int:
    """A property as a whole number; 0 for an unset one. Raises ValueError for what is none."""
    match = _NUMBER.fullmatch(str(value or 0))
    if match is None:
        raise ValueError(f"{value!r} is not a number as Exchange prints it.")
    return int(match[1])


@contextlib.contextmanager
def reading(context: OperationContext, command: str, about: str) -> t.Iterator[None]:
    """The place where values of an answer are parsed. Raises TransportError for one that is not what this
    cmdlet gives: a guess would be a wrong count of what was merged."""
    try:
        yield
    except ValueError as error:
        raise TransportError(
            f"{command} gave an answer that can not be read: {str(error)[:300]}",
            object=about,
            operation="read",
            remedy="Run the same command again. If it says the same again, tell the developers.",
            server=context.server,
            command=command,
        ) from error
