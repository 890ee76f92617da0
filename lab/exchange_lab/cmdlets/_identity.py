# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a caller writes to the object that is meant: databases, servers, mailboxes, stored mailboxes."""

from __future__ import annotations

import re
import uuid
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._errors import NotFound, Refusal, Unreachable
from exchange_lab.directory import (
    DATABASE,
    MAILBOX,
    SERVER,
    DatabaseObject,
    MailboxObject,
    ServerObject,
    View,
)

if TYPE_CHECKING:
    from exchange_lab.store import MountedDatabase

# RecipientTypeDetails that Get-Mailbox shows only with this switch, and that Set-Mailbox finds only with it.
SPECIAL_KINDS = {
    "Arbitration": "ArbitrationMailbox",
    "AuditLog": "AuditLogMailbox",
    "AuxAuditLog": "AuxAuditLogMailbox",
    "GroupMailbox": "GroupMailbox",
    "Migration": "ArbitrationMailbox",
    "Monitoring": "MonitoringMailbox",
    "PublicFolder": "PublicFolderMailbox",
}
HIDDEN_TYPES = frozenset(SPECIAL_KINDS.values())
_MIGRATION = "migration."


def is_of_kind(mailbox: MailboxObject, switch: str | None) -> bool:
    """Whether a mailbox is of the kind a switch asks for; None asks for the ordinary ones."""
    details = mailbox.recipient_type_details
    if switch is None:
        return details not in HIDDEN_TYPES
    if switch == "Archive":
        return details not in HIDDEN_TYPES and bool(mailbox.archive_guid)
    if details != SPECIAL_KINDS[switch]:
        return False
    return switch != "Migration" or mailbox.name.lower().startswith(_MIGRATION)


def mailboxes_of_kind(view: View, identity: str, switch: str | None) -> list[MailboxObject]:
    """Those that an Identity and a switch mean (see is_of_kind). NotFound for a name without * that means none."""
    found = [m for m in find_mailboxes(view, identity) if is_of_kind(m, switch)]
    if not found and "*" not in identity:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def find_databases(view: View, identity: str) -> list[DatabaseObject]:
    """The databases an Identity means; a name may hold *."""
    return _find(view, DATABASE, identity)


def database(view: View, identity: str) -> DatabaseObject:
    """The database a parameter names."""
    found = find_databases(view, identity)
    if not found:
        raise NotFound(_texts.DATABASE_NOT_FOUND.format(identity=identity))
    return only(found, identity)


def server(view: View, identity: str) -> ServerObject:
    """The server a parameter names, by name, FQDN, GUID or DN."""
    found = _find(view, SERVER, identity)
    if not found:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return only(found, identity)


def find_servers(view: View, identity: str | None) -> list[ServerObject]:
    """The servers a Get- cmdlet shows: all when the identity is null, else those it means."""
    if identity is None:
        return view.all(SERVER)
    found = _find(view, SERVER, identity)
    if not found and "*" not in identity:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return found


def find_mailboxes(view: View, identity: str) -> list[MailboxObject]:
    """The mailboxes of any kind an Identity means, canonical names included (contoso.lab/Users/Ann)."""
    found = _find(view, MAILBOX, identity)
    if found or "/" not in identity:
        return found
    wanted = identity.lower()
    return [m for m in view.all(MAILBOX) if canonical_name(m).lower() == wanted]


def mailbox(view: View, identity: str) -> MailboxObject:
    """The one mailbox of any kind that is meant."""
    found = find_mailboxes(view, identity)
    if not found:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    return only(found, identity)


def canonical_name(mailbox: MailboxObject) -> str:
    """How a recipient's id prints: contoso.lab/Users/Ann."""
    return f"{mailbox.organizational_unit}/{mailbox.name}"


def machine(organisation: Any, name: str) -> Any:
    """The server of this name itself; it must answer."""
    found = organisation.server(name)
    if not found.alive:
        raise Unreachable(_texts.SERVER_UNREACHABLE.format(server=found.name))
    return found


def mounted(organisation: Any, item: DatabaseObject) -> MountedDatabase:
    """The mounted database of an object."""
    found = organisation.find_mounted(item.guid)
    if found is None and not organisation.server(item.server).alive:
        text = _texts.DATABASE_UNREACHABLE.format(name=item.name, server=item.server)
        raise Unreachable(text)
    if found is None:
        raise Refusal(
            "MapiExceptionMdbOffline",
            _texts.DATABASE_OFFLINE.format(name=item.name),
            "ResourceUnavailable",
        )
    mounted_database: MountedDatabase = found[1]
    return mounted_database


def is_guid(text: str) -> bool:
    """Whether a text is a GUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _find(view: View, kind: str, identity: str) -> list[Any]:
    if is_guid(identity):
        known = view.get(kind, str(uuid.UUID(identity)))
        if known is not None:
            return [known]
    if "*" in identity:
        pattern = re.sub(r"([\[?])", r"[\1]", identity.lower())
        return [item for item in view.all(kind) if fnmatchcase(item.name.lower(), pattern)]
    return view.resolve(kind, identity)


def only(found: list[Any], identity: str) -> Any:
    """The one that was found. Refusal when there are more."""
    if len(found) > 1:
        raise Refusal(
            "ManagementObjectAmbiguousException",
            _texts.AMBIGUOUS.format(identity=identity),
            "InvalidData",
        )
    return found[0]
