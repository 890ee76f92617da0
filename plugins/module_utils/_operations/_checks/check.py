# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One preflight check: what is there, what is needed, and what to do about it.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

OK: t.Final = "ok"
WARN: t.Final = "warn"
STOP: t.Final = "stop"


@dataclass(frozen=True)
class Check:
    """verdict: ok, warn (worth knowing), or stop (it can't work, or isn't needed). have, need: what
    was found and what is due, in words. remedy: one sentence, never empty for a stop."""

    name: str
    verdict: str
    have: str
    need: str
    remedy: str = ""

    @property
    def text(self) -> str:
        """The check as one line for a person."""
        line = f"{self.name.replace('_', ' ')}: {self.have.rstrip('.')}."
        if self.verdict != OK:
            line += f" Needed: {self.need.rstrip('.')}."
        return f"{line} {self.remedy}".rstrip()

    def as_result(self) -> dict[str, str]:
        return {**asdict(self), "text": self.text}


def ok(name: str, have: str, need: str) -> Check:
    return Check(name, OK, have, need)


def warn(name: str, have: str, need: str, remedy: str) -> Check:
    return Check(name, WARN, have, need, remedy)


def stop(name: str, have: str, need: str, remedy: str) -> Check:
    return Check(name, STOP, have, need, remedy)
