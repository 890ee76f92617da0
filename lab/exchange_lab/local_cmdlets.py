# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cmdlets as the administrator at the console runs them: not through the wire, not in the call log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exchange_lab.organisation import AccountRecord, Organisation
from exchange_lab.runspace import Command, Error, PSObj, QuietHost, Runspace, SessionState

ACCOUNT = "LAB\\control"  # whose calls are nobody's


def run(
    organisation: Organisation,
    table: Any,
    administrator: AccountRecord,
    name: str,
    parameters: dict[str, Any],
) -> list[Any]:
    """The cmdlet's objects as plain dicts. Raises RuntimeError for its errors, and when no server runs."""
    alive = [server for server in organisation.servers.values() if server.alive]
    if not alive:
        raise RuntimeError("no server is running")
    session = SessionState(
        ACCOUNT, roles=frozenset(administrator.roles), organisation=organisation,
        server=alive[0], sleep=organisation.clock.sleep,
    )  # fmt: skip
    host = _CollectingHost()
    Runspace(table, session).run([Command(name, list(parameters.items()))], host)
    if host.errors:
        raise RuntimeError("; ".join(host.errors))
    return host.outputs


class _CollectingHost(QuietHost):
    """Takes what a pipeline says; answers no questions."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self.errors: list[str] = []

    def output(self, value: Any) -> None:
        self.outputs.append(
            {k: str(v) if isinstance(v, PSObj) else v for k, v in value.items()}
            if isinstance(value, PSObj)
            else value
        )

    def error(self, error: Error) -> None:
        self.errors.append(str(getattr(error, "message", error)))

    def prompt_choice(
        self, caption: str, message: str, choices: Sequence[str], default: int
    ) -> int:
        raise RuntimeError(f"{caption}: {message}")
