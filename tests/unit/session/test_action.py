# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugins, under ansible-playbook, against the lab's wire."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from exchange_endpoint import ACCOUNT, PASSWORD, SERVER, Endpoint

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# Another ansible-core can be tried with DIALTONE_ANSIBLE_PLAYBOOK.
PLAYBOOK = os.environ.get("DIALTONE_ANSIBLE_PLAYBOOK") or str(
    Path(sys.executable).with_name("ansible-playbook")
)


class Ansible:
    """Runs playbooks in a folder of their own. hosts: name -> variables."""

    def __init__(self, endpoint: Endpoint, folder: Path, program: str = PLAYBOOK) -> None:
        self.endpoint, self.folder, self.program = endpoint, folder, program
        collection = folder / "collections" / "ansible_collections" / "dialtone"
        collection.mkdir(parents=True)
        (collection / "exchange").symlink_to(ROOT)
        (folder / "action_plugins").symlink_to(HERE / "playbook" / "action_plugins")
        self.hosts: dict[str, dict[str, t.Any]] = {SERVER: self.variables()}
        self.environment: dict[str, str] = {}

    def variables(self, **changes: t.Any) -> dict[str, t.Any]:
        return {
            "ansible_host": "127.0.0.1",
            "ansible_user": ACCOUNT,
            "ansible_password": PASSWORD,
            "ansible_exchange_port": self.endpoint.port,
            "ansible_exchange_winrm_port": self.endpoint.port,
            "ansible_exchange_winrm_scheme": "http",
            "ansible_exchange_auth": "basic",
            "ansible_exchange_allow_basic_over_http": True,
            **changes,
        }

    def start(self, plays: t.Any, *options: str) -> subprocess.Popen[str]:
        (self.folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": self.hosts}}))
        (self.folder / "play.yml").write_text(yaml.safe_dump(plays, allow_unicode=True))
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "LC_ALL": "C.UTF-8",
            **self.environment,
        }
        environment.pop("PYTHONPATH", None)
        return subprocess.Popen(
            [self.program, "-i", "inventory.yml", "play.yml", *options],
            cwd=self.folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def play(
        self, *tasks: dict[str, t.Any], options: t.Sequence[str] = (), **play: t.Any
    ) -> Output:
        process = self.start(
            [{"hosts": "all", "gather_facts": False, "tasks": list(tasks), **play}], *options
        )
        text, _none = process.communicate(timeout=120)
        return Output(process.returncode, text)


class Output(t.NamedTuple):
    code: int
    text: str

    def said(self) -> list[str]:
        """What debug tasks printed, in order, as "word=value"."""
        return [
            line.split("SAY ", 1)[1].strip(" '\"")
            for line in self.text.splitlines()
            if "SAY " in line
        ]


def probe(**keys: t.Any) -> dict[str, t.Any]:
    """A task; keys that are no options of probe are keywords of the task."""
    own = {"name", "change", "fail", "warn", "seconds", "program", "secret", "exchange"}
    return {
        "probe": {k: v for k, v in keys.items() if k in own},
        "register": "r",
        **{k: v for k, v in keys.items() if k not in own},
    }


def say(text: str) -> dict[str, t.Any]:
    return {"debug": {"msg": f"SAY {text}"}}


@pytest.fixture
def endpoint() -> t.Iterator[Endpoint]:
    with Endpoint() as running:
        yield running


@pytest.fixture
def ansible(endpoint: Endpoint, tmp_path: Path) -> t.Iterator[Ansible]:
    yield Ansible(endpoint, tmp_path)
    assert endpoint.wait_for(lambda: endpoint.sessions() == 0)


def test_an_ordinary_run(ansible: Ansible, endpoint: Endpoint) -> None:
    journal = ansible.folder / "journal.jsonl"
    ansible.hosts[SERVER]["ansible_exchange_journal"] = str(journal)
    text = "O'Brien $(whoami) & Größe"
    output = ansible.play(
        probe(name="{{ text }}", change=True, warn=True, program="echo", secret=PASSWORD),
        say("{{ r.server }} {{ r.controller }} {{ r.changed }} {{ r.secret }}"),
        say("{{ r.output }}"),
        say("name={{ r.name }}"),
        say("diff={{ r.diff is defined }}"),
        probe(),
        vars={"text": text},
    )
    assert output.code == 0, output.text
    said = output.said()
    assert said[0].startswith(f"{SERVER} dc1.contoso.lab True ")
    assert said[1] == 'echo "a b'  # said() strips the last quote
    assert said[2].replace("''", "'") == f"name={text}"
    assert "take care" in output.text
    assert said[3] == "diff=False"
    # Secrets in the result are hidden, and nothing else shows them.
    assert PASSWORD not in output.text
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in said[0]
    assert endpoint.service.shells.opened <= 2
    assert endpoint.sessions() == 0, "ansible-playbook ends only after its sessions have ended"
    entries = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert [e.get("command") or e.get("program") for e in entries] == [
        "Get-Thing",
        "Set-Thing",
        "echo",
        "Get-Thing",
    ]
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert PASSWORD not in journal.read_text()


def test_remote_text_is_never_a_template(ansible: Ansible) -> None:
    output = ansible.play(
        probe(name="{{ '{{' }} lookup('pipe', 'id') {{ '}}' }}"),
        say("n={{ r.name }}"),
        {"set_fact": {"again": "{{ r.name }}"}},
        say("n={{ again }}"),
    )
    assert output.code == 0, output.text
    assert output.said() == ["n={{ lookup('pipe', 'id') }}"] * 2
    assert "uid=" not in output.text


def test_check_mode_and_diff(ansible: Ansible, endpoint: Endpoint) -> None:
    output = ansible.play(
        probe(change=True), say("{{ r.check }} {{ r.changed }}"), options=["--check", "--diff"]
    )
    assert output.code == 0, output.text
    assert output.said() == ["True True"]
    assert "Set-Thing" not in endpoint.names()
    assert "+b" in output.text and "-a" in output.text


def test_connections_of_the_inventory_are_left_alone(ansible: Ansible, endpoint: Endpoint) -> None:
    for connection in ("psrp", "ansible.builtin.winrm", "local"):
        ansible.hosts[SERVER]["ansible_connection"] = connection
        assert ansible.play(probe(), say("{{ r.server }}")).said() == [SERVER]
    # ansible_port is WinRM's: used for programs, never for cmdlets.
    ansible.hosts[SERVER].update(ansible_connection="psrp", ansible_port=endpoint.port)
    del ansible.hosts[SERVER]["ansible_exchange_winrm_port"]
    output = ansible.play(probe(program="hostname"), say("{{ r.output }}"))
    assert output.said()[0].startswith("MBX1"), output.text
    ansible.hosts[SERVER]["ansible_port"] = 1
    output = ansible.play(probe(), probe(program="hostname"))
    assert output.code == 2
    assert "http://127.0.0.1:1/wsman can not be reached" in output.text
    assert "ansible_exchange_winrm_port" in output.text


def test_delegation(ansible: Ansible, endpoint: Endpoint) -> None:
    server = ansible.hosts.pop(SERVER)
    ansible.hosts.update({"DB01": {"ansible_user": "nobody"}, SERVER: server, "DB02": {}})
    output = ansible.play(
        probe(delegate_to=SERVER, seconds=1),
        say("{{ inventory_hostname }} {{ r.server }}"),
        hosts="DB01,DB02",
    )
    assert output.code == 0, output.text
    assert sorted(output.said()) == [f"DB01 {SERVER}", f"DB02 {SERVER}"]
    assert endpoint.names().count("Get-ExchangeServer") <= 2
    # On a busy machine the line says that a session is waited for.
    assert re.search(r"^  \.\. \[DB01\] \d\d:\d\d \w", output.text, re.M)


def test_delegation_to_a_server_that_is_not_in_the_inventory(ansible: Ansible) -> None:
    del ansible.hosts[SERVER]
    ansible.hosts["DB01"] = {}
    variables = {k: v for k, v in ansible.variables().items() if k != "ansible_host"}
    output = ansible.play(
        # A name that resolves: what DNS does in an organisation.
        probe(delegate_to="localhost"),
        say("{{ r.server }}"),
        vars={**variables, "ansible_exchange_server": SERVER},
        hosts="DB01",
    )
    assert output.said() == [SERVER], output.text


def test_failure_has_message_and_remedy(ansible: Ansible) -> None:
    output = ansible.play(
        {
            "block": [probe(fail=True)],
            "rescue": [
                # one line each: YAML folds longer ones
                say("{{ ansible_failed_result.error.code }}"),
                say("{{ ansible_failed_result.msg }}"),
            ],
        }
    )
    said = "It is not ready. Make it ready. Then run the same command again."
    assert output.said() == ["Precondition", said], output.text


def test_rescue_and_always_run_after_a_lost_session(ansible: Ansible, endpoint: Endpoint) -> None:
    process = ansible.start(
        [
            {
                "hosts": "all",
                "gather_facts": False,
                "tasks": [
                    {
                        "block": [
                            probe(),
                            # The test kills the sessions now.
                            {
                                "wait_for": {"path": str(ansible.folder / "killed"), "timeout": 20},
                                "connection": "local",
                                "delegate_to": "localhost",
                                "vars": {"ansible_python_interpreter": sys.executable},
                            },
                            {"probe": {"change": True, "name": "y"}, "register": "lost"},
                            say("not lost"),
                        ],
                        "rescue": [say("rescued {{ ansible_failed_result.error.code }}")],
                        "always": [probe(change=True), say("went on with {{ r.server }}")],
                    }
                ],
            }
        ]
    )
    assert endpoint.wait_for(lambda: "Get-Thing" in endpoint.names(), 20)
    # From now on the session's end comes in the middle of the changing command.
    endpoint.kill_on = "Set-Thing"
    (ansible.folder / "killed").touch()
    text, _none = process.communicate(timeout=60)
    said = Output(process.returncode, text).said()
    assert said == ["rescued SessionLost", f"went on with {SERVER}"], text
    assert endpoint.names().count("Set-Thing") == 2


def test_wrong_password_is_unreachable_and_hidden(ansible: Ansible) -> None:
    ansible.hosts[SERVER]["ansible_password"] = "wr0ng-Pa55"
    output = ansible.play(probe(), options=["-vvv"])
    assert output.code == 4, output.text
    assert "UNREACHABLE" in output.text
    assert "refused the credentials" in output.text
    assert "wr0ng-Pa55" not in output.text


def test_basic_over_http_is_refused(ansible: Ansible, endpoint: Endpoint) -> None:
    ansible.hosts[SERVER]["ansible_exchange_allow_basic_over_http"] = False
    output = ansible.play(probe())
    assert output.code == 2
    assert "clear text" in output.text
    assert endpoint.calls == []


def test_missing_kerberos_names_library_and_interpreter(ansible: Ansible) -> None:
    pytest.importorskip("yaml")
    try:
        import gssapi  # noqa: F401
    except ImportError:
        pass
    else:
        pytest.skip("gssapi is installed here")
    del ansible.hosts[SERVER]["ansible_exchange_auth"]
    output = ansible.play(probe())
    flat = " ".join(output.text.split())
    assert "pypsrp[kerberos]" in flat
    assert sys.executable in flat.replace(" ", "") or "python" in flat


def test_direct_mode(ansible: Ansible, endpoint: Endpoint) -> None:
    ansible.hosts[SERVER]["ansible_exchange_session_process"] = False
    output = ansible.play(probe(program="hostname"), probe(change=True), say("{{ r.server }}"))
    assert output.said() == [SERVER], output.text
    assert endpoint.service.shells.opened == 3
    assert endpoint.sessions() == 0


def test_connection_of_one_task(ansible: Ansible) -> None:
    variables = ansible.hosts[SERVER]
    own = {"user": variables.pop("ansible_user"), "password": variables.pop("ansible_password")}
    output = ansible.play(probe(exchange=own), say("{{ r.server }}"))
    assert output.said() == [SERVER], output.text
    assert PASSWORD not in output.text


def test_a_module_does_not_run_on_windows(ansible: Ansible, endpoint: Endpoint) -> None:
    ansible.hosts[SERVER]["ansible_connection"] = "psrp"
    output = ansible.play(probe(exchange={"host": SERVER}))
    assert output.code == 2
    assert "Add delegate_to with a Linux host" in " ".join(output.text.split())
    assert endpoint.calls == []


def test_no_log_and_switched_off_progress_are_silent(ansible: Ansible) -> None:
    assert "second 0" not in ansible.play(probe(seconds=1, no_log=True)).text
    ansible.hosts[SERVER]["ansible_exchange_progress_interval"] = 0
    assert "second 0" not in ansible.play(probe(seconds=1)).text


def test_killed_controller_frees_the_session(ansible: Ansible, endpoint: Endpoint) -> None:
    process = ansible.start([{"hosts": "all", "gather_facts": False, "tasks": [probe(seconds=60)]}])
    assert endpoint.wait_for(lambda: endpoint.sessions() > 0, 20)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.wait()
    start = time.monotonic()
    assert endpoint.wait_for(lambda: endpoint.sessions() == 0, 20)
    assert time.monotonic() - start < 20
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)
    process.stdout.close()  # type: ignore[union-attr]


def test_nothing_is_left_behind(ansible: Ansible) -> None:
    ansible.play(probe())
    left = [p.name for p in (ansible.folder / "home").rglob("dx*")]
    assert left == []
