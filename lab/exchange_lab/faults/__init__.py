# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can break, and when: an engine, and a catalogue with one file per family of faults."""

from exchange_lab.faults.engine import Engine, FaultError, Hit, Injection, Interrupted
from exchange_lab.faults.fault import POINTS, Fault, fault

__all__ = ["POINTS", "Engine", "Fault", "FaultError", "Hit", "Injection", "Interrupted", "fault"]
