# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's side of the session process: a transport that calls it, and its end.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import glob
import os
import socket
import threading
import time
import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    TransportError,
    error_from_dict,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Command,
    CommandResult,
    JobState,
    ProgramResult,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    command_line,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._lease import (
    Fence,
    Lease,
    could_change,
    path_for,
    program_could_change,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_link import (
    ProcessOptions,
    SessionLink,
    connect,
    run_files,
)

# Seconds of waiting for a session after which the user is told.
_WORTH_SAYING = 5.0


class SessionTransport:
    """A Transport whose sessions live in the session process. Thread-safe: calls run side by side,
    as far as there are sessions (ansible_exchange_sessions).

    on_wait: called about once a second with what a call waits for, if it does for long. on_retry: told
    at once what is tried again.
    host: the host of the task, which a recovery is; its claim is checked before every change.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        process: ProcessOptions,
        on_wait: t.Callable[[str], None] = lambda _text: None,
        host: str = "",
        on_retry: t.Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.server = options.name
        self.domain_controller = options.domain_controller or ""
        self._options, self._process, self._on_wait = options.check(), process, on_wait
        self._on_retry = on_retry
        self._lock = threading.Lock()
        self._idle: list[SessionLink] = []
        self.pid = 0
        self._lease = path_for(run_files(process.base, process.owner), host)
        self._fence = Fence(self._lease, self._renew)

    def describe(self) -> tuple[str, str]:
        """(FQDN of the server, FQDN of the domain controller); opens a session if need be."""
        found = self._await("describe", {})
        self.server, self.domain_controller = found["server"], found["domain_controller"]
        return self.server, self.domain_controller

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        """As Transport.invoke()."""
        if any(could_change(command.name) for command in commands):
            self._fence.pass_or_raise()
        arguments = {"commands": [c.as_dict() for c in commands], "timeout": timeout}
        return CommandResult.from_dict(self._await("invoke", arguments))

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """As Transport.run()."""
        self._pass(program, arguments)
        line = command_line(arguments)
        return ProgramResult(
            **self._await("run", {"program": program, "line": line, "timeout": timeout})
        )

    def start(self, program: str, arguments: Sequence[str]) -> SessionJob:
        """As Transport.start()."""
        self._pass(program, arguments)
        link = self._take()
        call = {"program": program, "line": command_line(arguments)}
        answer = link.call("submit", kind="program", arguments=call, wait=0.0)
        return SessionJob(link, answer, self._give_back, self._fence.raise_if_lost)

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        return t.cast(
            "list[dict[str, str | None]]",
            self._await("enumerate", {"wmi_class": wmi_class, "properties": list(properties)}),
        )

    def keep_claim(self, folder: str, claim: str) -> bool:
        """Have the session process renew this claim until the run ends, and remove it then."""
        link = self._take()
        link.call(
            "hold",
            lease=self._lease,
            server=self._options.name,
            folder=folder,
            claim=claim,
            wait=60,
        )
        self._give_back(link)
        return True

    def close(self) -> None:
        """Leave the session process; the sessions stay for the next task."""
        with self._lock:
            links, self._idle = self._idle, []
        for link in links:
            link.close()

    # -- inside

    def _pass(self, program: str, arguments: Sequence[str]) -> None:
        if program_could_change(program, arguments):
            self._fence.pass_or_raise()

    def _renew(self, lease: Lease) -> None:
        """A renewal at once, by a session process that may be new; another server's has its own."""
        if lease.server == self._options.name:
            self.keep_claim(lease.folder, lease.name)

    def _await(self, kind: str, arguments: dict[str, t.Any]) -> t.Any:
        started = time.monotonic()
        link = self._take()
        done = False
        try:
            answer = link.call("submit", kind=kind, arguments=arguments, wait=1.0)
            while True:
                for text in answer.get("said", ()):
                    self._on_retry(text)
                if answer["done"]:
                    break
                if answer.get("waiting") and time.monotonic() - started > _WORTH_SAYING:
                    self._on_wait(f"waiting for {answer['waiting']}")
                self._fence.raise_if_lost()
                answer = link.call("poll", id=answer["id"], wait=1.0)
            done = True
        finally:
            if done:
                self._give_back(link)
            else:
                # Whatever interrupted this: what was begun is to end, too. And other links to a
                # process that is gone are as dead as this one.
                link.close()
                self.close()
        return _result(answer)

    def _take(self) -> SessionLink:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        link = connect(self._options, self._process)
        self.pid = link.pid
        return link

    def _give_back(self, link: SessionLink) -> None:
        if not link.closed:
            with self._lock:
                self._idle.append(link)


class SessionJob:
    """A ProgramJob that runs in the session process, on a link of its own."""

    def __init__(
        self,
        link: SessionLink,
        answer: dict[str, t.Any],
        give_back: t.Callable[[SessionLink], None],
        check: t.Callable[[], None] = lambda: None,
    ) -> None:
        self._link, self._answer, self._give_back = link, answer, give_back
        self._check = check
        self._early: str = answer["output"]

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        self._check()
        output, self._early = self._early, ""
        if not self._answer["done"]:
            # Short calls, however long the caller is ready to wait.
            self._answer = self._link.call("poll", id=self._answer["id"], wait=min(wait, 10.0))
            output += self._answer["output"]
            if self._answer["done"]:
                self._give_back(self._link)
        if not self._answer["done"]:
            return JobState(False, output)
        return JobState(True, output, _result(self._answer))

    def stop(self) -> None:
        """As ProgramJob.stop()."""
        if not self._answer["done"]:
            with contextlib.suppress(TransportError):
                self._link.call("stop", id=self._answer["id"], wait=5.0)
            self._link.close()
            self._answer = {"done": True, "output": "", "result": None}


def end_sessions(owner: int, base: str) -> None:
    """End all session processes of a run, and wait until they have closed their sessions."""
    try:
        prefix = glob.escape(run_files(base, owner))
    except (OSError, TransportError):
        return
    # No threads, which Python does not start any more at its end.
    clients = [_tell_end(path) for path in glob.glob(prefix + "-*") if not path.endswith(".lock")]
    deadline = time.monotonic() + 10.0
    for client in clients:
        if client is not None:
            _wait_end(client, deadline)
    for path in [
        *glob.glob(prefix + "-*.lock"),
        *glob.glob(prefix + ".*.lease"),
        *glob.glob(prefix + ".salt"),
    ]:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _tell_end(path: str) -> socket.socket | None:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(2.0)
        client.connect(path)
        client.sendall(b'{"call": "end"}\n')
    except OSError:
        client.close()
        return None
    return client


def _wait_end(client: socket.socket, deadline: float) -> None:
    """The process holds the connection until it ends, in order or not."""
    with client, contextlib.suppress(OSError):
        while (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            if not client.recv(4096):
                return


def _result(answer: dict[str, t.Any]) -> t.Any:
    if "error" in answer:
        raise error_from_dict(answer["error"])
    return answer.get("result")
