# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole control interface."""

from __future__ import annotations

from exchange_lab.control.damage import Damage
from exchange_lab.control.files import Files
from exchange_lab.control.looking import Looking
from exchange_lab.control.mail import TimeAndMail
from exchange_lab.control.scene import Scene


class Control(Looking, TimeAndMail, Damage, Files, Scene):
    """Everything a test may do to the organisation. Arguments and results are JSON-able.

    Databases, servers and mailboxes are named; times in results are ISO text, durations simulated seconds.
    """


METHODS = frozenset(name for name in dir(Control) if not name.startswith("_"))
