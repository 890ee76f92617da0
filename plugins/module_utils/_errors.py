# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What can go wrong, as one small family of exceptions.

The library layers raise these; only the action base and the module base turn them into a failed
result. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

# There is one way to go on after any stop.
_GOES_ON = "Then run the same command again."


class ExchangeError(Exception):
    """The root of the family.

    message: one sentence saying what is wrong.
    object: what it happened to, as the reader calls it ("database DB01").
    operation: what was being done ("mount").
    remedy: one sentence saying what to do now.
    code: a stable word for playbooks to branch on; the class name without "Error" unless given.
    """

    def __init__(
        self,
        message: str,
        *,
        object: str | None = None,  # noqa: A002 - the result's key has this name, too
        operation: str | None = None,
        remedy: str | None = None,
        code: str | None = None,
        server: str | None = None,
        command: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.object = object
        self.operation = operation
        self.remedy = remedy
        self.code = code or type(self).__name__.removesuffix("Error")
        self.server = server
        self.command = command

    def __str__(self) -> str:
        prefix = " ".join(
            part
            for part in (self.operation, self.object)
            if part and part.lower() not in self.message.lower()
        )
        text = f"{prefix}: {self.message}" if prefix else self.message
        if self.remedy:
            text = f"{text.rstrip()}{'' if text.rstrip().endswith(('.', '!', '?')) else '.'} {self.remedy}"
            if self._goes_on and not re.search(r"same command|run again", text):
                text = f"{text} {_GOES_ON}"
        return text

    def as_result(self) -> dict[str, t.Any]:
        """The keys of a failed result: msg, and error with code, object, operation, remedy,
        server, command and what the subclass adds."""
        details = {k: v for k, v in self._details().items() if k != "unreachable"}
        return {"msg": str(self), "error": {"code": self.code, **details}}

    def _details(self) -> dict[str, t.Any]:
        return {
            "object": self.object,
            "operation": self.operation,
            "remedy": self.remedy,
            "server": self.server,
            "command": self.command,
            **{name: getattr(self, name) for name in self._extra},
        }

    # Whether the same command goes on where this ended it, once its cause is gone.
    _goes_on: t.ClassVar[bool] = True
    # Names of further attributes; each is also a keyword of the subclass's constructor.
    _extra: t.ClassVar[tuple[str, ...]] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """JSON for the session process's socket; error_from_dict() is the way back."""
        return {
            "class": type(self).__name__,
            "message": self.message,
            "code": self.code,
            **self._details(),
        }


class TransportError(ExchangeError):
    """The connection or the protocol failed, not the command."""

    def __init__(self, message: str, *, unreachable: bool = False, **keys: t.Any) -> None:
        super().__init__(message, **keys)
        # True when no session could be opened at all: the action base then reports the host as
        # unreachable. A session that is lost later is a failure, which rescue can handle.
        self.unreachable = unreachable

    _extra = ("unreachable",)


class AuthenticationError(TransportError):
    """The server refused the credentials, or the method of authentication."""


class SessionLostError(TransportError):
    """An open session ended. The next call opens a new one; a changing command is never repeated."""


class RemoteCommandError(ExchangeError):
    """Exchange refused a command (exchange.md 7.4).

    command: the cmdlet's name. category: the ErrorRecord's category. exception: the short name of
    the FailureCategory ("ManagementObjectNotFoundException"). error_id: the whole
    FullyQualifiedErrorId. server: where it ran.
    """

    def __init__(
        self,
        message: str,
        *,
        category: str = "",
        exception: str = "",
        error_id: str = "",
        **keys: t.Any,
    ) -> None:
        super().__init__(message, **keys)
        self.category = category
        self.exception = exception
        self.error_id = error_id

    _extra = ("category", "exception", "error_id")


class NotFoundError(ExchangeError):
    """The object does not exist where it was looked for."""


class ConflictError(ExchangeError):
    """The object exists, but is not the one expected, or there are several."""


class PreconditionError(ExchangeError):
    """The organisation or the files are not in the state the operation needs; nothing was changed."""


class InputError(PreconditionError):
    """An option's value can not be right, whatever the organisation looks like."""

    _goes_on = False


class ProgramError(ExchangeError):
    """A program on the server failed.

    program: its name. exit_code: signed 32 bit. output: what it printed (the end of it).
    """

    def __init__(
        self,
        message: str,
        *,
        program: str = "",
        exit_code: int | None = None,
        output: str = "",
        **keys: t.Any,
    ) -> None:
        super().__init__(message, **keys)
        self.program = program
        self.exit_code = exit_code
        self.output = output

    _extra = ("program", "exit_code", "output")


class WaitTimeout(ExchangeError):
    """What was waited for did not happen in time. last_state: what was seen last, in words."""

    def __init__(self, message: str, *, last_state: str | None = None, **keys: t.Any) -> None:
        super().__init__(message, **keys)
        self.last_state = last_state

    _extra = ("last_state",)


_CLASSES: dict[str, type[ExchangeError]] = {
    cls.__name__: cls
    for cls in (
        ExchangeError,
        TransportError,
        AuthenticationError,
        SessionLostError,
        RemoteCommandError,
        NotFoundError,
        ConflictError,
        PreconditionError,
        InputError,
        ProgramError,
        WaitTimeout,
    )
}


def error_from_dict(data: t.Mapping[str, t.Any]) -> ExchangeError:
    """The exception that as_dict() described; an unknown class becomes an ExchangeError."""
    cls = _CLASSES.get(str(data.get("class")), ExchangeError)
    known = ("object", "operation", "remedy", "code", "server", "command", *cls._extra)
    return cls(str(data.get("message", "")), **{key: data[key] for key in known if key in data})
