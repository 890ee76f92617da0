# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Which run retired dial tone files belong to: an empty folder C(run-<run id>) beside them.

The marker of a dial tone database goes with its object (exchange.md 3, C5b); the sign takes its place,
and moves with the files from C(dialtone) to C(swapped) and C(merged).
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._files import rename
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import marker, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout

_PREFIX = "run-"


def put(context: OperationContext, layout: RecoveryLayout, run_id: str) -> None:
    """Put the sign beside the dial tone files. Raises ProgramError."""
    rename.make_folder(context, paths.join(layout.dialtone, f"{_PREFIX}{run_id}"))


def find(found: RecoveryFolders, names: Iterable[str] = ("swapped", "merged")) -> str | None:
    """The newest run id that a sign in these folders names; None without one."""
    seen = [
        paths.name_of(path)
        for name in names
        if (listing := found.found[name])
        for path in listing.folders
    ]
    runs = [name.removeprefix(_PREFIX) for name in seen if name.startswith(_PREFIX)]
    return max((run for run in runs if marker.is_run_id(run)), default=None)
