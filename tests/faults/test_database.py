# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of databases: mounts, dismounts, the store, recovery databases of others."""

from __future__ import annotations

from collections.abc import Iterator

from cases import (
    DIAL_TONE,
    RESTORE,
    RETRIED,
    RETURNED,
    STOPPED,
    SWAP,
    UNTOUCHED,
    WAITED,
    Scene,
    case,
)

DIRECTORY_LAG, LIMIT = "NotFoundInDirectory", "TooManyMounted"


@case(
    "mount_fails", stage=DIAL_TONE, outcome=RETRIED,
    reads="waiting for database DB01-DT to be mountable: Exchange gives no reason that is known",
)  # fmt: skip
def test_mount_fails_once(scene: Scene) -> None:
    """the first mount of the dial tone database"""
    scene.inject("mount_fails", database="DB01-DT")


@case(
    "mount_fails", stage=DIAL_TONE, outcome=RETRIED,
    reads="waiting for database DB01-DT to be mountable: the server's domain controller does not know the database yet",
)  # fmt: skip
def test_directory_lag_at_the_mount(scene: Scene) -> None:
    """the first mounts of the dial tone database, since the server's domain controller lags"""
    scene.inject("mount_fails", database="DB01-DT", kind=DIRECTORY_LAG, times=3)


@case("mount_fails", stage=SWAP, outcome=RETURNED, reads="the file is damaged (JET error -1018)")
def test_the_restored_file_never_mounts(scene: Scene) -> None:
    """the mount of the restored file, which is damaged"""
    scene.inject("mount_fails", database="DB01-DT", kind="Jet", code=-1018, times=1)


@case("mount_fails", stage=DIAL_TONE, outcome=STOPPED, reads="the volume is full (JET error -1808)")
def test_mount_always_fails(scene: Scene) -> None:
    """each mount of the dial tone database"""
    scene.inject("mount_fails", database="DB01-DT", kind="Jet", code=-1808, times=None)


@case(
    "mount_fails", stage=DIAL_TONE, outcome=STOPPED,
    reads="the server has as many databases mounted as its edition allows",
)  # fmt: skip
def test_the_limit_is_reached_meanwhile(scene: Scene) -> None:
    """the mount of the dial tone database, when somebody has mounted the last database the edition allows"""
    scene.inject("mount_fails", database="DB01-DT", kind=LIMIT, times=None)


@case(
    "store_stops", stage=DIAL_TONE, outcome=RETRIED,
    reads="waiting for database DB01-DT to be mountable: the Information Store does not answer",
)  # fmt: skip
def test_the_store_restarts(scene: Scene) -> None:
    """before the dial tone database is mounted, and starts again soon"""
    scene.inject("store_stops", server="MBX1")
    lift_at(scene, "Mount-Database", 3)


@case(
    "recovery_database_taken", stage=RESTORE, outcome=STOPPED,
    reads="recovery database RDB of a colleague is still mounted on MBX1",
)  # fmt: skip
def test_a_colleague_has_the_recovery_database(scene: Scene) -> None:
    """when the restored file is to be mounted for its proof"""
    colleague(scene)


@case(
    "recovery_database_taken", stage=RESTORE, outcome=WAITED,
    reads="recovery database RDB of a colleague is still mounted on MBX1",
)  # fmt: skip
def test_a_colleague_needs_the_recovery_database_for_a_while(scene: Scene) -> None:
    """when the restored file is to be mounted for its proof; the colleague is ready soon"""
    colleague(scene)
    lift_at(scene, "Get-MailboxDatabase", 5)


def colleague(scene: Scene) -> None:
    """Somebody reads an old mailbox from a backup."""
    scene.inject("recovery_database_taken", server="MBX1", folder="E:\\Colleague")


def lift_at(scene: Scene, name: str, nth: int) -> None:
    """What is broken is mended just before the nth such call."""
    faults = scene.desk.lab.organisation.faults
    faults.watch("call", lambda _hit: faults.lift(), name=name, nth=nth)


@case(
    "dismount_lasts", stage=SWAP, outcome=WAITED,
    reads="waiting for database DB01-DT to be dismounted: mounted",
)  # fmt: skip
def test_the_dismount_lasts(scene: Scene) -> None:
    """the dismount of the dial tone database, for some minutes"""
    scene.inject("dismount_lasts", database="DB01-DT", lasts=6000)


@case(
    "dismount_lasts", stage=SWAP, outcome=RETURNED,
    reads="The dismount of DB01-DT that the swap has asked for has not ended after 20 s. Its users work, but it may still"
    " end: then run the same command again",
)  # fmt: skip
def test_the_dismount_does_not_end(scene: Scene) -> Iterator[None]:
    """the dismount of the dial tone database, which ends only after the run has given up"""
    scene.desk.pace = 60.0
    scene.inject("dismount_lasts", database="DB01-DT", lasts=1e9)
    yield
    scene.desk.pace = 1.0
    scene.control.dismount("DB01-DT")  # what was asked for comes to its end
    scene.stages.run(DIAL_TONE)  # with which the same command begins
    assert scene.users_can_work()


@case(
    "file_held_after_dismount", stage=SWAP, outcome=RETRIED,
    reads="DB01-DT.edb is held by another program (try 1 of 10)",
)  # fmt: skip
def test_a_scanner_takes_the_dial_tone_file(scene: Scene) -> None:
    """right after the dismount of the dial tone database"""
    scene.inject("file_held_after_dismount", database="DB01-DT", lasts=6000, times=2)


@case(
    "file_held_after_dismount", stage=SWAP, outcome=RETURNED,
    reads="Dismount the database and wait until no backup, antivirus or eseutil",
)  # fmt: skip
def test_a_scanner_keeps_the_dial_tone_file(scene: Scene) -> Iterator[None]:
    """right after the dismount of the dial tone database, for longer than anybody waits in an outage"""
    scene.inject("file_held_after_dismount", database="DB01-DT", lasts=30000, times=2)
    yield


@case("database_dismounted", stage=SWAP, outcome=UNTOUCHED, reads="")
def test_somebody_dismounts_it_first(scene: Scene) -> None:
    """the dial tone database, just before the swap dismounts it"""
    scene.inject("database_dismounted", name="Dismount-Database", database="DB01-DT")


@case("name_taken", stage=DIAL_TONE, outcome=STOPPED, reads="the name is taken: it is not marked as dial tone database")
def test_the_name_is_taken(scene: Scene) -> None:
    """the name of the dial tone database"""
    scene.inject("name_taken", name="DB01-DT", server="MBX1", folder="E:\\Somebody")
