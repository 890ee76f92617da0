# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The claim of a run on a recovery, as the name of a folder that a person can read.

    root at awx1.contoso.com, job 42, since 20261122-173000, process 5d41402a-812-96123, every 10 s, 17

The last number grows with each renewal: whoever sees it grow knows that the run lives, and needs no
clock but an own one. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

# A run that has not been heard of for so many renewals is dead; one that could not renew its own
# claim for LEASE renewals sends nothing that changes.
DEAD: t.Final = 3
LEASE: t.Final = 2

_TEXT = re.compile(
    r"(?P<user>[^ ,]+) at (?P<controller>[^ ,]+)(?:, job (?P<job>[^ ,]+))?, since (?P<since>[0-9-]+),"
    r" process (?P<process>[0-9a-zA-Z-]+), every (?P<renewal>[0-9]{1,5}) s, (?P<count>[0-9]{1,9})"
)
_UNSAFE = re.compile(r"[^\w.@\\-]+|\\")
_LONGEST = 32


@dataclass(frozen=True)
class Claim:
    """Who works on a recovery. since: YYYYMMDD-HHMMSS in UTC by the controller's clock, for people.
    process: what tells this run from every other. renewal: seconds. count: renewals so far."""

    user: str
    controller: str
    job: str
    since: str
    process: str
    renewal: int
    count: int = 0

    @classmethod
    def new(
        cls, user: str, controller: str, job: str, since: str, process: str, renewal: int
    ) -> Claim:
        """A claim with these words, as far as the name of a folder can have them."""
        return cls(_word(user), _word(controller), _word(job, ""), since, process, renewal)

    @classmethod
    def parse(cls, name: str) -> Claim | None:
        """The claim that a folder's name is, None when it is none."""
        match = _TEXT.fullmatch(name)
        if match is None:
            return None
        return cls(
            match["user"],
            match["controller"],
            match["job"] or "",
            match["since"],
            match["process"],
            int(match["renewal"]),
            int(match["count"]),
        )

    @property
    def name(self) -> str:
        """The folder's name; parse() is the way back."""
        return (
            f"{self.who}, since {self.since}, process {self.process}, every {self.renewal} s,"
            f" {self.count}"
        )

    @property
    def who(self) -> str:
        """User, controller and job, for a sentence."""
        return f"{self.user} at {self.controller}{f', job {self.job}' if self.job else ''}"

    @property
    def text(self) -> str:
        """Who and since when, for a sentence."""
        day, _dash, clock = self.since.partition("-")
        when = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"
        return f"{self.who}, since {when}"

    @property
    def seconds_to_death(self) -> float:
        """How long a claim is watched that is not renewed."""
        return float(DEAD * self.renewal)

    @property
    def lease(self) -> float:
        """Seconds after its last renewal in which a run may still send changes."""
        return float(LEASE * self.renewal)

    def renewed(self) -> Claim:
        return replace(self, count=self.count + 1)

    def is_of(self, process: str) -> bool:
        return self.process == process

    def as_result(self) -> dict[str, t.Any]:
        return {
            "user": self.user,
            "controller": self.controller,
            "job": self.job or None,
            "since": self.since,
            "text": self.text,
        }


def _word(text: str, default: str = "unknown") -> str:
    return _UNSAFE.sub("_", text.strip())[:_LONGEST].strip("_.") or default
