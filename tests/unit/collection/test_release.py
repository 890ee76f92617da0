# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version, addresses and authors are the same wherever they stand; galaxy.yml has them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
GALAXY: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))
VERSION = GALAXY["version"]
PLUGINS = sorted(
    path
    for kind in ("modules", "connection", "filter")
    for path in (ROOT / "plugins" / kind).glob("*.py")
)
PUBLISHED = [
    path
    for pattern in ("*.md", "docs/**/*.md", "docs/**/*.rst", "extensions/**/*.*", "meta/*.*")
    for path in sorted(ROOT.glob(pattern))
    if path.suffix in (".md", ".rst", ".yml", ".json") and path.name != "CHANGELOG.md"
]
# how a page or a file for AWX names a version of the collection
NAMED = re.compile(r"(?:dialtone-exchange-|exchange-ee:)(\d+\.\d+\.\d+)")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_a_published_version_is_at_least_1() -> None:
    assert _numbers(VERSION) >= (1, 0, 0)


def test_archive_and_image_are_named_with_the_version() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), version)
        for path in PUBLISHED
        for version in NAMED.findall(path.read_text("utf-8"))
    }
    assert len(found) >= 4
    assert {version for _path, version in found} == {VERSION}, found


def test_the_changelog_has_the_version() -> None:
    changelog = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text("utf-8"))
    assert VERSION in changelog["releases"]


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_a_plugin_says_since_when_and_by_whom(path: Path) -> None:
    text = path.read_text("utf-8")
    added = re.search(r"^version_added: (\S+)$", text, re.MULTILINE)
    assert added and _numbers(added[1]) <= _numbers(VERSION)
    assert f"  - {GALAXY['authors'][0]}\n" in text


def test_addresses_begin_with_the_repositorys() -> None:
    for key in ("documentation", "homepage", "issues"):
        assert GALAXY[key].startswith(GALAXY["repository"]), key
    # the second stands for a home that the project doesn't have yet
    addresses = re.compile(
        rf"{re.escape(GALAXY['repository'])}|https://example\.com/dialtone/exchange"
    )
    found = {
        (path.relative_to(ROOT).as_posix(), address)
        for path in (*PUBLISHED, *PLUGINS)
        for address in addresses.findall(path.read_text("utf-8"))
    }
    assert found
    assert {address for _path, address in found} == {GALAXY["repository"]}, found
