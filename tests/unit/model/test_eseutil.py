# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What eseutil prints: headers, logs, closing lines, dots. The samples are those of exchange.md 5,
whose values are invented and whose layout is that of the engine."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._model import eseutil, jet
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    ReplayProgress,
    Signature,
)

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text()


def test_dirty_header() -> None:
    header = eseutil.parse_header(sample("mh_dirty"))
    assert header.state == "Dirty Shutdown"
    assert not header.is_clean
    assert header.signature == Signature("03/14/2023 08:21:45.113", 1873440912)
    assert header.log_signature == Signature("03/14/2023 08:21:44.980", 904417233)
    assert header.log_required == (4021, 4033)
    assert header.log_committed == 4034
    assert header.last_consistent == 0xE10
    assert header.dbtime == 48120933
    assert header.repair_count == 0
    assert header.last_full_backup == "2025-11-04T21:00:12.006000+00:00"
    assert header.warnings == ()


def test_clean_header() -> None:
    header = eseutil.parse_header(sample("mh_clean"))
    assert header.is_clean
    assert header.log_required == (0, 0)
    assert header.log_committed == 0
    assert header.last_consistent == 0xFC3
    assert header.as_result()["state"] == "Clean Shutdown"


def test_older_builds_print_fewer_fields() -> None:
    # 2010 and 2013: no brackets, no recovery line, dates without milliseconds and zone.
    text = """
         Database: D:\\DB1\\DB1.edb

DATABASE HEADER:
Checksum Information:

Fields:
     DB Signature: Create time:03/14/2013 08:21:45 Rand:1873440912 Computer:
           dbtime: 4812 (0x12cc)
            State: Dirty Shutdown
     Log Required: 12-14 (0xc-0xe)
    Log Committed: 0-15 (0x0-0xf)
     Repair Count: 2
  Last Consistent: (0xA,3,12C)  10/30/2013 22:01:10
    Log Signature: Create time:03/14/2013 08:21:44 Rand:904417233 Computer:

Previous Full Backup:
        Log Gen: 0-0 (0x0-0x0)
           Mark: (0x0,0,0)
           Mark: 00/00/1900 00:00:00

Operation completed successfully in 0.15 seconds.
"""
    header = eseutil.parse_header(text)
    assert header.log_required == (12, 14)
    assert header.log_committed == 15
    assert header.repair_count == 2
    assert header.last_full_backup is None


def test_every_other_state_is_not_clean() -> None:
    for state in ("Just Created", "Dirty and Patched Shutdown", "Being Converted", "Illegal"):
        text = sample("mh_clean").replace("Clean Shutdown", state)
        assert not eseutil.parse_header(text).is_clean
    # Both signs must agree.
    text = sample("mh_clean").replace("Log Required: 0-0", "Log Required: 1-2")
    assert not eseutil.parse_header(text).is_clean


def test_windows_line_ends_and_warnings() -> None:
    text = sample("mh_dirty").replace(
        "Operation completed",
        "WARNING: primary header and shadow header are not identical.\n\nOperation completed",
    )
    header = eseutil.parse_header(text.replace("\n", "\r\n"))
    assert header.log_required == (4021, 4033)
    assert header.warnings == ("WARNING: primary header and shadow header are not identical.",)


def test_output_without_a_header() -> None:
    with pytest.raises(ValueError, match="no database header"):
        eseutil.parse_header("Operation terminated with error -1032 (JET_errFileAccessDenied, x)")


def test_one_log() -> None:
    log = eseutil.parse_log_header(sample("ml_one"))
    assert log.generation == 4021
    assert log.signature == Signature("03/14/2023 08:21:44.980", 904417233)
    assert log.created == "2025-11-05T09:13:27.540000+00:00"
    assert log.databases == {
        "D:\\Databases\\DB01\\DB01.edb": Signature("03/14/2023 08:21:45.113", 1873440912)
    }


def test_a_stream_with_a_gap() -> None:
    check = eseutil.parse_log_check(sample("ml_gap"))
    assert check.good == 4
    assert check.missing == ("E0000000FB7.log",)
    assert check.errors == ()
    several = "      Missing log files: D:\\x\\E00{00000FB7 - 00000FBA}.log\n"
    assert eseutil.parse_log_check(several).missing == ("D:\\x\\E00{00000FB7 - 00000FBA}.log",)


def test_damaged_logs_are_errors() -> None:
    text = (
        "      Log file: D:\\x\\E0000000FB5.log - OK\n"
        "      Log file: D:\\x\\E0000000FB6.log - ERROR: invalid log signature\n"
        "ERROR: Cannot read log file header. Error -501.\n"
        "                Log damaged (unusable). Last Lgpos: (0xfb7,8,0). Error -501.\n"
    )
    check = eseutil.parse_log_check(text)
    assert check.good == 1
    assert len(check.errors) == 3


