# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Preflight: pure functions from facts to checks, one file per group.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    database,
    identity,
    mailboxes,
    restored,
    server,
    space,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    STOP,
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)

_ALL = (
    *database.ALL,
    *server.ALL,
    *identity.ALL,
    *space.ALL,
    *mailboxes.ALL,
    *restored.ALL,
)


def run_all(facts: Facts) -> list[Check]:
    """Every check that applies at this stage; none of a finished recovery, and only one of a session
    on the wrong server."""
    if facts.stage == "closed":
        return [database.found(facts)]
    session = server.session(facts)
    if session.verdict == STOP:  # nothing else could be looked at from there
        return [database.found(facts), session]
    return [check for each in _ALL if (check := each(facts)) is not None]
