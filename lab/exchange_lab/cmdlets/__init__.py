# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Exchange cmdlets of the lab's endpoint, one file per noun.

    table = build_table(organisation)

Parameters, sets and binding come from `reference.json` (see `extract_reference.py`); what an account sees from
`_rbac`; every text from `_texts`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exchange_lab.cmdlets._paths import register_types
from exchange_lab.cmdlets._rbac import ROLE_GROUPS, ROLES, visible
from exchange_lab.cmdlets.active_mailbox_database import move_active_mailbox_database
from exchange_lab.cmdlets.cas_mailbox import get_cas_mailbox
from exchange_lab.cmdlets.database import dismount_database, mount_database
from exchange_lab.cmdlets.database_availability_group import get_database_availability_group
from exchange_lab.cmdlets.database_path import move_database_path
from exchange_lab.cmdlets.directory_servers import (
    get_ad_server_settings,
    get_domain_controller,
    set_ad_server_settings,
)
from exchange_lab.cmdlets.exchange_server import get_exchange_server
from exchange_lab.cmdlets.mailbox import get_mailbox, set_mailbox
from exchange_lab.cmdlets.mailbox_database import (
    get_mailbox_database,
    new_mailbox_database,
    remove_mailbox_database,
    set_mailbox_database,
)
from exchange_lab.cmdlets.mailbox_database_copy_status import get_mailbox_database_copy_status
from exchange_lab.cmdlets.mailbox_repair_request import (
    get_mailbox_repair_request,
    new_mailbox_repair_request,
)
from exchange_lab.cmdlets.mailbox_restore_request import (
    get_mailbox_restore_request,
    new_mailbox_restore_request,
    remove_mailbox_restore_request,
    resume_mailbox_restore_request,
    set_mailbox_restore_request,
    suspend_mailbox_restore_request,
)
from exchange_lab.cmdlets.mailbox_restore_request_statistics import (
    get_mailbox_restore_request_statistics,
)
from exchange_lab.cmdlets.mailbox_server import get_mailbox_server, set_mailbox_server
from exchange_lab.cmdlets.mailbox_statistics import get_mailbox_statistics
from exchange_lab.cmdlets.mapi_connectivity import test_mapi_connectivity
from exchange_lab.cmdlets.move_request import get_move_request
from exchange_lab.cmdlets.mrs_health import test_mrs_health
from exchange_lab.cmdlets.organization_config import get_organization_config
from exchange_lab.cmdlets.queue import get_queue, retry_queue
from exchange_lab.cmdlets.resubmit_request import add_resubmit_request, get_resubmit_request
from exchange_lab.cmdlets.server_component_state import get_server_component_state
from exchange_lab.cmdlets.service_health import test_service_health
from exchange_lab.cmdlets.throttling_policy import (
    get_throttling_policy,
    get_throttling_policy_association,
)
from exchange_lab.mrs import ReplicationService
from exchange_lab.runspace import (
    FEWEST_HELPERS,
    HELPERS,
    Cmdlet,
    CmdletSpec,
    CmdletTable,
    load_specs,
)
from exchange_lab.runspace.conversion import Converter

__all__ = ["ROLES", "ROLE_GROUPS", "build_table", "specs"]

_BODIES = {
    "Add-ResubmitRequest": add_resubmit_request,
    "Dismount-Database": dismount_database,
    "Get-ADServerSettings": get_ad_server_settings,
    "Get-CASMailbox": get_cas_mailbox,
    "Get-DatabaseAvailabilityGroup": get_database_availability_group,
    "Get-DomainController": get_domain_controller,
    "Get-ExchangeServer": get_exchange_server,
    "Get-Mailbox": get_mailbox,
    "Get-MailboxDatabase": get_mailbox_database,
    "Get-MailboxDatabaseCopyStatus": get_mailbox_database_copy_status,
    "Get-MailboxRepairRequest": get_mailbox_repair_request,
    "Get-MailboxRestoreRequest": get_mailbox_restore_request,
    "Get-MailboxRestoreRequestStatistics": get_mailbox_restore_request_statistics,
    "Get-MailboxServer": get_mailbox_server,
    "Get-MailboxStatistics": get_mailbox_statistics,
    "Get-MoveRequest": get_move_request,
    "Get-OrganizationConfig": get_organization_config,
    "Get-Queue": get_queue,
    "Get-ResubmitRequest": get_resubmit_request,
    "Get-ServerComponentState": get_server_component_state,
    "Get-ThrottlingPolicy": get_throttling_policy,
    "Get-ThrottlingPolicyAssociation": get_throttling_policy_association,
    "Mount-Database": mount_database,
    "Move-ActiveMailboxDatabase": move_active_mailbox_database,
    "Move-DatabasePath": move_database_path,
    "New-MailboxDatabase": new_mailbox_database,
    "New-MailboxRepairRequest": new_mailbox_repair_request,
    "New-MailboxRestoreRequest": new_mailbox_restore_request,
    "Remove-MailboxDatabase": remove_mailbox_database,
    "Remove-MailboxRestoreRequest": remove_mailbox_restore_request,
    "Resume-MailboxRestoreRequest": resume_mailbox_restore_request,
    "Retry-Queue": retry_queue,
    "Set-ADServerSettings": set_ad_server_settings,
    "Set-Mailbox": set_mailbox,
    "Set-MailboxDatabase": set_mailbox_database,
    "Set-MailboxServer": set_mailbox_server,
    "Set-MailboxRestoreRequest": set_mailbox_restore_request,
    "Suspend-MailboxRestoreRequest": suspend_mailbox_restore_request,
    "Test-MAPIConnectivity": test_mapi_connectivity,
    "Test-MRSHealth": test_mrs_health,
    "Test-ServiceHealth": test_service_health,
}
# What the reference lists in other sets than the one with SourceDatabase and TargetMailbox (exchange.md 8.2).
_LIMITS = ("LargeItemLimit", "CompletedRequestAgeLimit", "SkipMerging", "TargetType")


def specs(limits_in_default_set: bool = False) -> dict[str, CmdletSpec]:
    """The cmdlets' descriptions; `limits_in_default_set`: the switch `restore_request_limits_in_default_set`."""
    data: dict[str, Any] = json.loads(
        Path(__file__).with_name("reference.json").read_text(encoding="utf-8")
    )
    if limits_in_default_set:
        for name in _LIMITS:
            data["New-MailboxRestoreRequest"]["parameters"][name]["sets"].append("Default")
    return load_specs(data)


def build_table(organisation: Any) -> CmdletTable:
    """The cmdlets of one organisation, with the runspace's own helpers. `on_call` is the caller's to set.

    An organisation without a replication service gets one.
    """
    if organisation.mrs is None:
        ReplicationService(organisation)
    known = specs(organisation.switches["restore_request_limits_in_default_set"])
    converter = Converter()
    switches = organisation.switches
    register_types(converter, switches)
    cmdlets = [Cmdlet(known[name], body) for name, body in _BODIES.items()]
    helpers = HELPERS if switches["helper_cmdlets"] == "usual" else FEWEST_HELPERS
    return CmdletTable(
        [*helpers, *cmdlets], visible=visible, converter=converter,
        common_parameters=switches["common_parameters"] == "all",
        chains=switches["pipeline_of_exchange_cmdlets"],
    )  # fmt: skip
