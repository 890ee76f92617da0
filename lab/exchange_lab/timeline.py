# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users feel: when each mailbox could be opened and could receive, and when not.

Nothing is polled: the timeline is told of mounts, dismounts and rehomed mailboxes, and looks at those it concerns
at once and again when the slowest domain controller must know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange_lab.directory import MAILBOX, Directory
from exchange_lab.store import MountedDatabase

Reach = Callable[[str], bool]  # mailbox object GUID -> can be opened and delivered to now


@dataclass
class Interval:
    """A time without service; `end` is None while it lasts."""

    start: datetime
    end: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """ISO times and simulated seconds."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat() if self.end else None,
            "seconds": round((self.end - self.start).total_seconds(), 3) if self.end else None,
        }


class Timeline:
    """Outages of mailboxes and databases on the simulated clock. Needs the organisation's lock."""

    def __init__(self, directory: Directory, reach: Reach) -> None:
        self._directory, self._reach = directory, reach
        self._clock = directory.clock
        self.marks: dict[str, datetime] = {}
        self.mailboxes: dict[str, list[Interval]] = {}
        self.databases: dict[str, list[Interval]] = {}
        self.servers: dict[str, list[Interval]] = {}

    def mark(self, name: str) -> None:
        """Remember when something happened."""
        self.marks[name] = self._clock.now()

    def mounted(self, database: MountedDatabase) -> None:
        """A database came up."""
        outages = self.databases.setdefault(database.object.name, [])
        if outages and outages[-1].end is None:
            outages[-1].end = self._clock.now()
        self.look_at(self._homed_on(database.guid))

    def dismounted(self, database: MountedDatabase) -> None:
        """A database went away, cleanly or not."""
        self.databases.setdefault(database.object.name, []).append(Interval(self._clock.now()))
        self.look_at(self._homed_on(database.guid))

    def server_down(self, name: str) -> None:
        """A whole server went away."""
        self.servers.setdefault(name, []).append(Interval(self._clock.now()))

    def server_up(self, name: str) -> None:
        """It is back."""
        self.servers[name][-1].end = self._clock.now()

    def look_at(self, mailboxes: Iterable[str]) -> None:
        """See whether these mailboxes (directory GUIDs) are in service now."""
        now = self._clock.now()
        for guid in mailboxes:
            outages = self.mailboxes.setdefault(guid, [])
            down = bool(outages) and outages[-1].end is None
            reached = self._reach(guid)
            if reached and down:
                outages[-1].end = now
            elif not reached and not down:
                outages.append(Interval(now))

    def to_json(self) -> dict[str, Any]:
        """marks, outages per server, database and mailbox name, and a summary per outage (first, second ...)."""
        names = {o.guid: o.name for o in self._view().all(MAILBOX)}
        rounds: list[list[Interval]] = []
        for outages in self.mailboxes.values():
            for number, outage in enumerate(outages):
                while len(rounds) <= number:
                    rounds.append([])
                rounds[number].append(outage)
        return {
            "marks": {name: moment.isoformat() for name, moment in self.marks.items()},
            "servers": {n: [i.to_json() for i in o] for n, o in self.servers.items()},
            "databases": {n: [i.to_json() for i in o] for n, o in self.databases.items()},
            "mailboxes": {
                names.get(g, g): [i.to_json() for i in o] for g, o in self.mailboxes.items() if o
            },
            "outages": [_summary(outages) for outages in rounds],
        }

    def _homed_on(self, database: str) -> set[str]:
        """Mailboxes that any domain controller places on this database."""
        homed: set[str] = set()
        for controller in self._directory.domain_controllers:
            view = self._directory.read(controller.name)
            homed |= {o.guid for o in view.all(MAILBOX) if o.database == database}
        return homed

    def _view(self) -> Any:
        return self._directory.read(self._directory.domain_controllers[0].name)


def _summary(outages: list[Interval]) -> dict[str, Any]:
    ends = [o.end for o in outages if o.end]
    lasting = [(o.end - o.start).total_seconds() for o in outages if o.end]
    return {
        "mailboxes": len(outages),
        "start": min(o.start for o in outages).isoformat(),
        "first_up": min(ends).isoformat() if ends else None,
        "last_up": max(ends).isoformat() if len(ends) == len(outages) else None,
        "longest_seconds": round(max(lasting), 3) if lasting else None,
        "still_down": len(outages) - len(lasting),
    }
