# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own interface for tests and rehearsals: send mail, back up, break things, read everything.

`Control` works in the lab's process. `Client` has the same methods over HTTP (JSON, one POST per call, a token).
"""

from exchange_lab.control.area import ControlError
from exchange_lab.control.control import METHODS, Control
from exchange_lab.control.service import Client, ControlService, check_unused

__all__ = ["METHODS", "Client", "Control", "ControlError", "ControlService", "check_unused"]
