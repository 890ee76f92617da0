# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Mailbox restore requests: one copies one mailbox of a recovery database (exchange.md 8 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import NotFoundError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import identifiers, sizes
from ansible_collections.dialtone.exchange.plugins.module_utils._model.lines import split_lines
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    CommandResult,
    Value,
)

PRIORITIES = ("Lowest", "Lower", "Low", "Normal", "High", "Higher", "Highest", "Emergency")

_PROPERTIES = (
    "Identity",
    "Name",
    "RequestGuid",
    "BatchName",
    "Status",
    "SourceDatabase",
    "TargetMailbox",
)
_STATISTICS = (
    "Status",
    "StatusDetail",
    "PercentComplete",
    "EstimatedTransferItemCount",
    "ItemsTransferred",
    "BytesTransferred",
    "BadItemLimit",
    "BadItemsEncountered",
    "LargeItemsEncountered",
    "FailureType",
    "FailureTimestamp",
    "Message",
    "SourceExchangeGuid",
)
# Parameters that help but are not needed; the reference lists them for some builds only.
_OPTIONAL = ("Priority", "LargeItemLimit")


@dataclass(frozen=True)
class RestoreRequest:
    """A request as the list shows it. identity: "<target>\\<name>", what the other calls take.

    source_database: name, as Exchange prints it. status: as Exchange prints it.
    """

    identity: str
    name: str
    guid: str | None
    batch: str | None
    status: str
    source_database: str | None
    target_mailbox: str | None

    @property
    def completed(self) -> bool:
        """Finished, maybe with skipped items; builds differ in singular and plural."""
        return self.status == "Completed" or self.status.startswith("CompletedWithWarning")

    @property
    def failed(self) -> bool:
        """Stopped for good, unless somebody resumes it."""
        return self.status == "Failed"

    @property
    def suspended(self) -> bool:
        """Waits for somebody to resume it."""
        return self.status in ("Suspended", "AutoSuspended")

    @property
    def waiting(self) -> bool:
        """Has no slot yet; normal, since Exchange works on some ten at a time (pitfalls.md P36)."""
        return self.status == "Queued"


@dataclass(frozen=True)
class RequestStatistics:
    """What one request did. Slow to read, so only when a request's state has changed.

    estimated_items: what the source held at the start. bytes: copied. bad_item_limit: None is
    unlimited. source_mailbox: its GUID in the source. failure_type: short name of the exception. skipped: what the report says of each
    item that was not copied; only with `report`.
    """

    status: str
    detail: str
    percent: int
    estimated_items: int
    items: int
    bytes: int
    bad_item_limit: int | None
    bad_items: int
    large_items: int
    failure_type: str
    failed_at: str
    message: str
    source_mailbox: str | None = None
    skipped: tuple[dict[str, t.Any], ...] = ()

    @property
    def skipped_count(self) -> int:
        """How many items were left out, by the counters or else by the report."""
        return self.bad_items + self.large_items or len(self.skipped)

    def copied_everything(self, due: int | None) -> bool:
        """Whether every item is accounted for: copied, or counted as skipped.

        due: what the source's statistics say is to be copied. The estimate of the request may count
        hidden items that are not copied on purpose; None when only the estimate is known.
        """
        wanted = self.estimated_items if due is None else min(due, self.estimated_items)
        return self.items + self.bad_items + self.large_items >= wanted

    @property
    def over_item_limit(self) -> bool:
        """Whether it failed for more bad or large items than allowed."""
        return (
            re.search(r"TooMany(Bad|Large|Missing|Corrupt)|(Bad|Large)Item", self.failure_type)
            is not None
        )


@dataclass(frozen=True)
class Wanted:
    """A request that is to be created; all GUIDs, never names (pitfalls.md P1, P2).

    source_database: the recovery database's GUID. mailbox_guid: in the recovery database.
    target_guid: the directory object that owns the target mailbox.
    """

    name: str
    batch: str
    source_database: str
    mailbox_guid: str
    target_guid: str
    archive: bool
    conflict_resolution: str
    associated_messages: str
    priority: str = "Normal"


def batch_name(failed_database_guid: str, run_id: str) -> str:
    """One batch for each failed database of a run: two recoveries never see each other's requests."""
    return f"DT-{failed_database_guid[:8]}-{run_id}"


def request_name(run_id: str, mailbox_guid: str, archive: bool) -> str:
    """The name of the request for one mailbox. The whole GUID, since the name is the way back."""
    return f"DT-{run_id}-{mailbox_guid.replace('-', '').lower()}{'-A' if archive else ''}"


