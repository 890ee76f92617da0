# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the server: services, components, room for databases, and what the account may do.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import rights
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)

# A mount needs all of these (exchange.md 1.2); the merge needs the last one.
_STORE_SERVICES = ("MSExchangeIS", "MSExchangeRepl", "MSExchangeADTopology")
_MERGE_SERVICE = "MSExchangeMailboxReplication"

_ENOUGH_SHELLS = 4  # a session each for cmdlets and waiting, and one of a colleague


def session(facts: Facts) -> Check:
    """Files and volumes are looked at where the session is: that must be the recovery's server."""
    lives = "its dial tone will live" if facts.elsewhere else f"{facts.failed.name} lives"
    need = f"a session on {facts.server.fqdn}, where {lives}"
    have = f"the session is on {facts.session_server}"
    wanted = (facts.server.name, facts.server.fqdn)
    if any(names.same_name(facts.session_server, name) for name in wanted):
        return ok("server", have, need)
    return stop("server", have, need, f"Run this task on {facts.server.fqdn}.")


def services(facts: Facts) -> Check:
    """The Information Store and the Replication service mount databases, MRS merges."""
    need = "all required services running"
    down = {name for health in facts.services for name in health.services_not_running}
    fatal = sorted(name for name in down if name in _STORE_SERVICES)
    if fatal:
        return stop(
            "services",
            f"on {facts.server.name} these services are down: {', '.join(fatal)}",
            need,
            f"Start them on {facts.server.name}; without them no database mounts.",
        )
    if down:
        merge = " The merge needs it." if _MERGE_SERVICE in down else ""
        return warn(
            "services",
            f"on {facts.server.name} these services are down: {some(sorted(down))}",
            need,
            f"Start them on {facts.server.name}.{merge}",
        )
    return ok("services", "all running", need)


def components(facts: Facts) -> Check:
    """A server in maintenance serves nobody, whatever is mounted on it."""
    need = "the component ServerWideOffline active"
    state = facts.components.get("ServerWideOffline")
    if state is not None and state != "Active":
        return stop(
            "components",
            f"ServerWideOffline is {state} on {facts.server.name}: it is in maintenance",
            need,
            f"Take it out of maintenance: Set-ServerComponentState {facts.server.name}"
            " -Component ServerWideOffline -State Active -Requester Maintenance.",
        )
    down = [name for name, value in facts.components.items() if value != "Active"]
    down = [name for name in down if name not in ("ForwardSyncDaemon", "ProvisioningRps")]
    if down:
        return warn(
            "components",
            f"inactive on {facts.server.name}: {some(sorted(down))}",
            "all components active",
            "Look whether somebody works on the server.",
        )
    return ok("components", "active", need)


def slot(facts: Facts) -> Check | None:
    """The dial tone database is one more, and a final database with a name of its own is another;
    recovery databases don't count (exchange.md fact 6)."""
    new = facts.dial_tone is None and not facts.layout.in_place
    final = facts.final_name is not None and facts.final is None and facts.before("swapped")
    more = int(new) + int(final)
    if not more:
        return None
    limit = facts.server.database_limit
    productive = [database for database in facts.databases if not database.recovery]
    have = f"{len(productive)} of {limit} databases on {facts.server.name} ({facts.server.edition})"
    need = f"room for {'one more database' if more == 1 else 'two more databases'}"
    if len(productive) + more > limit:
        return stop(
            "slot",
            have,
            need,
            f"Remove a database of {facts.server.name} that nothing needs, or move its mailboxes"
            " elsewhere and remove it"
            + ("; or do without dialtone_final_database." if final else "."),
        )
    return ok("slot", have, need)


def final_database(facts: Facts) -> Check | None:
    """A database that takes the restored file over has a name that nothing else has."""
    name = facts.final_name
    if name is None or not facts.before("closed"):
        return None
    need = "a free name for the final database"
    taken = {facts.failed.name.casefold(), facts.names.dial_tone_database.casefold()}
    if facts.final_taken or name.casefold() in taken:
        return stop(
            "final_database",
            f"{name} is the name of another database",
            need,
            "Give another name (dialtone_final_database).",
        )
    if facts.layout.in_place:
        return stop(
            "final_database",
            "the dial tone is in place",
            need,
            "Leave dialtone_final_database out: the database keeps its own name.",
        )
    return ok("final_database", name, need)


def recovery_database(facts: Facts) -> Check | None:
    """One recovery database may be mounted on a server (exchange.md fact 5)."""
    if not facts.before("merged"):
        return None
    need = "no other recovery database mounted on the server"
    adopted = facts.adopt.recovery_database if facts.by_hand is not None else None
    own = [*facts.names.recovery_databases, *([adopted] if adopted else [])]
    others = [
        database
        for database in facts.recovery_databases
        if database.mounted and not any(names.same_name(database.name, name) for name in own)
    ]
    if others:
        name = others[0].name
        return stop(
            "recovery_database",
            f"recovery database {name} is mounted on {facts.server.name}",
            need,
            f"Finish what it is for, then dismount it: Dismount-Database {name}.",
        )
    return ok("recovery_database", "no other is mounted", need)


def roles(facts: Facts) -> Check | None:
    """Exchange says of a missing right that the cmdlet doesn't exist; better to know before."""
    if facts.missing_commands is None:
        return None
    need = "all cmdlets of a recovery"
    if facts.missing_commands:
        return stop(
            "roles",
            f"the account may not use {', '.join(facts.missing_commands)}",
            need,
            rights.remedy(facts.missing_commands),
        )
    return ok("roles", "all granted", need)


def throttling(facts: Facts) -> Check | None:
    """18 shells a user by default (exchange.md 7.5)."""
    limit = facts.shell_limit
    if limit is None:
        return None
    need = f"room for {_ENOUGH_SHELLS} sessions"
    if limit.isdigit() and int(limit) < _ENOUGH_SHELLS:
        return warn(
            "throttling",
            f"the account's throttling policy allows {limit} sessions at once",
            need,
            "Associate it with a throttling policy of the scope Regular that allows 18.",
        )
    return ok("throttling", f"{limit} sessions at once", need)


ALL = (session, services, components, slot, final_database, recovery_database, roles, throttling)
