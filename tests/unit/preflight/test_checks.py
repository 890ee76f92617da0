# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight checks as tables: one change of the facts, one verdict."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.copies import (
    DatabaseCopy,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.moves import MoveRequest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    RestoreRequest,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.servers import (
    Server,
    ServiceHealth,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
    Signature,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    FOLDERS,
    RecoveryLayout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    _preflight,
    _recovery_plan,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Adopt,
    EdbFile,
    Facts,
    MergeSource,
    Names,
)

GB = 1 << 30
RUN = "20261122-141502"
FAILED = Database(
    name="DB01",
    guid="aabbccdd-0000-0000-0000-000000000000",
    distinguished_name="CN=DB01",
    server="MBX1",
    recovery=False,
    edb_path="D:\\Databases\\DB01\\DB01.edb",
    log_folder="D:\\Databases\\DB01",
    log_prefix="E00",
    created=True,
    mounted=False,
)
RDB = replace(FAILED, name="RDB", guid="r", recovery=True, mounted=True)
DIAL_TONE = replace(
    FAILED,
    name="DB01-DT",
    guid="d",
    mounted=True,
    edb_path="D:\\DialTone\\DB01\\dialtone\\DB01-DT.edb",
    excluded_from_provisioning=True,
    excluded_reason=f"Dial tone for DB01, run {RUN}",
)
ANN = Mailbox(
    guid="a",
    exchange_guid="x",
    distinguished_name="CN=Ann",
    display_name="Ann",
    alias="ann",
    primary_smtp_address="ann@contoso.lab",
    kind="user",
    recipient_type_details="UserMailbox",
    database="DB01",
)
MBX1 = Server("MBX1", "mbx1.contoso.lab", "Enterprise", "", None, True)
MINE = Signature("03/14/2023 08:21:45.113", 1873440912)
OTHER = Signature("03/14/2023 08:21:45.113", 77)
DIRTY = DatabaseHeader("Dirty Shutdown", MINE, None, (10, 12), 13)
CLEAN = DatabaseHeader("Clean Shutdown", MINE, None)
MOVE = MoveRequest("Ann", "x", "a", "InProgress", "DB01", "DB02", None)


def volume(name: str, free: int = 900 * GB, device: str | None = None) -> Volume:
    return Volume(device or name, name, "", "NTFS", 1000 * GB, free, 65536)


def facts(**changes: t.Any) -> Facts:
    """A database that is lost, on a healthy server: nothing stands in the way."""
    have: dict[str, t.Any] = {
        "failed": FAILED,
        "original": MBX1,
        "server": MBX1,
        "session_server": "mbx1.contoso.lab",
        "layout": RecoveryLayout.of("D:\\DialTone", "DB01", FAILED.edb_path),
        "names": Names(RUN, "DB01-DT", f"DB01-Restored-{RUN}", f"DB01-Merge-{RUN}", "b"),
        "run_id": None,
        "recovery_root_option": None,
        "restore_folder": None,
        "databases": [FAILED],
        "copies": [DatabaseCopy("DB01\\MBX1", "MBX1", "Dismounted", 0, 0, None)],
        "services": [ServiceHealth("Mailbox", True, ("MSExchangeIS",), ())],
        "components": {"ServerWideOffline": "Active", "HubTransport": "Active"},
        "mailboxes": [ANN],
        "volumes": [volume("C:\\"), volume("D:\\"), volume("E:\\")],
        "missing_commands": [],
        "shell_limit": "18",
    }
    return Facts(**{**have, **changes})


def restored(header: DatabaseHeader | None, *logs: str) -> dict[str, t.Any]:
    folder = "E:\\Restore\\DB01"
    edb = EdbFile(f"{folder}\\DB01.edb", GB, header, "" if header else "damaged")
    files = [File(edb.path, edb.size), *(File(f"{folder}\\{log}", 1 << 20) for log in logs)]
    generations = frozenset(int(log[3:11], 16) for log in logs)
    return {
        "restore_folder": folder,
        "restore": Listing(folder, tuple(files)),
        "restore_files": [edb],
        "restore_logs": generations,
    }


