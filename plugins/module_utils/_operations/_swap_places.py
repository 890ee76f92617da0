# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""How files change places in a swap, forward and back: one class a way.

    Beside    dialtone\ -> swapped\ ; restored\DB01.edb -> dialtone\DB01-DT.edb
    InPlace   the database's own files -> swapped\ ; restored\DB01.edb -> its own path
    Repoint   dialtone\ -> swapped\ ; the database is pointed at restored\DB01.edb where it lies

All keep one rule, from which a killed run is recognised: while the dial tone .edb lies in swapped\
all its other files do, too. So it goes there last and comes back first.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import itertools
import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    folders,
    recovery_folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import log_stream, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout

METHODS: t.Final = ("rename", "repoint")


class Choice(t.NamedTuple):
    """A way to swap, and why it is taken."""

    method: str
    reason: str


def choose(known: Sequence[Volume], layout: RecoveryLayout, wanted: str | None = None) -> Choice:
    """The way for these places. wanted: one of METHODS, None to go by the facts."""
    if wanted in METHODS:
        return Choice(wanted, "as given")
    if volumes.same(known, layout.restored, layout.dialtone):
        name = volumes.of_path(known, layout.restored).name
        return Choice("rename", f"dial tone and restored files are both on {name}")
    return Choice(
        "repoint",
        f"the restored files are on {volumes.of_path(known, layout.restored).name}, the dial tone"
        f" files on {volumes.of_path(known, layout.dialtone).name}, and no file should be copied"
        " while users wait",
    )


def is_repointed(layout: RecoveryLayout, database: Database | None) -> bool:
    """Whether the database uses the restored file where it lies."""
    return database is not None and paths.same(database.edb_path, layout.restored_edb)


@dataclass(frozen=True)
class Beside:
    """Renames in the folders of the recovery. volumes: of the server."""

    context: OperationContext
    layout: RecoveryLayout
    database: Database
    volumes: Sequence[Volume]

    def set_aside(self) -> None:
        """The dial tone files out of production."""
        self._rename(self.layout.dialtone, self.layout.swapped)

    def make_room(self) -> None:
        """What an interrupted attempt left in production's place goes away."""
        left = self._look().found["dialtone"]
        if left is not None and not (left.files or left.folders):
            rename.remove_empty_folder(self.context, self.layout.dialtone)
        elif left is not None:
            self._move(self.layout.dialtone, self._attempt())

    def put_in_place(self) -> None:
        """The restored .edb into production."""
        rename.make_folder(self.context, self.layout.dialtone)
        self._move(self.layout.restored_edb, self.layout.dialtone_edb)

    def take_back(self) -> None:
        """The way back, from wherever it stands; the database is dismounted."""
        found = self._look()
        if found.file(self.layout.swapped_edb) is None:
            return
        if found.file(self.layout.dialtone_edb) is not None:
            self._move(self.layout.dialtone_edb, self.layout.restored_edb)
        self.make_room()
        self._rename(self.layout.swapped, self.layout.dialtone)

    def _look(self) -> RecoveryFolders:
        return recovery_folders.read(self.context, self.layout)

    def _rename(self, folder: str, target: str) -> None:
        rename.rename(self.context, folder, paths.name_of(target))

    def _move(self, source: str, target: str) -> None:
        rename.move(self.context, self.volumes, source, target)

    def _attempt(self) -> str:
        """A free folder below restored for what a mount has written."""
        found = self._look()
        candidates = (paths.join(self.layout.restored, f"mount-{n}") for n in itertools.count(1))
        return next(path for path in candidates if found.folder(path) is None)


