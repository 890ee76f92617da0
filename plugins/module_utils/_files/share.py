# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Fetches a backup from a file share to the server (exchange.md 13.2, the second hop).

A program in a remote session has no credentials for a third machine. So who reads the share is

    session    the account of the session, where the file server trusts this server for delegation
    computer   the computer account, by a task that runs as SYSTEM: no secret is needed
    auto       the session if it is let in, else the computer

The copy arrives in <folder>-incoming, which gets its final name when it is complete: that name is
the sign. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    NotFoundError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    computer_copy,
    copy,
    eseutil,
    folders,
    rename,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    names,
    paths,
    robocopy,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally

ACCESS: t.Final = ("auto", "session", "computer")
# What belongs to a database; a share may hold more.
_WANTED: t.Final = ("*.edb", "*.log", "*.jrs", "*.chk", "*.jfm")
_NO_HEADERS: t.Final = ("/NJH", "/NJS")
# Access denied, wrong password, no such logon session, logon failure: not this account.
_DENIED: t.Final = {5, 86, 1312, 1326, 1331, 1385}
_MISSING: t.Final = {2, 3}


@dataclass(frozen=True)
class Look:
    """What the session sees of a folder on a share. listing: None when there is no such folder, or
    it is not let in. error: the Windows error, 0 without one."""

    listing: Listing | None = None
    error: int = 0

    @property
    def is_denied(self) -> bool:
        return self.error in _DENIED


@dataclass(frozen=True)
class Plan:
    """source: the folder on the share; target: its copy. is_due: it is not there yet. files: to copy,
    None when the session can't see them."""

    source: str
    target: str
    failed_database: str
    edb_name: str | None
    is_due: bool
    by_computer: bool = False
    files: tuple[File, ...] | None = None

    @property
    def incoming(self) -> str:
        return f"{self.target}-incoming"


def target_of(layout: RecoveryLayout, source: str) -> str:
    """Where the copy of a share's folder lies: one place for each source."""
    name = re.sub(r"[^\w.-]+", "-", source.strip("\\"))
    return paths.check_folder(paths.join(layout.fetched, name), "the copy of restore_folder")


def look(context: OperationContext, folder: str) -> Look:
    """What the session sees there. Raises PreconditionError when the share can't be reached."""
    try:
        return Look(folders.list_tree(context, folder))
    except ProgramError as error:
        found = robocopy.windows_errors(error.output or "")
        if found & _DENIED:
            return Look(error=min(found & _DENIED))
        raise PreconditionError(
            f"{folder} can't be reached from {context.server}"
            + (f" (Windows error {min(found)})" if found else "")
            + ".",
            object="restore_folder",
            operation="look into",
            code="ShareUnreachable",
            remedy="Check the name of the file server and of the share, and that the file server"
            " answers; then run the same command again.",
            server=context.server,
        ) from error


def plan(
    context: OperationContext,
    layout: RecoveryLayout,
    source: str,
    *,
    access: str,
    edb_name: str | None,
) -> Plan:
    """Look, change nothing. Raises PreconditionError, NotFoundError, ProgramError."""
    target = target_of(layout, source)
    result = Plan(source, target, layout.failed_database, edb_name, is_due=False)
    tree = folders.list_tree(context, layout.base)
    if tree is not None and (tree.below(target) or tree.at(layout.restored_edb)):
        return result
    due = Plan(source, target, layout.failed_database, edb_name, is_due=True, by_computer=True)
    if access == "computer":
        return due
    seen = look(context, source)
    if seen.is_denied and access == "session":
        raise _denied(context, source, "the account of the session", seen.error)
    if seen.is_denied:
        return due
    if seen.listing is None:
        raise _missing(context, source)
    files = _wanted(context, seen.listing, due)
    return Plan(source, target, due.failed_database, edb_name, True, False, files)


def act(context: OperationContext, plan: Plan) -> None:
    """Fetch what the plan says. Raises PreconditionError, NotFoundError, ProgramError; can be
    repeated, and goes on where it was."""
    if folders.list_folder(context, plan.incoming) is None:
        rename.make_folder(context, plan.incoming)
    files = plan.files
    if files is None:
        files = _wanted(context, _list_as_computer(context, plan), plan)
    _require_space(context, plan, files)
    if plan.by_computer:
        _copy_as_computer(context, plan, files)
    else:
        copy.copy(
            context, plan.source, plan.incoming, files, f"{len(files)} files of {plan.source}"
        )
    copy.verify(context, plan.incoming, files)
    for file in files:
        if file.name.lower().endswith(".edb"):
            eseutil.header(context, paths.join(plan.incoming, file.name))
    rename.rename(context, plan.incoming, paths.name_of(plan.target))


# -- inside


