# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a mounted database holds: Get-MailboxStatistics (exchange.md 8.1 and 12).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange import _calls
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    identifiers,
    sizes,
)

_PROPERTIES = (
    "MailboxGuid",
    "DisplayName",
    "ItemCount",
    "AssociatedItemCount",
    "DeletedItemCount",
    "TotalItemSize",
    "TotalDeletedItemSize",
    "IsArchiveMailbox",
    "DisconnectReason",
    "LastLogonTime",
)


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
    rows = _calls.read(
        context,
        "Get-MailboxStatistics",
        {"Database": database, "NoADLookup": True, "DomainController": context.domain_controller},
        _PROPERTIES,
        about=about,
        timeout=3600,
    )
    with _calls.reading(context, "Get-MailboxStatistics", about):
        return [_stored(row) for row in rows]


def _stored(row: dict[str, t.Any]) -> StoredMailbox:
    return StoredMailbox(
        mailbox_guid=identifiers.parse_guid(_calls.text(row["MailboxGuid"])) or "",
        display_name=str(row.get("DisplayName") or ""),
        items=_calls.number(row.get("ItemCount")),
        associated_items=_calls.number(row.get("AssociatedItemCount")),
        deleted_items=_calls.number(row.get("DeletedItemCount")),
        size=sizes.parse_size(_calls.text(row.get("TotalItemSize"))) or 0,
        deleted_size=sizes.parse_size(_calls.text(row.get("TotalDeletedItemSize"))) or 0,
        is_archive=bool(row.get("IsArchiveMailbox")),
        disconnect_reason=_calls.text(row.get("DisconnectReason")),
        last_logon=_calls.text(row.get("LastLogonTime")),
    )
