# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to the session process: find or start the process, and exchange lines with it.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
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
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils import _process
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)

# A unix socket's path may have 107 bytes on Linux, 103 elsewhere.
_LONGEST_PATH = 100
_LONGEST_NAME = 52

# Seconds that an answer may be late before the session process counts as hung.
_LATE = 30.0


@dataclass(frozen=True)
class ProcessOptions:
    """What the session process needs besides the connection.

    owner: pid of ansible-playbook. base: folder for sockets. idle_timeout: seconds. pace: how long the
    pauses before another try last, of their usual length; for tests, which don't wait.
    """

    owner: int
    base: str
    idle_timeout: int = 600
    max_sessions: int = 15
    pace: float = 1.0


def run_files(base: str, owner: int) -> str:
    """How the paths of all files of a run begin. The number of a process is given again: what a
    killed run left must not be taken for this one's."""
    return os.path.join(socket_folder(base), f"dx{_process.run_token(owner)}")


def account(options: ConnectionOptions) -> str:
    """Whose sessions are counted together."""
    return options.user or f"ticket cache {os.environ.get('KRB5CCNAME', '')} of {os.getuid()}"


def socket_folder(base: str) -> str:
    """base, created; or a folder of this user in /tmp when sockets in base had too long paths."""
    folder = os.path.abspath(os.path.expanduser(base))
    if len(folder) > _LONGEST_PATH - _LONGEST_NAME:
        folder = os.path.join(tempfile.gettempdir(), f"dialtone-{os.getuid()}")
        if len(folder) > _LONGEST_PATH - _LONGEST_NAME:
            folder = f"/tmp/dialtone-{os.getuid()}"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    status = os.stat(folder)
    if status.st_uid != os.getuid():
        raise TransportError(f"{folder} belongs to another user; session sockets can not go there.")
    return folder


class SessionLink:
    """One connection. What was submitted on it ends with it. Used by one thread at a time."""

    def __init__(self, client: socket.socket, server: str) -> None:
        self._client, self._server = client, server
        self._lines = client.makefile("rb")
        self.pid = 0
        self.closed = False

    def call(self, call: str, **request: t.Any) -> dict[str, t.Any]:
        """One request and its answer. Raises SessionLostError; the link is closed then."""
        late = float(request.get("wait", 0)) + _LATE
        try:
            answer = self.exchange({"call": call, **request}, late)
        except TimeoutError:
            # Hung: end it, so that the next task gets a fresh one.
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
            self.close()
            raise lost(self._server, f"did not answer within {late:.0f} s and was ended") from None
        except (OSError, ValueError) as e:
            self.close()
            raise lost(self._server, "ended unexpectedly") from e
        except BaseException:
            # Ctrl-C or the task's timeout: the answer is still to come, so this link is useless.
            self.close()
            raise
        if not answer.get("ok"):
            self.close()
            raise lost(self._server, "does not know this call any more")
        return answer

    def exchange(self, request: dict[str, t.Any], timeout: float) -> dict[str, t.Any]:
        """One line out, one line in. Raises OSError, ValueError."""
        self._client.settimeout(timeout)
        self._client.sendall(json.dumps(request).encode() + b"\n")
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("closed")
        return t.cast("dict[str, t.Any]", json.loads(line))

    def close(self) -> None:
        """Leave; harmless when called twice."""
        self.closed = True
        for thing in (self._lines, self._client):
            with contextlib.suppress(OSError):
                thing.close()


def lost(server: str, why: str) -> SessionLostError:
    """The error of a session process that is not there any more."""
    return SessionLostError(
        f"The session process for {server} {why}. Whether the last call was carried out is unknown;"
        " the next one opens a new session.",
        server=server,
        remedy="Run the same command again: it looks first, and goes on from there.",
    )


def connect(options: ConnectionOptions, process: ProcessOptions) -> SessionLink:
    """A link to the run's session process, which is started if it is not there."""
    server = options.name
    try:
        os.kill(process.owner, 0)
    except ProcessLookupError:
        # This worker has outlived its ansible-playbook; it must not begin anything new.
        raise lost(server, "has ended with ansible-playbook") from None
    files = run_files(process.base, process.owner)
    path = f"{files}-{options.fingerprint(_salt(f'{files}.salt'))[:12]}"
    with _locked(path + ".lock") as lock:
        for _attempt in range(3):
            link = _greet(path, server)
            if link is not None:
                return link
            with contextlib.suppress(OSError):
                os.unlink(path)
            config = {
                "socket": path,
                "lock": path + ".lock",
                "base": os.path.dirname(path),
                "owner": process.owner,
                "idle_timeout": process.idle_timeout,
                "max_sessions": process.max_sessions,
                "pace": process.pace,
                "account": account(options),
                "opened_before": os.fstat(lock).st_size > 0,
                "options": options.as_dict(),
            }
            _start(config, server)
    raise _no_process(server, "does not answer")


def _greet(path: str, server: str) -> SessionLink | None:
    """Connect and ask for a sign of life: a socket's file alone says nothing."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(5.0)
        client.connect(path)
        _check_owner(client)
        link = SessionLink(client, server)
        link.pid = int(link.exchange({"call": "hello"}, 10.0)["pid"])
    except (OSError, ValueError):
        client.close()
        return None
    return link


def _start(config: dict[str, t.Any], server: str) -> None:
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
        raise _no_process(server, f"did not start: {trace.splitlines()[-1] if trace else '?'}")
    process.stderr.close()  # type: ignore[union-attr]
    # It outlives this worker, and is nobody's child then.
    process.returncode = 0


def _no_process(server: str, why: str) -> TransportError:
    return TransportError(
        f"The session process for {server} {why}.",
        server=server,
        remedy="Set ansible_exchange_session_process to false to do without it.",
    )


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
