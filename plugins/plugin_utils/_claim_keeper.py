# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renews the claims of a run from the session process, which lives as long as the run.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._files.claims import Place
from ansible_collections.dialtone.exchange.plugins.module_utils._model.claim import Claim
from ansible_collections.dialtone.exchange.plugins.plugin_utils import _lease
from ansible_collections.dialtone.exchange.plugins.plugin_utils._lease import Lease


class ClaimKeeper:
    """The claims that this process renews, by the path of their lease. What still runs for one that
    was taken over is stopped by its task, which reads the lease."""

    def __init__(self, transport: t.Any) -> None:
        self._transport = transport
        self._changed = threading.Condition()
        self._claims: dict[str, Lease] = {}
        self._renewing: dict[str, threading.Lock] = {}
        self._ended = False
        self._thread: threading.Thread | None = None

    @property
    def holds(self) -> bool:
        """Whether there is a claim to renew."""
        return bool(self._claims)

    def hold(self, path: str, server: str, folder: str, name: str) -> None:
        """Renew this claim now, and from now on. A claim that a session process before this one
        renewed is found by its process."""
        lease = Lease(server, folder, name, 0.0)
        if _lease.read(path) is None:
            _lease.write(path, lease)
        with self._changed:
            known = self._claims.setdefault(path, lease)
            lock = self._renewing.setdefault(path, threading.Lock())
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        with lock:
            self._renew(path, known)

    def release(self) -> None:
        """Remove every claim that is still ours: the run has ended."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for path in [*self._claims]:
            # A renewal on its way changes the name.
            with self._renewing[path], contextlib.suppress(ExchangeError, OSError):
                lease = self._claims[path]
                claim = Claim.parse(lease.name)
                if claim is not None and not lease.lost:
                    Place(lease.folder).remove(self._context(), claim)
            _lease.remove(path)

    # -- inside

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._ended:
                    return
                claims = [Claim.parse(lease.name) for lease in self._claims.values()]
                pause = min([float(claim.renewal) for claim in claims if claim], default=1.0)
                self._changed.wait(pause)
                due = dict(self._claims)
            for path, lease in due.items():
                with self._renewing[path]:
                    if self._ended:
                        return
                    if not lease.lost:
                        self._renew(path, self._claims[path])

    def _renew(self, path: str, lease: Lease) -> None:
        """One renewal. A server that doesn't answer leaves the lease to run out."""
        claim = Claim.parse(lease.name)
        if claim is None or lease.lost:
            return
        place, context, since = Place(lease.folder), self._context(), time.monotonic()
        try:
            new = claim.renewed()
            if place.replace(context, claim, new):
                lease = _lease.confirmed(lease, new, since)
            else:
                # Somebody looks into the folder; or an answer was lost; or it was taken over.
                seen = place.read(context) or []
                mine = next((other for other in seen if other.is_of(claim.process)), None)
                if mine is not None:
                    lease = _lease.confirmed(lease, mine, since)
                else:
                    who = seen[0].text if seen else "somebody, who removed its sign"
                    lease = Lease(lease.server, lease.folder, lease.name, lease.confirmed, who)
        except ExchangeError:
            return
        self._claims[path] = lease
        with contextlib.suppress(OSError):
            if os.path.isdir(os.path.dirname(path)):
                _lease.write(path, lease)

    def _context(self) -> OperationContext:
        return OperationContext(self._transport, "", "", sleep=time.sleep, clock=time.monotonic)
