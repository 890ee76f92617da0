# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A recovery database over existing files: mount, read, dismount, remove; never over nobody's files.

One recovery database may be mounted per server (exchange.md 0, fact 5): a second one waits its
turn. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    PreconditionError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    databases,
    servers,
    statistics,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mounting import MountError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.statistics import (
    StoredMailbox,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _databases
from ansible_collections.dialtone.exchange.plugins.module_utils._turns import Ticket

ARGUMENT_SPEC: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "edb_path": {"type": "str"},
    "log_folder": {"type": "str"},
    "server": {"type": "str"},
    "state": {
        "type": "str",
        "choices": ["mounted", "dismounted", "absent"],
        "default": "mounted",
    },
    "expect_mailboxes": {"type": "list", "elements": "str", "default": []},
    "priority": {"type": "int", "default": 0},
    "wait_timeout": {"type": "int", "default": 3600},
}
CONSTRAINTS: dict[str, t.Any] = {"required_if": [("state", "mounted", ("edb_path", "log_folder"))]}

_MOUNT_TIMEOUT = 900.0  # seconds
_POLL = 5.0


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The recovery database in the wanted state. Raises the ExchangeError family."""
    name = names.check_database_name(args["name"], "name")
    edb_path = paths.check_file(args["edb_path"], "edb_path") if args.get("edb_path") else None
    log_folder = (
        paths.check_folder(args["log_folder"], "log_folder") if args.get("log_folder") else None
    )
    current = databases.find(context, name, status=True)
    _refuse_others(current, edb_path)
    before = current
    stored: list[StoredMailbox] = []
    missing: list[str] = []
    if args["state"] == "mounted":
        if edb_path is None or log_folder is None:
            raise InputError(
                "edb_path and log_folder are needed to mount a recovery database.",
                object=f"recovery database {name}",
                remedy="Give both.",
            )
        server = servers.get(context, args.get("server") or context.server).name
        _databases.refuse_elsewhere(context, server, f"recovery database {name}")
        changed = current is None or not current.mounted
        if changed:
            _check_file(context, edb_path, dirty=_was_mounted(current, log_folder))
        if changed and not context.check:
            with Ticket(f"recovery database of {server}", args.get("priority", 0), name) as ticket:
                current = _mount(
                    context,
                    current,
                    name,
                    server,
                    edb_path,
                    log_folder,
                    ticket,
                    float(args["wait_timeout"]),
                )
        if current is not None and current.mounted:
            stored = statistics.of_database(context, current.guid, about=current.about)
            missing = _missing(current, stored, args["expect_mailboxes"])
    else:
        gone = args["state"] == "absent"
        changed = current is not None and (gone or current.mounted is not False)
        if current is not None and changed and not context.check:
            current = _take_down(context, current, remove=gone)
    wanted = {"mounted": True, "dismounted": False, "absent": None}[args["state"]]
    return {
        "changed": changed,
        "database": {
            **_databases.describe(current or before),
            "name": name,
            "edb_path": edb_path or (before.edb_path if before else None),
            "log_folder": log_folder or (before.log_folder if before else None),
            "mounted": wanted if changed else (current.mounted if current else None),
        },
        "statistics": [_shown(mailbox) for mailbox in stored],
        "missing_mailboxes": missing,
        "diff": {
            "before": {"name": name, "state": _state(before)},
            "after": {"name": name, "state": args["state"] if changed else _state(before)},
        },
    }


def _state(database: Database | None) -> str:
    if database is None:
        return "absent"
    return "mounted" if database.mounted else "dismounted"


def _refuse_others(current: Database | None, edb_path: str | None) -> None:
    """Raise ConflictError when the name belongs to something else."""
    if current is None:
        return
    if not current.recovery:
        raise ConflictError(
            "it is not a recovery database; people's mailboxes may live on it.",
            object=f"database {current.name}",
            operation="use as recovery database",
            remedy="Choose another name.",
        )
    if edb_path is not None and not paths.same(current.edb_path, edb_path):
        raise ConflictError(
            f"it lies over {current.edb_path}, not over {edb_path}.",
            object=current.about,
            operation="use",
            remedy="Remove it first (state absent; its files stay), or choose another name.",
        )


def _was_mounted(current: Database | None, log_folder: str) -> bool:
    """Whether it was mounted over these folders before: when its server died then, its file is dirty,
    and its own logs are what the mount replays."""
    return current is not None and current.created and paths.same(current.log_folder, log_folder)


def _check_file(context: OperationContext, edb_path: str, *, dirty: bool) -> None:
    """Raise unless the file is there and in clean shutdown, or may be dirty. In check mode it may be
    missing, since the task that puts it there may not have run."""
    if not _databases.file_exists(context, edb_path):
        if context.check:
            return
        raise PreconditionError(
            f"{edb_path} is not there.",
            object=edb_path,
            operation="mount as recovery database",
            remedy="Restore the file first; a recovery database is never created empty.",
            server=context.server,
        )
    header = eseutil.header(context, edb_path)
    if not header.is_clean and not dirty:
        raise PreconditionError(
            f"{edb_path} is in {header.state}.",
            object=edb_path,
            operation="mount as recovery database",
            remedy="Run soft recovery first (dialtone.exchange.database_files, state restored).",
            server=context.server,
        )


def _mount(
    context: OperationContext,
    current: Database | None,
    name: str,
    server: str,
    edb_path: str,
    log_folder: str,
    ticket: Ticket,
    wait_timeout: float,
) -> Database:
    deadline = context.clock() + wait_timeout
    _wait_for_turn(context, name, server, ticket, wait_timeout)
    if current is None:
        result = databases.create_recovery(context, name, server, edb_path, log_folder)
        _databases.pass_warnings(context, result.warnings)
        current = context.wait(
            f"recovery database {name} to be visible on {context.domain_controller}",
            lambda: databases.find(context, name, status=True),
            timeout=120.0,
        )
    while True:
        try:
            _databases.mount(context, current, _MOUNT_TIMEOUT)
            break
        except MountError as error:
            # Somebody else was quicker between our look and our mount.
            if error.kind != "second_recovery_database" or context.clock() >= deadline:
                raise
            context.sleep(_POLL)
            _wait_for_turn(context, name, server, ticket, deadline - context.clock())
    return databases.wait_mounted(context, current)


def _wait_for_turn(
    context: OperationContext, name: str, server: str, ticket: Ticket, timeout: float
) -> None:
    """Return when no other recovery database is mounted on the server, and nobody who waits for
    that too comes before.

    Raises PreconditionError, naming the other one, when that takes longer than the timeout.
    """
    seen = [""]

    def probe() -> bool | None:
        mounted = [
            database.name
            for database in databases.on_server(context, server, status=True)
            if database.recovery and database.mounted and not names.same_name(database.name, name)
        ]
        if mounted:
            seen[0] = f"recovery database {mounted[0]} is still mounted on {server}"
            return None
        seen[0] = f"another recovery that waits on {server} comes first"
        return True if ticket.is_first() else None

    try:
        context.wait(
            f"the turn of {name} on {server}",
            probe,
            timeout=timeout,
            first=2.0,
            most=15.0,
            state=lambda: seen[0],
        )
    except WaitTimeout as error:
        raise PreconditionError(
            f"{seen[0]} after {timeout:.0f} s; one may be mounted at a time.",
            object=f"recovery database {name}",
            operation="mount",
            remedy="Dismount the other one when it is no longer needed, then run the same command"
            " again.",
            server=server,
        ) from error


def _take_down(context: OperationContext, current: Database, *, remove: bool) -> Database | None:
    if current.mounted is not False:
        databases.dismount(context, current)
        current = databases.wait_dismounted(context, current)
    if not remove:
        return current
    result = databases.remove(context, current)
    _databases.pass_warnings(context, result.warnings)
    context.wait(
        f"{current.about} to be gone",
        lambda: True if databases.find(context, current.guid) is None else None,
        timeout=120.0,
    )
    return None


def _missing(current: Database, stored: list[StoredMailbox], expected: list[str]) -> list[str]:
    """The expected mailboxes (GUIDs) that are not in the file: younger than the backup, or never
    used. Raises PreconditionError when most are: then it is the file of another database."""
    there = {mailbox.mailbox_guid for mailbox in stored}
    missing = [guid for guid in expected if guid.strip("{}").lower() not in there]
    if len(missing) * 2 > len(expected):
        raise PreconditionError(
            f"{len(missing)} of {len(expected)} expected mailboxes are not in {current.edb_path}.",
            object=current.about,
            operation="verify",
            remedy="Check that the backup is of the right database and of the right time.",
        )
    return missing


def _shown(mailbox: StoredMailbox) -> dict[str, t.Any]:
    return {
        "mailbox_guid": mailbox.mailbox_guid,
        "display_name": mailbox.display_name,
        "item_count": mailbox.items,
        "size": mailbox.size,
        "is_archive": mailbox.is_archive,
        "disconnected": mailbox.disconnect_reason is not None,
    }
