# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move-ActiveMailboxDatabase: activate a passive copy (exchange.md section 9)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from exchange_lab.cmdlets import _texts
from exchange_lab.cmdlets._call import Call, exchange_cmdlet
from exchange_lab.cmdlets._errors import NotFound, Refusal
from exchange_lab.cmdlets._identity import database, server
from exchange_lab.cmdlets._objects import CONFIGURABLE
from exchange_lab.cmdlets.database import mount_refusal
from exchange_lab.cmdlets.mailbox_database_copy_status import copy_status
from exchange_lab.directory import DATABASE, DatabaseCopy, DatabaseObject
from exchange_lab.replication import CopyRefused
from exchange_lab.runspace import Int64, PSObj
from exchange_lab.store import StoreError

_TYPES = (
    "Microsoft.Exchange.Management.SystemConfigurationTasks.DatabaseMoveResult",
    *CONFIGURABLE,
)
_ALLOWED_LOSS = {
    "None": None,
    "Lossless": 0,
    "GoodAvailability": 6,
    "BestAvailability": 12,
    "BestEffort": 1 << 31,
}
_COPY_QUEUE, _REPLAY_QUEUE = 10, 50  # most logs of a copy that is activated without SkipLagChecks
_LOOK_BACK = timedelta(hours=12)
_USABLE = ("Healthy", "DisconnectedAndHealthy", "SeedingSource")


@exchange_cmdlet
def move_active_mailbox_database(call: Call) -> list[PSObj]:
    """Move-ActiveMailboxDatabase."""
    with call.organisation.lock:
        view = call.view()
        if call.parameter_set == "Server":
            host = server(view, str(call.text("Server")))
            items = [d for d in view.find(DATABASE, server=host.name) if d.copies]
        else:
            items = [database(view, str(call.text("Identity")))]
    shown = []
    for item in items:
        try:
            shown += _move(call, item)
        except Refusal as refused:
            if len(items) == 1:
                raise
            call.refuse(refused, item.name)
    return shown


def _move(call: Call, item: DatabaseObject) -> list[PSObj]:
    with call.organisation.lock:
        target = _target(call, item)
        _check(call, item, target)
    if not call.confirm(item.name, f"Moving mailbox database to server '{target.server}'"):
        return []
    call.pause()
    organisation = call.organisation
    with organisation.lock:
        _check(call, item, target)
        mounted = organisation.find_mounted(item.guid)
        if mounted is not None:
            mounted[0].store.dismount(item.guid)
        try:
            lost = organisation.replication.lost_logs(item, target.server)
            _check_loss(call, item, target, lost)
            organisation.replication.activate(item, target.server, call.domain_controller())
            if mounted is None:
                _ask_safety_net(call, item)
        except (Refusal, CopyRefused, StoreError) as refused:
            if mounted is not None:  # back to where it was
                mounted[0].store.mount(item, view=call.view())
            if isinstance(refused, StoreError):
                raise mount_refusal(call, item, refused) from None
            if isinstance(refused, CopyRefused):
                raise _refusal(item, target, str(refused)) from None
            raise
    return [_result(item, target, lost, mounted is not None)]


def _ask_safety_net(call: Call, item: DatabaseObject) -> None:
    """What the lost end of the log held is delivered again, as the Active Manager asks after a failure."""
    end = call.organisation.clock.now()
    for host in call.organisation.servers.values():
        if host.alive:
            host.transport.resubmit_delivered(uuid.UUID(item.guid), end - _LOOK_BACK, end)


def _target(call: Call, item: DatabaseObject) -> DatabaseCopy:
    """The copy that is meant: the one on that server, or the best one."""
    passive = [c for c in item.copies if c.server.lower() != item.server.lower()]
    if not passive:
        raise _refused(_texts.NO_OTHER_COPY.format(name=item.name))
    wanted = call.text("ActivateOnServer")
    if wanted:
        host = server(call.view(), wanted)
        if host.name.lower() == item.server.lower():
            raise _refused(_texts.ALREADY_ACTIVE.format(name=item.name, server=host.name))
        for copy in passive:
            if copy.server.lower() == host.name.lower():
                return copy
        text = _texts.COPY_NOT_FOUND.format(name=item.name, server=host.name)
        raise NotFound(text)
    healthy = [c for c in passive if copy_status(call.organisation, item, c).status in _USABLE]
    return min(healthy or passive, key=lambda c: c.activation_preference)


def _check(call: Call, item: DatabaseObject, target: DatabaseCopy) -> None:
    state = copy_status(call.organisation, item, target)
    everything = call.parameter_set == "SkipAllChecks"
    if state.status in ("ServiceDown", "Initializing"):
        raise _refusal(
            item, target, _texts.COPY_STATE.format(status=state.status, error=state.error)
        )
    if everything:
        return
    if state.status not in _USABLE and not call.flag("SkipHealthChecks"):
        raise _refusal(
            item, target, _texts.COPY_STATE.format(status=state.status, error=state.error)
        )
    if state.activation_suspended:
        raise _refusal(item, target, _texts.ACTIVATION_SUSPENDED)
    if not call.flag("SkipLagChecks") and (
        state.copy_queue > _COPY_QUEUE or state.replay_queue > _REPLAY_QUEUE
    ):
        text = _texts.COPY_LAGS.format(copy=state.copy_queue, replay=state.replay_queue)
        raise _refusal(item, target, text)


def _check_loss(call: Call, item: DatabaseObject, target: DatabaseCopy, lost: int) -> None:
    name = call.text("MountDialOverride") or "Lossless"
    known = {dial.lower(): dial for dial in _ALLOWED_LOSS}
    if name.lower() not in known:
        text = _texts.INVALID_VALUE.format(value=name, parameter="MountDialOverride")
        raise Refusal("ArgumentException", text, "InvalidArgument")
    allowed = _ALLOWED_LOSS[known[name.lower()]]
    if allowed is None:  # no override: what the target server says
        host = server(call.view(), target.server)
        allowed = _ALLOWED_LOSS[host.auto_database_mount_dial] or 0
    if lost > allowed:
        raise _refusal(item, target, _texts.COPY_LOSS.format(lost=lost, allowed=allowed))


def _refusal(item: DatabaseObject, target: DatabaseCopy, reason: str) -> Refusal:
    return _refused(_texts.MOVE_FAILED.format(name=item.name, server=target.server, reason=reason))


def _refused(text: str) -> Refusal:
    return Refusal("InvalidOperationException", text, "InvalidOperation")


def _result(item: DatabaseObject, target: DatabaseCopy, lost: int, mounted: bool) -> PSObj:
    properties: dict[str, Any] = {
        "Identity": item.name,
        "ActiveServerAtStart": item.server.lower(),
        "ActiveServerAtEnd": target.server.lower(),
        "Status": "Succeeded",
        "NumberOfLogsLost": Int64(lost),
        "RecoveryPointObjective": None,
        "MountStatusAtMoveStart": "Mounted" if mounted else "Dismounted",
        "MountStatusAtMoveEnd": "Mounted",
        "ErrorMessage": "",
        "IsValid": True,
        "ObjectState": "New",
    }
    return PSObj(_TYPES, properties, to_string=item.name)
