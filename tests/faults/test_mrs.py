# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the Mailbox Replication Service and of restore requests."""

from __future__ import annotations

from typing import Any

from cases import MERGE, RETRIED, STOPPED, WAITED, Scene, case
from test_database import lift_at

PERSON = "Anna Albers"


@case("replication_service_stops", stage=MERGE, outcome=WAITED, reads="MSExchangeMailboxReplication is not running")
def test_the_service_is_stopped(scene: Scene) -> None:
    """before the requests are created; somebody starts it after a while"""
    scene.inject("replication_service_stops", server="MBX1")
    lift_at(scene, "Test-ServiceHealth", 3)


@case("replication_service_stops", stage=MERGE, outcome=WAITED, reads="MSExchangeMailboxReplication is not running")
def test_the_service_stops_meanwhile(scene: Scene) -> None:
    """as the first request copies; somebody starts it after a while"""

    def stop(_hit: Any) -> None:
        scene.inject("replication_service_stops", server="MBX1")

    scene.desk.lab.organisation.faults.watch("mrs", stop)
    scene.lift_when_read("MSExchangeMailboxReplication is not running")


@case("request_stalls", stage=MERGE, outcome=WAITED, reads="StalledDueToTarget_DiskLatency")
def test_a_request_stalls(scene: Scene) -> None:
    """a request that Exchange makes wait for hours"""
    scene.inject("request_stalls", mailbox=PERSON)
    lift_at(scene, "Get-MailboxRestoreRequestStatistics", 9)


@case("request_fails_for_a_while", stage=MERGE, outcome=WAITED, reads="one is TransientFailureSource", speed=300.0)
def test_a_request_fails_for_a_while(scene: Scene) -> None:
    """a request that Exchange tries again by itself"""
    scene.inject("request_fails_for_a_while", mailbox=PERSON, times=None)
    scene.lift_when_read("TransientFailureSource")


@case(
    "request_fails", stage=MERGE, outcome=RETRIED,
    reads=f"the restore request of {PERSON} failed (MapiExceptionNoAccessPermanentException):",
)  # fmt: skip
def test_a_request_fails_once(scene: Scene) -> None:
    """a request that Exchange gives up, and that goes on when it is resumed"""
    scene.inject("request_fails", mailbox=PERSON)


@case("request_fails", stage=MERGE, outcome=STOPPED, reads="Failed twice (MapiExceptionNoAccessPermanentException)")
def test_a_request_fails_for_good(scene: Scene) -> None:
    """a request that fails again after it was resumed"""
    scene.inject("request_fails", mailbox=PERSON, times=2)


@case("request_removed", stage=MERGE, outcome=STOPPED, reads="Somebody removed its restore request")
def test_a_request_is_removed(scene: Scene) -> None:
    """a request that is on its way"""
    scene.inject("request_removed", mailbox=PERSON)


@case("source_dismounted", stage=MERGE, outcome=STOPPED, reads="was dismounted while its mailboxes were merged")
def test_the_recovery_database_is_dismounted(scene: Scene) -> None:
    """the recovery database of the merge, while requests read from it"""
    scene.inject("source_dismounted", mailbox=PERSON)
