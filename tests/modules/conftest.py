# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of single modules against the lab, over the real protocols."""

from __future__ import annotations

from desks import (
    desk,
    open_desk,
    open_desks,
    open_recovery,
    recovery,
    shared_desk,
    shared_recovery,
)
from pairs import open_pair

__all__ = [
    "desk",
    "open_desk",
    "open_desks",
    "open_pair",
    "open_recovery",
    "recovery",
    "shared_desk",
    "shared_recovery",
]
