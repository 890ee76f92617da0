# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Versions of Exchange servers.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

_ADMIN_DISPLAY = re.compile(r"Version (\d{1,9})\.(\d{1,9}) \(Build (\d{1,9})\.(\d{1,9})\)")
_DOTTED = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
# The first build of the Subscription Edition (RTM); it kept the 15.2 of Exchange 2019.
_FIRST_SE_BUILD = 2562


class ServerVersion(t.NamedTuple):
    """major.minor.build.revision; compares as such."""

    major: int
    minor: int
    build: int
    revision: int

    @classmethod
    def parse(cls, text: str) -> ServerVersion:
        """From AdminDisplayVersion, "Version 15.2 (Build 1544.4)", or from "15.2.1544.4".

        Raises ValueError for anything else.
        """
        match = _ADMIN_DISPLAY.fullmatch(text.strip()) or _DOTTED.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not a version of an Exchange server.")
        return cls(*(int(part) for part in match.groups()))

    @property
    def product(self) -> str | None:
        """ "2013", "2016", "2019" or "SE"; None for anything older or unknown."""
        if self.major != 15:
            return None
        if self.minor == 2:
            return "SE" if self.build >= _FIRST_SE_BUILD else "2019"
        return {0: "2013", 1: "2016"}.get(self.minor)

    def __str__(self) -> str:
        return ".".join(str(part) for part in self)
