# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""What lies in a folder of the server, with sizes.

Asked of robocopy in list-only mode (/L), not of dir: its lines are a plain number of bytes and a
full path in any language of Windows, while dir prints dates, group separators and words of the
server's culture. It runs bare, so a name can never become part of a command; a folder that does not
exist is told by a number; and one run lists a whole tree.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    paths,
    robocopy,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some

# robocopy wants a target even when it only lists; nothing is ever created there.
NO_TARGET = "nothing-is-copied-here"
LIST_SWITCHES = ("/L", "/XJ", "/BYTES", "/FP", "/NC", "/NJH", "/NJS", "/R:0", "/W:0")
# ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND
_MISSING = {2, 3}
_ATTEMPTS = 4
_EXPLAINED = {
    5: "Give the account access to the folder, or run as an administrator of the server.",
    21: "The volume is not ready: bring it online.",
    1392: "The folder is damaged: check the volume.",
}


@dataclass(frozen=True)
class File:
    """A file on the server. size: bytes."""

    path: str
    size: int

    @property
    def name(self) -> str:
        return paths.name_of(self.path)


@dataclass(frozen=True)
class Listing:
    """The files in a folder (or below it, when a tree was asked for) and its folders."""

    folder: str
    files: tuple[File, ...] = ()
    folders: tuple[str, ...] = ()

    def find(self, name: str) -> File | None:
        """The file of this name directly in the folder; case does not count."""
        return self.at(paths.join(self.folder, name))

    def at(self, path: str) -> File | None:
        """The file of this path."""
        return self._by_path.get(path.casefold())

    @cached_property
    def _by_path(self) -> Mapping[str, File]:
        # A log folder may hold tens of thousands of files, and each is looked up.
        return {file.path.casefold(): file for file in self.files}

    def below(self, folder: str) -> Listing | None:
        """A subfolder's part of a tree; None when there is no such folder."""
        if not any(paths.same(known, folder) for known in (self.folder, *self.folders)):
            return None
        return Listing(
            folder,
            tuple(f for f in self.files if paths.is_inside(f.path, folder)),
            tuple(
                f for f in self.folders if paths.is_inside(f, folder) and not paths.same(f, folder)
            ),
        )

    def directly(self) -> tuple[File, ...]:
        """The files in the folder itself, without those in its subfolders."""
        return tuple(f for f in self.files if paths.same(paths.folder_of(f.path), self.folder))

    def describe(self, limit: int = 10) -> str:
        """What is there, for a message: "a.log, b.log and 12 more; folder x"."""
        files = [file.name for file in self.directly()]
        parts = []
        if files:
            parts.append(some(files, limit))
        inner = [f for f in self.folders if paths.same(paths.folder_of(f), self.folder)]
        if inner:
            word = "folders" if len(inner) > 1 else "folder"
            parts.append(f"{word} {some((paths.name_of(f) for f in inner), limit)}")
        return "; ".join(parts) or "nothing"


def list_folder(context: OperationContext, folder: str) -> Listing | None:
    """The files and folders directly in a folder; None when it does not exist. Raises ProgramError."""
    listing = _list(context, folder, ("/E", "/LEV:2"))
    return listing and Listing(folder, listing.directly(), listing.folders)


def list_tree(context: OperationContext, folder: str) -> Listing | None:
    """Everything in and below a folder; None when it does not exist. Raises ProgramError."""
    return _list(context, folder, ("/E",))


def total(files: Iterable[File]) -> int:
    """Bytes of all files."""
    return sum(file.size for file in files)


def lines(listing: Listing | None) -> list[str]:
    """One line per file, sorted, for a diff; many logs of one folder become one line."""
    if listing is None:
        return []
    logs: dict[str, list[File]] = {}
    out = []
    for file in listing.files:
        if file.name.lower().endswith((".log", ".jrs")):
            logs.setdefault(paths.folder_of(file.path), []).append(file)
        else:
            out.append(f"{file.path}  {sizes.format_size(file.size)}")
    for folder, found in logs.items():
        names = sorted(file.name for file in found)
        span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        count = f"{len(found)} log file{'s' if len(found) > 1 else ''}"
        out.append(f"{folder}: {count}, {span}  {sizes.format_size(total(found))}")
    return sorted(out, key=str.casefold)


def _list(context: OperationContext, folder: str, depth: tuple[str, ...]) -> Listing | None:
    for attempt in range(_ATTEMPTS):
        result = context.transport.run(
            "robocopy",
            [folder, paths.join(folder, NO_TARGET), *depth, *LIST_SWITCHES],
            timeout=600.0,
        )
        errors = robocopy.windows_errors(result.stdout)
        if robocopy.succeeded(result.exit_code) or not errors or not errors <= _MISSING:
            break
        if any(paths.same(path, folder) for path in robocopy.refused(result.stdout)):
            return None
        # Something in it was renamed or removed under the listing, as claims are: look again.
        if attempt:
            context.sleep(1.0)
    if not robocopy.succeeded(result.exit_code):
        raise ProgramError(
            f"{folder} can not be listed: {robocopy.describe_exit(result.exit_code)}"
            + (f", Windows error {min(errors)}" if errors else "")
            + ".",
            object=folder,
            operation="list",
            program="robocopy",
            exit_code=result.exit_code,
            output=(result.stdout + result.stderr)[-2000:],
            remedy=next((_EXPLAINED[e] for e in sorted(errors) if e in _EXPLAINED), None),
            server=context.server,
        )
    listed = robocopy.parse_listing(result.stdout)
    return Listing(
        folder,
        tuple(File(entry.path, entry.size) for entry in listed if not entry.is_folder),
        tuple(
            entry.path for entry in listed if entry.is_folder and not paths.same(entry.path, folder)
        ),
    )
