# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session process: holds the sessions with one server for one run of Ansible.

Started as a plain script, with its configuration, the password included, as JSON on stdin. It
answers on a unix socket that only its user can open: one JSON object a line, both ways. It ends
when ansible-playbook says so, when ansible-playbook is gone, or when nobody has come for long.
PRIVATE to the collection: it can change at any time.

    {"call": "submit", "kind": "invoke", "arguments": {...}, "wait": 1.0}
    {"ok": true, "id": 7, "done": false, "output": "", "waiting": null, "said": []}
    {"call": "poll", "id": 7, "wait": 5.0}
    {"ok": true, "id": 7, "done": true, "output": "", "result": {...}}       or "error": {...}

What was submitted runs in a thread, and is stopped when its client goes away or does not poll. The
run's claims on its recoveries ({"call": "hold", ...}) are renewed until the end, and removed then.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.machinery
import json
import os
import pathlib
import select
import signal
import socket
import sys
import threading
import time
import types
import typing as t

# Seconds without a poll after which what was submitted is stopped.
LEASE = 180.0

# Seconds of quiet after which a session gives its slot to another process that waits for one.
_GENEROUS = 1.0


_here = threading.local()  # task: the one that this thread works for


def _say(text: str) -> None:
    """Tell the client for whom this thread works what its call waits for, or tries again."""
    task = getattr(_here, "task", None)
    if task is not None:
        task.say(text)


class Task:
    """One submitted call: runs in a thread, gathers output, ends with a result or an error."""

    def __init__(self, number: int, work: t.Callable[[Task], t.Any], control: t.Any) -> None:
        self.number, self.control = number, control
        self.polled = time.monotonic()
        self.changed = threading.Condition()
        self._done = False
        self._output: list[str] = []
        self._said: list[str] = []
        self._ending: dict[str, t.Any] = {}
        self._work = work
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
            ExchangeError,
        )

        _here.task = self
        try:
            ending = {"result": self._work(self)}
        except ExchangeError as e:
            ending = {"error": e.as_dict()}
        except Exception as e:  # the outermost layer of this process
            ending = {"error": {"class": "TransportError", "message": f"{type(e).__name__}: {e}"}}
        with self.changed:
            self._ending, self._done = ending, True
            self.changed.notify_all()

    def add(self, text: str) -> None:
        """Output for the next poll."""
        if text:
            with self.changed:
                self._output.append(text)
                self.changed.notify_all()

    def say(self, text: str) -> None:
        """A line for the user, with the next poll."""
        with self.changed:
            self._said.append(text)
            self.changed.notify_all()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._done

    def state(self, wait: float) -> dict[str, t.Any]:
        """What is new, after at most `wait` seconds."""
        self.polled = time.monotonic()
        with self.changed:
            self.changed.wait_for(
                lambda: self._done or bool(self._output) or bool(self._said), wait
            )
            output, self._output = "".join(self._output), []
            said, self._said = self._said, []
            self.polled = time.monotonic()
            return {
                "id": self.number,
                "done": self._done,
                "output": output,
                "waiting": self.control.waiting,
                "said": said,
                **self._ending,
            }


