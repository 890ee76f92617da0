# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the failed database itself: is it really lost, and is a dial tone the way?

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)


def unknown(name: str) -> Check:
    """For a name that no database has; there is nothing else to check then."""
    return stop(
        "failed_database",
        f"there is no database {name} in the organisation",
        "the name of the mailbox database that failed",
        "Check the spelling; Get-MailboxDatabase lists all names.",
    )


def retired(name: str, successor: str) -> Check:
    """For a database whose object was removed when its recovery was over."""
    return ok("failed_database", f"{name} was retired; {successor} is in production", "a name")


def kind(name: str) -> Check:
    """For a recovery database given as the failed one."""
    return stop(
        "failed_database",
        f"{name} is a recovery database, nobody's mailbox lives on it",
        "the mailbox database that failed",
        "Give the name of the mailbox database itself.",
    )


def found(facts: Facts) -> Check:
    """That the database exists, which it does when there are facts."""
    failed = facts.failed
    return ok("failed_database", f"{failed.name} on {facts.original.fqdn}", "a mailbox database")


def mounted(facts: Facts) -> Check:
    """A mounted database has not failed; null is not false (exchange.md 12)."""
    failed, need = facts.failed, "a dismounted database"
    if facts.layout.in_place and facts.is_ours:
        return ok("mounted", f"{failed.name} is its own dial tone database", need)
    if failed.mounted and facts.elsewhere and not facts.before("swapping"):
        return ok("mounted", f"{failed.name} is restored, its users go home", need)
    if failed.mounted:
        return stop(
            "mounted",
            f"{failed.name} is mounted, so its users can work",
            need,
            f"If it has really failed, dismount it first: Dismount-Database {failed.name}.",
        )
    if failed.mounted is None and facts.elsewhere:
        return ok("mounted", f"{facts.original.name} doesn't answer", need)
    if failed.mounted is None:
        return stop(
            "mounted",
            f"Exchange does not know whether {failed.name} is mounted",
            need,
            f"Start MSExchangeIS and MSExchangeRepl on {facts.server.name}, then look again.",
        )
    return ok("mounted", f"{failed.name} is dismounted", need)


def circular_logging(facts: Facts) -> Check | None:
    """Without the logs since the backup, the mail since the backup is lost."""
    if not facts.before("restored"):
        return None
    need = "logs that reach from the backup to the failure"
    if facts.failed.circular_logging:
        return warn(
            "circular_logging",
            f"{facts.failed.name} overwrites its logs (circular logging)",
            need,
            "Expect the state of the backup; ask for a newer backup if there is one.",
        )
    return ok("circular_logging", "logs are kept", need)


ALL = (found, mounted, circular_logging)
