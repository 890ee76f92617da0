# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can break: importing this fills the catalogue. One module per family."""

from exchange_lab.faults import controller, database, directory, files, mailboxes, mrs, session
from exchange_lab.faults.fault import CATALOGUE

__all__ = [
    "CATALOGUE", "controller", "database", "directory", "files", "mailboxes", "mrs", "session",
]  # fmt: skip
