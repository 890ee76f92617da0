# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery on two servers, module by module: the dial tone is on the alternate one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    database_files,
    dial_tone_database,
    mailbox_configuration,
    recovery_database,
    recovery_info,
)
from desks import RESTORE, ROOT


class Pair:
    """A recovery of DB01 of MBX1 with its dial tone on MBX2, as the roles call the modules."""

    def __init__(self, original: Any, alternate: Any, evidence: Path) -> None:
        self.original, self.alternate, self.evidence = original, alternate, evidence

    @property
    def control(self) -> Any:
        return self.original.control

    @property
    def ledger(self) -> str:
        return str(self.evidence / "ledger.json")

    def files(self, state: str, check: bool = False) -> dict[str, Any]:
        return self.original.run(
            database_files.run,
            check,
            state=state,
            failed_database="DB01",
            recovery_root=ROOT,
            restore_folder=RESTORE,
        )

    def dial_tone(self) -> None:
        self.alternate.run(dial_tone_database.run, **self.present())
        self.alternate.run(
            mailbox_configuration.run,
            source_database="DB01",
            target_database="DB01-DT",
            ledger=self.ledger,
            archives="rehome",
            public_folders="leave",
        )

    def present(self, **changes: Any) -> dict[str, Any]:
        return {
            "failed_database": "DB01",
            "server": "MBX2",
            "recovery_root": ROOT,
            "mount_timeout": 60,
            "state": "present",
            **changes,
        }

    def restore(self) -> None:
        self.files("preserved")
        self.files("restored")
        for state in ("mounted", "absent"):
            self.original.run(
                recovery_database.run,
                name="DB01-Restored",
                edb_path=f"{ROOT}\\DB01\\restored\\DB01.edb",
                log_folder=f"{ROOT}\\DB01\\restored\\rdb-logs",
                state=state,
                expect_mailboxes=[],
                wait_timeout=20,
            )
        self.files("in_place")

    def home(self, **changes: Any) -> dict[str, Any]:
        return {
            "failed_database": "DB01",
            "dial_tone_database": "DB01-DT",
            "recovery_root": ROOT,
            "mount_timeout": 20,
            "method": "home",
            "ledger": self.ledger,
            "one_by_one": False,
            **changes,
        }

    def info(self, **changes: Any) -> dict[str, Any]:
        """What the preflight of the playbook sees on the alternate server."""
        options = {name: None for name in recovery_info.ARGUMENT_SPEC}
        options.update(
            {
                name: spec["default"]
                for name, spec in recovery_info.ARGUMENT_SPEC.items()
                if "default" in spec
            }
        )
        options.update(
            failed_database="DB01", dial_tone_server="MBX2", recovery_root=ROOT, scope="full"
        )
        return self.alternate.run(recovery_info.run, **{**options, **changes})

    def database(self, name: str) -> Any:
        rows = self.control.run_cmdlet("Get-MailboxDatabase", {"Identity": name, "Status": True})
        return rows[0]

    def homes(self) -> set[str]:
        """Databases that mailboxes and archives of the organisation live on."""
        rows = self.control.run_cmdlet("Get-Mailbox", {"ResultSize": "Unlimited"})
        archives = {str(row["ArchiveDatabase"]) for row in rows if row["ArchiveDatabase"]}
        return {str(row["Database"]) for row in rows} | archives

    def assert_home(self) -> None:
        home, dial_tone = self.database("DB01"), self.database("DB01-DT")
        assert home["Mounted"] is True and dial_tone["Mounted"] is False
        assert home["AllowFileRestore"] is False and home["MountAtStartup"] is True
        assert dial_tone["MountAtStartup"] is False
        assert self.homes() == {"DB01", "DB02"}

    def assert_dial_tone(self) -> None:
        home, dial_tone = self.database("DB01"), self.database("DB01-DT")
        assert home["Mounted"] is False and dial_tone["Mounted"] is True
        assert dial_tone["AllowFileRestore"] is False and dial_tone["MountAtStartup"] is True
        assert home["MountAtStartup"] is False
        assert self.homes() == {"DB01-DT", "DB02"}


@pytest.fixture
def open_pair(open_desks: Callable[..., list[Any]], tmp_path: Path) -> Callable[..., Pair]:
    """Two servers; DB01 is lost, restored in place, and its users work on the alternate server."""

    def start(*, restore: bool = True, **options: Any) -> Pair:
        original, alternate = open_desks("pair", **options)
        control = original.control
        control.send("all", 2)
        control.backup("DB01", RESTORE)
        control.send("all", 3)
        control.break_database("DB01", "destroy_edb")
        pair = Pair(original, alternate, tmp_path / original.lab.folder.name)
        if restore:
            pair.dial_tone()
            control.sleep(60)
            control.send("all", 1)
            control.add_mailbox("newcomer", "DB01-DT")
            control.sleep(60)
            control.send("newcomer", 2)
            pair.restore()
        return pair

    return start
