# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of Exchange cmdlets, and how they look as ErrorRecords (exchange.md section 7.4)."""

from __future__ import annotations

import uuid
import zlib
from datetime import datetime

from exchange_lab.runspace import Error

_TASKS = "Microsoft.Exchange.Management"
_CONFIGURATION = f"{_TASKS}.SystemConfigurationTasks"
_RECIPIENT = f"{_TASKS}.RecipientTasks"
_MONITORING = "Microsoft.Exchange.Monitoring"

# Noun -> namespace of the cmdlet's class; what is missing lives with the configuration tasks.
_NAMESPACES = {
    "CASMailbox": _RECIPIENT,
    "Mailbox": _RECIPIENT,
    "MailboxStatistics": f"{_TASKS}.MapiTasks",
    "MailboxRepairRequest": f"{_TASKS}.StoreTasks",
    "MailboxRestoreRequest": _RECIPIENT,
    "MailboxRestoreRequestStatistics": _RECIPIENT,
    "MoveRequest": _RECIPIENT,
    "Queue": f"{_TASKS}.QueueViewerTasks",
    "MAPIConnectivity": _MONITORING,
    "MRSHealth": _MONITORING,
    "ServiceHealth": _MONITORING,
}
_CLASSES = {"Test-MAPIConnectivity": "TestMapiConnectivity", "Get-Queue": "GetQueueInfo"}

# The 8 hex digits stay the same for the same failure. Two were seen in public; the others are made up.
_SEEN_CODES = {
    ("ManagementObjectNotFoundException", "Get-Mailbox"): "E3DE7D95",
    ("ADOperationException", "New-MailboxDatabase"): "8022381D",
}
_EXCEPTION_NAMESPACES = {
    "ManagementObjectNotFoundException": "Microsoft.Exchange.Configuration.Tasks",
    "ManagementObjectAmbiguousException": "Microsoft.Exchange.Configuration.Tasks",
    "ADOperationException": "Microsoft.Exchange.Data.Directory",
    "InvalidOperationException": "System",
    "ArgumentException": "System",
}


class Refusal(Exception):
    """A cmdlet refuses one object. `exception` is the short name of the .NET exception."""

    def __init__(self, exception: str, message: str, category: str = "NotSpecified") -> None:
        super().__init__(message)
        self.exception, self.message, self.category = exception, message, category


class NotFound(Refusal):
    """An object that isn't there (or not there yet)."""

    def __init__(self, message: str) -> None:
        super().__init__("ManagementObjectNotFoundException", message)


class Unreachable(Refusal):
    """A server that does not answer; the cmdlet waits a while before it says so."""

    def __init__(self, message: str) -> None:
        super().__init__("RpcClientException", message, "ResourceUnavailable")


def class_name(cmdlet: str) -> str:
    """Get-Mailbox -> Microsoft.Exchange.Management.RecipientTasks.GetMailbox."""
    noun = cmdlet.partition("-")[2]
    short = _CLASSES.get(cmdlet, cmdlet.replace("-", ""))
    return f"{_NAMESPACES.get(noun, _CONFIGURATION)}.{short}"


def error_record(
    refusal: Refusal, cmdlet: str, server: str, now: datetime, target: object
) -> Error:
    """The ErrorRecord's content, with the id layout the Exchange endpoint gives it."""
    cls = class_name(cmdlet)
    exception = refusal.exception
    code = (
        _SEEN_CODES.get((exception, cmdlet)) or f"{zlib.crc32(f'{exception},{cls}'.encode()):08X}"
    )
    hour = now.hour % 12 or 12
    stamp = f"{now.month}/{now.day}/{now.year} {hour}:{now:%M:%S} {'AM' if now.hour < 12 else 'PM'}"
    error_id = (
        f"[Server={server},RequestId={uuid.uuid4()},TimeStamp={stamp}] "
        f"[FailureCategory=Cmdlet-{exception}] {code},{cls}"
    )
    namespace = _EXCEPTION_NAMESPACES.get(exception, _TASKS)
    return Error(
        refusal.message,
        f"{namespace}.{exception}",
        refusal.category,
        error_id,
        target=target,
        activity=cmdlet,
        bases=(
            "Microsoft.Exchange.Data.Common.LocalizedException",
            "System.Exception",
            "System.Object",
        ),
    )
