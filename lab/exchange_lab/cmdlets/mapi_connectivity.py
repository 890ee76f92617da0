# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test-MAPIConnectivity: a logon to a mailbox, or to a database's own system mailbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._formats import span_text
from exchange_lab.cmdlets._identity import canonical_name, database, mailbox, server
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid
from exchange_lab.directory import DATABASE, DatabaseObject, MailboxObject, View
from exchange_lab.runspace import PSObj
from exchange_lab.store import DatabaseFailed

_TYPES = (
    "Microsoft.Exchange.Monitoring.MapiTransactionOutcome",
    "Microsoft.Exchange.Monitoring.TransactionOutcomeBase",
    *CONFIGURABLE,
)


@exchange_cmdlet
def test_mapi_connectivity(call: Call) -> list[PSObj]:
    """Test-MAPIConnectivity. A failed logon is a result, not an error."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        if call.parameter_set == "Identity":
            return [_of_mailbox(call, view, mailbox(view, str(call.text("Identity"))))]
        if call.parameter_set == "Database":
            chosen = [database(view, str(call.text("Database")))]
        else:
            named = call.text("Server")
            host = server(view, named).name if named else call.server
            chosen = [d for d in view.find(DATABASE, server=host) if not d.recovery]
        return [_of_database(call, item) for item in chosen]


def _of_database(call: Call, item: DatabaseObject) -> PSObj:
    found = call.organisation.find_mounted(item.guid)
    name = "SystemMailbox"
    return _outcome(call, item, name, item.guid, False, found is not None)


def _of_mailbox(call: Call, view: View, item: MailboxObject) -> PSObj:
    archive = call.flag("Archive")
    home = view.get(DATABASE, (item.archive_database if archive else item.database) or "")
    box = item.archive_guid if archive else item.exchange_guid
    if home is None or box is None:
        raise NotFound(_texts.NO_ARCHIVE.format(target=canonical_name(item)))
    found = call.organisation.find_mounted(home.guid)
    if found is not None:
        try:
            found[1].logon(box, item)
        except DatabaseFailed:
            found = None
    return _outcome(call, home, item.display_name, box, archive, found is not None)


def _outcome(
    call: Call, home: DatabaseObject, name: str, box: str, archive: bool, reached: bool
) -> PSObj:
    latency = timedelta(milliseconds=12) if reached else timedelta(0)
    properties: dict[str, Any] = {
        "Server": home.server,
        "Database": home.name,
        "Mailbox": name,
        "MailboxGuid": guid(box),
        "IsArchive": archive,
        "IsDatabaseCopyActive": True,
        "Scenario": "MAPI Logon",
        "ScenarioDescription": "Logs on to the mailbox.",
        "PerformanceCounterName": "",
        "Result": "Success" if reached else "*FAILURE*",
        "Latency": span_text(latency),
        "LatencyInMillisecondsString": str(int(latency.total_seconds() * 1000)),
        "Error": "" if reached else call.worded(_texts.MAPI_OFFLINE.format(mailbox=name)),
        "UserName": None,
        "StartTime": call.organisation.clock.now(),
        "EventType": "Success" if reached else "Error",
        "Identity": "",
        "IsValid": True,
        "ObjectState": "New",
    }
    return PSObj(_TYPES, properties, to_string=f"{home.server}\\{home.name}")
