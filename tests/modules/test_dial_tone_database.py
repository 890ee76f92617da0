# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dial_tone_database against the lab."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    PreconditionError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.marker import Marker
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    dial_tone_database,
)

ARGS: dict[str, Any] = {
    "failed_database": "DB01",
    "recovery_root": "D:\\DialTone",
    "mount_timeout": 60,
    "state": "present",
}


def read(desk: Any, name: str) -> dict[str, Any]:
    (found,) = desk.control.run_cmdlet("Get-MailboxDatabase", {"Identity": name, "Status": True})
    return found


def test_four_beats(desk: Any) -> None:
    desk.control.run_cmdlet(
        "Set-MailboxDatabase",
        {
            "Identity": "DB01",
            "ProhibitSendQuota": "12GB",
            "IssueWarningQuota": "Unlimited",
            "ProhibitSendReceiveQuota": "Unlimited",
            "DeletedItemRetention": "21.00:00:00",
            "CircularLoggingEnabled": True,
        },
    )
    desk.control.sleep(60)
    result = desk.four_beats(dial_tone_database.run, **ARGS)
    database = read(desk, "DB01-DT")
    assert database["Mounted"] is True
    assert "12,884,901,888" in database["ProhibitSendQuota"]
    assert database["IssueWarningQuota"] == "Unlimited"
    assert database["DeletedItemRetention"] == "21.00:00:00"
    assert database["CircularLoggingEnabled"] is False
    assert database["IsExcludedFromProvisioning"] is True
    marker = Marker.parse(database["IsExcludedFromProvisioningReason"])
    assert marker == Marker("DB01", result["run_id"])
    assert read(desk, "DB01")["MountAtStartup"] is False
    assert result["database"]["edb_path"] == "D:\\DialTone\\DB01\\dialtone\\DB01-DT.edb"
    assert result["diff"]["before"]["failed_database"]["MountAtStartup"] is True
    assert not [text for text in desk.warnings if "restart" in text.lower()]


def test_prediction_equals_the_real_run(desk: Any) -> None:
    run_id = "20261122-141502"
    predicted = desk.run(dial_tone_database.run, check=True, **ARGS, run_id=run_id)
    result = desk.run(dial_tone_database.run, **ARGS, run_id=run_id)
    assert predicted["run_id"] == result["run_id"] == run_id
    for key in ("name", "server", "edb_path", "log_folder", "mounted"):
        assert predicted["database"][key] == result["database"][key]


def test_half_created_goes_on(desk: Any) -> None:
    """Killed between the creation and the marker."""
    desk.control.run_cmdlet(
        "New-MailboxDatabase",
        {
            "Name": "DB01-DT",
            "Server": "MBX1",
            "EdbFilePath": "D:\\DialTone\\DB01\\dialtone\\DB01-DT.edb",
            "LogFolderPath": "D:\\DialTone\\DB01\\dialtone",
            "IsExcludedFromProvisioning": True,
        },
    )
    desk.control.sleep(60)
    desk.four_beats(dial_tone_database.run, **ARGS)
    assert read(desk, "DB01-DT")["Mounted"] is True


def test_somebody_elses_database_is_never_touched(desk: Any) -> None:
    before = len(desk.changing())
    with pytest.raises(ConflictError, match="not marked"):
        desk.run(dial_tone_database.run, **{**ARGS, "name": "DB02"})
    desk.run(dial_tone_database.run, **{**ARGS, "name": "DT"})
    desk.control.run_cmdlet(
        "Set-MailboxDatabase",
        {
            "Identity": "DT",
            "IsExcludedFromProvisioningReason": Marker("DB77", "20260101-000000").text(),
        },
    )
    desk.control.sleep(60)
    before = len(desk.changing())
    with pytest.raises(ConflictError, match="DB77"):
        desk.run(dial_tone_database.run, **{**ARGS, "name": "DT"})
    assert desk.changing()[before:] == []


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"failed_database": "DB99"}, NotFoundError, "DB99"),
        ({"failed_database": ""}, InputError, "empty"),
        ({"failed_database": "   "}, InputError, "empty"),
        ({"failed_database": "DB*"}, InputError, "wildcard"),
        ({"failed_database": "x" * 65}, InputError, "64"),
        ({"failed_database": "DB02"}, PreconditionError, "mounted"),
        ({"name": ""}, InputError, "empty"),
        ({"name": "y" * 65}, InputError, "64"),
        ({"recovery_root": "D:\\"}, InputError, "root"),
        ({"recovery_root": "\\\\nas\\share"}, InputError, "network"),
        ({"recovery_root": "DialTone"}, InputError, "absolute"),
        ({"recovery_root": ""}, InputError, "empty"),
        ({"edb_path": "D:\\X\\file.txt"}, InputError, ".edb"),
        ({"edb_path": "D:\\Databases\\DB02\\DB02.edb"}, ExchangeError, "DB02"),
        ({"log_folder": "D:\\"}, InputError, "root"),
        ({"run_id": "today"}, InputError, "run id"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_bad_input(shared_desk: Any, changes: Any, error: Any, says: str, check: bool) -> None:
    before = len(shared_desk.changing())
    with pytest.raises(error, match=says) as caught:
        shared_desk.run(dial_tone_database.run, check=check, **{**ARGS, **changes})
    assert caught.value.remedy, "an error without remedy"
    assert shared_desk.changing()[before:] == []


@pytest.mark.parametrize(
    "name", ["O'Brien $(whoami) & co", "Größe Ж", "mail 📬", 'the "best"', "50 % `x`", "a;b|c<d>"]
)
def test_names_never_change_a_command(desk: Any, name: str) -> None:
    result = desk.run(dial_tone_database.run, **{**ARGS, "name": name})
    assert read(desk, name)["Mounted"] is True
    assert result["database"]["name"] == name
    assert not desk.run(dial_tone_database.run, **{**ARGS, "name": name})["changed"]


def test_no_room_in_standard_edition(open_desk: Any) -> None:
    desk = open_desk("standard")
    (server,) = desk.lab.endpoints
    databases = desk.control.run_cmdlet("Get-MailboxDatabase", {"Server": server})
    assert len(databases) == 5
    name = databases[0]["Name"]
    desk.control.break_database(name, "destroy_edb")
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="5 databases"):
        desk.run(dial_tone_database.run, **{**ARGS, "failed_database": name})
    assert desk.changing()[before:] == []


def test_production_is_refused_before_the_merge(desk: Any) -> None:
    desk.run(dial_tone_database.run, **ARGS)
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="not merged"):
        desk.run(dial_tone_database.run, **{**ARGS, "state": "production"})
    assert desk.changing()[before:] == []


def test_it_runs_on_the_server_of_the_failed_database_only(open_desk: Any) -> None:
    desk = open_desk("contoso", latency=False)
    desk.control.break_database("DB03", "destroy_edb")
    before = len(desk.changing())
    with pytest.raises(PreconditionError, match="MBX2"):
        desk.run(dial_tone_database.run, **{**ARGS, "failed_database": "DB03"})
    assert desk.changing()[before:] == []
