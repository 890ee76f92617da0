# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the engine, with the names and texts of its public header."""

from __future__ import annotations

TABLE: dict[int, tuple[str, str]] = {}


class JetError(Exception):
    """A JET error: *code* -550, *name* "JET_errDatabaseDirtyShutdown", *text*."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.name, self.text = TABLE.get(code, ("JET_errInternalError", "Fatal internal error"))
        self.detail = detail  # what happened here, for people who read the lab's log
        super().__init__(f"{self.name} ({code}): {self.text}" + (f" [{detail}]" if detail else ""))
