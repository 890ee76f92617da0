# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""What robocopy says (exchange.md 13.3): its exit bits, listings and progress.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._model.lines import split_lines

# With /BYTES /FP /NC and without headers a line is a number, then a full path; that of a folder
# ends in a backslash and its number counts files. No word of it depends on the language.
_LINE = re.compile(r"\s*(?P<number>-?\d+)\s+(?P<path>(?:[A-Za-z]:|\\\\[^\\]+)\\.*?)[ \t]*")
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:[.,]\d+)?)%")
# "ERROR" is translated, the number in hexadecimal is not.
_ERROR = re.compile(r"\(0x([0-9A-Fa-f]{8})\)")
_ERROR_PATH = re.compile(r"\(0x[0-9A-Fa-f]{8}\)[^\r\n]*?\s((?:[A-Za-z]:\\|\\\\)[^\r\n]+)")

_COPIED, _EXTRA, _MISMATCHED, _FAILED, _FATAL = 1, 2, 4, 8, 16


@dataclass(frozen=True)
class Listed:
    """One line of a listing. size: bytes of a file, number of files of a folder."""

    path: str
    size: int
    is_folder: bool


def parse_listing(output: str) -> list[Listed]:
    """The files and folders of a listing made with /L /BYTES /FP /NC /NJH /NJS; anything else in
    the output is passed over."""
    listed = []
    for line in split_lines(output):
        if match := _LINE.fullmatch(line):
            path = match["path"]
            is_folder = path.endswith("\\")
            listed.append(
                Listed(
                    path.rstrip("\\") if len(path) > 3 else path, int(match["number"]), is_folder
                )
            )
    return listed


def succeeded(exit_code: int) -> bool:
    """Bits 1, 2 and 4 tell what was done; only 8 and 16 are failures."""
    return 0 <= exit_code < _FAILED


def describe_exit(exit_code: int) -> str:
    """The bits in words: "some files could not be copied"."""
    if not exit_code:
        return "nothing had to be copied"
    words = [
        text
        for bit, text in (
            (_COPIED, "files were copied"),
            (_EXTRA, "the target holds further files"),
            (_MISMATCHED, "a file and a folder have the same name"),
            (_FAILED, "some files could not be copied"),
            (_FATAL, "nothing was copied because of a serious error"),
        )
        if exit_code & bit
    ]
    return ", ".join(words) or f"unknown exit code {exit_code}"


def windows_errors(output: str) -> set[int]:
    """The Windows error numbers in the output: {2} when the source does not exist."""
    return {int(code, 16) for code in _ERROR.findall(output)}


def refused(output: str) -> list[str]:
    """The paths that the error lines end with, each once; the words before them are in any language."""
    return list(dict.fromkeys(match.strip() for match in _ERROR_PATH.findall(output)))


class Progress:
    r"""Follows the output of a copy, piece by piece as it comes.

    sizes: bytes by file name. done: bytes copied so far, the current file included.
    """

    def __init__(self, sizes: t.Mapping[str, int]) -> None:
        self._sizes = {name.casefold(): size for name, size in sizes.items()}
        self._finished = 0
        self._current = 0
        self._percent = 0.0
        self._rest = ""

    def feed(self, output: str) -> None:
        """More output. Percentages are separated by carriage returns, files by line ends."""
        text = self._rest + output
        pieces = re.split(r"[\r\n]", text)
        self._rest = pieces.pop()
        for piece in pieces:
            self._read(piece)
        # A percentage that is not ended yet counts already: the next one comes seconds later.
        if self._rest.rstrip().endswith("%"):
            self._read(self._rest)

    @property
    def done(self) -> int:
        return self._finished + round(self._current * self._percent / 100)

    def _read(self, piece: str) -> None:
        if match := _LINE.fullmatch(piece):
            self._finished += self._current if self._percent else 0
            name = match["path"].rpartition("\\")[2].casefold()
            self._current, self._percent = self._sizes.get(name, 0), 0.0
        elif found := _PERCENT.findall(piece):
            self._percent = min(100.0, float(found[-1].replace(",", ".")))
