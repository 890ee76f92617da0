# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The logs in a folder of the server, read as far as a replay must know them.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    LogHeader,
    Signature,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import LogSource


@dataclass(frozen=True)
class FolderLogs:
    """The stream in one folder. newest: the header of its newest readable log, None without one."""

    source: LogSource
    newest: LogHeader | None
    sizes: dict[str, int]

    @property
    def exists(self) -> bool:
        return self.source.newest is not None

    @property
    def signature(self) -> Signature | None:
        """What tells this stream from others."""
        return self.newest.signature if self.newest else None

    def database_signature(self, edb_name: str) -> Signature | None:
        """The signature of the database these logs were written for: the one of that file name, or
        the only one they mention."""
        if self.newest is None:
            return None
        known = {path: signature for path, signature in self.newest.databases.items() if signature}
        for path, signature in known.items():
            if paths.name_of(path).casefold() == edb_name.casefold():
                return signature
        return next(iter(known.values())) if len(known) == 1 else None


# No logs at all.
NOTHING = FolderLogs(LogSource(""), None, {})


def read(context: OperationContext, listing: Listing | None, prefix: str) -> FolderLogs:
    """Read the newest logs' headers: E00.log says its generation only there (exchange.md 5.3).

    An unreadable E00.log is as good as none; that is a warning here, and a gap for the caller.
    """
    files = listing.directly() if listing else ()
    folder = listing.folder if listing else ""
    closed = {
        generation: file.name
        for file in files
        if (generation := log_stream.generation_of(prefix, file.name)) is not None
    }
    sizes = {file.name.casefold(): file.size for file in files}
    current_name = next((f.name for f in files if log_stream.is_current(prefix, f.name)), None)
    newest: LogHeader | None = None
    current: int | None = None
    if current_name:
        newest = _try(context, paths.join(folder, current_name))
        if newest:
            # A build that does not print it leaves the only number that is possible.
            current = newest.generation or max(closed, default=0) + 1
    if newest is None and closed:
        newest = _try(context, paths.join(folder, closed[max(closed)]))
    return FolderLogs(LogSource(folder, frozenset(closed), current), newest, sizes)


def _try(context: OperationContext, path: str) -> LogHeader | None:
    try:
        return eseutil.log_header(context, path)
    except ProgramError as error:
        context.warn(f"The log {path} is not usable: {error.message}")
        return None