def test_checkpoint() -> None:
    text = (
        "Initiating FILE DUMP mode...\n      Checkpoint file: D:\\x\\E00.chk\n\n"
        "      LastFullBackupCheckpoint: (0x0,0,0)\n      Checkpoint: (0xFB5,8,0)\n"
        "      Signature: Create time:03/14/2023 08:21:44.980 Rand:904417233 Computer:\n"
    )
    assert eseutil.parse_checkpoint(text) == 4021
    assert eseutil.parse_checkpoint("") is None


@pytest.mark.parametrize(
    ("line", "succeeded", "code", "seconds"),
    [
        ("Operation completed successfully in 0.157 seconds.", True, 0, 0.157),
        ("Operation completed successfully in 0.47 seconds.", True, 0, 0.047),
        ("Operation completed successfully in 412.63 seconds.", True, 0, 412.063),
        (
            "Operation completed successfully with 595 (JET_wrnDatabaseRepaired, Database corruption"
            " has been repaired) after 3.2 seconds.",
            True,
            595,
            3.002,
        ),
        (
            "Operation terminated with error -528 (JET_errMissingLogFile, Current log file missing)"
            " after 0.312 seconds.",
            False,
            -528,
            0.312,
        ),
        ("Operation terminated unsuccessfully after 0.1 seconds.", False, None, 0.001),
    ],
)
def test_closing_lines(line: str, succeeded: bool, code: int | None, seconds: float) -> None:
    outcome = eseutil.parse_outcome(f"some text\r\n\r\n{line}\r\n\r\n")
    assert outcome is not None
    assert (outcome.succeeded, outcome.code) == (succeeded, code)
    assert outcome.seconds == pytest.approx(seconds)


def test_no_closing_line() -> None:
    assert eseutil.parse_outcome("Initiating RECOVERY mode...") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("11/05/2025 09:13:27.540 UTC", "2025-11-05T09:13:27.540000+00:00"),
        ("11/05/2025 09:13:27.540 LOC", "2025-11-05T09:13:27.540000"),
        ("11/05/2025 09:13:27", "2025-11-05T09:13:27"),
        ("00/00/1900 00:00:00.000 LOC", None),
        ("", None),
    ],
)
def test_dates(text: str, moment: str | None) -> None:
    assert eseutil.parse_date(text) == moment


def test_progress_of_a_replay_in_pieces_of_any_size() -> None:
    text = sample("r_done")
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    for line_end in ("\n", "\r\n"):
        rest, progress, last = text.replace("\n", line_end), ReplayProgress(), 0
        while rest:
            size = dice.randint(1, 9)
            progress.feed(rest[:size])
            rest = rest[size:]
            assert progress.percent >= last, f"seed {seed}"
            last = progress.percent
        assert progress.percent == 100, f"seed {seed}"
        assert not progress.failed


def test_progress_half_way_and_failed() -> None:
    head = sample("r_done").partition("...................................................")[0]
    progress = ReplayProgress()
    progress.feed(head)
    assert progress.percent == 0
    progress.feed("." * 26)
    assert progress.percent == 50
    progress.feed("X\n\nOperation terminated with error -543 (JET_errRequired..., x) after")
    assert (progress.percent, progress.failed) == (50, True)


@pytest.mark.parametrize("code", [-550, 4294966746])
def test_exit_codes_signed_or_not(code: int) -> None:
    entry = jet.find(code)
    assert entry is not None
    assert entry.name == "errDatabaseDirtyShutdown"


def test_every_code_of_the_reference_has_advice() -> None:
    for code in (
        *(585, 587, 595, -501, -510, -529, -1808, -514, -515, -519, -528, -530, -531, -532, -533),
        *(-542, -539, -541, -543, -544, -581, -550, -551, -556, -557, -566, -567, -582, -586),
        *(-590, -1003, -1018, -1019, -1021, -1022, -1023, -1217, -1032, -1203, -1811, -1206),
        *(-1213, -1216, -1809, -1907, -1918, -1919, -1920),
    ):
        entry = jet.find(code)
        assert entry is not None, code
        assert entry.remedy.endswith("."), code
    assert "eseutil" in jet.remedy(-99999)


def test_failures_in_words() -> None:
    said, advice = eseutil.describe_exit(-528, sample("ml_gap"))
    assert said == "error -528 (JET_errMissingLogFile, Current log file missing)"
    assert "missing logs" in advice
    said, _advice = eseutil.describe_exit(-1032, "")
    assert said == "error -1032 (JET_errFileAccessDenied)"
    said, _advice = eseutil.describe_exit(7, "strange\n")
    assert said == "exit code 7: strange"
