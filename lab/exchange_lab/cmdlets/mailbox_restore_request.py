# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New-, Get-, Set-, Suspend-, Resume- and Remove-MailboxRestoreRequest (exchange.md section 8)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import canonical_name, database, mailbox, mounted
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid
from exchange_lab.cmdlets._requests import (
    find_requests,
    request_identity,
    shown_status,
    target_name,
    the_request,
)
from exchange_lab.directory import DATABASE, DatabaseObject, MailboxObject, View
from exchange_lab.mrs import MergeOptions, RestoreRequest
from exchange_lab.mrs.request import FINISHED
from exchange_lab.runspace import UNLIMITED, PSObj
from exchange_lab.store import StoredMailbox

TYPES = (
    "Microsoft.Exchange.Management.RecipientTasks.MailboxRestoreRequest",
    "Microsoft.Exchange.Management.RecipientTasks.RequestBase",
    *CONFIGURABLE,
)
_DEFAULT_NAMES = ("MailboxRestore", *(f"MailboxRestore{n}" for n in range(1, 10)))
_LARGE_LOSS = 51  # from here on AcceptLargeDataLoss is needed
_CAN_RESUME = ("Suspended", "AutoSuspended", "Failed")


# --- New ----------------------------------------------------------------------------------------------------------
@exchange_cmdlet
def new_mailbox_restore_request(call: Call) -> list[PSObj]:
    """New-MailboxRestoreRequest."""
    if call.parameter_set != "Default":
        what = f"New-MailboxRestoreRequest with parameter set {call.parameter_set}"
        raise Refusal(
            "NotSupportedException", _texts.NOT_SIMULATED.format(what=what), "NotImplemented"
        )
    call.pause()
    try:
        return _create(call)
    except Refusal as refused:
        if call.switch("restore_request_errors") == "general":  # the class says nothing (15.11)
            text = refused.message
            raise Refusal("RecipientTaskException", text, refused.category) from None
        raise


def _create(call: Call) -> list[PSObj]:
    with call.organisation.lock:
        view = call.view()
        request = _request(call, view)
        identity = request_identity(view, request)
    if not call.confirm(identity, "Creating mailbox restore request"):
        return []
    with call.organisation.lock:
        _check_name(call, request.target, request.name, identity)
        call.organisation.mrs.add(request)
        return [_shown(call, view, request)]


def _request(call: Call, view: View) -> RestoreRequest:
    owner = mailbox(view, str(call.text("TargetMailbox")))
    archive = call.flag("TargetIsArchive")
    if archive and not owner.archive_guid:
        raise Refusal(
            "RecipientTaskException",
            _texts.NO_ARCHIVE.format(target=canonical_name(owner)),
            "InvalidArgument",
        )
    home = view.get(DATABASE, (owner.archive_database if archive else owner.database) or "")
    if home is None:
        raise NotFound(
            _texts.OBJECT_NOT_FOUND.format(
                identity=canonical_name(owner), dc=view.domain_controller
            )
        )
    source = database(view, str(call.text("SourceDatabase")))
    box = _source_mailbox(call, source, owner)
    target_mailbox = str(owner.archive_guid if archive else owner.exchange_guid)
    if source.guid == home.guid and box.guid == target_mailbox:
        text = _texts.SOURCE_IS_TARGET.format(guid=box.guid, database=source.name)
        raise Refusal("RecipientTaskException", text, "InvalidArgument")
    bad = _limit(call, "BadItemLimit")
    large = _limit(call, "LargeItemLimit")
    return RestoreRequest(
        guid=str(uuid.uuid4()),
        name=_name(call, owner),
        target=owner.guid,
        target_mailbox=target_mailbox,
        target_is_archive=archive,
        target_database=home.guid,
        source_database=source.guid,
        source_database_name=source.name,
        source_mailbox=box.guid,
        queue=home.name,
        created=call.organisation.clock.now(),
        batch_name=call.text("BatchName") or "",
        options=MergeOptions(
            conflict=call.bound.get("ConflictResolutionOption") or "KeepSourceItem",
            associated=call.bound.get("AssociatedMessagesCopyOption") or "Copy",
            exclude_dumpster=call.flag("ExcludeDumpster"),
            include_folders=tuple(call.bound.get("IncludeFolders") or ()),
            exclude_folders=tuple(call.bound.get("ExcludeFolders") or ()),
            source_root=call.text("SourceRootFolder") or "",
            target_root=call.text("TargetRootFolder") or "",
        ),
        bad_item_limit=bad,
        large_item_limit=large,
        priority=call.bound.get("Priority") or "Normal",
        age_limit=_age(call.bound.get("CompletedRequestAgeLimit", 30)),
        suspended=call.flag("Suspend"),
        suspend_comment=call.text("SuspendComment") or "",
    )


