# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repaired file is merged into the dial tone database: nothing lost, no swap, and no way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    database_swap,
    dial_tone_database,
    mailbox_configuration,
    mailbox_restore_request,
    recovery_database,
    recovery_info,
)
from desks import RESTORE
from mortal import Killed, MortalTransport
from repaired import repair

ROOT = "D:\\DialTone"
REVERSE = "old_into_dial_tone"


class Reverse:
    """A recovery whose restored file was repaired."""

    def __init__(self, recovery: Any) -> None:
        self.recovery, self.desk = recovery, recovery.desk
        self.run_id = recovery.dial_tone()["run_id"]
        self.ledger = recovery.evidence / "ledger.json"
        self.name = f"DB01-Merge-{self.run_id}"
        repair(self.desk.lab, RESTORE, logs=f"{ROOT}\\DB01\\preserved\\logs")

    def info(self, **changes: Any) -> dict[str, Any]:
        options = {"recovery_root": None, "dial_tone_database": None, "restore_folder": RESTORE}
        return self.desk.run(
            recovery_info.run,
            **{"failed_database": "DB01", "scope": "full", **options, **changes},
        )

    def restore(self) -> dict[str, Any]:
        result = self.recovery.preserve(
            state="restored", restore_folder=RESTORE, merge_direction="auto"
        )
        for state in ("mounted", "absent"):
            self.desk.run(recovery_database.run, **self.recovery.recovery_database(state=state))
        return result

    def recovery_database(self, state: str) -> dict[str, Any]:
        return self.recovery.recovery_database(
            name=self.name, state=state, log_folder=f"{ROOT}\\DB01\\restored\\merge-logs"
        )

    def merge_args(self, **changes: Any) -> dict[str, Any]:
        return {
            "source_database": self.name,
            "target_database": "DB01-DT",
            "failed_database": "DB01",
            "run_id": self.run_id,
            "recovery_root": None,
            "merge_direction": REVERSE,
            "bad_item_limit": 10,
            "conflict_resolution": "KeepLatestItem",
            "associated_messages": "DoNotCopy",
            "priorities": {},
            "ledger": str(self.ledger),
            "wait_timeout": 600,
            **changes,
        }

    def merge(self) -> dict[str, Any]:
        """As the role does: who waited for the old files, mount, merge, let go."""
        self.desk.run(
            mailbox_configuration.run,
            source_database="DB01",
            target_database="DB01-DT",
            ledger=str(self.ledger),
            archives="rehome",
            public_folders="rehome",
        )
        self.desk.run(recovery_database.run, **self.recovery_database("mounted"))
        result = self.desk.run(mailbox_restore_request.run, **self.merge_args())
        self.desk.run(recovery_database.run, **self.recovery_database("absent"))
        return result

    def close(self, check: bool = False) -> dict[str, Any]:
        return self.desk.run(
            dial_tone_database.run,
            check=check,
            state="production",
            name="DB01-DT",
            failed_database="DB01",
            recovery_root=ROOT,
        )

    def faults(self) -> dict[str, Any]:
        self.desk.control.drain()
        audit = self.desk.control.audit()
        assert audit["accepted"] > 0
        return {name: audit[name] for name in ("lost", "doubled", "bounced", "queued")}


CLEAN: dict[str, list[Any]] = {"lost": [], "doubled": [], "bounced": [], "queued": []}


def check_of(info: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in info["checks"] if check["name"] == name)


