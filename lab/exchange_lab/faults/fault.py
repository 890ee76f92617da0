# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is, the points where one can strike, and the decorator that puts one into the catalogue.

A fault at a point is a function that is called each time it strikes; it raises what the layer raises, or returns what
the hook there understands:

    @fault("database", shows="MapiExceptionNetworkError", point="mount", times=1)
    def mount_fails(hit: Hit, *, code: str = "0x80004005") -> None:
        \"\"\"Mounting a database fails.\"\"\"
        raise MountFailed(code)

A fault that is a state is a generator: what stands before `yield` breaks something, what follows mends it:

    @fault("directory", shows="...")
    def replication_stops(hit: Hit, *, controller: str) -> Iterator[None]:
        \"\"\"A domain controller gets no changes.\"\"\"
        ...
        yield
        ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# point -> names of the facts an injection can be limited to. Where the hooks are:
POINTS: dict[str, tuple[str, ...]] = {
    # wire/service.py, before logon: returns an HttpResponse to send in place of an answer
    "http": ("server", "route"),
    # wire/service.py, a request that was understood: raises WsmanFault or ClientGone
    "request": ("server", "action", "kind", "account"),
    # wire/service.py, an answer before it leaves: returns the HttpResponse to send in its place
    "answer": ("server", "action", "kind", "account"),
    # lab.py, a cmdlet, program or enumeration before it runs (also one that will be refused)
    "call": ("server", "kind", "name", "arguments", "account", "changing"),
    # lab.py, the same call when it is done and its client has not heard of it
    "called": ("server", "kind", "name", "arguments", "account", "changing", "outcome"),
    # cmdlets/_call.py, in a cmdlet before it does anything: raises Refusal (of one object) or TerminatingError
    "cmdlet": ("server", "name", "arguments", "account"),
    # store/information_store.py: raises StoreError; a dismount is left to it when it returns something
    "mount": ("server", "database"),
    "dismount": ("server", "database"),
    "dismounted": ("server", "database"),
    # files/filesystem.py, before each such operation on a file, and after a copy: raises FileError
    "file copy": ("server", "path"),
    "file copied": ("server", "path"),
    "file rename": ("server", "path"),
    # mrs/service.py, before each part of a restore request's work: raises RequestFailure; returns the StatusDetail
    # with which the request stalls
    "mrs": ("request", "mailbox", "database"),
}

FAMILIES = ("session", "directory", "database", "files", "mailboxes", "mrs", "controller")


@dataclass(frozen=True)
class Fault:
    """One entry of the catalogue.

    shows: how it shows to who works with Exchange, in a few words. point: where it strikes; empty: a state.
    times: how often it strikes unless told; None: until it is lifted. options: its own, with their defaults.
    """

    name: str
    family: str
    description: str
    shows: str
    act: Callable[..., Any]
    point: str = ""
    times: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


REQUIRED = "required"  # in place of an option's default
CATALOGUE: dict[str, Fault] = {}
_Act = Callable[..., Any]


def fault(
    family: str, *, shows: str, point: str = "", times: int | None = 1
) -> Callable[[_Act], _Act]:
    """Put a function into the catalogue, under its name; the first line of its docstring describes it."""
    if family not in FAMILIES:
        raise ValueError(f"there is no family {family}")
    if point and point not in POINTS:
        raise ValueError(f"there is no point {point}")

    def register(act: _Act) -> _Act:
        name = act.__name__
        if name in CATALOGUE:
            raise ValueError(f"there are two faults {name}")
        if bool(point) == inspect.isgeneratorfunction(act):
            raise ValueError(f"{name}: either it strikes at a point, or it is a generator")
        description = (inspect.getdoc(act) or "").partition("\n")[0]
        own = {
            p.name: REQUIRED if p.default is p.empty else p.default
            for p in inspect.signature(act).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        }
        CATALOGUE[name] = Fault(name, family, description, shows, act, point, times, own)
        return act

    return register
