# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mailbox_restore_request against the lab: nothing lost, nothing doubled, never twice."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
    WaitTimeout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_swap,
    mailbox_restore_request,
    recovery_database,
    recovery_info,
)

ROOT = "D:\\DialTone"


class Merge:
    """A recovery whose merge is due."""

    def __init__(self, recovery: Any) -> None:
        self.recovery, self.desk = recovery, recovery.desk
        self.run_id = recovery.dial_tone()["run_id"]
        self.desk.control.sleep(120)
        self.ledger: Path = recovery.evidence / "ledger.json"

    def swap(self) -> Merge:
        """What came in is in; the restored files are in production, the others in an RDB."""
        self.desk.control.drain()
        self.recovery.restore()
        self.desk.run(database_swap.run, **self.recovery.swap())
        self.recovery_database("mounted")
        return self

    def recovery_database(self, state: str) -> None:
        name = f"DB01-Merge-{self.run_id}"
        self.desk.run(
            recovery_database.run,
            **self.recovery.recovery_database(
                name=name,
                state=state,
                edb_path=f"{ROOT}\\DB01\\swapped\\DB01-DT.edb",
                log_folder=f"{ROOT}\\DB01\\swapped\\rdb-logs",
            ),
        )

    def args(self, **changes: Any) -> dict[str, Any]:
        return {
            "source_database": f"DB01-Merge-{self.run_id}",
            "target_database": "DB01-DT",
            "failed_database": "DB01",
            "run_id": self.run_id,
            "recovery_root": None,
            "bad_item_limit": 10,
            "conflict_resolution": "KeepLatestItem",
            "associated_messages": "DoNotCopy",
            "priorities": {},
            "ledger": str(self.ledger),
            "wait_timeout": 600,
            **changes,
        }

    def __call__(self, check: bool = False, **changes: Any) -> dict[str, Any]:
        return self.desk.run(mailbox_restore_request.run, check=check, **self.args(**changes))

    def requests(self) -> list[dict[str, Any]]:
        return self.desk.control.run_cmdlet("Get-MailboxRestoreRequest", {})

    def stage(self) -> str:
        return self.desk.run(
            recovery_info.run,
            failed_database="DB01",
            recovery_root=None,
            restore_folder=None,
            dial_tone_database=None,
            scope="full",
        )["stage"]

    def audit(self) -> dict[str, Any]:
        found = self.desk.control.audit()
        return {
            key: found[key] for key in ("lost", "doubled", "hidden_doubled", "permissions_lost")
        }


CLEAN: dict[str, list[Any]] = {
    "lost": [],
    "doubled": [],
    "hidden_doubled": [],
    "permissions_lost": [],
}


@pytest.fixture
def merge(recovery: Any) -> Merge:
    return Merge(recovery)


@pytest.fixture(scope="module")
def swapped(shared_recovery: Any) -> Merge:
    """One recovery after the swap, for tests that change nothing."""
    return Merge(shared_recovery).swap()


def test_four_beats(merge: Merge) -> None:
    merge.desk.control.send("all", 3)
    merge.swap()
    result = merge.desk.four_beats(mailbox_restore_request.run, **merge.args())
    assert result["requests"] == {"Completed": result["merged"]}
    assert result["merged"] >= 5
    assert result["item_count"] == 3 * result["merged"]
    assert result["bytes"] > 0
    assert result["skipped_items"] == []
    assert merge.requests() == []
    assert merge.audit() == CLEAN
    assert merge.stage() == "merging", "the recovery database is still there"
    merge.recovery_database("absent")
    assert merge.stage() == "merged"
    assert not merge()["changed"], "the sign lasts without requests and recovery database"