def in_batch(context: OperationContext, batch: str) -> list[RestoreRequest]:
    """All requests of a batch, however many."""
    return [r for r in _list(context, {"BatchName": batch}) if r.batch == batch]


def touching(context: OperationContext, database: str) -> list[RestoreRequest]:
    """All requests, of anybody, whose record lies on the database of this name or GUID; that is
    usually the database they write into (exchange.md 8.4)."""
    return _list(context, {"RequestQueue": database})


def create(context: OperationContext, wanted: Wanted) -> CommandResult:
    """Create one request; errors stay in the result, one mailbox's trouble is not the others'.

    Optional parameters that this Exchange doesn't know are left out and the call is repeated.
    """
    parameters: dict[str, Value] = {
        "SourceDatabase": wanted.source_database,
        "SourceStoreMailbox": wanted.mailbox_guid,
        "TargetMailbox": wanted.target_guid,
        "Name": wanted.name,
        "BatchName": wanted.batch,
        # One bad item fails the request, which then is resumed with the allowed number: so no item
        # is ever skipped without being looked at (pitfalls.md P16).
        "BadItemLimit": "0",
        "ConflictResolutionOption": wanted.conflict_resolution,
        "AssociatedMessagesCopyOption": wanted.associated_messages,
    }
    if wanted.archive:
        parameters["TargetIsArchive"] = True
    if wanted.priority != "Normal":
        parameters["Priority"] = wanted.priority
    return _without_unknown(context, "New-MailboxRestoreRequest", parameters)


def statistics(
    context: OperationContext, request: RestoreRequest, *, report: bool = False
) -> RequestStatistics:
    """What this request did. report: also each skipped item. Raises the translated error."""
    parameters: dict[str, Value] = {
        "Identity": request.identity,
        "DomainController": context.domain_controller,
    }
    if report:
        parameters["IncludeReport"] = True
    found = _calls.read(
        context,
        "Get-MailboxRestoreRequestStatistics",
        parameters,
        [*_STATISTICS, "Report"] if report else _STATISTICS,
        about=f"restore request {request.name}",
    )
    if not found:
        raise NotFoundError(
            "Exchange has no statistics of it.",
            object=f"restore request {request.name}",
            operation="read",
            remedy="Run the same command again.",
        )
    with _calls.reading(
        context, "Get-MailboxRestoreRequestStatistics", f"restore request {request.name}"
    ):
        return _statistics(found[0])


def allow_bad_items(context: OperationContext, request: RestoreRequest, limit: int) -> None:
    """Let the request skip up to `limit` unreadable items, and as many that are too large."""
    result = _without_unknown(
        context,
        "Set-MailboxRestoreRequest",
        {"Identity": request.identity, "BadItemLimit": str(limit), "LargeItemLimit": str(limit)},
    )
    about = f"restore request {request.name}"
    _calls.raise_first(
        context, result, "Set-MailboxRestoreRequest", about=about, operation="change"
    )


def resume(context: OperationContext, request: RestoreRequest) -> None:
    """Go on with a failed or suspended request; what was copied before is not copied again."""
    _calls.change(
        context,
        "Resume-MailboxRestoreRequest",
        {"Identity": request.identity},
        about=f"restore request {request.name}",
        operation="resume",
    )


def remove(context: OperationContext, request: RestoreRequest) -> None:
    """Remove the record of a request; the copied items stay."""
    _calls.change(
        context,
        "Remove-MailboxRestoreRequest",
        {"Identity": request.identity},
        about=f"restore request {request.name}",
        operation="remove",
    )


def skipped_items(report: t.Any) -> tuple[dict[str, t.Any], ...]:
    """Every item that a request's report lists as not copied: {kind, folder, subject, reason}.

    The report comes as an object with lists (BadItems, LargeItems), as a list of lines, or as one
    text, depending on the build and on how deep the server serialised it.
    """
    if isinstance(report, t.Mapping):
        found: list[dict[str, t.Any]] = []
        for key, kind in (("BadItems", "Corrupt"), ("LargeItems", "Large")):
            for item in report.get(key) or []:
                found.append(
                    _item_of_object(item, kind)
                    if isinstance(item, t.Mapping)
                    else _item_of_line(str(item), kind)
                )
        return tuple(found) or skipped_items(report.get("Entries"))
    if isinstance(report, (list, tuple)):
        lines = [
            str(line.get("Message", line)) if isinstance(line, t.Mapping) else str(line)
            for line in report
        ]
    else:
        lines = split_lines(str(report or ""))
    return tuple(
        _item_of_line(line.strip(), "Large" if "large item" in line.lower() else "Corrupt")
        for line in lines
        if _SKIPPED_LINE.search(line)
    )


