# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How far the files of a recovery are: which of its folders exist, and what is in them.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._files import claims, folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    FOLDERS,
    RecoveryLayout,
)


@dataclass(frozen=True)
class RecoveryFolders:
    """The folders of one recovery. found: the tree of each of layout.FOLDERS, None for a folder
    that does not exist. claims: of the runs that are or were at work on it. is_claimed: whether
    the folder of claims is there, with one in it or not."""

    layout: RecoveryLayout
    found: Mapping[str, Listing | None]
    claims: tuple[Claim, ...] = ()
    is_claimed: bool = False

    def exists(self, name: str) -> bool:
        """Whether the folder is there: preserved, dialtone, restored, swapped or merged."""
        return self.found[name] is not None

    def files(self, name: str) -> tuple[File, ...]:
        """All files in and below the folder; none when it does not exist."""
        listing = self.found[name]
        return listing.files if listing else ()

    def file(self, path: str) -> File | None:
        """The file at this path, wherever in the recovery."""
        for listing in self.found.values():
            if listing and (file := listing.at(path)):
                return file
        return None

    def folder(self, path: str) -> Listing | None:
        """The part of the tree at this path; None when there is no such folder."""
        for listing in self.found.values():
            if listing and (below := listing.below(path)):
                return below
        return None

    def edbs(self, name: str) -> list[File]:
        """The .edb files directly in the folder."""
        listing = self.found[name]
        return [
            file
            for file in (listing.directly() if listing else ())
            if file.name.lower().endswith(".edb")
        ]

    @property
    def is_swapped(self) -> bool:
        """Whether the restored .edb has become the production one: the dial tone's lies aside, and
        the restored one is not in its folder any more, or was repointed to where it lies."""
        aside = self.edbs("swapped") + self.edbs("merged")
        return bool(aside) and (self.file(self.layout.restored_edb) is None or self.is_repointed)

    @property
    def is_repointed(self) -> bool:
        """Whether a mount of the restored .edb where it lies has left its logs there."""
        logs = self.folder(self.layout.production_logs)
        return bool(logs and logs.files)

    def as_result(self) -> dict[str, t.Any]:
        """For recovery_info: per folder whether it exists, its files by relative path except the
        logs, and the number and bytes of those."""
        return {name: self._folder_result(name) for name in FOLDERS}

    def _folder_result(self, name: str) -> dict[str, t.Any]:
        files = self.files(name)
        logs = [file for file in files if _is_log(file)]
        start = len(self.layout.folder(name)) + 1
        return {
            "path": self.layout.folder(name),
            "exists": self.exists(name),
            "files": [
                {"name": file.path[start:], "size": file.size}
                for file in files
                if not _is_log(file)
            ],
            "logs": {"count": len(logs), "bytes": folders.total(logs)},
            "bytes": folders.total(files),
        }


def _is_log(file: File) -> bool:
    return file.name.lower().endswith(".log")


def read(context: OperationContext, layout: RecoveryLayout) -> RecoveryFolders:
    """Look at all folders of a recovery; one call, in place two or three. Raises ProgramError.

    In place, and for a database that was made by hand, the folder dialtone stands for the
    database's own folders, and holds only its files.
    """
    tree = folders.list_tree(context, layout.base)
    found = {name: tree.below(paths.join(layout.base, name)) if tree else None for name in FOLDERS}
    if layout.is_apart:
        found["dialtone"] = _own_folders(context, layout)
    seen = tree.folders if tree else ()
    claimed = claims.is_there(seen, layout.base)
    return RecoveryFolders(layout, found, tuple(claims.among(seen)), claimed)


def _own_folders(context: OperationContext, layout: RecoveryLayout) -> Listing | None:
    """The database's .edb and .jfm, and the files of its log stream."""
    here = folders.list_folder(context, layout.dialtone)
    apart = not paths.same(layout.dialtone, layout.dialtone_logs)
    logs = folders.list_folder(context, layout.dialtone_logs) if apart else here
    if here is None:
        return None
    stem = paths.stem_of(layout.dialtone_edb).casefold()
    own = {f"{stem}.edb", f"{stem}.jfm"}
    files = [file for file in here.directly() if file.name.casefold() in own]
    files += [
        file
        for file in (logs.directly() if logs else ())
        if log_stream.belongs_to_stream(layout.log_prefix, file.name)
    ]
    return Listing(here.folder, tuple(files))
