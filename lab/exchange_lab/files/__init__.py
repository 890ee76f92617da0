# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of a server: Windows paths in, real small files underneath."""

from __future__ import annotations

from .errors import FileError
from .filesystem import Entry, FileSystem, Lock
from .space import Reservation
from .volumes import Volume

__all__ = ["Entry", "FileError", "FileSystem", "Lock", "Reservation", "Volume"]
