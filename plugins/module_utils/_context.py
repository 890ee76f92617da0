# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What an operation works with: the transport, the mode, and the clock.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import WaitTimeout
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Transport,
)

T = t.TypeVar("T")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


def _silent(_text: str) -> None:
    """Progress that nobody reads."""


def _uncounted() -> int | None:
    """Nobody counts the sessions."""
    return None


def _nobody(_folder: str, _claim: str) -> bool:
    """There is nobody who renews claims."""
    return False


@dataclass
class OperationContext:
    """One task's view of the world.

    server: the FQDN of the Exchange server the session is on.
    domain_controller: the FQDN of the one domain controller that this run writes to and reads
    from (exchange.md 6.3).
    check, diff: Ansible's modes. In check mode nothing that changes may be sent.
    progress: shows one live line; says itself when a line is due, so call it as often as you like.
    announce: shows a line that must not be missed, at once.
    sleep (seconds), clock (monotonic seconds), now (aware UTC): injected, so that tests never wait.
    warnings: sentences for the result; the base copies them there.
    keep_claim (folder of the recovery, name of the claim): has the claim renewed for as long as the
    run lasts, and removed at its end; False when nobody can.
    connection: how the server is reached, for who reports on that. sessions_held: how many sessions
    this controller holds for the account; None when nobody counts them.
    """

    transport: Transport
    server: str
    domain_controller: str
    check: bool = False
    diff: bool = False
    progress: t.Callable[[str], None] = _silent
    announce: t.Callable[[str], None] = _silent
    sleep: t.Callable[[float], None] = lambda _seconds: None
    clock: t.Callable[[], float] = lambda: 0.0
    now: t.Callable[[], datetime] = _utc_now
    warnings: list[str] = field(default_factory=list)
    keep_claim: t.Callable[[str, str], bool] = _nobody
    connection: ConnectionOptions | None = field(default=None, repr=False)
    sessions_held: t.Callable[[], int | None] = _uncounted

    def warn(self, text: str) -> None:
        """Add a warning to the result, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def wait(
        self,
        what: str,
        probe: t.Callable[[], T | None],
        timeout: float,
        first: float = 0.5,
        most: float = 10.0,
        state: t.Callable[[], str] | None = None,
    ) -> T:
        """Call probe until it returns something else than None, and return that.

        what: what is awaited, as in "database DB01-DT to be mounted". timeout: seconds.
        first, most: seconds between two probes; the pause grows by half each time.
        state: says in words what the last probe saw; without it the timeout names no state.
        Raises WaitTimeout; what the probe raises passes through.
        """
        deadline = self.clock() + timeout
        pause = first
        while True:
            found = probe()
            if found is not None:
                return found
            seen = state() if state is not None else None
            left = deadline - self.clock()
            if left <= 0:
                raise WaitTimeout(
                    f"Waited {timeout:.0f} s for {what}"
                    + (f"; last seen: {seen}." if seen else ", in vain."),
                    last_state=seen,
                )
            self.progress(f"waiting for {what}" + (f": {seen}" if seen else ""))
            self.sleep(min(pause, left))
            pause = min(pause * 1.5, most)


Operation = t.Callable[[OperationContext, "dict[str, t.Any]"], "dict[str, t.Any]"]
