# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of cmd work with: the computer, its screen, and what follows the command's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..files import Entry, FileError, FileSystem
from ..files.paths import basename
from ._console import Console, ProgramContext, absolute
from ._wildcards import matches


@dataclass
class Shell:
    """What a built-in command works with."""

    context: ProgramContext
    console: Console

    @property
    def fs(self) -> FileSystem:
        return self.context.fs

    def path(self, word: str) -> str:
        return absolute(self.context, word)

    def matching(self, pattern: str, folder: str, files_only: bool = False) -> list[Entry]:
        """Entries of *folder* whose names match the last part of *pattern*."""
        try:
            entries: list[Entry] = self.fs.listdir(folder)
        except FileError:
            return []
        names = [basename(pattern)]
        return [e for e in entries if matches(e.name, names) and not (files_only and e.is_dir)]

    def ask(self, question: str, answers: str) -> str:
        """The first letter of the answer; "" when nobody is there to answer."""
        self.console.write(question)
        answer = self.console.read().decode(errors="replace").strip().upper()[:1]
        self.console.line()
        return answer if answer and answer in answers else ""


def words_of(text: str) -> tuple[list[str], list[str]]:
    """Operands without their quotes, and switches in lower case ("/s", "/a-d")."""
    operands: list[str] = []
    switches: list[str] = []
    for word in re.findall(r'(?:[^\s",;=/]|"[^"]*"?)+|/(?:[^\s"/]|"[^"]*"?)+', text):
        if word.startswith("/"):
            switches.append(word.lower())
        else:
            operands.append(word.replace('"', ""))
    return operands, switches


def has_wildcard(path: str) -> bool:
    return "*" in path or "?" in path


def fail(shell: Shell, text: str, code: int = 1) -> int:
    """Say why, on stderr; returns the exit code."""
    shell.console.err(text)
    return code
