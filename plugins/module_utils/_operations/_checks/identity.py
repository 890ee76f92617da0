# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of names and marks: that nothing of another kind, or of another recovery, is in the way.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
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


def dial_tone(facts: Facts) -> Check:
    """The dial tone database's name is free, or taken by the one this recovery made."""
    name = facts.names.dial_tone_database
    need = f"the name {name} free, or its database marked as dial tone of {facts.failed.name}"
    if facts.layout.in_place and (facts.is_ours or facts.method == "in_place"):
        return ok("dial_tone_database", f"{name} itself, in place", need)
    if names.same_name(name, facts.failed.name):
        return stop(
            "dial_tone_database",
            "the dial tone database would have the name of the failed one",
            need,
            f"Give another dial_tone_database, such as {names.dial_tone_name(facts.failed.name)}.",
        )
    if len(facts.marked) > 1:
        return stop(
            "dial_tone_database",
            f"several databases are marked as dial tone of {facts.failed.name}:"
            f" {some(sorted(database.name for database in facts.marked))}",
            need,
            "Find out which one the users are in; take the marker (IsExcludedFromProvisioningReason)"
            " from the others.",
        )
    if facts.dial_tone is None and facts.adopt.database is not None:
        return stop(
            "dial_tone_database",
            f"there is no database {name} to adopt",
            "the dial tone database that was made by hand",
            "Correct dialtone_adopt_database (adopt_database), or leave it out.",
        )
    if facts.dial_tone is None:
        return ok("dial_tone_database", f"{name} is free", need)
    if not names.same_name(facts.dial_tone.server, facts.server.name):
        return stop(
            "dial_tone_database",
            f"{facts.dial_tone.name} lies on {facts.dial_tone.server}, not on {facts.server.name}",
            need,
            "Give another dial_tone_database; this recovery keeps everything on one server.",
        )
    if facts.by_hand is not None and facts.marker is None:
        text = f"{facts.dial_tone.name} was made by hand; this recovery takes it over"
        return ok("dial_tone_database", text, need)
    if facts.is_ours:
        return ok("dial_tone_database", f"{facts.dial_tone.name}, run {facts.run_id}", need)
    if _half_created(facts):
        return ok("dial_tone_database", f"{name} was created, its marker is due", need)
    marker = facts.marker
    whose = f"the dial tone of {marker.failed_database}" if marker else "another database"
    return stop(
        "dial_tone_database",
        f"{facts.dial_tone.name} exists already and is {whose}",
        need,
        "Give another dial_tone_database."
        if marker
        else "Give another dial_tone_database; or, if somebody made it for this recovery by hand, have"
        f" it taken over: dialtone_adopt_database={facts.dial_tone.name} (adopt_database).",
    )


def _half_created(facts: Facts) -> bool:
    """What a run leaves that ends between the creation and the marker."""
    found = facts.dial_tone
    return (
        found is not None
        and not found.created
        and found.excluded_from_provisioning
        and found.excluded_reason is None
        and found.edb_path.casefold() == facts.layout.dialtone_edb.casefold()
    )


def recovery_databases(facts: Facts) -> Check | None:
    """The names of the recovery databases are only ever used by this recovery."""
    if not facts.before("merged"):
        return None
    need = "the names of its recovery databases free, or used by them"
    taken = [
        database.name
        for name in facts.names.recovery_databases
        if (database := facts.database(name)) is not None and not database.recovery
    ]
    if taken:
        return stop(
            "names",
            f"{some(sorted(taken))} is a mailbox database, not a recovery database",
            need,
            "Rename that database.",
        )
    return ok("names", "free, or used by this recovery", need)


def at_work(facts: Facts) -> Check | None:
    """No other run is at work. One look can't tell a living run from a dead one."""
    return claimed(facts.folders)


def claimed(folders: RecoveryFolders | None) -> Check | None:
    """The same by the folders of a recovery alone, which may be over."""
    if folders is None or not folders.is_claimed:
        return None
    who = folders.claims[0].text if folders.claims else "A run"
    return warn(
        "at_work",
        f"{who} is at work on it, or was when it died",
        "no other run at work",
        "The next run finds out which, and stops or goes on accordingly.",
    )


def look_alike(facts: Facts) -> Check | None:
    """Nobody has begun by hand without saying so. A database that only looks like it is left alone."""
    if not facts.look_alikes or facts.stage != "new":
        return None
    found = facts.look_alikes[0]
    have = f"{found.name} looks like a dial tone database that somebody made by hand" + (
        "" if facts.mailboxes else f", and no mailbox is left on {facts.failed.name}"
    )
    need = "one dial tone database"
    remedy = (
        f"If it is that of {facts.failed.name}, have it taken over: dialtone_adopt_database="
        f"{found.name} (adopt_database). It is not touched otherwise."
    )
    return (
        warn("adopt", have, need, remedy) if facts.mailboxes else stop("adopt", have, need, remedy)
    )


def merge_source(facts: Facts) -> Check | None:
    """After a swap by hand, the dial tone files are known and are what they should be."""
    source = facts.merge_source
    if source is None or not source.problem:
        return None
    return stop(
        "adopt",
        source.problem,
        "the dial tone files, to merge the mail in them",
        "Name the recovery database that is over them (dialtone_adopt_recovery_database), or their"
        " .edb (dialtone_adopt_dial_tone_file); what is merged already is not doubled.",
    )


ALL = (dial_tone, recovery_databases, at_work, look_alike, merge_source)
