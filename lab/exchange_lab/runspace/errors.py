# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a pipeline: the content of an ErrorRecord, and the two ways a pipeline ends early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SYSTEM = ("System.SystemException", "System.Exception", "System.Object")
_RUNTIME = ("System.Management.Automation.RuntimeException", *_SYSTEM)


@dataclass
class Error:
    """What becomes an ErrorRecord.

    exception: full .NET class name of the exception; bases: its base classes.
    category: a name of System.Management.Automation.ErrorCategory.
    error_id: the whole FullyQualifiedErrorId.
    activity: the cmdlet; filled in by the engine when empty. reason: the exception's short name when empty.
    """

    message: str
    exception: str = "System.Exception"
    category: str = "NotSpecified"
    error_id: str = ""
    target: Any = None
    activity: str = ""
    reason: str = ""
    target_name: str = ""
    target_type: str = ""
    bases: tuple[str, ...] = ("System.Exception", "System.Object")

    @property
    def short_exception(self) -> str:
        """The exception's class name without its namespace."""
        return self.reason or self.exception.rsplit(".", 1)[-1]


class TerminatingError(Exception):
    """Ends the whole pipeline, which the client sees as state Failed."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.message)
        self.error = error


class PipelineStopped(BaseException):
    """The client stopped the pipeline, or its shell is gone. Not an Exception, so that no cmdlet swallows it."""


def automation_error(
    message: str,
    exception: str,
    category: str,
    error_id: str,
    *,
    target: Any = None,
    activity: str = "",
) -> Error:
    """An error of the PowerShell engine itself; `exception` is a short name in System.Management.Automation."""
    return Error(
        message,
        f"System.Management.Automation.{exception}",
        category,
        error_id,
        target=target,
        activity=activity,
        bases=_RUNTIME,
    )


def not_recognized(name: str, id_suffix: str = "") -> Error:
    """A command that doesn't exist, or that RBAC hides: the two look the same."""
    return automation_error(
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again.",
        "CommandNotFoundException",
        "ObjectNotFound",
        f"CommandNotFoundException{id_suffix}",
        target=name,
    )
