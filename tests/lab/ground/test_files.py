# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random
from pathlib import Path

import pytest

from exchange_lab.clock import JumpClock
from exchange_lab.files import FileError, FileSystem, Volume
from exchange_lab.files.header import encode

GB = 1024**3
SYSTEM = "NT AUTHORITY\\SYSTEM"


def refused(call, *arguments) -> int:  # type: ignore[no-untyped-def]
    with pytest.raises(FileError) as caught:
        call(*arguments)
    return caught.value.code


def big(fs: FileSystem, path: str, size: int) -> None:
    fs.write_bytes(path, encode({"lab": "file", "size": size}))


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", 3),
        ("DB\\x.edb", 161),
        ("\\DB", 161),
        ("D:DB", 161),
        ("D:", 161),
        ("X:\\DB", 3),
        ("\\\\MBX2\\D$\\DB", 5),
        ("//MBX2/D$", 5),
        ("\\\\?\\UNC\\MBX2\\D$", 5),
        ("\\\\MBX2", 53),
        ("D:\\a<b", 123),
        ("D:\\a?b", 123),
        ("D:\\a*", 123),
        ("D:\\a|b", 123),
        ('D:\\a"b', 123),
        ("D:\\file.txt:stream", 123),
        ("D:\\tab\there", 123),
        ("D:\\CON", 123),
        ("D:\\lpt1.log", 123),
        ("D:\\nul\\x", 123),
        ("D:\\" + "n" * 256, 206),
        ("D:\\" + "folder\\" * 40, 206),
    ],
)
def test_impossible_paths_are_refused(fs: FileSystem, path: str, code: int) -> None:
    assert refused(fs.mkdir, path) == code
    assert not fs.exists(path)


@pytest.mark.parametrize(
    "name",
    ["Größe & Übung", "База данных", "😀 mail", "it's $(x) %TEMP%", "a;b,c=d", "CONTOSO", "com10"],
)
def test_odd_but_legal_names(fs: FileSystem, name: str) -> None:
    fs.mkdir(f"D:\\{name}")
    fs.write_bytes(f"D:\\{name}\\{name}.edb", b"x")
    assert [e.name for e in fs.listdir("D:\\")] == sorted([name, "Mounts"], key=str.upper)
    assert (
        fs.size(f"d:/{name.upper()}/{name}.EDB" if "ß" not in name else f"D:\\{name}\\{name}.edb")
        == 1
    )


def test_names_ignore_case_keep_case_and_lose_trailing_dots_and_blanks(fs: FileSystem) -> None:
    fs.mkdir("D:\\DataBases\\db1. ")
    assert refused(fs.mkdir, "d:\\DATABASES\\DB1") == 183
    assert fs.canonical("D:\\databases\\DB1...") == "D:\\DataBases\\db1"
    assert fs.canonical("D:\\x\\..\\databases\\.\\db1") == "D:\\DataBases\\db1"
    fs.rename("D:\\databases", "D:\\DATABASES")
    assert [e.name for e in fs.listdir("D:\\")] == ["DATABASES", "Mounts"]


def test_what_is_missing(fs: FileSystem) -> None:
    assert refused(fs.read_bytes, "D:\\no.txt") == 2
    assert refused(fs.read_bytes, "D:\\no\\no.txt") == 3
    assert refused(fs.write_bytes, "D:\\no\\no.txt", b"") == 3
    assert refused(fs.listdir, "D:\\no") == 2
    assert refused(fs.delete, "D:\\no") == 2
    fs.write_bytes("D:\\f", b"")
    assert refused(fs.listdir, "D:\\f") == 267
    assert refused(fs.read_bytes, "D:\\f\\g") == 3


@pytest.mark.strictness
def test_rename_is_strict(fs: FileSystem) -> None:
    fs.mkdir("D:\\A")
    fs.mkdir("D:\\B")
    big(fs, "D:\\A\\db.edb", 40 * GB)
    assert refused(fs.rename, "D:\\A\\db.edb", "E:\\db.edb") == 17
    assert refused(fs.rename, "D:\\A", "D:\\Mounts\\V1\\A") == 17
    fs.write_bytes("D:\\B\\db.edb", b"")
    assert refused(fs.rename, "D:\\A\\db.edb", "D:\\B\\db.edb") == 183
    assert refused(fs.rename, "D:\\A", "D:\\B") == 183
    assert refused(fs.rename, "D:\\A\\no", "D:\\B\\no") == 2
    assert refused(fs.rename, "D:\\A\\db.edb", "D:\\no\\db.edb") == 3
    assert refused(fs.rename, "D:\\A", "D:\\A\\inner") == 32
    fs.rename("D:\\A", "D:\\C")
    assert fs.size("D:\\C\\db.edb") == 40 * GB


