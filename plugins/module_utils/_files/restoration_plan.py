# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a restoration is asked for, and what it means here and now.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders
from ansible_collections.dialtone.exchange.plugins.module_utils._files.failed import FailedFiles
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._files.recovery_folders import (
    RecoveryFolders,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files.volumes import Volume
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    merge_direction,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import DatabaseHeader
from ansible_collections.dialtone.exchange.plugins.module_utils._model.layout import RecoveryLayout
from ansible_collections.dialtone.exchange.plugins.module_utils._model.log_stream import Selection


@dataclass(frozen=True)
class Request:
    """What is asked for. restore_folder: None when it is not known any more, which is enough once
    the .edb is collected. edb_name: which .edb of the restore folder, None if there is only one.
    accept_gap: go on although logs with accepted mail are missing. accept_repaired: take a file that
    eseutil /p has repaired for production. merge_direction: AUTO, or one of merge_direction.DIRECTIONS;
    a repaired file is taken without that when it is only to be merged into the dial tone database.
    preserved_folder: where somebody has moved the failed files. by_hand: the file is that of a
    recovery database that somebody has made, and maybe mounted."""

    failed: FailedFiles
    layout: RecoveryLayout
    restore_folder: str | None
    edb_name: str | None = None
    accept_gap: bool = False
    accept_repaired: bool = False
    merge_direction: str = merge_direction.DIAL_TONE_INTO_OLD
    preserved_folder: str | None = None
    by_hand: bool = False

    def direction(self, header: DatabaseHeader | None) -> str:
        """Which way the mail will be merged, by the header of the restored file; None while there is
        none to read."""
        repairs = header.repair_count if header else 0
        accept = self.accept_repaired
        return merge_direction.choose(self.merge_direction, repairs, accept_repaired=accept).value


@dataclass(frozen=True)
class Replay:
    """A soft recovery. folder: where the logs are. count: how many."""

    prefix: str
    folder: str
    count: int
    accept_loss: bool


@dataclass(frozen=True)
class Plan:
    """What restoring means here and now.

    swapped: where the restored .edb is in production, None before the swap. edb: the file to copy, None when it is
    collected. logs: by folder, to copy. replay: None when there is nothing to replay. header: of
    the .edb as it is now, None after the swap. proof_due: no test mount has happened yet.
    last_log_time: when the newest log to replay was begun.
    """

    request: Request
    found: RecoveryFolders
    swapped: str | None = None
    volumes: tuple[Volume, ...] = ()
    edb: File | None = None
    logs: t.Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    replay: Replay | None = None
    header: DatabaseHeader | None = None
    selection: Selection = field(default_factory=Selection)
    proof_due: bool = False
    last_log_time: str | None = None

    @property
    def is_done(self) -> bool:
        return self.edb is None and self.replay is None

    def before(self) -> list[str]:
        """The files in restored\\ as they are, for the diff."""
        return folders.lines(self.found.found["restored"])

    def after(self) -> list[str]:
        """The files in restored\\ as they will be, for the diff."""
        layout = self.request.layout
        names = {
            file.path.casefold(): file
            for file in self.found.files("restored")
            if not paths.is_inside(file.path, layout.restored_incoming)
        }
        arriving = [File(layout.restored_edb, self.edb.size)] if self.edb else []
        for logs in self.logs.values():
            arriving += [File(paths.join(layout.restored, log.name), log.size) for log in logs]
        names.update({file.path.casefold(): file for file in arriving})
        return folders.lines(Listing(layout.restored, tuple(names.values())))
