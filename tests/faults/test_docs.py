# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/faults.md says what the tests prove, and the tests leave out no fault of the catalogue."""

from __future__ import annotations

from cases import CASES, CATALOGUE
from write_docs import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python tests/faults/write_docs.py"


def test_every_fault_has_a_case() -> None:
    page()
    played = {case.fault for case in CASES.values()}
    # families whose file of tests is there
    families = {CATALOGUE[name].family for name in played}
    missing = [f.name for f in CATALOGUE.values() if f.family in families and f.name not in played]
    assert not sorted(missing)
