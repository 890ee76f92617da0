# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""robocopy's exit bits, listings and progress."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import robocopy
from ansible_collections.dialtone.exchange.plugins.module_utils._model.robocopy import Listed


@pytest.mark.parametrize("code", range(32))
def test_exit_bits(code: int) -> None:
    assert robocopy.succeeded(code) == (code < 8)


def test_other_exit_codes_are_failures() -> None:
    assert not robocopy.succeeded(-1)
    assert not robocopy.succeeded(-1073741510)
    assert "could not be copied" in robocopy.describe_exit(9)
    assert "serious error" in robocopy.describe_exit(16)
    assert robocopy.describe_exit(0) == "nothing had to be copied"


def test_listing() -> None:
    output = (
        "\t                       3\tD:\\Data\\DB 01\\\r\n"
        "\t\t    8192\tD:\\Data\\DB 01\\E00.chk\r\n"
        "\t\t 1099511627776\tD:\\Data\\DB 01\\Müller & Söhne (1) 📮.edb\r\n"
        "\t\t       0\tD:\\Data\\DB 01\\12 3.log\r\n"
        "\t                       0\tD:\\Data\\DB 01\\empty\\\r\n"
        "\r\nsomething else\r\n"
    )
    assert robocopy.parse_listing(output) == [
        Listed("D:\\Data\\DB 01", 3, True),
        Listed("D:\\Data\\DB 01\\E00.chk", 8192, False),
        Listed("D:\\Data\\DB 01\\Müller & Söhne (1) 📮.edb", 1099511627776, False),
        Listed("D:\\Data\\DB 01\\12 3.log", 0, False),
        Listed("D:\\Data\\DB 01\\empty", 0, True),
    ]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("2026/11/22 14:15:02 ERROR 2 (0x00000002) Accessing Source Directory D:\\x\\", {2}),
        ("2026/11/22 14:15:02 FEHLER 32 (0x00000020) Datei wird kopiert D:\\x.edb", {32}),
        ("nothing", set()),
    ],
)
def test_error_numbers_have_no_language(line: str, codes: set[int]) -> None:
    assert robocopy.windows_errors(line) == codes


def test_progress_adds_up() -> None:
    progress = robocopy.Progress({"a.edb": 1000, "b.log": 200})
    progress.feed("\t\t    1000\tD:\\x\\A.edb\r  0.0%\r")
    assert progress.done == 0
    progress.feed(" 12")
    assert progress.done == 0
    progress.feed(".5%\r 5")
    assert progress.done == 125
    progress.feed("0%")
    assert progress.done == 500
    progress.feed("\r100%  \r\n\t\t     200\tD:\\x\\b.log\r 50%\r")
    assert progress.done == 1100
    progress.feed("100,0%  \r\n")
    assert progress.done == 1200
