# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the scene: mailboxes, their content, requests, and answers to open questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exchange_lab.control.area import Area, ControlError
from exchange_lab.directory import DATABASE, MAILBOX, MOVE_REQUEST, MoveRequestObject
from exchange_lab.population import mailbox_object
from exchange_lab.topology import MailboxSpec

# Simulated seconds to wait for replication before looking.
_PATIENCE = 60.0


class Scene(Area):
    """What is there before, or beside, the incident."""

    def run_cmdlet(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Run a cmdlet as the administrator, not through the wire and not in the call log."""
        if name.startswith("Get-"):
            # what was just written, on whatever domain controller, is to be in the answer
            lags = [c.lag for c in self._organisation.directory.domain_controllers]
            self._organisation.clock.sleep(min(max(lags), _PATIENCE))
        return self._lab.run_cmdlet(name, dict(parameters or {}))

    def add_mailbox(self, name: str, database: str, kind: str = "user", **attributes: Any) -> str:
        """Create a mailbox nobody has opened yet; returns its directory GUID."""
        organisation = self._organisation
        with organisation.lock:
            databases = {d.name: d.guid for d in organisation.view().all(DATABASE)}
            if database not in databases:
                raise ControlError(f"there is no database {database}")
            spec = MailboxSpec(
                kind, database, names=(name,), archive=attributes.pop("archive", None)
            )
            owner = mailbox_object(
                organisation.topology, spec, name, databases, organisation.new_guid
            )
            owner = replace(owner, when_mailbox_created=organisation.clock.now(), **attributes)
            return organisation.directory.create(
                organisation.domain_controller, MAILBOX, owner
            ).guid

    def delete_mailbox(self, mailbox: str) -> None:
        """Somebody deletes a user. The stored mailbox stays, disconnected; the audit lists its messages apart."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            organisation.directory.delete(organisation.domain_controller, MAILBOX, owner.guid)
            organisation.audit.departed(owner.guid, owner.name)
            for database, guid in (
                (owner.database, owner.exchange_guid),
                (owner.archive_database, owner.archive_guid),
            ):
                mounted = organisation.mounted(database) if database else None
                if mounted and guid and mounted.mailbox(guid):
                    mounted.disconnect(guid, "Disabled")

    def change_mailbox(self, mailbox: str, **changes: Any) -> None:
        """Change attributes of a mailbox in the directory (snake case, see MailboxObject)."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            organisation.directory.write(
                organisation.domain_controller, MAILBOX, owner.guid, changes
            )

    def add_move_request(
        self, mailbox: str, target_database: str, status: str = "InProgress"
    ) -> str:
        """Pretend that a mailbox move is on its way; returns the request's GUID."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            request = MoveRequestObject(
                guid=organisation.new_guid(), name=owner.name, mailbox=owner.guid, status=status,
                source_database=owner.database,
                target_database=organisation.database(target_database).guid,
                distinguished_name=owner.distinguished_name,
            )  # fmt: skip
            organisation.directory.create(organisation.domain_controller, MOVE_REQUEST, request)
            self.change_mailbox(owner.guid, mailbox_move_status=status)
            return request.guid

    def remove_move_request(self, guid: str) -> None:
        """A pretended move is over: its request is gone, and the mailbox stays where it is."""
        organisation = self._organisation
        with organisation.lock:
            request = organisation.view().get(MOVE_REQUEST, guid)
            if request is None:
                raise ControlError(f"there is no move request {guid}")
            self.change_mailbox(request.mailbox, mailbox_move_status="None")
            organisation.directory.delete(organisation.domain_controller, MOVE_REQUEST, guid)

    def add_items(self, mailbox: str, corrupt: int = 0, large: int = 0, rules: int = 0) -> None:
        """Put items into a mailbox where it is now: unreadable ones, too large ones, hidden rules."""
        organisation = self._organisation
        with organisation.lock:
            owner = organisation.mailbox(mailbox)
            mounted = organisation.reach(owner.guid)
            if mounted is None:
                raise ControlError(f"the mailbox {owner.name} cannot be opened now")
            stored = mounted.logon(owner.exchange_guid, owner)
            kinds: list[dict[str, Any]] = [{"corrupt": True}] * corrupt
            kinds += [{"large": True, "size": 200 * 1024**2}] * large
            kinds += [{"associated": True, "item_class": "IPM.Rule.Version2.Message"}] * rules
            for changes in kinds:
                message = organisation.mail_flow.new_message(**changes)
                stored.add(message, weight=1000)
                organisation.audit.stored(message, owner.guid)

    def set_switch(self, name: str, value: Any) -> None:
        """Answer an open question about Exchange (see `switches.SWITCHES`)."""
        with self._organisation.lock:
            if name not in self._organisation.switches:
                raise ControlError(f"there is no switch {name}")
            self._organisation.switches[name] = value
