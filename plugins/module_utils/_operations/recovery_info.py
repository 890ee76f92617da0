# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Everything the preflight, the plan and the status need to know about a recovery, read-only.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import databases, servers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import share
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    merge_direction,
    names,
    paths,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _failed_server,
    _preflight,
    _recovery_facts,
    _recovery_plan,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._alternate_facts import (
    Limits,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    advice,
    direction,
    identity,
    methods,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
    database as database_checks,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Adopt,
    Facts,
)

ARGUMENT_SPEC: dict[str, t.Any] = {
    "failed_database": {"type": "str"},
    "failed_server": {"type": "str"},
    "recovery_root": {"type": "str"},
    "restore_folder": {"type": "str"},
    "restore_pending": {"type": "bool", "default": False},
    "share_access": {"type": "str", "choices": list(share.ACCESS), "default": "auto"},
    "override": {
        "type": "list",
        "elements": "str",
        "choices": list(advice.OVERRIDABLE),
        "default": [],
    },
    "dial_tone_database": {"type": "str"},
    "dial_tone_server": {"type": "str"},
    "final_database": {"type": "str"},
    "adopt_database": {"type": "str"},
    "adopt_recovery_database": {"type": "str"},
    "preserved_folder": {"type": "str"},
    "dial_tone_file": {"type": "str"},
    "max_mailboxes": {"type": "int"},
    "max_database_size": {"type": "str"},
    "method": {"type": "str", "choices": ["beside", "in_place"], "default": "beside"},
    "swap_method": {"type": "str", "choices": ["auto", "rename", "repoint"], "default": "auto"},
    "merge_direction": {
        "type": "str",
        "choices": [merge_direction.AUTO, *merge_direction.DIRECTIONS],
        "default": merge_direction.AUTO,
    },
    "scope": {"type": "str", "choices": ["full", "location"], "default": "full"},
}

CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("failed_database", "failed_server")],
    "mutually_exclusive": [("failed_database", "failed_server")],
}


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The module's work; changes nothing, in any mode. Raises ExchangeError."""
    if args.get("failed_server"):
        return _failed_server.look(context, args["failed_server"])
    name = names.check_database_name(args["failed_database"], "failed_database")
    if args["dial_tone_database"] is not None:
        names.check_database_name(args["dial_tone_database"], "dial_tone_database")
    for option in ("adopt_database", "adopt_recovery_database"):
        if args.get(option) is not None:
            names.check_database_name(args[option], option)
    for option, check in (
        ("preserved_folder", paths.check_folder),
        ("dial_tone_file", paths.check_file),
        ("recovery_root", paths.check_folder),
        ("restore_folder", paths.check_source),
    ):
        if args.get(option) is not None:
            args = {**args, option: check(args[option], option)}
    if (
        args.get("method") == "in_place"
        and args["dial_tone_database"] is not None
        and not names.same_name(args["dial_tone_database"], name)
    ):
        raise InputError(
            "with the method in_place, the dial tone database is the failed one itself.",
            object="dial_tone_database",
            remedy="Leave dial_tone_database out (dialtone_database_name), or use the method beside.",
        )
    if args["scope"] == "location":
        return _location(context, name, args.get("adopt_database"))
    failed = databases.find(context, name)
    if failed is None and (successor := _successor(context, name, args)) is not None:
        return _retired(context, name, successor, args)
    if failed is None:
        return _nothing(name, database_checks.unknown(name))
    if failed.recovery:
        return _nothing(name, database_checks.kind(name))
    original = servers.get(context, failed.server)
    # What took over the failed one's name at the end lives where its users stayed.
    alternate = None if _databases.is_in_place(failed) else args.get("dial_tone_server")
    if alternate and _databases.is_server(alternate, failed.server):
        raise InputError(
            f"{alternate} is the failed database's own server.",
            object="dial_tone_server",
            remedy="Name another server (dialtone_alternate_server), or recover it where it is"
            " (playbook same_server).",
        )
    facts = _recovery_facts.gather(
        context,
        failed,
        original,
        servers.get(context, alternate) if alternate else original,
        limits=_limits(args),
        recovery_root=args["recovery_root"],
        final_database=args.get("final_database") or None,
        restore_folder=args["restore_folder"],
        share_access=args.get("share_access") or "auto",
        dial_tone_database=args["dial_tone_database"],
        method=args.get("method"),
        swap_method=args.get("swap_method"),
        merge_direction=args.get("merge_direction") or merge_direction.AUTO,
        override=args.get("override") or (),
        adopt=Adopt(
            args.get("adopt_database"),
            args.get("adopt_recovery_database"),
            args.get("preserved_folder"),
            args.get("dial_tone_file"),
        ),
    )
    facts = replace(facts, restore_pending=bool(args.get("restore_pending")))
    return _result(facts, _preflight.run_all(facts, args.get("override") or ()))


def _successor(context: OperationContext, name: str, args: dict[str, t.Any]) -> Database | None:
    """What has taken the place of a database whose object is gone: by its marker, or as it is told of
    a recovery that was ended by hand."""
    found = _databases.successor(context, name)
    if found is None and args.get("adopt_database"):
        found = databases.find(context, args["adopt_database"])
    return None if found is None or found.recovery else found


def _location(
    context: OperationContext, name: str, adopt_database: str | None = None
) -> dict[str, t.Any]:
    """Only where the database is. A name that can't be recovered is an error here, since nothing
    that follows would know where to go."""
    failed = databases.find(context, name)
    told = {"adopt_database": adopt_database}
    if failed is None and (successor := _successor(context, name, told)) is not None:
        failed = replace(successor, name=name)  # its own object was retired
    if failed is None:
        check = database_checks.unknown(name)
        raise NotFoundError(check.have + ".", object=f"database {name}", remedy=check.remedy)
    if failed.recovery:
        check = database_checks.kind(name)
        raise PreconditionError(check.have + ".", object=f"database {name}", remedy=check.remedy)
    server = servers.get(context, failed.server)
    return {"changed": False, "failed_database": _databases.describe_failed(failed, server)}


