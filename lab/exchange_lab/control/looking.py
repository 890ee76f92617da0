# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading everything there is in the lab."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from exchange_lab.control.area import Area
from exchange_lab.directory import DATABASE, MAILBOX
from exchange_lab.faults.catalogue import CATALOGUE
from exchange_lab.faults.engine import describe


class Looking(Area):
    """What a test may know."""

    def status(self) -> dict[str, Any]:
        """time, speed, databases (by name), queues with messages, dead servers, services that don't run, mail flow."""
        organisation = self._organisation
        with organisation.lock:
            view = organisation.view()
            owners = view.all(MAILBOX)
            return {
                "time": organisation.clock.now().isoformat(),
                "speed": organisation.clock.speed,
                "databases": {
                    d.name: {
                        "guid": d.guid,
                        "server": d.server,
                        "recovery": d.recovery,
                        "mounted": organisation.mounted(d.guid) is not None,
                        "mailboxes": sum(o.database == d.guid for o in owners),
                        "archives": sum(o.archive_database == d.guid for o in owners),
                        "edb": d.edb_file_path,
                        "logs": d.log_folder_path,
                        "prefix": d.log_file_prefix,
                    }
                    for d in view.all(DATABASE)
                },
                "queues": [q for q in self.queues() if q["messages"]],
                "dead": [s.name for s in organisation.servers.values() if not s.alive],
                "stopped": [
                    f"{s.name}/{name}"
                    for s in organisation.servers.values()
                    if s.alive
                    for name, state in s.services.items()
                    if state != "Running"
                ],
                "mail_flow": {
                    "rate": organisation.mail_flow.rate,
                    "refused_logons": organisation.mail_flow.refused,
                },
            }

    def queues(self) -> list[dict[str, Any]]:
        """All delivery queues of all transport servers."""
        with self._organisation.lock:
            return [
                {
                    "identity": q.identity,
                    "database": q.next_hop_domain,
                    "status": q.status,
                    "messages": q.message_count,
                    "retries": q.retry_count,
                    "last_error": q.last_error,
                }
                for server in self._organisation.servers.values()
                for q in server.transport.queues.values()
            ]

    def read(self, mailbox: str, archive: bool = False) -> list[dict[str, Any]] | None:
        """All items of a mailbox where the directory says it is; None when it can't be opened or isn't there."""
        with self._organisation.lock:
            owner = self._organisation.mailbox(mailbox)
            database = owner.archive_database if archive else owner.database
            guid = owner.archive_guid if archive else owner.exchange_guid
            mounted = self._organisation.mounted(database) if database else None
            stored = mounted.mailbox(guid) if mounted and guid else None
            return None if stored is None else [asdict(m) for m in stored.messages.values()]

    def audit(self) -> dict[str, Any]:
        """Every message ever accepted against what is in the mailboxes: see `Audit.report`."""
        organisation = self._organisation
        with organisation.lock:
            return organisation.audit.report(organisation.view(), organisation.mounted)

    def timeline(self) -> dict[str, Any]:
        """Marks, outages of databases and mailboxes: see `Timeline.to_json`."""
        with self._organisation.lock:
            return self._organisation.timeline.to_json()

    def calls(self, changing: bool | None = None) -> list[dict[str, Any]]:
        """Remote calls the lab was sent, in order; only (not) changing ones if asked."""
        return self._organisation.calls.calls(changing)

    def sessions(self) -> dict[str, Any]:
        """opened and open: numbers of remote shells ever and now; by_server: open ones."""
        return self._lab.sessions()

    def users(self) -> list[str]:
        """Users who have worked in their mailboxes in the last minutes."""
        with self._organisation.lock:
            return self._organisation.mail_flow.active()

    def events(self, server: str) -> list[dict[str, Any]]:
        """The Application log of a server, as far as the store writes it."""
        with self._organisation.lock:
            return [
                {**asdict(e), "time": e.time.isoformat()}
                for e in self._organisation.server(server).store.events
            ]

    def files(self, server: str, path: str) -> list[dict[str, Any]]:
        """A folder's content: name, is_dir, size."""
        fs = self._organisation.server(server).fs
        return [
            {"name": e.name, "is_dir": e.is_dir, "size": e.size}
            for e in (fs.listdir(path) if fs.is_dir(path) else [])
        ]

    def faults(self) -> list[dict[str, Any]]:
        """The catalogue: name, family, description, shows, options with their defaults; active: what is injected."""
        injected = self._organisation.faults.active()
        return [describe(fault, injected) for _name, fault in sorted(CATALOGUE.items())]

    def defects(self) -> list[str]:
        """Exceptions inside the lab; there must be none."""
        return self._lab.defects
