# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs dialtone.exchange.database_files in the worker; the module file documents it."""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import database_files
from ansible_collections.dialtone.exchange.plugins.plugin_utils._action import ExchangeAction


class ActionModule(ExchangeAction):
    """database_files."""

    OPERATION = database_files.run
    ARGUMENT_SPEC = database_files.ARGUMENT_SPEC