class SessionProcess:
    """Serves the socket until it is told, or has reason, to end."""

    def __init__(self, config: dict[str, t.Any], listener: socket.socket) -> None:
        from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
            DirectTransport,
        )
        from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
            ConnectionOptions,
        )
        from ansible_collections.dialtone.exchange.plugins.module_utils._transport._session_pool import (
            CallControl,
        )
        from ansible_collections.dialtone.exchange.plugins.plugin_utils._claim_keeper import (
            ClaimKeeper,
        )
        from ansible_collections.dialtone.exchange.plugins.plugin_utils._slots import Slots

        self._config, self._listener = config, listener
        self._inode = os.stat(config["socket"]).st_ino
        options = ConnectionOptions.from_dict(config["options"])
        self._slots = Slots(config["base"], config["account"], config["max_sessions"])
        self._transport = DirectTransport(
            options,
            self._slots.take,
            on_wait=_say,
            pause=lambda event, seconds: event.wait(seconds * config["pace"]),
        )
        self._keeper = ClaimKeeper(self._transport)
        self._control = CallControl
        self._lock = threading.Lock()
        self._clients = 0
        self._numbers = 0
        self._tasks: dict[int, Task] = {}
        self._quiet_since = time.monotonic()
        self._ending = threading.Event()
        self._gone = _watcher(config["owner"])
        if self._gone(0):
            raise SystemExit("ansible-playbook is gone")

    # -- the calls

    def _submit(self, kind: str, arguments: dict[str, t.Any]) -> Task:
        kinds: dict[str, t.Callable[..., t.Any]] = {
            "describe": self._describe,
            "invoke": self._invoke,
            "run": self._run,
            "program": self._program,
            "enumerate": self._enumerate,
        }
        work = kinds[kind]
        with self._lock:
            self._numbers += 1
            task = Task(self._numbers, functools.partial(work, **arguments), self._control())
            self._tasks[task.number] = task
        return task

    def _describe(self, task: Task) -> dict[str, str]:
        server, controller = self._transport.describe(task.control)
        self._note_opened()
        return {"server": server, "domain_controller": controller}

    def _invoke(self, task: Task, commands: list[t.Any], timeout: float) -> dict[str, t.Any]:
        from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
            Command,
        )

        result = self._transport.invoke(
            *(Command(**command) for command in commands), timeout=timeout, control=task.control
        )
        return result.as_dict()

    def _run(self, task: Task, program: str, line: str, timeout: float) -> dict[str, t.Any]:
        return vars(self._transport.run_line(program, line, timeout, task.control))

    def _program(self, task: Task, program: str, line: str) -> int | None:
        job = self._transport.start_line(program, line)
        try:
            while True:
                state = job.poll(1.0)
                task.add(state.output)
                if state.done or task.control.stopping.is_set():
                    return state.exit_code
        finally:
            job.stop()

    def _enumerate(
        self, task: Task, wmi_class: str, properties: list[str]
    ) -> list[dict[str, str | None]]:
        return self._transport.enumerate(wmi_class, properties)

    def _note_opened(self) -> None:
        """Let a successor know that the server could be reached: from now on a session that can
        not be opened is a failure, which rescue handles, not an unreachable host."""
        with contextlib.suppress(OSError), open(self._config["lock"], "w") as f:
            f.write("opened")

    # -- clients

    def _serve_client(self, client: socket.socket) -> None:
        mine: list[int] = []
        try:
            with client, client.makefile("rb") as lines:
                for line in lines:
                    answer = self._answer(json.loads(line), mine)
                    client.sendall(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError):
            pass  # the client is gone, or is none
        finally:
            with self._lock:
                gone = [self._tasks.pop(number) for number in mine if number in self._tasks]
                self._clients -= 1
                self._quiet_since = time.monotonic()
            for task in gone:
                task.control.stopping.set()

    def _answer(self, request: dict[str, t.Any], mine: list[int]) -> dict[str, t.Any]:
        call, wait = request.get("call"), min(float(request.get("wait", 0)), 30.0)
        if call == "hello":
            return {"ok": True, "pid": os.getpid()}
        if call == "end":
            self._ending.set()
            return {"ok": True}
        if call == "hold":
            self._keeper.hold(
                request["lease"], request["server"], request["folder"], request["claim"]
            )
            return {"ok": True}
        if call == "submit":
            task = self._submit(request["kind"], request["arguments"])
            mine.append(task.number)
        elif call in ("poll", "stop") and request.get("id") in mine:
            found = self._tasks.get(request["id"])
            if found is None:
                return {"ok": False}
            task = found
            if call == "stop":
                task.control.stopping.set()
        else:
            return {"ok": False}
        state = task.state(wait)
        if state["done"]:
            with self._lock:
                self._tasks.pop(task.number, None)
            mine.remove(task.number)
            if "error" in state and (self._transport.was_open or self._config["opened_before"]):
                state["error"]["unreachable"] = False
        return {"ok": True, **state}

    # -- life

    def serve(self) -> None:
        """Until the end; then the socket goes first, so that nobody comes too late."""
        threading.Thread(target=self._watch, daemon=True).start()
        self._listener.settimeout(0.2)
        while not self._ending.is_set():
            try:
                client, _address = self._listener.accept()
            except TimeoutError:
                continue
            client.settimeout(None)
            with self._lock:
                if self._ending.is_set():
                    client.close()
                    break
                self._clients += 1
            threading.Thread(target=self._serve_client, args=(client,), daemon=True).start()
        self._unlink()
        self._listener.close()
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.control.stopping.set()
        deadline = time.monotonic() + 5.0
        while any(not task.done for task in tasks) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._keeper.release()
        self._transport.close()

    def end(self, *_signal: t.Any) -> None:
        """End soon."""
        self._ending.set()

    def _watch(self) -> None:
        gone = self._gone
        while not self._ending.is_set():
            if gone(0.2):
                break
            now = time.monotonic()
            with self._lock:
                stale = [x for x in self._tasks.values() if now - x.polled > LEASE]
                busy = bool(self._tasks)
                quiet = 0.0 if self._clients else now - self._quiet_since
                if quiet > self._config["idle_timeout"] and not self._keeper.holds:
                    self._ending.set()
            for task in stale:
                task.control.stopping.set()
            if not busy and quiet > _GENEROUS and self._slots.wanted():
                self._transport.release_idle()
        self._ending.set()

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            if os.stat(self._config["socket"]).st_ino == self._inode:
                os.unlink(self._config["socket"])


def _watcher(pid: int) -> t.Callable[[float], bool]:
    """A function that waits up to some seconds, and says whether the process is gone."""
    if hasattr(os, "pidfd_open"):
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return lambda _seconds: True
        except OSError:
            pass
        else:
            poller = select.poll()
            poller.register(fd, select.POLLIN)
            return lambda seconds: bool(poller.poll(seconds * 1000))

    def asked(seconds: float) -> bool:
        time.sleep(seconds)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return False

    return asked


def make_importable() -> None:
    """Give this file's collection its name, wherever it lies: this is a script of its own, without
    Ansible's loader."""
    root = str(pathlib.Path(__file__).absolute().parents[2])
    name, parent = "", None
    for part, path in (("ansible_collections", []), ("dialtone", []), ("exchange", [root])):
        name = f"{name}.{part}" if name else part
        module = types.ModuleType(name)
        module.__path__ = path
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        module.__spec__.submodule_search_locations = module.__path__
        sys.modules[name] = module
        if parent is not None:
            setattr(parent, part, module)
        parent = module


def main() -> None:
    """Read the configuration, say "ready" when the socket is there, and serve."""
    config = json.loads(sys.stdin.readline())
    make_importable()
    os.umask(0o077)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(config["socket"])
    listener.listen(128)
    process = SessionProcess(config, listener)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, process.end)
    # Ctrl-C is for ansible-playbook; we still have the sessions to close when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir("/")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    process.serve()
    # Threads that hang in a request are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
