# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module mailbox_restore_request."""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._operations import (
    mailbox_restore_request,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._action import ExchangeAction


class ActionModule(ExchangeAction):
    OPERATION = mailbox_restore_request.run
    ARGUMENT_SPEC = mailbox_restore_request.ARGUMENT_SPEC
