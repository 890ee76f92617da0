# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Preflight: every check of _checks, in its order.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    advice,
    alternate,
    database,
    direction,
    identity,
    mailboxes,
    methods,
    restored,
    server,
    space,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    STOP,
    WARN,
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)

_ALL = (
    *database.ALL,
    *advice.ALL,
    *server.ALL,
    *identity.ALL,
    *methods.ALL,
    *direction.ALL,
    *space.ALL,
    *mailboxes.ALL,
    *restored.ALL,
    *alternate.ALL,
)


def run_all(facts: Facts, override: Collection[str] = ()) -> list[Check]:
    """Every check that applies at this stage; of a finished recovery only whether a run has left its
    sign there, and only one of a session on the wrong server. override: names of checks of
    advice.OVERRIDABLE that only warn."""
    if facts.stage == "closed":
        return [database.found(facts), *filter(None, [identity.at_work(facts)])]
    session = server.session(facts)
    if session.verdict == STOP:  # nothing else could be looked at from there
        return [database.found(facts), session]
    checks = [check for each in _ALL if (check := each(facts)) is not None]
    return [
        replace(check, verdict=WARN, remedy=f"Overridden; the advice is: {check.remedy}")
        if check.verdict == STOP and check.name in override and check.name in advice.OVERRIDABLE
        else check
        for check in checks
    ]
