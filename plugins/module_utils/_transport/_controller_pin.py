# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The domain controller that every session of a transport works with (exchange.md 6.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import threading
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._cmdlets import (
    CmdletSession,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
    is_address,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
)

# The set of domain controllers changed under the session: it needs a new one (exchange.md 1.4).
_STALE = "ADServerSettingsChangedException"
# What pins a session to a domain controller; whoever sends it moves the whole transport.
_PIN = "Set-ADServerSettings"


class ControllerPin:
    """server, domain_controller: FQDNs, from the first session on; until then what was given. Thread-safe.

    on_wait: told, in words, when another one is used than the one that was to be.
    """

    def __init__(self, options: ConnectionOptions, on_wait: t.Callable[[str], None]) -> None:
        self._options, self._on_wait = options, on_wait
        self._lock = threading.Lock()
        self.server = options.name
        self.domain_controller = options.domain_controller or ""
        self._is_chosen = False

    def follow(self, command: Command) -> None:
        """With a command that pins another domain controller: every session that is opened from now on
        uses that one, also the one that the command needs."""
        chosen = command.parameters.get("PreferredServer")
        if command.name == _PIN and chosen:
            with self._lock:
                self.domain_controller = str(chosen)

    def apply(self, session: CmdletSession) -> None:
        """Make every command of the session use one domain controller, and see the whole forest.

        The first session chooses one that answers. Later ones stay with it: what was written there
        last may not have reached the others.
        """
        with self._lock:
            if self._is_chosen:
                self._use(session, self.domain_controller).raise_for_errors(
                    "use domain controller",
                    self.domain_controller,
                    "It was in use before, and has changes that others may not have: wait until it is"
                    " back. If it stays dead, go on with another one"
                    " (ansible_exchange_domain_controller). Then run the same command again.",
                )
                return
            self.server, candidates = self._look_up(session)
            for chosen in candidates:
                result = self._use(session, chosen)
                if not result.errors:
                    break
            result.raise_for_errors(
                "use domain controller",
                chosen,
                "Set ansible_exchange_domain_controller to one that answers.",
            )
            if chosen != candidates[0]:
                self._on_wait(
                    f"using domain controller {chosen}, since {candidates[0]} does not answer"
                )
            self.domain_controller, self._is_chosen = chosen, True

    @staticmethod
    def _use(session: CmdletSession, controller: str) -> CommandResult:
        pin = Command(_PIN, {"PreferredServer": controller, "ViewEntireForest": True})
        return session.invoke([pin], 60.0)

    def _look_up(self, session: CmdletSession) -> tuple[str, list[str]]:
        """The server's FQDN, and the domain controllers to choose from, the preferred one first."""
        name = self._options.name
        remedy = "Set ansible_exchange_server to the server's name, as Get-ExchangeServer shows it."
        if is_address(name):
            raise PreconditionError(
                f"{name} is an address, not the name of an Exchange server.", remedy=remedy
            )
        result = session.invoke(
            [
                Command("Get-ExchangeServer", {"Identity": name, "Status": True}),
                Command(
                    "Select-Object",
                    {
                        "Property": [
                            "Name",
                            "Fqdn",
                            "CurrentConfigDomainController",
                            "CurrentDomainControllers",
                        ]
                    },
                ),
            ],
            120.0,
        )
        if not result.output and not result.errors:
            raise NotFoundError(f"There is no Exchange server {name}.", remedy=remedy)
        if any(error.error_id.startswith("CommandNotFound") for error in result.errors):
            remedy = (
                "Exchange hides what the account's roles do not grant. Give the account the management"
                " role 'View-Only Configuration', or the role group Organization Management."
            )
        server = result.raise_for_errors("look up", f"Exchange server {name}", remedy).single()
        controllers = server.get("CurrentDomainControllers") or []
        if isinstance(controllers, str):
            controllers = [controllers]
        current = server.get("CurrentConfigDomainController")
        near = [str(c) for c in (current, *controllers) if c]
        given = self._options.domain_controller
        chosen = [given] if given else list(dict.fromkeys(near))
        if not chosen:
            raise PreconditionError(
                f"Exchange server {name} names no domain controller that it uses.",
                remedy="Set ansible_exchange_domain_controller.",
            )
        return str(server.get("Fqdn") or name), chosen


def is_stale(result: CommandResult) -> bool:
    """Whether the session that gave this result has to be replaced."""
    return any(e.exception == _STALE or _STALE in e.message for e in result.errors)
