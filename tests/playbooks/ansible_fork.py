# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook without its imports: a process that has them done, and forks for each run.

What runs is the real command line interface, in a process group of its own, which can be killed as any other:

    with AnsibleFork() as ansible:
        run = ansible.start(["dialtone.exchange.same_server", "-i", inventory], environment, folder, output_file)
        run.kill(signal.SIGINT)
        status = run.wait()
        status, output = ansible.run(["dialtone.exchange.plan", "-i", inventory], folder)  # the same, to its end

The server's process (this file as a script) does nothing but fork; a second process per run waits for its end.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 300.0  # seconds
_POLL = 0.01  # seconds between looks for a task's result: looking each millisecond takes a third of a core
_CHANGED = re.compile(r"\schanged=(\d+)\s")
_SURROUNDINGS = {
    "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_FORCE_COLOR": "0",
}

# What a run of the shipped playbooks imports beyond the command line interface.
_PRELOADED = (
    "ansible.cli.playbook",
    "ansible.executor.playbook_executor",
    "ansible.executor.task_executor",
    "ansible.executor.process.worker",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.action.add_host",
    "ansible.plugins.action.assert",
    "ansible.plugins.action.debug",
    "ansible.plugins.action.fail",
    "ansible.plugins.action.include_vars",
    "ansible.plugins.action.normal",
    "ansible.plugins.action.set_fact",
    "ansible.plugins.action.validate_argument_spec",
    "ansible.plugins.become.sudo",
    "ansible.plugins.cache.memory",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.connection.ssh",
    "ansible.plugins.filter.core",
    "ansible.plugins.filter.encryption",
    "ansible.plugins.filter.mathstuff",
    "ansible.plugins.filter.urls",
    "ansible.plugins.filter.urlsplit",
    "ansible.plugins.inventory.host_list",
    "ansible.plugins.inventory.script",
    "ansible.plugins.inventory.auto",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.lookup.env",
    "ansible.plugins.lookup.file",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.free",
    "ansible.plugins.strategy.linear",
    "ansible.plugins.test.core",
    "ansible.plugins.test.files",
    "ansible.plugins.test.mathstuff",
    "ansible.plugins.test.uri",
    "ansible.plugins.vars.host_group_vars",
)
_COLLECTION = "ansible_collections.dialtone.exchange.plugins"


def count_changes(output: str) -> int:
    """What the recaps of the runs that printed this count as changed."""
    return sum(map(int, _CHANGED.findall(output)))


class Run:
    """One run of ansible-playbook. pid: also of its process group and session."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("r")
        self.pid = int(self._lines.readline())
        self._status: int | None = None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to the whole process group; nothing if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal. Raises TimeoutError after `timeout` seconds."""
        if self._status is None:
            self._connection.settimeout(timeout)
            self._status = os.waitstatus_to_exitcode(int(self._lines.readline()))
            self._lines.close()
            self._connection.close()
        return self._status


class AnsibleFork:
    """The server's owner. Its imports and all runs see this checkout's collection."""

    def __init__(self) -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._server = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **_SURROUNDINGS},
            )

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, output: IO[Any]
    ) -> Run:
        """Run ansible-playbook with these arguments in this folder; stdout and stderr go to the file `output`."""
        ours, theirs = socket.socketpair()
        call = {"arguments": list(arguments), "environment": {**environment, **_SURROUNDINGS}, "folder": str(folder)}
        with theirs:
            data = json.dumps(call).encode()
            socket.send_fds(self._here, [data], [theirs.fileno(), output.fileno()])
        return Run(ours)

    def run(self, arguments: Sequence[str], folder: Path) -> tuple[int, str]:
        """Run ansible-playbook to its end, with the collection of this checkout: exit status and output.

        What Ansible keeps at home goes to the folder. Raises TimeoutError.
        """
        environment = {**os.environ, "ANSIBLE_HOME": str(folder / "ansible-home")}
        with tempfile.TemporaryFile("w+", dir=folder) as output:
            run = self.start(arguments, environment, folder, output)
            try:
                status = run.wait(_PATIENCE)
            except TimeoutError:
                run.kill()
                raise
            output.seek(0)
            return status, output.read()

    def close(self) -> None:
        """End the server; what runs goes on."""
        self._here.close()
        self._server.wait(10)

    def __enter__(self) -> AnsibleFork:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


# -- the server's process


def _serve(requests: socket.socket) -> dict[str, Any]:
    """Fork for each request; returns in the process that is to run it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        data, fds, _flags, _address = socket.recv_fds(requests, 2**20, 2)
        if not data:
            os._exit(0)
        if os.fork():
            for fd in fds:
                os.close(fd)
            continue
        requests.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            os.close(fds[0])
            os.dup2(fds[1], 1)
            os.dup2(fds[1], 2)
            os.close(fds[1])
            return dict(json.loads(data))
        os.close(fds[1])
        with socket.socket(fileno=fds[0]) as answer, contextlib.suppress(BrokenPipeError):
            answer.sendall(f"{pid}\n".encode())
            answer.sendall(f"{os.waitpid(pid, 0)[1]}\n".encode())
        os._exit(0)


def _become(call: dict[str, Any]) -> None:
    """Take over folder and environment, also where Ansible has read it already."""
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    constants = importlib.import_module("ansible.constants")
    for setting in constants.config.get_configuration_definitions():
        value = constants.config.get_config_value(setting, variables=vars(constants))
        setattr(constants, setting, value)
    constants.DEFAULT_INTERNAL_POLL_INTERVAL = _POLL


def _preload() -> None:
    """Import what a run of the shipped playbooks imports. The action plugins themselves take note of the process that
    imports them, which has to be the run's."""
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    importlib.import_module("ansible.plugins.loader").init_plugin_loader()
    operations = [file.stem for file in (ROOT / "plugins/module_utils/_operations").glob("[!_]*.py")]
    own = [f"module_utils._operations.{name}" for name in operations] + ["plugin_utils._session_link"]
    for name in (*_PRELOADED, *(f"{_COLLECTION}.{name}" for name in own)):
        with contextlib.suppress(ImportError):  # not every release has each
            importlib.import_module(name)


def main() -> None:
    """Import, serve, and in each child be ansible-playbook."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    _preload()
    gc.collect()
    gc.freeze()  # what is here now stays: no collection copies its pages into a child
    call = _serve(requests)
    _become(call)
    sys.argv = ["ansible-playbook", *call["arguments"]]
    importlib.import_module("ansible.cli.playbook").main(sys.argv)


if __name__ == "__main__":
    main()
