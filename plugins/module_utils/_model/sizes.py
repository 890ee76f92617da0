# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Sizes as Exchange prints them, and as we print them.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

# The exact number stands in brackets before a word for bytes; its grouping depends on the culture
# of the server: 1,024 or 1.024 or 1 024 (with any kind of blank) or 1'024 (exchange.md 12).
# No size has more digits; Python would refuse to read thousands of them, in other words.
_DIGITS = re.compile(r"\d{1,30}")
_EXACT = re.compile(r"\(\s*(-?\d[^()A-Za-z]{0,60})[A-Za-z]*\s*\)")
_ROUNDED = re.compile(r"(\d{1,30}(?:[.,]\d{1,30})?)\s*(B|KB|MB|GB|TB|PB)", re.IGNORECASE)
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def parse_size(text: str | int | None) -> int | None:
    """Bytes of a ByteQuantifiedSize: "10 GB (10,737,418,240 bytes)" of any grouping.

    None for "Unlimited" and for an unset value. A size without the exact number ("2.3 GB") is
    computed with units of 1024. Raises ValueError for text that is no size.
    """
    if text is None or isinstance(text, int):
        return text
    stripped = text.strip()
    if not stripped or stripped.lower() == "unlimited":
        return None
    if exact := _EXACT.search(stripped):
        return int(("-" if exact[1].startswith("-") else "") + re.sub(r"\D", "", exact[1]))
    if _DIGITS.fullmatch(stripped):
        return int(stripped)
    if rounded := _ROUNDED.fullmatch(stripped):
        factor = 1024 ** _UNITS.index(rounded[2].upper())
        return round(float(rounded[1].replace(",", ".")) * factor)
    raise ValueError(f"{text!r} is not a size as Exchange prints it.")


def format_size(size: int | None) -> str:
    """Bytes for people: "1.5 GB", units of 1024; None is "unlimited"."""
    if size is None:
        return "unlimited"
    value = float(size)
    for unit in _UNITS:
        if abs(value) < 1024 or unit == _UNITS[-1]:
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
