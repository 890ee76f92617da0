# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter names: a text of a survey becomes a list, a list stays as it is."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.dialtone.exchange.plugins.filter.names import FilterModule, names


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("DB01", ["DB01"]),
        ("DB01, DB02", ["DB01", "DB02"]),
        ("DB01,DB02\n", ["DB01", "DB02"]),
        ("DB01\r\nDB02\n\n", ["DB01", "DB02"]),
        (" Mailbox Database 01 ,, DB02;x", ["Mailbox Database 01", "DB02;x"]),
        ("", []),
        (" \n,", []),
        (None, []),
        ([], []),
        (["a, b", " c ", ""], ["a, b", " c ", ""]),
        (("DB01",), ["DB01"]),
    ],
)
def test_texts_are_split_and_lists_stay(value: object, expected: list[str]) -> None:
    assert names(value) == expected


@pytest.mark.parametrize("value", [3, {"DB01": 1}, True])
def test_anything_else_is_an_error_that_says_what_to_give(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match="separated by commas"):
        names(value)


def test_ansible_finds_it() -> None:
    assert FilterModule().filters() == {"names": names}
