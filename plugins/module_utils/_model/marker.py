# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The marker of a dial tone database, and the run id in it.

The marker is the text of IsExcludedFromProvisioningReason (at least ten characters are demanded,
exchange.md 2 step 3). It ties the dial tone database to the failed one, and holds the only copy of
the run id that is ever needed: everything a recovery creates carries this id in its name.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

_MARKER = re.compile(
    r"Dial tone for (?P<database>.+), run (?P<run_id>\d{8}-\d{6})"
    r"(?P<adopted>, adopted)?(?P<closed>, closed)?"
)
_RUN_ID = re.compile(r"\d{8}-\d{6}")


def new_run_id(now: datetime) -> str:
    """The run id of a recovery that starts now: YYYYMMDD-HHMMSS in UTC."""
    return now.astimezone(timezone.utc).strftime("%Y%m%d-%H%M%S")


def is_run_id(text: str) -> bool:
    """Whether the text has the form of a run id."""
    return _RUN_ID.fullmatch(text) is not None


@dataclass(frozen=True)
class Marker:
    """What the marker says: the failed database's name, the run that recovers it, and whether that
    run is over. adopted: somebody made the database by hand, so its paths are its own."""

    failed_database: str
    run_id: str
    closed: bool = False
    adopted: bool = False

    def text(self) -> str:
        """The marker as it is written to Exchange; parse() is the way back."""
        end = (", adopted" if self.adopted else "") + (", closed" if self.closed else "")
        return f"Dial tone for {self.failed_database}, run {self.run_id}{end}"

    @classmethod
    def parse(cls, text: str | None) -> Marker | None:
        """The marker in this reason, or None when the reason is not one of ours."""
        match = _MARKER.fullmatch((text or "").strip())
        if match is None:
            return None
        closed, adopted = bool(match["closed"]), bool(match["adopted"])
        return cls(match["database"], match["run_id"], closed, adopted)

    def belongs_to(self, failed_database: str) -> bool:
        """Whether it marks the dial tone database of this one; Exchange names ignore case."""
        return self.failed_database.casefold() == failed_database.casefold()
