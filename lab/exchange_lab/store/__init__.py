# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The information store: mounted databases, mailboxes, messages, quotas, permissions."""

from __future__ import annotations

from exchange_lab.store.database import MountedDatabase
from exchange_lab.store.errors import DatabaseFailed, QuotaExceeded, StoreError
from exchange_lab.store.information_store import InformationStore, StoreEvent
from exchange_lab.store.mailbox import MailboxRow, StoredMailbox
from exchange_lab.store.messages import Message

__all__ = [
    "DatabaseFailed",
    "InformationStore",
    "MailboxRow",
    "Message",
    "MountedDatabase",
    "QuotaExceeded",
    "StoreError",
    "StoreEvent",
    "StoredMailbox",
]
