# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-OrganizationConfig: what a client asks first to see where it is."""

from __future__ import annotations

from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._objects import AD_OBJECT
from exchange_lab.directory import SERVER
from exchange_lab.runspace import PSObj

_TYPES = ("Microsoft.Exchange.Data.Directory.Management.OrganizationConfig", *AD_OBJECT)


@exchange_cmdlet
def get_organization_config(call: Call) -> list[PSObj]:
    """Get-OrganizationConfig."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        servers = view.all(SERVER)
        parts = servers[0].distinguished_name.split(",") if servers else []
    above = next((i for i, part in enumerate(parts) if part == "CN=Microsoft Exchange"), 0)
    name = parts[above - 1][3:] if above else ""
    return [
        PSObj(
            _TYPES,
            {
                "Name": name,
                "Identity": name,
                "DistinguishedName": ",".join(parts[above - 1 :]) if above else "",
                "AdminDisplayVersion": servers[0].admin_display_version if servers else "",
                "IsMixedMode": False,
                "PublicFoldersEnabled": "Local",
                "IsValid": True,
                "OriginatingServer": view.domain_controller,
                "ObjectState": "Unchanged",
            },
            to_string=name,
        )
    ]
