# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ServerComponentState."""

from __future__ import annotations

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.cmdlets._identity import machine, server
from exchange_lab.cmdlets._objects import CONFIGURABLE, multi_valued
from exchange_lab.runspace import PSObj

_TYPES = (
    "Microsoft.Exchange.Management.SystemConfigurationTasks.ServerComponentState",
    *CONFIGURABLE,
)


@exchange_cmdlet
def get_server_component_state(call: Call) -> list[PSObj]:
    """Get-ServerComponentState."""
    call.pause()
    with call.organisation.lock:
        name = server(call.view(), str(call.text("Identity"))).name
        host = machine(call.organisation, name)
        components: dict[str, str] = dict(host.components)
    wanted = call.text("Component")
    if wanted:
        components = {n: s for n, s in components.items() if n.lower() == wanted.lower()}
        if not components:
            text = _texts.INVALID_VALUE.format(value=wanted, parameter="Component")
            raise Refusal("ArgumentException", text, "InvalidArgument")
    return [
        PSObj(
            _TYPES,
            {
                "ServerFqdn": host.fqdn,
                "Component": name,
                "State": state,
                "LocalStates": multi_valued(),
                "RemoteStates": multi_valued(),
                "IsValid": True,
                "Identity": host.fqdn,
                "ObjectState": "New",
            },
            to_string=name,
        )
        for name, state in sorted(components.items())
    ]
