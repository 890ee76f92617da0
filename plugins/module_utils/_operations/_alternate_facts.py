# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Looking at an alternate server: does it fit the failed one's database, and can it carry it?

Read-only. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    mailboxes,
    schema,
    servers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import Server


@dataclass(frozen=True)
class Limits:
    """What the admin lets the alternate server carry; None for no limit. database_size: bytes."""

    mailboxes: int | None = None
    database_size: int | None = None


@dataclass(frozen=True)
class Alternate:
    """Everything is None where nobody could tell.

    original_runs: whether the failed database's server says that its Information Store runs.
    schema, original_schema: of a mounted database each. windows: "10.0.17763". memory: bytes.
    mailboxes: how many live on its databases already, only asked for when there is a limit.
    availability_group: the DAG it is in, None for none.
    """

    limits: Limits = Limits()
    original_runs: bool | None = None
    schema: str | None = None
    original_schema: str | None = None
    windows: str | None = None
    memory: int | None = None
    processors: int | None = None
    mailboxes: int | None = None
    availability_group: str | None = None


def look(
    context: OperationContext,
    original: Server,
    server: Server,
    databases: Sequence[Database],
    failed: Database,
    limits: Limits,
) -> Alternate:
    """The facts about the alternate server, over a session with it. databases: its own.

    Only the connection can fail it; what Exchange does not tell stays unknown.
    """
    context.progress(f"looking whether {server.name} can take the place of {original.name}")
    system = _first(context, "Win32_OperatingSystem", ("Version",))
    machine = _first(
        context, "Win32_ComputerSystem", ("TotalPhysicalMemory", "NumberOfLogicalProcessors")
    )
    return Alternate(
        limits=limits,
        original_runs=_runs(context, original),
        schema=schema.version_on(context, server.name),
        original_schema=schema.version_on(context, original.name),
        windows=system.get("Version"),
        memory=_number(machine.get("TotalPhysicalMemory")),
        processors=_number(machine.get("NumberOfLogicalProcessors")),
        mailboxes=_carried(context, databases, failed) if limits.mailboxes is not None else None,
        availability_group=servers.availability_group(context, server.name),
    )


def _runs(context: OperationContext, server: Server) -> bool | None:
    try:
        health = servers.service_health(context, server.name)
    except TransportError:
        raise
    except ExchangeError:
        return None  # it does not answer
    return any("MSExchangeIS" in role.services_running for role in health)


def _carried(context: OperationContext, databases: Sequence[Database], failed: Database) -> int:
    """Primary mailboxes on the server's databases, but for those of the failed one."""
    return sum(
        len(mailboxes.all_on_database(context, database.guid))
        for database in databases
        if not database.recovery and database.guid != failed.guid
    )


def _first(
    context: OperationContext, wmi_class: str, properties: tuple[str, ...]
) -> dict[str, str | None]:
    rows = context.transport.enumerate(wmi_class, properties)
    return rows[0] if rows else {}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