@pytest.mark.strictness
def test_a_mount_point_is_another_volume(fs: FileSystem) -> None:
    assert fs.volume_of("D:\\Mounts\\V1\\x").name == "D:\\Mounts\\V1\\"
    assert fs.volume_of("d:\\mounts").name == "D:\\"
    assert fs.volume_of("D:\\Mounts\\V1").device_id != fs.volume_of("D:\\").device_id
    assert [(e.name, e.is_mount_point) for e in fs.listdir("D:\\Mounts")] == [("V1", True)]
    before = fs.free(fs.volume_of("D:\\"))
    big(fs, "D:\\Mounts\\V1\\a.edb", 10 * GB)
    assert fs.free(fs.volume_of("D:\\")) == before
    assert fs.free(fs.volume_of("D:\\Mounts\\V1")) == 90 * GB
    device = fs.volume_of("D:\\Mounts\\V1").device_id
    assert fs.size(device + "a.edb") == 10 * GB
    assert refused(fs.rename, "D:\\Mounts", "D:\\Moved") == 5
    assert refused(fs.rmdir, "D:\\Mounts", True) == 5


def test_space_counts_logical_sizes(fs: FileSystem) -> None:
    volume = fs.volume_of("E:\\")
    big(fs, "E:\\a.edb", 300 * GB)
    assert fs.free(volume) == 200 * GB
    assert refused(fs.copy, "E:\\a.edb", "E:\\b.edb") == 112
    assert not fs.exists("E:\\b.edb")
    assert refused(big, fs, "E:\\c.edb", 201 * GB) == 112
    big(fs, "E:\\a.edb", 100 * GB)
    fs.copy("E:\\a.edb", "E:\\b.edb")
    assert fs.free(volume) == 300 * GB
    fs.write_bytes("E:\\small.txt", b"12345")
    assert fs.free(volume) == 300 * GB - 65536
    assert fs.size("E:\\small.txt") == 5
    with fs.reserve("E:\\copy.edb") as space:
        space.take(200 * GB)
        assert refused(space.take, 100 * GB) == 112
        assert fs.free(volume) == 100 * GB - 65536
    fs.delete("E:\\a.edb")
    assert fs.free(volume) == 400 * GB - 65536
    again = FileSystem(fs.root, fs.volumes)
    assert again.free(volume) == fs.free(volume)


def test_random_work_keeps_the_books(fs: FileSystem) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    volume = fs.volume_of("D:\\")
    folders = ["D:\\a", "D:\\b", "D:\\a\\c"]
    for folder in folders:
        fs.mkdir(folder) if not fs.exists(folder) else None
    for _unused in range(300):
        one, two = (
            f"{rng.choice(folders)}\\{rng.choice('xyzXYZ')}.{rng.choice(['edb', 'log'])}"
            for _unused in range(2)
        )
        work = rng.choice(["make", "copy", "move", "delete", "text"])
        try:
            if work == "make":
                big(fs, one, rng.randrange(100 * GB))
            elif work == "text":
                fs.write_bytes(one, b"x" * rng.randrange(200_000))
            elif work == "copy":
                fs.copy(one, two)
            elif work == "move":
                fs.rename(one, two)
            else:
                fs.delete(one)
        except FileError as error:
            assert error.code in (2, 32, 183), work
    assert fs.free(volume) == FileSystem(fs.root, fs.volumes).free(volume)


