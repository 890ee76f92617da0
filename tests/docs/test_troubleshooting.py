# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md quotes what the code says, in its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
GAP = "…"
# What Ansible says itself.
ANSIBLE = {
    "the playbook: dialtone.exchange.same_server could not be found",
    "No inventory was parsed, only implicit localhost is available",
    "skipping: no hosts matched",
    "Failed to import the required Python library (pypsrp…",
    "failed=1",
    "unreachable=1",
}


def _said() -> str:
    """All text of plugins, roles and playbooks, with a gap for what only a run knows."""
    folders = (ROOT / name for name in ("plugins", "roles", "playbooks"))
    files = [
        p for folder in folders for p in sorted(folder.rglob("*")) if p.suffix in (".py", ".yml")
    ]
    text = "\n".join(path.read_text("utf-8") for path in files)
    text = re.sub(r"\"\s*\n\s*f?\"", "", text)  # a sentence that Python puts together
    text = re.sub(r"\{\{.*?\}\}|\{[^{}]*\}", GAP, " ".join(text.split()))
    return text


def _quotes() -> list[str]:
    """The quotations in the first column of each table."""
    rows = [row for row in PAGE.read_text("utf-8").splitlines() if row.startswith("| ")]
    return [quote for row in rows for quote in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


SAID = _said()
QUOTES = _quotes()
OWN = [quote for quote in QUOTES if quote not in ANSIBLE]


def missing(quote: str) -> list[str]:
    """The parts of a quotation that nothing says. Numbers and names of the example are gaps, too."""
    gaps = re.sub(r"\b\d+\b|\bDB01\b|(?<=')exchange(?=')", GAP, quote)
    parts = [part.strip() for part in re.split(rf"(?:{GAP} ?)+", gaps)]
    return [part for part in parts if part not in SAID]


def test_there_are_many() -> None:
    assert len(OWN) > 40 and set(QUOTES) >= ANSIBLE


@pytest.mark.parametrize("quote", OWN)
def test_the_code_says_it(quote: str) -> None:
    assert missing(quote) == []


def test_what_nobody_says_is_found() -> None:
    assert missing("waits for … to be painted") == ["to be painted"]
