# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ExchangeServer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._formats import span_text
from exchange_lab.cmdlets._identity import find_servers
from exchange_lab.cmdlets._objects import PRESENTATION, directory_properties, multi_valued, strings
from exchange_lab.directory import SERVER, ServerObject, View
from exchange_lab.runspace import ListValue, PSObj

TYPES = ("Microsoft.Exchange.Data.Directory.Management.ExchangeServer", *PRESENTATION)
_TRIAL = timedelta(days=180)


@exchange_cmdlet
def get_exchange_server(call: Call) -> list[PSObj]:
    """Get-ExchangeServer."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        if call.parameter_set == "Domain":
            found = view.find(SERVER, domain=str(call.text("Domain")))
        else:
            found = find_servers(view, call.text("Identity"))
        shown = [_shown(call, view, item) for item in found]
        silent = [item for item in found if not call.organisation.server(item.name).alive]
    for _unused in silent if call.flag("Status") else ():
        call.pause("server that does not answer")
    return shown


def _shown(call: Call, view: View, item: ServerObject) -> PSObj:
    directory = call.organisation.directory
    controllers: list[str] = []
    catalogues: list[str] = []
    config = ""
    if call.flag("Status") and call.organisation.server(item.name).alive:
        near = [c for c in directory.domain_controllers if item.site.endswith(f"/{c.site}")]
        usable = [c for c in near or directory.domain_controllers if c.available]
        controllers = [c.name for c in usable]
        catalogues = [c.name for c in usable if c.is_gc]
        config = directory.in_use(call.organisation.server(item.name).store_domain_controller)
    trial = item.edition.endswith("Evaluation")
    age = call.organisation.clock.now() - (item.when_created or call.organisation.clock.now())
    left = max(timedelta(0), _TRIAL - age) if trial else timedelta(0)
    properties: dict[str, Any] = {
        "DataPath": item.data_path,
        "Domain": item.domain,
        "Edition": item.edition,
        "ExchangeLegacyDN": item.exchange_legacy_dn,
        "ExchangeLegacyServerRole": 0,
        "Fqdn": item.fqdn,
        "CustomerFeedbackEnabled": True,
        "InternetWebProxy": None,
        "InternetWebProxyBypassList": None,
        "IsHubTransportServer": True,
        "IsClientAccessServer": True,
        "IsExchange2007OrLater": True,
        "IsEdgeServer": False,
        "IsMailboxServer": True,
        "IsE14OrLater": True,
        "IsE15OrLater": True,
        "IsProvisionedServer": False,
        "IsUnifiedMessagingServer": True,
        "IsFrontendTransportServer": True,
        "NetworkAddress": _addresses(item),
        "OrganizationalUnit": f"{item.domain}/{item.name}",
        "AdminDisplayVersion": item.admin_display_version,
        "Site": item.site,
        "ServerRole": item.server_role,
        "ErrorReportingEnabled": True,
        "MitigationsEnabled": True,
        "StaticDomainControllers": multi_valued(),
        "StaticGlobalCatalogs": multi_valued(),
        "StaticConfigDomainController": "",
        "StaticExcludedDomainControllers": multi_valued(),
        "MonitoringGroup": "",
        "CurrentDomainControllers": multi_valued(controllers),
        "CurrentGlobalCatalogs": multi_valued(catalogues),
        "CurrentConfigDomainController": config,
        "ProductID": "",
        "IsExchangeTrialEdition": trial,
        "IsExpiredExchangeTrialEdition": trial and not left,
        "MailboxProvisioningAttributes": None,
        "RemainingTrialPeriod": span_text(left),
        "MitigationsApplied": None,
        "MitigationsBlocked": None,
        "DataCollectionEnabled": False,
    }
    category = f"{item.domain}/Configuration/Schema/ms-Exch-Exchange-Server"
    classes = ("top", "server", "msExchExchangeServer")
    properties.update(
        directory_properties(item, item.name, category, classes, view.domain_controller)
    )
    return PSObj(TYPES, properties, to_string=item.name)


def _addresses(item: ServerObject) -> ListValue:
    lines = [f"ncacn_vns_spp:{item.name}", f"netbios:{item.name}", f"ncacn_np:{item.name}"]
    return strings(
        [*lines, f"ncacn_ip_tcp:{item.fqdn}"], "Microsoft.Exchange.Data.NetworkAddressCollection"
    )
