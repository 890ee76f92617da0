# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""eseutil as a caller sees it: command lines, output, exit codes."""

from __future__ import annotations

import re
import threading

import pytest

from exchange_lab.clock import JumpClock
from exchange_lab.ese import Instance, dump_header, snapshot_backup
from exchange_lab.files import FileSystem

GB = 1024**3
CLOSING = re.compile(
    r"^Operation (completed successfully|terminated)"
    r"( with (?:error )?(-?\d+) \((JET_\w+), (.*)\))?.*?(\d+)\.(\d+) seconds\.$",
    re.MULTILINE,
)
REPLAY = "eseutil /r E00 /l D:\\DB /s D:\\DB /d D:\\DB"


@pytest.fixture
def instance(fs: FileSystem, clock: JumpClock) -> Instance:
    """Mounted, with about twenty generations of logs."""
    made = Instance.create(
        fs, "D:\\DB\\db1.edb", "D:\\DB", "E00", clock,
        size=40 * GB, first_generation=4000, rows={"old": 1},
    )  # fmt: skip
    for number in range(40):
        made.put(f"message/{number}", number, 500_000)
        clock.sleep(30)
    return made


@pytest.fixture
def dirty(instance: Instance) -> Instance:
    instance.crash()
    return instance


def closing(out: str) -> re.Match[str]:
    found = CLOSING.findall(out)
    assert len(found) == 1, out
    match = CLOSING.search(out)
    assert match is not None
    return match


def field(out: str, label: str) -> str:
    match = re.search(rf"^\s*{re.escape(label)}:(.*)$", out, re.MULTILINE)
    assert match is not None, label
    return match[1].strip()


def test_the_header_of_a_dirty_database(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /mh D:\\DB\\db1.edb") == 0
    out = computer.out
    header = dump_header(computer.fs, "D:\\DB\\db1.edb")
    (low, high), (_zero, committed) = header.log_required, header.log_committed
    assert out.startswith(
        "\nExtensible Storage Engine Utilities for Microsoft(R) Exchange Server\n"
    )
    assert (
        "Initiating FILE DUMP mode...\n         Database: D:\\DB\\db1.edb\n\n\nDATABASE HEADER:\n"
        in out
    )
    assert field(out, "State") == "Dirty Shutdown"
    assert field(out, "Log Required") == (
        f"{low}-{high} (0x{low:x}-0x{high:x}) [Min. Req. Pre-Redo: {low} (0x{low:x})]"
    )
    assert field(out, "Log Committed") == f"0-{committed} (0x0-0x{committed:x})"
    assert re.fullmatch(
        r"Create time:11/22/2026 08:00:00\.000 Rand:\d+ Computer:", field(out, "DB Signature")
    )
    assert re.fullmatch(
        r"\(0x[0-9A-F]+,1,0\)  11/22/2026 08:00:00.000 UTC", field(out, "Last Attach")
    )
    assert field(out, "Last Detach") == "(0x0,0,0)  00/00/1900 00:00:00.000 LOC"
    assert closing(out)[1] == "completed successfully"


def test_the_header_of_a_clean_database(computer, instance) -> None:  # type: ignore[no-untyped-def]
    snapshot_backup(instance, "E:\\backup")
    instance.detach()
    assert computer.run("eseutil -mh D:\\DB\\DB1.EDB /o") == 0
    out = computer.out
    assert "Extensible" not in out
    assert field(out, "State") == "Clean Shutdown"
    assert field(out, "Log Required") == "0-0 (0x0-0x0) [Min. Req. Pre-Redo: 0 (0x0)]"
    assert out.count("        Log Gen: 0-0 (0x0-0x0)\n") == 5
    assert len(re.findall(r"Log Gen: \d+-\d+ \(0x\w+-0x\w+\) - OSSnapshot\n", out)) == 1
    assert '(Matches "Last Consistent", no subsequent resize)' in out


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("D:\\DB\\no.edb", -1811),
        ("D:\\no\\no.edb", -1023),
        ("\\\\MBX2\\D$\\db.edb", -1032),
        ("D:\\DB\\E00.log", -1206),
    ],
)
def test_headers_that_cannot_be_read(computer, dirty, path: str, code: int) -> None:  # type: ignore[no-untyped-def]
    assert computer.run(f"eseutil /mh {path}") == code
    assert f"'{path}' failed with Jet error {code}." in computer.out
    assert closing(computer.out)[3] == str(code)


