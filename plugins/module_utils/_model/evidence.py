# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Evidence on the controller: files that are whole or not there, for their owner only, and tables
that a spreadsheet takes for text.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
import typing as t
from pathlib import Path

_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # also in full width
_CONTROLS = ("\t", "\r", "\n")


def write(file: Path, text: str) -> None:
    """Replace the file's content, whole or not at all, mode 0600. Raises OSError.

    Folders that are missing are made, for the owner only.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str | int]]) -> str:
    """CSV text. A cell never starts a formula (names come from users); numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow(_harmless(cell) if isinstance(cell, str) else cell for cell in row)
    return out.getvalue()


def _harmless(text: str) -> str:
    # Spreadsheets differ in what they strip before they look for a formula.
    risky = text[:1] in _CONTROLS or text.lstrip()[:1] in _FORMULAS
    return f"'{text}" if text and risky else text