def by_name(found: Facts) -> dict[str, Check]:
    checks = _preflight.run_all(found)
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def test_a_lost_database_on_a_healthy_server_passes_everything() -> None:
    checks = by_name(facts())
    assert {name: c.verdict for name, c in checks.items() if c.verdict != "ok"} == {}
    assert len(checks) >= 15


STOPS: list[tuple[str, dict[str, t.Any], str, str]] = [
    ("mounted", {"failed": replace(FAILED, mounted=True)}, "is mounted", "Dismount-Database DB01"),
    ("mounted", {"failed": replace(FAILED, mounted=None)}, "does not know", "MSExchangeIS"),
    ("server", {"session_server": "mbx2.contoso.lab"}, "mbx2", "mbx1.contoso.lab"),
    (
        "services",
        {"services": [ServiceHealth("Mailbox", False, (), ("MSExchangeIS",))]},
        "MSExchangeIS",
        "Start them on MBX1",
    ),
    (
        "components",
        {"components": {"ServerWideOffline": "Inactive"}},
        "maintenance",
        "Set-ServerComponentState MBX1",
    ),
    (
        "slot",
        {
            "server": Server("MBX1", "mbx1.contoso.lab", "Standard", "", None, True),
            "databases": [FAILED] * 5,
        },
        "5 of 5",
        "Remove a database",
    ),
    (
        "final_database",
        {"final_name": "DB77", "final_taken": True},
        "name of another database",
        "another name",
    ),
    (
        "final_database",
        {"final_name": "DB77", "layout": replace(facts().layout, dial_tone_database="DB01")},
        "in place",
        "Leave dialtone_final_database out",
    ),
    ("recovery_database", {"databases": [FAILED, RDB]}, "RDB is mounted", "Dismount-Database RDB"),
    ("roles", {"missing_commands": ["Set-Mailbox"]}, "Set-Mailbox", "role group"),
    (
        "dial_tone_database",
        {"dial_tone": replace(DIAL_TONE, excluded_reason="for tests only")},
        "another database",
        "another dial_tone_database",
    ),
    (
        "dial_tone_database",
        {"dial_tone": replace(DIAL_TONE, excluded_reason=f"Dial tone for DB07, run {RUN}")},
        "dial tone of DB07",
        "another dial_tone_database",
    ),
    (
        "dial_tone_database",
        {"names": Names(RUN, "db01", "r", "m", "b")},
        "name of the failed one",
        "DB01-DT",
    ),
    (
        "dial_tone_database",
        {"marked": [DIAL_TONE, replace(DIAL_TONE, name="DB01-DT2")]},
        "DB01-DT2",
        "marker",
    ),
    (
        "dial_tone_database",
        {"dial_tone": replace(DIAL_TONE, server="MBX2")},
        "lies on MBX2",
        "another dial_tone_database",
    ),
    (
        "dial_tone_database",
        {"adopt": Adopt("DTDB9")},
        "to adopt",
        "dialtone_adopt_database",
    ),
    (
        "adopt",
        {"look_alikes": [replace(DIAL_TONE, name="DTDB1")], "mailboxes": []},
        "no mailbox is left on DB01",
        "dialtone_adopt_database=DTDB1",
    ),
    (
        "adopt",
        {"merge_source": MergeSource("D:\\x.edb", "D:\\logs", problem="nobody knows where it is")},
        "nobody knows",
        "dialtone_adopt_dial_tone_file",
    ),
    ("recovery_root", {"volumes": [volume("C:\\")]}, "on no volume", "online"),
    (
        "recovery_root",
        {"dial_tone": replace(DIAL_TONE, edb_path="E:\\Other\\DB01\\dialtone\\DB01-DT.edb")},
        "E:\\Other",
        "Give that recovery_root",
    ),
    (
        "space",
        {"volumes": [volume("D:\\", 10 * GB)], "failed_file": EdbFile("x", 100 * GB)},
        "10.0 GB free",
        "Free 95.0 GB",
    ),
    ("moves", {"moves": [MOVE]}, "Ann", "Remove-MoveRequest"),
    (
        "restore_folder",
        {"restore_folder": "D:\\Databases\\DB01"},
        "own folder",
        "another folder",
    ),
    (
        "restore_folder",
        {"restore_folder": "D:\\DialTone\\DB01\\restored"},
        "folder of this recovery",
        "another folder",
    ),
]


