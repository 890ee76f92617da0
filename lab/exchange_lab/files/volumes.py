# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes: what a drive letter or a mount point leads to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Volume:
    """One volume as Win32_Volume shows it.

    *name* is where it is mounted: "D:\\" or, for a mount point, "D:\\Mounts\\V1\\" (the folder is
    made when the file system starts). Sizes in bytes.
    """

    name: str
    capacity: int
    label: str = ""
    block_size: int = 65536
    file_system: str = "NTFS"
    device_id: str = field(default_factory=lambda: f"\\\\?\\Volume{{{uuid.uuid4()}}}\\")

    @property
    def drive_letter(self) -> str | None:
        """ "D:" for a volume with a letter, None for one that has only a mount point."""
        return self.name[:2] if len(self.name) == 3 else None
