# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running eseutil: command lines, progress, failures; and the proofs of a restore."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ConflictError,
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import eseutil, log_source
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_files
from files.script import GB, MB, OTHER_SIGNATURE, failure, header_text, log_text
from scripted_transport import FakeTime, JobState, scripted_context

BASE = "D:\\DialTone\\DB01"
SCALE = """
Performing soft recovery...
                      Restore Status (% complete)

          0    10   20   30   40   50   60   70   80   90  100
          |----|----|----|----|----|----|----|----|----|----|
          """
DONE = "\n\n\nOperation completed successfully in 2.5 seconds.\n"
RECOVER = ["/r", "E00", "/l", "D:\\l", "/s", "D:\\l", "/d", "D:\\d", "/o"]


def test_a_replay_names_every_place_and_shows_its_progress(script: t.Any) -> None:
    lines: list[str] = []
    time = FakeTime()

    def tick(_text: str) -> None:
        time.seconds += 10
        lines.append(_text)

    script.expect_job("eseutil", RECOVER, [SCALE + ".", "." * 25, "." * 25 + DONE])
    context = scripted_context(script, time=time)
    context.progress = tick
    eseutil.recover(context, "E00", "D:\\l", "D:\\d", 400)
    assert lines[0] == "replay of 400 logs begins; it may take 00:20 to 03:20"
    assert lines[1].startswith("replayed 200 of 400 logs (50 %)")
    assert lines[2] == "replayed 400 of 400 logs (100 %), 40.0 logs/s"


def test_a_database_at_another_path_is_replayed_nevertheless(script: t.Any) -> None:
    mismatch = SCALE + ".X" + failure(-1216, "errAttachedDatabaseMismatch")
    script.expect_job("eseutil", RECOVER, [mismatch], exit_code=-1216)
    script.expect_job("eseutil", [*RECOVER, "/i"], [SCALE + "." * 51 + DONE])
    eseutil.recover(scripted_context(script), "E00", "D:\\l", "D:\\d", 3)


def test_loss_only_where_it_is_accepted(script: t.Any) -> None:
    script.expect_job("eseutil", [*RECOVER, "/a"], [SCALE + "." * 51 + DONE], exit_code=585)
    eseutil.recover(scripted_context(script), "E00", "D:\\l", "D:\\d", 3, accept_loss=True)


@pytest.mark.parametrize(
    ("code", "name", "advice"),
    [
        (-543, "errRequiredLogFilesMissing", "missing logs"),
        (4294966753, "errRequiredLogFilesMissing", "missing logs"),
        (-530, "errBadLogSignature", "never mix"),
        (-1032, "errFileAccessDenied", "antivirus"),
        (-1808, "errDiskFull", "Free space"),
        (-582, "errCommittedLogFilesMissing", "accept_gap"),
    ],
)
def test_failed_replays_say_what_to_do(script: t.Any, code: int, name: str, advice: str) -> None:
    signed = code - 2**32 if code > 0 else code
    script.expect_job("eseutil", RECOVER, [SCALE + ".X" + failure(signed, name)], exit_code=code)
    with pytest.raises(ProgramError, match=f"error {signed} ") as caught:
        eseutil.recover(scripted_context(script), "E00", "D:\\l", "D:\\d", 3)
    assert caught.value.exit_code == signed
    assert advice in str(caught.value)


def test_a_program_that_waits_for_a_key_is_stopped(script: t.Any) -> None:
    usage = "DESCRIPTION: Database utilities\n\nMODES OF OPERATION:\n  Recovery: ESEUTIL /r\n"
    script.expect_job("eseutil", RECOVER, [usage, JobState(False, "")])
    with pytest.raises(ProgramError, match="-1003"):
        eseutil.recover(scripted_context(script), "E00", "D:\\l", "D:\\d", 3)


def test_no_replay_in_check_mode(script: t.Any) -> None:
    with pytest.raises(RuntimeError, match="check mode"):
        eseutil.recover(scripted_context(script, check=True), "E00", "D:\\l", "D:\\d", 3)


def test_a_build_that_prints_no_generation(script: t.Any) -> None:
    listing = Listing(
        "D:\\l", tuple(File(f"D:\\l\\{n}", MB) for n in ("E0000000005.log", "E00.log"))
    )
    script.log("D:\\l\\E00.log", log_text(6).replace("lGeneration", "lSomething"))
    logs = log_source.read(scripted_context(script), listing, "E00")
    assert logs.source.current == 6
    assert logs.signature is not None


def test_a_damaged_current_log_is_as_good_as_none(script: t.Any) -> None:
    listing = Listing(
        "D:\\l", tuple(File(f"D:\\l\\{n}", MB) for n in ("E0000000005.log", "E00.log"))
    )
    script.log("D:\\l\\E00.log", "", code=-501)
    script.log("D:\\l\\E0000000005.log", log_text(5))
    context = scripted_context(script)
    logs = log_source.read(context, listing, "E00")
    assert logs.source.current is None
    assert logs.source.newest == 5
    assert any("is not usable" in warning for warning in context.warnings)


# -- the proofs of a restore: what a whole machine would not do, but a real one might

