# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes, time spans, versions, GUIDs and distinguished names, as Exchange prints them."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    identifiers,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.versions import (
    ServerVersion,
)

GUID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10 GB (10,737,418,240 bytes)", 10737418240),
        ("10 GB (10.737.418.240 bytes)", 10737418240),
        ("10 GB (10 737 418 240 bytes)", 10737418240),
        ("10 GB (10\u00a0737\u00a0418\u00a0240 bytes)", 10737418240),
        ("10 GB (10\u202f737\u202f418\u202f240 bytes)", 10737418240),
        ("10 GB (10'737'418'240 bytes)", 10737418240),
        ("10 GB (10\u2019737\u2019418\u2019240 bytes)", 10737418240),
        ("1,899 GB (2,039,480,320 bytes)", 2039480320),
        ("0 B (0 bytes)", 0),
        ("2.3 GB", 2469606195),
        ("500MB", 524288000),
        ("12345", 12345),
        (12345, 12345),
        ("Unlimited", None),
        ("", None),
        (None, None),
    ],
)
def test_sizes(text: str | int | None, size: int | None) -> None:
    assert sizes.parse_size(text) == size


@pytest.mark.parametrize("text", ["much", "GB", "10 XB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        sizes.parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (10737418240, "10.0 GB"), (None, "unlimited")],
)
def test_sizes_for_people(size: int | None, text: str) -> None:
    assert sizes.format_size(size) == text


@pytest.mark.parametrize(
    ("text", "parts", "product"),
    [
        ("Version 15.2 (Build 1544.4)", (15, 2, 1544, 4), "2019"),
        ("Version 15.1 (Build 2507.6)", (15, 1, 2507, 6), "2016"),
        ("15.2.2562.17", (15, 2, 2562, 17), "SE"),
        ("Version 14.3 (Build 123.4)", (14, 3, 123, 4), None),
    ],
)
def test_versions(text: str, parts: tuple[int, ...], product: str | None) -> None:
    version = ServerVersion.parse(text)
    assert version == parts
    assert version.product == product
    assert str(version) == ".".join(str(part) for part in parts)


def test_versions_compare_by_number_not_by_text() -> None:
    assert ServerVersion.parse("15.2.986.5") < ServerVersion.parse("15.2.1544.4")
    with pytest.raises(ValueError, match="is not a version"):
        ServerVersion.parse("15.2")


@pytest.mark.parametrize(
    ("text", "guid"),
    [
        (GUID, GUID),
        (f"{{{GUID.upper()}}}", GUID),
        (identifiers.NO_GUID, None),
        ("", None),
        (None, None),
    ],
)
def test_guids(text: str | None, guid: str | None) -> None:
    assert identifiers.parse_guid(text) == guid
