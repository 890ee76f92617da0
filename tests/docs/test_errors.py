# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/errors.md has every code that the code can raise, with something to read and something to do."""

from __future__ import annotations

from error_codes import PAGE, WORDS, page, raised


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python tests/docs/write_errors.py"


def test_every_code_says_something_and_has_a_remedy() -> None:
    assert len({r.code for r in raised()}) > 30
    assert not [r for r in raised() if not r.message or not r.remedy]


def test_words_are_for_codes_that_exist() -> None:
    assert set(WORDS) <= {r.code for r in raised()}
