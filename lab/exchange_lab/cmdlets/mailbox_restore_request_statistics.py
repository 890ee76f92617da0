# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-MailboxRestoreRequestStatistics."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._formats import size_text, span_text
from exchange_lab.cmdlets._identity import database
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid, multi_valued
from exchange_lab.cmdlets._requests import (
    request_identity,
    shown_detail,
    shown_status,
    target_name,
    the_request,
)
from exchange_lab.directory import DATABASE, MAILBOX, View
from exchange_lab.mrs import RestoreRequest
from exchange_lab.mrs.request import FINISHED
from exchange_lab.runspace import PSObj, UInt64

_TYPES = (
    "Microsoft.Exchange.Management.RecipientTasks.MailboxRestoreRequestStatistics",
    "Microsoft.Exchange.MailboxReplicationService.RequestStatisticsBase",
    *CONFIGURABLE,
)
_STALLS = ("HA", "CI", "MailboxLocked", "ReadThrottle", "WriteThrottle", "ReadCpu", "WriteCpu",
           "ReadUnknown", "WriteUnknown")  # fmt: skip


@exchange_cmdlet
def get_mailbox_restore_request_statistics(call: Call) -> list[PSObj]:
    """Get-MailboxRestoreRequestStatistics."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        if call.parameter_set == "MigrationRequestQueue":
            queue = database(view, str(call.text("RequestQueue"))).name
            wanted = call.bound.get("RequestGuid")
            found = [
                r
                for r in call.organisation.mrs.requests.values()
                if r.queue == queue and wanted in (None, guid(r.guid))
            ]
            if wanted is not None and not found:
                raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=wanted))
        else:
            found = [the_request(call, view)]
        return [_shown(call, view, request) for request in found]


def _shown(call: Call, view: View, request: RestoreRequest) -> PSObj:
    now = call.organisation.clock.now()
    owner = view.get(MAILBOX, request.target)
    home = view.get(DATABASE, request.target_database)
    source = view.get(DATABASE, request.source_database)
    recovery = source is not None and source.recovery
    flags = call.switch("restore_flags_for_recovery_database") if recovery else "SoftDeleted"
    failed = request.failure is not None
    seconds = request.duration("InProgress", now).total_seconds()
    per_minute = int(request.bytes / seconds * 60) if seconds else 0
    overall = (request.completed or now) - request.created
    identity = request_identity(view, request)
    properties: dict[str, Any] = {
        "Name": request.name,
        "Status": shown_status(call, request),
        "StatusDetail": shown_detail(call, request),
        "SyncStage": request.stage,
        "Flags": "IntraOrg, Pull",
        "RequestStyle": "IntraOrg",
        "Direction": "Pull",
        "Protect": False,
        "Priority": request.priority,
        "WorkloadType": "Local",
        "Suspend": request.suspended,
        "SourceExchangeGuid": guid(request.source_mailbox),
        "SourceRootFolder": request.options.source_root,
        "SourceVersion": home.admin_display_version if home else "",
        "SourceDatabase": request.source_database_name,
        "MailboxRestoreFlags": flags,
        "TargetAlias": owner.alias if owner else "",
        "TargetIsArchive": request.target_is_archive,
        "TargetExchangeGuid": guid(request.target_mailbox),
        "TargetRootFolder": request.options.target_root,
        "TargetVersion": home.admin_display_version if home else "",
        "TargetDatabase": home.name if home else None,
        "TargetMailboxIdentity": target_name(view, request),
        "IncludeFolders": multi_valued(request.options.include_folders),
        "ExcludeFolders": multi_valued(request.options.exclude_folders),
        "ExcludeDumpster": request.options.exclude_dumpster,
        "ConflictResolutionOption": request.options.conflict,
        "AssociatedMessagesCopyOption": request.options.associated,
        "BatchName": request.batch_name,
        "BadItemLimit": _limit(request.bad_item_limit),
        "BadItemsEncountered": len(request.bad_items),
        "LargeItemLimit": _limit(request.large_item_limit),
        "LargeItemsEncountered": len(request.large_items),
        "AllowLargeItems": True,
        "MRSServerName": request.server,
        "EstimatedTransferSize": size_text(request.estimated_bytes),
        "EstimatedTransferItemCount": UInt64(request.estimated_items),
        "BytesTransferred": size_text(request.bytes),
        "BytesTransferredPerMinute": size_text(per_minute),
        "ItemsTransferred": UInt64(request.items),
        "PercentComplete": request.percent,
        "CompletedRequestAgeLimit": "Unlimited"
        if request.age_limit is None
        else span_text(request.age_limit),
        "PositionInQueue": _position(call, request),
        "FailureCode": _code(request.failure) if failed else None,
        "FailureType": request.failure,
        "FailureSide": request.failure_side,
        "Message": f"Error: {request.failure_text}" if failed else None,
        "FailureContext": None,
        "IsValid": True,
        "ValidationMessage": "",
        "RequestGuid": guid(request.guid),
        "RequestQueue": request.queue,
        "SuspendComment": request.suspend_comment,
        "Identity": identity,
        "DiagnosticInfo": None,
        "Report": "\r\n".join(request.report) if _wants_report(call) else None,
        "ObjectState": "New",
        **_times(call, request),
        **_durations(request, overall, now),
    }
    return PSObj(_TYPES, properties, to_string=identity)


def _wants_report(call: Call) -> bool:
    return call.flag("IncludeReport") or call.flag("ReportOnly")


def _times(call: Call, request: RestoreRequest) -> dict[str, Any]:
    ending = call.switch("statistics_time_stamps")
    return {
        f"Queued{ending}": request.created,
        f"Start{ending}": request.started,
        f"LastUpdate{ending}": request.updated,
        f"Completion{ending}": request.completed,
        f"Suspended{ending}": request.suspended_at,
        f"Failure{ending}": request.failed_at,
    }


def _durations(request: RestoreRequest, overall: timedelta, now: Any) -> dict[str, str]:
    named = {
        f"Total{kind}Duration": span_text(request.duration(kind, now))
        for kind in ("Suspended", "Failed", "Queued", "InProgress")
    }
    stalled = {f"TotalStalledDueTo{why}Duration": span_text(timedelta()) for why in _STALLS}
    stalled["TotalStalledDueToHADuration"] = span_text(request.duration("Stalled", now))
    transient = span_text(request.duration("Retrying", now))
    return {
        "OverallDuration": span_text(overall),
        **named,
        **stalled,
        "TotalTransientFailureDuration": transient,
    }


def _limit(value: int | None) -> str:
    return "Unlimited" if value is None else str(value)


def _position(call: Call, request: RestoreRequest) -> str | None:
    place = call.organisation.mrs.position(request)
    return None if place is None or request.status in FINISHED else str(place)


def _code(failure: str | None) -> int:
    """FailureCode: a number that stays the same for one kind of failure (made up)."""
    return -(zlib.crc32(str(failure).encode()) & 0x7FFFFFFF)