def test_from_the_plan_to_the_end(recovery: Any) -> None:
    reverse = Reverse(recovery)
    reverse.desk.control.send("all", 3)

    info = reverse.info()
    assert info["merge_direction"] == REVERSE
    assert check_of(info, "merge_direction")["verdict"] == "warn"
    assert "folder permissions" in check_of(info, "merge_direction")["remedy"]
    assert check_of(info, "repaired")["verdict"] == "ok"
    assert check_of(info, "merge_space")["verdict"] == "ok"
    plan = [line["text"] for line in info["plan"]]
    assert any("repaired 1 times" in line for line in plan)
    assert any("no swap" in line for line in plan)
    assert not any("Move-DatabasePath" in line or "AllowFileRestore" in line for line in plan)
    # who insists on a swap is told what to do
    insists = reverse.info(merge_direction="dial_tone_into_old")
    assert check_of(insists, "repaired")["verdict"] == "stop"
    assert reverse.info(override=["repaired"])["merge_direction"] == "dial_tone_into_old"

    assert reverse.restore()["merge_direction"] == REVERSE
    assert reverse.info()["stage"] == "restored"
    with pytest.raises(PreconditionError, match="repaired 1 times"):
        reverse.desk.run(database_swap.run, **recovery.swap())

    result = reverse.merge()
    assert result["merged"] > 5
    assert [row["mailbox"] for row in result["left_behind"]]
    assert reverse.info()["stage"] == "merged"
    assert reverse.info()["merge_direction"] == REVERSE
    again = reverse.desk.run(mailbox_restore_request.run, **reverse.merge_args())
    assert not again["changed"], "the sign lasts without requests and recovery database"
    with pytest.raises(PreconditionError, match="stays in production"):
        reverse.desk.run(database_swap.run, **recovery.swap(accept_repaired=True))

    assert reverse.close(check=True)["changed"]
    assert reverse.close()["changed"] and not reverse.close()["changed"]
    assert reverse.info()["stage"] == "closed"
    rows = json.loads(reverse.ledger.read_text("utf-8"))["rows"]
    assert {row["final_state"] for row in rows} == {"merged", "nothing_to_merge"}
    merged = [row for row in rows if row["final_state"] == "merged"]
    assert all("folder permissions" in row["note"] for row in merged)
    assert reverse.faults() == CLEAN


def test_killed_after_each_change_of_the_merge(open_recovery: Callable[..., Any]) -> None:
    reverse = Reverse(open_recovery())
    reverse.desk.control.send("all", 1)
    reverse.restore()
    inner = reverse.desk.transport
    deadly: list[str] = []
    last = 1
    while True:
        reverse.desk.transport = MortalTransport(inner, last)
        try:
            reverse.merge()
            break
        except Killed:
            call = reverse.desk.changing()[-1]
            # a run that has died of this call before gets a little further: mount and dismount alternate
            last = last + 1 if call in deadly else 1
            deadly.append(call)
            reverse.desk.transport = inner
            info = reverse.info()
            assert info["stage"] in ("restored", "merging", "merged")
            assert info["merge_direction"] == REVERSE
            if info["stage"] == "merged":
                break
    reverse.desk.transport = inner
    assert {"New-MailboxDatabase", "Mount-Database", "New-MailboxRestoreRequest"} <= set(deadly)
    assert {"Remove-MailboxRestoreRequest", "Dismount-Database"} <= set(deadly)
    reverse.close()
    assert reverse.info()["stage"] == "closed"
    assert reverse.faults() == CLEAN


def test_a_repaired_file_of_another_database_is_noticed(open_recovery: Callable[..., Any]) -> None:
    """Its signature is new, so only its mailboxes tell."""
    recovery = open_recovery(
        lambda desk: desk.control.backup("DB02", "E:\\Restore\\Other"), topology="tiny"
    )
    reverse = Reverse(recovery)
    repair(reverse.desk.lab, "E:\\Restore\\Other", edb="DB02.edb")
    result = recovery.preserve(
        state="restored", restore_folder="E:\\Restore\\Other", merge_direction="auto"
    )
    assert result["merge_direction"] == REVERSE
    reverse.desk.run(recovery_database.run, **reverse.recovery_database("mounted"))
    with pytest.raises(PreconditionError, match="belong to nobody"):
        reverse.desk.run(mailbox_restore_request.run, **reverse.merge_args())
    assert reverse.desk.control.run_cmdlet("Get-MailboxRestoreRequest", {}) == []


def test_a_repaired_file_is_refused_for_production(recovery: Any) -> None:
    reverse = Reverse(recovery)
    before = len(reverse.desk.changing())
    with pytest.raises(PreconditionError, match="repaired 1 times") as caught:
        reverse.desk.run(
            database_files.run,
            state="restored",
            failed_database="DB01",
            recovery_root=ROOT,
            restore_folder=RESTORE,
        )
    assert "dialtone_merge_direction" in str(caught.value.remedy)
    assert len(reverse.desk.changing()) == before
