# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database with a name of its own that takes the restored file over: forward, back, and killed on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import statistics
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    database_swap,
    dial_tone_database,
    recovery_info,
)
from mortal import Killed, MortalTransport

ROOT = "D:\\DialTone"
NEW = f"{ROOT}\\DB01\\production\\DB01N.edb"
COMMON = {"failed_database": "DB01", "recovery_root": ROOT}

Step = tuple[Any, dict[str, Any]]


def steps(recovery: Any) -> list[Step]:
    """The tasks of the role, in their order."""
    swap = {
        "method": "home",
        "dial_tone_database": "DB01-DT",
        "final_database": "DB01N",
        "mount_timeout": 20,
        "ledger": str(recovery.evidence / "ledger.json"),
        "one_by_one": False,
    }
    return [
        (dial_tone_database.run, {"state": "successor", "name": "DB01N"}),
        (database_files.run, {"state": "in_place", "final_database": "DB01N"}),
        (database_swap.run, swap),
        (
            dial_tone_database.run,
            {"state": "retired", "name": "DB01-DT", "final_database": "DB01N", "mount_timeout": 20},
        ),
    ]


def ready(recovery: Any) -> Any:
    """Users work in the dial tone database, the restored file is proven."""
    recovery.dial_tone()
    recovery.desk.control.send("all", 1)
    recovery.restore()
    return recovery


def database(recovery: Any, name: str) -> Any:
    options = {"Identity": name, "Status": True}
    return recovery.desk.control.run_cmdlet("Get-MailboxDatabase", options)[0]


def homes(recovery: Any) -> set[str]:
    rows = recovery.desk.control.run_cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"})
    archives = {str(row["ArchiveDatabase"]) for row in rows if row["ArchiveDatabase"]}
    return {str(row["Database"]) for row in rows} | archives


def info(recovery: Any, **changes: Any) -> dict[str, Any]:
    options = {
        "failed_database": "DB01",
        "dial_tone_database": None,
        "recovery_root": None,
        "restore_folder": None,
        "scope": "full",
        **changes,
    }
    found: dict[str, Any] = recovery.desk.run(recovery_info.run, **options)
    return found


def prove_it_is_done(recovery: Any) -> None:
    """Everyone lives in DB01N, and the dial tone files wait for the merge."""
    new = database(recovery, "DB01N")
    assert new["Mounted"] and new["MountAtStartup"] and not new["AllowFileRestore"]
    assert str(new["EdbFilePath"]) == NEW
    assert homes(recovery) == {"DB01N", "DB02"}
    names = {row["Name"] for row in recovery.desk.control.run_cmdlet("Get-MailboxDatabase")}
    assert names == {"DB01", "DB01N", "DB02"}
    there = recovery.desk.control.files("MBX1", f"{ROOT}\\DB01\\swapped")
    assert "DB01-DT.edb" in {file["name"] for file in there}


def test_four_beats_of_each_step(recovery: Any) -> None:
    ready(recovery)
    failed = database(recovery, "DB01")
    for operation, options in steps(recovery):
        recovery.desk.four_beats(operation, **COMMON, **options)
        found = info(recovery)  # which need not be told the name
        assert found["final_database"] == "DB01N"
        assert [c["text"] for c in found["checks"] if c["verdict"] == "stop"] == []
    assert (found["stage"], found["dial_tone"]) == ("swapped", None)
    prove_it_is_done(recovery)
    new = database(recovery, "DB01N")
    assert str(new["ProhibitSendQuota"]) == str(failed["ProhibitSendQuota"])
    assert new["IsExcludedFromProvisioning"]  # until the end


def test_what_goes_wrong_is_undone(recovery: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(recovery)
    first, second, swap, _retire = steps(recovery)
    for operation, options in (first, second):
        recovery.desk.run(operation, **COMMON, **options)
    real = statistics.of_database
    monkeypatch.setattr(statistics, "of_database", lambda *_a, **_k: [])
    result = recovery.desk.run(swap[0], **COMMON, **swap[1])
    assert result["failed"] and result["returned_to_dial_tone"]
    assert database(recovery, "DB01-DT")["Mounted"] and not database(recovery, "DB01N")["Mounted"]
    assert homes(recovery) == {"DB01-DT", "DB02"}
    monkeypatch.setattr(statistics, "of_database", real)
    for operation, options in steps(recovery):
        recovery.desk.run(operation, **COMMON, **options)
    prove_it_is_done(recovery)


def test_killed_after_each_change(open_recovery: Callable[..., Any]) -> None:
    """At every third change; the test of the swap home itself takes every one."""
    number = 1
    while True:
        recovery = ready(open_recovery(wire=False, latency=False, speed=3000))
        desk = recovery.desk
        inner = desk.transport
        desk.transport = MortalTransport(inner, number)
        killed = False
        try:
            for operation, options in steps(recovery):
                desk.run(operation, **COMMON, **options)
        except Killed:
            killed = True
        desk.transport = inner
        if not killed:
            break
        dial_tone_is_there = info(recovery)["dial_tone"] is not None
        for operation, options in steps(recovery):
            if operation is database_swap.run and not dial_tone_is_there:
                continue  # as the role does
            result = desk.run(operation, **COMMON, **options)
            assert not result.get("failed"), (number, result)
        prove_it_is_done(recovery)
        desk.lab.stop()
        number += 3
    assert number > 15


def test_refusals(recovery: Any) -> None:
    ready(recovery)
    first, second, swap, retire = steps(recovery)
    for operation, options in (second, swap, retire):
        with pytest.raises(NotFoundError, match="DB01N"):
            recovery.desk.run(operation, **COMMON, **options)
    for name in ("DB02", "DB01-DT"):
        with pytest.raises(ConflictError):
            recovery.desk.run(first[0], **COMMON, **{**first[1], "name": name})
        [check] = [
            c
            for c in info(recovery, final_database=name)["checks"]
            if c["name"] == "final_database"
        ]
        assert check["verdict"] == "stop"
    with pytest.raises(InputError):
        recovery.desk.run(first[0], **COMMON, **{**first[1], "name": "DB*"})
    recovery.desk.run(first[0], **COMMON, **first[1])
    with pytest.raises(PreconditionError, match="not at"):
        recovery.desk.run(swap[0], **COMMON, **swap[1])
    assert homes(recovery) == {"DB01-DT", "DB02"}
    [check] = [
        c for c in info(recovery, final_database="Other")["checks"] if c["name"] == "final_database"
    ]
    assert check["verdict"] == "stop"  # it has begun with DB01N
