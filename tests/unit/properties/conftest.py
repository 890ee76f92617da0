# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long hypothesis searches. A failure prints the line that repeats it.

DIALTONE_EXAMPLES=5000 searches longer than a run of all tests may.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "dialtone",
    max_examples=int(os.environ.get("DIALTONE_EXAMPLES", "100")),
    deadline=None,  # the machine may be busy
    print_blob=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("dialtone")
