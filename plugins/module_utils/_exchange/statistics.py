# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a mounted database holds: Get-MailboxStatistics (exchange.md 8.1 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext


@dataclass(frozen=True)
class StoredMailbox:
    """A mailbox in the store of a mounted database.

    mailbox_guid: lower case; equals the directory's ExchangeGuid, or ArchiveGuid for an archive.
    items: visible items; associated_items: hidden ones; size, deleted_size: bytes.
    disconnect_reason: None, "Disabled" or "SoftDeleted".
    """

    mailbox_guid: str
    display_name: str
    items: int
    associated_items: int
    deleted_items: int
    size: int
    deleted_size: int
    is_archive: bool
    disconnect_reason: str | None
    last_logon: str | None

    @property
    def is_system(self) -> bool:
        """Whether it belongs to the database or to monitoring, not to a person or the organisation."""
        return self.display_name.startswith(("SystemMailbox{", "HealthMailbox"))


def of_database(context: OperationContext, database: str, *, about: str) -> list[StoredMailbox]:
    """Every mailbox in this mounted database, without a look-up in the directory.

    database: its GUID or name. about: what messages call it ("recovery database X").
    Raises the translated error when the database is not mounted.
    """
    raise NotImplementedError
