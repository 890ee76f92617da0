# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""robocopy: exit bits, output, time and space."""

from __future__ import annotations

import re

import pytest

from exchange_lab.files import FileError
from exchange_lab.files.header import encode

GB = 1024**3


@pytest.fixture
def source(computer):  # type: ignore[no-untyped-def]
    fs = computer.fs
    fs.mkdir("D:\\src\\sub")
    fs.write_bytes("D:\\src\\db1.edb", encode({"lab": "file", "size": 40 * GB}))
    for name in (
        "E00.log",
        "E0000000001.log",
        "E00tmp.log",
        "E00.chk",
        "notes.txt",
        "sub\\deep.txt",
    ):
        fs.write_bytes(f"D:\\src\\{name}", name.encode())
    computer.clock.advance(100)
    return computer


def names(computer, folder: str) -> list[str]:  # type: ignore[no-untyped-def]
    return [e.name for e in computer.fs.listdir(folder)]


def test_copy_and_copy_again(source) -> None:  # type: ignore[no-untyped-def]
    line = "robocopy D:\\src E:\\dst /J /COPY:DATSO /DCOPY:T /R:2 /W:5 /NP /BYTES"
    assert source.run(line) == 1
    assert "sub" not in names(source, "E:\\dst")
    assert source.fs.size("E:\\dst\\db1.edb") == 40 * GB
    assert (
        source.fs.entry("E:\\dst\\notes.txt").modified
        == source.fs.entry("D:\\src\\notes.txt").modified
    )
    assert 100 < source.seconds < 400  # 150 to 400 MB/s
    assert f"{40 * GB}\tdb1.edb" in source.out
    assert re.search(r"   Files :\s+6\s+6\s+0\s+0\s+0\s+0\n", source.out)
    assert "%" not in source.out
    assert source.run(line) == 0
    assert source.seconds < 1