@pytest.mark.parametrize(("name", "changes", "have", "remedy"), STOPS)
def test_stops_name_what_is_wrong_and_the_remedy(
    name: str, changes: dict[str, t.Any], have: str, remedy: str
) -> None:
    check = by_name(facts(**changes))[name]
    assert check.verdict == "stop"
    assert have in check.have
    assert remedy in check.remedy
    assert check.remedy.endswith(".")
    assert check.remedy in check.text and check.need.rstrip(".") in check.text


def test_every_stop_in_the_code_has_a_row_here() -> None:
    """A new stop without a row fails this; those of the restored files are below."""
    import inspect

    from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks import (
        database,
        identity,
        mailboxes,
        server,
        space,
    )

    told = {row[0] for row in STOPS} | {"failed_database", "names"}
    for module in (database, identity, mailboxes, server, space):
        for part in inspect.getsource(module).split("return stop(")[1:]:
            assert part.split('"')[1] in told


WARNINGS: list[tuple[str, dict[str, t.Any], str]] = [
    ("circular_logging", {"failed": replace(FAILED, circular_logging=True)}, "backup"),
    (
        "services",
        {"services": [ServiceHealth("Mailbox", False, (), ("MSExchangeMailboxReplication",))]},
        "The merge needs it",
    ),
    ("components", {"components": {"HubTransport": "Inactive"}}, "Look whether"),
    ("throttling", {"shell_limit": "2"}, "throttling policy"),
    (
        "recovery_root",
        {"layout": RecoveryLayout.of("E:\\DialTone", "DB01", FAILED.edb_path)},
        "a rename",
    ),
    ("mailboxes", {"mailboxes": []}, "Check the name"),
    (
        "restore_requests",
        {"others": [RestoreRequest("Ann\\x", "x", None, None, "Queued", None, None)]},
        "leaves them alone",
    ),
    ("holds", {"mailboxes": [replace(ANN, on_hold=True)]}, "keep the failed"),
]


@pytest.mark.parametrize(("name", "changes", "remedy"), WARNINGS)
def test_warnings(name: str, changes: dict[str, t.Any], remedy: str) -> None:
    check = by_name(facts(**changes))[name]
    assert check.verdict == "warn", check
    assert remedy in check.remedy


@pytest.mark.parametrize(
    ("changes", "name", "have"),
    [
        ({"restore_folder": "E:\\Restore"}, "restore_folder", "does not exist"),
        (
            {**restored(CLEAN), "restore_files": []},
            "restore_folder",
            "holds no .edb file",
        ),
        (restored(None), "restored_database", "damaged"),
        (
            {**restored(replace(CLEAN, signature=OTHER)), "failed_signature": MINE},
            "restored_database",
            "another database",
        ),
        (
            {**restored(replace(CLEAN, log_signature=OTHER)), "failed_log_signature": MINE},
            "restored_database",
            "log signature",
        ),
        (
            {**restored(DIRTY, "E000000000A.log"), "failed_logs": frozenset((12, 13))},
            "restored_logs",
            "E000000000B.log",
        ),
    ],
)
def test_restored_files_warn_before_the_dial_tone_and_stop_after_it(
    changes: dict[str, t.Any], name: str, have: str
) -> None:
    before = by_name(facts(**changes))[name]
    after = by_name(facts(**changes, stage="dial_tone", dial_tone=DIAL_TONE, run_id=RUN))[name]
    assert (before.verdict, after.verdict) == ("warn", "stop")
    assert have in before.have
    assert before.remedy


