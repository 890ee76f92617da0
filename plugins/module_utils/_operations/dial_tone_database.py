# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The database that users work in meanwhile, and what becomes of it: one operation a state.

Order: create, mount, probe, and only then rehome (pitfalls.md P6). PRIVATE to the collection: it
can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _databases,
    _dial_tone_beside,
    _dial_tone_in_place,
    _final_name,
    _production,
    _retired,
    _successor,
)

ARGUMENT_SPEC: dict[str, t.Any] = {
    "name": {"type": "str"},
    "failed_database": {"type": "str", "required": True},
    "server": {"type": "str"},
    "recovery_root": {"type": "str"},
    "edb_path": {"type": "str"},
    "log_folder": {"type": "str"},
    "run_id": {"type": "str"},
    "mount_timeout": {"type": "int", "default": 900},
    "adopt": {"type": "bool", "default": False},
    "adopt_recovery_database": {"type": "str"},
    "preserved_folder": {"type": "str"},
    "state": {
        "type": "str",
        "choices": ["present", "successor", "production", "retired", "final"],
        "default": "present",
    },
    "final_database": {"type": "str"},
    "final_name": {"type": "str", "choices": ["dial_tone", "original"], "default": "dial_tone"},
    "retire_failed_database": {"type": "bool", "default": False},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_if": [
        ("state", "present", ("recovery_root",)),
        ("state", "production", ("recovery_root",)),
        ("state", "retired", ("recovery_root",)),
        ("state", "successor", ("recovery_root",)),
    ]
}


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The dial tone database in the wanted state. Raises the ExchangeError family."""
    failed_name = names.check_database_name(args["failed_database"], "failed_database")
    name = names.check_database_name(
        names.dial_tone_name(failed_name) if args.get("name") is None else args["name"], "name"
    )
    if args.get("run_id") and not marker.is_run_id(args["run_id"]):
        raise InputError(
            f"run_id: {args['run_id']!r} is not a run id.",
            object="run_id",
            remedy="Leave it out, or write it as YYYYMMDD-HHMMSS.",
        )
    if args["state"] == "final":
        return _final_name.run(context, name, failed_name, args)
    paths.check_folder(args["recovery_root"], "recovery_root")
    failed = _databases.failed_database(context, failed_name, settings=True)
    if args["state"] == "retired":
        home = _successor.of(context, failed, args)
        return _retired.run(context, name, failed, args["recovery_root"], home)
    if args["state"] == "successor":
        return _successor.present(context, name, failed, args)
    if args["state"] == "production":
        return _production.run(
            context, name, failed, args["recovery_root"], bool(args.get("adopt"))
        )
    if names.same_name(name, failed.name):
        return _dial_tone_in_place.present(context, failed, args)
    return _dial_tone_beside.present(context, name, failed, args)
