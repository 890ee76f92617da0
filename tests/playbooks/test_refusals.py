# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight refuses, and what returns the users to dial tone: read as an admin reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

from exchange_lab.ese import soft_recovery
from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ONE = {"dialtone_failed_databases": ["DB01"]}
ALL = {
    **ONE,
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}


def _service_down(lab: Lab) -> None:
    lab.control.set_service("MBX1", "MSExchangeRepl", False)


def _component_inactive(lab: Lab) -> None:
    lab.control.set_component("MBX1", "ServerWideOffline", False)


def _no_space(lab: Lab) -> None:
    lab.control.fill_volume("MBX1", "D:\\", 50_000_000)


def _users(lab: Lab, database: str) -> list[str]:
    """User mailboxes on the database."""
    rows = lab.control.run_cmdlet("Get-Mailbox", {"Database": database})
    return sorted(row["Name"] for row in rows if row["RecipientTypeDetails"] == "UserMailbox")


def _moving(lab: Lab) -> None:
    lab.control.add_move_request(_users(lab, "DB01")[0], "DB02")


def _other_recovery_database(lab: Lab) -> None:
    """Somebody restores one item from an old backup of another database."""
    folder = restore_folder("DB02")
    lab.control.backup("DB02", folder)
    server = lab.organisation.server("MBX1")
    for _percent in soft_recovery(server.fs, "E01", folder, folder, folder):
        pass
    lab.control.run_cmdlet(
        "New-MailboxDatabase",
        {
            "Name": "Somebody's RDB",
            "Server": "MBX1",
            "Recovery": True,
            "EdbFilePath": rf"{folder}\DB02.edb",
            "LogFolderPath": rf"{folder}\rdb",
        },
    )
    lab.control.sleep(60)
    # some say that one database is never mounted twice (exchange.md 15.2)
    lab.control.run_cmdlet("Dismount-Database", {"Identity": "DB02", "Confirm": False})
    lab.control.mount("Somebody's RDB")


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (_service_down, ["MSExchangeRepl", "Start"]),
        (_component_inactive, ["ServerWideOffline"]),
        (_no_space, ["free"]),
        (_moving, ["move"]),
        (_other_recovery_database, ["Somebody's RDB"]),
    ],
    ids=["service", "component", "space", "move", "recovery_database"],
)
def test_the_preflight_stops_with_the_remedy(
    make_lab: MakeLab, run_playbook: Callable, trouble: Callable[[Lab], None], words: list[str]
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    trouble(lab)
    run = run_playbook(lab, **ONE, dialtone_until="preflight")
    assert run.status != 0, run.output
    assert changing_calls(lab) == []
    for word in words:
        assert word in run.output, run.output


@pytest.mark.parametrize(
    ("switch", "answer", "words"),
    [
        (
            "remote_powershell",
            "retired",
            ["/PowerShell answered with HTTP status 404", "ansible_exchange_path"],
        ),
        (
            "role_model",
            "without Disaster Recovery",
            [
                "DB01 is left as it is",
                "may not use New-MailboxRestoreRequest",
                "the management role 'Disaster Recovery'",
            ],
        ),
    ],
)
def test_an_update_that_took_away_what_every_recovery_needs(
    make_lab: MakeLab, run_playbook: Callable, switch: str, answer: str, words: list[str]
) -> None:
    """Facts 16a and 16c: the run stops before anything changes."""
    lab = make_lab("tiny", **{switch: answer})
    lose(lab, "DB01")
    run = run_playbook(lab, **ALL)
    assert run.status != 0 and run.changed == 0, run.output
    assert changing_calls(lab) == []
    for word in words:
        assert word in run.output, run.output


def test_a_standard_edition_server_at_its_limit(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("standard")
    lose(lab, "DB1")
    run = run_playbook(lab, dialtone_failed_databases=["DB1"])
    assert run.status != 0
    assert changing_calls(lab) == []
    assert "Standard" in run.output
    assert "5 databases" in run.output


def test_unknown_host_group_is_named(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny")
    run = run_playbook(lab, **ONE, dialtone_exchange_hosts="nobody")
    assert run.status != 0
    assert "no host or group 'nobody'" in run.output


def test_a_wrong_password_is_said_plainly_and_leaves_no_session(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    run = run_playbook(lab, **ONE, ansible_password="no-such-secret")
    assert run.status != 0
    assert "password" in run.output.lower()
    assert "no-such-secret" not in run.output
    assert lab.control.sessions()["open"] == 0


def test_the_swap_returns_to_dial_tone_when_the_restored_file_does_not_mount(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    """The users keep the mailboxes of the dial tone period; the same command ends it later."""
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, **ALL, dialtone_until="restore")
    assert run.status == 0, run.output
    restored = r"D:\DialTone\DB01\restored\DB01.edb"
    lab.control.set_acl("MBX1", restored, [r"CONTOSO\Backup:(F)"])
    run = run_playbook(lab, **ALL)
    assert run.status != 0
    assert "dial tone files again" in run.output, run.output
    assert lab.control.status()["databases"]["DB01-DT"]["mounted"]

    lab.control.set_acl("MBX1", restored, None)
    run = run_playbook(lab, **ALL)
    assert run.status == 0, run.output
    prove_nothing_lost(lab)


def test_bad_items_are_listed_and_lose_nothing_else(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    """Two unreadable items of the dial tone period: the merge goes on, and names them."""
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, **ALL, dialtone_until="dial_tone")
    assert run.status == 0, run.output
    user = _users(lab, "DB01-DT")[0]
    lab.control.add_items(user, corrupt=2)
    run = run_playbook(lab, **ALL)
    assert run.status == 0, run.output
    assert "could not be read" in run.output or "skipped" in run.output
    lab.control.stop_mail_flow()
    lab.control.drain()
    audit = lab.control.audit()
    assert len(audit["unreadable_lost"]) == 2
    assert audit["lost"] == audit["doubled"] == audit["bounced"] == []


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien $(whoami)",
        pytest.param("Finanzen Süd & Nord", marks=pytest.mark.thorough),
        pytest.param("Кадры", marks=pytest.mark.thorough),
    ],
)
def test_names_of_every_kind_work_or_are_refused(
    make_lab: MakeLab, run_playbook: Callable, name: str
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, **ALL, dialtone_database_name=name)
    assert run.status == 0, run.output
    assert lab.control.status()["databases"][name]["mounted"]
    prove_nothing_lost(lab)
