# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module connection_info."""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import connection_info
from ansible_collections.dialtone.exchange.plugins.plugin_utils._action import ExchangeAction


class ActionModule(ExchangeAction):
    OPERATION = connection_info.run
    ARGUMENT_SPEC = connection_info.ARGUMENT_SPEC
    UNREACHED = connection_info.unreached
