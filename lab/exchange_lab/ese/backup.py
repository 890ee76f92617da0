# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a mounted database, as a shadow copy takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .engine import Instance


@dataclass
class BackupSet:
    """Files of one backup; *low* to *high* is what its database needs to become clean."""

    edb: str
    low: int
    high: int
    files: list[str] = field(default_factory=list)


def snapshot_backup(
    instance: Instance, target_dir: str, *, truncate: bool = False, with_current_log: bool = True
) -> BackupSet:
    """Copy the mounted database and the logs it needs into *target_dir* (on the same server).

    The copy is dirty by nature. Updates Previous Full Backup of the live database.
    """
    raise NotImplementedError
