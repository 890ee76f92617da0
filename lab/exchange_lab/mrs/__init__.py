# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mailbox Replication Service: restore requests, their queue, and the merge itself (exchange.md section 8)."""

from __future__ import annotations

from exchange_lab.mrs.merge import Merge, MergeOptions
from exchange_lab.mrs.request import RestoreRequest
from exchange_lab.mrs.service import SERVICE, ReplicationService, RequestFailure

__all__ = ["SERVICE", "Merge", "MergeOptions", "ReplicationService", "RequestFailure", "RestoreRequest"]
