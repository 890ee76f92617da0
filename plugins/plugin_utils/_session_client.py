# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's side of the session process: find or start it, and call it.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import pathlib
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    SessionLostError,
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

# A unix socket's path may have 107 bytes on Linux, 103 elsewhere.
_LONGEST_PATH = 100

# Seconds that an answer may be late before the session process counts as hung.
_LATE = 30.0

# Seconds of waiting for a session after which the user is told.
_WORTH_SAYING = 5.0


@dataclass(frozen=True)
class ProcessOptions:
    """What the session process needs besides the connection.

    owner: pid of ansible-playbook. base: folder for sockets. idle_timeout: seconds.
    """

    owner: int
    base: str
    idle_timeout: int = 600
    max_sessions: int = 15


def account(options: ConnectionOptions) -> str:
    """Whose sessions are counted together."""
    return options.user or f"ticket cache {os.environ.get('KRB5CCNAME', '')} of {os.getuid()}"


def socket_folder(base: str) -> str:
    """base, created; or a folder of this user in /tmp when sockets in base had too long paths."""
    folder = os.path.abspath(os.path.expanduser(base))
    if len(folder) > _LONGEST_PATH - 30:
        folder = os.path.join(tempfile.gettempdir(), f"dialtone-{os.getuid()}")
        if len(folder) > _LONGEST_PATH - 30:
            folder = f"/tmp/dialtone-{os.getuid()}"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    status = os.stat(folder)
    if status.st_uid != os.getuid():
        raise TransportError(f"{folder} belongs to another user; session sockets can not go there.")
    return folder


