# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody has begun by hand, however far; the playbook, told the names, recognises it and finishes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import by_hand
import pytest
from by_hand import Colleague
from incidents import changing_calls, lose, lose_server_for_good, prove_nothing_lost, restore_folder
from test_stay_on_alternate import ALL as ALTERNATE

from exchange_lab.lab import Lab

MakeLab = Callable[..., Lab]
IN_EVERY_RUN = {21}  # the others by make thorough


def dial_tone(rehomed: int, mounted: bool) -> str:
    state = "mounted" if mounted else "not mounted"
    return f"dial tone database DTDB1, made by hand, {rehomed} of 6 mailboxes rehomed, {state}"


def recovery_database(files: str, mounted: bool = False) -> str:
    state = "mounted" if mounted else "not mounted"
    return f"recovery database RDB1, made by hand, for the {files} files, {state}"


AWAY = "in DTDB1, the dial tone file was moved away, nothing is in its place"
EXCHANGED = "in DTDB1, the restored file is in its place, not mounted yet"
RESTORED = "in DTDB1, the restored file is mounted"
# What the plan says was found after so many steps.
FOUND: dict[int, list[str]] = {
    1: [],  # only files were kept; nothing to adopt
    **dict.fromkeys((2, 3), [dial_tone(0, mounted=False)]),
    4: [dial_tone(6, mounted=False)],
    **dict.fromkeys(range(5, 10), [dial_tone(6, mounted=True)]),
    **dict.fromkeys((10, 11, 12), [dial_tone(6, mounted=True), recovery_database("restored")]),
    **dict.fromkeys((13, 14), [dial_tone(6, mounted=False), recovery_database("restored")]),
    15: [dial_tone(6, mounted=False), AWAY, recovery_database("dial tone")],
    **dict.fromkeys((16, 17), [dial_tone(6, mounted=False), EXCHANGED, recovery_database("dial tone")]),
    18: [dial_tone(6, mounted=True), RESTORED, recovery_database("dial tone")],
    **dict.fromkeys(
        (19, 20, 21),
        [dial_tone(6, mounted=True), RESTORED, recovery_database("dial tone", mounted=True)],
    ),
    22: [dial_tone(6, mounted=True), RESTORED],
    23: [],  # the failed database is gone, and with it the recovery
}


def variables(done: int, preserve: str = "copy", **more: Any) -> dict[str, Any]:
    return {
        "dialtone_failed_databases": ["DB01"],
        "dialtone_approve_swap": ["DB01"],
        **({} if done >= 10 else {"dialtone_restore_folder": restore_folder("DB01")}),
        **by_hand.told(done, preserve),
        **more,
    }


def finish(
    run_playbook: Callable, lab: Lab, given: dict[str, Any], database: str = "DTDB1"
) -> Any:
    """Run to the end, and again; every message is there once, nothing but that database is left over."""
    run = run_playbook(lab, **given)
    assert run.status == 0, run.output
    again = run_playbook(lab, **given)
    assert again.status == 0 and again.changed == 0, again.output
    left = lab.control.status()["databases"]
    assert set(left) <= {"DB01", "DB02", database}, set(left)
    assert left[database]["mounted"]
    assert not lab.run_cmdlet("Get-MailboxRestoreRequest", {})
    prove_nothing_lost(lab)
    return run


def prefixes() -> list[Any]:
    return [
        pytest.param(n, marks=[] if n in IN_EVERY_RUN else [pytest.mark.thorough])
        for n in FOUND
    ]


@pytest.mark.parametrize("done", prefixes())
def test_every_prefix(make_lab: MakeLab, run_playbook: Callable, done: int) -> None:
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    Colleague(lab).work(1, done)
    given = variables(done)
    plan = run_playbook(lab, "--check", **given)
    assert plan.status == 0, plan.output
    found = re.findall(r'found: ([^"\\\\]+)', plan.output)
    assert list(dict.fromkeys(found)) == FOUND[done], plan.output
    assert changing_calls(lab) == []
    finish(run_playbook, lab, given, "DTDB1" if done >= 2 else "DB01-DT")


def test_what_is_half_done_is_shown_and_finished(make_lab: MakeLab, run_playbook: Callable) -> None:
    """Half of the mailboxes rehomed, the restored file mounted as recovery database by hand."""
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    colleague = Colleague(lab)
    colleague.work(1, 3)
    colleague.rehome(0.5)
    colleague.work(5, 10)
    colleague.mount_recovery_database()
    given = variables(11)
    plan = run_playbook(lab, "--check", **{**given, "dialtone_until": "preflight"})
    assert plan.status == 0, plan.output
    for words in (
        "found: dial tone database DTDB1, made by hand, 4 of 6 mailboxes rehomed, mounted",
        "found: recovery database RDB1, made by hand, for the restored files, mounted",
    ):
        assert words in plan.output, plan.output
    assert changing_calls(lab) == []
    finish(run_playbook, lab, given)


@pytest.mark.thorough
def test_failed_files_that_were_moved_away(make_lab: MakeLab, run_playbook: Callable) -> None:
    """Their logs are found where they were put: no message since the backup is missing."""
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    Colleague(lab, preserve="move").work(1, 5)
    finish(run_playbook, lab, variables(5, "move"))


@pytest.mark.thorough
def test_half_of_the_merge_was_requested_by_hand(make_lab: MakeLab, run_playbook: Callable) -> None:
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    Colleague(lab, merged=0.5).work(1, 20)
    by_colleague = len(lab.run_cmdlet("Get-MailboxRestoreRequest", {"BatchName": "colleague"}))
    finish(run_playbook, lab, variables(20))
    created = [
        call
        for call in lab.control.calls(changing=True)
        if call["name"] == "New-MailboxRestoreRequest"
    ]
    sources = [call["parameters"]["SourceStoreMailbox"] for call in created]
    assert by_colleague and len(sources) == len(set(sources))


def test_a_database_that_was_not_named_is_not_touched(
    make_lab: MakeLab, run_playbook: Callable
) -> None:
    lab = make_lab("tiny", speed=600)
    lose(lab, "DB01")
    Colleague(lab).work(2, 5)
    given = {
        "dialtone_failed_databases": ["DB01"],
        "dialtone_restore_folder": restore_folder("DB01"),
    }
    run = run_playbook(lab, **given)
    assert run.status != 0, run.output
    assert "DTDB1 looks like a dial tone database that somebody made by hand" in run.output
    assert "dialtone_adopt_database=DTDB1" in run.output
    named = run_playbook(lab, **given, dialtone_database_name="DTDB1")
    assert named.status != 0, named.output
    assert "dialtone_adopt_database=DTDB1" in named.output
    wrong = run_playbook(lab, **given, dialtone_adopt_database="DTDB9")
    assert wrong.status != 0, wrong.output
    assert "there is no database DTDB9 to adopt" in wrong.output
    assert changing_calls(lab) == []


@pytest.mark.thorough
@pytest.mark.parametrize("done", [2, 4, 5])
def test_on_an_alternate_server(make_lab: MakeLab, run_playbook: Callable, done: int) -> None:
    lab = make_lab("pair", speed=600)
    lose_server_for_good(lab)
    colleague = Colleague(lab, server="MBX2")
    colleague.work(2, done)
    given = {**ALTERNATE, "dialtone_adopt_database": "DTDB1"}
    run = run_playbook(lab, playbook="stay_on_alternate", **given)
    assert run.status == 0, run.output
    again = run_playbook(lab, playbook="stay_on_alternate", **given)
    assert again.status == 0 and again.changed == 0, again.output
    prove_nothing_lost(lab)
