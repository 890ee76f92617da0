# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret anywhere: not printed, not written, not in the process list, however much is asked to be shown.

A short playbook runs both ways (action plugin with session process, module alone on a jump host), with
all that makes Ansible talkative; then everything that it printed and wrote is searched.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange_lab.lab import Lab

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SERVER = "mbx1.tiny.lab"
# Among all that needs quoting somewhere, a word that is the same however it is quoted.
RIGHT_WORD, WRONG_WORD = "r1ghtXk7Qz9word", "wr0ngJv4Bn8word"
RIGHT = f"'P@ss=w&rd;%41\\ ö<S>{{}} {RIGHT_WORD}"
WRONG = f'"P@ss=w&rd;%41\\ ä</S># {WRONG_WORD}'


def forms(word: str) -> dict[bytes, str]:
    """The word as it would be found in a text, an encoding of the wire, or a dump."""
    found = {}
    for name, data in (("UTF-8", word.encode()), ("UTF-16", word.encode("utf-16-le"))):
        found[data] = name
        found[data.hex().encode()] = f"hex of {name}"
        for shift in range(3):
            # Only the characters that are the word's alone.
            text = base64.b64encode(bytes(shift) + data)
            first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
            found[text[first:last]] = f"base64 of {name}"
    return found


class Watcher:
    """Samples argv and environment of all processes of this user, as a colleague with ps would."""

    def __init__(self, wanted: set[bytes]) -> None:
        self._wanted, self._ended = wanted, threading.Event()
        self.found: set[str] = set()
        self.seen: set[str] = set()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            for folder in Path("/proc").glob("[0-9]*"):
                if folder.name != str(os.getpid()):
                    self._look(folder)

    def _look(self, folder: Path) -> None:
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                data = (folder / name).read_bytes()
                line = data.replace(b"\0", b" ").decode(errors="replace")
                if name == "cmdline":
                    self.seen.add(line)
                if any(form in data for form in self._wanted):
                    self.found.add(f"{name}: {line[:200]}")


@pytest.fixture
def password(auth: str) -> str:
    """Clients send Basic in Latin-1, and nobody knows how the server reads it: ASCII there."""
    return RIGHT.replace("ö", "o") if auth == "basic" else RIGHT


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str) -> Iterator[Lab]:
    monkeypatch.setattr("exchange_lab.lab.ADMINISTRATOR_PASSWORD", password)
    with Lab("tiny", tmp_path / "lab", speed=600, seed=3, latency=False) as running:
        running.control.break_database("DB01", "destroy_edb")
        yield running
        assert running.sessions()["open"] == 0


def tasks(connection: dict[str, Any], evidence: Path) -> list[dict[str, Any]]:
    """Look, change, fail, and fail to log in; both ways."""
    host = {"host": "127.0.0.1", "server": SERVER, **connection}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("recovery_info", {"failed_database": "DB01", "scope": "location"}),
        ("database_files", {"failed_database": "DB01", "state": "preserved"}),
        (
            "mailbox_configuration",
            {
                "source_database": "DB01",
                "target_database": "DB02",
                "ledger": str(evidence / "ledger.json"),
            },
        ),
        ("mail_queue", {"database": "{{ lookup('vars', 'ansible_exchange_password') }}"}),
        ("recovery_info", {"failed_database": "DB01", "exchange": {"password": WRONG}}),
    ]
    made = []
    for module, arguments in calls:
        own = {"journal": str(evidence / "alone.jsonl"), **arguments.get("exchange", {})}
        for alone in (False, True):
            args = {**arguments, "exchange": {**host, **own}} if alone else arguments
            task = {f"dialtone.exchange.{module}": args, "ignore_errors": True}
            task |= {"ignore_unreachable": True, "diff": True}
            made.append({**task, "delegate_to": "jump"} if alone else task)
    return made


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        ("https", "basic"),  # it sends the password itself
        pytest.param("http", "ntlm", marks=pytest.mark.thorough),
    ],
)
def test_no_secret_anywhere(
    lab: Lab, tmp_path: Path, password: str, scheme: str, auth: str
) -> None:
    account, port = lab.administrator, lab.endpoints["MBX1"][scheme]
    connection = {
        "user": account.name,
        "password": password,
        "auth": auth,
        "scheme": scheme,
        "winrm_scheme": scheme,
        "port": port,
        "winrm_port": port,
    }
    if scheme == "https":
        connection["ca_cert"] = str(lab.certificate_authority)
    work, evidence = tmp_path / "work", tmp_path / "work" / "evidence"
    work.mkdir()
    temporary = work / "tmp"
    temporary.mkdir()
    variables = {f"ansible_exchange_{name}": value for name, value in connection.items()}
    variables |= {
        "ansible_host": "127.0.0.1",
        "ansible_exchange_journal": str(evidence / "journal.jsonl"),
    }
    jump = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    inventory = {"all": {"hosts": {SERVER: variables, "jump": jump}}}
    (inputs / "inventory.yml").write_text(yaml.safe_dump(inventory))
    play = {"hosts": SERVER, "gather_facts": False, "tasks": tasks(connection, evidence)}
    (inputs / "play.yml").write_text(yaml.safe_dump([play], allow_unicode=True))
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(work / "home"),
        "ANSIBLE_LOCAL_TEMP": str(work / "local"),
        "ANSIBLE_REMOTE_TEMP": str(work / "remote"),
        "ANSIBLE_LOG_PATH": str(work / "ansible.log"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_DEBUG": "1",
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "DIALTONE_RECORD": str(work / "record.jsonl"),
        "TMPDIR": str(temporary),
    }
    environment.pop("PYTHONPATH", None)
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-vvvvv"]
    command += ["-i", str(inputs / "inventory.yml"), str(inputs / "play.yml")]
    wanted = {
        form: f"{name} of the {which} password"
        for which, word in (("right", RIGHT_WORD), ("wrong", WRONG_WORD))
        for form, name in forms(word).items()
    }
    with Watcher(set(wanted)) as watcher:
        done = subprocess.run(
            command,
            cwd=work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
    (work / "output").write_bytes(done.stdout)
    text = done.stdout.decode()
    # The run was what it was to be: sessions, changes, failures, and logins that were refused.
    assert text.count("refused the credentials") >= 2, text[-3000:]
    results = [json.loads(line) for line in (work / "record.jsonl").read_text().splitlines()]
    assert [r["outcome"] for r in results[:4]] == ["ok"] * 4, text[-3000:]
    assert json.loads((evidence / "ledger.json").read_text())["rows"]
    for name in ("journal.jsonl", "alone.jsonl"):
        assert (evidence / name).read_text().count("\n") > 3
    assert any("_session_process" in line for line in watcher.seen)
    assert any(str(sys.executable) in line for line in watcher.seen)

    assert watcher.found == set()
    files = [path for path in work.rglob("*") if path.is_file() and not path.is_symlink()]
    leaks = [
        f"{path.relative_to(work)} has the {what}"
        for path in files
        for form, what in wanted.items()
        if form in path.read_bytes()
    ]
    assert leaks == []
    for path in evidence.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(evidence.stat().st_mode) == 0o700
