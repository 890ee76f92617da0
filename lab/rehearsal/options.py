# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a dial tone recovery, each a script of what happens and of what the admin does.

A script gets the stage with its lab running, and returns the exit status of the last playbook run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.stage import Stage

FAILED, LOST_SERVER, ALTERNATE = "DB01", "MBX1", "MBX2"
OF_THE_SERVER = ("DB01", "DB02")
RESTORE = r"E:\Restore\{{ dialtone_failed_database }}"
SURVIVED = r"E:\Survived"
VAULT = r"E:\Vault"  # where the backup software keeps its backups, not on the server that is lost


def _folder(database: str) -> str:
    return RESTORE.replace("{{ dialtone_failed_database }}", database)


def _users_at_work(stage: Stage, *databases: str) -> None:
    count = sum(stage.control.status()["databases"][name]["mailboxes"] for name in databases)
    stage.say(
        f"{count} mailboxes live on {' and '.join(databases)}; mail flows to all of them, all the time"
    )
    stage.control.start_mail_flow(messages_per_hour_per_mailbox=6)
    stage.control.sleep(180)


def same_server(stage: Stage, method: str) -> int:
    """A database file is lost, its server works. The backup is back in minutes, so one run does it all."""
    control, folder = stage.control, _folder(FAILED)
    _users_at_work(stage, FAILED)
    control.backup(FAILED, folder)
    stage.say(f"Backup of {FAILED} taken; the backup software will restore it to {folder}")
    control.sleep(180)
    control.break_database(FAILED, "destroy_edb")
    control.mark("failure")
    stage.say(f"{FAILED} is gone: its .edb is destroyed, its logs survive")
    return stage.playbook(
        "same_server",
        dialtone_failed_databases=[FAILED],
        dialtone_restore_folder=folder,
        dialtone_approve_swap=[FAILED],
        **({"dialtone_method": method} if method != "beside" else {}),
    )


def _lose_the_server(stage: Stage) -> None:
    """Its mainboard, say: nothing of it answers, but its disks are readable."""
    control = stage.control
    _users_at_work(stage, *OF_THE_SERVER)
    for name in OF_THE_SERVER:
        control.backup(name, rf"{VAULT}\{name}")
        control.copy_files(LOST_SERVER, rf"{VAULT}\{name}", ALTERNATE, rf"{VAULT}\{name}")
    stage.say(f"Backups of {' and '.join(OF_THE_SERVER)} taken, and kept elsewhere")
    control.sleep(180)
    control.kill_server(LOST_SERVER, disks="kept")
    stage.say(f"{LOST_SERVER} is gone; its disks can still be read elsewhere")


def alternate_server(stage: Stage, _method: str) -> int:
    """A server is lost; its users work on another one until it is rebuilt, and go home then."""
    control = stage.control
    _lose_the_server(stage)
    variables = {"dialtone_failed_server": LOST_SERVER, "dialtone_alternate_server": ALTERNATE}
    if status := stage.playbook("alternate_server", **variables):
        return status
    control.sleep(120)
    control.rebuild_server(LOST_SERVER, disks="kept")
    for name in OF_THE_SERVER:
        control.copy_files(ALTERNATE, rf"{VAULT}\{name}", LOST_SERVER, _folder(name))
    stage.say(
        f"The admin has rebuilt {LOST_SERVER} (Setup /Mode:RecoverServer) with its old data disks,"
    )
    stage.say(f"and restored the backups to {RESTORE} there")
    return stage.playbook(
        "alternate_server",
        **variables,
        dialtone_restore_folder=RESTORE,
        dialtone_approve_swap=list(OF_THE_SERVER),
    )


def _collect_on_the_alternate_server(name: str, stage: Stage) -> None:
    """The backup, and over it the logs that survived."""
    control, folder = stage.control, _folder(name)
    control.copy_files(ALTERNATE, rf"{VAULT}\{name}", ALTERNATE, folder)
    control.copy_files(LOST_SERVER, rf"D:\Databases\{name}", ALTERNATE, SURVIVED)
    for file in control.files(ALTERNATE, SURVIVED):
        if not file["name"].endswith(".log"):
            control.delete_file(ALTERNATE, rf"{SURVIVED}\{file['name']}")
    control.copy_files(ALTERNATE, SURVIVED, ALTERNATE, folder)
    for file in control.files(ALTERNATE, SURVIVED):
        control.delete_file(ALTERNATE, rf"{SURVIVED}\{file['name']}")


def stay_on_alternate(stage: Stage, _method: str) -> int:
    """A server is lost for good; its users stay on another one."""
    _lose_the_server(stage)
    variables = {"dialtone_failed_server": LOST_SERVER, "dialtone_alternate_server": ALTERNATE}
    if status := stage.playbook("stay_on_alternate", **variables):
        return status
    for name in OF_THE_SERVER:
        _collect_on_the_alternate_server(name, stage)
    stage.say(f"The admin has restored the backups to {RESTORE} of {ALTERNATE},")
    stage.say(f"and added the logs from the disks of {LOST_SERVER}")
    return stage.playbook(
        "stay_on_alternate",
        **variables,
        dialtone_restore_folder=RESTORE,
        dialtone_approve_swap=list(OF_THE_SERVER),
    )


@dataclass(frozen=True)
class Option:
    """script: what happens. databases: what is recovered. methods: of the dial tone, those it knows."""

    script: Callable[[Stage, str], int]
    databases: tuple[str, ...]
    methods: tuple[str, ...] = ("beside",)


OPTIONS = {
    "same_server": Option(same_server, (FAILED,), ("beside", "in_place")),
    "alternate_server": Option(alternate_server, OF_THE_SERVER),
    "stay_on_alternate": Option(stay_on_alternate, OF_THE_SERVER),
}
