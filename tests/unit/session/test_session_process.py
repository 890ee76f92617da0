# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session process, as real processes against the lab's wire."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    AuthenticationError,
    SessionLostError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import Command
from ansible_collections.dialtone.exchange.plugins.plugin_utils import _session_link
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_client import (
    SessionTransport,
    end_sessions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._session_link import (
    ProcessOptions,
    socket_folder,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._slots import Slots
from exchange_endpoint import PASSWORD, SERVER, Endpoint

from exchange_lab.wire import Limits

THING = Command("Get-Thing", {"Identity": "x"})
CHANGE = Command("Set-Thing", {"Identity": "x"})


class Run:
    """Stands for one run of ansible-playbook: a process to watch, and a folder for sockets."""

    def __init__(self, endpoint: Endpoint, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        self.owner = subprocess.Popen(["sleep", "600"])
        self.pids: set[int] = set()
        self.retried: list[str] = []

    def transport(
        self, process: dict[str, t.Any] | None = None, **changes: t.Any
    ) -> SessionTransport:
        """What one task's worker makes."""
        keys = {"pace": 0.02, **(process or {})}
        options = ProcessOptions(self.owner.pid, str(self.folder), **keys)
        return SessionTransport(
            self.endpoint.options(**changes), options, on_retry=self.retried.append
        )

    def task(self, *commands: Command, **keys: t.Any) -> t.Any:
        """One short task: connect, call, leave."""
        transport = self.transport(**keys)
        try:
            return transport.invoke(*(commands or (THING,)))
        finally:
            self.pids.add(transport.pid)
            transport.close()

    def end(self) -> None:
        end_sessions(self.owner.pid, str(self.folder))
        self.owner.kill()
        self.owner.wait()


@pytest.fixture
def endpoint() -> t.Iterator[Endpoint]:
    with Endpoint() as running:
        yield running


@pytest.fixture
def folder() -> t.Iterator[Path]:
    # Not tmp_path, whose name is too long for a socket.
    with tempfile.TemporaryDirectory(prefix="dx", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def run(endpoint: Endpoint, folder: Path) -> t.Iterator[Run]:
    one = Run(endpoint, folder)
    yield one
    one.end()
    assert endpoint.wait_for(lambda: endpoint.sessions() == 0)


def session_of(result: t.Any) -> str:
    return str(result.single()["Session"])


def gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_one_session_for_all_tasks(run: Run, endpoint: Endpoint) -> None:
    assert len({session_of(run.task()) for _unused in range(6)}) == 1
    assert len(run.pids) == 1
    assert endpoint.service.shells.opened == 1
    transport = run.transport()
    assert transport.describe() == (SERVER, "dc1.contoso.lab")
    transport.close()


def test_what_is_tried_again_is_told_at_once(run: Run, endpoint: Endpoint) -> None:
    run.task()
    assert run.retried == []
    endpoint.kill_sessions()
    run.task()
    assert len(run.retried) == 1 and "the last one was lost" in run.retried[0]


def files_of(run: Run) -> list[Path]:
    return [
        p
        for p in run.folder.iterdir()
        if p.name.startswith("dx") and f"-{run.owner.pid}-" in p.name
    ]


def test_tasks_at_the_same_time_start_one_process(run: Run, endpoint: Endpoint) -> None:
    threads = [threading.Thread(target=run.task) for _unused in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(run.pids) == 1
    assert endpoint.service.shells.opened <= 2


def test_only_its_user_may_open_the_socket_and_no_secret_is_visible(run: Run) -> None:
    run.task()
    (pid,) = run.pids
    entries = files_of(run)
    assert entries
    assert {stat.S_IMODE(p.stat().st_mode) for p in entries} == {0o600, 0o700} or all(
        stat.S_IMODE(p.stat().st_mode) & 0o077 == 0 for p in entries
    )
    assert all(len(str(p)) <= 104 for p in entries)
    for name in ("cmdline", "environ"):
        assert PASSWORD.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    listing = subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout
    assert "_session_process.py" in listing
    assert PASSWORD not in listing


def test_wrong_password_never_gets_the_live_session(run: Run, endpoint: Endpoint) -> None:
    run.task()
    with pytest.raises(AuthenticationError) as caught:
        run.task(password="wr0ng")
    assert caught.value.unreachable
    assert endpoint.sessions() == 1


def test_killed_process_fails_one_call_and_the_next_opens_a_new_one(run: Run) -> None:
    transport = run.transport()
    transport.invoke(THING)
    os.kill(transport.pid, signal.SIGKILL)
    with pytest.raises(SessionLostError) as caught:
        transport.invoke(CHANGE)
    assert not caught.value.unreachable
    assert transport.invoke(CHANGE).errors == []
    transport.close()
    run.endpoint.kill_sessions()  # that of the killed process; on a server the idle limit does it


def test_hung_process_is_ended(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_session_link, "_LATE", 0.5)
    transport = run.transport()
    transport.invoke(THING)
    hung = transport.pid
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(SessionLostError, match="did not answer"):
        transport.invoke(THING)
    monkeypatch.undo()
    assert transport.invoke(THING).errors == []
    assert transport.pid != hung
    assert run.endpoint.wait_for(lambda: gone(hung))
    transport.close()
    run.endpoint.kill_sessions()  # that of the killed process; on a server the idle limit does it


def test_end_of_the_controller_frees_the_session_at_once(run: Run, endpoint: Endpoint) -> None:
    run.task()
    (pid,) = run.pids
    start = time.monotonic()
    run.owner.kill()
    run.owner.wait()
    assert endpoint.wait_for(lambda: endpoint.sessions() == 0, 20)
    assert endpoint.wait_for(lambda: gone(pid), 20)
    assert time.monotonic() - start < 20
    assert not [p for p in run.folder.iterdir() if p.is_socket()]


def test_end_of_the_controller_stops_what_runs(run: Run, endpoint: Endpoint) -> None:
    transport = run.transport()
    job = transport.start("sleeper", [])
    assert not job.poll(0.2).done
    run.owner.kill()
    run.owner.wait()
    assert endpoint.wait_for(
        lambda: "sleeper stopped" in endpoint.ended and endpoint.sessions() == 0
    )
    transport.close()


def test_end_in_order_waits_until_the_sessions_are_closed(run: Run, endpoint: Endpoint) -> None:
    run.task()
    end_sessions(run.owner.pid, str(run.folder))
    assert endpoint.sessions() == 0
    assert files_of(run) == []


def test_idle_process_ends(run: Run, endpoint: Endpoint) -> None:
    run.task(process={"idle_timeout": 1})
    (pid,) = run.pids
    assert endpoint.wait_for(lambda: gone(pid))
    assert endpoint.sessions() == 0
    run.task(process={"idle_timeout": 1})
    assert len(run.pids) == 2


def test_stale_socket_file_is_no_hindrance(run: Run) -> None:
    run.task()
    (path,) = [p for p in run.folder.iterdir() if p.is_socket()]
    os.kill(next(iter(run.pids)), signal.SIGKILL)
    assert path.exists()
    run.task()
    assert len(run.pids) == 2
    run.endpoint.kill_sessions()


def test_worker_that_dies_takes_its_program_with_it(run: Run, endpoint: Endpoint) -> None:
    transport = run.transport()
    transport.start("sleeper", []).poll(0.2)
    transport.close()
    assert endpoint.wait_for(lambda: "sleeper stopped" in endpoint.ended)


def test_program_output_comes_in_pieces(run: Run) -> None:
    transport = run.transport()
    job, parts, state = transport.start("chatter", ["15"]), [], None
    while state is None or not state.done:
        state = job.poll(0.3)
        parts.append(state.output)
    assert "".join(parts).splitlines() == [f"line {n} ä" for n in range(15)]
    assert len([p for p in parts if p]) > 1
    assert state.exit_code == 0
    result = transport.run("fail", [])
    assert (result.exit_code, result.stderr) == (-550, "Größe 📬\r\n")
    assert len(transport.enumerate("Win32_Volume", ["Name"])) == 700
    transport.close()


def test_calls_of_one_task_run_side_by_side(run: Run, endpoint: Endpoint) -> None:
    transport = run.transport(sessions=3)
    transport.describe()
    job = transport.start("sleeper", [])
    results: list[t.Any] = []
    together = Command("Get-Together", {"Callers": 3})
    threads = [
        threading.Thread(target=lambda: results.append(transport.invoke(together)))
        for _unused in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.output for r in results] == [[{"value": True}]] * 3
    assert not job.poll(0.1).done
    job.stop()
    transport.close()


def test_interrupted_call_is_stopped_on_the_server(run: Run, endpoint: Endpoint) -> None:
    transport = run.transport()
    transport.describe()

    def interrupt(_number: int, _frame: t.Any) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    threading.Thread(
        target=lambda: (
            endpoint.wait_for(lambda: "Set-Slow" in endpoint.names())
            and os.kill(os.getpid(), signal.SIGALRM)
        )
    ).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            transport.invoke(Command("Set-Slow", {"Seconds": 60}))
    finally:
        signal.signal(signal.SIGALRM, old)
    transport.close()
    assert endpoint.wait_for(lambda: "Set-Slow" in endpoint.ended)


def test_quota_of_the_server_is_reported_and_not_as_unreachable(folder: Path) -> None:
    with Endpoint(Limits(shells_per_user=1, reap_every=0.05)) as endpoint:
        first, second = Run(endpoint, folder), Run(endpoint, folder)
        try:
            first.task()
            with pytest.raises(TransportError, match="PowerShellMaxConcurrency") as caught:
                second.task()
            assert not caught.value.unreachable
            first.end()
            second.task()
        finally:
            first.end()
            second.end()


def test_server_down_is_unreachable_first_and_a_failure_later(folder: Path) -> None:
    with Endpoint() as endpoint:
        run = Run(endpoint, folder)
        other = Run(endpoint, folder)
        first = run.transport()
        first.describe()
    try:
        for transport in (first, run.transport()):
            with pytest.raises(TransportError) as caught:
                transport.invoke(CHANGE)
            assert not caught.value.unreachable
        # The session process of a run that had reached the server crashes: still no "unreachable".
        os.kill(first.pid, signal.SIGKILL)
        time.sleep(0.2)
        with pytest.raises(TransportError) as caught:
            run.transport().describe()
        assert not caught.value.unreachable
        with pytest.raises(TransportError) as caught:
            other.transport().describe()
        assert caught.value.unreachable
    finally:
        run.end()
        other.end()


def test_slots_are_shared_by_runs_and_given_on(run: Run, endpoint: Endpoint) -> None:
    second = Run(endpoint, run.folder)
    one = {"max_sessions": 1}
    try:
        run.task(process=one)
        assert endpoint.sessions() == 1
        # The first run is idle, so it gives its place to the second, and comes back for it later.
        second.task(process=one)
        assert endpoint.sessions() == 1
        run.task(process=one)
        assert endpoint.sessions() == 1
    finally:
        second.end()


def test_slots_are_freed_by_the_death_of_a_process(tmp_path: Path) -> None:
    slots = Slots(str(tmp_path), "CONTOSO\\admin", 2)
    script = textwrap.dedent(
        f"""
        import sys, time
        sys.path.insert(0, {str(Path(__file__).parents[3])!r})
        import conftest
        from ansible_collections.dialtone.exchange.plugins.plugin_utils._slots import Slots
        keep = [Slots({str(tmp_path)!r}, "contoso\\\\ADMIN", 2).take() for _ in range(2)]
        print([bool(k) for k in keep], flush=True)
        time.sleep(60)
        """
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "[True, True]"
    assert slots.take() is None
    assert Slots(str(tmp_path), "someone else", 2).take() is not None
    child.kill()
    child.wait()
    mine = slots.take()
    assert mine is not None
    mine.release()
    mine.release()


def test_what_lies_beside_the_slots_is_for_the_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)  # the widest that there is
    try:
        mine = Slots(str(tmp_path), "admin", 1).take()
        other = Slots(str(tmp_path), "admin", 1)
        assert mine is not None and other.take() is None
    finally:
        os.umask(before)
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name.partition("-")[0]: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"slot": 0o600, "wish": 0o600}
    mine.release()


def test_garbage_on_the_socket_harms_nobody(run: Run) -> None:
    run.task()
    (path,) = [p for p in run.folder.iterdir() if p.is_socket()]
    for garbage in (
        b"\x00\xff\n",
        b"[]\n",
        b'{"call": "poll", "id": 99}\n',
        b'{"call": "submit"}\n',
    ):
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.settimeout(2)
            client.connect(str(path))
            client.sendall(garbage)
            answer = client.recv(1000)
            assert not answer or json.loads(answer) == {"ok": False}
    run.task()
    assert len(run.pids) == 1


def test_long_folder_falls_back_to_a_short_one(tmp_path: Path) -> None:
    folder = socket_folder(str(tmp_path / ("x" * 120)))
    assert len(folder) < 70
    assert stat.S_IMODE(os.stat(folder).st_mode) & 0o077 == 0
