# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole dial tone recovery by single cmdlets, with threads, latency and mail that keeps flowing (exchange.md 2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exchange_lab.lab import Lab

ROOT = "D:\\DialTone\\DB01"
NO_ARCHIVE = "00000000-0000-0000-0000-000000000000"


class Administrator:
    """Works on a lab whose DB01 is to be recovered on its own server."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.organisation = lab.organisation
        self.fs = self.organisation.server("MBX1").fs

    def run(self, name: str, **parameters: Any) -> list[Any]:
        return self.lab.run_cmdlet(name, parameters)

    def wait(self, seconds: float) -> None:
        self.organisation.clock.sleep(seconds)

    def dial_tone(self) -> None:
        self.run("Dismount-Database", Identity="DB01", Confirm=False)
        self.run("New-MailboxDatabase", Name="DT", Server="MBX1", EdbFilePath=f"{ROOT}\\dialtone\\DT.edb",
                 LogFolderPath=f"{ROOT}\\dialtone")  # fmt: skip
        self.wait(30)
        self.run("Mount-Database", Identity="DT")
        for box in self.run("Get-Mailbox", Database="DB01", ResultSize="Unlimited"):
            self.run("Set-Mailbox", Identity=str(box["Guid"]), Database="DT", Force=True)
        for box in self.run("Get-Mailbox", Archive=True, ResultSize="Unlimited"):
            self.run("Set-Mailbox", Identity=str(box["Guid"]), ArchiveDatabase="DT", Force=True)
        self.wait(30)
        self.run("Retry-Queue", Server="MBX1", Filter="NextHopDomain -eq 'DB01'", Resubmit=True)

    def swap(self) -> None:
        """The old file comes back under the dial tone database, whose own files become the recovery database's."""
        self.run("Set-MailboxDatabase", Identity="DT", AllowFileRestore=True)
        self.wait(30)
        self.run("Dismount-Database", Identity="DT", Confirm=False)
        self.fs.mkdir(f"{ROOT}\\swapped")
        for entry in self.fs.listdir(f"{ROOT}\\dialtone"):
            self.fs.rename(f"{ROOT}\\dialtone\\{entry.name}", f"{ROOT}\\swapped\\{entry.name}")
        self.fs.rename("D:\\Databases\\DB01\\DB01.edb", f"{ROOT}\\dialtone\\DT.edb")
        self.run("Mount-Database", Identity="DT")

    def merge(self) -> set[str]:
        """Everything that arrived meanwhile; the states the requests end in."""
        self.run("New-MailboxDatabase", Name="RDB", Recovery=True, Server="MBX1",
                 EdbFilePath=f"{ROOT}\\swapped\\DT.edb", LogFolderPath=f"{ROOT}\\swapped\\rdb")  # fmt: skip
        self.wait(30)
        self.run("Mount-Database", Identity="RDB")
        owners: dict[str, tuple[str, bool]] = {}
        for box in self.run("Get-Mailbox", ResultSize="Unlimited"):
            owners[str(box["ExchangeGuid"])] = (str(box["Guid"]), False)
            if str(box["ArchiveGuid"]) != NO_ARCHIVE:
                owners[str(box["ArchiveGuid"])] = (str(box["Guid"]), True)
        for row in self.run("Get-MailboxStatistics", Database="RDB"):
            guid = str(row["MailboxGuid"])
            if guid in owners:
                target, archive = owners[guid]
                self.run(
                    "New-MailboxRestoreRequest", SourceDatabase="RDB", SourceStoreMailbox=guid,
                    TargetMailbox=target, TargetIsArchive=archive, BatchName="DT", Name=guid,
                    ConflictResolutionOption="KeepLatestItem", AssociatedMessagesCopyOption="DoNotCopy",
                )  # fmt: skip
        states: set[str] = set()
        for _unused in range(200):
            self.wait(60)
            states = {
                str(r["Status"]) for r in self.run("Get-MailboxRestoreRequest", BatchName="DT")
            }
            if states <= {"Completed", "Failed"}:
                break
        return states


def test_no_message_is_lost_or_doubled(tmp_path: Path) -> None:
    with Lab("tiny", tmp_path, speed=3600, seed=7) as lab:
        administrator = Administrator(lab)
        lab.control.start_mail_flow(30)
        administrator.wait(1800)
        administrator.dial_tone()
        administrator.wait(1800)
        administrator.swap()
        assert administrator.merge() == {"Completed"}
        lab.control.stop_mail_flow()
        lab.control.drain()
        audit = lab.control.audit()
        defects = lab.defects
    assert not defects
    assert audit["found"] == audit["accepted"] > 100
    for wrong in ("lost", "doubled", "bounced", "queued", "permissions_lost", "hidden_doubled"):
        assert not audit[wrong], wrong
