# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-CASMailbox: how clients may connect to a mailbox."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._identity import (
    canonical_name,
    is_of_kind,
    mailboxes_of_kind,
)
from exchange_lab.cmdlets._objects import (
    PRESENTATION,
    address_list,
    directory_list,
    directory_properties,
    multi_valued,
)
from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.cmdlets.mailbox import with_prefix
from exchange_lab.directory import DATABASE, MAILBOX, SERVER, MailboxObject, View
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Data.Directory.Management.CASMailbox", *PRESENTATION)
_SETTINGS = ("ExternalImapSettings", "InternalImapSettings", "ExternalPopSettings", "InternalPopSettings",
             "ExternalSmtpSettings", "InternalSmtpSettings")  # fmt: skip
_PROTOCOL: dict[str, Any] = {
    "UseProtocolDefaults": True,
    "MessagesRetrievalMimeFormat": "BestBodyFormat",
    "EnableExactRFC822Size": False,
    "SuppressReadReceipt": False,
    "ForceICalForCalendarRetrievalOption": False,
}


@exchange_cmdlet
def get_cas_mailbox(call: Call) -> list[PSObj]:
    """Get-CASMailbox: ordinary mailboxes, or the monitoring ones; 1000 unless told."""
    call.pause()
    with call.organisation.lock:
        view = call.view(forest_search=not call.flag("ReadFromDomainController"))
        shown = [_shown(view, item) for item in _selected(call, view)]
    if call.text("Filter"):
        matches = compile_filter(str(call.text("Filter")))
        shown = [item for item in shown if matches(item)]
    sort_by = call.text("SortBy")
    if sort_by:
        shown.sort(key=lambda item: str(item.get(sort_by) or "").lower())
    shown = call.limited(shown)
    call.pause("Get-Mailbox per object", len(shown))
    return shown


def _selected(call: Call, view: View) -> list[MailboxObject]:
    kind = "Monitoring" if call.flag("Monitoring") else None
    identity = call.text("Identity")
    if call.parameter_set == "Identity" and identity is not None:
        found = mailboxes_of_kind(view, identity, kind)
    else:
        everything = with_prefix(view.all(MAILBOX), call.text("Anr"))
        found = [m for m in everything if is_of_kind(m, kind)]
    unit = call.text("OrganizationalUnit")
    return [m for m in found if not unit or m.organizational_unit.lower() == unit.lower()]


def _shown(view: View, item: MailboxObject) -> PSObj:
    home = view.get(DATABASE, item.database)
    hosts = view.find(SERVER, name=home.server) if home else []
    properties: dict[str, Any] = {
        "EmailAddresses": address_list(item.email_addresses),
        "LegacyExchangeDN": item.legacy_exchange_dn,
        "LinkedMasterAccount": "",
        "PrimarySmtpAddress": item.primary_smtp_address,
        "SamAccountName": item.sam_account_name,
        "ServerLegacyDN": hosts[0].exchange_legacy_dn if hosts else "",
        "ServerName": hosts[0].name.lower() if hosts else "",
        "DisplayName": item.display_name,
        "ActiveSyncAllowedDeviceIDs": multi_valued(),
        "ActiveSyncBlockedDeviceIDs": multi_valued(),
        "ActiveSyncMailboxPolicy": "Default",
        "ActiveSyncMailboxPolicyIsDefaulted": True,
        "ActiveSyncDebugLogging": None,
        "ActiveSyncEnabled": item.active_sync_enabled,
        "HasActiveSyncDevicePartnership": item.has_active_sync_device_partnership,
        **dict.fromkeys(_SETTINGS),
        "OwaMailboxPolicy": "Default",
        "OWAEnabled": item.owa_enabled,
        "OWAforDevicesEnabled": True,
        "ECPEnabled": True,
        "PopEnabled": item.pop_enabled,
        **{f"Pop{name}": value for name, value in _PROTOCOL.items()},
        "ImapEnabled": item.imap_enabled,
        **{f"Imap{name}": value for name, value in _PROTOCOL.items()},
        "MAPIEnabled": item.mapi_enabled,
        "MapiHttpEnabled": None,
        "MAPIBlockOutlookNonCachedMode": False,
        "MAPIBlockOutlookVersions": "",
        "MAPIBlockOutlookRpcHttp": False,
        "MAPIBlockOutlookExternalConnectivity": False,
        "EwsEnabled": None,
        "EwsAllowOutlook": None,
        "EwsAllowMacOutlook": None,
        "EwsAllowEntourage": None,
        "EwsApplicationAccessPolicy": None,
        "EwsAllowList": directory_list(),
        "EwsBlockList": directory_list(),
        "ShowGalAsDefaultView": True,
    }
    domain = view.domain_controller.partition(".")[2]
    identity = canonical_name(item)
    properties.update(
        directory_properties(
            item,
            identity,
            f"{domain}/Configuration/Schema/Person",
            ("top", "person", "organizationalPerson", "user"),
            view.domain_controller,
            "0.20 (15.0.0.0)",
        )  # fmt: skip
    )
    return PSObj(_TYPES, properties, to_string=item.name)
