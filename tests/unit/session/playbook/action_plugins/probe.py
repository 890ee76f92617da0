# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action plugin as the collection's own are, with an operation that does what a test wants."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command
from ansible_collections.dialtone.exchange.plugins.plugin_utils._action import ExchangeAction


def probe(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """Look, change unless in check mode, say what was seen."""
    if args["fail"]:
        raise PreconditionError("It is not ready.", object="it", remedy="Make it ready.")
    thing = context.transport.invoke(Command("Get-Thing", {"Identity": args["name"]})).single()
    if args["change"] and not context.check:
        context.transport.invoke(
            Command("Set-Thing", {"Identity": args["name"]})
        ).raise_for_errors()
    for second in range(args["seconds"]):
        context.progress(f"second {second}")
        time.sleep(1)
    if args["warn"]:
        context.warn("take care")
    result = {
        "changed": args["change"],
        "diff": {"before": "a\n", "after": "b\n"},
        "session": thing["Session"],
        "server": context.server,
        "controller": context.domain_controller,
        "check": context.check,
        "name": thing["Identity"],
        "secret": args["secret"],
    }
    if args["program"]:
        result["output"] = context.transport.run(args["program"], ["a b"]).stdout
    return result


class ActionModule(ExchangeAction):
    """probe"""

    OPERATION = probe
    ARGUMENT_SPEC: t.ClassVar[dict[str, t.Any]] = {
        "name": {"type": "str", "default": "x"},
        "change": {"type": "bool", "default": False},
        "fail": {"type": "bool", "default": False},
        "warn": {"type": "bool", "default": False},
        "seconds": {"type": "int", "default": 0},
        "program": {"type": "str"},
        "secret": {"type": "str", "no_log": True},
    }
