# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""client_info: whose programs must be told another server name, and why.

Outlook and others that use Autodiscover find a rehomed mailbox by themselves; what has a server's
name typed into it does not (exchange.md 10).
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import (
    client_access,
    databases,
    mailboxes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.client_access import (
    ClientAccess,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._model import evidence, names

PROTOCOLS: t.Final = ("pop", "imap", "activesync")

ARGUMENT_SPEC: dict[str, t.Any] = {
    "databases": {"type": "list", "elements": "str", "required": True},
    "from_server": {"type": "str", "required": True},
    "to_server": {"type": "str", "required": True},
    "protocols": {
        "type": "list",
        "elements": "str",
        "choices": list(PROTOCOLS),
        "default": list(PROTOCOLS),
    },
    "exceptions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "mailbox": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
        },
    },
    "csv": {"type": "path"},
}

_WHY = {
    "pop": "POP is allowed, and such programs have the server's name typed in",
    "imap": "IMAP is allowed, and such programs have the server's name typed in",
    "activesync": "ActiveSync is allowed, and phones set up by hand keep the server's name",
    "device": "a phone is set up by ActiveSync, and one set up by hand keeps the server's name",
}
_COLUMNS = (
    "display_name",
    "primary_smtp_address",
    "guid",
    "database",
    "from_server",
    "to_server",
    "clients",
    "why",
)


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The mailboxes whose programs may have the old server's name. Changes nothing in Exchange.

    Raises InputError for the names, PreconditionError when the CSV can't be written.
    """
    wanted = [names.check_database_name(name, "databases") for name in args["databases"]]
    if not wanted:
        raise InputError(
            "databases is empty.",
            object="databases",
            remedy="Name the databases whose users are to be listed.",
        )
    source, target = (_server(args, option) for option in ("from_server", "to_server"))
    users = _users(context, wanted)
    clients: list[dict[str, t.Any]] = []
    if not names.same_name(_short(source), _short(target)):
        exceptions = {
            _key(each["mailbox"]): str(each["reason"]) for each in args.get("exceptions") or ()
        }
        allowed = client_access.of_all(context) if users else {}
        for user in users:
            why = dict(
                _reasons(user, allowed.get(user.guid), args.get("protocols") or (), exceptions)
            )
            if why:
                clients.append(_row(user, source, target, why))
    csv = args.get("csv")
    if csv and not context.check:
        _write(Path(csv), clients)
    return {
        "changed": False,
        "clients": clients,
        "mailboxes": len(users),
        "by_client": dict(sorted(Counter(name for c in clients for name in c["clients"]).items())),
        "csv": str(csv) if csv else None,
    }


def _server(args: dict[str, t.Any], option: str) -> str:
    name = str(args[option]).strip()
    if not name:
        raise InputError(
            f"{option} is empty.", object=option, remedy="Give the name of an Exchange server."
        )
    return name


def _short(server: str) -> str:
    return server.partition(".")[0]


def _users(context: OperationContext, wanted: list[str]) -> list[Mailbox]:
    """Those with people or programs behind them; each once, by name."""
    found: dict[str, Mailbox] = {}
    for name in dict.fromkeys(wanted):
        database = databases.find(context, name)
        if database is None:
            if not context.check:  # before the real run, the dial tone database is not there yet
                context.warn(f"There is no database {name}; its users can't be listed.")
            continue
        for user in mailboxes.on_database(context, database.guid, mailboxes.KINDS[0]):
            found[user.guid] = user
    return sorted(found.values(), key=lambda user: (user.display_name.casefold(), user.guid))


def _reasons(
    user: Mailbox,
    access: ClientAccess | None,
    protocols: t.Sequence[str],
    exceptions: t.Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """(kind of client, why) of one mailbox."""
    if access is not None:
        if access.pop and "pop" in protocols:
            yield "pop", _WHY["pop"]
        if access.imap and "imap" in protocols:
            yield "imap", _WHY["imap"]
        if access.activesync and access.has_device is not False and "activesync" in protocols:
            yield "activesync", _WHY["device" if access.has_device else "activesync"]
    for name in (user.primary_smtp_address, user.alias, user.guid, user.exchange_guid):
        if name and (reason := exceptions.get(_key(name))):
            yield "exception", reason


def _key(mailbox: str) -> str:
    return mailbox.strip().casefold()


def _row(user: Mailbox, source: str, target: str, why: dict[str, str]) -> dict[str, t.Any]:
    return {
        "display_name": user.display_name,
        "primary_smtp_address": user.primary_smtp_address,
        "guid": user.guid,
        "database": user.database,
        "from_server": source,
        "to_server": target,
        "clients": list(why),
        "why": "; ".join(why.values()),
    }


def _write(file: Path, clients: list[dict[str, t.Any]]) -> None:
    rows = [
        [", ".join(v) if isinstance(v, list) else str(v or "") for v in (c[k] for k in _COLUMNS)]
        for c in clients
    ]
    try:
        evidence.write(file, evidence.table(_COLUMNS, rows))
    except OSError as error:
        raise PreconditionError(
            f"the list of clients can't be written: {error}.",
            object="csv",
            operation="write",
            remedy="Give a path on the controller that can be written.",
        ) from error
