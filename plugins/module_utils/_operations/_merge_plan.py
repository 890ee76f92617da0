# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who has something to merge: what a recovery database holds, paired with the directory by GUID.

Pure. Names play no part: display names repeat, and a wrong pairing of mailbox and archive would pass
Exchange's own check, since both carry the same legacy DN (exchange.md 8.1).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.restore_requests import (
    PRIORITIES,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.statistics import (
    StoredMailbox,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.ledger import LedgerRow


@dataclass(frozen=True)
class Target:
    """A mailbox of the directory as the target of a merge: a primary, or the archive of one."""

    mailbox: Mailbox
    archive: bool

    @property
    def store_guid(self) -> str:
        """Its GUID in any store."""
        return (self.mailbox.archive_guid or "") if self.archive else self.mailbox.exchange_guid

    @property
    def title(self) -> str:
        """How results and messages call it."""
        return (
            f"{self.mailbox.display_name} (archive)" if self.archive else self.mailbox.display_name
        )

    def ledger_row(self, from_database: str, to_database: str) -> LedgerRow:
        """A row for a mailbox that the ledger doesn't know, as when a colleague rehomed by hand."""
        return LedgerRow(
            exchange_guid=self.store_guid,
            guid=self.mailbox.guid,
            dn=self.mailbox.distinguished_name,
            legacy_dn=self.mailbox.legacy_exchange_dn or "",
            kind="Archive" if self.archive else self.mailbox.recipient_type_details,
            display_name=self.mailbox.display_name,
            from_database=from_database,
            to_database=to_database,
        )


@dataclass(frozen=True)
class Pair:
    """A target, what the recovery database holds for it, and when its turn is."""

    target: Target
    stored: StoredMailbox
    priority: str = "Normal"

    def due(self, *, with_hidden: bool) -> int:
        """How many items are to be copied."""
        stored = self.stored
        return stored.items + stored.deleted_items + (stored.associated_items * with_hidden)

    def left_behind(self, *, with_hidden: bool) -> int:
        """How many hidden items (rules, views, forms) are not to be copied."""
        return 0 if with_hidden else self.stored.associated_items


@dataclass(frozen=True)
class MergePlan:
    """pairs: have data, in the order of creation. nothing: in the directory, without data in the
    recovery database. unknown: data of mailboxes that the directory doesn't know any more."""

    pairs: list[Pair] = field(default_factory=list)
    nothing: list[Target] = field(default_factory=list)
    unknown: list[StoredMailbox] = field(default_factory=list)

    def by_guid(self) -> dict[str, Pair]:
        return {pair.stored.mailbox_guid: pair for pair in self.pairs}


def targets(mailboxes: Iterable[Mailbox], archive_owners: Iterable[Mailbox]) -> list[Target]:
    """Primaries of `mailboxes` and archives of `archive_owners`, each once."""
    found: dict[str, Target] = {}
    for target in [
        *(Target(mailbox, False) for mailbox in mailboxes),
        *(Target(mailbox, True) for mailbox in archive_owners),
    ]:
        if target.store_guid:
            found.setdefault(target.store_guid, target)
    return list(found.values())


def make(
    stored: Sequence[StoredMailbox],
    known: Sequence[Target],
    *,
    with_hidden: bool,
    priorities: Mapping[str, str] | None = None,
) -> MergePlan:
    """Pair by GUID. with_hidden: hidden items count as data too, since they are to be copied.

    priorities: address, alias or GUID of a mailbox -> priority of its request.
    """
    wanted = {key.casefold(): value for key, value in (priorities or {}).items()}
    by_guid = {target.store_guid: target for target in known}
    pairs: list[Pair] = []
    unknown: list[StoredMailbox] = []
    for mailbox in stored:
        target = by_guid.get(mailbox.mailbox_guid)
        if target is None:
            if not mailbox.is_system:
                unknown.append(mailbox)
            continue
        pair = Pair(target, mailbox, _priority(target.mailbox, wanted))
        if pair.due(with_hidden=with_hidden):
            pairs.append(pair)
    # Important ones first, then small ones: so most people have everything back soonest.
    pairs.sort(key=lambda p: (-PRIORITIES.index(p.priority), p.target.archive, p.stored.size))
    having = {pair.stored.mailbox_guid for pair in pairs}
    nothing = [target for target in known if target.store_guid not in having]
    return MergePlan(pairs, nothing, unknown)


def _priority(mailbox: Mailbox, wanted: Mapping[str, str]) -> str:
    for key in (mailbox.primary_smtp_address, mailbox.alias, mailbox.guid, mailbox.exchange_guid):
        if key and key.casefold() in wanted:
            return wanted[key.casefold()]
    return "Normal"
