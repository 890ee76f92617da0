# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-ThrottlingPolicy and Get-ThrottlingPolicyAssociation (exchange.md 7.5)."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._identity import canonical_name, mailbox
from exchange_lab.cmdlets._objects import AD_OBJECT, CONFIGURABLE, directory_properties
from exchange_lab.directory import (
    MAILBOX,
    THROTTLING_POLICY,
    MailboxObject,
    ThrottlingPolicyObject,
    View,
)
from exchange_lab.runspace import PSObj

_POLICY = ("Microsoft.Exchange.Data.Directory.SystemConfiguration.ThrottlingPolicy", *AD_OBJECT)
_ASSOCIATION = (
    "Microsoft.Exchange.Data.Directory.Management.ThrottlingPolicyAssociation",
    *CONFIGURABLE,
)


@exchange_cmdlet
def get_throttling_policy(call: Call) -> list[PSObj]:
    """Get-ThrottlingPolicy."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        found: list[ThrottlingPolicyObject] = view.all(THROTTLING_POLICY)
        identity = call.text("Identity")
        if identity is not None:
            found = [_policy(view, identity)]
    scope = call.text("ThrottlingPolicyScope")
    if scope:
        found = [p for p in found if p.throttling_policy_scope == scope]
    return [_shown(p, view.domain_controller) for p in found]


@exchange_cmdlet
def get_throttling_policy_association(call: Call) -> list[PSObj]:
    """Get-ThrottlingPolicyAssociation: which policy a mailbox has of its own, if any."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        identity = call.text("Identity")
        found: list[MailboxObject] = [mailbox(view, identity)] if identity else view.all(MAILBOX)
        named = call.text("ThrottlingPolicy")
        policy = _policy(view, named).name if named else None
    anr = (call.text("Anr") or "").lower()
    shown = [
        PSObj(
            _ASSOCIATION,
            {
                "Identity": canonical_name(item),
                "ObjectId": canonical_name(item),
                "Name": item.name,
                "ThrottlingPolicyId": item.throttling_policy,
                "IsValid": True,
                "ObjectState": "Unchanged",
            },
            to_string=canonical_name(item),
        )
        for item in found
        if (policy is None or item.throttling_policy == policy)
        and item.display_name.lower().startswith(anr)
    ]
    return call.limited(shown)


def _policy(view: View, identity: str) -> ThrottlingPolicyObject:
    found = view.resolve(THROTTLING_POLICY, identity)
    if not found:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    policy: ThrottlingPolicyObject = found[0]
    return policy


def _limit(value: int | None) -> str:
    return "Unlimited" if value is None else str(value)


def _shown(item: ThrottlingPolicyObject, dc: str) -> PSObj:
    properties: dict[str, Any] = {
        "IsDefault": item.is_default,
        "ThrottlingPolicyScope": item.throttling_policy_scope,
        "PowerShellMaxConcurrency": _limit(item.powershell_max_concurrency),
        "PowerShellMaxCmdlets": _limit(item.powershell_max_cmdlets),
        "PowerShellMaxCmdletsTimePeriod": _limit(item.powershell_max_cmdlets_time_period),
        "PowerShellMaxDestructiveCmdlets": _limit(item.powershell_max_destructive_cmdlets),
        "PowerShellMaxDestructiveCmdletsTimePeriod": _limit(
            item.powershell_max_destructive_cmdlets_time_period
        ),
        "ExchangeMaxCmdlets": _limit(item.exchange_max_cmdlets),
        "PowerShellMaxRunspaces": "Unlimited",
        "PowerShellMaxOperations": "Unlimited",
        "PowerShellMaxTenantConcurrency": "9",
    }
    category = "msExchThrottlingPolicy"
    properties.update(directory_properties(item, item.name, category, ("top", category), dc))
    return PSObj(_POLICY, properties, to_string=item.name)