def test_restored_files_that_fit_are_ok() -> None:
    have = facts(
        **restored(DIRTY, "E000000000A.log", "E000000000B.log"),
        failed_logs=frozenset((12, 13)),
        failed_signature=MINE,
    )
    checks = by_name(have)
    assert {
        checks[n].verdict for n in ("restore_folder", "restored_database", "restored_logs")
    } == {"ok"}


def test_the_root_is_looked_for_on_mount_points_too() -> None:
    layout = RecoveryLayout.of("D:\\Mounts\\V1\\DialTone", "DB01", FAILED.edb_path)
    have = facts(layout=layout, volumes=[volume("D:\\"), volume("D:\\Mounts\\V1\\", 5 * GB)])
    have = replace(have, failed_file=EdbFile("x", 100 * GB))
    check = by_name(have)["space"]
    assert check.verdict == "stop"
    assert "preserved files 100.0 GB" in check.need
    assert "restored files 100.0 GB" in check.need


def test_our_own_objects_do_not_stop_us() -> None:
    own = replace(RDB, name=f"DB01-Merge-{RUN}")
    have = facts(
        stage="merging", dial_tone=DIAL_TONE, databases=[FAILED, DIAL_TONE, own], run_id=RUN
    )
    assert [c.name for c in _preflight.run_all(have) if c.verdict == "stop"] == []


def test_from_the_wrong_server_only_that_is_said() -> None:
    have = facts(session_server="mbx2.contoso.lab", volumes=[])
    assert [c.name for c in _preflight.run_all(have)] == ["failed_database", "server"]


def test_a_finished_recovery_is_not_checked_again() -> None:
    have = facts(stage="closed", failed=replace(FAILED, mounted=True), moves=[MOVE])
    assert [(c.name, c.verdict) for c in _preflight.run_all(have)] == [("failed_database", "ok")]


def test_a_finished_recovery_tells_of_a_run_that_died_at_its_very_end() -> None:
    """It has left its claim, or the folder of it, which the next run takes away."""
    have = facts(stage="closed")
    left = RecoveryFolders(have.layout, dict.fromkeys(FOLDERS), is_claimed=True)
    checks = _preflight.run_all(replace(have, folders=left))
    assert [(c.name, c.verdict) for c in checks] == [("failed_database", "ok"), ("at_work", "warn")]


@pytest.mark.parametrize(
    ("stage", "stages"),
    [
        ("new", ["dial_tone", "restore", "swap", "merge", "close"]),
        ("restored", ["swap", "merge", "close"]),
        ("swapping", ["swap", "merge", "close"]),
        ("merging", ["merge", "close"]),
        ("closed", []),
    ],
)
def test_the_plan_lists_what_is_still_to_come(stage: str, stages: list[str]) -> None:
    lines = _recovery_plan.make(facts(stage=stage))
    assert list(dict.fromkeys(line.stage for line in lines)) == stages
    sent = [line for line in lines if not line.command.startswith("#") and "[0" not in line.text]
    assert all(line.seconds is None or line.seconds > 0 for line in sent)


def test_a_reason_in_the_plan_has_no_duration() -> None:
    reason = _recovery_plan.PlanLine("swap", "# dialtone_swap_method: rename, because", 0.0)
    assert reason.text == "swap: dialtone_swap_method: rename, because"


def test_the_plan_copies_across_volumes_and_says_how_much() -> None:
    layout = RecoveryLayout.of("E:\\DialTone", "DB01", FAILED.edb_path)
    have = facts(layout=layout, failed_file=EdbFile(FAILED.edb_path, 100 * GB))
    line = next(line for line in _recovery_plan.make(have) if "preserved\\database" in line.command)
    assert line.command.startswith("robocopy")
    assert "100.0 GB" in line.command
    assert line.seconds and 300 < line.seconds < 700
