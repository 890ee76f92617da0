# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mail_queue against the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    dial_tone_database,
    mail_queue,
    mailbox_configuration,
)

ARGS: dict[str, Any] = {"database": "DB01", "state": "resubmitted", "wait_timeout": 60}


def test_waiting_mail_reaches_the_dial_tone_database(desk: Any, tmp_path: Path) -> None:
    desk.control.send("all", 4)
    desk.control.sleep(120)
    seen = desk.run(mail_queue.run, **{**ARGS, "state": "reported"})
    assert seen["waiting"] > 0
    assert not seen["changed"]
    desk.run(
        dial_tone_database.run,
        failed_database="DB01",
        recovery_root="D:\\DialTone",
        mount_timeout=60,
        state="present",
    )
    desk.run(
        mailbox_configuration.run,
        source_database="DB01",
        target_database="DB01-DT",
        ledger=str(tmp_path / "ledger.json"),
        archives="rehome",
        public_folders="leave",
    )
    result = desk.four_beats(mail_queue.run, **ARGS)
    assert result["resubmitted"] >= seen["waiting"]
    assert result["waiting"] == 0
    assert desk.warnings == []


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "DB0?"])
def test_bad_names(shared_desk: Any, name: str) -> None:
    with pytest.raises(InputError) as caught:
        shared_desk.run(mail_queue.run, **{**ARGS, "database": name})
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["DB99", "DB01' -or Status -eq 'Retry", "$(whoami)"])
def test_unknown_names(shared_desk: Any, name: str) -> None:
    before = len(shared_desk.changing())
    with pytest.raises(NotFoundError):
        shared_desk.run(mail_queue.run, **{**ARGS, "database": name})
    assert shared_desk.changing()[before:] == []
