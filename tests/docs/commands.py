# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the pages: what stands in their ```shell blocks.

A block that can't be run here has a line before it that readers don't see:

    <!-- not run: it needs the internet -->
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.parsing.splitter import parse_kv

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "lab" / "README.md",
    *sorted((ROOT / "extensions").glob("*/README.md")),
]
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\n+)?^(?P<indent> *)```(?:shell|bash|sh|console)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Command:
    """One command of a page. words: as a shell splits it, without assignments before it."""

    page: str
    text: str
    words: tuple[str, ...]
    reason: str | None = None  # why it isn't run

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"

    @property
    def playbook(self) -> str | None:
        """The name of the collection's playbook that it runs."""
        if Path(self.words[0]).name == "ansible-playbook" and len(self.words) > 1:
            return self.words[1].removeprefix("dialtone.exchange.")
        return None

    @property
    def given(self) -> dict[str, Any]:
        """The variables of each -e."""
        found: dict[str, Any] = {}
        for option, value in zip(self.words, self.words[1:], strict=False):
            if option == "-e":
                found |= json.loads(value) if value.startswith("{") else parse_kv(value)
        return found


def _split(text: str) -> tuple[str, ...]:
    words = shlex.split(text, comments=True)
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    return tuple(words)


def commands() -> Iterator[Command]:
    """All of them, in the order of the pages."""
    for page in PAGES:
        for block in _BLOCK.finditer(page.read_text("utf-8")):
            raw = ""
            for line in block["code"].replace("\\\n", " ").splitlines():
                raw = f"{raw}\n{line}" if raw else line
                try:
                    words = _split(raw)
                except ValueError:  # a quotation goes on in the next line
                    continue
                if words and words[0] != "export":
                    text = " ".join(raw.split())
                    yield Command(page.relative_to(ROOT).as_posix(), text, words, block["reason"])
                raw = ""


COMMANDS = list(commands())
READ_ONLY = ("status", "verify_environment")


def _key(command: Command) -> str:
    return json.dumps([command.playbook, command.given], sort_keys=True)


# Those of the collection's playbooks; the same playbook with the same variables once, in whatever pages.
PLAYBOOKS = list({_key(c): c for c in reversed(COMMANDS) if c.playbook and not c.reason}.values())
# Those that the page for an incident has.
_URGENT = {_key(c) for c in COMMANDS if c.page == "docs/start-here.md" and c.playbook}
INCIDENT = [c for c in PLAYBOOKS if _key(c) in _URGENT]
