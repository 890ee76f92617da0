# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The WinRS shells of a transport: opened when a program needs one, kept for the next.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    ProgramShell,
    RunningProgram,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import JobState

# After so many idle seconds a shell is replaced before it is used: the server may have closed it.
_DOUBTFUL = 60.0


class ShellPool:
    """Any number of shells on one server, each for one program at a time. Thread-safe.

    on_wait: told, in words, when a new shell is needed.
    """

    def __init__(self, options: ConnectionOptions, on_wait: t.Callable[[str], None]) -> None:
        self._options, self._on_wait = options, on_wait
        self._lock = threading.Lock()
        self._idle: list[ProgramShell] = []
        self._closed = False

    @contextlib.contextmanager
    def started(self, program: str, line: str) -> t.Iterator[RunningProgram]:
        """A program at work; line: its arguments as one string, quoted. Raises TransportError."""
        shell, running = self._start(program, line)
        try:
            yield running
        except BaseException:
            shell.close()
            raise
        self._give_back(shell)

    def _start(self, program: str, line: str) -> tuple[ProgramShell, RunningProgram]:
        """A program and its shell; in a new one if the server has closed that one meanwhile."""
        while True:
            shell = self._take()
            fresh = not shell.is_open
            try:
                return shell, shell.start(program, line)
            except SessionLostError as e:
                shell.close()
                if fresh or e.code != "NotCarriedOut":
                    raise
                self._on_wait(
                    f"waiting for a new shell on {self._options.name}: the last one was lost"
                )
            except BaseException:
                shell.close()
                raise

    def start(self, program: str, line: str) -> DirectJob:
        """The same for a program that outlives the call."""
        shell, running = self._start(program, line)
        return DirectJob(shell, running, self._give_back)

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate(): it only reads, so that it is sent again in a new shell."""
        try:
            with self._shell() as shell:
                return shell.enumerate(wmi_class, properties)
        except SessionLostError:
            with self._shell() as shell:
                return shell.enumerate(wmi_class, properties)

    def close(self) -> None:
        """End the idle shells; others end when their programs do."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for shell in idle:
            shell.close()

    @contextlib.contextmanager
    def _shell(self) -> t.Iterator[ProgramShell]:
        shell = self._take()
        try:
            yield shell
        except BaseException:
            shell.close()
            raise
        self._give_back(shell)

    def _take(self) -> ProgramShell:
        while True:
            with self._lock:
                shell = self._idle.pop() if self._idle else None
            if shell is None:
                return ProgramShell(self._options)
            if time.monotonic() - shell.used < _DOUBTFUL:
                return shell
            shell.close()

    def _give_back(self, shell: ProgramShell) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(shell)
                return
        shell.close()


class DirectJob:
    """A ProgramJob in a shell of its own, which goes back when the program is done."""

    def __init__(
        self,
        shell: ProgramShell,
        running: RunningProgram,
        give_back: t.Callable[[ProgramShell], None],
    ) -> None:
        self._shell: ProgramShell | None = shell
        self._running, self._give_back = running, give_back

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        shell = self._shell
        if shell is None:
            return JobState(True, "", self._running.exit_code)
        try:
            out, err = self._running.poll(wait)
        except BaseException:
            self._shell = None
            shell.close()
            raise
        if self._running.done:
            self._shell = None
            self._give_back(shell)
        return JobState(self._running.done, out + err, self._running.exit_code)

    def stop(self) -> None:
        """As ProgramJob.stop(). Deletes the shell, which ends the program for sure."""
        shell, self._shell = self._shell, None
        if shell is not None:
            with contextlib.suppress(TransportError):
                self._running.stop()
            shell.close()
