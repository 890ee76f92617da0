# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the way to a server."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cases import (
    DIAL_TONE,
    MERGE,
    RESTORE,
    RETRIED,
    RETURNED,
    STOPPED,
    STRANDED,
    SWAP,
    UNTOUCHED,
    Scene,
    case,
)

_TICKET = 3  # seconds that the ticket lives that is to expire


@case("connection_refused", stage=DIAL_TONE, reads="trying again:", outcome=RETRIED)
def test_refused_for_minutes(scene: Scene) -> None:
    """for some minutes, with a session open"""
    scene.inject("connection_refused", server="MBX1")
    scene.lift_when_read("trying again:")


@case("connection_refused", stage=DIAL_TONE, reads="can not be reached", outcome=STOPPED)
def test_refused_for_good(scene: Scene) -> None:
    """for longer than is waited for"""
    scene.inject("connection_refused", server="MBX1")


@case(
    "connection_refused", stage=SWAP, reads="The swap failed and is being undone", outcome=RETURNED
)
def test_refused_in_the_swap(scene: Scene) -> None:
    """for a minute, after the dial tone database was dismounted"""
    scene.at(
        "Dismount-Database",
        lambda: scene.inject("connection_refused", server="MBX1"),
        point="called",
    )
    scene.lift_when_read("trying again:")


@case("connection_refused", stage=SWAP, reads="Its users can't work. Cure the second reason", outcome=STRANDED)
def test_refused_for_good_in_the_swap(scene: Scene) -> None:
    """for longer than is waited for, after the dial tone database was dismounted"""
    scene.desk.pace = 60.0
    scene.at(
        "Dismount-Database",
        lambda: scene.inject("connection_refused", server="MBX1"),
        point="called",
    )


@case("connection_silent", stage=DIAL_TONE, reads="trying again:", outcome=RETRIED)
def test_silent_for_minutes(scene: Scene) -> None:
    """for some minutes, with a session open"""
    scene.desk.reconnect(connect_timeout=1, read_timeout=2, operation_timeout=1)
    scene.inject("connection_silent", server="MBX1")
    scene.lift_when_read("trying again:")


@case("answer_reset", stage=DIAL_TONE, reads="the last one was lost", outcome=RETRIED)
def test_reset_while_reading(scene: Scene) -> None:
    """in the answer to a command that reads"""
    scene.inject("answer_reset", action="Receive", kind="cmdlets")


@case("answer_reset", stage=DIAL_TONE, reads="was lost; it is there", outcome=RETRIED)
def test_reset_while_changing(scene: Scene) -> None:
    """in the answer to a command that changes a mailbox"""
    scene.at("Set-Mailbox", lambda: scene.inject("answer_reset", action="Receive"), nth=2)


@case("answer_garbled", stage=DIAL_TONE, reads="the last one was lost", outcome=RETRIED)
def test_garbled_while_reading(scene: Scene) -> None:
    """a proxy's page in place of the answer to a command that reads"""
    scene.inject("answer_garbled", action="Receive", kind="cmdlets")


@case("answer_garbled", stage=DIAL_TONE, reads="still carried out is unknown", outcome=STOPPED)
def test_garbled_while_changing(scene: Scene) -> None:
    """a proxy's page in place of the answer to New-MailboxDatabase"""
    scene.at("New-MailboxDatabase", lambda: scene.inject("answer_garbled", action="Receive"))


