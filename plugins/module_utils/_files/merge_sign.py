# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The durable sign of a finished merge: an empty folder C(merged-<run id>) beside its source files.

Beside the dial tone files it lies in C(swapped), and moves with it when the close stage renames that
to C(merged). In C(restored) it says that the old mail was merged into the dial tone database. A
folder, since it needs neither the requests, which are removed, nor anything on the controller, and
since a person sees it.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders, rename
from ansible_collections.dialtone.exchange.plugins.module_utils._model import marker, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout

_PREFIX = "merged-"


def is_there(context: OperationContext, layout: RecoveryLayout, run_id: str) -> bool:
    """Whether the merge of this run is finished."""
    for folder in (layout.swapped, layout.merged, layout.restored):
        listing = folders.list_folder(context, folder)
        if listing and run_id in (run_of(path) for path in listing.folders):
            return True
    return False


def put(context: OperationContext, folder: str, run_id: str) -> None:
    """Put the sign into the folder of the source files. Raises ProgramError."""
    rename.make_folder(context, paths.join(folder, f"{_PREFIX}{run_id}"))


def run_of(path: str) -> str | None:
    """The run id of a folder that is a sign, or None."""
    name = paths.name_of(path)
    run_id = name.removeprefix(_PREFIX)
    return run_id if name.startswith(_PREFIX) and marker.is_run_id(run_id) else None


def newest_run(paths_seen: Iterable[str]) -> str | None:
    """The run id of the newest sign among these folders."""
    return max((run for run in map(run_of, paths_seen) if run), default=None)
