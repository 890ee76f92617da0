# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lab-made files: small on the real disk, big to everybody who asks.

Such a file begins with one line of JSON, `{"lab": <kind>, "size": <logical size>, ...}`. The line
of a file that changes often is padded, so that it can be replaced in place.
"""

from __future__ import annotations

import json
from typing import Any

MAGIC = b'{"lab":'
_MOST = 65536


def encode(header: dict[str, Any], pad: int = 0) -> bytes:
    """The header line, filled with blanks to *pad* bytes (0: as long as it is)."""
    line = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    if not line.startswith(MAGIC):
        raise ValueError('the first key of a header must be "lab"')
    if pad and len(line) >= pad:
        raise ValueError(f"header of {len(line)} bytes does not fit into {pad}")
    return line.ljust(pad - 1 if pad else 0) + b"\n"


def decode(data: bytes) -> dict[str, Any] | None:
    """The header at the beginning of *data*, None where there is none or it is damaged."""
    if not data.startswith(MAGIC):
        return None
    line, newline, _rest = data[:_MOST].partition(b"\n")
    try:
        header = json.loads(line) if newline else None
    except ValueError:
        return None
    return header if isinstance(header, dict) and isinstance(header.get("size"), int) else None
