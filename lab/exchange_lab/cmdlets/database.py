# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mount-Database and Dismount-Database, and the texts of refused mounts (exchange.md 6.2)."""

from __future__ import annotations

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import Refusal, Unreachable
from exchange_lab.cmdlets._identity import database
from exchange_lab.directory import DATABASE, DatabaseObject
from exchange_lab.store import StoreError

# Outer exception of a refused mount where the store's code isn't a plain database error.
_EXCEPTIONS = {
    "NotFoundInDirectory": "MapiExceptionNotFound",
    "WrongServer": "MapiExceptionNotFound",
}
_REPLICATION_DOWN = (
    "An error occurred while communicating with the Microsoft Exchange Replication service on server "
    "'{server}': error 0x6ba (The RPC server is unavailable)."
)
# Engine codes with an exception of their own.
_JET_EXCEPTIONS = {-1216: "MapiExceptionJetErrorAttachedDatabaseMismatch"}


@exchange_cmdlet
def mount_database(call: Call) -> None:
    """Mount-Database."""
    with call.organisation.lock:
        item = database(call.view(), str(call.text("Identity")))
    if not call.confirm(item.name, "Mounting database"):
        return
    call.pause()
    try:
        _mount(call, item, force=call.flag("Force"))
    except StoreError as refused:
        if refused.kind != "FileMissingWouldCreate":
            raise mount_refusal(call, item, refused) from None
        asks = call.switch("empty_database_question")
        if not asks or not call.ask(_texts.EMPTY_DATABASE_QUESTION.format(name=item.name)):
            raise Refusal(
                "InvalidOperationException",
                _texts.CONTINUE_REFUSED.format(name=item.name),
                "InvalidOperation",
            ) from None
        try:
            _mount(call, item, force=True)
        except StoreError as again:
            raise mount_refusal(call, item, again) from None


def _check_reachable(call: Call, item: DatabaseObject) -> None:
    """The replication service of the database's server does the work; it must answer."""
    if not call.organisation.server(item.server).alive:
        reason = _REPLICATION_DOWN.format(server=item.server)
        raise Unreachable(
            _texts.ACTIVE_MANAGER_FAILED.format(name=item.name, server=item.server, reason=reason)
        )


def _mount(call: Call, item: DatabaseObject, force: bool) -> None:
    with call.organisation.lock:
        _check_reachable(call, item)
        current = call.view().get(DATABASE, item.guid) or item
        store = call.organisation.server(item.server).store
        store.mount(
            current,
            force=force,
            accept_loss=call.flag("AcceptDataLoss"),
        )


@exchange_cmdlet
def dismount_database(call: Call) -> None:
    """Dismount-Database."""
    with call.organisation.lock:
        item = database(call.view(), str(call.text("Identity")))
    if not call.confirm(item.name, "Dismounting database"):
        return
    call.pause()
    with call.organisation.lock:
        _check_reachable(call, item)
        try:
            call.organisation.server(item.server).store.dismount(item.guid)
        except StoreError as refused:
            text = (
                _texts.ALREADY_DISMOUNTED.format(name=item.name, server=item.server)
                if refused.kind == "NotMounted"
                else str(refused)
            )
            raise Refusal("InvalidOperationException", text, "InvalidOperation") from None


def mount_refusal(call: Call, item: DatabaseObject, refused: StoreError) -> Refusal:
    """How a refused mount looks to the caller."""
    if refused.kind == "AlreadyMounted":
        reason = _texts.ALREADY_MOUNTED.format(name=item.name, server=item.server)
    elif refused.kind == "ServicesDown" and "repl" in refused.detail.lower():
        reason = _REPLICATION_DOWN.format(server=item.server)
    else:
        return Refusal(
            "InvalidOperationException", _mount_text(call, item, refused), "InvalidOperation"
        )
    text = _texts.ACTIVE_MANAGER_FAILED.format(name=item.name, server=item.server, reason=reason)
    return Refusal("InvalidOperationException", text, "InvalidOperation")


def _mount_text(call: Call, item: DatabaseObject, refused: StoreError) -> str:
    """The two-level text: the outer code is 1108, and the engine's own code hides in a diagnostic line."""
    exception = _EXCEPTIONS.get(refused.kind, "MapiExceptionDatabaseError")
    if refused.kind in ("SecondRecoveryDatabase", "TooManyMounted"):
        exception = call.switch("second_recovery_database_error")
    if refused.jet is not None:
        exception = _JET_EXCEPTIONS.get(refused.jet, exception)
    if refused.kind == "ServicesDown":
        exception = "MapiExceptionNetworkError"
    inner = refused.ec if refused.jet is None else refused.jet
    return _texts.MOUNT_FAILED.format(
        name=item.name,
        server=item.server,
        exception=exception,
        hr=f"0x{refused.hr & 0xFFFFFFFF:x}",
        ec=refused.ec,
        store_ec=f"0x{refused.ec & 0xFFFFFFFF:X}",
        remote=f"    Lid: 34760   StoreEc: 0x{inner & 0xFFFFFFFF:X}\n",
    )
