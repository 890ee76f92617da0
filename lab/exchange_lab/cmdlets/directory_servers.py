# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ADServerSettings, Set-ADServerSettings, Get-DomainController: which domain controller a session uses."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.cmdlets._objects import CONFIGURABLE, multi_valued
from exchange_lab.directory import DomainController, ObjectNotFound
from exchange_lab.runspace import PSObj

_SETTINGS = (
    "Microsoft.Exchange.Data.Directory.Management.RunspaceServerSettingsPresentationObject",
    *CONFIGURABLE,
)
_CONTROLLER = (
    "Microsoft.Exchange.Data.Directory.Management.DomainControllerPresentationObject",
    *CONFIGURABLE,
)


@exchange_cmdlet
def get_ad_server_settings(call: Call) -> list[PSObj]:
    """Get-ADServerSettings: what this session has pinned; it lasts as long as the session."""
    with call.organisation.lock:
        directory = call.organisation.directory
        default = directory.default_dc(call.server)
        gc = directory.default_gc(call.server)
    settings = call.settings
    preferred = settings.get("preferred_server")
    properties: dict[str, Any] = {
        "DefaultGlobalCatalog": settings.get("global_catalog") or gc,
        "PreferredDomainControllerForDomain": multi_valued(),
        "DefaultConfigurationDomainController": preferred or default,
        "DefaultPreferredDomainControllers": multi_valued([preferred or default]),
        "UserPreferredGlobalCatalog": settings.get("global_catalog"),
        "UserPreferredConfigurationDomainController": preferred,
        "UserPreferredDomainControllers": multi_valued([preferred] if preferred else []),
        "DefaultConfigurationDomainControllersForAllForests": multi_valued(),
        "DefaultGlobalCatalogsForAllForests": multi_valued(),
        "RecipientViewRoot": settings.get("recipient_view_root") or "",
        "ViewEntireForest": bool(settings.get("view_entire_forest")),
        "Identity": None,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    return [PSObj(_SETTINGS, properties)]


@exchange_cmdlet
def set_ad_server_settings(call: Call) -> None:
    """Set-ADServerSettings."""
    if call.parameter_set == "Instance":
        raise Refusal(
            "NotSupportedException",
            _texts.NOT_SIMULATED.format(what="Set-ADServerSettings -RunspaceServerSettings"),
            "NotImplemented",
        )
    changes: dict[str, Any] = {}
    with call.organisation.lock:
        if call.text("PreferredServer"):
            name = _known(call, str(call.text("PreferredServer"))).name
            changes.update(preferred_server=name, global_catalog=name)
        if call.text("ConfigurationDomainController"):
            changes["preferred_server"] = _known(
                call, call.text("ConfigurationDomainController")
            ).name
        if call.text("PreferredGlobalCatalog"):
            found = _known(call, call.text("PreferredGlobalCatalog"))
            if not found.is_gc:
                raise _unknown(found.name)
            changes["global_catalog"] = found.name
        listed = call.bound.get("SetPreferredDomainControllers")
        if listed:
            changes["preferred_server"] = _known(call, str(listed[0])).name
    if call.has("ViewEntireForest"):
        changes["view_entire_forest"] = call.flag("ViewEntireForest")
    if call.has("RecipientViewRoot"):
        changes["recipient_view_root"] = call.text("RecipientViewRoot")
        changes["view_entire_forest"] = False
    if call.confirm("the session", "Setting the Active Directory server settings"):
        call.settings.update(changes)


@exchange_cmdlet
def get_domain_controller(call: Call) -> list[PSObj]:
    """Get-DomainController."""
    call.pause()
    with call.organisation.lock:
        directory = call.organisation.directory
        domain = directory.domain
        wanted = call.text("DomainName") or call.text("Forest")
        if wanted and wanted.lower() != domain.lower():
            raise _unknown(wanted)
        chosen = [
            c
            for c in directory.domain_controllers
            if c.available and (c.is_gc or call.parameter_set != "GlobalCatalog")
        ]
        return [_shown(controller, domain) for controller in chosen]


def _shown(controller: DomainController, domain: str) -> PSObj:
    name = controller.name.partition(".")[0].upper()
    site = f"{domain}/Configuration/Sites/{controller.site}"
    properties: dict[str, Any] = {
        "Name": name,
        "DnsHostName": controller.name,
        "ADSite": site,
        "Site": site,
        "Domain": domain,
        "IsGlobalCatalog": controller.is_gc,
        "Identity": name,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    return PSObj(_CONTROLLER, properties, to_string=name)


def _known(call: Call, name: str | None) -> DomainController:
    try:
        found: DomainController = call.organisation.directory.controller(str(name))
    except ObjectNotFound:
        raise _unknown(str(name)) from None
    if not found.available:
        raise _unknown(str(name))
    return found


def _unknown(name: str) -> Refusal:
    return Refusal("ADOperationException", _texts.DOMAIN_CONTROLLER_NOT_FOUND.format(dc=name))