def test_filters_match_more_than_one_thinks(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy D:\\src E:\\dst E00*.log db1.edb /XF E00tmp* /NP") == 1
    assert names(source, "E:\\dst") == ["db1.edb", "E00.log", "E0000000001.log"]
    assert source.run("robocopy D:\\src E:\\all E00*.log") == 1
    assert "E00tmp.log" in names(source, "E:\\all")


@pytest.mark.strictness
def test_a_missing_file_is_no_error(source) -> None:  # type: ignore[no-untyped-def]
    source.fs.mkdir("E:\\dst")
    assert source.run("robocopy D:\\src E:\\dst gone.edb") == 0
    source.fs.write_bytes("E:\\dst\\gone.edb", b"")
    assert source.run("robocopy D:\\src E:\\dst gone.edb") == 2
    assert "*EXTRA File" in source.out


@pytest.mark.strictness
def test_a_missing_folder_is_fatal(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy D:\\gone E:\\dst /R:0") == 16
    assert "ERROR 2 (0x00000002) Accessing Source Directory D:\\gone\\" in source.out
    assert "The system cannot find the file specified." in source.out
    assert not source.fs.exists("E:\\dst")
    assert source.run("robocopy D:\\src\\notes.txt E:\\dst /R:0") == 16
    assert source.run("robocopy D:\\src X:\\dst /R:0") == 16


@pytest.mark.strictness
def test_there_is_no_second_hop(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy \\\\MBX2\\D$\\src E:\\dst") == 16
    assert "ERROR 5 (0x00000005)" in source.out
    assert "Access is denied." in source.out
    assert source.run("robocopy D:\\src \\\\MBX2\\D$\\dst") == 16


@pytest.mark.strictness
def test_the_other_bits(source) -> None:  # type: ignore[no-untyped-def]
    source.fs.mkdir("E:\\dst\\notes.txt")
    source.fs.write_bytes("E:\\dst\\stranger", b"")
    assert source.run("robocopy D:\\src E:\\dst notes.txt stranger E00.chk") == 1 | 2 | 4
    assert "MISMATCH" in source.out


def test_trees(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy D:\\src E:\\dst /E /NP") == 1
    assert source.fs.read_bytes("E:\\dst\\sub\\deep.txt") == b"sub\\deep.txt"
    assert source.run("robocopy D:\\src E:\\one /E /LEV:1") == 1
    assert "sub" not in names(source, "E:\\one")
    assert source.run("robocopy D:\\src E:\\two /E /XD sub") == 1
    assert "sub" not in names(source, "E:\\two")


def test_list_only(source) -> None:  # type: ignore[no-untyped-def]
    """The listing in which no word depends on the language."""
    source.fs.mkdir("D:\\src\\Übung 😀")
    line = "robocopy D:\\src D:\\src\\nowhere /E /L /XJ /BYTES /FP /NC /NJH /NJS /R:0 /W:0"
    assert source.run(line) in (0, 1)
    lines = [text.strip() for text in source.out.splitlines() if text.strip()]
    assert f"{40 * GB}\tD:\\src\\db1.edb" in lines
    assert "6\tD:\\src\\" in lines
    assert "0\tD:\\src\\Übung 😀\\" in lines
    assert "12\tD:\\src\\sub\\deep.txt" in lines
    assert not source.fs.exists("D:\\src\\nowhere")


def test_percentages(source) -> None:  # type: ignore[no-untyped-def]
    seen: list[float] = []
    source.run(
        "robocopy D:\\src E:\\dst db1.edb", after=lambda _out: seen.append(source.clock.elapsed())
    )
    percentages = [float(p) for p in re.findall(r"\r\s*([\d.]+)%", source.out)]
    assert percentages == sorted(percentages)
    assert percentages[-1] == 100
    assert len(percentages) > 20
    assert len(set(seen)) > 20  # they come while the copy lasts


def test_a_move_deletes_the_source_after_the_copy(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy D:\\src E:\\dst notes.txt /MOV") == 1
    assert not source.fs.exists("D:\\src\\notes.txt")
    assert source.fs.read_bytes("E:\\dst\\notes.txt") == b"notes.txt"


def test_a_log_file_takes_the_output(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run("robocopy D:\\src E:\\dst notes.txt /LOG:E:\\copy.log") == 1
    assert source.out == "\n Log File : E:\\copy.log\n"
    assert b"notes.txt\r\n" in source.fs.read_bytes("E:\\copy.log")
    assert source.run("robocopy D:\\src E:\\dst /LOG:\\\\MBX2\\share\\copy.log") == 16


@pytest.mark.strictness
def test_a_file_in_use_is_tried_again(source) -> None:  # type: ignore[no-untyped-def]
    lock = source.fs.open_exclusive("D:\\src\\db1.edb", "backup agent")
    assert source.run("robocopy D:\\src E:\\dst /R:2 /W:5 /NP") == 1 | 8
    assert source.out.count("ERROR 32 (0x00000020) Copying File D:\\src\\db1.edb") == 3
    assert source.out.count("Waiting 5 seconds... Retrying...") == 2
    assert "ERROR: RETRY LIMIT EXCEEDED." in source.out
    assert 10 <= source.seconds < 12
    assert "notes.txt" in names(source, "E:\\dst")
    assert re.search(r"   Files :\s+6\s+5\s+0\s+0\s+1\s+0\n", source.out)
    released: list[bool] = []

    def release(out: str) -> None:
        if "Waiting" in out and not released:
            lock.release()
            released.append(True)

    assert source.run("robocopy D:\\src E:\\dst /R:2 /W:5 /NP", after=release) == 1


@pytest.mark.strictness
def test_two_copies_of_one_file(source) -> None:  # type: ignore[no-untyped-def]
    """A copy under way has its target for itself."""
    seen: list[tuple[str | None, int]] = []

    def look(_out: str) -> None:
        if source.fs.exists("E:\\dst\\db1.edb"):
            seen.append((source.fs.locked_by("E:\\dst\\db1.edb"), source.fs.entry("E:\\dst\\db1.edb").modified.year))

    assert source.run("robocopy D:\\src E:\\dst db1.edb", after=look) == 1
    assert seen[0] == ("copy", 1980) and seen[-1][1] > 1980
    with source.fs.open_exclusive("E:\\dst\\db1.edb", "copy") and source.fs.lock:
        source.fs.touch("D:\\src\\db1.edb", source.clock.now())
        assert source.run("robocopy D:\\src E:\\dst db1.edb /R:0") == 8
    assert "ERROR 32 (0x00000020) Copying File D:\\src\\db1.edb" in source.out


@pytest.mark.strictness
def test_the_disk_fills_up_on_the_way(source) -> None:  # type: ignore[no-untyped-def]
    fs = source.fs
    fs.allocate("E:\\filler", 480 * GB)
    before = fs.free(fs.volume_of("E:\\"))
    assert source.run("robocopy D:\\src E:\\dst db1.edb notes.txt /R:0") == 1 | 8
    assert "ERROR 112 (0x00000070) Copying File D:\\src\\db1.edb" in source.out
    assert "There is not enough space on the disk." in source.out
    assert 20 < source.seconds < 200  # it noticed after 20 GB
    assert names(source, "E:\\dst") == ["notes.txt"]
    assert fs.free(fs.volume_of("E:\\")) == before - 65536


def test_a_stopped_copy_leaves_a_partial_file(source) -> None:  # type: ignore[no-untyped-def]
    def stop(out: str) -> None:
        if " 3" in out.rpartition("\r")[2]:
            source.stopping.set()

    with pytest.raises(source.stopped):
        source.run("robocopy D:\\src E:\\dst db1.edb", after=stop)
    entry = source.fs.entry("E:\\dst\\db1.edb")
    assert 0 < entry.size < 40 * GB
    assert entry.modified.year == 1980
    source.stopping.clear()
    assert source.run("robocopy D:\\src E:\\dst db1.edb") == 1
    assert source.fs.read_bytes("E:\\dst\\db1.edb") == source.fs.read_bytes("D:\\src\\db1.edb")


def test_a_backslash_before_a_quote_swallows_arguments(source) -> None:  # type: ignore[no-untyped-def]
    assert source.run('robocopy "D:\\src\\" "E:\\dst"') == 16
    assert "ERROR : No Destination Directory Specified." in source.out
    assert source.run('robocopy "D:\\src\\\\" "E:\\dst" notes.txt') == 1


@pytest.mark.strictness
@pytest.mark.parametrize("flag", ["/FOO", "/R:x", "/COPY:Q", "/DCOPY:", "/LOG:"])
def test_unknown_flags_are_fatal(source, flag: str) -> None:  # type: ignore[no-untyped-def]
    assert source.run(f"robocopy D:\\src E:\\dst {flag}") == 16
    assert f'ERROR : Invalid Parameter #3 : "{flag}"' in source.out
    assert not source.fs.exists("E:\\dst")


def test_copies_inherit_access_unless_told(source) -> None:  # type: ignore[no-untyped-def]
    fs = source.fs
    fs.set_acl("D:\\src\\notes.txt", ["CONTOSO\\admin:(F)"])
    source.run("robocopy D:\\src E:\\dst notes.txt")
    source.run("robocopy D:\\src E:\\same notes.txt /COPY:DATS")
    assert "NT AUTHORITY\\SYSTEM:(I)(F)" in fs.acl("E:\\dst\\notes.txt")
    assert fs.acl("E:\\same\\notes.txt") == ["CONTOSO\\admin:(F)"]


def test_mirroring_deletes(source) -> None:  # type: ignore[no-untyped-def]
    source.fs.mkdir("E:\\dst\\old")
    source.fs.write_bytes("E:\\dst\\old\\x", b"")
    assert source.run("robocopy D:\\src E:\\dst /MIR /XF db1.edb") == 3
    assert "old" not in names(source, "E:\\dst")
    with pytest.raises(FileError):
        source.fs.read_bytes("E:\\dst\\old\\x")