def _limits(args: dict[str, t.Any]) -> Limits:
    """Raises InputError for what is no size."""
    try:
        size = sizes.parse_size(args.get("max_database_size") or None)
    except ValueError as error:
        raise InputError(
            str(error),
            object="max_database_size",
            remedy="Write it as a number with its unit, such as 500 GB.",
        ) from error
    return Limits(args.get("max_mailboxes"), size)


def _nothing(name: str, check: Check) -> dict[str, t.Any]:
    """The result for a name that can't be recovered."""
    return {
        "changed": False,
        "run_id": None,
        "stage": "new",
        "failed_database": None,
        "dial_tone": None,
        "dial_tone_name": names.dial_tone_name(name),
        "adopts": False,
        "adopted_recovery_database": None,
        "restore_folder": None,
        "final_database": None,
        "recovery_root": None,
        "names": {},
        "server": None,
        "volumes": [],
        "mailboxes": {},
        "copies": [],
        "recovery_databases": [],
        "moves": [],
        "folders": {},
        "merge_direction": None,
        "choices": [],
        "plan": [],
        "checks": [check.as_result()],
    }


def _retired(
    context: OperationContext, name: str, successor: Database, args: dict[str, t.Any]
) -> dict[str, t.Any]:
    """The result for a failed database whose object was removed after the recovery."""
    mark = Marker.parse(successor.excluded_reason)
    folders = _recovery_facts.folders_of_retired(context, name, successor, args["recovery_root"])
    check = database_checks.retired(name, successor.name)
    checks = [check, *filter(None, [identity.claimed(folders)])]
    return {
        **_nothing(name, check),
        "run_id": mark.run_id if mark else None,
        "stage": "closed",
        "dial_tone": _databases.describe(successor),
        "dial_tone_name": successor.name,
        "recovery_root": folders.layout.root if folders else None,
        "checks": [check.as_result() for check in checks],
    }


def _result(facts: Facts, checks: Sequence[Check]) -> dict[str, t.Any]:
    counts = Counter(mailbox.kind for mailbox in facts.mailboxes)
    if facts.archive_owners:
        counts["archive"] = len(facts.archive_owners)
    return {
        "changed": False,
        "run_id": facts.run_id,
        "stage": facts.stage,
        "failed_database": _databases.describe_failed(facts.failed, facts.original),
        "dial_tone": _databases.describe(facts.dial_tone) if facts.is_ours else None,
        "dial_tone_name": facts.names.dial_tone_database,
        "adopts": facts.by_hand is not None,
        "adopted_recovery_database": _adopted_recovery_database(facts),
        "restore_folder": facts.restore_folder or facts.restore_folder_by_hand,
        "final_database": facts.final_name,
        "recovery_root": facts.layout.root,
        "names": _names(facts),
        "server": _server(facts),
        "volumes": [
            {"name": v.name, "label": v.label, "capacity": v.capacity, "free": v.free}
            for v in facts.volumes
        ],
        "mailboxes": dict(sorted(counts.items())),
        "copies": [
            {
                "server": copy.server,
                "status": copy.status,
                "copy_queue_length": copy.copy_queue_length,
                "replay_queue_length": copy.replay_queue_length,
            }
            for copy in facts.copies
        ],
        "recovery_databases": [_databases.describe(d) for d in facts.recovery_databases],
        "moves": [
            {
                "display_name": move.display_name,
                "status": move.status,
                "source_database": move.source_database,
                "target_database": move.target_database,
            }
            for move in facts.moves
        ],
        "folders": facts.folders.as_result() if facts.folders else {},
        "merge_direction": direction.chosen(facts).value,
        "choices": [choice._asdict() for choice in methods.choices(facts)],
        "plan": [line.as_result() for line in _recovery_plan.make(facts)],
        "checks": [check.as_result() for check in checks],
    }


def _adopted_recovery_database(facts: Facts) -> str | None:
    """The recovery database that somebody made, to be removed when its files are collected."""
    found = facts.by_hand
    if found is None or found.recovery_database is None or facts.merge_source is not None:
        return None
    return found.recovery_database.name


def _server(facts: Facts) -> dict[str, t.Any]:
    productive = [database for database in facts.databases if not database.recovery]
    return {
        "name": facts.server.name,
        "fqdn": facts.server.fqdn,
        "edition": facts.server.edition,
        "version": facts.server.version,
        "databases": len(productive),
        "database_limit": facts.server.database_limit,
    }


def _names(facts: Facts) -> dict[str, str]:
    layout, called, source = facts.layout, facts.names, facts.merge_source
    return {
        "run_id": called.run_id,
        "dial_tone_database": called.dial_tone_database,
        "restored_recovery_database": called.restored_recovery_database,
        "merge_recovery_database": called.merge_recovery_database,
        "batch": called.batch,
        "dial_tone_edb_path": layout.dialtone_edb,
        "dial_tone_log_folder": layout.dialtone,
        "restored_edb_path": layout.restored_edb,
        "restored_log_folder": layout.restored_rdb_logs,
        "restored_merge_log_folder": layout.restored_merge_logs,
        "swapped_edb_path": source.edb_path if source else layout.swapped_edb,
        "swapped_log_folder": source.log_folder if source else layout.swapped_rdb_logs,
    }
