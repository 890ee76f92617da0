# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How every noun talks to Exchange: reads ask only for what is needed, changes are pinned.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _failures
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    Value,
)


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
    return context.transport.invoke(
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
    return context.transport.invoke(Command(command, {**parameters, **pins}), timeout=timeout)


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