class SessionTransport:
    """A Transport whose sessions live in the session process.

    on_wait: called about once a second with what a call waits for, if it does for long.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        process: ProcessOptions,
        on_wait: t.Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.server = options.name
        self.domain_controller = options.domain_controller or ""
        self._options, self._process, self._on_wait = options.check(), process, on_wait
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._lines: t.Any = None
        self.pid = 0

    def describe(self) -> tuple[str, str]:
        """(FQDN of the server, FQDN of the domain controller); opens a session if need be."""
        found = self._await("describe", {})
        self.server, self.domain_controller = found["server"], found["domain_controller"]
        return self.server, self.domain_controller

    def invoke(self, *commands: Command, timeout: float = 600.0) -> CommandResult:
        """As Transport.invoke()."""
        arguments = {"commands": [c.as_dict() for c in commands], "timeout": timeout}
        return CommandResult.from_dict(self._await("invoke", arguments))

    def run(self, program: str, arguments: Sequence[str], timeout: float = 120.0) -> ProgramResult:
        """As Transport.run()."""
        line = command_line(arguments)
        return ProgramResult(
            **self._await("run", {"program": program, "line": line, "timeout": timeout})
        )

    def start(self, program: str, arguments: Sequence[str]) -> SessionJob:
        """As Transport.start()."""
        answer = self._call(
            "submit",
            kind="program",
            arguments={"program": program, "line": command_line(arguments)},
            wait=0.0,
        )
        return SessionJob(self._call, answer)

    def enumerate(self, wmi_class: str, properties: Sequence[str]) -> list[dict[str, str | None]]:
        """As Transport.enumerate()."""
        return t.cast(
            "list[dict[str, str | None]]",
            self._await("enumerate", {"wmi_class": wmi_class, "properties": list(properties)}),
        )

    def close(self) -> None:
        """Leave the session process; the sessions stay for the next task."""
        with self._lock:
            self._disconnect()

    # -- inside

    def _await(self, kind: str, arguments: dict[str, t.Any]) -> t.Any:
        started = time.monotonic()
        answer = self._call("submit", kind=kind, arguments=arguments, wait=1.0)
        try:
            while not answer["done"]:
                if answer.get("waiting") and time.monotonic() - started > _WORTH_SAYING:
                    self._on_wait(f"waiting for {answer['waiting']}")
                answer = self._call("poll", id=answer["id"], wait=1.0)
        finally:
            if not answer["done"]:
                # Ctrl-C or the task's timeout: what was begun is to end, too.
                with contextlib.suppress(TransportError):
                    self._call("stop", id=answer["id"], wait=0.0)
        return _result(answer)

    def _call(self, call: str, **request: t.Any) -> dict[str, t.Any]:
        with self._lock:
            if self._socket is None:
                self._connect()
            late = float(request.get("wait", 0)) + _LATE
            try:
                answer = self._exchange({"call": call, **request}, late)
            except TimeoutError:
                # Hung: end it, so that the next task gets a fresh one.
                with contextlib.suppress(OSError):
                    os.kill(self.pid, signal.SIGKILL)
                self._disconnect()
                raise self._lost(f"did not answer within {late:.0f} s and was ended") from None
            except (OSError, ValueError) as e:
                self._disconnect()
                raise self._lost("ended unexpectedly") from e
            if not answer.get("ok"):
                raise self._lost("does not know this call any more")
            return answer

    def _exchange(self, request: dict[str, t.Any], timeout: float) -> dict[str, t.Any]:
        if self._socket is None:
            raise ConnectionError("not connected")
        self._socket.settimeout(timeout)
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("closed")
        return t.cast("dict[str, t.Any]", json.loads(line))

    def _lost(self, why: str) -> SessionLostError:
        return SessionLostError(
            f"The session process for {self.server} {why}. Whether the last call was carried out"
            " is unknown; the next one opens a new session.",
            server=self.server,
            remedy="Run the same command again: it looks first, and goes on from there.",
        )

    def _connect(self) -> None:
        """Connect to the run's session process, and start it if it is not there."""
        try:
            os.kill(self._process.owner, 0)
        except ProcessLookupError:
            # This worker has outlived its ansible-playbook; it must not begin anything new.
            raise self._lost("has ended with ansible-playbook") from None
        folder = socket_folder(self._process.base)
        salt = _salt(os.path.join(folder, f"dx{self._process.owner}.salt"))
        key = self._options.fingerprint(salt)[:12]
        path = os.path.join(folder, f"dx{self._process.owner}-{key}")
        with _locked(path + ".lock") as lock:
            for _attempt in range(3):
                if self._greet(path):
                    return
                with contextlib.suppress(OSError):
                    os.unlink(path)
                self._start(path, folder, opened_before=os.fstat(lock).st_size > 0)
        raise TransportError(
            f"The session process for {self.server} does not answer.",
            server=self.server,
            remedy="Set ansible_exchange_session_process to false to do without it.",
        )

    def _greet(self, path: str) -> bool:
        """Connect and ask for a sign of life: a socket's file alone says nothing."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            client.settimeout(5.0)
            client.connect(path)
            _check_owner(client)
            self._socket, self._lines = client, client.makefile("rb")
            self.pid = int(self._exchange({"call": "hello"}, 10.0)["pid"])
        except (OSError, ValueError):
            client.close()
            self._socket = self._lines = None
            return False
        return True

    def _start(self, path: str, folder: str, opened_before: bool) -> None:
        config = {
            "socket": path,
            "lock": path + ".lock",
            "base": folder,
            "owner": self._process.owner,
            "idle_timeout": self._process.idle_timeout,
            "max_sessions": self._process.max_sessions,
            "account": account(self._options),
            "opened_before": opened_before,
            "options": self._options.as_dict(),
        }
        script = pathlib.Path(__file__).absolute().with_name("_session_process.py")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with contextlib.suppress(OSError):
            process.stdin.write(json.dumps(config).encode() + b"\n")  # type: ignore[union-attr]
            process.stdin.close()  # type: ignore[union-attr]
        ready = process.stdout.readline()  # type: ignore[union-attr]
        process.stdout.close()  # type: ignore[union-attr]
        if ready.strip() != b"ready":
            trace = process.stderr.read().decode(errors="replace").strip()  # type: ignore[union-attr]
            raise TransportError(
                f"The session process did not start: {trace.splitlines()[-1] if trace else '?'}",
                server=self.server,
                remedy="Set ansible_exchange_session_process to false to do without it.",
            )
        process.stderr.close()  # type: ignore[union-attr]
        # It outlives this worker, and is nobody's child then.
        process.returncode = 0

    def _disconnect(self) -> None:
        for thing in (self._lines, self._socket):
            if thing is not None:
                with contextlib.suppress(OSError):
                    thing.close()
        self._socket = self._lines = None


class SessionJob:
    """A ProgramJob that runs in the session process."""

    def __init__(self, call: t.Callable[..., dict[str, t.Any]], answer: dict[str, t.Any]) -> None:
        self._call, self._answer = call, answer
        self._early: str = answer["output"]

    def poll(self, wait: float) -> JobState:
        """As ProgramJob.poll()."""
        output, self._early = self._early, ""
        if not self._answer["done"]:
            # Short calls, however long the caller is ready to wait.
            self._answer = self._call("poll", id=self._answer["id"], wait=min(wait, 10.0))
            output += self._answer["output"]
        if not self._answer["done"]:
            return JobState(False, output)
        return JobState(True, output, _result(self._answer))

    def stop(self) -> None:
        """As ProgramJob.stop()."""
        if not self._answer["done"]:
            with contextlib.suppress(TransportError):
                self._call("stop", id=self._answer["id"], wait=5.0)
            self._answer = {"done": True, "output": "", "result": None}


def end_sessions(owner: int, base: str) -> None:
    """End all session processes of a run, and wait until they have closed their sessions."""
    try:
        folder = socket_folder(base)
    except (OSError, TransportError):
        return
    prefix = os.path.join(glob.escape(folder), f"dx{owner}")
    # No threads, which Python does not start any more at its end.
    clients = [_tell_end(path) for path in glob.glob(prefix + "-*") if not path.endswith(".lock")]
    deadline = time.monotonic() + 10.0
    for client in clients:
        if client is not None:
            _wait_end(client, deadline)
    for path in [*glob.glob(prefix + "-*.lock"), *glob.glob(prefix + ".salt")]:
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


def _check_owner(client: socket.socket) -> None:
    if hasattr(socket, "SO_PEERCRED"):
        raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", raw)[1] != os.getuid():
            raise ConnectionError("the socket belongs to another user")


def _salt(path: str) -> bytes:
    """The run's salt, made by whoever comes first."""
    deadline = time.monotonic() + 5.0
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        while time.monotonic() < deadline:
            with open(path, "rb") as f:
                salt = f.read()
            if len(salt) == 32:
                return salt
            time.sleep(0.02)
        raise TransportError(f"{path} is incomplete.", remedy="Remove it.") from None
    with os.fdopen(fd, "wb") as f:
        salt = secrets.token_bytes(32)
        f.write(salt)
    return salt


@contextlib.contextmanager
def _locked(path: str) -> t.Iterator[int]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)
