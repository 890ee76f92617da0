# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the file tests."""

from __future__ import annotations

import typing as t

import pytest
from files.script import Script


@pytest.fixture
def script() -> t.Iterator[Script]:
    """Fails at the end when an expected call has not come."""
    transport = Script()
    yield transport
    transport.finished()
