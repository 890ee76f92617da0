# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of single mailboxes: what refuses, goes, comes, moves or is full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.directory import MAILBOX
from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault
from exchange_lab.mrs import RequestFailure


@fault("mailboxes", shows="an error of Set-Mailbox for this object alone", point="cmdlet", times=None)
def mailbox_refuses(hit: Hit) -> None:
    """The directory refuses a change of a mailbox: a broken attribute, or missing rights on the object."""
    raise Refusal(
        "ADOperationException",
        "Active Directory operation failed. This error is not retriable. Additional information: Insufficient "
        "access rights to perform the operation.",
        "NotSpecified",
    )


@fault("mailboxes", shows="'couldn't be found' for a mailbox that was listed a moment ago", point="call")
def mailbox_deleted(hit: Hit, *, mailbox: str) -> None:
    """Somebody deletes a user while a recovery works on him."""
    hit.lab.control.delete_mailbox(mailbox)


@fault("mailboxes", shows="a mailbox on the failed database that was not there at the look", point="call")
def mailbox_created(hit: Hit, *, mailbox: str, database: str) -> None:
    """Somebody creates a mailbox, or enables one, on a database that is being recovered."""
    hit.lab.control.add_mailbox(mailbox, database)


@fault("mailboxes", shows="a move request that holds the mailbox")
def mailbox_moves(hit: Hit, *, mailbox: str, target: str, status: str = "InProgress") -> Iterator[None]:
    """A move request that was begun earlier holds a mailbox."""
    control = hit.lab.control
    guid = control.add_move_request(mailbox, target, status)
    yield
    control.remove_move_request(guid)


@fault("mailboxes", shows="'LegacyDN' mismatch at the creation of a restore request")
def legacy_dn_changed(hit: Hit, *, mailbox: str, legacy_dn: str = "/o=Tiny/cn=New") -> Iterator[None]:
    """A mailbox was disabled and enabled again: it has another LegacyExchangeDN now."""
    organisation = hit.organisation
    owner = organisation.mailbox(mailbox)
    _write(hit, owner.guid, legacy_exchange_dn=legacy_dn)
    yield
    addresses = (*owner.email_addresses, f"X500:{owner.legacy_exchange_dn}")
    _write(hit, owner.guid, email_addresses=type(owner.email_addresses)(addresses))


@fault("mailboxes", shows="QuotaExceeded in a restore request")
def quota_reached(hit: Hit, *, mailbox: str, quota: int = 1) -> Iterator[None]:
    """A mailbox has no room for one more message."""
    owner = hit.organisation.mailbox(mailbox)
    _write(hit, owner.guid, use_database_quota_defaults=False, prohibit_send_receive_quota=quota)
    yield
    _write(
        hit, owner.guid, use_database_quota_defaults=owner.use_database_quota_defaults,
        prohibit_send_receive_quota=owner.prohibit_send_receive_quota,
    )  # fmt: skip


@fault("mailboxes", shows="items that a restore request can't read")
def bad_items(hit: Hit, *, mailbox: str, corrupt: int = 1, large: int = 0) -> Iterator[None]:
    """Some items of a mailbox can't be read, or are too large."""
    hit.lab.control.add_items(mailbox, corrupt=corrupt, large=large)
    yield


@fault("mailboxes", shows="MapiExceptionCorruptStore in a restore request", point="mrs", times=None)
def mailbox_corrupt(hit: Hit) -> None:
    """A mailbox can't be opened at all."""
    raise RequestFailure(
        "MapiExceptionCorruptStorePermanentException",
        "Source",
        "MapiExceptionCorruptStore: Unable to open message store. (hr=0x80040600, ec=-2147219968)",
    )


@fault("mailboxes", shows="LitigationHoldEnabled")
def held(hit: Hit, *, mailbox: str) -> Iterator[None]:
    """A mailbox is on litigation hold: what its user deletes must be kept."""
    owner = hit.organisation.mailbox(mailbox)
    _write(hit, owner.guid, litigation_hold_enabled=True)
    yield
    _write(hit, owner.guid, litigation_hold_enabled=False)


def _write(hit: Hit, guid: str, **changes: Any) -> None:
    organisation = hit.organisation
    with organisation.lock:
        organisation.directory.write(organisation.domain_controller, MAILBOX, guid, changes)
