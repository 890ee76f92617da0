# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How a recovery is done, and why: the method of the dial tone and of the swap; and whether an earlier
recovery of the same name is in the way.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _dial_tone_in_place,
    _swap_places,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    direction,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)


class Choice(t.NamedTuple):
    """One decision: the playbook's variable, its value, and the reason."""

    name: str
    value: str
    reason: str


def choices(facts: Facts) -> list[Choice]:
    """What was decided for this recovery, for the plan; only what is still to come."""
    made = []
    if facts.before("dial_tone") or facts.layout.in_place:
        made.append(_dial_tone_method(facts))
    swapping = facts.before("swapped") and not direction.is_reverse(facts)
    if swapping and (swap := _swap_method(facts)):
        made.append(swap)
    if facts.before("merged"):
        made.append(Choice("dialtone_merge_direction", *direction.chosen(facts)))
    return made


def _dial_tone_method(facts: Facts) -> Choice:
    if facts.layout.in_place:
        reason = (
            "as given; the same database object is mounted over an empty file, nobody is rehomed"
        )
        return Choice("dialtone_method", "in_place", reason)
    return Choice(
        "dialtone_method",
        "beside",
        "the failed database's object and paths stay as they are, whatever is wrong with its disk",
    )


def _swap_method(facts: Facts) -> Choice | None:
    if facts.layout.in_place:
        reason = "in place, the files change places on one volume"
        return Choice("dialtone_swap_method", "rename", reason)
    if not (facts.volume_of(facts.layout.dialtone) and facts.volume_of(facts.layout.restored)):
        return None
    chosen = _swap_places.choose(facts.volumes, facts.layout, facts.swap_method)
    return Choice("dialtone_swap_method", chosen.method, chosen.reason)


def in_place(facts: Facts) -> Check | None:
    """A dial tone in place needs certainty about the disk, and a database without copies."""
    if not facts.layout.in_place or not facts.before("dial_tone") or facts.folders is None:
        return None
    need = "a path that answers, with traces of the database, and no copies of it"
    beside = "Have the dial tone beside it (dialtone_method: beside), or bring the disk back first."
    if facts.elsewhere:
        return stop("in_place", f"{facts.server.name} has none of its files", need, beside)
    others = [
        c.server for c in facts.copies if c.server.casefold() != facts.failed.server.casefold()
    ]
    if others:
        return stop("in_place", f"{facts.failed.name} has copies on {some(sorted(others))}", need, beside)
    reason = _dial_tone_in_place.doubt(facts.layout, facts.folders, facts.volumes)
    if reason:
        return stop("in_place", reason, need, beside)
    return ok("in_place", f"{facts.layout.dialtone} answers", need)


def files_of_this_recovery(facts: Facts) -> Check | None:
    """A dial tone in place has no path that tells the recovery root; the preserved files do."""
    if not (facts.layout.in_place and facts.is_ours) or facts.folders is None:
        return None
    need = "the recovery root of the run that began this recovery"
    if not facts.folders.exists("preserved"):
        return stop(
            "preserved_files",
            f"{facts.failed.name} has its dial tone in place, but {facts.layout.preserved} is not"
            " there",
            need,
            "Give the recovery_root (dialtone_recovery_root) of the first run.",
        )
    return ok("preserved_files", facts.layout.preserved, need)


def earlier_recovery(facts: Facts) -> Check | None:
    """A database that was recovered under this name, and has failed again."""
    if not facts.again or facts.folders is None:
        return None
    need = "a recovery root without an earlier recovery of the same name"
    there = [name for name in ("preserved", "merged", "swapped") if facts.folders.exists(name)]
    if there:
        return stop(
            "earlier_recovery",
            f"{facts.layout.base} holds {some(sorted(there))} of an earlier recovery of {facts.failed.name}",
            need,
            "Give another recovery_root (dialtone_recovery_root); the old files stay.",
        )
    return ok("earlier_recovery", f"{facts.layout.base} is free", need)


ALL = (in_place, files_of_this_recovery, earlier_recovery)
