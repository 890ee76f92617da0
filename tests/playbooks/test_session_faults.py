# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the way to a server as somebody reads them who runs ansible-playbook; tests/faults has all of them, without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from incidents import lose, prove_nothing_lost, restore_folder

from exchange_lab.faults import wanted
from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}
GOES_ON = {
    "refused for a while": (
        "connection_refused,server=MBX1,seconds=6000@Get-Mailbox",
        ["waiting for a session with", "trying again:", "can not be reached"],
    ),
    "no place for a session": (
        "shell_quota_full,action=Create,kind=cmdlets,times=2",
        ["trying again:", "concurrent shells"],
    ),
    "the server restarted": (
        "endpoint_restarted,name=Get-Mailbox,nth=9",
        ["waiting for a new session with", "the last one was lost"],
    ),
    "throttled": (
        "cmdlet_throttled,name=Set-Mailbox,wait=1,times=2",
        ["asks to wait 1 s before Set-Mailbox"],
    ),
}
STOPS = {
    "the answer to the creation lost": (
        "answer_lost,name=New-MailboxDatabase",
        ["DB01: stopped at", "was lost while it was to run New-MailboxDatabase", "still carried out is unknown"],
    ),
    "the answer to the dismount of the swap lost": (
        "answer_lost,name=Dismount-Database,nth=2",
        ["DB01: stopped at", "was lost while it was to run Dismount-Database", "dial tone"],
    ),
    "the password changed": (
        "password_changed@Set-Mailbox",
        ["DB01: stopped at", "the server does not take them any more"],
    ),
    "refused for good": (
        "connection_refused,server=MBX1@Set-Mailbox",
        ["trying again:", "DB01: stopped at", "can not be reached", "Check ansible_host"],
    ),
}  # fmt: skip
IN_EVERY_RUN = {"the server restarted", "the answer to the dismount of the swap lost"}


def some(cases: dict[str, tuple[str, list[str]]]) -> list[object]:
    """The cases, most of them by make thorough."""
    return [
        pytest.param(*case, id=name, marks=[] if name in IN_EVERY_RUN else [pytest.mark.thorough])
        for name, case in cases.items()
    ]


def broken(make_lab: MakeLab, fault: str) -> Lab:
    """A lost database, and a fault to come."""
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    wanted.arrange(lab.organisation.faults, wanted.parse(fault))
    return lab


def assert_read(output: str, words: list[str]) -> None:
    text = " ".join(output.split())
    assert not [w for w in words if w not in text], output


@pytest.mark.parametrize(("fault", "words"), some(GOES_ON))
def test_it_waits_visibly_and_goes_on(
    make_lab: MakeLab, run_playbook: Callable, fault: str, words: list[str]
) -> None:
    lab = broken(make_lab, fault)
    run = run_playbook(lab, **ALL)
    assert run.status == 0, run.output
    assert_read(run.output, words)
    prove_nothing_lost(lab)


@pytest.mark.parametrize(("fault", "words"), some(STOPS))
def test_it_stops_and_the_same_command_goes_on(
    make_lab: MakeLab, run_playbook: Callable, fault: str, words: list[str]
) -> None:
    lab = broken(make_lab, fault)
    run = run_playbook(lab, **ALL)
    assert run.status != 0, run.output
    assert_read(run.output, [*words, "same command again"])
    lab.control.lift()
    run = run_playbook(lab, **ALL)
    assert run.status == 0, run.output
    prove_nothing_lost(lab)
