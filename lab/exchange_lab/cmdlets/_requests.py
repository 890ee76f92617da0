# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore requests as the cmdlets see them: found by identity, shown with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call
from exchange_lab.cmdlets._errors import NotFound
from exchange_lab.cmdlets._identity import canonical_name, find_mailboxes, is_guid
from exchange_lab.directory import MAILBOX, View
from exchange_lab.mrs.request import FINISHED

if TYPE_CHECKING:
    from exchange_lab.mrs import RestoreRequest


def find_requests(call: Call, view: View, identity: str) -> list[RestoreRequest]:
    """The requests an Identity means: the RequestGuid, or `<mailbox>\\<name>`."""
    requests: dict[str, Any] = call.organisation.mrs.requests
    text = identity.strip("{}").lower()
    if is_guid(text):
        known = requests.get(text)
        return [known] if known else []
    mailbox, separator, name = identity.rpartition("\\")
    if not separator:
        return []
    owners = {m.guid for m in find_mailboxes(view, mailbox)}
    return [r for r in requests.values() if r.target in owners and r.name.lower() == name.lower()]


def the_request(call: Call, view: View) -> RestoreRequest:
    """The one request -Identity means."""
    identity = str(call.text("Identity"))
    found = find_requests(call, view, identity)
    if not found:
        raise NotFound(_texts.REQUEST_NOT_FOUND.format(identity=identity))
    return found[0]


def target_name(view: View, request: RestoreRequest) -> str:
    """The target as its id prints, its GUID when it is gone."""
    owner = view.get(MAILBOX, request.target)
    return canonical_name(owner) if owner else request.target


def request_identity(view: View, request: RestoreRequest) -> str:
    """`contoso.lab/Users/Ann\\MailboxRestore`."""
    return f"{target_name(view, request)}\\{request.name}"


def shown_status(call: Call, request: RestoreRequest) -> str:
    """The status as this build spells it (exchange.md 8.3)."""
    plural = call.switch("completed_with_warnings_plural") and request.status == FINISHED[1]
    return f"{request.status}s" if plural else request.status


def shown_detail(call: Call, request: RestoreRequest) -> str:
    """StatusDetail; of a finished request its status."""
    return shown_status(call, request) if request.status in FINISHED else request.detail
