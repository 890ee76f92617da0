# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shells, their commands and output, and the table of shells with its quotas and idle reaper. All times are wall seconds."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from . import faults
from .envelope import Request, parse_duration

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """Quotas and timers, with the product's defaults (exchange.md 7.5, 13.1).

    shells_per_user: cmdlet sessions. remote_shells_per_user: command shells. linger: how long an answer waits for
    a short command to end, so that it needs only one. max_receive: longest wait whatever the client asks for.
    remote_idle_as_asked: a command shell is idle for as long as its client asked; else for remote_idle_timeout.
    """

    shells_per_user: int = 18
    remote_shells_per_user: int = 30
    commands_per_shell: int = 1000
    idle_timeout: float = 900.0
    remote_idle_timeout: float = 7200.0
    remote_idle_as_asked: bool = True
    reap_every: float = 1.0
    max_receive: float = 180.0
    linger: float = 0.004


class ClientGone(Exception):
    """The client closed its connection while an answer was made."""


class Outbox:
    """Output waiting to be received. Chunks are never split: for PSRP each is one or more whole fragments."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._chunks: deque[tuple[str, bytes]] = deque()
        self._size = 0
        self.exit_code: int | None = None
        self.dead = False
        self.last_answer: tuple[str, bytes] | None = None

    @property
    def done(self) -> bool:
        """Finished, and everything was taken."""
        return self.exit_code is not None and not self._chunks

    def put(self, chunks: Iterable[bytes], stream: str = "stdout") -> None:
        """Add output."""
        with self._changed:
            for chunk in chunks:
                self._chunks.append((stream, chunk))
                self._size += len(chunk)
            self._changed.notify_all()

    def finish(self, exit_code: int) -> None:
        """No more output will come. The first exit code counts."""
        with self._changed:
            if self.exit_code is None:
                self.exit_code = exit_code
            self._changed.notify_all()

    def kill(self) -> None:
        """End every wait: the command or shell is gone."""
        with self._changed:
            self.dead = True
            self._changed.notify_all()

    def wait_for_room(self, limit: int, stopping: threading.Event) -> None:
        """Block a producer that is far ahead of its client."""
        if self._size < limit:
            return
        with self._changed:
            while self._size >= limit and not stopping.is_set() and not self.dead:
                self._changed.wait(0.5)

    def receive(
        self, limit: int, timeout: float, linger: float, alive: Callable[[], bool]
    ) -> list[tuple[str, bytes]]:
        """Wait for output and take up to `limit` bytes. Raises the TimedOut fault, or ClientGone (nothing is taken)."""
        with self._changed:
            deadline = time.monotonic() + timeout
            while not self._chunks and self.exit_code is None and not self.dead:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise faults.timed_out()
                self._changed.wait(min(left, 1.0))
                if not self._chunks and not alive():
                    raise ClientGone
            deadline = time.monotonic() + linger
            while self.exit_code is None and not self.dead and self._size < limit:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if not alive():
                raise ClientGone
            return self._take(limit)

    def _take(self, limit: int) -> list[tuple[str, bytes]]:
        taken: list[tuple[str, bytes]] = []
        room = limit
        while self._chunks and (not taken or len(self._chunks[0][1]) <= room):
            chunk = self._chunks.popleft()
            taken.append(chunk)
            room -= len(chunk[1])
            self._size -= len(chunk[1])
        self._changed.notify_all()
        return taken


class ShellCommand:
    """Something running in a shell."""

    def __init__(self, command_id: str) -> None:
        self.id, self.outbox = command_id, Outbox()
        self.stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end; its output ends with how it ended."""
        self.stopping.set()

    def close(self) -> None:
        """Nobody wants its output any more."""
        self.stop()
        self.outbox.kill()


CommandType = TypeVar("CommandType", bound=ShellCommand)


