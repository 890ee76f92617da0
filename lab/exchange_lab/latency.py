# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long things take on real servers (exchange.md, section 11), drawn at random."""

from __future__ import annotations

import math
import random
import threading

MB = 1024 * 1024
GB = 1024 * MB

# operation: (median seconds, 95 % seconds). Cmdlets that are missing take _OTHER.
_TIMES: dict[str, tuple[float, float]] = {
    "open session": (4.0, 12.0),
    "Get-Mailbox": (0.4, 1.5),
    "Get-Mailbox per object": (0.004, 0.010),
    "Set-Mailbox": (0.35, 1.2),
    "New-MailboxDatabase": (3.0, 10.0),
    "Set-MailboxDatabase": (0.5, 2.0),
    "Remove-MailboxDatabase": (1.5, 5.0),
    "Mount-Database": (6.0, 25.0),
    "Dismount-Database": (5.0, 40.0),
    "Get-MailboxDatabase": (0.3, 1.0),
    "Get-MailboxDatabase -Status": (0.5, 2.0),
    "Get-MailboxStatistics": (0.5, 2.0),
    "New-MailboxRestoreRequest": (1.2, 4.0),
    "Get-MailboxRestoreRequest": (0.5, 2.0),
    "Get-MailboxRestoreRequestStatistics": (0.6, 2.0),
    "mrs pickup": (20.0, 300.0),
    "mrs request overhead": (42.0, 60.0),
    "rename": (0.02, 0.08),
    "start program": (0.1, 0.4),
    "eseutil /mh": (0.2, 2.0),
    "eseutil /ml per log": (0.01, 0.03),
    "store restart": (60.0, 300.0),
    "server that does not answer": (30.0, 45.0),
    "directory replication": (15.0, 20.0),
    "delivery": (0.8, 4.0),
}
_OTHER = (0.2, 0.8)

# operation: (median, 5 % worst) in units per second: bytes, or logs for a replay.
_RATES: dict[str, tuple[float, float]] = {
    "copy across volumes": (250 * MB, 150 * MB),
    "copy in a volume": (200 * MB, 120 * MB),
    "copy over the network": (500 * MB, 300 * MB),
    "backup": (300 * MB, 200 * MB),
    "eseutil /r": (10.0, 4.0),
    "eseutil /k": (200 * MB, 100 * MB),
    "eseutil /p": (4.5 * GB / 3600, 3 * GB / 3600),
    "eseutil /g": (100 * MB, 60 * MB),
    "merge": (6 * GB / 3600, 4 * GB / 3600),
}
_NINETY_FIVE = 1.6449  # standard deviations to the 95 % point of a normal distribution


class Latency:
    """Log-normal draws from the table; the same seed gives the same draws. scale: how much longer everything takes."""

    def __init__(self, seed: int, enabled: bool = True, scale: float = 1.0) -> None:
        self.enabled, self.scale = enabled, scale
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def seconds(self, operation: str, amount: float = 1.0) -> float:
        """Simulated seconds that *operation* takes; 0 when latency is disabled.

        *operation* is a cmdlet name or another name of the table. For a throughput ("copy across
        volumes", "eseutil /r" …) *amount* is in its unit: bytes, or logs. Otherwise the draw is
        multiplied by it. An unknown operation has a median of 0.2 s.
        """
        if not self.enabled:
            return 0.0
        if operation in _RATES:
            return amount / self.rate(operation)
        median, high = _TIMES.get(operation, _OTHER)
        return amount * self.scale * self._draw(median, math.log(high / median) / _NINETY_FIVE)

    def rate(self, operation: str) -> float:
        """Units per simulated second of one run of *operation*; infinite when disabled."""
        median, low = _RATES[operation]
        if not self.enabled:
            return math.inf
        return self._draw(median, math.log(median / low) / _NINETY_FIVE) / self.scale

    def _draw(self, median: float, sigma: float) -> float:
        with self._lock:
            # Beyond three deviations a draw would say more about the generator than about Exchange.
            return median * math.exp(sigma * max(-3.0, min(3.0, self._random.gauss(0.0, 1.0))))