@case("unauthorized", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_logon_expired(scene: Scene) -> None:
    """once, within a run, as when a ticket has expired"""
    scene.inject("unauthorized", route="/powershell")


@case("unauthorized", stage=DIAL_TONE, reads="the ticket has expired", outcome=STOPPED, kerberos=True)
def test_ticket_expired(scene: Scene) -> Iterator[None]:
    """while mailboxes are pointed at the dial tone database, when the Kerberos ticket has expired and there is no password
    to get another one"""
    realm, cache = scene.desk.lab.realm, scene.recovery.evidence / "tickets"
    who = {"user": f"Administrator@{realm.name}", "password": None}

    def kinit(seconds: int) -> None:
        realm.ticket("Administrator", scene.desk.lab.administrator.password, cache, seconds)

    def expire() -> None:
        kinit(_TICKET)
        time.sleep(_TICKET + 1)  # a KDC has only the real clock
        scene.inject("unauthorized", times=None)

    assert scene.patch is not None
    scene.patch.setenv("KRB5CCNAME", f"FILE:{cache}")
    kinit(36000)
    scene.desk.reconnect(**who)
    scene.at("Set-Mailbox", expire, nth=2, point="called")
    yield
    assert scene.error is not None and "kinit" in str(scene.error.remedy)
    scene.control.lift()
    kinit(36000)
    scene.desk.reconnect(**who)


@case("password_changed", stage=DIAL_TONE, reads="does not take them any more", outcome=STOPPED)
def test_password_changed(scene: Scene) -> None:
    """while mailboxes are pointed at the dial tone database"""
    scene.at("Set-Mailbox", lambda: scene.inject("password_changed"), nth=2, point="called")


@case("password_changed", stage=SWAP, reads="and so did the return to the dial tone files", outcome=STRANDED)
def test_password_changed_in_the_swap(scene: Scene) -> Iterator[None]:
    """after the dial tone database was dismounted"""
    scene.desk.pace = 60.0
    scene.at("Dismount-Database", lambda: scene.inject("password_changed"), point="called")
    yield
    assert scene.error is not None and scene.error.code == "NotReturned"


@case("shell_quota_full", stage=DIAL_TONE, reads="concurrent shells", outcome=RETRIED)
def test_quota_full_for_a_while(scene: Scene) -> None:
    """until another session of the account ends"""
    scene.desk.transport.release_idle()
    scene.inject("shell_quota_full", action="Create", kind="cmdlets", times=2)


@case("shell_quota_full", stage=DIAL_TONE, reads="PowerShellMaxConcurrency", outcome=STOPPED)
def test_quota_full_for_good(scene: Scene) -> None:
    """for longer than is waited for"""
    scene.desk.transport.release_idle()
    scene.inject("shell_quota_full", action="Create", kind="cmdlets", times=None)


@case("service_unavailable", stage=DIAL_TONE, reads="HTTP status 503", outcome=RETRIED)
def test_pool_starts(scene: Scene) -> None:
    """while a session is opened"""
    scene.desk.transport.release_idle()
    scene.inject("service_unavailable", route="/powershell", times=3)


@case("idle_shells_closed", stage=DIAL_TONE, reads="the last one was lost", outcome=RETRIED)
def test_idle_shell_gone(scene: Scene) -> None:
    """between two tasks"""
    scene.inject("idle_shells_closed")


@case("endpoint_restarted", stage=DIAL_TONE, reads="still carried out is unknown", outcome=STOPPED)
def test_restarted_before_it_ran(scene: Scene) -> None:
    """as New-MailboxDatabase arrives"""
    scene.inject("endpoint_restarted", name="New-MailboxDatabase")


@case("endpoint_restarted", stage=DIAL_TONE, reads="the last one was lost", outcome=RETRIED)
def test_restarted_while_reading(scene: Scene) -> None:
    """as a command that reads arrives"""
    scene.inject("endpoint_restarted", name="Get-Mailbox")


@case("server_restarts", stage=SWAP, reads="The swap failed and is being undone", outcome=RETURNED)
def test_the_server_restarts_in_the_swap(scene: Scene) -> None:
    """after the dial tone database was dismounted"""
    scene.at(
        "Dismount-Database", lambda: scene.inject("server_restarts", server="MBX1"), point="called"
    )
    scene.lift_when_read("returning DB01-DT to the dial tone files, once more")


@case("server_restarts", stage=RESTORE, reads="DB01-Restored' is offline", outcome=STOPPED)
def test_the_server_restarts_in_the_proof(scene: Scene) -> None:
    """while the restored file is mounted for its proof"""
    scene.at(
        "Get-MailboxStatistics", lambda: scene.inject("server_restarts", server="MBX1"), point="called"
    )
    scene.lift_when_read("trying again:")


@case("server_restarts", stage=MERGE, reads="was dismounted while its mailboxes were merged", outcome=STOPPED)
def test_the_server_restarts_in_the_merge(scene: Scene) -> None:
    """while the requests run"""
    scene.inject("request_stalls", mailbox="Anna Albers")  # all others have ended then
    scene.when_read("merged 4 of 5", lambda: scene.inject("server_restarts", server="MBX1"))
    scene.lift_when_read("trying again:")


@case("answer_lost", stage=DIAL_TONE, reads="still carried out is unknown", outcome=STOPPED)
def test_answer_to_the_creation_lost(scene: Scene) -> None:
    """New-MailboxDatabase was carried out"""
    scene.inject("answer_lost", name="New-MailboxDatabase")


@case("answer_lost", stage=SWAP, reads="The swap failed and is being undone", outcome=RETURNED)
def test_answer_to_the_dismount_lost(scene: Scene) -> None:
    """the dial tone database was dismounted for the swap"""
    scene.inject("answer_lost", name="Dismount-Database")


@case("session_hangs", stage=DIAL_TONE, reads="the last one was lost", outcome=RETRIED)
def test_hangs_while_reading(scene: Scene) -> None:
    """at a command that reads"""
    scene.desk.reconnect(read_timeout=2, operation_timeout=1)
    scene.inject("session_hangs", action="Command", kind="cmdlets", times=1)


@case("session_hangs", stage=DIAL_TONE, reads="still carried out is unknown", outcome=STOPPED)
def test_hangs_while_changing(scene: Scene) -> None:
    """at New-MailboxDatabase"""
    scene.desk.reconnect(read_timeout=2, operation_timeout=1)
    scene.at(
        "New-MailboxDatabase", lambda: scene.inject("session_hangs", action="Receive", times=1)
    )


@case("slow", stage=DIAL_TONE, reads="", outcome=UNTOUCHED)
def test_slow_to_death(scene: Scene) -> None:
    """each call takes ten minutes; nothing else is read than without it, only later"""
    scene.inject("slow", delay=600)


@case("certificate_expired", stage=DIAL_TONE, reads="certificate has expired", outcome=STOPPED)
def test_certificate_expired(scene: Scene) -> Iterator[None]:
    """within a run over https"""
    authority = str(scene.desk.lab.certificate_authority)
    scene.desk.reconnect(scheme="https", ca_cert=authority)
    scene.inject("certificate_expired", server="MBX1")
    yield
    assert "Renew it on the server" in str(scene.error)


@case(
    "certificate_of_another",
    stage=DIAL_TONE,
    reads="the name that is in the server's",
    outcome=STOPPED,
)
def test_certificate_of_another(scene: Scene) -> None:
    """within a run over https"""
    authority = str(scene.desk.lab.certificate_authority)
    scene.desk.reconnect(scheme="https", ca_cert=authority)
    scene.inject("certificate_of_another", server="MBX1")


@case(
    "cmdlet_throttled",
    stage=DIAL_TONE,
    reads="asks to wait 2 s before Set-Mailbox",
    outcome=RETRIED,
)
def test_throttled(scene: Scene) -> None:
    """while mailboxes are pointed at the dial tone database"""
    scene.inject("cmdlet_throttled", name="Set-Mailbox", wait=2, times=2)


@case("cmdlet_throttled", stage=DIAL_TONE, reads="has used up its budget", outcome=STOPPED)
def test_throttled_for_good(scene: Scene) -> None:
    """with a time to wait that is longer than a run waits"""
    scene.inject("cmdlet_throttled", name="New-MailboxDatabase", wait=900)
