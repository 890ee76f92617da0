# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MoveRequest: read only; moves are set up through the lab's control interface."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._identity import canonical_name, database, find_mailboxes
from exchange_lab.cmdlets._objects import PRESENTATION, guid
from exchange_lab.directory import DATABASE, MAILBOX, MOVE_REQUEST, MoveRequestObject, View
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Management.RecipientTasks.MoveRequest", *PRESENTATION)
_DATABASES = {
    "SourceDatabase": ("source_database", "source_archive_database"),
    "TargetDatabase": ("target_database", "target_archive_database"),
}


@exchange_cmdlet
def get_move_request(call: Call) -> list[PSObj]:
    """Get-MoveRequest."""
    call.pause()
    with call.organisation.lock:
        view = call.view(forest_search=True)
        shown = [_shown(view, item) for item in _selected(call, view)]
    return call.limited(shown)


def _selected(call: Call, view: View) -> list[MoveRequestObject]:
    everything: list[MoveRequestObject] = view.all(MOVE_REQUEST)
    identity = call.text("Identity")
    if call.parameter_set == "Identity" and identity is not None:
        boxes = {m.guid for m in find_mailboxes(view, identity)}
        found = [item for item in everything if item.mailbox in boxes]
        if not found:
            raise NotFound(
                _texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller)
            )
        return found
    for parameter, attributes in _DATABASES.items():
        if call.text(parameter):
            wanted = database(view, str(call.text(parameter))).guid
            everything = [i for i in everything if wanted in [getattr(i, a) for a in attributes]]
    status, batch = call.text("MoveStatus"), call.text("BatchName")
    if status:
        everything = [i for i in everything if i.status == status]
    if batch:
        everything = [i for i in everything if i.batch_name == batch]
    if call.has("Suspend"):
        suspended = call.flag("Suspend")
        everything = [i for i in everything if (i.status == "Suspended") == suspended]
    return everything


def _shown(view: View, item: MoveRequestObject) -> PSObj:
    owner = view.get(MAILBOX, item.mailbox)
    identity = canonical_name(owner) if owner else item.name
    properties: dict[str, Any] = {
        "ExchangeGuid": guid(owner.exchange_guid if owner else None),
        "SourceDatabase": _name(view, item.source_database),
        "TargetDatabase": _name(view, item.target_database),
        "SourceArchiveDatabase": _name(view, item.source_archive_database),
        "TargetArchiveDatabase": _name(view, item.target_archive_database),
        "Flags": item.flags,
        "RemoteHostName": "",
        "BatchName": item.batch_name,
        "Status": item.status,
        "RequestStyle": "IntraOrg",
        "Direction": "Pull",
        "IsOffline": False,
        "Protect": False,
        "Suspend": item.status == "Suspended",
        "SuspendWhenReadyToComplete": False,
        "Alias": owner.alias if owner else "",
        "DisplayName": owner.display_name if owner else item.name,
        "RecipientTypeDetails": owner.recipient_type_details if owner else "UserMailbox",
        "Identity": identity,
        "DistinguishedName": owner.distinguished_name if owner else item.distinguished_name,
        "Guid": guid(owner.guid if owner else item.guid),
        "Name": owner.name if owner else item.name,
        "IsValid": True,
        "ObjectState": "Unchanged",
        "OriginatingServer": view.domain_controller,
    }
    return PSObj(_TYPES, properties, to_string=identity)


def _name(view: View, guid_text: str | None) -> str | None:
    found = view.get(DATABASE, guid_text) if guid_text else None
    return found.name if found else None
