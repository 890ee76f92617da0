# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""recovery_info against the lab: it sees what is there, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_info

ARGS: dict[str, Any] = {
    "failed_database": "DB01",
    "recovery_root": None,
    "restore_folder": None,
    "dial_tone_database": None,
    "scope": "full",
}


def look(desk: Any, **args: Any) -> dict[str, Any]:
    before = len(desk.changing())
    result = desk.run(recovery_info.run, **{**ARGS, **args})
    assert result["changed"] is False
    assert desk.changing()[before:] == []
    return result


def checks(result: dict[str, Any], *verdicts: str) -> dict[str, dict[str, Any]]:
    return {c["name"]: c for c in result["checks"] if c["verdict"] in (verdicts or ("stop",))}


def test_a_destroyed_database_may_be_recovered(shared_desk: Any) -> None:
    result = look(shared_desk, restore_folder="E:\\Restore\\DB01")
    assert checks(result) == {}, checks(result)
    assert result["stage"] == "new"
    assert result["run_id"] is None
    assert result["failed_database"]["mounted"] is False
    assert result["failed_database"]["server_fqdn"] == "mbx1.tiny.lab"
    assert result["recovery_root"] == "D:\\DialTone"
    assert result["dial_tone_name"] == "DB01-DT"
    assert result["mailboxes"]["user"] >= 5
    assert result["mailboxes"]["archive"] == 1
    assert {v["name"] for v in result["volumes"]} >= {"D:\\", "E:\\"}
    assert checks(result, "ok")["restored_database"]["have"] == "signature of the failed database"
    assert "restored_logs" in checks(result, "ok")


def test_the_plan_has_real_names_in_the_order_of_the_stages(shared_desk: Any) -> None:
    plan = look(shared_desk, restore_folder="E:\\Restore\\DB01")["plan"]
    stages = [line["stage"] for line in plan]
    order = ["dial_tone", "restore", "swap", "merge", "close"]
    assert sorted(stages, key=order.index) == stages and set(stages) == set(order)
    text = "\n".join(line["text"] for line in plan)
    for part in (
        "New-MailboxDatabase -Name DB01-DT -Server MBX1",
        "D:\\DialTone\\DB01\\dialtone\\DB01-DT.edb",
        "eseutil /r E00",
        "E:\\Restore\\DB01",
        "Dismount-Database DB01-DT",
        "ConflictResolutionOption KeepLatestItem",
    ):
        assert part in text
    assert sum(line["seconds"] or 0 for line in plan) > 60


def test_check_mode_says_the_same(shared_desk: Any) -> None:
    real = look(shared_desk)
    checked = shared_desk.run(recovery_info.run, check=True, **ARGS)
    assert [c["verdict"] for c in checked["checks"]] == [c["verdict"] for c in real["checks"]]


def test_location_only_says_where_it_is(shared_desk: Any) -> None:
    result = look(shared_desk, failed_database="db01", scope="location")
    assert set(result) == {"changed", "failed_database"}
    assert result["failed_database"]["name"] == "DB01"
    with pytest.raises(NotFoundError, match="no database DB99"):
        look(shared_desk, failed_database="DB99", scope="location")


