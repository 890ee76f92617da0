# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Waits for backup software, whichever it is: its files are there when no size changes any more and
eseutil can read the header of the .edb, which a writer would hold.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ProgramError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil, folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import sizes

_MOST_PAUSE = 30.0


def wait(
    context: OperationContext, folder: str, *, edb_name: str | None, timeout: float, stable: float
) -> None:
    """Return when the files in the folder are complete. Raises WaitTimeout, ProgramError.

    edb_name: the .edb that must be there; None for any. timeout, stable: seconds; no size may have
    changed for `stable`.
    """
    watch = _Watch(edb_name, stable)
    try:
        context.wait(
            f"the restored files in {folder}",
            lambda: watch.look(context, folder),
            timeout=timeout,
            first=min(2.0, max(stable, 0.5)),
            most=max(1.0, min(_MOST_PAUSE, stable / 2)),
            state=lambda: watch.seen,
        )
    except WaitTimeout as error:
        raise WaitTimeout(
            error.message,
            last_state=error.last_state,
            object="restore_folder",
            operation="wait for the files in",
            code="RestoreNotReady",
            remedy="See whether the backup software still works. Run the same command again to wait"
            " on, with a longer restore_wait (dialtone_restore_wait) if need be.",
            server=context.server,
        ) from error


def is_complete(context: OperationContext, folder: str, edb_name: str | None) -> bool:
    """Whether there is an .edb that can be read, as far as one look can tell."""
    return _Watch(edb_name, 0.0).look(context, folder) is not None


@dataclass
class _Watch:
    edb_name: str | None
    stable: float
    seen: str = "nothing"
    _sizes: dict[str, int] = field(default_factory=dict)
    _since: float | None = None

    def look(self, context: OperationContext, folder: str) -> t.Literal[True] | None:
        listing = folders.list_tree(context, folder)
        if listing is None or not listing.files:
            self._since = None
            self.seen = "it is empty" if listing else "it does not exist yet"
            return None
        amount = sizes.format_size(folders.total(listing.files))
        what = f"{len(listing.files)} files, {amount}"
        now = context.clock()
        found = {file.path: file.size for file in listing.files}
        if self._since is None or found != self._sizes:
            self._sizes, self._since = found, now
        quiet = now - self._since
        if quiet < self.stable:
            self.seen = f"{what}, unchanged for {quiet:.0f} of {self.stable:.0f} s"
            return None
        edbs = self._edbs(listing)
        if not edbs:
            self.seen = f"{what}, but no {self.edb_name or '.edb'}"
            return None
        for edb in edbs:
            try:
                eseutil.header(context, edb.path)
            except ProgramError as error:
                self.seen = f"{what}; {error.message}"
                return None
        return True

    def _edbs(self, listing: Listing) -> list[File]:
        wanted = self.edb_name.casefold() if self.edb_name else None
        return [
            file
            for file in listing.directly()
            if file.name.lower().endswith(".edb") and wanted in (None, file.name.casefold())
        ]
