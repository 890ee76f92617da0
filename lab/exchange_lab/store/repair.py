# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair jobs of a store (New-MailboxRepairRequest): one whole database, or up to 100 mailboxes, at once per server.

The one damage the lab has is an unreadable item; the checks of message ids find and repair it, the others find nothing.
A job can't be stopped: it ends when it is done, or fails when its database is dismounted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from exchange_lab.clock import Clock, Scheduler
from exchange_lab.store.database import MountedDatabase
from exchange_lab.store.errors import DatabaseFailed

MAILBOX_JOBS = 100  # running ones of a server (exchange.md 8.6)
FINDS_BAD_ITEMS = frozenset({"MessageId", "MessagePtagCn"})
_SECONDS_PER_ITEM = 0.05


class Busy(Exception):
    """The server runs as many repairs as it may."""


class Surroundings(Protocol):
    """What the jobs need of their organisation."""

    clock: Clock
    scheduler: Scheduler
    lock: Any

    def new_guid(self) -> str:
        """One that nothing else has."""

    def mounted(self, guid: str) -> MountedDatabase | None:
        """The database, if it is mounted anywhere."""


@dataclass
class RepairJob:
    """One mailbox, or (mailbox empty) all of one database. All GUIDs are lower-case text."""

    guid: str
    request: str  # what the caller made; one per call
    database: str
    mailbox: str
    server: str
    tasks: tuple[str, ...]
    detect_only: bool
    created: datetime
    state: str = "Running"  # Running, Succeeded, Failed
    finished: datetime | None = None
    detected: int = 0
    fixed: int = 0


class Repairs:
    """All repair jobs. Methods need the organisation's lock and take no simulated time."""

    def __init__(self, organisation: Surroundings) -> None:
        self.organisation = organisation
        self.jobs: list[RepairJob] = []

    def begin(
        self, where: MountedDatabase, mailbox: str, tasks: tuple[str, ...], detect_only: bool
    ) -> RepairJob:
        """Begin a job on a mailbox (its GUID in the store) or on all (empty). Busy."""
        running = [j for j in self.jobs if j.state == "Running" and j.server == where.server]
        if any(not j.mailbox for j in running) or (running and not mailbox):
            raise Busy(where.server)
        if len(running) >= MAILBOX_JOBS:
            raise Busy(where.server)
        organisation = self.organisation
        job = RepairJob(
            organisation.new_guid(), organisation.new_guid(), where.guid, mailbox, where.server,
            tasks, detect_only, organisation.clock.now(),
        )  # fmt: skip
        self.jobs.append(job)
        items = sum(len(box.messages) for box in self._boxes(where, job))
        organisation.scheduler.after(1 + items * _SECONDS_PER_ITEM, lambda: self._end(job, where))
        return job

    @staticmethod
    def _boxes(where: MountedDatabase, job: RepairJob) -> list[Any]:
        return [b for b in where.mailboxes.values() if not job.mailbox or b.guid == job.mailbox]

    def _end(self, job: RepairJob, where: MountedDatabase) -> None:
        with self.organisation.lock:
            job.finished = self.organisation.clock.now()
            job.state = "Failed"
            if self.organisation.mounted(job.database) is not where:
                return  # dismounted meanwhile, and perhaps mounted again
            if FINDS_BAD_ITEMS & set(job.tasks):
                try:
                    self._check(job, where)
                except DatabaseFailed:
                    return
            job.state = "Succeeded"

    def _check(self, job: RepairJob, where: MountedDatabase) -> None:
        for box in self._boxes(where, job):
            for message in [m for m in box.messages.values() if m.corrupt]:
                job.detected += 1
                if not job.detect_only:
                    box.update(message.id, corrupt=False)
                    job.fixed += 1
