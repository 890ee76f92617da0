# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The last move of a recovery: the merged dial tone files go from swapped\\ to merged\\.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    merge_sign,
    recovery_folders,
    rename,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout


@dataclass(frozen=True)
class Plan:
    """is_due: whether the folder has to be renamed."""

    layout: RecoveryLayout
    is_due: bool

    def before(self) -> list[str]:
        """Where the dial tone files are, a line each."""
        return [self.layout.swapped if self.is_due else self.layout.merged]

    def after(self) -> list[str]:
        """Where they will be."""
        return [self.layout.merged]


def plan(context: OperationContext, layout: RecoveryLayout) -> Plan:
    """Look. In check mode the swap and the merge may still be to come.

    Raises PreconditionError while they are not merged, ConflictError for two sets of them.
    """
    found = recovery_folders.read(context, layout)
    aside, merged = found.edbs("swapped"), found.edbs("merged")
    if (merged or _is_merged(found, "merged")) and not aside:
        return Plan(layout, is_due=False)
    if merged:
        raise ConflictError(
            f"there are dial tone files in {layout.swapped} and in {layout.merged}.",
            object=layout.base,
            operation="put aside the merged files of",
            remedy=f"Give {layout.merged} another name, if an earlier recovery left it.",
            server=context.server,
        )
    if not _is_merged(found, "swapped") and not context.check:
        raise PreconditionError(
            f"there is no sign of a finished merge in {layout.swapped}.",
            object=layout.base,
            operation="put aside the merged files of",
            remedy="Swap and merge first (dialtone.exchange.database_swap and"
            " dialtone.exchange.mailbox_restore_request).",
            server=context.server,
        )
    return Plan(layout, is_due=True)


def _is_merged(found: RecoveryFolders, name: str) -> bool:
    """Whether the sign of the merge is there; the files are not when somebody else had put them
    aside, and they stay where they are."""
    listing = found.found[name]
    return merge_sign.newest_run(listing.folders if listing else ()) is not None


def act(context: OperationContext, plan: Plan) -> None:
    """Rename the folder. Raises ProgramError, when a file of it is held."""
    rename.rename(context, plan.layout.swapped, paths.name_of(plan.layout.merged))
