# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-Mailbox and Set-Mailbox (exchange.md 1.3, 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import (
    SPECIAL_KINDS,
    canonical_name,
    database,
    find_mailboxes,
    is_of_kind,
    mailboxes_of_kind,
    only,
    server,
)
from exchange_lab.cmdlets._mailbox_object import MailboxObjects
from exchange_lab.cmdlets._opath import compile_filter
from exchange_lab.directory import DATABASE, MAILBOX, DatabaseObject, MailboxObject, View
from exchange_lab.runspace import UNLIMITED, PSObj

_KIND_SWITCHES = (*SPECIAL_KINDS, "Archive", "RemoteArchive")
_ANR = ("name", "display_name", "alias", "primary_smtp_address", "sam_account_name")


# --- Get ----------------------------------------------------------------------------------------------------------
@exchange_cmdlet
def get_mailbox(call: Call) -> list[PSObj]:
    """Get-Mailbox: ordinary mailboxes, or those of the one kind a switch asks for; 1000 unless told."""
    kind = _kind_switch(call)
    call.pause()
    with call.organisation.lock:
        view = call.view(forest_search=not call.flag("ReadFromDomainController"))
        found = _selected(call, view, kind)
        objects = MailboxObjects(view)
        if call.text("Filter"):
            matches = compile_filter(str(call.text("Filter")))
            shown = [
                shown for shown, m in ((objects.make(m), m) for m in found)
                if matches(_filterable(view, shown, m))
            ]  # fmt: skip
        else:
            size = call.bound.get("ResultSize", 1000)
            most = len(found) if size is UNLIMITED else int(size) + 1
            shown = [objects.make(m) for m in found[:most]]
    sort_by = call.text("SortBy")
    if sort_by:
        shown.sort(key=lambda item: str(item.get(sort_by) or "").lower())
    shown = call.limited(shown)
    call.pause("Get-Mailbox per object", len(shown))
    return shown


def _filterable(view: View, shown: PSObj, item: MailboxObject) -> PSObj:
    """The mailbox as filters see it: links to databases are compared by distinguished name."""
    links = {"Database": item.database, "ArchiveDatabase": item.archive_database}
    found = {name: guid and view.get(DATABASE, guid) for name, guid in links.items()}
    names = {name: d.distinguished_name if d else None for name, d in found.items()}
    return PSObj(shown.types, {**shown.props, **names}, shown.notes)


def _kind_switch(call: Call) -> str | None:
    given = [name for name in _KIND_SWITCHES if call.flag(name)]
    if len(given) > 1:
        names = ", ".join(given)
        raise Refusal("ArgumentException", _texts.ONE_SWITCH.format(names=names), "InvalidArgument")
    return given[0] if given else None


def _selected(call: Call, view: View, kind: str | None) -> list[MailboxObject]:
    if kind == "RemoteArchive":
        return []
    identity = call.text("Identity")
    if call.parameter_set == "Identity" and identity is not None:
        found = mailboxes_of_kind(view, identity, kind)
    else:
        found = [m for m in _searched(call, view) if is_of_kind(m, kind)]
    details = call.bound.get("RecipientTypeDetails")
    if details:
        found = [m for m in found if m.recipient_type_details in details]
    unit = call.text("OrganizationalUnit")
    if unit:
        found = [m for m in found if m.organizational_unit.lower() == unit.lower()]
    return found


def _searched(call: Call, view: View) -> list[MailboxObject]:
    if call.parameter_set == "DatabaseSet" and call.text("Database"):
        wanted = database(view, str(call.text("Database")))
        return view.find(MAILBOX, database=wanted.guid)
    if call.parameter_set == "ServerSet" and call.text("Server"):
        host = server(view, str(call.text("Server")))
        there = {d.guid for d in view.find(DATABASE, server=host.name)}
        return [m for m in view.all(MAILBOX) if m.database in there]
    # no identity, or a null one: every object (exchange.md 0.9)
    return with_prefix(view.all(MAILBOX), call.text("Anr"))


def with_prefix(mailboxes: list[MailboxObject], anr: str | None) -> list[MailboxObject]:
    """Ambiguous name resolution: those with a name that begins so; all without a prefix."""
    prefix = (anr or "").lower()
    return [
        m for m in mailboxes if any(getattr(m, a).lower().startswith(prefix) for a in _ANR)
    ]  # fmt: skip


