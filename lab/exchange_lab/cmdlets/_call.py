# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of a cmdlet: its parameters, the domain controller it uses, the organisation, and its answers.

Domain controller of a call: `-DomainController`, else the session's preferred server (Set-ADServerSettings), else
the server's default. Only a search of the whole forest without one of these goes to a global catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._errors import Refusal, Unreachable, error_record
from exchange_lab.directory import ObjectNotFound, View
from exchange_lab.runspace import Invocation, PSObj

Function = Callable[["Call"], Iterable[PSObj] | None]


# Parameters that would change the answer, and that the lab doesn't simulate: refused, never ignored.
_NOT_SIMULATED = {
    "Add-ResubmitRequest": {"CorrelationId", "MessageId", "Recipient", "ResubmitTo", "Sender", "TestOnly",
                            "UnresponsivePrimaryServers"},
    "Get-CASMailbox": {"ActiveSyncDebugLogging", "ActiveSyncSuppressReadReceipt", "ProtocolSettings",
                       "ReadIsOptimizedForAccessibility", "RecalculateHasActiveSyncDevicePartnership"},
    "Get-Mailbox": {"SupervisoryReviewPolicy"},
    "Get-MailboxDatabaseCopyStatus": {"Active", "ConnectionStatus", "ExtendedErrorInfo", "UseServerCache"},
    "Get-MailboxRestoreRequestStatistics": {"Diagnostic", "DiagnosticArgument"},
    "Get-MailboxStatistics": {"CopyOnServer", "IncludeMoveHistory", "IncludeMoveReport", "IncludePassive"},
    "Get-MoveRequest": {"HighPriority", "IncludeSoftDeletedObjects", "Offline", "SortBy"},
    "Get-Queue": {"BookmarkIndex", "BookmarkObject", "Exclude", "Include", "IncludeBookmark", "ReturnPageInfo",
                  "SearchForward", "SortOrder"},
    "Get-ThrottlingPolicy": {"Diagnostics", "Explicit"},
    "Get-ThrottlingPolicyAssociation": {"SortBy"},
    "Mount-Database": {"NewCapacity"},
    "Move-ActiveMailboxDatabase": {"ActivatePreferredOnServer", "MoveAllDatabasesOrNone", "TerminateOnWarning"},
    "New-MailboxDatabase": {"AutoDagExcludeFromMonitoring"},
    "New-MailboxRestoreRequest": {"InternalFlags", "RequestExpiryInterval", "SkipMerging", "TargetType",
                                  "WorkloadType"},
    "Set-MailboxRestoreRequest": {"InternalFlags", "RequestExpiryInterval"},
    "Get-MailboxRepairRequest": {"Detailed"},
    "Test-MRSHealth": {"MonitoringContext", "MRSProxyCredentials", "MRSProxyServer"},
    "Test-MAPIConnectivity": {"CopyOnServer", "IncludePassive", "MonitoringContext"},
}  # fmt: skip


