# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented steps of a recovery on the same server, done by hand by somebody who knows nothing of this collection.

Numbers, names and paths are those of exchange.md 2: DTDB1 in D:\\DialTone, RDB1 in D:\\RDB1, no marker anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from incidents import restore_folder

from exchange_lab.ese import soft_recovery
from exchange_lab.lab import Lab

DATABASE = r"D:\Databases\DB01"
SAFE = r"D:\Safe\DB01"
DIAL_TONE = r"D:\DialTone"
RDB = r"D:\RDB1"
HOLDING = r"D:\Holding"
NO_ARCHIVE = "00000000-0000-0000-0000-000000000000"


class Colleague:
    """Works on DB01. preserve: whether the failed files are copied or moved away. merged: for which
    share of the mailboxes requests are created. server: where the dial tone database goes."""

    def __init__(
        self, lab: Lab, preserve: str = "copy", merged: float = 1.0, server: str = "MBX1"
    ) -> None:
        self.lab, self.preserve, self.merged, self.server = lab, preserve, merged, server
        self.fs = lab.organisation.servers[server].fs

    def run(self, name: str, **parameters: Any) -> list[Any]:
        return self.lab.run_cmdlet(name, parameters)

    def wait(self, seconds: float = 30) -> None:
        self.lab.organisation.clock.sleep(seconds)

    def work(self, first: int, last: int) -> None:
        """Do the steps with these numbers."""
        for number in range(first, last + 1):
            for step in STEPS.get(number, ()):
                step(self)

    def move(self, source: str, target: str) -> None:
        """All files of a folder."""
        if not self.fs.is_dir(target):
            self.fs.mkdir(target)
        for entry in self.fs.listdir(source):
            if not entry.is_dir:
                self.fs.rename(f"{source}\\{entry.name}", f"{target}\\{entry.name}")

    def copy(self, source: str, target: str) -> None:
        if not self.fs.is_dir(target):
            self.fs.mkdir(target)
        for entry in self.fs.listdir(source):
            if not entry.is_dir and not self.fs.exists(f"{target}\\{entry.name}"):
                self.fs.copy(f"{source}\\{entry.name}", f"{target}\\{entry.name}")

    # -- the steps

    def preserve_files(self) -> None:
        if self.preserve == "copy":
            self.copy(DATABASE, SAFE)
        else:
            self.move(DATABASE, SAFE)

    def create(self) -> None:
        self.run(
            "New-MailboxDatabase", Name="DTDB1", Server=self.server,
            EdbFilePath=rf"{DIAL_TONE}\DTDB1.edb", LogFolderPath=DIAL_TONE,
        )  # fmt: skip
        self.wait()

    def keep_new_mailboxes_away(self) -> None:
        self.run("Set-MailboxDatabase", Identity="DTDB1", IsExcludedFromProvisioning=True,
                 IsExcludedFromProvisioningReason="our outage of today")  # fmt: skip
        self.wait()

    def homes(self) -> list[tuple[str, str]]:
        """(mailbox, parameter) of everything that is on DB01."""
        found = [
            (str(box["Guid"]), "Database")
            for box in self.run("Get-Mailbox", Database="DB01", ResultSize="Unlimited")
        ]
        for box in self.run("Get-Mailbox", Archive=True, ResultSize="Unlimited"):
            if str(box["ArchiveDatabase"]) == "DB01":
                found.append((str(box["Guid"]), "ArchiveDatabase"))
        return found

    def rehome(self, share: float = 1.0) -> None:
        homes = self.homes()
        for guid, parameter in homes[: round(len(homes) * share)]:
            self.run("Set-Mailbox", Identity=guid, Force=True, **{parameter: "DTDB1"})
        self.wait()

    def mount(self) -> None:
        self.run("Mount-Database", Identity="DTDB1")
        self.wait()

    def resubmit(self) -> None:
        self.run("Retry-Queue", Server="MBX1", Filter="NextHopDomain -eq 'DB01'", Resubmit=True)
        self.wait(120)

    def restore(self) -> None:
        self.copy(restore_folder("DB01"), RDB)

    def add_logs(self) -> None:
        logs = SAFE if self.preserve == "move" else DATABASE
        for entry in self.fs.listdir(logs):
            if entry.name.upper().startswith("E00") and entry.name.lower().endswith(".log"):
                if self.fs.exists(rf"{RDB}\{entry.name}"):
                    self.fs.delete(rf"{RDB}\{entry.name}")
                self.fs.copy(rf"{logs}\{entry.name}", rf"{RDB}\{entry.name}")
        if self.fs.exists(rf"{RDB}\E00.chk"):
            self.fs.delete(rf"{RDB}\E00.chk")

    def recover(self) -> None:
        for _percent in soft_recovery(self.fs, "E00", RDB, RDB, RDB):
            pass

    def create_recovery_database(self) -> None:
        self.run(
            "New-MailboxDatabase", Recovery=True, Name="RDB1", Server="MBX1",
            EdbFilePath=rf"{RDB}\DB01.edb", LogFolderPath=rf"{RDB}\logs",
        )  # fmt: skip
        self.wait()

    def mount_recovery_database(self) -> None:
        self.run("Mount-Database", Identity="RDB1")
        self.wait()

    def dismount_recovery_database(self) -> None:
        self.run("Dismount-Database", Identity="RDB1", Confirm=False)
        self.wait()

    def hold(self) -> None:
        self.fs.mkdir(HOLDING)
        self.fs.rename(rf"{RDB}\DB01.edb", rf"{HOLDING}\DB01.edb")
        self.move(rf"{RDB}\logs", rf"{HOLDING}\rdb-logs")
        self.move(RDB, rf"{HOLDING}\logs")

    def dismount(self) -> None:
        self.run("Dismount-Database", Identity="DTDB1", Confirm=False)
        self.wait()

    def dial_tone_files_away(self) -> None:
        self.fs.rename(rf"{DIAL_TONE}\DTDB1.edb", rf"{RDB}\DB01.edb")
        self.move(DIAL_TONE, rf"{RDB}\dial-tone-logs")

    def recovered_file_in(self) -> None:
        self.fs.rename(rf"{HOLDING}\DB01.edb", rf"{DIAL_TONE}\DTDB1.edb")

    def allow_file(self) -> None:
        self.run("Set-MailboxDatabase", Identity="DTDB1", AllowFileRestore=True)
        self.wait()

    def merge(self) -> None:
        """With names of his own, and for a share of the mailboxes only."""
        owners: dict[str, tuple[str, bool]] = {}
        for box in self.run("Get-Mailbox", Database="DTDB1", ResultSize="Unlimited"):
            owners[str(box["ExchangeGuid"])] = (str(box["Guid"]), False)
            if str(box["ArchiveGuid"]) != NO_ARCHIVE:
                owners[str(box["ArchiveGuid"])] = (str(box["Guid"]), True)
        rows = [r for r in self.run("Get-MailboxStatistics", Database="RDB1")
                if str(r["MailboxGuid"]) in owners]  # fmt: skip
        for number, row in enumerate(rows[: round(len(rows) * self.merged)]):
            target, archive = owners[str(row["MailboxGuid"])]
            self.run(
                "New-MailboxRestoreRequest", SourceDatabase="RDB1", TargetMailbox=target,
                SourceStoreMailbox=str(row["MailboxGuid"]), TargetIsArchive=archive,
                Name=f"get it back {number}", BatchName="colleague",
                ConflictResolutionOption="KeepLatestItem", AssociatedMessagesCopyOption="DoNotCopy",
            )  # fmt: skip
        self.wait(60)

    def clean_up(self) -> None:
        for _unused in range(100):
            requests = self.run("Get-MailboxRestoreRequest", BatchName="colleague")
            if all(str(request["Status"]) == "Completed" for request in requests):
                break
            self.wait(60)
        for request in requests:
            self.run("Remove-MailboxRestoreRequest", Identity=str(request["Identity"]), Confirm=False)
        self.wait()

    def remove_recovery_database(self) -> None:
        self.dismount_recovery_database()
        self.run("Remove-MailboxDatabase", Identity="RDB1", Confirm=False)
        self.wait()

    def retire(self) -> None:
        self.run("Remove-MailboxDatabase", Identity="DB01", Confirm=False)
        self.wait()


