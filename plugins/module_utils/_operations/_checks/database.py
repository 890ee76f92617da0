# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the failed database itself: is it really lost, and is a dial tone the way?

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
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


def copies(facts: Facts) -> Check:
    """A healthy copy beats every dial tone: minutes, and little or nothing lost (exchange.md 9)."""
    need = "no healthy copy of the database"
    healthy = [copy for copy in facts.copies if copy.healthy]
    if healthy:
        best = min(healthy, key=lambda copy: copy.copy_queue_length or 0)
        return stop(
            "copies",
            f"the copy on {best.server} is {best.status}, {best.copy_queue_length or 0} logs behind",
            need,
            f"Activate it instead: Move-ActiveMailboxDatabase {facts.failed.name}"
            f" -ActivateOnServer {best.server}.",
        )
    return ok("copies", "no healthy copy", need)


def soft_recovery(facts: Facts) -> Check | None:
    """A file that is only dirty, with all its logs, needs minutes and no dial tone."""
    file = facts.failed_file
    need = "a database file that can't simply be mounted"
    if not facts.before("dial_tone") or facts.elsewhere:
        return None
    if file is None:
        return ok("soft_recovery", f"{facts.failed.edb_path} is gone", need)
    if file.header is None:
        return ok("soft_recovery", f"{file.path} can't be read: {file.problem}", need)
    folder = paths.folder_of(file.path)
    if file.header.is_clean:
        return warn(
            "soft_recovery",
            f"{file.path} is in clean shutdown and has a readable header",
            need,
            f"It may mount as it is: try Mount-Database {facts.failed.name} first.",
        )
    first, last = file.header.log_required
    last = max(last, file.header.log_committed)
    gaps = log_stream.gaps(facts.failed_logs, first, last)
    if gaps:
        lacks = log_stream.describe(gaps)
        return ok("soft_recovery", f"{file.path} is dirty and lacks logs {lacks}", need)
    prefix, logs = facts.failed.log_prefix or log_stream.DEFAULT_PREFIX, _log_folder(facts)
    return warn(
        "soft_recovery",
        f"{file.path} is only dirty, and all its logs are there ({first} to {last})",
        need,
        "Mounting it replays them in minutes: try"
        f" Mount-Database {facts.failed.name} first, or, on a copy of the files,"
        f' eseutil /r {prefix} /l "{logs}" /s "{logs}" /d "{folder}" /o.',
    )


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


def _log_folder(facts: Facts) -> str:
    file = facts.failed_file
    if file and paths.same(file.path, facts.layout.preserved_edb):
        return facts.layout.preserved_logs
    return facts.failed.log_folder


ALL = (found, mounted, copies, soft_recovery, circular_logging)
