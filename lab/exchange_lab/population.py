# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people and things of an organisation, and what is in their mailboxes when the story begins."""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from exchange_lab.audit import Audit
from exchange_lab.directory import MailboxObject
from exchange_lab.store import MailboxRow, Message, StoredMailbox
from exchange_lab.store.database import DEFAULT_HIDDEN_ITEMS, DEFAULT_PERMISSIONS
from exchange_lab.topology import MailboxSpec, Topology

_FIRST_NAMES = (
    "Anna Bruno Clara David Elif Felix Grace Hugo Ines Jonas Katya Liam Maria Nils Olga Paul Quinn Rosa Sven Tara "
    "Uwe Vera Wim Xenia Yusuf Zoë Jörg Søren Renée Łukasz"
)
_LAST_NAMES = (
    "Albers Brandt Castro Dahl Eriksen Fischer Grünwald Hansen Ivanov Jansen Keller López Müller Novak O'Brien "
    "Petrov Quist Rossi Schäfer Tanaka Ulrich Varga Weber Xu Yilmaz Zimmer"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_ARBITRATION = (
    "SystemMailbox{1f05a927-3be2-4fb9-aa03-b59fe3b56f4c}",
    "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}",
    "SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}",
    "SystemMailbox{D0E409A0-AF9B-4720-92FE-AAC869B0D201}",
    "SystemMailbox{2CE34405-31BE-455D-89D7-A7C7DA7A0DAA}",
    "Migration.8f3e7716-2011-43e4-96b1-aba62d229136",
    "FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042",
)
# kind -> (RecipientTypeDetails, how its mailboxes are called)
KINDS: dict[str, tuple[str, str]] = {
    "user": ("UserMailbox", ""),
    "shared": ("SharedMailbox", "Team"),
    "room": ("RoomMailbox", "Room"),
    "equipment": ("EquipmentMailbox", "Beamer"),
    "linked": ("LinkedMailbox", "Linked"),
    "arbitration": ("ArbitrationMailbox", ""),
    "audit_log": ("AuditLogMailbox", "SystemMailbox{8cc370d3-822a-4ab8-a926-bb94bd0641a9}"),
    "aux_audit_log": ("AuxAuditLogMailbox", "SystemMailbox{b7d7f4f4-2b3c-4c2a-9f0c-3e5a6d1c7a90}"),
    "discovery": ("DiscoveryMailbox", "DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}"),
    "public_folder": ("PublicFolderMailbox", "PublicFolders"),
    "monitoring": ("MonitoringMailbox", "HealthMailbox"),
}
SYSTEM_KINDS = frozenset(
    KINDS[kind][0] for kind in ("arbitration", "audit_log", "aux_audit_log", "discovery", "monitoring")
)


class Names:
    """Unique display names, the same for the same order of calls."""

    def __init__(self) -> None:
        self._people = self._all_people()
        self._counts: dict[str, int] = {}

    def take(self, spec: MailboxSpec) -> Iterator[str]:
        """The display names of a group of mailboxes."""
        if spec.names:
            yield from spec.names
        elif spec.kind == "arbitration":
            yield from _ARBITRATION
        else:
            for _unused in range(spec.count):
                yield self._next(spec.kind)

    def _next(self, kind: str) -> str:
        title = KINDS[kind][1]
        if not title:
            return next(self._people)
        if "{" in title:
            return title
        self._counts[title] = self._counts.get(title, 0) + 1
        return f"{title} {self._counts[title]}"

    @staticmethod
    def _all_people() -> Iterator[str]:
        step = 0
        while True:
            # 30 first and 26 last names: walk both at once, so that neighbours differ in both
            cycle, place = divmod(step, len(_FIRST))
            suffix = f" {cycle // len(_LAST) + 1}" if cycle >= len(_LAST) else ""
            yield f"{_FIRST[place]} {_LAST[(place + cycle) % len(_LAST)]}{suffix}"
            step += 1


def mailbox_object(
    topology: Topology, spec: MailboxSpec, name: str, databases: dict[str, str], new_guid: Any
) -> MailboxObject:
    """The directory object of one mailbox. `databases`: name -> GUID; `new_guid()` makes GUIDs."""
    details = KINDS[spec.kind][0]
    alias = _alias_of(name)
    domain_parts = ",".join(f"DC={part}" for part in topology.domain.split("."))
    address = f"{alias}@{topology.domain}"
    unit = "Users"
    return MailboxObject(
        guid=new_guid(),
        name=name,
        distinguished_name=f"CN={_escaped(name)},CN={unit},{domain_parts}",
        alias=alias,
        display_name="Microsoft Exchange" if details == "ArbitrationMailbox" else name,
        sam_account_name=alias[:20],
        user_principal_name=address,
        primary_smtp_address=address,
        email_addresses=(f"SMTP:{address}",),
        legacy_exchange_dn=(
            f"/o={topology.organisation}/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
            f"/cn=Recipients/cn={new_guid().replace('-', '')}-{alias[:12]}"
        ),
        organizational_unit=f"{topology.domain}/{unit}",
        exchange_guid=new_guid(),
        database=databases[spec.database],
        archive_guid=new_guid() if spec.archive else None,
        archive_database=databases[spec.archive] if spec.archive else None,
        archive_name=f"In-Place Archive - {name}" if spec.archive else "",
        recipient_type_details=details,
        hidden_from_address_lists_enabled=details in SYSTEM_KINDS,
        **spec.attributes,
    )


class Furnisher:
    """Fills the first mailboxes: mail, appointments, rules as hidden items, folder permissions.

    Writes rows of a database that does not exist yet (`rows[database GUID]`), and tells the audit.
    """

    def __init__(self, now: datetime, seed: int, audit: Audit) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.sizes: dict[str, int] = {}
        self._now, self._audit = now, audit
        self._random = random.Random(f"furniture {seed}")

    def open_database(self, guid: str, created: datetime) -> None:
        """Begin a database."""
        self.rows[guid] = {"database": {"guid": guid, "created": created.isoformat()}}
        self.sizes[guid] = 0

    def furnish(self, owner: MailboxObject, spec: MailboxSpec) -> None:
        """Put everything into a mailbox that was used before; a never-used one gets nothing."""
        if not spec.used:
            return
        primary = self._mailbox(owner, owner.exchange_guid, owner.database)
        for number in range(spec.messages):
            folder = ("Inbox", "Inbox", "Sent Items", "Projects")[number % 4]
            self._add(primary, owner, owner.database, folder=folder, size=spec.size)
        if owner.recipient_type_details not in SYSTEM_KINDS:
            self._add(primary, owner, owner.database, folder="Calendar", item_class="IPM.Appointment")
            rule = f"Rule of {owner.alias}"
            self._add(
                primary, owner, owner.database, subject=rule,
                item_class="IPM.Rule.Version2.Message", associated=True, size=3_000,
            )  # fmt: skip
            permissions = {
                "Default": ["AvailabilityOnly"],
                "Anonymous": ["None"],
                f"colleague{self._random.randrange(100)}": ["Editor"],
            }
            primary.set_permissions("Calendar", permissions)
            self._audit.granted("Calendar", permissions, owner.guid)
        if owner.archive_guid and owner.archive_database:
            archive = self._mailbox(owner, owner.archive_guid, owner.archive_database)
            for _unused in range(spec.archive_messages):
                self._add(archive, owner, owner.archive_database, folder="Archive", size=spec.size)

    def _mailbox(self, owner: MailboxObject, guid: str, database: str) -> StoredMailbox:
        rows = self.rows[database]
        last = self._now - timedelta(hours=self._random.uniform(1, 60))
        mailbox = StoredMailbox(
            MailboxRow.of(owner, guid),
            lambda key, value, _weight: rows.__setitem__(key, value),
            lambda key: rows.pop(key, None) and None,
        )
        mailbox.change(
            created=(self._now - timedelta(days=300)).isoformat(),
            last_logon=last.isoformat(),
            last_account=owner.user_principal_name,
        )
        for item_class in DEFAULT_HIDDEN_ITEMS:
            key = f"{item_class}.{database[:8]}"
            mailbox.add(
                Message(id=key, message_id=key, item_class=item_class, associated=True, size=2_000)
            )
        for folder, permissions in DEFAULT_PERMISSIONS.items():
            mailbox.set_permissions(folder, permissions)
        return mailbox

    def _add(
        self, mailbox: StoredMailbox, owner: MailboxObject, database: str, **changes: Any
    ) -> None:
        key = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        when = (self._now - timedelta(days=self._random.uniform(0.1, 200))).isoformat()
        message = replace(
            Message(
                id=key, message_id=key, subject=f"Message {key[:8]}", received=when, modified=when,
                sender="someone@elsewhere.example",
            ),
            **changes,
        )  # fmt: skip
        mailbox.add(message)
        self.sizes[database] += message.size
        self._audit.stored(message, owner.guid)


def _alias_of(name: str) -> str:
    special = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", " ": "."})
    plain = unicodedata.normalize("NFKD", name.translate(special)).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c.isalnum() or c in ".-").lower().strip(".")


def _escaped(name: str) -> str:
    return "".join("\\" + c if c in ',+"\\<>;=' else c for c in name)
