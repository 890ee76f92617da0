# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session on the lab's cmdlets for tests: an organisation on a clock that jumps, and its runspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exchange_lab import topology
from exchange_lab.clock import JumpClock
from exchange_lab.cmdlets import build_table
from exchange_lab.directory import DATABASE, MAILBOX, DatabaseObject, MailboxObject
from exchange_lab.exchange_server import ExchangeServer
from exchange_lab.latency import Latency
from exchange_lab.organisation import Organisation
from exchange_lab.runspace import (
    Command,
    Error,
    PSObj,
    QuietHost,
    Runspace,
    SessionState,
    TerminatingError,
)
from exchange_lab.store import Message, MountedDatabase

SEED = 11


@dataclass
class Answer:
    """What one pipeline gave."""

    output: list[Any] = field(default_factory=list)
    errors: list[Error] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure: Error | None = None
    questions: list[str] = field(default_factory=list)

    @property
    def one(self) -> PSObj:
        """The only object; no error may have come with it."""
        assert not self.errors and self.failure is None, (self.errors, self.failure)
        assert len(self.output) == 1, self.output
        item: PSObj = self.output[0]
        return item

    @property
    def refusal(self) -> Error:
        """The only error, non-terminating or not; nothing may have come out."""
        errors = [*self.errors, *([self.failure] if self.failure else [])]
        assert len(errors) == 1, (errors, self.output)
        assert not self.output
        return errors[0]

    def ok(self) -> Answer:
        """Assert that nothing went wrong."""
        assert not self.errors and self.failure is None, (self.errors, self.failure)
        return self

    def values(self, name: str) -> list[Any]:
        """One property of each object."""
        self.ok()
        return [item.get(name) for item in self.output]


class _Host(QuietHost):
    def __init__(self, answer: Answer, reply: int | None) -> None:
        self.answer, self.reply = answer, reply

    def output(self, value: Any) -> None:
        self.answer.output.append(value)

    def error(self, error: Error) -> None:
        self.answer.errors.append(error)

    def warning(self, text: str) -> None:
        self.answer.warnings.append(text)

    def prompt_choice(
        self, caption: str, message: str, choices: Sequence[str], default: int
    ) -> int:
        self.answer.questions.append(message)
        if self.reply is None:
            raise TerminatingError(
                Error(
                    "A command that prompts the user failed.", error_id="HostFunctionNotImplemented"
                )
            )
        return self.reply


class Shell:
    """One session. `run("Get-Mailbox", Database="DB01")` is one pipeline of one command."""

    def __init__(
        self,
        organisation: Organisation,
        roles: Sequence[str] = ("Organization Management",),
        server: str = "",
    ) -> None:
        self.organisation = organisation
        self.table = build_table(organisation)
        host = organisation.server(server) if server else next(iter(organisation.servers.values()))
        self.session = SessionState(
            "TINY\\Administrator", roles=frozenset(roles), server=host, organisation=organisation,
            sleep=organisation.clock.sleep,
        )  # fmt: skip

    def run(self, name: str, *, reply: int | None = None, **parameters: Any) -> Answer:
        """`reply`: which choice a question gets (0 is yes, 2 is no); None: nobody answers."""
        return self.pipeline((name, parameters), reply=reply)

    def pipeline(self, *commands: tuple[str, dict[str, Any]], reply: int | None = None) -> Answer:
        """Several commands, one feeding the next."""
        answer = Answer()
        sent = [Command(name, list(parameters.items())) for name, parameters in commands]
        try:
            Runspace(self.table, self.session).run(sent, _Host(answer, reply))
        except TerminatingError as failed:
            answer.failure = failed.error
        assert not self.table.defects, self.table.defects
        return answer


@dataclass
class Inside:
    """An organisation on a clock that jumps, seen from within."""

    organisation: Organisation

    @property
    def clock(self) -> JumpClock:
        clock = self.organisation.clock
        assert isinstance(clock, JumpClock)
        return clock

    @property
    def server(self) -> ExchangeServer:
        return next(iter(self.organisation.servers.values()))


