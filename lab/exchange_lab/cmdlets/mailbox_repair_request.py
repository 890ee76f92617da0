# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New- and Get-MailboxRepairRequest (exchange.md 8.6)."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import canonical_name, database, mailbox, mounted
from exchange_lab.cmdlets._objects import CONFIGURABLE, guid, multi_valued
from exchange_lab.directory import DATABASE, DatabaseObject, View
from exchange_lab.runspace import PSObj
from exchange_lab.store.repair import Busy, RepairJob

_TYPES = ("Microsoft.Exchange.Management.StoreTasks.StoreIntegrityCheckJob", *CONFIGURABLE)


@exchange_cmdlet
def new_mailbox_repair_request(call: Call) -> list[PSObj]:
    """New-MailboxRepairRequest."""
    with call.organisation.lock:
        item, box = _place(call, call.view())
    shown = box or item.name
    if not call.confirm(shown, "Repairing"):
        return []
    call.pause()
    with call.organisation.lock:
        where = mounted(call.organisation, item)
        if box and where.mailbox(box) is None:
            raise NotFound(_texts.SOURCE_MAILBOX_NOT_FOUND.format(guid=box, database=item.name))
        tasks = tuple(call.bound["CorruptionType"])
        try:
            job = call.organisation.repairs.begin(where, box, tasks, call.flag("DetectOnly"))
        except Busy:
            text = _texts.REPAIRS_RUNNING.format(server=where.server)
            raise Refusal("InvalidOperationException", text, "ResourceBusy") from None
        return [_shown(job, item.name)]


@exchange_cmdlet
def get_mailbox_repair_request(call: Call) -> list[PSObj]:
    """Get-MailboxRepairRequest."""
    call.pause()
    with call.organisation.lock:
        view, jobs = call.view(), call.organisation.repairs.jobs
        if call.parameter_set == "Identity":
            wanted = str(call.text("Identity")).lower().rpartition("\\")[2]
            found = [job for job in jobs if wanted in (job.guid, job.request)]
            if not found:
                raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=wanted))
        else:
            item, box = _place(call, view)
            mounted(call.organisation, item)
            found = [j for j in jobs if j.database == item.guid and (not box or j.mailbox == box)]
        names = {d.guid: d.name for d in view.all(DATABASE)}
        return [_shown(job, names.get(job.database, job.database)) for job in found]


def _place(call: Call, view: View) -> tuple[DatabaseObject, str]:
    """The database, and the mailbox's GUID in the store; empty for all of the database."""
    if call.parameter_set != "Mailbox":
        item = database(view, str(call.text("Database")))
        return item, (call.text("StoreMailbox") or "").lower().strip("{}")
    owner = mailbox(view, str(call.text("Mailbox")))
    archive = call.flag("Archive")
    home = view.get(DATABASE, (owner.archive_database if archive else owner.database) or "")
    if home is None:
        raise NotFound(_texts.NO_ARCHIVE.format(target=canonical_name(owner)))
    return home, str(owner.archive_guid if archive else owner.exchange_guid)


def _shown(job: RepairJob, database_name: str) -> PSObj:
    identity = f"{job.database}\\{job.request}\\{job.guid}"
    seconds = (job.finished - job.created).total_seconds() if job.finished else 0.0
    properties: dict[str, Any] = {
        "Mailbox": guid(job.mailbox),
        "Database": database_name,
        "Source": "OnDemand",
        "Priority": "Normal",
        "DetectOnly": job.detect_only,
        "JobState": job.state,
        "Progress": 0 if job.state == "Running" else 100,
        "Tasks": multi_valued(job.tasks),
        "CreationTime": job.created,
        "FinishTime": job.finished,
        "LastExecutionTime": job.finished,
        "CorruptionsDetected": job.detected,
        "ErrorCode": None,
        "CorruptionsFixed": job.fixed,
        "TimeInServer": f"{seconds:.0f}",
        "Corruptions": None,
        "Identity": identity,
        "IsValid": True,
        "ObjectState": "New",
    }
    return PSObj(_TYPES, properties, to_string=identity)
