# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults as a command line asks for them: NAME[,OPTION=VALUE]...[@CALL]

    cmdlet_throttled,name=Set-Mailbox,wait=5,times=3
    connection_refused,server=MBX1,seconds=600@Dismount-Database

With @CALL it is injected as soon as that cmdlet or program was called by a client; else at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from exchange_lab.faults.catalogue import CATALOGUE
from exchange_lab.faults.engine import Engine, FaultError
from exchange_lab.faults.fault import Fault


@dataclass(frozen=True)
class Wanted:
    """A fault to come. options: as inject() takes them. call: what it waits for; empty: nothing."""

    fault: Fault
    options: dict[str, Any]
    call: str = ""


def parse(text: str) -> Wanted:
    """Read what was asked for. FaultError says what is wrong with it."""
    wanted, _at, call = text.partition("@")
    name, *pairs = wanted.split(",")
    fault = CATALOGUE.get(name)
    if fault is None:
        raise FaultError(f"there is no fault {name!r}, only {', '.join(sorted(CATALOGUE))}")
    if fault.family == "controller":
        raise FaultError(f"{name} strikes only clients in the lab's own process")
    options: dict[str, Any] = {}
    for pair in pairs:
        option, equals, value = pair.partition("=")
        if not equals:
            raise FaultError(f"{pair!r} is not OPTION=VALUE")
        options[option] = _value(value)
    Engine.check(fault, **options)
    return Wanted(fault, options, call)


def arrange(engine: Engine, wanted: Wanted) -> None:
    """Inject it, now or when its call comes. FaultError when it can't be."""
    if not wanted.call:
        engine.inject(wanted.fault, **wanted.options)
        return

    def inject(_hit: Any) -> None:
        engine.inject(wanted.fault, **wanted.options)

    engine.watch("called", inject, name=wanted.call)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
