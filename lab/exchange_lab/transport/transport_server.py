# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport service of one Mailbox server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exchange_lab.store import Message

RETRY_INTERVAL = 300.0  # seconds between attempts of a delivery queue (exchange.md 11)
EXPIRATION = 2 * 86400.0  # seconds until a queued message bounces


@dataclass
class Envelope:
    """A message on its way to one mailbox (the recipient's directory GUID)."""

    message: Message
    recipient: str
    submitted: datetime


@dataclass
class Queue:
    """A delivery queue: one per transport server and database (exchange.md 12)."""

    identity: str  # SERVER\\number, SERVER\\Submission, SERVER\\Unreachable
    next_hop_domain: str
    next_hop_connector: str
    delivery_type: str = "SmtpDeliveryToMailbox"
    next_hop_category: str = "Internal"
    status: str = "Active"  # Active, Ready, Retry, Suspended
    messages: list[Envelope] = field(default_factory=list)
    retry_count: int = 0
    last_error: str = ""
    first_retry_time: datetime | None = None
    last_retry_time: datetime | None = None
    next_retry_time: datetime | None = None

    @property
    def message_count(self) -> int:
        """Messages waiting."""
        return len(self.messages)


class TransportServer:
    """MSExchangeTransport of one server. All calls need the organisation's lock and take no simulated time."""

    queues: dict[str, Queue]  # by identity, in order of creation

    def __init__(self, server: Any) -> None:
        self.server = server
        self.queues = {}

    def submit(self, message: Message, recipient: str) -> None:
        """Accept a message for one mailbox (directory GUID), categorise it and try to deliver."""
        raise NotImplementedError

    def retry(self, selects: Callable[[Queue], bool], *, resubmit: bool = False) -> list[Queue]:
        """Retry-Queue: try the selected queues now; with `resubmit` categorise their messages anew.

        Only queues in Retry (or Unreachable) can be resubmitted; others are left alone. Returns those acted on.
        """
        raise NotImplementedError
