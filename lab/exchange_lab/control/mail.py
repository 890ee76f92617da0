# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time passes, and mail flows."""

from __future__ import annotations

from datetime import timedelta

from exchange_lab.control.area import Area


class TimeAndMail(Area):
    """The clock, its marks, and what users are sent meanwhile."""

    def sleep(self, seconds: float) -> str:
        """Let simulated time pass; returns the time after it."""
        self._organisation.clock.sleep(seconds)
        return self._organisation.clock.now().isoformat()

    def advance(self, seconds: float) -> str:
        """The same, by the name it has on a clock that jumps."""
        return self.sleep(seconds)

    def mark(self, name: str) -> None:
        """Name this moment. From "failure" on messages count as sent during the outage, from "end" on after it."""
        self._mark(name)

    def send(self, mailbox: str = "all", count: int = 1, size: int = 50_000) -> int:
        """Send messages to a mailbox or to all that get mail; returns how many were accepted."""
        organisation = self._organisation
        with organisation.lock:
            flow = organisation.mail_flow
            owners = flow.recipients() if mailbox == "all" else [organisation.mailbox(mailbox)]
            return sum(flow.send(o, size=size) for o in owners for _unused in range(count))

    def start_mail_flow(self, messages_per_hour_per_mailbox: float = 6.0) -> None:
        """Let mail flow to all mailboxes, and let their users work, until it is stopped."""
        self._organisation.mail_flow.start(messages_per_hour_per_mailbox)

    def stop_mail_flow(self) -> None:
        """End the mail flow."""
        self._organisation.mail_flow.stop()

    def drain(self) -> int:
        """Stop the flow, wait for the directory, deliver what can be; returns how many messages still wait."""
        organisation = self._organisation
        organisation.mail_flow.stop()
        organisation.clock.sleep(max(organisation.directory.lags()) + 1)
        with organisation.lock:
            transports = [server.transport for server in organisation.servers.values()]
            for transport in transports:
                transport.flush()
            return sum(q.message_count for t in transports for q in t.queues.values())

    def age(self, seconds: float) -> None:
        """Make what is queued look older, so that it expires soon."""
        with self._organisation.lock:
            for server in self._organisation.servers.values():
                for queue in server.transport.queues.values():
                    for envelope in queue.messages:
                        envelope.submitted -= timedelta(seconds=seconds)