_SKIPPED_LINE = re.compile(
    r"\b(bad|corrupt(ed)?|large|missing) item\b.*\b(was|is|has been)? ?(encountered|skipped|found)\b"
    r"|\bitem\b.*\b(was|will be|has been) skipped\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r'"(?P<subject>.*)" in folder "(?P<folder>[^"]*)"')
_FOLDER = re.compile(r'folder:? ?"(?P<folder>[^"]*)"', re.IGNORECASE)
_SUBJECT = re.compile(r'subject:? ?"(?P<subject>[^"]*)"', re.IGNORECASE)


def _item_of_object(item: t.Mapping[str, t.Any], kind: str) -> dict[str, t.Any]:
    failure = item.get("Failure") or item.get("Message") or ""
    return {
        "kind": str(item.get("Kind") or kind),
        "folder": str(item.get("FolderName") or item.get("Folder") or ""),
        "subject": str(item.get("Subject") or ""),
        "reason": str(failure.get("Message", "") if isinstance(failure, t.Mapping) else failure),
    }


def _item_of_line(line: str, kind: str) -> dict[str, t.Any]:
    both = _ITEM.search(line)
    folder, subject = both or _FOLDER.search(line), both or _SUBJECT.search(line)
    return {
        "kind": kind,
        "folder": folder["folder"] if folder else "",
        "subject": subject["subject"] if subject else "",
        "reason": line,
    }


def _list(context: OperationContext, selection: t.Mapping[str, Value]) -> list[RestoreRequest]:
    found = _calls.read(
        context,
        "Get-MailboxRestoreRequest",
        {
            **selection,
            "ResultSize": "Unlimited",
            "DomainController": context.domain_controller,
        },
        _PROPERTIES,
        about="restore requests",
    )
    with _calls.reading(context, "Get-MailboxRestoreRequest", "restore requests"):
        return [
            RestoreRequest(
                identity=str(item["Identity"]),
                name=str(item["Name"]),
                guid=identifiers.parse_guid(_calls.text(item.get("RequestGuid"))),
                batch=_calls.text(item.get("BatchName")),
                status=str(item["Status"]),
                source_database=_calls.text(item.get("SourceDatabase")),
                target_mailbox=_calls.text(item.get("TargetMailbox")),
            )
            for item in found
        ]


def _without_unknown(
    context: OperationContext, command: str, parameters: dict[str, Value]
) -> CommandResult:
    """Send a change; when an optional parameter is refused as unknown, send it without."""
    while True:
        result = _calls.try_change(context, command, parameters)
        refused = [
            name
            for name in _OPTIONAL
            if name in parameters
            for error in result.errors
            if error.error_id.startswith(("NamedParameterNotFound", "AmbiguousParameterSet"))
        ]
        if not refused:
            return result
        # One at a time: the error of a wrong set doesn't say which parameter is the wrong one.
        named = [n for n in refused if any(f"'{n}'" in e.message for e in result.errors)]
        parameters = {k: v for k, v in parameters.items() if k != (named or refused)[0]}


def _statistics(item: t.Mapping[str, t.Any]) -> RequestStatistics:
    # Builds differ in the case of names: FailureTimestamp, FailureTimeStamp.
    have = {name.lower(): value for name, value in item.items()}
    limit = _calls.text(have.get("baditemlimit"))
    return RequestStatistics(
        status=str(have.get("status") or ""),
        detail=str(have.get("statusdetail") or ""),
        percent=_calls.number(have.get("percentcomplete")),
        estimated_items=_calls.number(have.get("estimatedtransferitemcount")),
        items=_calls.number(have.get("itemstransferred")),
        bytes=sizes.parse_size(_calls.text(have.get("bytestransferred"))) or 0,
        bad_item_limit=None if limit is None or limit == "Unlimited" else _calls.number(limit),
        bad_items=_calls.number(have.get("baditemsencountered")),
        large_items=_calls.number(have.get("largeitemsencountered")),
        failure_type=str(have.get("failuretype") or ""),
        failed_at=str(have.get("failuretimestamp") or ""),
        message=str(have.get("message") or ""),
        source_mailbox=identifiers.parse_guid(_calls.text(have.get("sourceexchangeguid"))),
        skipped=skipped_items(have.get("report")),
    )
