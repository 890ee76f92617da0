# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed."""

from __future__ import annotations

from typing import Any

from exchange_lab.call_log import is_changing


class Killed(BaseException):
    """The run's process died."""


class MortalTransport:
    """A transport that dies right after its nth changing call: done, and nobody hears of it.

    Only calls that can change something count: to be killed after a read leaves the same behind as
    to be killed after the change before it.
    """

    def __init__(self, inner: Any, last: int = 0) -> None:
        self._inner, self._last = inner, last
        self.count = 0
        self.server = inner.server

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in ("invoke", "run", "start"):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            if name == "invoke":
                changes = is_changing("cmdlet", arguments[0].name, arguments[0].parameters)
            else:
                changes = is_changing("program", *arguments[:2])
            self.count += changes
            if changes and self.count == self._last:
                raise Killed
            return result

        return call
