# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One run at a time on a recovery: claim it, or say who has it.

Nobody compares the clocks of two machines. A claim that is renewed while it is watched is that of a
living run; one that is not, for longer than that run would go on without renewing it, is a dead
run's, and is taken over. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import getpass
import socket
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils import _process
from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.claims import Place
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    marker,
    names,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim

ARGUMENT_SPEC: dict[str, t.Any] = {
    "failed_database": {"type": "str", "required": True},
    "recovery_root": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
    "take_over": {"type": "bool", "default": False},
    "renewal": {"type": "int", "default": 10},
    "user": {"type": "str"},
    "job": {"type": "str"},
}

_ATTEMPTS = 20
_LATE = 2.0  # seconds between the other run's last look at its claim and the call it sends then


def run(context: OperationContext, args: dict[str, t.Any]) -> dict[str, t.Any]:
    """The recovery claimed for this run. Raises ConflictError when another run is at work."""
    name = names.check_database_name(args["failed_database"], "failed_database")
    root = paths.check_folder(args["recovery_root"], "recovery_root")
    renewal = int(args["renewal"])
    if not 1 <= renewal <= 3600:
        raise InputError(
            f"renewal: {renewal} is not between 1 and 3600 seconds.",
            object="renewal",
            remedy="Leave it out, or give something like 10.",
        )
    place = Place(paths.join(root, names.folder_name(name)))
    mine = Claim.new(
        args.get("user") or _user(),
        socket.gethostname(),
        args.get("job") or "",
        marker.new_run_id(context.now()),
        _process.run_token(),
        renewal,
    )
    if context.check:
        others = [c for c in place.read(context) or () if not c.is_of(mine.process)]
        return _result(None, others[0] if others else None, waited=False)
    if args["state"] == "released":
        for claim in place.read(context) or ():
            if claim.is_of(mine.process) or _process.is_gone(claim.process):
                place.remove(context, claim)
        return _result(None, None, waited=False)
    result = _Claiming(context, name, place, mine, bool(args["take_over"])).hold()
    if not context.keep_claim(place.base, result["name"]):
        context.warn(
            f"The claim on {name} is not renewed, since there is no session process: another run"
            f" would take this one for dead after {mine.seconds_to_death:.0f} s."
        )
    return result


class _Claiming:
    """The way to a claim, from whatever is there."""

    def __init__(
        self, context: OperationContext, name: str, place: Place, mine: Claim, take_over: bool
    ) -> None:
        self.context, self.name, self.place = context, name, place
        self.mine, self.take_over = mine, take_over
        self.waited = False

    def hold(self) -> dict[str, t.Any]:
        for attempt in range(_ATTEMPTS):
            if self.place.make_folder(self.context):
                if self._put():
                    return self._held(None)
            elif (held := self._look(attempt)) is not None:
                return held
        raise ProgramError(
            f"{self.place.folder} can't be used; its contents change all the time.",
            object=self.place.folder,
            operation="claim",
            remedy="Look who works there; remove the folder when nobody does, then run the same"
            " command again.",
            server=self.context.server,
        )

    def _look(self, attempt: int) -> dict[str, t.Any] | None:
        """What to do with a folder that is there; None to try again."""
        seen = self.place.read(self.context)
        if seen is None:
            if attempt:
                raise ProgramError(
                    f"the folder {self.place.folder} can't be made.",
                    object=f"database {self.name}",
                    operation="claim",
                    remedy="Check that the volume is there, and that the account may write to it.",
                    server=self.context.server,
                )
            return None
        self.waited = True
        if not seen:
            self._clear(self.mine.renewal)
        elif len(seen) > 1:
            self.context.sleep(1.0)  # two came at the same moment, and both give way
        elif seen[0].is_of(self.mine.process):
            self.mine = seen[0]
            return self._held(None)
        else:
            return self._replace(seen[0])
        return None

    def _put(self) -> bool:
        """Put the own claim into the folder that was made for it. Another run may have found the
        folder empty for too long."""
        if not self.place.put(self.context, self.mine):
            return False
        if self.place.read(self.context) == [self.mine]:
            return True
        self.place.remove(self.context, self.mine)
        self.context.sleep(1.0)
        return False

    def _clear(self, seconds: float) -> None:
        """Remove a folder without a claim, unless its maker comes back to it in time."""
        self.context.sleep(seconds)
        self.place.remove_empty(self.context)

    def _replace(self, other: Claim) -> dict[str, t.Any] | None:
        context = self.context
        gone = _process.is_gone(other.process)
        if not gone and not self.take_over:
            seen = self._watch(other)
            if seen is None:
                return None  # it has ended meanwhile
            other = seen
        if not self.place.replace(context, other, self.mine):
            return None
        if self.take_over and not gone:
            context.progress(f"waiting until the run of {other.who} has noticed")
            context.sleep(other.lease + _LATE)
            context.warn(f"{self.name} was taken over from {other.text}.")
        else:
            context.warn(f"The run of {other.text} is dead; this run goes on with {self.name}.")
        return self._held(other)

    def _watch(self, other: Claim) -> Claim | None:
        """The claim as it is when its run is dead; None when it is gone. Raises ConflictError when
        it is renewed."""
        context, seconds = self.context, other.seconds_to_death
        end = context.clock() + seconds
        while True:
            left = end - context.clock()
            context.progress(
                f"{other.text} is or was at work on {self.name}: watching for {max(left, 0):.0f} s"
            )
            context.sleep(min(max(left, 0.1), other.renewal / 2))
            seen = self.place.read(context)
            if not seen:
                return None
            if seen != [other]:
                raise self._conflict(seen[0])
            if left <= 0:
                return other

    def _conflict(self, other: Claim) -> ConflictError:
        return ConflictError(
            f"{other.text} is at work on it.",
            object=f"recovery of database {self.name}",
            operation="go on with",
            code="AtWork",
            remedy="Wait until that run has ended, then run the same command again. To take over now,"
            " add take_over: true (dialtone_take_over=true); the other run then stops by itself.",
            server=self.context.server,
        )

    def _held(self, other: Claim | None) -> dict[str, t.Any]:
        return _result(self.mine, other, waited=self.waited)


def _result(mine: Claim | None, other: Claim | None, *, waited: bool) -> dict[str, t.Any]:
    return {
        "changed": False,
        "name": mine.name if mine else None,
        "waited": waited,
        "other": other.as_result() if other else None,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""
