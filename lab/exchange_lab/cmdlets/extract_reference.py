# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write `reference.json`: the cmdlets the lab offers, cut out of the public cmdlet reference.

    python lab/exchange_lab/cmdlets/extract_reference.py <exchange-cmdlets.json>

Kept are the parameters that apply to Exchange 2016, 2019 or SE on premises. What the reference does not print is
added from the tables below: the default parameter set, the confirm impact, and the sets that exist in the cloud only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

VERSIONS = {"2016", "2019", "SE"}

CMDLETS = (
    "Add-ResubmitRequest",
    "Dismount-Database",
    "Get-ADServerSettings",
    "Get-CASMailbox",
    "Get-DatabaseAvailabilityGroup",
    "Get-DomainController",
    "Get-ExchangeServer",
    "Get-Mailbox",
    "Get-MailboxDatabase",
    "Get-MailboxDatabaseCopyStatus",
    "Get-MailboxRepairRequest",
    "Get-MailboxRestoreRequest",
    "Get-MailboxRestoreRequestStatistics",
    "Get-MailboxServer",
    "Get-MailboxStatistics",
    "Get-MoveRequest",
    "Get-OrganizationConfig",
    "Get-Queue",
    "Get-ResubmitRequest",
    "Get-ServerComponentState",
    "Get-ThrottlingPolicy",
    "Get-ThrottlingPolicyAssociation",
    "Mount-Database",
    "Move-ActiveMailboxDatabase",
    "Move-DatabasePath",
    "New-MailboxDatabase",
    "New-MailboxRepairRequest",
    "New-MailboxRestoreRequest",
    "Remove-MailboxDatabase",
    "Remove-MailboxRestoreRequest",
    "Resume-MailboxRestoreRequest",
    "Retry-Queue",
    "Set-ADServerSettings",
    "Set-Mailbox",
    "Set-MailboxDatabase",
    "Set-MailboxRestoreRequest",
    "Set-MailboxServer",
    "Suspend-MailboxRestoreRequest",
    "Test-MAPIConnectivity",
    "Test-MRSHealth",
    "Test-ServiceHealth",
)

# Sets that can only be chosen with a parameter that exists in Exchange Online alone. The reference prints the switch
# that chooses them as optional, so they would make every call ambiguous here.
CLOUD_SETS = {
    "Get-Mailbox": {"MailboxPlanSet"},
    "Get-MailboxRestoreRequestStatistics": {"IdentityCloud", "MigrationMRSInstance"},
    "Set-Mailbox": {
        "ExcludeFromAllHolds",
        "ExcludeFromAllOrgHolds",
        "ExcludeFromOrgHolds",
        "IsExchangeCloudManaged",
        "ProvideConsent",
        "RecalculateInactiveMailbox",
        "RemoveComplianceTagHoldApplied",
        "RemoveDelayHoldApplied",
        "RemoveDelayReleaseHoldApplied",
        "RemoveDisabledArchive",
        "RemoveOrphanedHolds",
    },
}

# Where the default is not the set named Identity (practice, not printed in the reference).
DEFAULT_SETS = {
    "Add-ResubmitRequest": "MDBResubmit",
    "Get-MailboxRepairRequest": "Database",
    "Get-DomainController": "DomainController",
    "New-MailboxDatabase": "NonRecovery",
    "New-MailboxRestoreRequest": None,
    "Set-ADServerSettings": "FullParams",
    "Test-MAPIConnectivity": "Server",
    "Retry-Queue": "Identity",
}

# Cmdlets that ask before they act unless -Confirm:$false is given (practice: destructive ones).
HIGH_IMPACT = {
    "Dismount-Database",
    "Move-ActiveMailboxDatabase",
    "Remove-MailboxDatabase",
    "Remove-MailboxRestoreRequest",
    "Suspend-MailboxRestoreRequest",
}

# The reference names product versions in place of the sets of Get-Mailbox -IgnoreDefaultScope.
SET_CORRECTIONS = {
    ("Get-Mailbox", "IgnoreDefaultScope"): ["AnrSet", "DatabaseSet", "Identity", "ServerSet"],
}


def extract(reference: dict[str, Any]) -> dict[str, Any]:
    """The lab's cmdlets as `{name: {default_set, confirm_impact, should_process, parameter_sets, parameters}}`."""
    return {name: _cmdlet(name, reference[name]) for name in CMDLETS}


def _cmdlet(name: str, source: dict[str, Any]) -> dict[str, Any]:
    sets = [each for each in source["parameter_sets"] if each not in CLOUD_SETS.get(name, set())]
    parameters = {}
    for parameter, facts in source["parameters"].items():
        kept = _parameter(name, parameter, facts, sets)
        if kept is not None:
            parameters[parameter] = kept
    default = DEFAULT_SETS.get(name, "Identity" if "Identity" in sets else sets[0])
    return {
        "default_set": default,
        "confirm_impact": "High" if name in HIGH_IMPACT else "Medium",
        "should_process": "Confirm" in parameters,
        "parameter_sets": {
            each: {
                "required": [
                    p for p, f in parameters.items() if _in_set(f, each) and f["required"]
                ],
                "optional": [
                    p for p, f in parameters.items() if _in_set(f, each) and not f["required"]
                ],
            }
            for each in sets
        },
        "parameters": parameters,
    }


def _parameter(
    cmdlet: str, name: str, facts: dict[str, Any], sets: list[str]
) -> dict[str, Any] | None:
    if not VERSIONS & set(facts["applicable"]):
        return None
    belongs = SET_CORRECTIONS.get((cmdlet, name), facts["sets"])
    if belongs != ["(All)"]:
        belongs = [each for each in belongs if each in sets]
    if not belongs:
        return None
    kept = {
        "type": facts["type"],
        "sets": belongs,
        "required": facts["required"],
        "position": facts["position"],
        "pipeline": facts["pipeline"],
        "aliases": facts["aliases"],
    }
    if "values" in facts:
        kept["values"] = facts["values"]
    return kept


def _in_set(facts: dict[str, Any], name: str) -> bool:
    return facts["sets"] == ["(All)"] or name in facts["sets"]


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    reference = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    target = Path(__file__).with_name("reference.json")
    lines = []
    for name, facts in extract(reference).items():
        head = {key: value for key, value in facts.items() if key != "parameters"}
        parameters = ",\n".join(
            f"   {json.dumps(parameter)}: {json.dumps(entry)}"
            for parameter, entry in facts["parameters"].items()
        )
        opening = json.dumps(head)[1:-1]
        lines.append(f' {json.dumps(name)}: {{{opening},\n  "parameters": {{\n{parameters}\n  }}}}')
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
