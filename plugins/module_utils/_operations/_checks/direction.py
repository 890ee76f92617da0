# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which way a recovery merges, what that means for the users, and whether there is room for it.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections import Counter

from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    merge_direction,
    paths,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.merge_direction import (
    DIAL_TONE_INTO_OLD,
    LEFT_BEHIND,
    OLD_INTO_DIAL_TONE,
    Direction,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _recovery_stage
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._adoption import (
    Position,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    EdbFile,
    Facts,
)


def chosen(facts: Facts) -> Direction:
    """The direction of this recovery: as it has begun, or else as asked for, or by the file."""
    if begun := _begun(facts):
        return begun
    if facts.comes_home:
        return Direction(DIAL_TONE_INTO_OLD, "the users go home to the restored file")
    file = source(facts)
    return merge_direction.choose(
        facts.merge_direction,
        file.header.repair_count if file and file.header else 0,
        accept_repaired="repaired" in facts.override,
    )


def is_reverse(facts: Facts) -> bool:
    """Whether the old mail is merged into the dial tone database."""
    return chosen(facts).value == OLD_INTO_DIAL_TONE


def source(facts: Facts) -> EdbFile | None:
    """The restored file: collected, or the only one in the restore folder."""
    if facts.restored_file is not None:
        return facts.restored_file
    return facts.restore_files[0] if len(facts.restore_files) == 1 else None


def _begun(facts: Facts) -> Direction | None:
    found = facts.folders
    if found is None:
        return None
    by_hand = facts.by_hand is not None and facts.by_hand.position is not Position.DIAL_TONE
    adopted = facts.merge_source is not None or found.exists("swapped") or found.exists("merged")
    if by_hand or adopted:
        return Direction(DIAL_TONE_INTO_OLD, "the swap has begun")
    rdb = facts.database(facts.names.merge_recovery_database)
    over = rdb is not None and paths.same(rdb.edb_path, facts.layout.restored_edb)
    if _recovery_stage.is_old_merged(found) or over or facts.stage == "merging":
        return Direction(OLD_INTO_DIAL_TONE, "that merge has begun")
    return None


def direction(facts: Facts) -> Check | None:
    """What a merge into the dial tone database means; that a recovery goes on as it began."""
    if not facts.before("merged"):
        return None
    need = "restored mailboxes in production, and the mail of the dial tone period merged into them"
    choice = chosen(facts)
    wanted = facts.merge_direction
    if wanted in merge_direction.DIRECTIONS and wanted != choice.value and not facts.comes_home:
        return stop(
            "merge_direction",
            f"{choice.reason}, which is {choice.value}",
            need,
            f"Leave dialtone_merge_direction: {wanted} out; a recovery goes on as it began.",
        )
    if choice.value == DIAL_TONE_INTO_OLD:
        return ok("merge_direction", f"{choice.value}: {choice.reason}", need)
    count = len(facts.mailboxes) + len(facts.archive_owners)
    whose = f"the {count} mailboxes and archives" if count else "the mailboxes"
    return warn(
        "merge_direction",
        f"{choice.value}: {choice.reason}. {facts.names.dial_tone_database} stays in production,"
        f" there is no swap, and the old mail of {whose} is copied into it",
        need,
        f"Not copied are {LEFT_BEHIND}; the file is kept. To have them, restore a backup that was"
        " never repaired.",
    )


def room(facts: Facts) -> Check | None:
    """Room for the old mail in the dial tone database, and as much again for its logs."""
    if not facts.before("merged") or not is_reverse(facts):
        return None
    file = source(facts)
    if file is None or (facts.requests and facts.stage == "merging"):
        return None
    due: Counter[str] = Counter()
    known: dict[str, Volume] = {}
    places = [facts.layout.dialtone_edb, facts.layout.dialtone_logs]
    if facts.before("restored"):
        places.append(facts.layout.restored)
    for place in places:
        if (volume := facts.volume_of(place)) is not None:
            known[volume.name] = volume
            due[volume.name] += file.size
    need = "room for the old mail in the dial tone database, and for the logs of the merge: " + (
        ", ".join(f"{sizes.format_size(size)} on {name}" for name, size in sorted(due.items()))
    )
    have = ", ".join(
        f"{sizes.format_size(known[name].free)} free on {name}" for name in sorted(due)
    )
    short = {name: size - known[name].free for name, size in due.items()}
    if any(lacks > 0 for lacks in short.values()):
        more = ", ".join(
            f"{sizes.format_size(lacks)} on {name}" for name, lacks in short.items() if lacks > 0
        )
        return stop("merge_space", have, need, f"Free {more}.")
    return ok("merge_space", have, need)


ALL = (direction, room)
