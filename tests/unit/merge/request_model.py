# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model of the restore request cmdlets, for tests of what watches them.

Requests move by looks: each Get-MailboxRestoreRequest shows the next state of each request's script.
"""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
)


@dataclass
class ModelRequest:
    """script: states to go through. A dict is the state Failed with these statistics."""

    name: str
    script: list[str | dict[str, t.Any]]
    batch: str = "B"
    items: int = 5
    estimate: int = 5
    skipped: int = 0
    limit: str = "0"
    resumed: int = 0
    failures: int = 0

    @property
    def now(self) -> str | dict[str, t.Any]:
        return self.script[0]

    @property
    def status(self) -> str:
        return "Failed" if isinstance(self.now, dict) else self.now

    def advance(self) -> None:
        if len(self.script) > 1 and self.status not in ("Failed", "Suspended", "Completed"):
            self.script.pop(0)
            self.failures += self.status == "Failed"


@dataclass
class RequestModel:
    """A transport that knows the restore request cmdlets only."""

    requests: list[ModelRequest] = field(default_factory=list)
    server: str = "mbx1.contoso.lab"
    sent: list[Command] = field(default_factory=list)
    lose_sessions: int = 0
    stopped: list[str] = field(default_factory=list)  # services

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        self.sent.append(commands[0])
        answer = getattr(self, "_" + commands[0].name.replace("-", "_").lower())
        return t.cast(CommandResult, answer(commands[0].parameters))

    def _test_servicehealth(self, _parameters: t.Mapping[str, t.Any]) -> CommandResult:
        row = {"Role": "Mailbox Server Role", "RequiredServicesRunning": not self.stopped}
        return CommandResult([{**row, "ServicesRunning": [], "ServicesNotRunning": self.stopped}])

    def names(self) -> list[str]:
        return [command.name for command in self.sent]

    def _get_mailboxrestorerequest(self, parameters: t.Mapping[str, t.Any]) -> CommandResult:
        from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
            SessionLostError,
        )

        if self.lose_sessions:
            self.lose_sessions -= 1
            raise SessionLostError("the session ended")
        for request in self.requests:
            request.advance()
        return CommandResult(
            [
                {
                    "Identity": f"contoso.lab/Users/x\\{request.name}",
                    "Name": request.name,
                    "BatchName": request.batch,
                    "Status": request.status,
                }
                for request in self.requests
                if request.batch == parameters["BatchName"]
            ]
        )

    def _get_mailboxrestorerequeststatistics(
        self, parameters: t.Mapping[str, t.Any]
    ) -> CommandResult:
        request = self._find(parameters)
        failure = request.now if isinstance(request.now, dict) else {}
        items = {"BadItems": [{"Kind": "CorruptItem", "FolderName": "Inbox"}] * request.skipped}
        return CommandResult(
            [
                {
                    "Status": request.status,
                    "StatusDetail": "StalledDueToTarget_Processor",
                    "PercentComplete": 40,
                    "ItemsTransferred": request.items,
                    "EstimatedTransferItemCount": request.estimate,
                    "BytesTransferred": "10 KB (10,240 bytes)",
                    "BadItemLimit": request.limit,
                    "BadItemsEncountered": request.skipped,
                    "FailureTimestamp": str(request.failures) if failure else None,
                    "Report": items,
                    **failure,
                }
            ]
        )

    def _set_mailboxrestorerequest(self, parameters: t.Mapping[str, t.Any]) -> CommandResult:
        self._find(parameters).limit = parameters["BadItemLimit"]
        return CommandResult()

    def _resume_mailboxrestorerequest(self, parameters: t.Mapping[str, t.Any]) -> CommandResult:
        request = self._find(parameters)
        if request.status not in ("Failed", "Suspended"):
            return CommandResult(errors=[CommandError("it is not suspended")])
        request.resumed += 1
        request.script.pop(0)
        return CommandResult()

    def _remove_mailboxrestorerequest(self, parameters: t.Mapping[str, t.Any]) -> CommandResult:
        self.requests.remove(self._find(parameters))
        return CommandResult()

    def _new_mailboxrestorerequest(self, parameters: t.Mapping[str, t.Any]) -> CommandResult:
        self.requests.append(
            ModelRequest(
                parameters["Name"], ["Queued", "InProgress", "Completed"], parameters["BatchName"]
            )
        )
        return CommandResult()

    def _find(self, parameters: t.Mapping[str, t.Any]) -> ModelRequest:
        name = parameters["Identity"].rpartition("\\")[2]
        return next(request for request in self.requests if request.name == name)

    # The rest of the protocol is not used.
    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> t.Any:
        raise AssertionError(f"{program} {arguments}")

    def start(self, program: str, arguments: Sequence[str]) -> t.Any:
        raise AssertionError(f"{program} {arguments}")

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> t.Any:
        raise AssertionError(wmi_class)

    def close(self) -> None:
        pass
