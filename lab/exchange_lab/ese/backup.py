# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a mounted database, as a shadow copy takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..files.paths import basename, join
from .engine import Instance
from .errors import file_errors
from .header import BackupInfo
from .logs import LogFolder, checkpoint_name, current_name, position


@dataclass
class BackupSet:
    """Files of one backup; *low* to *high* is what its database needs to become clean."""

    edb: str
    low: int
    high: int
    files: list[str] = field(default_factory=list)
    truncated: list[str] = field(default_factory=list)


def snapshot_backup(
    instance: Instance, target_dir: str, *, truncate: bool = False, with_current_log: bool = True
) -> BackupSet:
    """Copy the mounted database and the logs it needs into *target_dir* (on the same server).

    As with VSS the log is rolled, then everything is copied as it is at one instant: the copy of
    the database is dirty, and lies beside closed logs, checkpoint and (*with_current_log*) a
    nearly empty current log. Afterwards the live database has its Previous Full Backup; *truncate*
    deletes the logs that neither it nor this backup needs. Raises JetError: -1808 when the target
    is full, then what was copied stays there.
    """
    fs = instance.fs
    with instance.lock, fs.lock:
        instance.roll()
        low = instance.header.log_required[0]
        high = instance.generation - 1
        low = min(low, high)
        folder = LogFolder.look(fs, instance.log_folder, instance.prefix)
        done = BackupSet(join(target_dir, basename(instance.edb)), low, high)
        with file_errors():
            if not fs.is_dir(target_dir):
                fs.mkdir(target_dir)
            fs.write_bytes(done.edb, instance.read_edb())
            done.files.append(done.edb)
            for generation, path in folder.closed.items():
                if generation >= low:
                    done.files.append(join(target_dir, basename(path)))
                    fs.copy(path, done.files[-1])
            if with_current_log:
                done.files.append(join(target_dir, current_name(instance.prefix)))
                fs.write_bytes(done.files[-1], instance.read_current_log())
            checkpoint = checkpoint_name(instance.prefix)
            done.files.append(join(target_dir, checkpoint))
            fs.copy(folder.path(checkpoint), done.files[-1])
        instance.update_header(
            previous_full_backup=BackupInfo(
                low, high, position(high + 1, 512), instance.clock.now(), "OSSnapshot"
            )
        )
        if truncate:
            done.truncated = instance.truncate(low)
        return done
