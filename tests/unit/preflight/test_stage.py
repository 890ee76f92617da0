# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a recovery is: from databases, folders and requests alone."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import (
    FOLDERS,
    RecoveryLayout,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _recovery_stage
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._recovery_stage import (
    Signs,
)

LAYOUT = RecoveryLayout.of("D:\\DialTone", "DB01", "D:\\Databases\\DB01\\DB01.edb")
RUN = "20261122-141502"
DT = Database(
    name="DB01-DT",
    guid="d",
    distinguished_name="CN=DB01-DT",
    server="MBX1",
    recovery=False,
    edb_path=LAYOUT.dialtone_edb,
    log_folder=LAYOUT.dialtone,
    mounted=True,
    excluded_from_provisioning=True,
    excluded_reason=f"Dial tone for DB01, run {RUN}",
)
RDB = replace(DT, name="R", recovery=True)

NEW: list[str] = []
PRESERVED = ["preserved\\database\\DB01.edb", "preserved\\logs\\E00.log"]
TONE = [*PRESERVED, "dialtone\\DB01-DT.edb"]
COPYING = [*TONE, "restored\\incoming\\DB01.edb"]
RESTORED = [*TONE, "restored\\DB01.edb"]
PROVEN = [*RESTORED, "restored\\rdb-logs\\E00.log"]
ASIDE = [*PRESERVED, "restored\\DB01.edb", "restored\\rdb-logs\\E00.log", "swapped\\DB01-DT.edb"]
SWAPPED = [*PRESERVED, "restored\\E00.log", "dialtone\\DB01-DT.edb", "swapped\\DB01-DT.edb"]
SIGNED = [*SWAPPED, f"swapped\\merged-{RUN}\\"]
PUT_ASIDE = [*TONE, "restored\\E00.log", "merged\\DB01-DT.edb", f"merged\\merged-{RUN}\\"]

# the alternate server's folders, and the original one's when the restored .edb is at its own path
ELSEWHERE = ["dialtone\\DB01-DT.edb"]
RETIRED = ["swapped\\DB01-DT.edb", f"swapped\\run-{RUN}\\"]
IN_PLACE = [*PRESERVED, "restored\\rdb-logs\\E00.log"]
LEAVING = replace(DT, allow_file_restore=True)


def folders(entries: list[str]) -> RecoveryFolders:
    found: dict[str, Listing | None] = {}
    for name in FOLDERS:
        here = [paths.join(LAYOUT.base, e) for e in entries if e.startswith(f"{name}\\")]
        below = {path.rstrip("\\") for path in here if path.endswith("\\")}
        below |= {paths.folder_of(path) for path in here if not path.endswith("\\")}
        files = tuple(File(path, 1) for path in here if not path.endswith("\\"))
        below -= {LAYOUT.folder(name)}
        found[name] = Listing(LAYOUT.folder(name), files, tuple(below)) if here else None
    return RecoveryFolders(LAYOUT, found)


@pytest.mark.parametrize(
    ("entries", "signs", "stage"),
    [
        (NEW, {"dial_tone": None}, "new"),
        (PRESERVED, {"dial_tone": None}, "new"),
        (TONE, {}, "dial_tone"),
        (COPYING, {}, "restoring"),
        (RESTORED, {"restored_clean": True}, "restoring"),
        (PROVEN, {"restored_clean": False}, "restoring"),
        (PROVEN, {"restored_clean": True, "restored_database": RDB}, "restoring"),
        (PROVEN, {"restored_clean": True}, "restored"),
        (PROVEN, {"restored_clean": True, "dial_tone": replace(DT, mounted=False)}, "restored"),
        (ASIDE, {"dial_tone": replace(DT, mounted=False), "restored_clean": True}, "swapping"),
        (SWAPPED, {"dial_tone": replace(DT, mounted=False)}, "swapping"),
        (SWAPPED, {"dial_tone": replace(DT, mounted=None)}, "swapping"),
        (SWAPPED, {}, "swapped"),
        (SWAPPED, {"merge_database": RDB}, "merging"),
        (SWAPPED, {"requests": 3}, "merging"),
        (SIGNED, {"requests": 3}, "merging"),
        (SIGNED, {"merge_database": RDB}, "merging"),
        (SIGNED, {}, "merged"),
        (PUT_ASIDE, {}, "merged"),
        (PUT_ASIDE, {"dial_tone": replace(DT, excluded_from_provisioning=False)}, "closed"),
        (PUT_ASIDE, {"dial_tone": None}, "closed"),
        # home from an alternate server
        (ELSEWHERE, {"elsewhere": True}, "dial_tone"),
        (ELSEWHERE, {"elsewhere": True, "dial_tone": LEAVING}, "swapping"),
        (
            [*ELSEWHERE, f"dialtone\\run-{RUN}\\"],
            {"elsewhere": True, "dial_tone": None},
            "swapping",
        ),
        (RETIRED, {"elsewhere": True, "dial_tone": None}, "swapped"),
        (RETIRED, {"elsewhere": True, "dial_tone": None, "requests": 1}, "merging"),
        (
            [*RETIRED, f"swapped\\merged-{RUN}\\"],
            {"elsewhere": True, "dial_tone": None},
            "merged",
        ),
        (IN_PLACE, {"in_place": True}, "restored"),
        (IN_PLACE, {}, "restoring"),
        (
            PUT_ASIDE,
            {"dial_tone": replace(DT, excluded_from_provisioning=False), "requests": 1},
            "merged",
        ),
    ],
)
def test_stage(entries: list[str], signs: dict[str, t.Any], stage: str) -> None:
    have: dict[str, t.Any] = {"dial_tone": DT, **signs}
    assert _recovery_stage.derive(Signs(folders=folders(entries), **have)) == stage


def test_the_sign_tells_the_run() -> None:
    assert _recovery_stage.merge_run(folders(SIGNED)) == RUN
    assert _recovery_stage.merge_run(folders(PUT_ASIDE)) == RUN
    assert _recovery_stage.merge_run(folders(SWAPPED)) is None
    assert _recovery_stage.merge_run(folders([*SWAPPED, "swapped\\merged-by-hand\\"])) is None
