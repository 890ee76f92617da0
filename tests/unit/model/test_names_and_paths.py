# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and paths: what is accepted, what is refused with which advice, what is generated."""

from __future__ import annotations

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import names, paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    RecoveryLayout,
    default_root,
)

RUN = "20261122-141502"


@pytest.mark.parametrize(
    "name",
    ["DB01", "DB 01", "Müller & Söhne", "Почта", "O'Neil $(x) `y`", "DB100%", "📮", "a" * 64],
)
def test_good_database_names(name: str) -> None:
    assert names.check_database_name(name) == name


@pytest.mark.parametrize(
    ("name", "problem", "advice"),
    [
        ("", "is empty", "Give the name"),
        (" \t", "is empty", "Give the name"),
        (" DB01", "blank", "Remove the blank"),
        ("DB01 ", "blank", "Remove the blank"),
        ("DB\n01", "control character", "Remove it"),
        ("DB*", '"*"', "without wildcards"),
        ("MBX1\\DB01", '"\\"', "without a server"),
        ("a" * 65, "65 characters", "shorter"),
        ("📮" * 33, "66 characters", "shorter"),
    ],
)
def test_bad_database_names(name: str, problem: str, advice: str) -> None:
    with pytest.raises(InputError) as caught:
        names.check_database_name(name)
    assert problem in caught.value.message
    assert advice in str(caught.value)
    assert "failed_database" in caught.value.message


def test_generated_names() -> None:
    assert names.dial_tone_name("DB01") == "DB01-DT"
    assert names.restored_recovery_database("DB01", RUN) == f"DB01-Restored-{RUN}"
    assert names.merge_recovery_database("DB01", RUN) == f"DB01-Merge-{RUN}"


@pytest.mark.parametrize("name", ["x" * 64, "📮" * 32, "ü" * 64])
def test_generated_names_fit_and_stay_apart(name: str) -> None:
    for make in (
        names.dial_tone_name,
        lambda n: names.restored_recovery_database(n, RUN),
        lambda n: names.merge_recovery_database(n, RUN),
    ):
        one, other = make(name), make(name[:-1] + "y")
        assert names.utf16_length(one) <= 64
        assert one != other
        assert names.check_database_name(one) == one
    assert names.restored_recovery_database(name, RUN).endswith(f"-Restored-{RUN}")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("DB01", "DB01"),
        ("Müller & Söhne $(x)", "Müller & Söhne $(x)"),
        ("Почта 📮", "Почта 📮"),
    ],
)
def test_folder_names_stay_where_windows_takes_them(name: str, folder: str) -> None:
    assert names.folder_name(name) == folder


@pytest.mark.parametrize(
    "name", ["DB 100%", 'the "best"', "a/b", "a:b", "CON", "nul.edb", "dot.", "COM1", "<>"]
)
def test_folder_names_are_made_safe(name: str) -> None:
    folder = names.folder_name(name)
    assert folder != name
    assert paths.check_folder(f"D:\\x\\{folder}", "x")


def test_safe_folder_names_stay_apart() -> None:
    assert names.folder_name("a/b") != names.folder_name("a:b")
    assert names.folder_name("a/b") == names.folder_name("A/B").replace("A_B", "a_b")


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("D:\\DialTone", "D:\\DialTone"),
        ("D:\\DialTone\\", "D:\\DialTone"),
        ("d:\\Mounts\\V 1\\x", "d:\\Mounts\\V 1\\x"),
        ("D:\\Müller & Söhne $(x) 'y'", "D:\\Müller & Söhne $(x) 'y'"),
        ("D:\\Почта\\📮", "D:\\Почта\\📮"),
    ],
)
def test_good_folders(path: str, checked: str) -> None:
    assert paths.check_folder(path, "recovery_root") == checked


