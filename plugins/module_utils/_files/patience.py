# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How long to wait for a file that another program holds.

That may be a scanner, a backup, or the program of a run that was killed: the server ends that one
after `_transport/_programs.py:IDLE_TIMEOUT`. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

PAUSE = 10.0  # seconds between two tries
TRIES = 31  # five minutes
TRIES_IN_OUTAGE = 10  # users have no database meanwhile