@dataclass
class Site(Inside):
    """An organisation with a session of an administrator; `open_shell(roles)` opens another one."""

    shell: Any
    open_shell: Callable[[Sequence[str]], Any]

    def run(self, name: str, *, reply: int | None = None, **parameters: Any) -> Answer:
        answer: Answer = self.shell.run(name, reply=reply, **parameters)
        return answer

    def select(self, name: str, *properties: str, **parameters: Any) -> Answer:
        """The same with only these properties: `| Select-Object -Property ...`."""
        answer: Answer = self.shell.pipeline(
            (name, parameters), ("Select-Object", {"Property": list(properties)})
        )
        return answer

    def wait(self, seconds: float = 20) -> None:
        """By default until every domain controller knows."""
        self.clock.advance(seconds)

    def database(self, name: str) -> DatabaseObject:
        return self.organisation.database(name)

    def mounted(self, name: str) -> MountedDatabase:
        found = self.organisation.mounted(self.database(name).guid)
        assert found is not None, f"{name} isn't mounted"
        return found

    def mailboxes(self, database: str, kind: str = "UserMailbox") -> list[MailboxObject]:
        """Mailboxes of one kind that the directory assigns to a database, in order of name."""
        return self.organisation.view().find(
            MAILBOX, database=self.database(database).guid, recipient_type_details=kind
        )

    def new_database(self, name: str, folder: str = "", **parameters: Any) -> Answer:
        """New-MailboxDatabase on the first server, in a folder of its own, known everywhere."""
        folder = folder or f"D:\\{name}"
        parameters = {
            "Name": name, "Server": self.server.name, "EdbFilePath": f"{folder}\\{name}.edb",
            "LogFolderPath": folder, **parameters,
        }  # fmt: skip
        answer = self.run("New-MailboxDatabase", **parameters)
        self.wait()
        return answer

    def write(self, database: str, **changes: Any) -> None:
        """Change a database object behind the cmdlets' back, everywhere."""
        dc = self.organisation.domain_controller
        self.organisation.directory.write(dc, DATABASE, self.database(database).guid, changes)
        self.wait()

    def recovery_database(self, source: str = "DB01", name: str = "RDB") -> MountedDatabase:
        """Dismount a database and mount its file as a recovery database; users live on in an empty `source`-DT."""
        item = self.database(source)
        self.new_database(f"{source}-DT").ok()
        for owner in self.organisation.view().all(MAILBOX):
            moved = {
                a: self.database(f"{source}-DT").guid
                for a in ("database", "archive_database")
                if getattr(owner, a) == item.guid
            }
            if moved:
                dc = self.organisation.domain_controller
                self.organisation.directory.write(dc, MAILBOX, owner.guid, moved)
        self.run("Dismount-Database", Identity=source, Confirm=False).ok()
        self.run("Mount-Database", Identity=f"{source}-DT").ok()
        fs = self.server.fs
        fs.mkdir(f"D:\\{name}")
        fs.rename(item.edb_file_path, f"D:\\{name}\\{name}.edb")
        self.new_database(name, Recovery=True).ok()
        self.run("Mount-Database", Identity=name).ok()
        return self.mounted(name)

    def put(self, database: str, mailbox: MailboxObject, subject: str, **item: Any) -> Message:
        """Put an item into a mailbox of a mounted database."""
        now = self.clock.now().isoformat(timespec="milliseconds")
        stored = self.mounted(database).logon(mailbox.exchange_guid, mailbox)
        key = f"{subject}-{len(stored.messages)}"
        values = {"received": now, "modified": now, **item}
        return stored.add(Message(id=key, message_id=key, subject=subject, **values))


def category(error: Error) -> str:
    """The exception's short name in the error's id (exchange.md 7.4)."""
    found = re.search(r"\[FailureCategory=Cmdlet-(\w+)\] [0-9A-F]{8},", error.error_id)
    assert found, error.error_id
    return found.group(1)


@pytest.fixture
def make_organisation(tmp_path: Path) -> Iterator[Callable[..., Organisation]]:
    """Makes organisations: `make_organisation("tiny", some_switch=value)`; a dict is a topology of its own.

    Their clocks jump, and nothing takes time by itself.
    """
    made: list[Organisation] = []

    def make(what: str | dict[str, Any] = "tiny", **switches: Any) -> Organisation:
        parsed = topology.load(what) if isinstance(what, str) else topology.parse(what, "test")
        organisation = Organisation(
            parsed, tmp_path / f"lab{len(made)}", JumpClock(), SEED,
            latency=Latency(SEED, enabled=False), switches=switches,
        )  # fmt: skip
        made.append(organisation)
        return organisation

    yield make
    for organisation in made:
        assert not organisation.scheduler.failures, organisation.scheduler.failures
        organisation.close()


@pytest.fixture
def make_site(make_organisation: Callable[..., Organisation]) -> Callable[..., Site]:
    """An organisation as make_organisation makes it, with a session."""

    def make(what: str | dict[str, Any] = "tiny", **switches: Any) -> Site:
        organisation = make_organisation(what, **switches)
        return Site(organisation, Shell(organisation), lambda roles: Shell(organisation, roles))

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """One server, DB01 with six mailboxes, DB02 with one; no latency."""
    return make_site()