# --- Set ----------------------------------------------------------------------------------------------------------
def _size(value: Any) -> int | None:
    return None if value is UNLIMITED else int(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


_SETTABLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Alias": ("alias", _text),
    "ArchiveName": ("archive_name", lambda v: " ".join(v) if isinstance(v, list) else _text(v)),
    "DisplayName": ("display_name", _text),
    "EmailAddresses": ("email_addresses", tuple),
    "HiddenFromAddressListsEnabled": ("hidden_from_address_lists_enabled", bool),
    "IssueWarningQuota": ("issue_warning_quota", _size),
    "LitigationHoldEnabled": ("litigation_hold_enabled", bool),
    "Name": ("name", _text),
    "PrimarySmtpAddress": ("primary_smtp_address", _text),
    "ProhibitSendQuota": ("prohibit_send_quota", _size),
    "ProhibitSendReceiveQuota": ("prohibit_send_receive_quota", _size),
    "SamAccountName": ("sam_account_name", _text),
    "ThrottlingPolicy": ("throttling_policy", lambda v: v),
    "UseDatabaseQuotaDefaults": ("use_database_quota_defaults", bool),
    "UserPrincipalName": ("user_principal_name", _text),
}
_KINDS_TO_SET = ("Arbitration", "AuditLog", "AuxAuditLog", "Migration", "PublicFolder")
_HANDLED = {"Identity", "Database", "ArchiveDatabase", "Force", "Confirm", "WhatIf", "DomainController",
            "IgnoreDefaultScope", *_KINDS_TO_SET}  # fmt: skip
# A move in one of these states owns the mailbox's database attributes.
_MOVING = frozenset({"Queued", "InProgress", "AutoSuspended", "Suspended", "CompletionInProgress"})


@exchange_cmdlet
def set_mailbox(call: Call) -> None:
    """Set-Mailbox: directory only. `-Database` points the mailbox elsewhere and asks unless -Force."""
    unknown = [
        n for n in call.inv.spec.parameters if call.has(n) and n not in _SETTABLE.keys() | _HANDLED
    ]
    if unknown:
        what = f"Set-Mailbox -{unknown[0]}"
        raise Refusal(
            "NotSupportedException", _texts.NOT_SIMULATED.format(what=what), "NotImplemented"
        )
    with call.organisation.lock:
        item = _target(call)
        changes = _changes(call, item)
    identity = canonical_name(item)
    if not call.confirm(identity, "Setting mailbox"):
        return
    rehomes = bool({"database", "archive_database"} & changes.keys())
    if rehomes:
        _refuse_while_moving(item, identity)
        if not call.ask(_texts.REHOME_QUESTION.format(identity=identity)):
            return
    call.pause()
    with call.organisation.lock:
        dc = call.domain_controller()
        current = call.organisation.directory.read(dc).get(MAILBOX, item.guid)
        if current is None:
            raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=dc))
        changes = {
            name: value for name, value in changes.items() if getattr(current, name) != value
        }
        if changes:
            call.organisation.directory.write(dc, MAILBOX, item.guid, changes)
    if not changes:
        call.warn(_texts.NOTHING_MODIFIED.format(identity=identity))


def _target(call: Call) -> MailboxObject:
    """The mailbox, which without the switch of its kind isn't found."""
    kinds = [name for name in _KINDS_TO_SET if call.flag(name)]
    if len(kinds) > 1:
        names = ", ".join(kinds)
        raise Refusal("ArgumentException", _texts.ONE_SWITCH.format(names=names), "InvalidArgument")
    view = call.view()
    identity = str(call.text("Identity"))
    found = [m for m in find_mailboxes(view, identity) if _settable_with(m, kinds)]
    if not found:
        raise NotFound(_texts.OBJECT_NOT_FOUND.format(identity=identity, dc=view.domain_controller))
    target: MailboxObject = only(found, identity)
    return target


def _settable_with(item: MailboxObject, kinds: list[str]) -> bool:
    if not kinds and item.recipient_type_details == "GroupMailbox":
        return True  # as users (exchange.md 1.3)
    return is_of_kind(item, kinds[0] if kinds else None)


def _changes(call: Call, item: MailboxObject) -> dict[str, Any]:
    view = call.view()
    changes = {a: convert(call.bound[n]) for n, (a, convert) in _SETTABLE.items() if call.has(n)}
    for parameter, attribute in (("Database", "database"), ("ArchiveDatabase", "archive_database")):
        if not call.has(parameter):
            continue
        target = database(view, call.text(parameter) or "")
        _check_home(target)
        if parameter == "ArchiveDatabase" and not item.archive_guid:
            raise Refusal(
                "RecipientTaskException",
                _texts.NO_ARCHIVE.format(target=canonical_name(item)),
                "InvalidOperation",
            )
        if getattr(item, attribute) != target.guid:
            changes[attribute] = target.guid
    return changes


def _check_home(target: DatabaseObject) -> None:
    if target.recovery:
        raise Refusal(
            "RecipientTaskException",
            _texts.NOT_MAILBOX_DATABASE.format(name=target.name),
            "InvalidOperation",
        )


def _refuse_while_moving(item: MailboxObject, identity: str) -> None:
    if item.mailbox_move_status in _MOVING:
        text = _texts.MOVE_PENDING.format(identity=identity, status=item.mailbox_move_status)
        raise Refusal("RecipientTaskException", text, "InvalidOperation")
