# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Safety Net: what a transport server has delivered, kept for two days (exchange.md section 9)."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange_lab.store import Message

HOLD_TIME = timedelta(days=2)
SECONDS_PER_REQUEST = 30.0


@dataclass(frozen=True)
class Delivered:
    """A message that was stored in a database (GUID), for a mailbox (directory GUID)."""

    message: Message
    recipient: str
    database: str
    time: datetime


@dataclass
class ResubmitRequest:
    """What was delivered to a database in a period is to be delivered again, to where its mailboxes are now."""

    number: int
    server: str
    database: str
    start: datetime
    end: datetime
    created: datetime
    state: str = "Running"  # Running, Completed
    messages: int = 0

    @property
    def identity(self) -> str:
        """`SERVER\\number`."""
        return f"{self.server}\\{self.number}"


class SafetyNet:
    """The delivered messages of one transport server, the oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Delivered] = deque()
        self.requests: list[ResubmitRequest] = []

    def keep(self, message: Message, recipient: str, database: str, now: datetime) -> None:
        """Remember a delivery, and forget those that are too old."""
        self._kept.append(Delivered(message, recipient, database, now))
        while self._kept and self._kept[0].time < now - HOLD_TIME:
            self._kept.popleft()

    def find(self, request: ResubmitRequest, now: datetime) -> list[Delivered]:
        """What a request asks for, as far as it is still kept."""
        oldest = max(request.start, now - HOLD_TIME)
        return [
            d
            for d in self._kept
            if d.database == request.database and oldest <= d.time <= request.end
        ]

    def add(
        self, server: str, database: uuid.UUID, start: datetime, end: datetime, now: datetime
    ) -> ResubmitRequest:
        """A new request."""
        number = len(self.requests) + 1
        self.requests.append(ResubmitRequest(number, server, str(database), start, end, now))
        return self.requests[-1]

    def lose(self) -> None:
        """The queue database is gone, and this with it."""
        self._kept.clear()
        self.requests.clear()
