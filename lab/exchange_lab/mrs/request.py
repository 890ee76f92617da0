# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore request: what was asked, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exchange_lab.mrs.merge import MergeOptions
from exchange_lab.store import Message

PRIORITIES = ("Lowest", "Lower", "Low", "Normal", "High", "Higher", "Highest", "Emergency")
FINISHED = ("Completed", "CompletedWithWarning")


@dataclass(eq=False)
class RestoreRequest:
    """One request. GUIDs are lower-case text: `target` of the directory object, the others of stored mailboxes.

    `item_limit`s: None is Unlimited. `age_limit`: how long it stays after it has completed, None for ever.
    """

    guid: str
    name: str
    target: str
    target_mailbox: str
    target_is_archive: bool
    target_database: str
    source_database: str
    source_database_name: str
    source_mailbox: str
    queue: str  # the database that holds the request's record
    created: datetime
    batch_name: str = ""
    options: MergeOptions = field(default_factory=MergeOptions)
    bad_item_limit: int | None = 0
    large_item_limit: int | None = 0
    priority: str = "Normal"
    age_limit: timedelta | None = timedelta(days=30)
    suspended: bool = False
    suspend_comment: str = ""

    status: str = "Queued"
    detail: str = "Queued"
    stage: str = "None"
    server: str | None = None
    started: datetime | None = None
    completed: datetime | None = None
    updated: datetime | None = None
    suspended_at: datetime | None = None
    estimated_items: int = 0
    estimated_bytes: int = 0
    items: int = 0
    bytes: int = 0  # noqa: A003
    seen: int = 0
    bad_items: dict[str, Message] = field(default_factory=dict)
    large_items: dict[str, Message] = field(default_factory=dict)
    retries: int = 0
    failure: str | None = None
    failure_side: str | None = None
    failure_text: str = ""
    failed_at: datetime | None = None
    report: list[str] = field(default_factory=list)
    durations: dict[str, timedelta] = field(default_factory=dict)  # by kind: Queued, InProgress ...
    removed: bool = False
    epoch: int = 0  # work that was planned in an earlier one is void
    _since: datetime | None = None
    _counted_as: str = "Queued"

    @property
    def percent(self) -> int:
        """PercentComplete: 95 at most until it has completed."""
        if self.status in FINISHED:
            return 100
        if not self.estimated_items:
            return 0
        return min(95, 20 + 75 * self.seen // self.estimated_items) if self.seen else 10

    def enter(self, now: datetime, status: str, detail: str, stage: str | None = None) -> None:
        """Change the state, and count the time of the one that ends."""
        self._count(now)
        self.status, self.detail = status, detail
        self.stage = stage if stage is not None else self.stage
        self.updated = now
        self._counted_as = "Stalled" if detail.startswith("Stalled") else status

    def duration(self, kind: str, now: datetime) -> timedelta:
        """Time spent Queued, InProgress, Stalled, Suspended, Failed or Retrying until now."""
        total = self.durations.get(kind, timedelta())
        if self._counted_as == kind and self.status not in FINISHED:
            total += now - (self._since or self.created)
        return total

    def log(self, now: datetime, text: str) -> None:
        """A line of the report."""
        self.report.append(f"{now:%m/%d/%Y %I:%M:%S %p} {text}")

    def _count(self, now: datetime) -> None:
        spent = now - (self._since or self.created)
        kind = self._counted_as
        self.durations[kind] = self.durations.get(kind, timedelta()) + spent
        self._since = now
