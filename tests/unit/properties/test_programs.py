# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What programs print, read back: from the lab's programs without a loss, from any output without a crash."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import computer_copy, wbadmin
from ansible_collections.dialtone.exchange.plugins.module_utils._model import eseutil, robocopy
from ansible_collections.dialtone.exchange.plugins.module_utils._model.lines import split_lines
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    ProgramResult,
)
from hostile import ANY, HOSTILE, lines
from hypothesis import example, given
from hypothesis import strategies as st
from scripted_transport import ScriptedTransport, scripted_context

from exchange_lab.ese.header import BackupInfo, DatabaseHeader, LogPosition, Signature
from exchange_lab.ese.logs import Attachment, CheckpointFile, LogFile, LogHeader
from exchange_lab.programs import _headers

# eseutil prints milliseconds, and 1900 for an unset date.
MOMENTS = st.datetimes(datetime(1996, 1, 1), datetime(2199, 1, 1)).map(
    lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000, tzinfo=timezone.utc)
)
GENERATIONS = st.integers(1, 0x7FFFFFFF)
SIGNATURES = st.builds(Signature, MOMENTS, st.integers(1, 2**31 - 1))
POSITIONS = st.builds(LogPosition, GENERATIONS, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
# A name that a file can have and that survives a line: no control characters, no blank at an end.
NAMES = (
    HOSTILE.map(lambda text: re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "", text))
    .map(lambda text: f"x{text.rstrip(' .')}x")
    .filter(lambda text: len(text) < 200)
)
HEADERS = st.builds(
    DatabaseHeader,
    path=st.just("D:\\x.edb"),
    signature=SIGNATURES,
    log_signature=SIGNATURES,
    size=st.just(1),
    state=st.sampled_from(["Clean Shutdown", "Dirty Shutdown", "Just Created"]),
    log_required=st.tuples(GENERATIONS, GENERATIONS),
    log_committed=st.tuples(GENERATIONS, GENERATIONS),
    required_time=st.none() | MOMENTS,
    dbtime=st.integers(0, 2**60),
    repair_count=st.integers(0, 1000),
    repair_date=st.none() | MOMENTS,
    last_consistent=POSITIONS,
    last_detach_time=st.none() | MOMENTS,
    previous_full_backup=st.builds(BackupInfo, time=st.none() | MOMENTS, mark=POSITIONS),
    previous_copy_backup=st.builds(BackupInfo, time=st.none() | MOMENTS),
)


