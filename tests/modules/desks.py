# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations of single modules against the lab, over the real protocols: what tests work with."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dialtone.exchange.plugins.module_utils._context import (
    Operation,
    OperationContext,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._journal import Journal
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    dial_tone_database,
    mailbox_configuration,
    recovery_database,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._direct import (
    DirectTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._journaling import (
    JournalingTransport,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    Transport,
)
from in_process import InProcess

from exchange_lab.lab import Lab

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
SPEED = 600.0  # simulated seconds per second
SEED = 11
ROOT = "D:\\DialTone"
RESTORE = "E:\\Restore\\DB01"


@functools.cache
def documented(operation: Operation) -> set[str]:
    """The keys in the RETURN of the operation's module."""
    name = operation.__module__.rpartition(".")[2]
    text = (PLUGINS / "modules" / f"{name}.py").read_text(encoding="utf-8")
    return set(yaml.safe_load(text.split('RETURN = r"""')[1].split('"""')[0]))


@dataclass
class Desk:
    """A lab and a way to one of its servers. run() calls an operation as a task would."""

    lab: Lab
    transport: DirectTransport | InProcess
    server: str
    domain_controller: str
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    journal: str = ""  # a file, as ansible_exchange_journal names it
    pace: float = 1.0  # how fast its clock goes: with 20, a limit is as short as the pauses are

    @property
    def control(self) -> Any:
        return self.lab.control

    def reconnect(self, **changes: Any) -> None:
        """Take the place of a fresh run with these connection options, over the real protocols."""
        self.transport.close()
        self.transport = connect(self.lab, self._name, self.lines, **changes)
        self.server, self.domain_controller = self.transport.describe()

    def leave_the_wire(self) -> None:
        """Take the place of a fresh run that needs no wire, with the domain controller in use."""
        self.transport.close()
        self.transport = InProcess(self.lab, self._name, self.transport.domain_controller)
        self.server, self.domain_controller = self.transport.describe()

    @property
    def _name(self) -> str:
        return self.server.partition(".")[0].upper()

    def context(self, check: bool = False) -> OperationContext:
        transport: Transport = self.transport
        if self.journal:
            transport = JournalingTransport(
                transport, Journal(self.journal), "DB01", self.warnings.append
            )
        return OperationContext(
            transport=transport,
            server=self.server,
            domain_controller=self.domain_controller,
            check=check,
            diff=True,
            progress=self.lines.append,
            announce=self.lines.append,
            sleep=lambda seconds: time.sleep(seconds / 20),
            clock=lambda: self.pace * time.monotonic(),
            # by time.time, which a fault may set
            now=lambda: datetime.fromtimestamp(time.time(), timezone.utc),
            warnings=self.warnings,
        )

    def run(self, operation: Operation, check: bool = False, **args: Any) -> dict[str, Any]:
        result = operation(self.context(check), args)
        if not result.get("failed"):
            undocumented = set(result) - {"changed", "diff", "warnings"} - documented(operation)
            assert not undocumented, f"RETURN lacks {undocumented}"
        return result

    def changing(self) -> list[str]:
        """Names of the calls so far that could change something."""
        return [call["name"] for call in self.control.calls(changing=True)]

    def four_beats(self, operation: Operation, **args: Any) -> dict[str, Any]:
        """Check mode says changed and sends nothing; the real run changes; again does not. Returns
        the real run's result."""
        before = len(self.changing())
        predicted = self.run(operation, check=True, **args)
        assert predicted["changed"], predicted
        assert self.changing()[before:] == []
        result = self.run(operation, **args)
        assert result["changed"] and not result.get("failed"), result
        assert len(self.changing()) > before
        done = len(self.changing())
        again = self.run(operation, **args)
        assert not again["changed"], again
        assert again["diff"]["before"] == again["diff"]["after"]
        assert self.changing()[done:] == []
        return result


def _open(folder: Path, topology: str = "tiny", *, wire: bool = True, **options: Any) -> Desk:
    lab = Lab(topology, folder, seed=SEED, **{"speed": SPEED, **options}).start()
    return _sit_down(lab, next(iter(lab.endpoints)), wire)


def _sit_down(lab: Lab, name: str, wire: bool = True) -> Desk:
    """A desk at one server of a lab, with a session over the real protocols, or without the wire."""
    lines: list[str] = []
    transport: DirectTransport | InProcess
    if wire:
        transport = connect(lab, name, lines)
    else:
        transport = InProcess(lab, name, lab.organisation.server(name).store_domain_controller)
    server, controller = transport.describe()
    return Desk(lab, transport, server, controller, lines)


def connect(lab: Lab, name: str, lines: list[str], **changes: Any) -> DirectTransport:
    """A transport to one server of a lab, by Kerberos where it has a realm. changes: of its ConnectionOptions."""
    account, auth = lab.administrator, "kerberos" if lab.realm else "ntlm"
    scheme = changes.get("scheme", "http")
    port = lab.endpoints[name][scheme]
    options = {
        "host": "127.0.0.1",
        "server": lab.organisation.servers[name].fqdn,
        "user": account.name,
        "password": account.password,
        "auth": auth,
        "port": port,
        "winrm_port": port,
        "winrm_scheme": scheme,
        "winrm_auth": auth,
        **changes,
    }
    return DirectTransport(
        ConnectionOptions(**options),
        on_wait=lines.append,
        pause=lambda event, seconds: event.wait(seconds / 20),
    )


def _close(desk: Desk) -> None:
    desk.transport.close()
    desk.lab.stop()
    assert not desk.lab.defects, desk.lab.defects


def lose_database(desk: Desk) -> Desk:
    """Mail, a backup of DB01, more mail, and its .edb is gone."""
    desk.control.send("all", 2)
    desk.control.backup("DB01", RESTORE)
    desk.control.send("all", 3)
    desk.control.break_database("DB01", "destroy_edb")
    return desk


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Start a lab and open a session to its first server."""
    desks: list[Desk] = []

    def start(topology: str = "tiny", **options: Any) -> Desk:
        desks.append(_open(tmp_path / f"lab{len(desks)}", topology, **options))
        return desks[-1]

    yield start
    for desk in desks:
        _close(desk)


@pytest.fixture
def open_desks(tmp_path: Path) -> Iterator[Callable[..., list[Desk]]]:
    """Start a lab and open a session to each of its servers."""
    opened: list[list[Desk]] = []

    def start(topology: str = "pair", *, wire: bool = True, **options: Any) -> list[Desk]:
        first = _open(tmp_path / f"lab{len(opened)}", topology, wire=wire, **options)
        others = [_sit_down(first.lab, name, wire) for name in [*first.lab.endpoints][1:]]
        opened.append([first, *others])
        return opened[-1]

    yield start
    for first, *others in opened:
        for desk in others:
            desk.transport.close()
        _close(first)


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """The tiny organisation after an incident."""
    return lose_database(open_desk())


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """As desk, but one for all tests of a file that change nothing."""
    desk = lose_database(_open(tmp_path_factory.mktemp("shared")))
    yield desk
    _close(desk)


@dataclass
class Recovery:
    """The modules of one recovery of DB01, with the arguments that the roles give them."""

    desk: Desk
    evidence: Path
    root: str = ROOT

    def preserve(self, **changes: Any) -> dict[str, Any]:
        return self.desk.run(
            database_files.run,
            **{
                "state": "preserved",
                "failed_database": "DB01",
                "recovery_root": self.root,
                "restore_folder": None,
                "edb_name": None,
                "accept_gap": False,
                **changes,
            },
        )

    def dial_tone(self) -> dict[str, Any]:
        """Up to users who can work."""
        self.preserve()
        result = self.desk.run(
            dial_tone_database.run,
            failed_database="DB01",
            recovery_root=self.root,
            mount_timeout=60,
            state="present",
        )
        self.desk.run(
            mailbox_configuration.run,
            source_database="DB01",
            target_database="DB01-DT",
            ledger=str(self.evidence / "ledger.json"),
            archives="rehome",
            public_folders="leave",
        )
        return result

    def restore(self) -> dict[str, Any]:
        """Up to a restored file that was mounted once."""
        result = self.preserve(state="restored", restore_folder=RESTORE)
        for state in ("mounted", "absent"):
            self.desk.run(recovery_database.run, **self.recovery_database(state=state))
        return result

    def recovery_database(self, **changes: Any) -> dict[str, Any]:
        return {
            "name": "DB01-Restored",
            "edb_path": f"{self.root}\\DB01\\restored\\DB01.edb",
            "log_folder": f"{self.root}\\DB01\\restored\\rdb-logs",
            "state": "mounted",
            "expect_mailboxes": [],
            "wait_timeout": 20,
            **changes,
        }

    def swap(self, **changes: Any) -> dict[str, Any]:
        return {
            "failed_database": "DB01",
            "recovery_root": self.root,
            "mount_timeout": 20,
            **changes,
        }


@pytest.fixture
def recovery(desk: Desk, tmp_path: Path) -> Recovery:
    """The tiny organisation after an incident, and the modules of its recovery."""
    return Recovery(desk, tmp_path)


@pytest.fixture
def open_recovery(open_desk: Callable[..., Desk], tmp_path: Path) -> Callable[..., Recovery]:
    """As recovery, as often as needed, each with an organisation of its own."""

    def start(before: Callable[[Desk], None] = lambda _desk: None, **options: Any) -> Recovery:
        desk = open_desk(**options)
        before(desk)
        lose_database(desk)
        return Recovery(desk, tmp_path / desk.lab.folder.name)

    return start


@pytest.fixture(scope="module")
def shared_recovery(shared_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Recovery:
    """As recovery, but one for all tests of a file that change nothing after it was set up."""
    return Recovery(shared_desk, tmp_path_factory.mktemp("evidence"))
