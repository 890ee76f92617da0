# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""client_info against the lab."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import client_info

ARGS: dict[str, Any] = {
    "databases": ["DB01", "DB01-DT"],
    "from_server": "MBX1",
    "to_server": "MBX2",
    "protocols": ["activesync"],
    "exceptions": [],
}


def test_phones_and_exceptions_of_a_failed_database(desk: Any, tmp_path: Path) -> None:
    before = len(desk.changing())
    everybody = desk.run(client_info.run, **{**ARGS, "protocols": ["pop", "imap"]})
    assert len(everybody["clients"]) == everybody["mailboxes"] > 3  # Exchange's default
    assert desk.run(client_info.run, **ARGS)["clients"] == []

    phone, scanner = (row["display_name"] for row in everybody["clients"][:2])
    desk.control.change_mailbox(phone, has_active_sync_device_partnership=True)
    desk.control.sleep(120)  # the other domain controllers have heard of it
    result = desk.run(
        client_info.run,
        **{
            **ARGS,
            "exceptions": [
                {
                    "mailbox": everybody["clients"][1]["primary_smtp_address"],
                    "reason": "the scanner on floor 2",
                }
            ],
            "csv": str(tmp_path / "clients.csv"),
        },
    )
    assert result["by_client"] == {"activesync": 1, "exception": 1}
    assert {row["display_name"] for row in result["clients"]} == {phone, scanner}
    text = (tmp_path / "clients.csv").read_text("utf-8")
    assert phone in text and "the scanner on floor 2" in text
    assert stat.S_IMODE((tmp_path / "clients.csv").stat().st_mode) == 0o600
    assert desk.changing()[before:] == []
    assert any("DB01-DT" in warning for warning in desk.warnings)
