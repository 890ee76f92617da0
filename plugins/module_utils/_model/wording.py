# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Words for a sentence that a person reads.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t


def some(items: t.Iterable[str], most: int = 5, between: str = ", ") -> str:
    """A list that may be long: "a, b, c, d, e and 12 more"."""
    every = list(items)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return between.join(every[:most]) + more
