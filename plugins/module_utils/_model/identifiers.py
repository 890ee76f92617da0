# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""GUIDs.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re

NO_GUID = "00000000-0000-0000-0000-000000000000"
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")


def parse_guid(text: str | None) -> str | None:
    """A GUID in lower case without braces; None for an unset one (null, empty, all zeros).

    Raises ValueError for text that is no GUID.
    """
    if text is None or not text.strip():
        return None
    match = _GUID.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a GUID.")
    guid = match[1].lower()
    return None if guid == NO_GUID else guid
