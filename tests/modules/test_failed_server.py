# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""recovery_info with failed_server against the lab: which databases of a server need a recovery."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ExchangeError,
    InputError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_info


def look(desk: Any, server: str = "MBX1") -> tuple[list[str], dict[str, str]]:
    """Names of the failed databases, and the reasons of the others."""
    result = desk.run(recovery_info.run, failed_server=server)
    assert result["changed"] is False
    return (
        [each["name"] for each in result["failed_databases"]],
        {each["name"]: each["reason"] for each in result["others"]},
    )


def mark(desk: Any, database: str, reason: str) -> None:
    desk.control.run_cmdlet(
        "Set-MailboxDatabase",
        {
            "Identity": database,
            "IsExcludedFromProvisioning": True,
            "IsExcludedFromProvisioningReason": reason,
        },
    )
    desk.control.sleep(60)  # until each domain controller knows


def test_what_is_not_mounted_has_failed(shared_desk: Any) -> None:
    assert look(shared_desk) == (["DB01"], {"DB02": "it is mounted"})
    result = shared_desk.run(recovery_info.run, failed_server="mbx1.tiny.lab")
    (failed,) = result["failed_databases"]
    assert (failed["server"], failed["server_fqdn"]) == ("MBX1", "mbx1.tiny.lab")


@pytest.mark.parametrize(("server", "error"), [("MBX9", ExchangeError), (" ", InputError)])
def test_a_server_that_is_none_is_an_error(shared_desk: Any, server: str, error: type) -> None:
    with pytest.raises(error, match="MBX9|empty"):
        look(shared_desk, server)


def test_a_recovery_that_goes_on_is_found_and_its_dial_tone_database_is_not(recovery: Any) -> None:
    recovery.dial_tone()
    failed, others = look(recovery.desk)
    assert failed == ["DB01"]
    assert others["DB01-DT"] == "it is the dial tone database of DB01"
    recovery.desk.control.dismount("DB01-DT")
    assert look(recovery.desk)[0] == ["DB01"]


def test_a_recovery_in_place_goes_on_although_its_database_is_mounted(open_desk: Any) -> None:
    desk = open_desk()
    mark(desk, "DB01", "Dial tone for DB01, run 20261122-141502")
    assert look(desk)[0] == ["DB01"]
    mark(desk, "DB01", "Dial tone for DB01, run 20261122-141502, closed")
    assert look(desk)[0] == []
    desk.control.break_database("DB01", "destroy_edb")  # fails again one day
    assert look(desk)[0] == ["DB01"]


def test_between_the_swap_home_and_the_close_it_goes_on(open_desk: Any) -> None:
    desk = open_desk()
    desk.control.run_cmdlet("Set-MailboxDatabase", {"Identity": "DB02", "MountAtStartup": False})
    desk.control.sleep(60)
    assert look(desk)[0] == ["DB02"]


def test_what_a_closed_recovery_left_empty_is_left_out(recovery: Any) -> None:
    recovery.dial_tone()
    mark(recovery.desk, "DB01-DT", "Dial tone for DB01, run 20261122-141502, closed")
    failed, others = look(recovery.desk)
    assert failed == []
    assert others["DB01"] == "it was recovered, its users live in DB01-DT"
    recovery.desk.control.add_mailbox("Somebody New", "DB01")
    recovery.desk.control.sleep(60)
    assert look(recovery.desk)[0] == ["DB01"]
