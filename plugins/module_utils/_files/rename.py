# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Moves inside a volume: they change names only, take no time and no space, and are all or nothing.

They are built-ins of cmd.exe. Never across volumes: that would silently be a copy of hours.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders, volumes
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
)

# Antivirus and backup programs hold a large file for seconds after it was closed (exchange.md 13.4).
# Waiting costs little: nothing else can be done then.
_PAUSES = (3.0, 3.0, 5.0, 5.0, 10.0, 15.0, 15.0, 15.0, 15.0)
_HELD = (
    "Another program may hold a file (backup, antivirus, eseutil of an earlier run), or a file of"
    " this name is there already: look at both folders, then run the same command again."
)
_GONE = "Find out who took it; put it back, then run the same command again."


def make_folder(context: OperationContext, folder: str) -> None:
    """Create a folder, and those above it. It must not exist: cmd calls that an error."""
    _builtin(context, "mkdir", [folder], operation="create folder", about=folder)


def remove_empty_folder(context: OperationContext, folder: str) -> None:
    """Remove a folder; Windows refuses when anything is in it. Raises ProgramError."""
    _builtin(context, "rmdir", [folder], operation="remove folder", about=folder)


def rename(context: OperationContext, path: str, new_name: str) -> None:
    """Give a file or folder a new name where it is. Refuses an existing name. Raises ProgramError."""
    paths.check_file_name(new_name, "new name")
    _builtin(context, "ren", [path, new_name], operation="rename", about=path, needs=path)


def move(
    context: OperationContext, known_volumes: Sequence[Volume], source: str, target: str
) -> None:
    r"""Move a file, a folder, or all files of a pattern (D:\Logs\E00*.log), to a path on the same
    volume.

    target: an existing folder, or for one file its new path. The caller has looked that nothing of
    the name is there: move would ask whether to overwrite, and there is nobody to ask.
    Raises PreconditionError across volumes, ProgramError when Windows refuses.
    """
    if not volumes.same(known_volumes, paths.folder_of(source), target):
        raise PreconditionError(
            f"{source} and {target} are on different volumes, so that this would be a copy.",
            object=source,
            operation="move",
            remedy="Choose a recovery_root on the volume of the database's files.",
        )
    _builtin(context, "move", [source, target], operation="move", about=source, needs=source)


def _builtin(
    context: OperationContext,
    name: str,
    arguments: list[str],
    *,
    operation: str,
    about: str,
    needs: str | None = None,
) -> None:
    """needs: a path, maybe with wildcards, without which waiting is of no use."""
    if context.check:
        raise RuntimeError(f"{name} {about} was about to be run in check mode.")
    program, line = cmd_builtin(name, arguments)
    for pause in (*(_PAUSES if needs else _PAUSES[:3]), None):
        result = context.transport.run(program, line, timeout=600.0)
        if result.exit_code == 0:
            return
        # cmd says what is wrong in the server's language only.
        if needs and not _is_there(context, needs):
            problem, remedy = f"{about} is not there any more.", _GONE
            break
        if pause is not None:
            context.progress(
                f"{name} {about} was refused (another program holds it?), trying again"
            )
            context.sleep(pause)
    else:
        said = (result.stderr or result.stdout).strip().splitlines()
        problem = f"{name} {about}: {said[-1].strip() if said else 'refused without a word'}"
        remedy = _HELD
    raise ProgramError(
        problem,
        object=about,
        operation=operation,
        program="cmd",
        exit_code=result.exit_code,
        output=(result.stdout + result.stderr)[-2000:],
        remedy=remedy,
        server=context.server,
    )


def _is_there(context: OperationContext, path: str) -> bool:
    listing = folders.list_folder(context, paths.folder_of(path))
    if listing is None:
        return False
    there = [file.name for file in listing.directly()]
    there += [paths.name_of(folder) for folder in listing.folders]
    name = paths.name_of(path).casefold().replace("[", "[[]")  # only * is meant as a wildcard
    return any(fnmatch.fnmatchcase(known.casefold(), name) for known in there)