def _source_mailbox(call: Call, source: DatabaseObject, owner: MailboxObject) -> StoredMailbox:
    """The mailbox in the source, which has to be the target's own unless AllowLegacyDNMismatch."""
    where = mounted(call.organisation, source)
    wanted = str(call.text("SourceStoreMailbox"))
    low = wanted.lower().strip("{}")
    found = [
        b
        for b in where.statistics()
        if low in (b.guid, b.row.legacy_dn.lower(), b.row.display_name.lower())
    ]
    if len(found) > 1:
        raise Refusal(
            "ManagementObjectAmbiguousException",
            _texts.AMBIGUOUS.format(identity=wanted),
            "InvalidData",
        )
    if not found:
        raise NotFound(_texts.SOURCE_MAILBOX_NOT_FOUND.format(guid=wanted, database=source.name))
    box = found[0]
    if not source.recovery and not (
        box.row.disconnect_reason and call.switch("disconnected_mailbox_as_source")
    ):
        # From an ordinary database only a disconnected mailbox can be restored: a live one has an owner.
        raise NotFound(_texts.SOURCE_MAILBOX_NOT_FOUND.format(guid=wanted, database=source.name))
    if not call.flag("AllowLegacyDNMismatch") and box.row.legacy_dn.lower() not in _legacy_names(
        owner
    ):
        text = _texts.LEGACY_DN_MISMATCH.format(
            source=box.row.legacy_dn, target=canonical_name(owner)
        )
        raise Refusal("RecipientTaskException", text, "InvalidArgument")
    return box


def _legacy_names(owner: MailboxObject) -> set[str]:
    x500 = {a[5:].lower() for a in owner.email_addresses if a.lower().startswith("x500:")}
    return {owner.legacy_exchange_dn.lower(), *x500}


def _name(call: Call, owner: MailboxObject) -> str:
    given = call.text("Name")
    if given:
        _check_name(call, owner.guid, given, canonical_name(owner))
        return given
    taken = {r.name.lower() for r in call.organisation.mrs.of_target(owner.guid)}
    free = next((name for name in _DEFAULT_NAMES if name.lower() not in taken), None)
    if free is None:
        text = _texts.NO_DEFAULT_NAME.format(target=canonical_name(owner))
        raise Refusal("NameMustBeUniquePermanentException", text, "InvalidArgument")
    return free


def _check_name(call: Call, target: str, name: str, shown: str) -> None:
    if any(r.name.lower() == name.lower() for r in call.organisation.mrs.of_target(target)):
        text = _texts.REQUEST_NAME_TAKEN.format(name=name, target=shown)
        raise Refusal("NameMustBeUniquePermanentException", text, "InvalidArgument")


def _limit(call: Call, name: str) -> int | None:
    value = call.bound.get(name, 0)
    limit = None if value is UNLIMITED else int(value or 0)
    if (limit is None or limit >= _LARGE_LOSS) and not call.flag("AcceptLargeDataLoss"):
        raise Refusal("RecipientTaskException", _texts.LARGE_DATA_LOSS, "InvalidArgument")
    return limit


def _age(value: Any) -> timedelta | None:
    """Days (or a time span) a completed request stays; None for ever."""
    if value is UNLIMITED:
        return None
    return value if isinstance(value, timedelta) else timedelta(days=int(value))


# --- Get ----------------------------------------------------------------------------------------------------------
@exchange_cmdlet
def get_mailbox_restore_request(call: Call) -> list[PSObj]:
    """Get-MailboxRestoreRequest."""
    call.pause()
    with call.organisation.lock:
        view = call.view()
        shown = [_shown(call, view, r) for r in _selected(call, view)]
    return call.limited(shown)


def _selected(call: Call, view: View) -> list[RestoreRequest]:
    identity = call.text("Identity")
    if call.parameter_set == "Identity" and identity is not None:
        found = find_requests(call, view, identity)
        if not found:
            raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=identity))
        return found
    found = list(call.organisation.mrs.requests.values())
    for parameter, attribute in (("BatchName", "batch_name"), ("Name", "name")):
        wanted = call.text(parameter)
        if wanted:
            found = [r for r in found if getattr(r, attribute).lower() == wanted.lower()]
    status = call.text("Status")
    if status:
        found = [r for r in found if r.status == status]
    if call.text("SourceDatabase"):
        source = database(view, str(call.text("SourceDatabase"))).guid
        found = [r for r in found if r.source_database == source]
    if call.text("RequestQueue"):
        queue = database(view, str(call.text("RequestQueue"))).name
        found = [r for r in found if r.queue == queue]
    if call.text("TargetMailbox"):
        owner = mailbox(view, str(call.text("TargetMailbox"))).guid
        found = [r for r in found if r.target == owner]
    if call.has("Suspend"):
        found = [r for r in found if r.suspended == call.flag("Suspend")]
    if call.has("HighPriority"):
        high = call.flag("HighPriority")
        found = [
            r for r in found if (r.priority in ("High", "Higher", "Highest", "Emergency")) == high
        ]
    return found


