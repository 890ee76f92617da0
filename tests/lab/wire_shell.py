# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session over the real wire with unmodified pypsrp, answering like `exchange_shell.Shell`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from exchange_shell import SEED, Answer, Site
from pypsrp.complex_objects import GenericComplexObject, PSInvocationState
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab import topology
from exchange_lab.clock import JumpClock
from exchange_lab.lab import Lab
from exchange_lab.organisation import AccountRecord
from exchange_lab.runspace import Error, PSObj

PASSWORD = "A-password-1"


class WireObject(PSObj):
    """An object as it arrived; `raw` goes back when it is a parameter's value."""

    def __init__(self, raw: GenericComplexObject) -> None:
        super().__init__(
            tuple(raw.types), raw.adapted_properties, raw.extended_properties, str(raw)
        )
        self.raw = raw


class _Interface(PSHostUserInterface):  # type: ignore[misc]
    """Answers a question once with what the test says; without an answer it raises, as pypsrp does by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.reply: int | None = None
        self.questions: list[str] = []

    def PromptForChoice(  # noqa: N802
        self,
        runspace: Any,
        pipeline: Any,
        caption: str,
        message: str,
        choices: Any,
        default_choice: int,
    ) -> int:
        self.questions.append(message)
        if self.reply is None:
            return int(
                super().PromptForChoice(
                    runspace, pipeline, caption, message, choices, default_choice
                )
            )
        return self.reply


class WireShell:
    """One remote session with the first server of a lab."""

    def __init__(self, lab: Lab, roles: Sequence[str] = ("Organization Management",)) -> None:
        account = _account(lab, tuple(roles))
        port = next(iter(lab.endpoints.values()))["http"]
        self.organisation = lab.organisation
        self.lab = lab
        self._interface = _Interface()
        host = PSHost(None, None, False, "tests", None, self._interface, "1.0")
        self._pool = RunspacePool(
            WSMan(
                lab.host, port=port, ssl=False, auth="negotiate", path="PowerShell",
                username=account.name, password=account.password,
            ),
            host=host, configuration_name="Microsoft.Exchange",
        )  # fmt: skip
        self._pool.open()

    def run(self, name: str, *, reply: int | None = None, **parameters: Any) -> Answer:
        """One pipeline of one command."""
        return self.pipeline((name, parameters), reply=reply)

    def pipeline(self, *commands: tuple[str, dict[str, Any]], reply: int | None = None) -> Answer:
        """Several commands, one feeding the next."""
        self._interface.reply, self._interface.questions = reply, []
        shell = PowerShell(self._pool)
        for name, parameters in commands:
            shell.add_cmdlet(name)
            for key, value in parameters.items():
                shell.add_parameter(key, value.raw if isinstance(value, WireObject) else value)
        answer = Answer(questions=self._interface.questions)
        try:
            output = shell.invoke()
        except NotImplementedError as unanswered:
            answer.failure = Error(str(unanswered), error_id="HostFunctionNotImplemented")
            shell.stop()
            return answer
        answer.output = [
            WireObject(o) if isinstance(o, GenericComplexObject) else o for o in output
        ]
        errors = [Error(str(e), error_id=e.fq_error or "") for e in shell.streams.error]
        if shell.state == PSInvocationState.FAILED:
            answer.failure = errors.pop()
        answer.errors = errors
        answer.warnings = [str(w.message) for w in shell.streams.warning]
        assert not self.lab.defects, self.lab.defects
        return answer

    def close(self) -> None:
        """End the session."""
        self._pool.close()


def _account(lab: Lab, roles: tuple[str, ...]) -> AccountRecord:
    return next(a for a in lab.organisation.accounts.values() if a.roles == roles)


class _LabWithRoles(Lab):
    """A lab with an account for each role group that the tests use."""

    def _add_accounts(self) -> None:
        super()._add_accounts()
        for group in ("Recipient Management", "Help Desk"):
            name = f"{self.topology.netbios}\\{group.replace(' ', '')}"
            self.organisation.accounts[name] = AccountRecord(name, PASSWORD, roles=(group,))


@pytest.fixture
def sessions() -> Iterator[list[WireShell]]:
    """Sessions to close at the end."""
    opened: list[WireShell] = []
    yield opened
    for shell in opened:
        shell.close()


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Makes running labs on a clock that jumps, without latency."""
    made: list[Lab] = []

    def make(what: str | dict[str, Any], **switches: Any) -> Lab:
        parsed = topology.load(what) if isinstance(what, str) else topology.parse(what, "test")
        lab = _LabWithRoles(
            parsed, tmp_path / f"lab{len(made)}", clock=JumpClock(), seed=SEED, latency=False,
            switches=switches,
        )  # fmt: skip
        made.append(lab.start())
        return lab

    yield make
    for lab in made:
        assert not lab.defects, lab.defects
        lab.stop()


@pytest.fixture
def make_site(labs: Callable[..., Lab], sessions: list[WireShell]) -> Callable[..., Site]:
    """Makes organisations with a session over the wire: `make_site("tiny", some_switch=value)`."""

    def make(what: str | dict[str, Any] = "tiny", **switches: Any) -> Site:
        lab = labs(what, **switches)
        shell = WireShell(lab)
        sessions.append(shell)
        return Site(lab.organisation, shell, lambda roles: _another(lab, roles))

    def _another(lab: Lab, roles: Sequence[str]) -> WireShell:
        shell = WireShell(lab, roles)
        sessions.append(shell)
        return shell

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """One server, DB01 with six mailboxes, DB02 with one; no latency."""
    return make_site()


__all__ = ["labs", "make_site", "sessions", "site"]
