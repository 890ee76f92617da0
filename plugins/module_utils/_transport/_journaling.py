# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A transport that writes down what another one does.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Iterator, Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._journal import (
    Journal,
    without_secrets,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    JobState,
    ProgramJob,
    ProgramResult,
    Transport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
)


class JournalingTransport:
    """Passes every call to `inner`, and writes a line with its outcome and duration.

    host: the inventory's name of the task's host, for the line. warn: told once, when a line could not be
    written; the calls go on, since users may be waiting in the middle of them.
    Raises PreconditionError at once when nothing can be written.
    """

    def __init__(
        self, inner: Transport, journal: Journal, host: str, warn: t.Callable[[str], None]
    ) -> None:
        self._inner, self._journal, self._host, self._warn = inner, journal, host, warn
        self._complete = True
        self.server = inner.server
        try:
            journal.check()
        except OSError as error:
            raise PreconditionError(
                f"The journal {journal.path} can not be written: {error.strerror or error}.",
                object=journal.path,
                operation="write the journal",
                code="JournalNotWritten",
                remedy="Free space there and give your account the right to write, or let the variable"
                " ansible_exchange_journal name another file. Then run the same command again.",
            ) from error

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        """As Transport.invoke()."""
        with self._entry(
            command=" | ".join(c.name for c in commands),
            parameters=[without_secrets(c.parameters) for c in commands],
        ) as outcome:
            result = self._inner.invoke(*commands, timeout=timeout)
            outcome["result"] = "error" if result.errors else "ok"
            outcome["objects"] = len(result.output)
            if result.errors:
                outcome["errors"] = [error.message for error in result.errors]
            if result.warnings:
                outcome["warnings"] = result.warnings
        return result

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """As Transport.run()."""
        with self._entry(program=program, arguments=command_line(arguments)) as outcome:
            result = self._inner.run(program, arguments, timeout)
            outcome["result"] = "ok" if result.exit_code == 0 else "exit"
            outcome["exit_code"] = result.exit_code
        return result

    def start(self, program: str, arguments: Sequence[str]) -> ProgramJob:
        """As Transport.start(); the line is written when the program ends."""
        started = time.monotonic()
        job = self._inner.start(program, arguments)
        return _JournalingJob(
            job,
            lambda result, code: self._write(
                **self._who(),
                program=program,
                arguments=command_line(arguments),
                seconds=round(time.monotonic() - started, 3),
                result=result,
                exit_code=code,
            ),
        )

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        with self._entry(wmi=wmi_class) as outcome:
            rows = self._inner.enumerate(wmi_class, properties)
            outcome["result"] = "ok"
            outcome["objects"] = len(rows)
        return rows

    def close(self) -> None:
        """As Transport.close()."""
        self._inner.close()

    def _write(self, **entry: t.Any) -> None:
        try:
            self._journal.write(**entry)
        except OSError as error:
            if self._complete:
                self._warn(
                    f"The journal {self._journal.path} lacks what this task does from here on:"
                    f" {error.strerror or error}."
                )
            self._complete = False

    def _who(self) -> dict[str, t.Any]:
        return {"host": self._host, "server": self.server}

    @contextlib.contextmanager
    def _entry(self, **call: t.Any) -> Iterator[dict[str, t.Any]]:
        started = time.monotonic()
        outcome: dict[str, t.Any] = {}
        try:
            yield outcome
        except ExchangeError as e:
            outcome.update(result="failed", errors=[e.message])
            raise
        finally:
            self._write(
                **self._who(),
                **call,
                seconds=round(time.monotonic() - started, 3),
                **(outcome or {"result": "interrupted"}),
            )


class _JournalingJob:
    def __init__(self, job: ProgramJob, ended: t.Callable[[str, int | None], None]) -> None:
        self._job, self._ended, self._written = job, ended, False

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        try:
            state = self._job.poll(wait)
        except ExchangeError as e:
            self._write(f"failed: {e.message}", None)
            raise
        if state.done:
            self._write("ok" if state.exit_code == 0 else "exit", state.exit_code)
        return state

    def stop(self) -> None:
        """As ProgramJob.stop()."""
        self._job.stop()
        self._write("stopped", None)

    def _write(self, result: str, code: int | None) -> None:
        if not self._written:
            self._written = True
            self._ended(result, code)