ARGS = {
    "failed_database": "DB01",
    "state": "restored",
    "recovery_root": "D:\\DialTone",
    "restore_folder": "E:\\R",
}
RESTORED = f"{BASE}\\restored"
LOGS = {"E0000000FB5.log": MB, "E0000000FB6.log": MB, "E0000000FB7.log": MB, "E00.log": MB}


def _planned(script: t.Any) -> None:
    """All looks of a first run: a dirty backup needs 4021-4023, committed 4024, and they survived."""
    tree = {"preserved\\database\\": 0, **{f"preserved\\logs\\{n}": s for n, s in LOGS.items()}}
    script.database().listing(BASE, tree, tree=True).listing("E:\\R", {"DB01.edb": 40 * GB})
    script.header("E:\\R\\DB01.edb")
    script.log(f"{BASE}\\preserved\\logs\\E00.log", log_text(4024))
    script.header("D:\\Databases\\DB01\\DB01.edb", code=-1811).volumes()


def _collected(script: t.Any) -> None:
    _planned(script)
    script.builtin("mkdir", f"{RESTORED}\\incoming")
    script.copies("E:\\R", f"{RESTORED}\\incoming", {"DB01.edb": 40 * GB})
    script.header(f"{RESTORED}\\incoming\\DB01.edb")
    script.copies(f"{BASE}\\preserved\\logs", RESTORED, LOGS)
    script.builtin("move", f"{RESTORED}\\incoming\\DB01.edb", f"{RESTORED}\\DB01.edb")


def _replayed(script: t.Any, check: str = "No damaged log files were found.\n") -> None:
    script.expect_job("eseutil", ["/ml", f"{RESTORED}\\E00"], [check])
    script.expect_job(
        "eseutil",
        ["/r", "E00", "/l", RESTORED, "/s", RESTORED, "/d", RESTORED, "/o"],
        [SCALE + "." * 51 + DONE],
    )


def test_the_calls_of_a_whole_restore(script: t.Any) -> None:
    _collected(script)
    _replayed(script)
    script.header(f"{RESTORED}\\DB01.edb", header_text(clean=True))
    result = database_files.run(scripted_context(script), ARGS)
    assert result["changed"]
    assert result["logs"] == {"first": 4021, "last": 4024, "collected": 4, "missing": []}
    assert result["last_log_time"] == "2026-11-22T14:02:21.113000+00:00"


def test_success_of_the_tool_is_no_proof(script: t.Any) -> None:
    _collected(script)
    _replayed(script)
    script.header(f"{RESTORED}\\DB01.edb", header_text(required=(4023, 4023)))
    with pytest.raises(PreconditionError, match="Dirty Shutdown after the replay.*4023") as caught:
        database_files.run(scripted_context(script), ARGS)
    assert caught.value.code == "StillDirty"


def test_the_replayed_file_must_still_be_the_same_database(script: t.Any) -> None:
    _collected(script)
    _replayed(script)
    blank = header_text(clean=True, signature=OTHER_SIGNATURE)
    script.header(f"{RESTORED}\\DB01.edb", blank)
    with pytest.raises(ConflictError, match="it is another database now"):
        database_files.run(scripted_context(script), ARGS)


def test_a_copy_with_another_header_never_gets_the_final_name(script: t.Any) -> None:
    _planned(script)
    incoming = f"{RESTORED}\\incoming"
    script.builtin("mkdir", incoming)
    script.copies("E:\\R", incoming, {"DB01.edb": 40 * GB})
    script.header(f"{incoming}\\DB01.edb", header_text(required=(4022, 4023)))
    script.listing(incoming, {"DB01.edb": 40 * GB, "DB01.edb.bad-1": 40 * GB})
    script.builtin("ren", f"{incoming}\\DB01.edb", "DB01.edb.bad-2")
    with pytest.raises(ProgramError, match=r"it is no good; it is kept as .*DB01\.edb\.bad-2"):
        database_files.run(scripted_context(script), ARGS)


def test_a_repaired_backup_is_told(script: t.Any) -> None:
    tree = {f"preserved\\logs\\{name}": size for name, size in LOGS.items()}
    script.database().listing(BASE, tree, tree=True).listing("E:\\R", {"DB01.edb": 40 * GB})
    script.header("E:\\R\\DB01.edb", header_text(repairs=2))
    script.log(f"{BASE}\\preserved\\logs\\E00.log", log_text(4024))
    script.header("D:\\Databases\\DB01\\DB01.edb", code=-1811).volumes()
    context = scripted_context(script, check=True)
    database_files.run(context, {**ARGS, "accept_repaired": True})
    assert any("repaired 2 times" in warning for warning in context.warnings)


@pytest.mark.parametrize("check", [True, False])
def test_a_repaired_file_is_refused_for_production(script: t.Any, check: bool) -> None:
    tree = {f"preserved\\logs\\{name}": size for name, size in LOGS.items()}
    script.database().listing(BASE, tree, tree=True).listing("E:\\R", {"DB01.edb": 40 * GB})
    script.header("E:\\R\\DB01.edb", header_text(repairs=1))
    with pytest.raises(PreconditionError, match="repaired 1 times") as caught:
        database_files.run(scripted_context(script, check=check), ARGS)
    assert caught.value.code == "RepairedFile"
    assert "accept_repaired" in str(caught.value.remedy)