def test_the_ledger_ends_without_an_open_row(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    merge.swap()
    merge()
    rows = json.loads(merge.ledger.read_text("utf-8"))["rows"]
    assert {row["final_state"] for row in rows} == {"merged", "nothing_to_merge"}
    assert all(row["from_database"] == "DB01" for row in rows)
    with merge.ledger.with_suffix(".csv").open(newline="", encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == len(rows)
    assert stat.S_IMODE(merge.ledger.stat().st_mode) == 0o600


def test_the_merge_goes_on_where_it_was_left(merge: Merge) -> None:
    merge.desk.control.send("all", 2)
    merge.swap()
    with pytest.raises(WaitTimeout, match="same command again"):
        merge(wait_timeout=0.001)
    left = merge.requests()
    assert left
    assert merge.stage() == "merging"
    merge.ledger.unlink()  # evidence only: the next run doesn't need it
    result = merge()
    created = [c for c in merge.desk.changing() if c == "New-MailboxRestoreRequest"]
    assert len(created) == len(left) == result["merged"]
    assert merge.audit() == CLEAN


def test_unreadable_items_are_listed_and_too_many_stop(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    who = "Anna Albers"
    merge.desk.control.add_items(who, corrupt=2, large=1)
    merge.swap()
    with pytest.raises(ExchangeError, match="bad_item_limit") as caught:
        merge(bad_item_limit=1)
    assert caught.value.code == "MergeIncomplete"
    assert who in str(caught.value)
    assert merge.requests(), "the requests are kept"
    assert merge.stage() == "merging"
    row = _row(merge, who)
    assert (row["merge_state"], row["final_state"]) == ("failed", "")
    result = merge(bad_item_limit=5)
    assert [item["mailbox"] for item in result["skipped_items"]] == [who] * 3
    assert sorted(item["kind"] for item in result["skipped_items"]) == [
        "Corrupt",
        "Corrupt",
        "Large",
    ]
    assert all(item["folder"] and item["subject"] for item in result["skipped_items"])
    assert _row(merge, who)["final_state"] == "merged_with_skips"
    assert _row(merge, who)["items_skipped"] == 3


def test_requests_of_others_stay(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    merge.swap()
    source = f"DB01-Merge-{merge.run_id}"
    row = next(iter(json.loads(merge.ledger.read_text("utf-8"))["rows"]))
    merge.desk.control.run_cmdlet(
        "New-MailboxRestoreRequest",
        {
            "SourceDatabase": source,
            "SourceStoreMailbox": row["exchange_guid"],
            "TargetMailbox": row["guid"],
            "Name": "of somebody else",
            "BatchName": f"DT-x-{merge.run_id}",
            "TargetRootFolder": "Elsewhere",
        },
    )
    merge()
    assert [request["Name"] for request in merge.requests()] == ["of somebody else"]


def test_requests_that_were_left_after_the_sign_are_removed(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    merge.swap()
    with pytest.raises(WaitTimeout):
        merge(wait_timeout=0.001)
    folder = f"{ROOT}\\DB01\\swapped\\merged-{merge.run_id}"
    merge.desk.transport.run("cmd.exe", ["/c", "mkdir", folder])
    merge.desk.control.sleep(1200)
    assert merge(check=True)["changed"]
    assert merge()["changed"]
    assert merge.requests() == []


def test_check_mode_before_the_swap_predicts_the_change(merge: Merge) -> None:
    before = len(merge.desk.changing())
    predicted = merge(check=True)
    assert predicted["changed"]
    assert merge.desk.changing()[before:] == []


def test_check_mode_before_anything_predicts_the_change(recovery: Any) -> None:
    desk, before = recovery.desk, len(recovery.desk.changing())
    args = {
        **Merge.args(_Nothing(recovery)),  # type: ignore[arg-type]
        "target_database": "DB01-DT",
    }
    assert desk.run(mailbox_restore_request.run, check=True, **args)["changed"]
    assert desk.changing()[before:] == []
    with pytest.raises(NotFoundError, match="no such database"):
        desk.run(mailbox_restore_request.run, **args)


def test_a_mailbox_that_was_left_behind_is_not_forgotten(merge: Merge) -> None:
    """Left on the failed database when the others were rehomed, its files have been swapped in."""
    merge.desk.control.send("all", 1)
    merge.swap()
    rows = json.loads(merge.ledger.read_text("utf-8"))
    forgotten = {**rows["rows"][0], "exchange_guid": "11111111-2222-3333-4444-555555555555"}
    merge.desk.control.add_mailbox("Left Behind", "DB01")
    merge.desk.control.sleep(60)
    (found,) = merge.desk.control.run_cmdlet("Get-Mailbox", {"Identity": "Left Behind"})
    forgotten |= {"guid": str(found["Guid"]), "display_name": "Left Behind"}
    rows["rows"].append(forgotten)
    merge.ledger.write_text(json.dumps(rows))
    with pytest.raises(ExchangeError, match="Left Behind: It still lives on DB01") as caught:
        merge()
    assert "mailbox_configuration" in str(caught.value)
    merge.desk.control.run_cmdlet(
        "Set-Mailbox", {"Identity": str(found["Guid"]), "Database": "DB02", "Force": True}
    )
    merge.desk.control.sleep(60)
    assert merge()["changed"]
    assert _row(merge, "Left Behind")["final_state"] == "moved"


class _Nothing:
    """A merge of a recovery that has not begun."""

    def __init__(self, recovery: Any) -> None:
        self.run_id, self.ledger = "20261122-141502", recovery.evidence / "ledger.json"


def test_a_deleted_user_is_reported_not_merged(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    merge.swap()
    organisation = merge.desk.lab.organisation
    gone = organisation.mailbox("Clara Castro")
    with organisation.lock:
        from exchange_lab.directory import MAILBOX

        organisation.directory.delete(organisation.domain_controller, MAILBOX, gone.guid)
    merge.desk.control.sleep(60)
    result = merge()
    assert [mailbox["mailbox_guid"] for mailbox in result["unknown"]] == [gone.exchange_guid]
    assert _row(merge, "Clara Castro")["final_state"] == "deleted"


class Killed(BaseException):
    """The run ended between a call and its answer."""


class DyingTransport:
    """Forwards everything, and dies after each call that changes something."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def invoke(self, *commands: Any, **options: Any) -> Any:
        result = self.transport.invoke(*commands, **options)
        if not commands[0].name.startswith("Get-"):
            raise Killed
        return result

    def run(self, program: str, arguments: Any, **options: Any) -> Any:
        result = self.transport.run(program, arguments, **options)
        if program == "cmd.exe":
            raise Killed
        return result


def test_killed_after_each_change_and_run_again(merge: Merge) -> None:
    merge.desk.control.send("all", 1)
    merge.desk.control.add_items("Anna Albers", corrupt=1)
    merge.swap()
    merge.desk.transport = DyingTransport(merge.desk.transport)
    deaths, result = 0, None
    while result is None:
        try:
            result = merge()
        except Killed:
            deaths += 1
        assert deaths < 100
    made = result["merged"]
    # a request each, one limit and one resume, the sign, and the removal of each request
    assert deaths == made + 2 + 1 + made
    assert merge.desk.changing().count("New-MailboxRestoreRequest") == made
    assert merge.requests() == []
    assert merge.audit() == CLEAN
    assert {row["final_state"] for row in json.loads(merge.ledger.read_text("utf-8"))["rows"]} == {
        "merged",
        "merged_with_skips",
        "nothing_to_merge",
    }


@pytest.mark.parametrize(
    "switches",
    [
        {
            "completed_with_warnings_plural": True,
            "statistics_time_stamps": "TimeStamp",
            "target_mailbox_guid_only": True,
        },
        {
            "restore_request_limits_in_default_set": True,
            "second_merge_skips_changed_items": False,
            "restore_flags_for_recovery_database": "Recovery",
        },
    ],
)
def test_both_answers_to_what_is_not_known(
    open_recovery: Callable[..., Any], switches: dict[str, Any]
) -> None:
    merge = Merge(open_recovery(switches=switches))
    merge.desk.control.send("all", 1)
    merge.desk.control.add_items("Anna Albers", corrupt=1, rules=1)
    merge.swap()
    result = merge()
    assert len(result["skipped_items"]) == 1
    assert result["requests"].pop("Completed") == result["merged"] - 1
    assert merge.audit() == CLEAN
    assert not merge()["changed"]


@pytest.mark.parametrize(
    ("changes", "error", "expected"),
    [
        ({"source_database": " "}, InputError, "is empty"),
        ({"target_database": "x" * 65}, InputError, "65 characters"),
        ({"failed_database": "DB*"}, InputError, "does not name one"),
        ({"failed_database": "DB99"}, NotFoundError, "no such database"),
        ({"run_id": "yesterday"}, InputError, "run id"),
        ({"bad_item_limit": 51}, InputError, "between 0 and 50"),
        ({"bad_item_limit": -1}, InputError, "between 0 and 50"),
        ({"wait_timeout": 0}, InputError, "seconds to wait"),
        ({"priorities": {"ann@x": "Urgent"}}, InputError, "not a priority"),
        ({"recovery_root": "\\\\nas\\x"}, InputError, "network"),
        ({"target_database": "DB02"}, PreconditionError, "recovery folder of DB01"),
        ({"source_database": "DB02"}, PreconditionError, "not a recovery database"),
        ({"source_database": "DB01-Merge"}, PreconditionError, "no such database"),
        ({"ledger": "/proc/nothing/ledger.json"}, PreconditionError, "can't be written"),
        ({"ledger": "ledger.csv"}, PreconditionError, "ends in .csv"),
    ],
)
def test_bad_input_is_refused_before_anything_changes(
    swapped: Merge, changes: dict[str, Any], error: type[ExchangeError], expected: str
) -> None:
    before = len(swapped.desk.changing())
    with pytest.raises(error, match=expected) as caught:
        swapped(**changes)
    assert caught.value.remedy
    assert swapped.desk.changing()[before:] == []


def _row(merge: Merge, who: str) -> dict[str, Any]:
    rows = json.loads(merge.ledger.read_text("utf-8"))["rows"]
    return next(r for r in rows if r["display_name"] == who and r["kind"] != "Archive")