@pytest.mark.strictness
def test_a_mounted_database_is_in_use(computer, instance) -> None:  # type: ignore[no-untyped-def]
    for line in (
        "eseutil /mh D:\\DB\\db1.edb",
        "eseutil /k D:\\DB\\db1.edb",
        "eseutil /p D:\\DB\\db1.edb /o",
        "eseutil /ml D:\\DB\\E00.log",
        REPLAY,
    ):
        assert computer.run(line) == -1032, line
        assert (
            "(JET_errFileAccessDenied, Cannot access file, the file is locked or in use)"
            in computer.out
        )


def test_milliseconds_are_not_padded(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    computer.latency.seconds = lambda *_unused: 0.078
    computer.run("eseutil /mh D:\\DB\\db1.edb")
    assert "Operation completed successfully in 0.78 seconds.\n" in computer.out


# -- what is not confirmed (exchange.md 15) ---------------------------------------------------


@pytest.mark.parametrize(("answer", "new"), [("newest", True), ("2013", False)])
def test_fields_of_a_header(computer, dirty, answer: str, new: bool) -> None:  # type: ignore[no-untyped-def]
    computer.switches["eseutil_header"] = answer
    computer.run("eseutil /mh D:\\DB\\db1.edb")
    assert ("Last Resize" in computer.out) is new
    assert ("Pre-Redo" in computer.out) is new
    assert field(computer.out, "State") == "Dirty Shutdown"


@pytest.mark.parametrize("version", ["15.02", "15.02.1544.009"])
def test_version_of_eseutil(computer, dirty, version: str) -> None:  # type: ignore[no-untyped-def]
    computer.switches["eseutil_version"] = version
    computer.run("eseutil /mh D:\\DB\\db1.edb")
    assert f"\nVersion {version}\n" in computer.out


@pytest.mark.parametrize(("answer", "early"), [("as it works", True), ("at the end", False)])
def test_when_the_output_comes(computer, dirty, clock, answer: str, early: bool) -> None:  # type: ignore[no-untyped-def]
    computer.switches["eseutil_progress"] = answer
    moments: set[float] = set()
    assert computer.run(REPLAY, after=lambda _out: moments.add(clock.elapsed())) == 0
    assert (len(moments) > 1) is early
    assert closing(computer.out)[1] == "completed successfully"


# -- logs ----------------------------------------------------------------------------------


def test_a_sound_log_stream(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /ml D:\\DB\\E00") == 0
    out = computer.out
    assert "Verifying log files...\n     Base name: E00\n\n" in out
    assert out.count(" - OK\n") == dirty.generation - 4000 + 1
    assert "      Log file: D:\\DB\\E00.log - OK\n\nNo damaged log files were found.\n" in out


@pytest.mark.strictness
def test_gaps_in_a_log_stream(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    for generation in (4003, 4006, 4007, 4008):
        computer.fs.delete(f"D:\\DB\\E00{generation:08X}.log")
    assert computer.run("eseutil /ml D:\\DB\\E00") == -528
    out = computer.out
    assert "\n      Missing log file: D:\\DB\\E0000000FA3.log\n" in out
    assert "\n      Missing log files: D:\\DB\\E00{00000FA6 - 00000FA8}.log\n" in out
    assert "No damaged" not in out
    assert (
        "Operation terminated with error -528 (JET_errMissingLogFile, Current log file missing)"
        in out
    )
    # Inside a sound range there is nothing to complain about.
    assert computer.run("eseutil /ml D:\\DB\\E00 /r 0xFAA-0xFB0") == 0
    assert "Log generation range: 0xFAA-0xFB0" in computer.out


@pytest.mark.strictness
def test_no_logs_and_damaged_logs(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /ml D:\\DB\\E07") == -1811
    computer.fs.write_bytes("D:\\DB\\E0000000FA3.log", b"\0" * 100)
    assert computer.run("eseutil /ml D:\\DB\\E00") == -501
    assert "ERROR: Log damaged (unusable). Last Lgpos:" in computer.out
    computer.fs.delete("D:\\DB\\E0000000FA3.log")
    computer.fs.delete("D:\\DB\\E00.log")
    computer.run("eseutil /ml D:\\DB\\E00")
    assert "Missing log file: D:\\DB\\E00.log" in computer.out


def test_the_header_of_a_log(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /ml D:\\DB\\E00.log") == 0
    out = computer.out
    generation = dirty.generation
    assert field(out, "lGeneration") == f"{generation} (0x{generation:X})"
    assert field(out, "creation time").endswith(" UTC")
    assert "      1 D:\\DB\\db1.edb\n" in out
    assert f"Rand:{dump_header(computer.fs, 'D:/DB/db1.edb').log_signature.random} " in out


def test_the_checkpoint(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /mk D:\\DB\\E00.chk") == 0
    low = dump_header(computer.fs, "D:\\DB\\db1.edb").log_required[0]
    assert f"\n      Checkpoint: (0x{low:X},1,0)\n" in computer.out
    assert computer.run("eseutil /mk D:\\DB\\E01.chk") == -1811


# -- recovery ------------------------------------------------------------------------------


def test_soft_recovery(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    pieces: list[int] = []
    assert computer.run(REPLAY, after=lambda out: pieces.append(out.count("."))) == 0
    out = computer.out
    assert (
        "Initiating RECOVERY mode...\n"
        "    Logfile base name: E00\n"
        "            Log files: D:\\DB\n"
        "         System files: D:\\DB\n"
        "   Database Directory: D:\\DB\n\n"
        "Performing soft recovery...\n"
        "                      Restore Status (% complete)\n\n"
        "          0    10   20   30   40   50   60   70   80   90  100\n"
        "          |----|----|----|----|----|----|----|----|----|----|\n"
        "          " + "." * 51 + "\n\n\n"
    ) in out
    assert len(set(pieces)) > 5  # it shows progress while it works
    assert computer.seconds > 0.5
    assert dump_header(computer.fs, "D:\\DB\\db1.edb").clean
    assert closing(out)[1] == "completed successfully"


def test_recovery_looks_in_the_current_folder(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /r E00") == -1811
    assert "            Log files: <current directory>\n" in computer.out
    assert "Database Directory" not in computer.out
    computer.cwd = "D:\\DB"
    assert computer.run("eseutil /r E00 /o") == 0


@pytest.mark.strictness
def test_recovery_that_is_refused(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    computer.fs.rename("D:\\DB\\db1.edb", "D:\\DB\\renamed.edb")
    assert computer.run(REPLAY) == -1216
    assert re.search(r"\n +\.+X\n", computer.out)
    assert computer.run(REPLAY + " /i") == 0  # and has recovered nothing
    assert not dump_header(computer.fs, "D:\\DB\\renamed.edb").clean
    computer.fs.delete("D:\\DB\\E00.chk")
    assert (
        computer.run('eseutil /r E00 /lD:\\DB /sD:\\DB "/nD:\\DB\\renamed.edb:D:\\DB\\db1.edb"')
        == 0
    )
    assert dump_header(computer.fs, "D:\\DB\\renamed.edb").clean


@pytest.mark.strictness
def test_a_lost_tail_must_be_accepted(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    computer.fs.delete("D:\\DB\\E00.log")
    assert computer.run(REPLAY) == -528
    assert "there might be a lossy recovery option" in computer.out
    high = dump_header(computer.fs, "D:\\DB\\db1.edb").log_required[1]
    computer.fs.rename(f"D:\\DB\\E00{high:08X}.log", "D:\\DB\\E00.log")
    assert computer.run(REPLAY) == -582
    assert "there is a lossy recovery option" in computer.out
    assert computer.run(REPLAY + " /a") == 585
    match = closing(computer.out)
    assert (match[1], match[3], match[4]) == (
        "completed successfully", "585", "JET_wrnCommittedLogFilesLost",
    )  # fmt: skip
    assert dump_header(computer.fs, "D:\\DB\\db1.edb").clean


def test_truncation_after_recovery(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run(REPLAY + " /t") == 0
    left = [e.name for e in computer.fs.listdir("D:\\DB") if e.name.endswith(".log")]
    assert left == ["E00.log", "E00tmp.log"]


def test_a_stopped_recovery_leaves_a_dirty_file(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    def stop(out: str) -> None:
        if out.count(".") > 30:
            computer.stopping.set()

    with pytest.raises(computer.stopped):
        computer.run(REPLAY, after=stop)
    assert dump_header(computer.fs, "D:\\DB\\db1.edb").state == "Dirty Shutdown"
    computer.stopping.clear()
    assert computer.run(REPLAY) == 0


# -- checksum, integrity, repair -----------------------------------------------------------


def test_checksum_reads_the_whole_file(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /k D:\\DB\\db1.edb") == 0
    assert 60 < computer.seconds < 600  # 40 GB
    assert "\n0 bad checksums\n" in computer.out
    assert "." * 51 + "\n" in computer.out
    damage(computer.fs)
    assert computer.run("eseutil /k D:\\DB\\db1.edb") == -1206
    assert "\n1 bad checksums\n" in computer.out
    assert computer.run("eseutil /k D:\\DB\\E00.log") == 0


def damage(fs: FileSystem) -> None:
    data = fs.read_bytes("D:\\DB\\db1.edb")
    at = data.index(b"message/")
    fs.write_bytes("D:\\DB\\db1.edb", data[: at - 2] + b"####" + data[at:])


@pytest.mark.strictness
@pytest.mark.parametrize("mode", ["/p", "/g"])
def test_without_o_a_message_box_waits_for_ever(computer, dirty, mode: str) -> None:  # type: ignore[no-untyped-def]
    ended: list[object] = []

    def run() -> None:
        try:
            ended.append(computer.run(f"eseutil {mode} D:\\DB\\db1.edb"))
        except BaseException as error:
            ended.append(type(error).__name__)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    computer.clock.advance(10**6)
    assert thread.is_alive()
    computer.stopping.set()
    thread.join(60)
    assert ended == ["Stopped"]
    assert dump_header(computer.fs, "D:\\DB\\db1.edb").repair_count == 0


def test_repair_loses_what_is_only_in_the_logs(computer, dirty, clock) -> None:  # type: ignore[no-untyped-def]
    damage(computer.fs)
    computer.cwd = "E:\\"
    assert computer.run("eseutil /p D:\\DB\\db1.edb /o") == 595
    assert closing(computer.out)[4] == "JET_wrnDatabaseRepaired"
    assert computer.seconds > 4 * 3600
    header = dump_header(computer.fs, "D:\\DB\\db1.edb")
    assert header.clean
    assert header.repair_count == 1
    mounted = Instance.attach(computer.fs, "D:\\DB\\db1.edb", "D:\\L", "E00", clock)
    assert 1 < len(mounted.rows) < 41
    mounted.detach()


@pytest.mark.strictness
def test_repair_needs_space_for_its_temporary_database(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    volume = computer.fs.volume_of("C:\\")
    computer.fs.allocate("C:\\filler", computer.fs.free(volume) - 40 * GB)
    assert computer.run("eseutil /p D:\\DB\\db1.edb /o") == -1808
    assert not dump_header(computer.fs, "D:\\DB\\db1.edb").clean
    assert computer.run("eseutil /p D:\\DB\\db1.edb /o /tE:\\temp.edb") == 595


def test_integrity(computer, dirty) -> None:  # type: ignore[no-untyped-def]
    assert computer.run("eseutil /g D:\\DB\\db1.edb /o") == -550
    computer.run(REPLAY)
    assert computer.run("eseutil /g D:\\DB\\db1.edb /o") == 0
    assert "Integrity check successful." in computer.out


@pytest.mark.strictness
@pytest.mark.parametrize(
    "line",
    [
        "eseutil",
        "eseutil D:\\DB\\db1.edb",
        "eseutil /mh",
        "eseutil /mh D:\\a b.edb",
        "eseutil /r",
        "eseutil /r E000",
        "eseutil /r E00 /x",
        "eseutil /r E00 /dD:\\A /nD:\\A\\x.edb",
        "eseutil /x",
        "eseutil /d D:\\DB\\db1.edb",
    ],
)
def test_wrong_arguments_print_the_usage_and_wait_for_a_key(computer, line: str) -> None:  # type: ignore[no-untyped-def]
    assert computer.run(line, typed=b" ") == -1003
    assert "MODES OF OPERATION:" in computer.out
    assert "Press a key for more help" in computer.out
    assert not CLOSING.search(computer.out)
