# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the control interface works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange_lab.store import MountedDatabase

if TYPE_CHECKING:
    from exchange_lab.lab import Lab
    from exchange_lab.organisation import Organisation

# What a mark means for the messages that are accepted from then on.
_PERIODS = {"failure": "during", "end": "after"}


class ControlError(Exception):
    """The lab could not do what it was told; the message says why."""


class Area:
    """A part of the control interface. Arguments and results of its methods are JSON-able."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @property
    def _organisation(self) -> Organisation:
        return self._lab.organisation

    def _mounted(self, name: str) -> MountedDatabase:
        mounted = self._organisation.mounted(self._organisation.database(name).guid)
        if mounted is None:
            raise ControlError(f"{name} is not mounted")
        return mounted

    def _mark(self, name: str) -> None:
        with self._organisation.lock:
            self._organisation.timeline.mark(name)
            self._organisation.audit.period = _PERIODS.get(name, self._organisation.audit.period)