Step = Callable[[Colleague], None]
STEPS: dict[int, tuple[Step, ...]] = {
    1: (Colleague.preserve_files,),
    2: (Colleague.create,),
    3: (Colleague.keep_new_mailboxes_away,),
    4: (Colleague.rehome,),
    5: (Colleague.mount,),
    6: (Colleague.resubmit,),
    7: (Colleague.restore,),
    8: (Colleague.add_logs,),
    9: (Colleague.recover,),
    10: (Colleague.create_recovery_database,),
    11: (Colleague.mount_recovery_database, Colleague.dismount_recovery_database),
    12: (Colleague.hold,),
    13: (Colleague.dismount,),
    14: (),  # he only looks at the header
    15: (Colleague.dial_tone_files_away,),
    16: (Colleague.recovered_file_in,),
    17: (Colleague.allow_file,),
    18: (Colleague.mount,),
    19: (Colleague.mount_recovery_database,),
    20: (Colleague.merge,),
    21: (Colleague.clean_up,),
    22: (Colleague.remove_recovery_database,),
    23: (Colleague.retire,),
}


def told(done: int, preserve: str = "copy") -> dict[str, Any]:
    """The variables that name what is there after so many steps."""
    names: dict[str, Any] = {}
    if done >= 2:
        names["dialtone_adopt_database"] = "DTDB1"
    if done >= 10:
        names["dialtone_adopt_recovery_database"] = "RDB1"
    if preserve == "move":
        names["dialtone_adopt_preserved_folder"] = SAFE
    if 7 <= done < 10:
        names["dialtone_restore_folder"] = RDB
    if 12 <= done < 16:
        names["dialtone_restore_folder"] = HOLDING
    if done == 22:
        names["dialtone_adopt_dial_tone_file"] = rf"{RDB}\DB01.edb"
    return names