def test_an_unknown_database_is_a_stop_with_a_remedy(shared_desk: Any) -> None:
    (check,) = look(shared_desk, failed_database="DB99")["checks"]
    assert (check["name"], check["verdict"]) == ("failed_database", "stop")
    assert "Get-MailboxDatabase" in check["remedy"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"failed_database": ""}, "is empty"),
        ({"failed_database": "   "}, "is empty"),
        ({"failed_database": "DB*"}, "does not name one database"),
        ({"failed_database": "x" * 65}, "65 characters"),
        ({"recovery_root": "\\\\nas\\share"}, "network"),
        ({"recovery_root": "D:\\"}, "root of a volume"),
        ({"recovery_root": "DialTone"}, "absolute"),
        ({"restore_folder": "E:\\"}, "root of a volume"),
        ({"dial_tone_database": " "}, "is empty"),
    ],
)
def test_input_that_can_not_be_right_is_refused(
    shared_desk: Any, args: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        look(shared_desk, **args)
    assert caught.value.remedy


def test_names_are_only_ever_names(shared_desk: Any) -> None:
    for name in ("DB'01", 'DB"01', "$(calc)", "DB01 & calc", "%TEMP%", "Müller", "База", "🦊"):
        (check,) = look(shared_desk, failed_database=name)["checks"]
        assert check["verdict"] == "stop"
        assert name in check["have"]


@pytest.mark.parametrize(
    ("folder", "verdict", "part"),
    [
        ("E:\\Nowhere", "warn", "does not exist"),
        ("C:\\Windows", "warn", ""),
        ("D:\\Databases\\DB01", "stop", "own folder"),
        ("D:\\DialTone\\DB01\\restored", "stop", "folder of this recovery"),
    ],
)
def test_a_wrong_restore_folder(shared_desk: Any, folder: str, verdict: str, part: str) -> None:
    check = checks(look(shared_desk, restore_folder=folder), verdict)["restore_folder"]
    assert part in check["have"]
    assert check["remedy"]


def test_the_backup_of_another_database_is_told(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    desk.control.send("all", 1)
    desk.control.backup("DB02", "E:\\Restore\\DB02")
    desk.control.break_database("DB01", "destroy_edb")
    check = checks(look(desk, restore_folder="E:\\Restore\\DB02"), "warn")["restored_database"]
    assert "signature" in check["have"]
    assert "backup of DB01" in check["remedy"]


def test_a_mounted_database_has_not_failed(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    stop = checks(look(desk))["mounted"]
    assert "Dismount-Database DB01" in stop["remedy"]


def test_a_database_that_is_only_dirty_needs_no_dial_tone(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    desk.control.send("all", 2)
    desk.control.break_database("DB01", "crash")
    result = look(desk)
    check = checks(result)["soft_recovery"]
    assert "eseutil /r E00" in check["remedy"]
    assert "Mount-Database DB01" in check["remedy"]
    accepted = look(desk, override=["soft_recovery"])
    assert checks(accepted) == {}
    assert "eseutil /r E00" in checks(accepted, "warn")["soft_recovery"]["remedy"]


def test_a_copy_that_can_be_activated_needs_no_dial_tone(open_desk: Callable[..., Any]) -> None:
    desk = open_desk("dag")
    desk.control.send("all", 2)
    desk.control.sleep(60)
    for name in ("DB01", "DB02", "DB03"):
        desk.control.break_database(name, "destroy_edb")
    stop = checks(look(desk))["copies"]
    assert "the copy on MBX2 is Healthy" in stop["have"]
    assert "Move-ActiveMailboxDatabase DB01 -ActivateOnServer MBX2" in stop["remedy"]
    assert "copies" not in checks(look(desk, override=["copies"]))
    assert "copies" in checks(look(desk, failed_database="DB02"), "ok")  # its copy has failed
    lagged = checks(look(desk, failed_database="DB03"))["copies"]
    assert "lags on purpose" in lagged["have"]
    assert 'Suspend-MailboxDatabaseCopy "DB03\\MBX3"' in lagged["remedy"]


def test_services_down_and_maintenance_stop(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    desk.control.break_database("DB01", "destroy_edb")
    server = desk.lab.organisation.servers["MBX1"]
    server.services["MSExchangeRepl"] = "Stopped"
    server.components["ServerWideOffline"] = "Inactive"
    stops = checks(look(desk))
    assert "MSExchangeRepl" in stops["services"]["have"]
    assert "Set-ServerComponentState" in stops["components"]["remedy"]


def test_a_recovery_database_is_no_failed_database(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    desk.control.run_cmdlet(
        "New-MailboxDatabase",
        {
            "Recovery": True,
            "Name": "RDB",
            "Server": "MBX1",
            "EdbFilePath": "E:\\RDB\\RDB.edb",
            "LogFolderPath": "E:\\RDB",
        },
    )
    desk.control.sleep(60)
    (check,) = look(desk, failed_database="RDB")["checks"]
    assert "recovery database" in check["have"]
    with pytest.raises(PreconditionError, match="recovery database"):
        look(desk, failed_database="RDB", scope="location")


def test_an_edition_at_its_limit_has_no_slot(open_desk: Callable[..., Any]) -> None:
    desk = open_desk("standard")
    failed = desk.control.run_cmdlet("Get-MailboxDatabase", {})[0]["Name"]
    desk.control.break_database(failed, "destroy_edb")
    stop = checks(look(desk, failed_database=failed))["slot"]
    assert "5 of 5" in stop["have"]


def test_a_taken_name_stops(shared_desk: Any) -> None:
    stop = checks(look(shared_desk, dial_tone_database="DB02"))["dial_tone_database"]
    assert "exists already" in stop["have"]
    stop = checks(look(shared_desk, dial_tone_database="DB01"))["dial_tone_database"]
    assert "name of the failed one" in stop["have"]


def test_no_space_a_move_and_another_recovery_database_stop(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    desk.control.send("all", 1)
    desk.control.dismount("DB02")
    files = desk.lab.organisation.servers["MBX1"].fs
    files.mkdir("E:\\RDB")
    files.copy("D:\\Databases\\DB02\\DB02.edb", "E:\\RDB\\RDB.edb")
    desk.control.run_cmdlet(
        "New-MailboxDatabase",
        {
            "Recovery": True,
            "Name": "RDB",
            "Server": "MBX1",
            "EdbFilePath": "E:\\RDB\\RDB.edb",
            "LogFolderPath": "E:\\RDB",
        },
    )
    desk.control.sleep(120)
    desk.control.run_cmdlet("Mount-Database", {"Identity": "RDB"})
    desk.control.add_move_request("Anna Albers", "DB02")
    desk.control.break_database("DB01", "destroy_edb")
    desk.control.fill_volume("MBX1", "D:\\", 100 * 1024**2)
    stops = checks(look(desk))
    assert set(stops) == {"space", "moves", "recovery_database"}, stops
    assert "Anna Albers" in stops["moves"]["have"]
    assert "RDB" in stops["recovery_database"]["have"]
    assert "100.0 MB free on D:" in stops["space"]["have"]


def test_few_calls(shared_desk: Any) -> None:
    before = len(shared_desk.control.calls())
    look(shared_desk, restore_folder="E:\\Restore\\DB01")
    calls = [call["name"] for call in shared_desk.control.calls()[before:]]
    assert len(calls) <= 75, calls  # two for each question: the cmdlet and Select-Object
