# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery by an account with no role too many: each stage works with its roles, and stops without each of them.

One recovery, stage by stage. In the lab, as the descriptions of the built-in roles have it (exchange.md 7.7), roles that
write can read, too; so the two view-only roles are taken away where only they are left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import rights
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    client_info,
    database_files,
    database_swap,
    dial_tone_database,
    environment_info,
    mail_queue,
    mailbox_restore_request,
    recovery_database,
    recovery_info,
)
from desks import RESTORE, ROOT, Recovery
from pairs import Pair
from test_connection_info import look as look_at_connection

# The roles to take away from those of the stage, one at a time.
TAKEN = {
    "dial_tone": (rights.DATABASES, rights.MONITORING, rights.MAIL_RECIPIENTS),
    "queues": (rights.TRANSPORT_QUEUES,),
    "restore": (rights.DATABASES,),
    "swap": (rights.DATABASES, rights.MONITORING),
    "merge": (rights.DISASTER_RECOVERY,),
    "close": (rights.DATABASES,),
    "clients": (),
    "verify": (),
}

# What a stage calls in case the account may, and does without.
TRIED = {"verify": {"Get-MailboxRestoreRequest"}}

# Who may make restore requests may mount and dismount, too (exchange.md 7.7).
SAME = dict.fromkeys(("swap", "close"), {rights.DISASTER_RECOVERY})


def roles(stage: str) -> set[str]:
    return {right.role for right in rights.RIGHTS if stage in right.stages}


def log_on(desk: Any, wanted: set[str], *, local: bool = True) -> None:
    """Go on as an account with these roles alone, in new sessions."""
    account = desk.lab.administrator
    account.roles, account.local_administrator = tuple(sorted(wanted)), local
    name = desk.server.partition(".")[0].upper()
    desk.lab.disconnect(name)
    desk.lab.reconnect(name)
    desk.reconnect()


def unknown_calls(desk: Any, stage: str, before: int) -> set[str]:
    """Cmdlets that were called since, which the table of rights doesn't have for the stage."""
    called = {call["name"] for call in desk.control.calls()[before:] if call["kind"] == "cmdlet"}
    known = {right.cmdlet for right in rights.RIGHTS if stage in right.stages}
    return called - known - set(rights.ALWAYS) - TRIED.get(stage, set())


def arguments(module: Any, **given: Any) -> dict[str, Any]:
    return {**{name: spec.get("default") for name, spec in module.ARGUMENT_SPEC.items()}, **given}


class Stages:
    """The stages of one recovery, each as its roles run it."""

    def __init__(self, recovery: Recovery) -> None:
        self.recovery, self.desk, self.run_id = recovery, recovery.desk, ""

    def preflight(self) -> dict[str, Any]:
        return self.desk.run(recovery_info.run, **arguments(recovery_info, failed_database="DB01"))

    def dial_tone(self) -> None:
        self.run_id = self.recovery.dial_tone()["run_id"]
        self.desk.control.sleep(120)
        self.desk.control.send("all", 3)

    def queues(self) -> None:
        before = len(self.desk.warnings)
        queue = arguments(mail_queue, state="resubmitted", database="DB01", wait_timeout=60)
        self.desk.run(mail_queue.run, **queue)
        # mail waits where it is safe, and goes out by itself later: no reason to stop
        if warnings := self.desk.warnings[before:]:
            raise ExchangeError(" ".join(warnings))

    def restore(self) -> None:
        self.recovery.restore()

    def swap(self) -> None:
        self.desk.control.drain()
        self.desk.run(database_swap.run, **self.recovery.swap())

    def merge(self) -> None:
        source = self.recovery.recovery_database(
            name=f"DB01-Merge-{self.run_id}",
            edb_path=f"{ROOT}\\DB01\\swapped\\DB01-DT.edb",
            log_folder=f"{ROOT}\\DB01\\swapped\\rdb-logs",
        )
        self.desk.run(recovery_database.run, **source)
        request = arguments(
            mailbox_restore_request, source_database=source["name"], target_database="DB01-DT",
            failed_database="DB01", run_id=self.run_id, wait_timeout=600,
            ledger=str(self.recovery.evidence / "ledger.json"),
        )  # fmt: skip
        assert self.desk.run(mailbox_restore_request.run, **request)["merged"]

    def close(self) -> None:
        own = {"failed_database": "DB01", "recovery_root": ROOT}
        source = {"name": f"DB01-Merge-{self.run_id}", "state": "absent"}
        self.desk.run(recovery_database.run, **arguments(recovery_database, **source))
        merged = arguments(database_files, state="merged", **own)
        self.desk.run(database_files.run, **merged)
        production = arguments(dial_tone_database, state="production", name="DB01-DT", **own)
        self.desk.run(dial_tone_database.run, **production)
        info = arguments(recovery_info, dial_tone_database="DB01-DT", **own)
        assert self.desk.run(recovery_info.run, **info)["stage"] == "closed"
        final = arguments(
            dial_tone_database, state="final", name="DB01-DT", failed_database="DB01",
            final_name="original", retire_failed_database=True,
        )  # fmt: skip
        assert self.desk.run(dial_tone_database.run, **final)["changed"]

    def clients(self) -> None:
        listed = arguments(
            client_info, databases=["DB01"], from_server="MBX1", to_server="MBX2",
            csv=str(self.recovery.evidence / "clients.csv"),
        )  # fmt: skip
        assert self.desk.run(client_info.run, **listed)["mailboxes"] == 6

    def verify(self) -> None:
        assert look_at_connection(self.desk)["rights"]["roles_missing"]
        assert self.desk.run(environment_info.run, **arguments(environment_info))["facts"]