def _wanted(context: OperationContext, listing: Listing, plan: Plan) -> tuple[File, ...]:
    """The database's files directly in the folder. Raises PreconditionError without its .edb."""
    endings = tuple(pattern[1:] for pattern in _WANTED)
    files = tuple(f for f in listing.directly() if f.name.lower().endswith(endings))
    edbs = [file.name for file in files if file.name.lower().endswith(".edb")]
    name = (plan.edb_name or "").casefold()
    if not edbs or (name and name not in (edb.casefold() for edb in edbs)):
        raise PreconditionError(
            f"{plan.source} has no {plan.edb_name or '.edb'}; it holds: {listing.describe()}.",
            object="restore_folder",
            operation="fetch",
            code="NoEdb",
            remedy="Give the folder in which the .edb lies; wait for the backup software if it is"
            " not ready.",
            server=context.server,
        )
    return files


def _require_space(context: OperationContext, plan: Plan, files: tuple[File, ...]) -> None:
    there = folders.list_folder(context, plan.incoming)
    have = {file.name.casefold(): file.size for file in (there.files if there else ())}
    need = sum(max(0, file.size - have.get(file.name.casefold(), 0)) for file in files)
    volumes.require_space(volumes.read(context), plan.incoming, need, f"the copy of {plan.source}")


def _list_as_computer(context: OperationContext, plan: Plan) -> Listing:
    target = paths.join(plan.incoming, folders.NO_TARGET)
    code, log = computer_copy.run(
        context,
        _task(plan, "list"),
        paths.join(paths.folder_of(plan.target), "list"),
        [plan.source, target, *folders.LIST_SWITCHES],
    )
    _refuse(context, plan, code, log)
    listed = robocopy.parse_listing(log)
    return Listing(
        plan.source, tuple(File(entry.path, entry.size) for entry in listed if not entry.is_folder)
    )


def _copy_as_computer(context: OperationContext, plan: Plan, files: tuple[File, ...]) -> None:
    total = folders.total(files)
    tally = Tally(context, f"copied {plan.source}:", round(total / 1024**3, 1), "GB")

    def follow(log: str) -> None:
        progress = robocopy.Progress({file.name: file.size for file in files})
        progress.feed(log)
        tally.reach(round(min(progress.done, total) / 1024**3, 1))

    code, log = computer_copy.run(
        context,
        _task(plan, "copy"),
        paths.join(paths.folder_of(plan.target), "copy"),
        [plan.source, plan.incoming, *_WANTED, *copy.COPY_SWITCHES, *_NO_HEADERS],
        follow,
    )
    _refuse(context, plan, code, log)


def _task(plan: Plan, verb: str) -> str:
    folder = names.folder_name(plan.failed_database)
    return f"DialTone {verb} {folder} {paths.name_of(plan.target)}"


def _refuse(context: OperationContext, plan: Plan, code: int, log: str) -> None:
    """Raise what a failed robocopy of the task means."""
    errors = robocopy.windows_errors(log)
    if robocopy.succeeded(code):
        return
    if errors & _DENIED:
        raise _denied(context, plan.source, f"the computer account {computer(context)}", 5)
    if errors and errors <= _MISSING:
        raise _missing(context, plan.source)
    raise ProgramError(
        f"Fetching {plan.source} failed: {robocopy.describe_exit(code)}"
        + (f", Windows error {min(errors)}" if errors else "")
        + ".",
        object=plan.source,
        operation="fetch",
        program="robocopy",
        exit_code=code,
        output=log[-2000:],
        remedy="Check that the file server answers, then run the same command again; what is copied"
        " stays.",
        server=context.server,
    )


def computer(context: OperationContext) -> str:
    r"""The computer account of the server, as CONTOSO\MBX1$; the domain is that of the session's
    account, which is the server's as a rule."""
    host = context.server.partition(".")[0].upper()
    account = context.transport.run("whoami", []).stdout.strip()
    domain = account.partition("\\")[0].upper() if "\\" in account else ""
    return f"{domain}\\{host}$" if domain and domain != host else f"{host}$"


def _denied(context: OperationContext, source: str, who: str, error: int) -> PreconditionError:
    account = computer(context)
    host = source.strip("\\").partition("\\")[0]
    return PreconditionError(
        f"{source} does not let {who} in (Windows error {error}).",
        object="restore_folder",
        operation="fetch",
        code="ShareDenied",
        remedy=f"Grant {account} read access to the share and to the folder, and let it be used"
        " (dialtone_share_access: auto or computer). Or let the file server trust this server for"
        f" delegation (Set-ADComputer {host} -PrincipalsAllowedToDelegateToAccount"
        f" {account.rpartition(chr(92))[2]}) and grant the session's account read access. Or copy the"
        f" files to a folder of {context.server}, and give that.",
        server=context.server,
    )


def _missing(context: OperationContext, source: str) -> NotFoundError:
    return NotFoundError(
        f"restore_folder: {source} does not exist.",
        object="restore_folder",
        code="NoRestoreFolder",
        remedy="Let the backup software restore the database's files there first, or correct the path.",
        server=context.server,
    )


def describe(plan: Plan) -> list[str]:
    """The files that come, for the diff."""
    if not plan.is_due:
        return []
    if plan.files is None:
        return [f"{plan.target}: the files of {plan.source}, fetched by the computer account"]
    return [
        f"{paths.join(plan.target, file.name)}  {sizes.format_size(file.size)}"
        for file in plan.files
    ]
