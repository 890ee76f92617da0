# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MailboxStatistics: what a mounted database holds, recovery databases and disconnected mailboxes included."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._formats import size_text
from exchange_lab.cmdlets._identity import (
    canonical_name,
    database,
    machine,
    mailbox,
    mounted,
    server,
)
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid, stored_time
from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.directory import DATABASE, DatabaseObject, View
from exchange_lab.runspace import PSObj, UInt32
from exchange_lab.store import MountedDatabase, StoredMailbox

_TYPES = (
    "Microsoft.Exchange.Data.Mapi.MailboxStatistics",
    "Microsoft.Exchange.Data.Mapi.MapiObject",
    *CONFIGURABLE,
)


@exchange_cmdlet
def get_mailbox_statistics(call: Call) -> list[PSObj]:
    """Get-MailboxStatistics. It has no ResultSize: everything comes."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        if call.parameter_set == "Identity":
            return _of_mailbox(call, view)
        if call.parameter_set == "Server":
            host = server(view, str(call.text("Server")))
            machine(call.organisation, host.name)
            found = [
                call.organisation.find_mounted(d.guid)
                for d in view.find(DATABASE, server=host.name)
            ]
            result = [
                _shown(box, each[1]) for each in found if each for box in each[1].statistics()
            ]
        else:
            result = _of_database(call, database(view, str(call.text("Database"))))
    if call.text("Filter"):
        matches = compile_filter(str(call.text("Filter")))
        result = [item for item in result if matches(item)]
    return result


def _of_database(call: Call, item: DatabaseObject) -> list[PSObj]:
    where = mounted(call.organisation, item)
    wanted = call.text("StoreMailboxIdentity")
    boxes = where.statistics()
    if wanted is not None:
        low = wanted.lower().strip("{}")
        boxes = [box for box in boxes if low in (box.guid, box.row.legacy_dn.lower())]
        if not boxes:
            raise NotFound(_texts.SOURCE_MAILBOX_NOT_FOUND.format(guid=wanted, database=item.name))
    return [_shown(box, where) for box in boxes]


def _of_mailbox(call: Call, view: View) -> list[PSObj]:
    item = mailbox(view, str(call.text("Identity")))
    archive = call.flag("Archive")
    if archive and not item.archive_guid:
        raise NotFound(_texts.NO_ARCHIVE.format(target=canonical_name(item)))
    box_guid = item.archive_guid if archive else item.exchange_guid
    home = view.get(DATABASE, (item.archive_database if archive else item.database) or "")
    if home is None:
        raise NotFound(
            _texts.OBJECT_NOT_FOUND.format(identity=canonical_name(item), dc=view.domain_controller)
        )
    where = mounted(call.organisation, home)
    box = where.mailbox(str(box_guid))
    if box is None:
        call.warn(_texts.NEVER_LOGGED_ON.format(identity=canonical_name(item), guid=box_guid))
        return []
    return [_shown(box, where)]


def _shown(box: StoredMailbox, where: MountedDatabase) -> PSObj:
    row, item = box.row, where.object
    total, deleted = size_text(box.total_item_size), size_text(box.total_deleted_item_size)
    properties: dict[str, Any] = {
        "AssociatedItemCount": UInt32(box.associated_item_count),
        "DeletedItemCount": UInt32(box.deleted_item_count),
        "DisconnectDate": stored_time(row.disconnect_date),
        "DisconnectReason": row.disconnect_reason,
        "DisplayName": row.display_name,
        "ItemCount": UInt32(box.item_count),
        "LastLoggedOnUserAccount": row.last_account,
        "LastLogoffTime": stored_time(row.last_logoff),
        "LastLogonTime": stored_time(row.last_logon),
        "LegacyDN": row.legacy_dn,
        "MailboxGuid": guid(box.guid),
        "OwnerADGuid": guid(row.owner_guid),
        "MailboxType": "Private",
        "MailboxTypeDetail": row.type_detail,
        "ObjectClass": "Mailbox",
        "StorageLimitStatus": None,
        "TotalItemSize": total,
        "TotalDeletedItemSize": deleted,
        "MessageTableTotalSize": total,
        "AttachmentTableTotalSize": size_text(0),
        "OtherTablesTotalSize": size_text(0),
        "Database": item.name,
        "DatabaseName": item.name,
        "DatabaseGuid": guid(item.guid),
        "ServerName": where.server,
        "IsQuarantined": row.quarantined,
        "IsArchiveMailbox": row.is_archive,
        "IsDatabaseCopyActive": True,
        "MoveHistory": None,
        "Identity": box.guid,
        "MapiIdentity": box.guid,
        "OriginatingServer": where.server,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    return PSObj(_TYPES, properties, to_string=row.display_name)