def names(text: str, role: str) -> bool:
    """Whether a message names the role, and one of its cmdlets."""
    cmdlets = [right.cmdlet for right in rights.RIGHTS if right.role == role]
    return f"'{role}'" in text and any(cmdlet in text for cmdlet in cmdlets)


def test_each_stage_works_with_its_roles_and_names_each_that_is_missing(recovery: Recovery) -> None:
    stages, desk = Stages(recovery), recovery.desk
    for name, taken in TAKEN.items():
        needed = roles("dial_tone" if name == "queues" else name)
        work = getattr(stages, name)
        for role in taken:
            log_on(desk, needed - {role} - SAME.get(name, set()))
            with pytest.raises(ExchangeError) as caught:
                work()
            assert names(str(caught.value), role), (name, role, str(caught.value))
        log_on(desk, needed)
        before = len(desk.control.calls())
        work()
        assert unknown_calls(desk, "dial_tone" if name == "queues" else name, before) == set()


def test_the_way_home_works_with_its_roles(open_pair: Callable[..., Pair]) -> None:
    pair = open_pair(restore=False)
    pair.dial_tone()
    before = len(pair.control.calls())
    for desk in (pair.original, pair.alternate):
        log_on(desk, roles("home"))
    answer = arguments(recovery_info, failed_database="DB01", scope="location")
    pair.original.run(recovery_info.run, **answer)
    info = arguments(
        recovery_info, failed_database="DB01", dial_tone_database="DB01-DT", recovery_root=ROOT,
        restore_folder=RESTORE, override=["copies", "soft_recovery"],
    )  # fmt: skip
    pair.original.run(recovery_info.run, **info)
    pair.restore()
    log_on(pair.original, roles("home") - {rights.MAIL_RECIPIENTS})
    failed = pair.original.run(database_swap.run, **pair.home())
    assert failed["failed"] and failed["returned_to_dial_tone"]
    assert names(str(failed), rights.MAIL_RECIPIENTS), failed
    assert pair.homes() == {"DB01-DT", "DB02"}
    log_on(pair.original, roles("home"))
    pair.original.run(database_swap.run, **pair.home())
    for database in ("DB01-DT", "DB01"):
        queue = arguments(mail_queue, state="resubmitted", database=database, wait_timeout=60)
        pair.original.run(mail_queue.run, **queue)
    pair.alternate.run(dial_tone_database.run, **pair.present(state="retired"))
    assert pair.homes() == {"DB01", "DB02"}
    assert unknown_calls(pair.original, "home", before) == set()


@pytest.mark.parametrize(
    "role",
    [rights.DISASTER_RECOVERY, rights.MAIL_RECIPIENTS, rights.MONITORING, rights.TRANSPORT_QUEUES],
)
def test_the_preflight_names_it_before_anything_changes(recovery: Recovery, role: str) -> None:
    desk = recovery.desk
    log_on(desk, set(rights.ROLES) - {role})
    try:
        (check,) = [c for c in Stages(recovery).preflight()["checks"] if c["name"] == "roles"]
        text = str(check)
    except ExchangeError as error:
        text = str(error)
    assert names(text.replace('\\"', '"'), role), text
    assert desk.changing() == []


@pytest.mark.parametrize("role", [rights.VIEW_CONFIGURATION, rights.VIEW_RECIPIENTS])
def test_who_only_plans_needs_the_roles_that_read(recovery: Recovery, role: str) -> None:
    readers = {rights.VIEW_CONFIGURATION, rights.VIEW_RECIPIENTS, rights.MONITORING}
    log_on(recovery.desk, readers)
    assert Stages(recovery).preflight()["checks"]
    with pytest.raises(ExchangeError) as caught:
        log_on(recovery.desk, readers - {role})
        Stages(recovery).preflight()
    assert names(str(caught.value), role), str(caught.value)


def test_who_is_no_local_administrator_can_not_run_programs(recovery: Recovery) -> None:
    log_on(recovery.desk, set(rights.ROLES), local=False)
    with pytest.raises(ExchangeError, match="local administrator"):
        recovery.preserve()
    assert recovery.desk.changing() == []
