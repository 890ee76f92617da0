# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a run know of its claim on a recovery: a small file of the controller.

The session process that renews the claim writes when it last succeeded, or who has taken it over.
Every task of the recovery reads that before each call that could change something: a run that can't
be sure of its claim waits, and one that has lost it stops. PRIVATE to the collection: it can change
at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import typing as t
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim

_READING_CMDLETS = ("get-", "test-", "select-")
_PAUSE = 0.2
_PATIENCE = 30.0  # seconds to wait for a renewal that is late


@dataclass(frozen=True)
class Lease:
    """The state of one claim. server: the Exchange server that has it. folder: of the recovery.
    name: the claim. confirmed: when it was surely ours, by time.monotonic(), which all processes of
    a machine share. lost: who has it now, "" while it is ours."""

    server: str
    folder: str
    name: str
    confirmed: float
    lost: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether a change may be sent now."""
        claim = Claim.parse(self.name)
        return claim is not None and time.monotonic() < self.confirmed + claim.lease


def path_for(prefix: str, host: str) -> str:
    """The file for one recovery, which is a host. prefix: how the paths of this run's files begin."""
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{prefix}.{digest}.lease"


def read(path: str) -> Lease | None:
    """The lease in this file; None where nothing is claimed."""
    try:
        with open(path, encoding="utf-8") as file:
            return Lease(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None


def write(path: str, lease: Lease) -> None:
    """Put the lease into its file, whole. Raises OSError."""
    new = f"{path}.{os.getpid()}"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(asdict(lease), file)
    os.replace(new, path)


def remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


class Fence:
    """Stands before every change that the tasks of one recovery send.

    renew: asks for a renewal at once; called when one is late.
    """

    def __init__(self, path: str, renew: t.Callable[[Lease], None]) -> None:
        self._path, self._renew = path, renew

    def pass_or_raise(self) -> None:
        """Return when the claim is ours, or there is none. Raises ConflictError when another run
        has taken over, PreconditionError when that can't be found out."""
        lease = read(self._path)
        if lease is None or (lease.is_fresh and not lease.lost):
            return
        if not lease.lost:
            self._renew(lease)
            lease = read(self._path)
        end = time.monotonic() + _PATIENCE
        while lease is not None and not lease.lost and not lease.is_fresh:
            if time.monotonic() > end:
                raise PreconditionError(
                    "its claim could not be renewed in time, so that another run may be at work.",
                    object=f"recovery in {lease.folder}",
                    operation="go on with",
                    code="ClaimUncertain",
                    remedy="Run the same command again: it looks who is at work, and goes on.",
                    server=lease.server,
                )
            time.sleep(_PAUSE)
            lease = read(self._path)
        self.raise_if_lost()

    def raise_if_lost(self) -> None:
        """Raise ConflictError when another run has taken over."""
        lease = read(self._path)
        if lease is not None and lease.lost:
            raise ConflictError(
                f"it was taken over by {lease.lost}. This run stops, and leaves everything to that one.",
                object=f"recovery in {lease.folder}",
                operation="go on with",
                code="TakenOver",
                remedy="Look at the other run. To take the recovery back, run the same command again"
                " with dialtone_take_over=true.",
                server=lease.server,
            )


def confirmed(lease: Lease, claim: Claim, since: float) -> Lease:
    """The lease after a renewal that was begun at `since`."""
    return replace(lease, name=claim.name, confirmed=since, lost="")


def could_change(name: str) -> bool:
    """Whether a cmdlet could change something, by its verb."""
    return not name.lower().startswith(_READING_CMDLETS)


def program_could_change(program: str, arguments: Sequence[str]) -> bool:
    """Whether a program could change something, by its switches."""
    stem = program.rpartition("\\")[2].lower().removesuffix(".exe")
    switches = {argument.lower() for argument in arguments}
    if stem in ("whoami", "hostname"):
        return False
    if stem == "robocopy":
        return "/l" not in switches
    if stem == "eseutil":
        return not any(switch.startswith(("/m", "/k")) for switch in switches)
    return True