@given(HEADERS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_a_database_header(header: DatabaseHeader, newest: bool, end: str) -> None:
    lines = list(_headers.database_header(header))
    read = eseutil.parse_header(end.join(lines if newest else _headers.as_in_2013(lines)))
    assert read.state == header.state
    assert read.log_required == header.log_required
    assert read.log_committed == header.log_committed[1]
    assert read.last_consistent == header.last_consistent.generation
    assert (read.dbtime, read.repair_count) == (header.dbtime, header.repair_count)
    for ours, theirs in (
        (read.signature, header.signature),
        (read.log_signature, header.log_signature),
    ):
        assert ours is not None and ours.rand == theirs.random
    backup = header.previous_full_backup.time
    if backup is None:
        assert read.last_full_backup is None
    else:
        whole = backup if newest else backup.replace(microsecond=0, tzinfo=None)
        assert read.last_full_backup == whole.isoformat()


@given(
    generation=GENERATIONS,
    signature=SIGNATURES,
    created=MOMENTS,
    attached=st.dictionaries(NAMES.map(lambda name: f"D:\\{name}\\x.edb"), SIGNATURES, max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
)
@example(
    1,
    Signature(datetime(2026, 1, 1, tzinfo=timezone.utc), 1),
    datetime(2026, 1, 1, tzinfo=timezone.utc),
    {"D:\\a\u2028b\x85c: d\\x.edb": Signature(datetime(2026, 1, 1, tzinfo=timezone.utc), 2)},
    "\n",
)
def test_a_log_header(
    generation: int,
    signature: Signature,
    created: datetime,
    attached: dict[str, Signature],
    end: str,
) -> None:
    databases = tuple(
        Attachment(path, of, LogPosition(), LogPosition()) for path, of in attached.items()
    )
    header = LogHeader("E00", generation, signature, created, None, databases)
    text = end.join(_headers.log_header(LogFile("D:\\Logs\\E00.log", header), "E00"))
    read = eseutil.parse_log_header(text)
    assert read.generation == generation
    assert read.signature is not None and read.signature.rand == signature.random
    assert read.created == created.isoformat()
    assert {path: of and of.rand for path, of in read.databases.items()} == {
        path: of.random for path, of in attached.items()
    }


@given(POSITIONS, SIGNATURES)
def test_a_checkpoint(position: LogPosition, signature: Signature) -> None:
    text = "\n".join(_headers.checkpoint(CheckpointFile(position, signature), "D:\\Logs\\E00.chk"))
    assert eseutil.parse_checkpoint(text) == position.generation


LABELS = st.sampled_from(
    ["State", "DB Signature", "Log Required", "Log Committed", "Repair Count", "dbtime",
     "Last Consistent", "Checkpoint", "lGeneration", "Signature", "creation time", "Mark"]
)  # fmt: skip
VALUES = st.one_of(
    ANY,
    st.from_regex(r"\d{1,30}-\d{1,5} \(0x\w{1,4}-0x\w{1,4}\)", fullmatch=True),
    st.from_regex(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d(\.\d{1,3})?( UTC| LOC)?", fullmatch=True),
    st.from_regex(r"Create time:.{0,20} Rand:\d{1,12} Computer:", fullmatch=True),
)
OUTPUT = lines(
    st.builds("{}: {}".format, LABELS, VALUES),
    st.sampled_from(["Previous Full Backup:", "Missing log file: E0000000012.log", "x - OK", ""]),
    st.builds("Operation terminated with error {} (JET_x, {}) after {}.5 seconds.".format,
              st.integers(), ANY, st.integers(0, 99)),
    st.builds("{}\tD:\\{}".format, st.integers(), ANY),
    st.builds("({} %) {}".format, st.integers(0, 200), ANY),
    st.builds("ERROR {} (0x{:08X}) Copying {}".format, st.integers(), st.integers(0, 2**32 - 1), ANY),
)  # fmt: skip


@pytest.mark.parametrize(
    "parse",
    [
        eseutil.parse_header,
        eseutil.parse_log_header,
        eseutil.parse_log_check,
        eseutil.parse_checkpoint,
        eseutil.parse_outcome,
        eseutil.parse_date,
        eseutil.is_usage,
        lambda output: eseutil.describe_exit(-1, output),
        robocopy.parse_listing,
        robocopy.windows_errors,
        robocopy.refused,
    ],
)
@given(output=OUTPUT)
@example(output="State: Clean Shutdown\nMark: 99/99/2026 99:99:99")
@example(output="State: x\ndbtime: " + "9" * 5000)
def test_any_output_is_read(parse: Any, output: str) -> None:
    try:
        parse(output)
    except ValueError as error:
        assert str(error) == "The output of eseutil holds no database header."


@given(OUTPUT)
def test_any_output_of_wbadmin_and_schtasks(output: str) -> None:
    class Answering(ScriptedTransport):
        def run(self, program: str, arguments: Any, timeout: float = 120.0) -> ProgramResult:
            return ProgramResult(0, output, "", 0.1, program, "mbx1")

    context = scripted_context(Answering())
    for version in wbadmin.versions(context, None, None):
        assert version in output
    try:
        computer_copy._last_result(context, "task")
    except ProgramError as error:
        assert "task" in str(error)


@given(st.lists(st.tuples(NAMES, st.integers(0, 2**50)), max_size=6), st.booleans())
def test_a_listing(files: list[tuple[str, int]], windows: bool) -> None:
    end = "\r\n" if windows else "\n"
    text = "".join(f"\t{size:>12}\tD:\\DB 1\\{name}{end}" for name, size in files)
    listed = robocopy.parse_listing(f"\t   {len(files)}\tD:\\DB 1\\{end}{text}")
    assert [(item.path, item.size) for item in listed if not item.is_folder] == [
        (f"D:\\DB 1\\{name}", size) for name, size in files
    ]
    assert [item.path for item in listed if item.is_folder] == ["D:\\DB 1"]


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    return [text[a:b] for a, b in zip(places, places[1:], strict=False)]


CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(st.lists(st.tuples(NAMES, st.integers(0, 2**40)), max_size=4), CUTS)
def test_progress_of_a_copy_in_any_pieces(files: list[tuple[str, int]], cuts: list[int]) -> None:
    sizes = {name.casefold(): size for name, size in files}
    text = "".join(
        f"\t{size}\tD:\\{name}\r\n  0%\r 33.3%\r100%\r\n" for name, size in dict(files).items()
    )
    whole, cut = robocopy.Progress(dict(files)), robocopy.Progress(dict(files))
    whole.feed(text)
    for piece in pieces(text, cuts):
        cut.feed(piece)
        assert 0 <= cut.done <= sum(sizes.values()) * 2
    assert cut.done == whole.done


@given(st.integers(0, 51), st.booleans(), CUTS, HOSTILE)
def test_progress_of_a_replay_in_any_pieces(
    dots: int, failed: bool, cuts: list[int], noise: str
) -> None:
    scale = "          |----|----|----|----|----|----|----|----|----|----|\n          "
    text = f"{noise.replace('|', '')}\n{scale}{'.' * dots}{'X' if failed else ''}\n\nOperation"
    whole, cut = eseutil.ReplayProgress(), eseutil.ReplayProgress()
    whole.feed(text)
    for piece in pieces(text, cuts):
        cut.feed(piece)
    assert (cut.percent, cut.failed) == (whole.percent, whole.failed)
    assert whole.percent == min(100, 2 * max(0, dots - 1))


@given(st.lists(ANY.filter(lambda text: "\n" not in text and "\r" not in text), max_size=5))
def test_lines_are_lines(parts: list[str]) -> None:
    for end in ("\n", "\r\n"):
        text = "".join(f"{part}{end}" for part in parts)
        assert split_lines(text) == (parts or [""])