@pytest.mark.strictness
def test_an_open_file_is_nobody_elses(fs: FileSystem) -> None:
    fs.mkdir("D:\\DB")
    fs.write_bytes("D:\\DB\\db.edb", b"data")
    lock = fs.open_exclusive("d:\\db\\DB.EDB", "store")
    assert fs.locked_by("D:\\DB\\db.edb") == "store"
    assert refused(fs.open_exclusive, "D:\\DB\\db.edb", "eseutil") == 32
    assert refused(fs.read_bytes, "D:\\DB\\db.edb") == 32
    assert refused(fs.write_bytes, "D:\\DB\\db.edb", b"") == 32
    assert refused(fs.delete, "D:\\DB\\db.edb") == 32
    assert refused(fs.copy, "D:\\DB\\db.edb", "D:\\copy") == 32
    assert refused(fs.rename, "D:\\DB\\db.edb", "D:\\DB\\x.edb") == 32
    assert refused(fs.rename, "D:\\DB", "D:\\X") == 5
    assert refused(fs.rmdir, "D:\\DB", True) == 32
    lock.append(b"!")
    assert lock.read_bytes() == b"data!"
    lock.release()
    assert fs.locked_by("D:\\DB\\db.edb") is None
    assert fs.read_bytes("D:\\DB\\db.edb") == b"data!"


def test_folders(fs: FileSystem) -> None:
    fs.mkdir("D:\\a\\b\\c")
    assert refused(fs.mkdir, "D:\\a\\b") == 183
    assert refused(fs.rmdir, "D:\\a") == 145
    fs.write_bytes("D:\\a\\f", b"x" * 100_000)
    assert refused(fs.mkdir, "D:\\a\\f\\g") == 3
    assert refused(fs.rmdir, "D:\\a\\f") == 267
    assert refused(fs.delete, "D:\\a\\b") == 5
    assert list(fs.walk("D:\\a")) == ["D:\\a\\f"]
    before = fs.free(fs.volume_of("D:\\"))
    fs.rmdir("D:\\a", recurse=True)
    assert fs.free(fs.volume_of("D:\\")) == before + 2 * 65536
    assert not fs.exists("D:\\a")


def test_times_are_simulated_and_copies_keep_them(fs: FileSystem, clock: JumpClock) -> None:
    fs.write_bytes("D:\\a", b"1")
    written = clock.now()
    clock.advance(3600)
    fs.copy("D:\\a", "D:\\b")
    assert abs((fs.entry("D:\\b").modified - written).total_seconds()) < 0.01
    fs.write_bytes("D:\\a", b"2")
    assert abs((fs.entry("D:\\a").modified - clock.now()).total_seconds()) < 0.01


@pytest.mark.strictness
def test_access_lists(fs: FileSystem, tmp_path: Path) -> None:
    fs.mkdir("D:\\DB")
    fs.mkdir("D:\\Private")
    fs.write_bytes("D:\\DB\\db.edb", b"")
    assert f"{SYSTEM}:(I)(F)" in fs.acl("D:\\DB\\db.edb")
    assert f"{SYSTEM}:(I)(OI)(CI)(F)" in fs.acl("D:\\DB")
    fs.set_acl("D:\\Private", ["CONTOSO\\admin:(OI)(CI)(F)"])
    fs.write_bytes("D:\\Private\\db.edb", b"")
    assert fs.acl("D:\\Private\\db.edb") == ["CONTOSO\\admin:(I)(F)"]
    # Moved in a volume it keeps its list, copied it takes that of the folder.
    fs.copy("D:\\Private\\db.edb", "D:\\DB\\copied.edb")
    fs.rename("D:\\Private\\db.edb", "D:\\DB\\moved.edb")
    fs.open_exclusive("D:\\DB\\copied.edb", "store", SYSTEM).release()
    assert refused(fs.open_exclusive, "D:\\DB\\moved.edb", "store", SYSTEM) == 5
    assert FileSystem(fs.root, fs.volumes).acl("D:\\DB\\moved.edb") == ["CONTOSO\\admin:(I)(F)"]
    fs.set_acl("D:\\DB\\moved.edb", None)
    fs.open_exclusive("D:\\DB\\moved.edb", "store", SYSTEM).release()


def test_faults_come_before_the_operation(fs: FileSystem) -> None:
    seen: list[tuple[str, str]] = []

    def fault(operation: str, path: str) -> None:
        seen.append((operation, path))
        if operation == "delete":
            raise FileError(5, path)

    fs.fault = fault
    fs.write_bytes("D:\\a", b"")
    assert refused(fs.delete, "D:\\a") == 5
    assert fs.exists("D:\\a")
    assert seen == [("write", "D:\\a"), ("delete", "D:\\a")]


def test_volumes_need_not_have_letters_only(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        FileSystem(tmp_path, [Volume("Z\\", GB)])
    assert Volume("D:\\M\\", GB).drive_letter is None
    assert Volume("D:\\", GB).drive_letter == "D:"
