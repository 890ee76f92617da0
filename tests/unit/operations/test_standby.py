# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going on with another domain controller: only when the pinned one is certainly dead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import controllers
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.controllers import (
    Controllers,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._standby import Standby
from scripted_transport import FakeTime, ScriptedTransport, not_found, scripted_context

DEAD = "The domain controller 'dc1.contoso.lab' couldn't be found or isn't available."
OTHERS = Controllers("dc1.contoso.lab", ("dc2.contoso.lab", "dc3.contoso.lab"))


DATABASE = Database(
    name="DB01-DT",
    guid="0998d7e2-a2d5-4aa1-b1d4-0f7ea98b1abf",
    distinguished_name="CN=DB01-DT",
    server="MBX1",
    recovery=False,
    edb_path="D:\\DT\\DB01-DT.edb",
    log_folder="D:\\DT",
)


def _row(**changes: object) -> dict[str, object]:
    """The database as Get-MailboxDatabase shows it."""
    return {
        "Name": DATABASE.name,
        "Guid": DATABASE.guid,
        "DistinguishedName": DATABASE.distinguished_name,
        "Server": DATABASE.server,
        "Recovery": False,
        "EdbFilePath": DATABASE.edb_path,
        "LogFolderPath": DATABASE.log_folder,
        **changes,
    }


def _on(controller: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda parameters: parameters["DomainController"] == f"{controller}.contoso.lab"


def _standby() -> Standby:
    return Standby(OTHERS, list(OTHERS.others))


def _asked(transport: ScriptedTransport, *answers: str) -> None:
    for answer in answers:
        transport.expect_name(
            "Get-ExchangeServer",
            lambda parameters: parameters["DomainController"] == "dc1.contoso.lab",
            errors=[answer] if answer else [],
        )


@pytest.mark.parametrize("answers", [[""], [DEAD, ""], [DEAD, DEAD, ""], ["Access is denied."]])
def test_one_that_answers_at_last_is_kept(answers: list[str]) -> None:
    with ScriptedTransport() as transport:
        _asked(transport, *answers)
        context = scripted_context(transport)
        assert not _standby().take_over(context)
    assert context.domain_controller == "dc1.contoso.lab"
    assert context.warnings == []


def test_a_dead_one_is_left_for_the_first_that_answers() -> None:
    time = FakeTime()
    lines: list[str] = []
    with ScriptedTransport() as transport:
        _asked(transport, DEAD, DEAD, DEAD)
        transport.expect_name("Set-ADServerSettings", errors=[DEAD.replace("dc1", "dc2")])
        transport.expect_name("Set-ADServerSettings")
        context = scripted_context(transport, time=time, lines=lines)
        standby = _standby()
        assert standby.take_over(context)
        assert not standby.take_over(context), "once is enough"
    assert context.domain_controller == "dc3.contoso.lab"
    assert standby.taken_over == "dc1.contoso.lab"
    assert time.slept == [5.0, 5.0]
    assert "dc3.contoso.lab" in lines[-1] and "dc1.contoso.lab" in context.warnings[0]


def test_nobody_to_go_on_with() -> None:
    with ScriptedTransport() as transport:
        assert not Standby(OTHERS).take_over(scripted_context(transport))
        _asked(transport, DEAD, DEAD, DEAD)
        for _unused in OTHERS.others:
            transport.expect_name("Set-ADServerSettings", errors=[DEAD])
        context = scripted_context(transport)
        assert not _standby().take_over(context)
    assert context.domain_controller == "dc1.contoso.lab"


@pytest.mark.parametrize(
    ("row", "own", "others"),
    [
        (
            {
                "CurrentConfigDomainController": "DC2.contoso.lab",
                "CurrentDomainControllers": [
                    "DC1.contoso.lab",
                    "dc2.contoso.lab",
                    "dc3.contoso.lab",
                ],
            },
            "DC2.contoso.lab",
            ("dc2.contoso.lab", "dc3.contoso.lab"),
        ),
        ({"CurrentDomainControllers": "dc3.contoso.lab"}, None, ("dc3.contoso.lab",)),
        ({"CurrentConfigDomainController": "", "CurrentDomainControllers": None}, None, ()),
        (None, None, ()),
    ],
)
def test_those_that_exchange_names(
    row: dict[str, object] | None, own: str | None, others: tuple[str, ...]
) -> None:
    with ScriptedTransport() as transport:
        transport.expect_name("Get-ExchangeServer", output=[row] if row else [])
        assert controllers.of_server(scripted_context(transport)) == Controllers(own, others)


def test_own_one_that_does_not_come_to_know_stops_before_users_are_interrupted() -> None:
    with ScriptedTransport() as transport:
        transport.expect_name(
            "Get-MailboxDatabase", _on("dc1"), output=[_row(AllowFileRestore=True)]
        )
        for answer in ({"output": [_row()]}, {"errors": [not_found()]}):
            transport.expect_name("Get-MailboxDatabase", _on("dc2"), **answer)
        standby = Standby(Controllers("dc2.contoso.lab", ("dc2.contoso.lab",)))
        with pytest.raises(PreconditionError, match="for dc2") as caught:
            standby.prepare(scripted_context(transport), DATABASE, 0.4)
    assert "pin dc2.contoso.lab" in str(caught.value.remedy)
    assert standby.ready == []


def test_who_knows_other_paths_can_not_stand_in() -> None:
    lines: list[str] = []
    with ScriptedTransport() as transport:
        transport.expect_name("Get-MailboxDatabase", _on("dc1"), output=[_row()])
        transport.expect_name(
            "Get-MailboxDatabase", _on("dc2"), output=[_row(EdbFilePath="E:\\old.edb")]
        )
        transport.expect_name(
            "Get-MailboxDatabase", _on("dc3"), errors=[DEAD.replace("dc1", "dc3")]
        )
        standby = Standby(OTHERS)
        standby.prepare(scripted_context(transport, lines=lines), DATABASE, 60)
    assert standby.ready == []
    assert "users wait until it is back" in lines[-1]