class Call:
    """What a cmdlet's function works with. `bound` holds the bound parameters by their full names."""

    def __init__(self, inv: Invocation, bound: dict[str, Any]) -> None:
        self.inv, self.bound = inv, bound
        self.organisation = inv.organisation
        self.cmdlet: str = inv.spec.name
        self.parameter_set: str = inv.parameter_set

    # -- parameters
    def has(self, name: str) -> bool:
        """Whether the caller gave this parameter."""
        return name in self.bound

    def flag(self, name: str) -> bool:
        """A switch or Boolean parameter; False when it was not given."""
        return bool(self.bound.get(name, False))

    def text(self, name: str) -> str | None:
        """An identity or other text parameter: None when missing, null or empty. An object gives its own id."""
        return identity_text(self.bound.get(name))

    # -- place
    @property
    def server(self) -> str:
        """Name of the server whose endpoint the session is connected to."""
        server = self.inv.session.server
        return str(getattr(server, "name", server))

    @property
    def settings(self) -> dict[str, Any]:
        """What Set-ADServerSettings keeps for the session: preferred_server, global_catalog, view_entire_forest."""
        return self.inv.session.settings

    def domain_controller(self, forest_search: bool = False) -> str:
        """FQDN of the domain controller this call reads and writes."""
        directory = self.organisation.directory
        chosen = self.text("DomainController") or self.settings.get("preferred_server")
        if not chosen and forest_search and self.settings.get("view_entire_forest"):
            chosen = self.settings.get("global_catalog") or directory.default_gc(self.server)
        chosen = chosen or directory.default_dc(self.server)
        try:
            controller = directory.controller(chosen)
        except ObjectNotFound:
            controller = None
        if controller is None or not controller.available:
            raise Refusal(
                "ADOperationException", _texts.DOMAIN_CONTROLLER_NOT_FOUND.format(dc=chosen)
            )
        return str(controller.name)

    def view(self, forest_search: bool = False) -> View:
        """What that domain controller knows."""
        return self.organisation.directory.read(self.domain_controller(forest_search))

    def switch(self, name: str) -> Any:
        """The lab's answer to an unconfirmed fact (`exchange_lab.switches`)."""
        return self.organisation.switches[name]

    # -- answers
    def pause(self, operation: str | None = None, amount: float = 1.0) -> None:
        """Let the time pass that the operation takes. Never call it with the organisation's lock held."""
        latency = self.organisation.latency.seconds(operation or self.cmdlet, amount)
        self.inv.sleep(latency)

    def warn(self, text: str) -> None:
        """A warning."""
        self.inv.write_warning(self.worded(text))

    def worded(self, text: str) -> str:
        """The text in the words of this lab (15.1)."""
        return _texts.worded(text, self.switch("unconfirmed_texts") == "reworded")

    def ask(self, question: str) -> bool:
        """A question that only -Force answers beforehand."""
        return self.inv.should_continue(self.worded(question))

    def refuse(self, refusal: Refusal, target: object = None) -> None:
        """A non-terminating error; the caller goes on with the next object."""
        now = self.organisation.clock.now()
        refusal.message = self.worded(refusal.message)
        record = error_record(
            refusal,
            self.cmdlet,
            self.server,
            now,
            target if target is not None else self.text("Identity"),
        )
        self.inv.write_error(record)

    def confirm(self, target: str, action: str) -> bool:
        """Whether to go on: not under WhatIf, and not when the user was asked and refused."""
        return self.inv.should_process(target, action)

    def limited(self, objects: list[Any]) -> list[Any]:
        """The objects that ResultSize lets through (1000 unless told), with the warning when there are more."""
        asked = self.bound.get("ResultSize")
        if asked is not None and str(asked).lower() == "unlimited":
            return objects
        size = 1000 if asked is None else int(str(asked))
        if len(objects) > size:
            text = _texts.MORE_THAN_DEFAULT if asked is None else _texts.MORE_THAN_ASKED
            self.warn(text.format(size=size))
        return objects[:size]


def identity_text(value: Any) -> str | None:
    """The text that identifies what a parameter names, also when a whole object came through the pipeline."""
    if value is None:
        return None
    if isinstance(value, PSObj):
        for name in ("Guid", "RequestGuid", "DistinguishedName", "Identity", "Name"):
            found = value.get(name)
            if found:
                return str(found)
    return str(value).strip() or None


def exchange_cmdlet(function: Function) -> Callable[[Invocation, dict[str, Any]], Iterator[PSObj]]:
    """Make a cmdlet body of a function: its Refusal becomes a non-terminating error of this object."""

    def body(inv: Invocation, bound: dict[str, Any]) -> Iterator[PSObj]:
        call = Call(inv, bound)
        try:
            call.organisation.faults.at(
                "cmdlet", server=call.server, name=call.cmdlet, arguments=bound,
                account=inv.session.account,
            )  # fmt: skip
            for name in sorted(_NOT_SIMULATED.get(call.cmdlet, set()) & bound.keys()):
                what = f"{call.cmdlet} -{name}"
                text = _texts.NOT_SIMULATED.format(what=what)
                raise Refusal("NotSupportedException", text, "NotImplemented")
            yield from function(call) or ()
        except Unreachable as refusal:
            call.pause("server that does not answer")
            call.refuse(refusal)
        except Refusal as refusal:
            call.refuse(refusal)

    body.__name__, body.__doc__ = function.__name__, function.__doc__
    return body
