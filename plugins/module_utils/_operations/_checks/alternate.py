# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of an alternate server: the conditions of dial tone portability (exchange.md 1.2 and 3).

A recovery on the failed database's own server has none of them. PRIVATE to the collection: it can
change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders
from ansible_collections.dialtone.exchange.plugins.module_utils._model import sizes
from ansible_collections.dialtone.exchange.plugins.module_utils._model.versions import ServerVersion
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)


def original_server(facts: Facts) -> Check | None:
    """Whether the server is lost; a store that runs, but whose mount state nobody knows, may serve users."""
    if facts.alternate is None or not facts.before("dial_tone"):
        return None
    name, need = facts.original.name, "a server that is lost, or a database that is down"
    if not facts.alternate.original_runs:
        return ok(
            "original_server", f"{name} doesn't answer, or its Information Store is down", need
        )
    if facts.failed.mounted is None:
        return stop(
            "original_server",
            f"the Information Store of {name} runs, and Exchange doesn't know whether"
            f" {facts.failed.name} is mounted",
            need,
            f"Start MSExchangeRepl on {name}, or shut {name} down, then run the same command again.",
        )
    return warn(
        "original_server",
        f"{name} runs, only {facts.failed.name} is down",
        need,
        "A recovery on its own server (playbook same_server) may be quicker: nothing is rebuilt.",
    )


def exchange_version(facts: Facts) -> Check | None:
    """Major and minor decide; a rebuilt server may show an old build (exchange.md 1.2)."""
    if facts.alternate is None:
        return None
    here, there = facts.server, facts.original
    need = f"the Exchange version of {there.name}, {there.version or 'unknown'}"
    have = f"{here.name} has {here.version or 'an unknown version'}"
    try:
        mine, its = ServerVersion.parse(here.version), ServerVersion.parse(there.version)
    except ValueError:
        return warn(
            "exchange_version", have, need, "Compare both with Get-ExchangeServer yourself."
        )
    if (mine.major, mine.minor) != (its.major, its.minor):
        return stop(
            "exchange_version",
            have,
            need,
            "Choose an alternate server of the same Exchange version; its database files don't fit"
            " another one.",
        )
    if mine != its:
        return warn(
            "exchange_version",
            have,
            need,
            "Bring both to the same update if you can; a rebuilt server may only show an old build.",
        )
    return ok("exchange_version", have, need)


def windows_version(facts: Facts) -> Check | None:
    """The lost server can't be asked, so that only the admin knows (exchange.md 1.2)."""
    if facts.alternate is None or not facts.before("restored"):
        return None
    have = f"{facts.server.name} has Windows {facts.alternate.windows or 'of an unknown version'}"
    return warn(
        "windows_version",
        have,
        f"the Windows version of {facts.original.name}, which can't be asked",
        "Compare it with what you know of that server.",
    )


def schema_version(facts: Facts) -> Check | None:
    """A database's schema must be one that the server can open (exchange.md 1.2)."""
    if facts.alternate is None or not facts.before("restored"):
        return None
    mine, its = facts.alternate.schema, facts.alternate.original_schema
    have = f"{facts.server.name} works with schema {mine or 'unknown'}"
    need = f"the database schema of {facts.original.name}, {its or 'unknown'}"
    if mine and its and mine != its:
        return stop(
            "schema_version",
            have,
            need,
            "Bring both servers to the same update, or choose another alternate server.",
        )
    if not (mine and its):
        return ok("schema_version", f"{have}, {facts.original.name} can't be asked", "equal ones")
    return ok("schema_version", have, need)


def carried_mailboxes(facts: Facts) -> Check | None:
    """What the alternate server carries then, against the limit the admin sets."""
    if facts.alternate is None or not facts.before("dial_tone"):
        return None
    limit, there = facts.alternate.limits.mailboxes, facts.alternate.mailboxes
    coming = len(facts.mailboxes) + len(facts.archive_owners)
    if limit is None or there is None:
        return ok("carried_mailboxes", f"{coming} more mailboxes and archives", "no limit is set")
    have = f"{there} mailboxes on {facts.server.name}, {coming} mailboxes and archives to come"
    need = f"at most {limit} in all"
    if there + coming > limit:
        return stop(
            "carried_mailboxes",
            have,
            need,
            "Choose another alternate server, or raise max_mailboxes (dialtone_max_mailboxes).",
        )
    return ok("carried_mailboxes", have, need)


def carried_size(facts: Facts) -> Check | None:
    """How large the database will be on the alternate server, against the limit the admin sets."""
    if facts.alternate is None or not facts.before("restored"):
        return None
    limit = facts.alternate.limits.database_size
    if limit is None:
        return None
    name, need = facts.failed.name, f"at most {sizes.format_size(limit)}"
    size = facts.failed.size
    if facts.restore is not None:
        edbs = [file for file in facts.restore.files if file.name.lower().endswith(".edb")]
        size = folders.total(edbs) or size
    if size is None:
        return warn(
            "carried_size",
            f"nobody knows how large {name} is while its server is down",
            need,
            "It is checked again when the restored file is there.",
        )
    have = f"{name} is {sizes.format_size(size)} large"
    if size > limit:
        return stop(
            "carried_size",
            have,
            need,
            "Choose another alternate server, or raise max_database_size"
            " (dialtone_max_database_size).",
        )
    return ok("carried_size", have, need)


def machine(facts: Facts) -> Check | None:
    """Memory and processors, for the reader: nobody knows how much is enough."""
    if facts.alternate is None or not facts.before("dial_tone"):
        return None
    memory, processors = facts.alternate.memory, facts.alternate.processors
    have = (
        f"{facts.server.name} has {sizes.format_size(memory) if memory else 'unknown'} memory and"
        f" {processors or 'unknown'} processors"
    )
    return ok("machine", have, "enough for the users of both servers")


def availability_group(facts: Facts) -> Check | None:
    """In a DAG the dial tone database is one without copies."""
    if facts.alternate is None or not facts.before("dial_tone"):
        return None
    need = "knowledge that nothing protects the dial tone database"
    group = facts.alternate.availability_group
    if group:
        return warn(
            "availability_group",
            f"{facts.server.name} is in {group}, but the dial tone database will have no copy",
            need,
            "Add copies when the recovery is closed, if the other databases have some.",
        )
    return ok("availability_group", f"{facts.server.name} is in no DAG", need)


ALL = (
    original_server,
    exchange_version,
    windows_version,
    schema_version,
    carried_mailboxes,
    carried_size,
    machine,
    availability_group,
)
