# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module dial_tone_database."""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    dial_tone_database,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._action import ExchangeAction


class ActionModule(ExchangeAction):
    OPERATION = dial_tone_database.run
    ARGUMENT_SPEC = dial_tone_database.ARGUMENT_SPEC
    CONSTRAINTS = dial_tone_database.CONSTRAINTS
