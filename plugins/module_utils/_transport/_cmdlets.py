# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The channel for cmdlets: one runspace on the Exchange endpoint, by pypsrp.

exchange.md 7: NoLanguage, so commands and parameters only, never script text.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import functools
import re
import threading
import time
import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandError,
    CommandResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._values import (
    plain_object,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._wire import Wire

# Seconds that one request waits for output; also how fast a stop takes effect.
_POLL = 3

_FAILURE = re.compile(r"\[FailureCategory=(\w+)-(\w+)\]")

# [MS-PSRP] 2.2.3.9: the numbers of ErrorCategory.
_CATEGORIES = (
    # fmt: off
    "NotSpecified",
    "OpenError",
    "CloseError",
    "DeviceError",
    "DeadlockDetected",
    "InvalidArgument",
    "InvalidData",
    "InvalidOperation",
    "InvalidResult",
    "InvalidType",
    "MetadataError",
    "NotImplemented",
    "NotInstalled",
    "ObjectNotFound",
    "OperationStopped",
    "OperationTimeout",
    "SyntaxError",
    "ParserError",
    "PermissionDenied",
    "ResourceBusy",
    "ResourceExists",
    "ResourceUnavailable",
    "ReadError",
    "WriteError",
    "FromStdErr",
    "SecurityError",
    "ProtocolError",
    "ConnectionError",
    "AuthenticationError",
    "LimitsExceeded",
    "QuotaExceeded",
    "NotEnabled",
    # fmt: on
)


class CmdletSession:
    """One remote session. Not thread-safe; after SessionLostError it is good for nothing more.

    again: there was one with these options before.
    """

    def __init__(self, options: ConnectionOptions, *, again: bool = False) -> None:
        self._options = options
        self._wire = Wire(options, taken_before=again)
        self._pool: t.Any = None
        self.used = time.monotonic()

    def open(self) -> CmdletSession:
        """Open the runspace: 2 to 12 s on a real server. Raises TransportError."""
        from pypsrp.powershell import RunspacePool

        class Pool(RunspacePool):
            def _process_host_call(self, message: t.Any, *_rest: t.Any) -> t.NoReturn:
                # pypsrp would ignore the question, and the server wait for an answer forever.
                raise _Question(message.data)

        with self._wire.failures("open a session", opening=True):
            pool = Pool(self._wire.wsman, configuration_name="Microsoft.Exchange")
            try:
                pool.open()
            except BaseException:
                # The shell may exist already, and would count against the quota.
                if pool.shell.opened:
                    self._discard(pool)
                raise
            self._pool = pool
        self.used = time.monotonic()
        return self

    def alive(self) -> bool:
        """Ask the server, with a command that changes nothing, whether the session still works."""
        try:
            self.invoke([Command("Get-Command", {"Name": "Get-ExchangeServer"})], timeout=30.0)
        except ExchangeError:
            return False
        return True

    def invoke(
        self,
        commands: Sequence[Command],
        timeout: float,
        stopping: threading.Event | None = None,
    ) -> CommandResult:
        """One pipeline. Raises SessionLostError, or TransportError after `timeout` or `stopping`:
        in these cases the session is closed."""
        from pypsrp.complex_objects import PSInvocationState
        from pypsrp.powershell import PowerShell

        name = " | ".join(command.name for command in commands)
        if self._pool is None:
            raise SessionLostError(f"The session with {self._options.name} is closed.")
        start = time.monotonic()
        try:
            with self._wire.failures(f"run {name}", opening=False):
                self._wire.begin()
                shell = PowerShell(self._pool)
                for command in commands:
                    shell.add_command(pipeline_command(command.name, self._pool.protocol_version))
                    for parameter, value in command.parameters.items():
                        shell.add_parameter(parameter, value)
                shell.begin_invoke()
                question: _Question | None = None
                try:
                    while shell.state == PSInvocationState.RUNNING:
                        self._check(name, start, timeout, stopping)
                        shell.poll_invoke(timeout=_POLL)
                except _Question as e:
                    question = e
                    shell.state = PSInvocationState.STOPPED
                # Also after an end in order: an unclosed pipeline counts against a quota.
                shell.close()
        except BaseException:
            self.close()
            raise
        self.used = time.monotonic()
        errors = [command_error(record) for record in shell.streams.error]
        if question is not None:
            errors.append(CommandError(str(question), "InvalidOperation", exception="Prompted"))
        return CommandResult(
            output=[plain_object(item) for item in shell.output],
            errors=errors,
            warnings=[str(record.message or "") for record in shell.streams.warning],
            seconds=round(self.used - start, 3),
            command=name,
            server=self._options.name,
        )

    def close(self) -> None:
        """End the session on the server, so that it holds no place of the quota. Never raises."""
        pool, self._pool = self._pool, None
        if pool is not None:
            self._discard(pool)
        self._wire.close()

    # -- inside

    def _check(
        self, name: str, start: float, timeout: float, stopping: threading.Event | None
    ) -> None:
        if stopping is not None and stopping.is_set():
            raise TransportError(f"{name} was stopped.", server=self._options.name, code="Stopped")
        if time.monotonic() - start > timeout:
            raise TransportError(
                f"{name} gave no result within {timeout:.0f} s, and was stopped. Whether it was"
                " carried out is unknown.",
                server=self._options.name,
                command=name,
                code="CommandTimeout",
                remedy="Run the same command again: it looks first, and goes on from there.",
            )

    def _discard(self, pool: t.Any) -> None:
        if self._wire.refused:
            return  # each further try would count against the account's lockout
        # By a connection of its own: the old one's security context may be what failed.
        self._wire.renew()
        with contextlib.suppress(ExchangeError), self._wire.failures("close", opening=False):
            self._wire.wsman.operation_timeout = min(5, self._options.operation_timeout)
            self._wire.wsman.transport.read_timeout = 10
            pool.shell.close()


class _Question(Exception):
    """The command asked for confirmation or input, which nobody can give here."""

    def __init__(self, call: t.Any) -> None:
        parts = [str(part) for part in getattr(call, "mp", None) or () if isinstance(part, str)]
        text = " ".join(" ".join(parts).split())
        super().__init__(f"Exchange asked for an answer that nobody can give here: {text}")


def pipeline_command(name: str, protocol_version: str | None) -> t.Any:
    """What PowerShell.add_cmdlet adds, without the deep copies that pypsrp makes of it for each
    pipeline: they serve values that are XML elements, which ours never are, and cost a tenth of a
    call's CPU time."""
    return _command_type()(name, protocol_version=protocol_version or "", is_script=False)


@functools.cache
def _command_type() -> type:
    from pypsrp.complex_objects import Command as PipelineCommand

    class Uncopied(PipelineCommand):
        def __deepcopy__(self, _memo: t.Any) -> t.Any:
            return self

    return Uncopied


def command_error(record: t.Any) -> CommandError:
    """An ErrorRecord of pypsrp as data."""
    error_id = str(getattr(record, "fq_error", None) or "")
    match = _FAILURE.search(error_id)
    exception = getattr(record, "exception", None)
    message = (
        getattr(record, "details_message", None)
        or (getattr(exception, "adapted_properties", None) or {}).get("Message")
        or str(getattr(record, "_to_string", None) or record)
    )
    category = getattr(record, "category", None)
    number = getattr(category, "value", category)
    name = str(number or "")
    if isinstance(number, int) and 0 <= number < len(_CATEGORIES):
        name = _CATEGORIES[number]
    return CommandError(
        message=str(message).strip(),
        category=name,
        error_id=error_id,
        exception=match[2] if match else str(getattr(record, "reason", None) or ""),
        target=str(getattr(record, "target_name", None) or ""),
    )
