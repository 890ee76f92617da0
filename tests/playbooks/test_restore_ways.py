# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which the restored files come, and advice against a dial tone, in whole playbooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from incidents import changing_calls, lose, prove_nothing_lost, restore_folder

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
ALL = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": restore_folder("DB01"),
    "dialtone_approve_swap": ["DB01"],
}
LATER = r"E:\Restore\Later"


def _hide_backup(lab: Lab) -> None:
    """The backup software has not restored anything yet."""
    lab.organisation.server("MBX1").fs.rename(restore_folder("DB01"), LATER)


@contextmanager
def _backup_software(lab: Lab, begin: Callable[[], bool]) -> Iterator[threading.Thread]:
    """Restores into the folder as soon as begin() says so, while the playbook runs."""
    stop = threading.Event()

    def work() -> None:
        while not begin():
            if stop.wait(0.2):
                return
        lab.organisation.server("MBX1").fs.rename(LATER, restore_folder("DB01"))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join()


def test_a_database_that_only_needs_its_logs_is_left_alone_unless_overridden(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01", how="crash")
    run = run_playbook(lab, **ALL)
    assert run.status != 0
    assert "Mount-Database DB01" in run.output
    assert "eseutil /r E00" in run.output
    assert changing_calls(lab) == []

    run = run_playbook(lab, **ALL, dialtone_override=["mounted"])
    assert run.status != 0  # only advice can be overridden
    assert changing_calls(lab) == []

    run = run_playbook(lab, **ALL, dialtone_override=["soft_recovery"])
    assert run.status == 0, run.output
    assert "Overridden" in run.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_waits_for_the_backup_software(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    _hide_backup(lab)
    waiting = {"dialtone_restore_wait": 120, "dialtone_restore_stable": 3}
    check = run_playbook(lab, "--check", **ALL, **waiting)
    assert check.status == 0, check.output
    assert changing_calls(lab) == []

    def dial_tone_is_up() -> bool:
        return "DB01-DT" in lab.control.status()["databases"]

    started = time.monotonic()
    with _backup_software(lab, dial_tone_is_up):
        run = run_playbook(lab, **ALL, **waiting)
    assert run.status == 0, run.output
    assert time.monotonic() - started < 120
    assert check.changed_tasks("DB01") == run.changed_tasks("DB01")
    prove_nothing_lost(lab)


def test_waits_no_longer_than_asked_and_leaves_the_users_working(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    _hide_backup(lab)
    run = run_playbook(lab, **ALL, dialtone_restore_wait=2, dialtone_restore_stable=1)
    assert run.status != 0
    assert "does not exist yet" in run.output
    assert "dialtone_restore_wait" in run.output
    assert lab.control.status()["databases"]["DB01-DT"]["mounted"]


@pytest.mark.thorough
def test_the_admins_own_tasks_fetch_the_files(
    make_lab: MakeLab, run_playbook: Callable, tmp_path: Path
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    _hide_backup(lab)
    order = tmp_path / "order.txt"
    hook = tmp_path / "fetch.yml"
    hook.write_text(
        f"""---
- name: Order the restore
  ansible.builtin.copy:
    dest: "{order}"
    content: "{{{{ restore_failed_database }}}} to {{{{ restore_folder }}}} on {{{{ restore_server }}}},
      was {{{{ preflight_info.failed_database.edb_path }}}}"
    mode: "0600"
  delegate_to: localhost
  connection: local
""",
        encoding="utf-8",
    )
    own = {"dialtone_restore_hook": str(hook), "dialtone_restore_wait": 60}
    with _backup_software(lab, order.exists):
        run = run_playbook(lab, **ALL, **own, dialtone_restore_stable=2, dialtone_until="restore")
    assert run.status == 0, run.output
    said = order.read_text("utf-8")
    assert said.startswith(r"DB01 to E:\Restore\DB01 on mbx1")
    assert said.endswith(r"was D:\Databases\DB01\DB01.edb")

    order.unlink()
    run = run_playbook(lab, **ALL, **own)
    assert run.status == 0, run.output
    assert not order.exists()  # the files are collected
    prove_nothing_lost(lab)


@pytest.mark.parametrize("hook", ["no-such-file.yml", "/no/such/file.yml"])
def test_a_hook_that_is_not_there_is_said_before_anything_changes(
    make_lab: MakeLab, run_playbook: Callable, hook: str
) -> None:
    lab = make_lab("tiny")
    lose(lab, "DB01")
    run = run_playbook(lab, **ALL, dialtone_restore_hook=hook)
    assert run.status != 0
    assert "dialtone_restore_hook" in run.output
    assert changing_calls(lab) == []


def test_restores_from_windows_server_backup(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny")
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 1)
    version = control.windows_backup("MBX1")
    control.send("all", 2)
    control.break_database("DB01", "destroy_edb")
    control.mark("failure")
    # no version: the users get their dial tone, then the versions are listed
    run = run_playbook(lab, **ALL, dialtone_restore_method="wbadmin")
    assert run.status != 0
    assert version in run.output
    assert lab.control.status()["databases"]["DB01-DT"]["mounted"]

    own = {"dialtone_restore_method": "wbadmin", "dialtone_wbadmin_version": version}
    check = run_playbook(lab, "--check", **ALL, **own)
    assert check.status == 0, check.output
    run = run_playbook(lab, **ALL, **own)
    assert run.status == 0, run.output
    assert check.changed_tasks("DB01") == run.changed_tasks("DB01")
    again = run_playbook(lab, **ALL, **own)
    assert again.status == 0 and again.changed == 0, again.output
    prove_nothing_lost(lab)


@pytest.mark.thorough
def test_a_lagged_copy_as_the_backup_of_a_replicated_database(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    """Its copy could be activated, which the admin declines; he takes the copy's files instead."""
    lab = make_lab("dag")
    control = lab.control
    control.start_mail_flow(messages_per_hour_per_mailbox=4)
    control.send("all", 2)
    control.break_database("DB03", "destroy_edb")
    control.mark("failure")
    folder = restore_folder("DB03")
    control.copy_files("MBX3", r"D:\Databases\DB03", "MBX1", folder)
    one = {
        "dialtone_failed_databases": ["DB03"],
        "dialtone_restore_folder": folder,
        "dialtone_approve_swap": ["DB03"],
    }
    declined = {**one, "dialtone_override": ["copies"]}

    stops = run_playbook(lab, **one)
    assert stops.status != 0
    assert "Move-ActiveMailboxDatabase DB03 -ActivateOnServer MBX3" in stops.output, stops.output
    assert "Suspend-MailboxDatabaseCopy" in stops.output
    in_place = run_playbook(lab, **declined, dialtone_method="in_place")
    assert in_place.status != 0
    assert "DB03 has copies on MBX3" in in_place.output, in_place.output
    assert changing_calls(lab) == []

    run = run_playbook(lab, **declined)
    assert run.status == 0, run.output
    again = run_playbook(lab, **declined)
    assert again.status == 0 and again.changed == 0, again.output
    prove_nothing_lost(lab)