def _shown(call: Call, view: View, request: RestoreRequest) -> PSObj:
    identity = request_identity(view, request)
    properties: dict[str, Any] = {
        "TargetMailbox": target_name(view, request),
        "TargetDatabase": request.queue,
        "Name": request.name,
        "RequestGuid": guid(request.guid),
        "RequestQueue": request.queue,
        "Flags": "IntraOrg, Pull",
        "RemoteHostName": "",
        "BatchName": request.batch_name,
        "Status": shown_status(call, request),
        "Protect": False,
        "Suspend": request.suspended,
        "Direction": "Pull",
        "RequestStyle": "IntraOrg",
        "SourceDatabase": request.source_database_name,
        "OrganizationId": "",
        "WhenChanged": request.updated or request.created,
        "WhenCreated": request.created,
        "WhenChangedUTC": request.updated or request.created,
        "WhenCreatedUTC": request.created,
        "Identity": identity,
        "IsValid": True,
        "ObjectState": "Unchanged",
    }
    return PSObj(TYPES, properties, to_string=identity)


# --- Set, Suspend, Resume, Remove ---------------------------------------------------------------------------------
@exchange_cmdlet
def set_mailbox_restore_request(call: Call) -> None:
    """Set-MailboxRestoreRequest: raise the limits of a failed request, then resume it."""
    with call.organisation.lock:
        view = call.view()
        request = the_request(call, view)
        identity = request_identity(view, request)
    changes: dict[str, Any] = {}
    if call.has("BadItemLimit"):
        changes["bad_item_limit"] = _limit(call, "BadItemLimit")
    if call.has("LargeItemLimit"):
        changes["large_item_limit"] = _limit(call, "LargeItemLimit")
    if call.has("BatchName"):
        changes["batch_name"] = call.text("BatchName") or ""
    if call.has("Priority"):
        changes["priority"] = call.bound["Priority"]
    if call.has("CompletedRequestAgeLimit"):
        changes["age_limit"] = _age(call.bound["CompletedRequestAgeLimit"])
    if not call.confirm(identity, "Setting mailbox restore request"):
        return
    call.pause()
    with call.organisation.lock:
        if request.status in FINISHED:
            raise _wrong_state(request, identity, "changed")
        if call.parameter_set == "Rehome":
            home = call.view().get(DATABASE, request.target_database)
            changes["queue"] = home.name if home else request.queue
        changes = {
            name: value for name, value in changes.items() if getattr(request, name) != value
        }
        for name, value in changes.items():
            setattr(request, name, value)
    if not changes:
        call.warn(_texts.NOTHING_MODIFIED.format(identity=identity))


@exchange_cmdlet
def suspend_mailbox_restore_request(call: Call) -> None:
    """Suspend-MailboxRestoreRequest."""
    request, identity = _chosen(call, "Suspending mailbox restore request")
    if request is None:
        return
    with call.organisation.lock:
        if request.status in FINISHED:
            raise _wrong_state(request, identity, "suspended")
        if request.status != "Suspended":
            call.organisation.mrs.suspend(request, call.text("SuspendComment") or "")


@exchange_cmdlet
def resume_mailbox_restore_request(call: Call) -> None:
    """Resume-MailboxRestoreRequest, of a suspended or a failed one."""
    request, identity = _chosen(call, "Resuming mailbox restore request")
    if request is None:
        return
    with call.organisation.lock:
        if request.status not in _CAN_RESUME:
            raise _wrong_state(request, identity, "resumed")
        call.organisation.mrs.resume(request)


@exchange_cmdlet
def remove_mailbox_restore_request(call: Call) -> None:
    """Remove-MailboxRestoreRequest; what was copied stays."""
    if call.parameter_set == "MigrationRequestQueue":
        wanted = str(call.bound["RequestGuid"])
        with call.organisation.lock:
            request = call.organisation.mrs.requests.get(wanted)
            queue = database(call.view(), str(call.text("RequestQueue"))).name
        if request is None or request.queue != queue:
            raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=wanted))
        if not call.confirm(wanted, "Removing mailbox restore request"):
            return
        call.pause()
    else:
        request, _identity = _chosen(call, "Removing mailbox restore request")
    if request is not None:
        with call.organisation.lock:
            call.organisation.mrs.remove(request)


def _chosen(call: Call, action: str) -> tuple[RestoreRequest | None, str]:
    """The request to act on, None when the user didn't confirm."""
    with call.organisation.lock:
        view = call.view()
        request = the_request(call, view)
        identity = request_identity(view, request)
    if not call.confirm(identity, action):
        return None, identity
    call.pause()
    return request, identity


def _wrong_state(request: RestoreRequest, identity: str, action: str) -> Refusal:
    text = _texts.REQUEST_STATE.format(identity=identity, action=action, status=request.status)
    return Refusal("CannotModifyCompletedRequestPermanentException", text, "InvalidArgument")
