# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The sign that a run is at work, beside the files it works on: a folder C(claim), and in it one whose
name says who and since when.

    D:\DialTone\DB01\claim\root at awx1, since 20261122-173000, process 5d41402a-812-96123, every 10 s, 17

Windows makes a folder for one caller only, and renames one for one caller only: that is all the
locking there is. Renewing is a rename, so it fails for a run whose claim was taken over. Nothing of
it is ever waited for by Windows, and a claim that a dead run left is an empty folder.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
)

FOLDER = "claim"


@dataclass(frozen=True)
class Place:
    """Where the claims of one recovery are. base: the folder of the recovery."""

    base: str

    @property
    def folder(self) -> str:
        return paths.join(self.base, FOLDER)

    def path(self, claim: Claim) -> str:
        return paths.join(self.folder, claim.name)

    def read(self, context: OperationContext) -> list[Claim] | None:
        """The claims that are there, one at most unless two runs came at the same moment; None
        without the folder. Raises ProgramError."""
        listing = folders.list_tree(context, self.folder)
        return None if listing is None else among(listing.folders)

    def make_folder(self, context: OperationContext) -> bool:
        """Make the folder; False when it is there, or can't be made."""
        return _try(context, "mkdir", [self.folder])

    def put(self, context: OperationContext, claim: Claim) -> bool:
        return _try(context, "mkdir", [self.path(claim)])

    def replace(self, context: OperationContext, old: Claim, new: Claim) -> bool:
        """Renew an own claim, or take over another one; False when the old one is gone."""
        return _try(context, "ren", [self.path(old), new.name])

    def remove(self, context: OperationContext, claim: Claim) -> bool:
        """Remove a claim, and the folder when no other is in it."""
        removed = _try(context, "rmdir", [self.path(claim)])
        self.remove_empty(context)
        return removed

    def remove_empty(self, context: OperationContext) -> bool:
        return _try(context, "rmdir", [self.folder])


def among(folders_seen: tuple[str, ...]) -> list[Claim]:
    """The claims among these folders of a recovery."""
    found = [
        Claim.parse(paths.name_of(path))
        for path in folders_seen
        if paths.name_of(paths.folder_of(path)) == FOLDER
    ]
    return [claim for claim in found if claim is not None]


def is_there(folders_seen: tuple[str, ...], base: str) -> bool:
    """Whether the folder of claims is among these of a recovery, with one in it or not."""
    return any(paths.same(path, paths.join(base, FOLDER)) for path in folders_seen)


def _try(context: OperationContext, name: str, arguments: list[str]) -> bool:
    if context.check:
        raise RuntimeError(f"{name} {arguments[0]} was about to be run in check mode.")
    program, line = cmd_builtin(name, arguments)
    return context.transport.run(program, line, timeout=60.0).exit_code == 0