class InPlace(Beside):
    """Renames between the database's own folders and those of the recovery; that is the failed one, or
    one that was made by hand."""

    def set_aside(self) -> None:
        found = self._look()
        if found.exists("swapped") and self._clash(found):
            # Somebody mounted the database by hand after an interrupted attempt.
            self._move(self.layout.swapped, self._attempt())
            found = self._look()
        if not found.exists("swapped"):
            rename.make_folder(self.context, self.layout.swapped)
        self._move_files(found.files("dialtone"), self.layout.swapped, edb_last=True)

    def make_room(self) -> None:
        left = self._look().files("dialtone")
        if left:
            folder = self._attempt()
            rename.make_folder(self.context, folder)
            self._move_files(left, folder, edb_last=True)

    def put_in_place(self) -> None:
        self._move(self.layout.restored_edb, self.layout.dialtone_edb)

    def take_back(self) -> None:
        found = self._look()
        listing = found.found["swapped"]
        aside = listing.directly() if listing else ()
        if not aside:
            return
        if found.file(self.layout.swapped_edb) is not None:
            if found.file(self.layout.dialtone_edb) is not None:
                self._move(self.layout.dialtone_edb, self.layout.restored_edb)
            self.make_room()
        edb = paths.name_of(self.layout.dialtone_edb).casefold()
        stem = paths.stem_of(edb)
        own = [file for file in aside if file.name.casefold() in (edb, f"{stem}.jfm")]
        self._move_files(own, self.layout.dialtone, edb_last=False)
        logs = [file for file in aside if file not in own]
        self._move_files(logs, self.layout.dialtone_logs, edb_last=False)

    def _clash(self, found: RecoveryFolders) -> bool:
        here = {file.name.casefold() for file in found.files("dialtone")}
        return any(file.name.casefold() in here for file in found.files("swapped"))

    def _move_files(self, files: Iterable[File], target: str, *, edb_last: bool) -> None:
        """One call for the closed logs of a folder, and one for each other file."""
        prefix, patterns = self.layout.log_prefix, dict[str, None]()
        for file in sorted(files, key=lambda file: _is_edb(file) is edb_last):
            closed = log_stream.generation_of(prefix, file.name) is not None
            folder = paths.folder_of(file.path)
            patterns[paths.join(folder, f"{prefix}0*.log") if closed else file.path] = None
        for source in patterns:
            self._move(source, target)


class Repoint(Beside):
    """The database object gets other paths; only a folder changes its name, whatever the volumes."""

    def put_in_place(self) -> None:
        self._clear_logs()
        databases.repoint(
            self.context, self.database, self.layout.restored_edb, self.layout.production_logs
        )

    def take_back(self) -> None:
        current = databases.get(self.context, self.database.guid)
        if is_repointed(self.layout, current):
            databases.repoint(
                self.context, self.database, self.layout.dialtone_edb, self.layout.dialtone_logs
            )
        self._clear_logs()
        found = self._look()
        if found.file(self.layout.swapped_edb) is not None:
            if found.exists("dialtone"):
                self.make_room()
            self._rename(self.layout.swapped, self.layout.dialtone)

    def make_room(self) -> None:
        # Exchange may have made an empty folder where the database was to be.
        left = self._look().found["dialtone"]
        if left is not None and not (left.files or left.folders):
            rename.remove_empty_folder(self.context, self.layout.dialtone)
        elif left is not None:
            base = self.layout.base
            names = (f"dialtone-{n}" for n in itertools.count(1))
            there = {paths.name_of(path).casefold() for path in self._folders()}
            free = next(name for name in names if name not in there)
            self._rename(self.layout.dialtone, paths.join(base, free))

    def _clear_logs(self) -> None:
        """What a mount that was undone has written must not meet the next one."""
        if self._look().folder(self.layout.production_logs) is not None:
            self._rename(self.layout.production_logs, self._attempt())

    def _folders(self) -> Sequence[str]:
        tree = folders.list_folder(self.context, self.layout.base)
        return tree.folders if tree else ()


def _is_edb(file: File) -> bool:
    return file.name.lower().endswith(".edb")


def way(
    method: str,
    context: OperationContext,
    layout: RecoveryLayout,
    database: Database,
    known: Sequence[Volume],
) -> Beside:
    """The way of this method."""
    kind = InPlace if layout.is_apart else {"rename": Beside, "repoint": Repoint}[method]
    return kind(context, layout, database, known)
