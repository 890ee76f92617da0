# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marker and the run id."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import (
    Marker,
    is_run_id,
    new_run_id,
)


@pytest.mark.parametrize(
    "name", ["DB01", "Mail, run 1", "O'Brien", "Ж 📬", "x" * 64, "a, run 20260101-000000"]
)
@pytest.mark.parametrize("closed", [False, True])
def test_round_trip(name: str, closed: bool) -> None:
    marker = Marker(name, "20261122-141502", closed)
    assert Marker.parse(marker.text()) == marker
    assert len(marker.text()) >= 10  # Exchange demands it


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Full",
        "Dial tone for DB01",
        "Dial tone for , run x",
        "Dial tone for DB01, run 2026",
    ],
)
def test_other_reasons_are_not_ours(text: str | None) -> None:
    assert Marker.parse(text) is None


def test_names_ignore_case() -> None:
    assert Marker("DB01", "20261122-141502").belongs_to("db01")
    assert not Marker("DB01", "20261122-141502").belongs_to("DB011")


def test_run_ids_are_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    run_id = new_run_id(datetime(2026, 11, 22, 2, 0, 5, tzinfo=east))
    assert run_id == "20261121-203005"
    assert is_run_id(run_id)
    assert not is_run_id("20261121")
