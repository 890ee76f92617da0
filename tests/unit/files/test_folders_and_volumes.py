# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at folders, volumes and the recovery's own folders."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    PreconditionError,
    ProgramError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import (
    folders,
    recovery_folders,
    volumes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from scripted_transport import scripted_context

BASE = "D:\\DialTone\\DB01"


def test_a_folder(script: t.Any) -> None:
    files = {"DB01.edb": 10, "Müller (1) 📮.log": 3, "inner\\": 0, "inner\\deep.log": 7}
    listing = folders.list_folder(scripted_context(script.listing("D:\\a b", files)), "D:\\a b")
    assert listing is not None
    assert {file.name: file.size for file in listing.files} == {
        "DB01.edb": 10,
        "Müller (1) 📮.log": 3,
    }
    assert listing.folders == ("D:\\a b\\inner",)
    assert listing.find("db01.EDB") is not None
    assert listing.describe() == "DB01.edb, Müller (1) 📮.log; folder inner"


def test_no_folder_and_an_empty_one(script: t.Any) -> None:
    context = scripted_context(script.listing("D:\\no", None).listing("D:\\empty", {}))
    assert folders.list_folder(context, "D:\\no") is None
    empty = folders.list_folder(context, "D:\\empty")
    assert empty is not None
    assert empty.describe() == "nothing"


def test_a_claim_that_is_renewed_under_the_listing_is_no_missing_folder(script: t.Any) -> None:
    folder = "D:\\DialTone\\DB01"
    torn = (
        f"\t     0\t{folder}\\\r\n2026/11/22 14:15:02 ERROR 2 (0x00000002) Scanning Source Directory"
        f" {folder}\\claim\\root, 5\r\nThe system cannot find the file specified.\r\n"
    )
    arguments = [folder, f"{folder}\\{folders.NO_TARGET}", "/E", *folders.LIST_SWITCHES]
    script.expect_program("robocopy", arguments, 8, torn)
    script.listing(folder, {"claim\\root, 6\\": 0}, tree=True)
    seen = folders.list_tree(scripted_context(script), folder)
    assert seen is not None
    assert seen.folders == (f"{folder}\\claim", f"{folder}\\claim\\root, 6")

    for _attempt in range(4):
        script.expect_program("robocopy", arguments, 8, torn)
    with pytest.raises(ProgramError, match="can not be listed"):
        folders.list_tree(scripted_context(script), folder)


def test_a_folder_that_can_not_be_read(script: t.Any) -> None:
    script.expect_program(
        "robocopy",
        ["D:\\x", f"D:\\x\\{folders.NO_TARGET}", "/E", "/LEV:2", *folders.LIST_SWITCHES],
        16,
        "2026/11/22 14:15:02 FEHLER 5 (0x00000005) Zugriff auf Quellverzeichnis D:\\x\\",
    )
    with pytest.raises(ProgramError, match=r"D:\\x can not be listed.*Windows error 5") as caught:
        folders.list_folder(scripted_context(script), "D:\\x")
    assert "access" in str(caught.value)


def test_lines_of_a_diff_count_logs_instead_of_naming_thousands() -> None:
    logs = [folders.File(f"D:\\x\\E00{n:08X}.log", 1024**2) for n in range(1, 2001)]
    listing = folders.Listing("D:\\x", (*logs, folders.File("D:\\x\\DB01.edb", 10 * 1024**3)))
    assert folders.lines(listing) == [
        "D:\\x: 2000 log files, E0000000001.log to E00000007D0.log  2.0 GB",
        "D:\\x\\DB01.edb  10.0 GB",
    ]
    assert folders.lines(None) == []


def test_mount_points_are_other_volumes(script: t.Any) -> None:
    script.volumes(names=("C:\\", "D:\\", "D:\\Mounts\\V1\\"))
    known = volumes.read(scripted_context(script))
    assert [volume.name for volume in known] == ["C:\\", "D:\\", "D:\\Mounts\\V1\\"]
    assert volumes.of_path(known, "d:\\mounts\\v1\\x.edb").name == "D:\\Mounts\\V1\\"
    assert volumes.same(known, "D:\\a", "D:\\b\\c")
    assert not volumes.same(known, "D:\\a", "D:\\Mounts\\V1\\a")
    with pytest.raises(PreconditionError, match=r"F:\\x is on no volume.*C:\\, D:\\"):
        volumes.of_path(known, "F:\\x")


def test_space(script: t.Any) -> None:
    known = volumes.read(scripted_context(script.volumes(free=10 * 1024**3)))
    volumes.require_space(known, "D:\\x", 10 * 1024**3, "the copy")
    with pytest.raises(PreconditionError, match=r"10\.0 GB free; the copy needs 12\.0 GB") as e:
        volumes.require_space(known, "D:\\x", 12 * 1024**3, "the copy")
    assert "Free 2.0 GB on D:\\" in str(e.value)


def test_recovery_folders(script: t.Any) -> None:
    layout = RecoveryLayout.of("D:\\DialTone", "DB01", "D:\\Databases\\DB01\\DB01.edb")
    tree = {
        "preserved\\database\\DB01.edb": 5,
        "preserved\\logs\\E00.log": 1,
        "preserved\\logs\\E0000000001.log": 1,
        "dialtone\\DB01-DT.edb": 9,
        "restored\\incoming\\": 0,
    }
    found = recovery_folders.read(scripted_context(script.listing(BASE, tree, tree=True)), layout)
    assert [name for name in found.found if found.exists(name)] == [
        "preserved",
        "dialtone",
        "restored",
    ]
    assert found.file(layout.preserved_edb) is not None
    assert found.folder(layout.restored_incoming) is not None
    assert found.folder(layout.swapped) is None
    assert not found.is_swapped
    result = found.as_result()
    assert result["preserved"]["files"] == [{"name": "database\\DB01.edb", "size": 5}]
    assert result["preserved"]["logs"] == {"count": 2, "bytes": 2}
    assert result["swapped"] == {
        "path": f"{BASE}\\swapped",
        "exists": False,
        "files": [],
        "logs": {"count": 0, "bytes": 0},
        "bytes": 0,
    }


@pytest.mark.parametrize(
    ("tree", "swapped"),
    [
        (None, False),
        ({"restored\\DB01.edb": 1, "dialtone\\DB01-DT.edb": 1}, False),
        # In the middle of the swap: the dial tone files are aside, the restored one not yet there.
        ({"restored\\DB01.edb": 1, "swapped\\DB01-DT.edb": 1}, False),
        ({"restored\\E00.log": 1, "swapped\\DB01-DT.edb": 1, "dialtone\\DB01-DT.edb": 1}, True),
        ({"restored\\E00.log": 1, "merged\\DB01-DT.edb": 1, "dialtone\\DB01-DT.edb": 1}, True),
    ],
)
def test_whether_the_swap_has_happened(
    script: t.Any, tree: dict[str, int] | None, swapped: bool
) -> None:
    layout = RecoveryLayout.of("D:\\DialTone", "DB01", "D:\\Databases\\DB01\\DB01.edb")
    found = recovery_folders.read(scripted_context(script.listing(BASE, tree, tree=True)), layout)
    assert found.is_swapped is swapped
