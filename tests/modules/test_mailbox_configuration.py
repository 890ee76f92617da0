# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mailbox_configuration against the lab."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    dial_tone_database,
    mailbox_configuration,
)

DIAL_TONE: dict[str, Any] = {
    "failed_database": "DB01",
    "recovery_root": "D:\\DialTone",
    "mount_timeout": 60,
    "state": "present",
}


def arguments(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    return {
        "source_database": "DB01",
        "target_database": "DB01-DT",
        "ledger": str(tmp_path / "ledger.json"),
        "archives": "rehome",
        "public_folders": "leave",
        **changes,
    }


def homes(desk: Any, switch: str | None = None) -> dict[str, str]:
    parameters: dict[str, Any] = {"ResultSize": "Unlimited"}
    if switch:
        parameters[switch] = True
    return {
        box["Name"]: str(box["Database"])
        for box in desk.control.run_cmdlet("Get-Mailbox", parameters)
    }


def test_four_beats(desk: Any, tmp_path: Path) -> None:
    args = arguments(tmp_path)
    before = homes(desk)
    on_db01 = [name for name, home in before.items() if home == "DB01"]
    ahead = desk.run(mailbox_configuration.run, check=True, **args)  # no dial tone database yet
    assert not Path(args["ledger"]).exists()
    desk.run(dial_tone_database.run, **DIAL_TONE)
    result = desk.four_beats(mailbox_configuration.run, **args)
    assert ahead["rehomed"] == result["rehomed"]
    assert ahead["by_kind"] == result["by_kind"]
    assert ahead["diff"] == result["diff"]
    assert result["by_kind"]["Archive"] == 1
    desk.control.sleep(60)
    after = homes(desk)
    assert {after[name] for name in on_db01} == {"DB01-DT"}
    assert [n for n, h in after.items() if h != "DB01-DT"] == [
        n for n, h in before.items() if h != "DB01"
    ]
    again = desk.run(mailbox_configuration.run, **args)
    assert (again["rehomed"], again["already"]) == (0, result["rehomed"])
    ledger = Path(args["ledger"])
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    rows = json.loads(ledger.read_text())["rows"]
    assert len([row for row in rows if row["to_database"] == "DB01-DT"]) == result["rehomed"]
    assert {row["from_database"] for row in rows} == {"DB01"}
    assert any("rehomed to DB01-DT:" in line and "%" in line for line in desk.lines)


def test_the_ledger_is_there_before_the_first_change(desk: Any, tmp_path: Path) -> None:
    desk.run(dial_tone_database.run, **DIAL_TONE)
    before = len(desk.changing())
    with pytest.raises(InputError, match="ledger"):
        (tmp_path / "other.json").write_text("[]")
        desk.run(
            mailbox_configuration.run, **arguments(tmp_path, ledger=str(tmp_path / "other.json"))
        )
    (tmp_path / "file").write_text("")
    with pytest.raises((InputError, PreconditionError)):
        desk.run(
            mailbox_configuration.run,
            **arguments(tmp_path, ledger=str(tmp_path / "file" / "l.json")),
        )
    assert desk.changing()[before:] == []


def test_a_running_move_is_left_with_its_reason(desk: Any, tmp_path: Path) -> None:
    name = next(n for n, home in homes(desk).items() if home == "DB01")
    desk.control.add_move_request(name, "DB02")
    desk.control.sleep(60)
    desk.run(dial_tone_database.run, **DIAL_TONE)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert not result.get("failed")
    (left,) = [box for box in result["left"] if "move request" in box["reason"]]
    assert result["remaining"] == 0
    desk.control.sleep(60)
    assert homes(desk)[name] == "DB01"
    assert left["kind"] == "UserMailbox"


def test_what_appears_meanwhile_comes_with_the_next_run(desk: Any, tmp_path: Path) -> None:
    desk.run(dial_tone_database.run, **DIAL_TONE)
    desk.run(mailbox_configuration.run, **arguments(tmp_path))
    desk.control.add_mailbox("Newcomer", "DB01")
    desk.control.sleep(60)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert (result["rehomed"], result["by_kind"]) == (1, {"UserMailbox": 1})


def test_who_was_moved_away_meanwhile_stays_where_the_mail_is(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the others are pointed at the dial tone database somebody else moves one to a third one."""
    monkeypatch.setattr(mailbox_configuration, "_LIST_EVERY", 0.0)
    desk.run(dial_tone_database.run, **DIAL_TONE)
    name = [name for name, database in homes(desk).items() if database == "DB01"][-1]

    def move(_hit: Any) -> None:
        desk.control.run_cmdlet("Set-Mailbox", {"Identity": name, "Database": "DB02", "Force": True})

    desk.lab.organisation.faults.watch("called", move, name="Set-Mailbox", nth=1)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert not result.get("failed"), result
    assert homes(desk)[name] == "DB02"
    assert any(f"{name} was moved away meanwhile" in warning for warning in desk.warnings)
    rows = json.loads((tmp_path / "ledger.json").read_text("utf-8"))
    assert "moved" in json.dumps(rows)
    again = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert not again["changed"] and homes(desk)[name] == "DB02"


def test_archives_can_be_left(desk: Any, tmp_path: Path) -> None:
    desk.run(dial_tone_database.run, **DIAL_TONE)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path, archives="leave"))
    assert "Archive" not in result["by_kind"]
    assert [box["kind"] for box in result["left"] if "archive" in box["reason"]] == ["Archive"]
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert result["by_kind"] == {"Archive": 1}


def test_more_than_a_thousand(open_desk: Any, tmp_path: Path) -> None:
    desk = open_desk("thousand", latency=False)
    desk.control.break_database("DB01", "destroy_edb")
    desk.run(dial_tone_database.run, **DIAL_TONE)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert result["rehomed"] > 1000
    assert result["remaining"] == 0
    assert not desk.run(mailbox_configuration.run, **arguments(tmp_path))["changed"]


def test_every_kind_in_a_mixed_organisation(open_desk: Any, tmp_path: Path) -> None:
    desk = open_desk("contoso", latency=False)
    desk.control.break_database("DB01", "destroy_edb")
    desk.run(dial_tone_database.run, **DIAL_TONE)
    result = desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert not result.get("failed")
    kinds = set(result["by_kind"])
    assert kinds >= {
        "UserMailbox",
        "SharedMailbox",
        "RoomMailbox",
        "EquipmentMailbox",
        "ArbitrationMailbox",
        "Archive",
    }
    desk.control.sleep(60)
    for switch in (None, "Arbitration", "AuditLog", "AuxAuditLog"):
        assert "DB01" not in homes(desk, switch).values()
    archives = desk.control.run_cmdlet("Get-Mailbox", {"Archive": True, "ResultSize": "Unlimited"})
    assert "DB01" not in {str(box["ArchiveDatabase"]) for box in archives}


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"source_database": "DB99"}, NotFoundError, "DB99"),
        ({"source_database": ""}, InputError, "empty"),
        ({"source_database": "DB02"}, PreconditionError, "mounted"),
        ({"target_database": " "}, InputError, "empty"),
        ({"target_database": "x" * 65}, InputError, "64"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_bad_input(
    shared_desk: Any, tmp_path: Path, changes: Any, error: Any, says: str, check: bool
) -> None:
    before = len(shared_desk.changing())
    with pytest.raises(error, match=says) as caught:
        shared_desk.run(mailbox_configuration.run, check=check, **arguments(tmp_path, **changes))
    assert caught.value.remedy
    assert shared_desk.changing()[before:] == []


def test_the_target_must_exist(shared_desk: Any, tmp_path: Path) -> None:
    before = len(shared_desk.changing())
    with pytest.raises(NotFoundError, match="DB01-DT"):
        shared_desk.run(mailbox_configuration.run, **arguments(tmp_path))
    assert shared_desk.changing()[before:] == []
