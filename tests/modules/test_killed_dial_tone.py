# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to users who can work, killed after each of its changes; the same modules finish it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import mail_queue
from mortal import Killed, MortalTransport


def test_killed_after_each_change(open_recovery: Callable[..., Any]) -> None:
    number = 1
    while True:
        recovery = open_recovery(wire=False, latency=False, speed=3000)
        desk, inner = recovery.desk, recovery.desk.transport
        desk.transport = MortalTransport(inner, number)
        try:
            recovery.dial_tone()
            break  # it has fewer calls than that
        except Killed:
            desk.transport = inner
        recovery.dial_tone()
        desk.run(mail_queue.run, database="DB01", state="resubmitted", wait_timeout=30)
        desk.control.sleep(60)
        homes = {
            str(box["Database"])
            for box in desk.control.run_cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"})
        }
        assert homes == {"DB01-DT", "DB02"}, number
        (database,) = desk.control.run_cmdlet(
            "Get-MailboxDatabase", {"Identity": "DB01-DT", "Status": True}
        )
        assert database["Mounted"] is True, number
        assert database["IsExcludedFromProvisioningReason"].startswith("Dial tone for DB01, run ")
        done = len(desk.changing())
        recovery.dial_tone()
        assert desk.changing()[done:] == [], number
        desk.lab.stop()
        number += 1
    assert number > 10
