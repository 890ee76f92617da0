# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File names with wildcards, by the rules of DOS."""

from __future__ import annotations

import re

from ..files.paths import fold


def matches(name: str, patterns: list[str]) -> bool:
    return any(_wildcard(pattern).fullmatch(fold(name)) for pattern in patterns)


def _wildcard(pattern: str) -> re.Pattern[str]:
    """DOS rules: "*.*" is everything, with or without a dot."""
    if pattern == "*.*":
        pattern = "*"
    parts = [".*" if c == "*" else "." if c == "?" else re.escape(c) for c in fold(pattern)]
    return re.compile("".join(parts), re.DOTALL)
