# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults against the modules of a recovery, over the real protocols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cases import ALL_ON_THE_WIRE
from desks import open_desk, open_desks, open_recovery
from pairs import open_pair
from stages import Stages

__all__ = ["open_desk", "open_desks", "open_pair", "open_recovery", "open_stages"]


@pytest.fixture
def open_stages(open_recovery: Callable[..., Any]) -> Callable[..., Stages]:  # noqa: F811
    """Start a lab whose DB01 is lost, and the stages of its recovery."""

    def start(**options: Any) -> Stages:
        options = {"wire": ALL_ON_THE_WIRE, "latency": False, "speed": 3000.0, **options}
        return Stages(open_recovery(**options))

    return start