class Shell(Generic[CommandType]):
    """A shell: what is common to cmdlet sessions and command shells."""

    input_streams = "stdin"
    output_streams = "stdout stderr"

    def __init__(self, shell_id: str, owner: str, request: Request, idle_timeout: float) -> None:
        self.id, self.owner, self.resource_uri = shell_id, owner, request.resource_uri
        self.outbox = Outbox()
        self.commands: dict[str, CommandType] = {}
        self.lock = threading.RLock()
        self.created = self.last_used = time.monotonic()
        self.in_flight = 0
        self.peer = ""
        self.max_commands = 1000
        wanted = request.find("rsp:Shell/rsp:IdleTimeOut")
        self.idle_timeout = parse_duration(
            wanted.text if wanted is not None else None, idle_timeout
        )

    @staticmethod
    def quota_fault(limit: int) -> faults.WsmanFault:
        """What the user hears who has this many already."""
        return faults.too_many_shells(limit)

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """While an operation is under way the shell isn't idle, however long it waits."""
        with self.lock:
            self.in_flight += 1
        try:
            yield
        finally:
            with self.lock:
                self.in_flight -= 1
                self.last_used = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether an operation is under way, or a command has not ended."""
        with self.lock:
            return bool(self.in_flight or self.commands)

    def find_command(self, command_id: str | None) -> CommandType:
        """A command by its id. Raises WsmanFault."""
        command = self.commands.get((command_id or "").upper())
        if command is None:
            raise faults.command_not_found()
        return command

    def add_command(self, command: CommandType) -> None:
        """Take a new command in, if the quota allows."""
        with self.lock:
            if len(self.commands) >= self.max_commands:
                raise faults.too_many_commands()
            self.commands[command.id] = command

    def start_command(self, request: Request) -> str:
        """The Command operation; gives the command's id."""
        raise faults.action_not_supported(request.action)

    def send(self, request: Request) -> None:
        """The Send operation."""
        raise faults.action_not_supported(request.action)

    def signal(self, command_id: str | None, code: str) -> None:
        """The Signal operation: terminate drops the command, everything else (ctrl_c, crtl_c) asks it to stop.

        Clients spell the codes in several ways; only the last part counts.
        """
        terminate = code.rsplit("/", 1)[-1].lower() == "terminate"
        with self.lock:
            command = self.commands.get((command_id or "").upper())
            if terminate and command is not None:
                del self.commands[command.id]
        if command is None:
            if terminate:
                return  # it has ended already, which is what was wanted
            raise faults.command_not_found()
        if terminate:
            command.close()
        else:
            command.stop()

    def close(self) -> None:
        """Stop everything in it."""
        with self.lock:
            commands = list(self.commands.values())
            self.commands.clear()
        for command in commands:
            command.close()
        self.outbox.kill()


def new_id(given: str | None) -> str:
    """The id a client chose for its shell or command, or a fresh one, in the usual upper case. Raises WsmanFault."""
    try:
        return str(uuid.UUID(given) if given else uuid.uuid4()).upper()
    except ValueError:
        raise faults.bad_request(f"{given!r} is not a GUID") from None


class ShellTable:
    """All shells of a service: quota per user and kind, ownership, idle reaper."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}
        self._opening: dict[tuple[type[Shell], str], int] = {}
        self._stopped = threading.Event()
        self.opened = self.reaped = 0
        self._reaper = threading.Thread(target=self._reap, daemon=True, name="shell-reaper")
        self._reaper.start()

    def add(self, kind: type[Shell], owner: str, limit: int, make: Callable[[], Shell]) -> Shell:
        """Make and keep a shell, within the user's quota. Raises WsmanFault."""
        key = (kind, owner)
        with self._lock:
            open_now = sum(
                1 for s in self._shells.values() if s.owner == owner and isinstance(s, kind)
            )
            if open_now + self._opening.get(key, 0) >= limit:
                raise kind.quota_fault(limit)
            self._opening[key] = self._opening.get(key, 0) + 1
        try:
            shell = make()
            with self._lock:
                if shell.id in self._shells:
                    raise faults.bad_request(f"The shell {shell.id} exists already")
                self._shells[shell.id] = shell
                self.opened += 1
            return shell
        finally:
            with self._lock:
                self._opening[key] -= 1

    def get(self, shell_id: str | None, owner: str) -> Shell:
        """A shell of this user. Raises WsmanFault."""
        with self._lock:
            shell = self._shells.get((shell_id or "").upper())
        if shell is None:
            raise faults.shell_not_found()
        if shell.owner != owner:
            raise faults.access_denied()
        return shell

    def open_shells(self) -> list[Shell]:
        """All shells that are open."""
        with self._lock:
            return list(self._shells.values())

    def remove(self, shell: Shell) -> None:
        """Close a shell and forget it."""
        with self._lock:
            self._shells.pop(shell.id, None)
        shell.close()

    def close(self) -> None:
        """Close all shells and end the reaper."""
        self._stopped.set()
        for shell in self.open_shells():
            self.remove(shell)
        self._reaper.join()

    def _reap(self) -> None:
        while not self._stopped.wait(self._limits.reap_every):
            now = time.monotonic()
            for shell in self.open_shells():
                if not shell.in_flight and now - shell.last_used > shell.idle_timeout:
                    log.info("closing shell %s of %s: idle", shell.id, shell.owner)
                    self.reaped += 1
                    self.remove(shell)