@pytest.mark.parametrize(
    ("path", "problem", "advice"),
    [
        ("", "is empty", "local volume"),
        ("   ", "is empty", "local volume"),
        ("\\\\SRV\\share\\x", "network", "D:\\DialTone"),
        ("//SRV/share", "network", "D:\\DialTone"),
        ("\\\\?\\D:\\x", "device", "D:\\DialTone"),
        ("D:\\", "root", "D:\\DialTone"),
        ("E:\\\\", "root", "E:\\DialTone"),
        ("E:\\a\\\\b", "two backslashes", "one"),
        ("DialTone", "not an absolute path", "drive letter"),
        ("\\DialTone", "not an absolute path", "drive letter"),
        ("D:DialTone", "not an absolute path", "drive letter"),
        ("D:/DialTone", "slash", "D:\\DialTone"),
        ("D:\\a\\..\\b", '".."', "without it"),
        ("D:\\a. \\b", "dot or a blank", "without it"),
        ("D:\\a?b", '"?"', "Correct"),
        ('D:\\a"b', '"""', "Correct"),
        ("D:\\a\nb", '"\\n"', "Correct"),
        ("D:\\a:b", '":"', "Correct"),
        ("D:\\100%", "percent", "another folder"),
        ("D:\\nul", "device", "another name"),
        ("D:\\com1.txt\\x", "device", "another name"),
        ("D:\\" + "x" * 240, "characters", "shorter"),
    ],
)
def test_bad_folders(path: str, problem: str, advice: str) -> None:
    with pytest.raises(InputError) as caught:
        paths.check_folder(path, "recovery_root")
    assert problem in caught.value.message
    assert advice in str(caught.value)
    assert "recovery_root" in caught.value.message


@pytest.mark.parametrize("name", ["", "a\\b.edb", "../b.edb", "a%.edb", "x*.edb", "a.edb "])
def test_bad_file_names(name: str) -> None:
    with pytest.raises(InputError, match="edb_name"):
        paths.check_file_name(name, "edb_name")


def test_parts_of_paths() -> None:
    assert paths.split("D:\\Data\\DB01.edb") == ("D:\\Data", "DB01.edb")
    assert paths.split("D:\\DB01.edb") == ("D:\\", "DB01.edb")
    assert paths.join("D:\\", "a", "b") == "D:\\a\\b"
    assert paths.stem_of("D:\\x\\DB.01.edb") == "DB.01"
    assert paths.same("D:\\A\\", "d:\\a")
    assert paths.is_inside("D:\\a\\b", "D:\\A")
    assert paths.is_inside("D:\\a", "D:\\")
    assert not paths.is_inside("D:\\ab", "D:\\a")


@pytest.mark.parametrize(
    ("path", "volume"),
    [
        ("D:\\Data\\x.edb", "D:\\"),
        ("D:\\Mounts\\V1\\x.edb", "D:\\Mounts\\V1\\"),
        ("d:\\mounts\\v1", "D:\\Mounts\\V1\\"),
        ("D:\\Mounts\\V10\\x", "D:\\"),
        ("F:\\x", None),
    ],
)
def test_the_deepest_mount_point_wins(path: str, volume: str | None) -> None:
    assert paths.volume_of(path, ["C:\\", "D:\\", "D:\\Mounts\\V1\\"]) == volume


def test_layout() -> None:
    layout = RecoveryLayout.of("D:\\DialTone\\", "DB01", "D:\\Databases\\DB01\\DB01.edb")
    assert layout.base == "D:\\DialTone\\DB01"
    assert layout.preserved_edb == "D:\\DialTone\\DB01\\preserved\\database\\DB01.edb"
    assert layout.preserved_logs == "D:\\DialTone\\DB01\\preserved\\logs"
    assert layout.dialtone_edb == "D:\\DialTone\\DB01\\dialtone\\DB01-DT.edb"
    assert layout.restored_edb == "D:\\DialTone\\DB01\\restored\\DB01.edb"
    assert layout.restored_rdb_logs == "D:\\DialTone\\DB01\\restored\\rdb-logs"
    assert layout.swapped_edb == "D:\\DialTone\\DB01\\swapped\\DB01-DT.edb"
    assert layout.swapped_rdb_logs == "D:\\DialTone\\DB01\\swapped\\rdb-logs"
    assert layout.merged_edb == "D:\\DialTone\\DB01\\merged\\DB01-DT.edb"
    assert default_root("D:\\") == "D:\\DialTone"
    assert default_root("D:\\Mounts\\V1\\") == "D:\\Mounts\\V1\\DialTone"


def test_layout_of_a_name_that_windows_can_not_take() -> None:
    layout = RecoveryLayout.of("D:\\DialTone", "Mail 100%", "D:\\x\\Mail.edb", 'say "hi"')
    for path in (layout.base, layout.dialtone_edb):
        assert not set('%"') & set(path)
    with pytest.raises(InputError, match="network"):
        RecoveryLayout.of("\\\\srv\\x", "DB01", "D:\\x\\DB01.edb")
