# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How far a recovery is, from what Exchange and the files show; pure.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.databases import Database
from ansible_collections.dialtone.exchange.plugins.module_utils._files import merge_sign, run_sign
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._adoption import (
    Position,
)


@dataclass(frozen=True)
class Signs:
    """What tells the stage.

    dial_tone: the dial tone database, when it belongs to this recovery. restored_clean: the restored
    .edb lies in its folder in clean shutdown. restored_database, merge_database: the recovery
    databases over the restored and over the dial tone files. requests: own restore requests there are.
    elsewhere: the dial tone is on an alternate server, whose folders these are. in_place: the restored
    .edb is at the failed database's own path, for a swap home. by_hand: where the files are that
    somebody else may have exchanged.
    """

    dial_tone: Database | None
    folders: RecoveryFolders
    restored_clean: bool = False
    restored_database: Database | None = None
    merge_database: Database | None = None
    requests: int = 0
    elsewhere: bool = False
    in_place: bool = False
    by_hand: Position | None = None


def derive(signs: Signs) -> str:
    """One of facts.STAGES: the last one that was begun, or reached where it is one of rest."""
    dial_tone, folders = signs.dial_tone, signs.folders
    left_over = signs.requests or signs.merge_database
    if folders.exists("merged") and not folders.edbs("swapped"):
        opened = dial_tone is None or not dial_tone.excluded_from_provisioning
        return "closed" if opened and not left_over else "merged"
    if is_old_merged(folders):
        opened = dial_tone is not None and not dial_tone.excluded_from_provisioning
        return "merging" if left_over else "closed" if opened else "merged"
    if merge_run(folders):
        return "merging" if left_over else "merged"
    if folders.edbs("swapped"):
        production = folders.is_swapped and dial_tone is not None and dial_tone.mounted is True
        retired = dial_tone is None and run_sign.find(folders) is not None  # everyone is home
        if not production and not retired:
            return "swapping"
        return "merging" if left_over else "swapped"
    if signs.by_hand is Position.RESTORED:
        return "merging" if left_over else "swapped"
    if signs.by_hand is Position.EXCHANGED:
        return "swapping"
    if dial_tone is None:
        return "swapping" if run_sign.find(folders, ("dialtone",)) else "new"
    if signs.elsewhere and dial_tone.allow_file_restore and not folders.exists("restored"):
        return "swapping"  # home
    if folders.exists("restored"):
        if left_over:
            return "merging"  # the old mail, into the dial tone database
        return "restored" if _is_proven(signs) else "restoring"
    return "dial_tone"


def merge_run(folders: RecoveryFolders) -> str | None:
    """The run id in the sign of a finished merge, None without one."""
    return _run_in(folders, "swapped", "merged", "restored")


def is_old_merged(folders: RecoveryFolders) -> bool:
    """Whether the old mail was merged into the dial tone database, which stays in production."""
    return _run_in(folders, "restored") is not None


def _run_in(folders: RecoveryFolders, *names: str) -> str | None:
    seen = [path for name in names if (listing := folders.found[name]) for path in listing.folders]
    return merge_sign.newest_run(seen)


def _is_proven(signs: Signs) -> bool:
    """Whether the restored file was mounted once and let go: that writes logs beside it."""
    logs = signs.folders.folder(signs.folders.layout.restored_rdb_logs)
    there = signs.restored_clean or signs.in_place
    return there and signs.restored_database is None and bool(logs and logs.files)
