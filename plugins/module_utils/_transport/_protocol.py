# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What every transport offers: commands, programs, WMI, and the plain data they give.

The operations know this file only; pypsrp, pywinrm, the session process and the tests' scripted
transport are behind it. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    ProgramError,
    RemoteCommandError,
)

Value = t.Union[str, bool, int, "list[str]", None]

# A null or empty value of these means "every object" to Exchange (exchange.md 7.4, fact 9), or
# changes which object is meant. They are refused wherever a command is built.
_NEVER_EMPTY = frozenset(
    (
        "identity",
        "database",
        "server",
        "mailbox",
        "queue",
        "name",
        "batchname",
        "sourcedatabase",
        "sourcestoremailbox",
        "targetdatabase",
        "targetmailbox",
        "requestguid",
        "requestqueue",
        "domaincontroller",
        "filter",
    )
)

_NOT_FOUND = frozenset(("ManagementObjectNotFoundException",))
_AMBIGUOUS = frozenset(("ManagementObjectAmbiguousException",))


@dataclass(frozen=True)
class Command:
    """One command of a pipeline: a name and named parameters, never text of a script.

    A switch is True (or False). Raises InputError for an empty value that would select every
    object, and for text that is not valid Unicode.
    """

    name: str
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for parameter, value in self.parameters.items():
            if parameter.lower() in _NEVER_EMPTY and (
                value is None
                or (isinstance(value, str) and not value.strip())
                or (isinstance(value, list) and not [v for v in value if v and v.strip()])
            ):
                raise InputError(
                    f"{self.name} was about to be called with an empty {parameter}, which Exchange"
                    " takes for every object. Nothing was sent.",
                    command=self.name,
                )
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    _check_text(text, f"{self.name} -{parameter}")

    def as_dict(self) -> dict[str, t.Any]:
        """JSON for the session process; Command(**data) is the way back."""
        return {"name": self.name, "parameters": dict(self.parameters)}


def _check_text(text: str, where: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as e:
        raise InputError(
            f"{where}: {text!a} is not valid Unicode text.", remedy="Write it as UTF-8."
        ) from e


@dataclass(frozen=True)
class CommandError:
    """An ErrorRecord as data. exception: short name from FailureCategory, or "" (exchange.md 7.4)."""

    message: str
    category: str = ""
    error_id: str = ""
    exception: str = ""
    target: str = ""


@dataclass(frozen=True)
class CommandResult:
    """What one pipeline gave.

    output: objects as plain dicts; GUIDs as lower-case str, date and time as ISO 8601 str, enums
    as their names, lists as lists. errors: terminating and non-terminating ones, in order.
    command: the names in the pipeline. server: where it ran.
    """

    output: list[dict[str, t.Any]] = field(default_factory=list)
    errors: list[CommandError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    command: str = ""
    server: str = ""

    def raise_for_errors(
        self,
        operation: str | None = None,
        object: str | None = None,  # noqa: A002 - as in ExchangeError
        remedy: str | None = None,
    ) -> CommandResult:
        """Raise the first error as NotFoundError, ConflictError or RemoteCommandError; else self."""
        if not self.errors:
            return self
        first = self.errors[0]
        keys: dict[str, t.Any] = {
            "operation": operation,
            "object": object,
            "remedy": remedy,
            "server": self.server or None,
            "command": self.command or None,
        }
        if first.exception in _NOT_FOUND:
            raise NotFoundError(first.message, **keys)
        if first.exception in _AMBIGUOUS:
            raise ConflictError(first.message, **keys)
        raise RemoteCommandError(
            first.message,
            category=first.category,
            exception=first.exception,
            error_id=first.error_id,
            **keys,
        )

    def single(
        self,
        operation: str | None = None,
        object: str | None = None,  # noqa: A002 - as in ExchangeError
    ) -> dict[str, t.Any]:
        """The one object of the output. Raises as raise_for_errors(), NotFoundError for none,
        ConflictError for several."""
        self.raise_for_errors(operation, object)
        if len(self.output) == 1:
            return self.output[0]
        kind: type[ExchangeError] = ConflictError if self.output else NotFoundError
        raise kind(
            f"{self.command or 'The command'} gave {len(self.output)} objects where one is due.",
            operation=operation,
            object=object,
            server=self.server or None,
            command=self.command or None,
        )

    def as_dict(self) -> dict[str, t.Any]:
        """JSON for the session process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, t.Any]) -> CommandResult:
        """What as_dict() described."""
        return cls(**{**data, "errors": [CommandError(**error) for error in data["errors"]]})


@dataclass(frozen=True)
class ProgramResult:
    """A program that has ended. exit_code: signed 32 bit. seconds: of the controller's clock."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    program: str = ""
    server: str = ""

    def raise_for_exit(
        self,
        operation: str | None = None,
        object: str | None = None,  # noqa: A002 - as in ExchangeError
        good: t.Container[int] = (0,),
        remedy: str | None = None,
    ) -> ProgramResult:
        """Raise ProgramError unless the exit code is one of `good`; else self."""
        if self.exit_code in good:
            return self
        output = (self.stdout + self.stderr).strip()[-2000:]
        last = output.splitlines()[-1].strip() if output else "it printed nothing"
        raise ProgramError(
            f"{self.program or 'The program'} ended with exit code {self.exit_code}: {last}",
            program=self.program,
            exit_code=self.exit_code,
            output=output,
            operation=operation,
            object=object,
            remedy=remedy,
            server=self.server or None,
        )


@dataclass(frozen=True)
class JobState:
    """A running or ended program. output: new text since the last poll, stdout and stderr as they
    came. exit_code: signed 32 bit, None until done."""

    done: bool
    output: str = ""
    exit_code: int | None = None


class ProgramJob(t.Protocol):
    """A program that runs on the server while we look on."""

    def poll(self, wait: float) -> JobState:
        """Wait up to `wait` seconds for output or the end."""

    def stop(self) -> None:
        """End the program, if it still runs, and forget it. Harmless when called twice."""


class Transport(t.Protocol):
    """A way to one Exchange server."""

    @property
    def server(self) -> str:
        """The server's name; its FQDN once that is known."""

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        """Run one pipeline. Command errors are data; raises the TransportError family only.

        timeout: seconds after which the pipeline is stopped and TransportError raised."""

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """Run a program to its end, bare (no cmd shell). The arguments are quoted here."""

    def start(self, program: str, arguments: Sequence[str]) -> ProgramJob:
        """Start a program and return at once. Whoever starts it stops it in a `finally`."""

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """All instances of a WMI class of root/cimv2, with the properties as text."""

    def close(self) -> None:
        """End the sessions of this transport. Harmless when called twice."""
