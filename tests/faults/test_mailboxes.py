# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of single mailboxes: what refuses, goes, comes, moves or is full."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ExchangeError
from cases import DIAL_TONE, MERGE, RESTORE, STOPPED, SWAP, UNTOUCHED, WARNED, Scene, case, declared
from stages import Stages

PERSON = "Anna Albers"


def guid(scene: Scene) -> str:
    return str(scene.desk.lab.organisation.mailbox(PERSON).guid)


@case("mailbox_refuses", stage=DIAL_TONE, outcome=STOPPED, reads="Insufficient access rights")
def test_one_refuses(scene: Scene) -> None:
    """a mailbox that is to be pointed at the dial tone database; the others go on"""
    scene.inject("mailbox_refuses", name="Set-Mailbox", arguments=f"*{guid(scene)}*")


@case("mailbox_deleted", stage=DIAL_TONE, outcome=WARNED, reads="was deleted meanwhile")
def test_one_is_deleted(scene: Scene) -> None:
    """a mailbox, just before it is pointed at the dial tone database"""
    scene.inject(
        "mailbox_deleted", name="Set-Mailbox", arguments=f"*{guid(scene)}*", mailbox=PERSON
    )


@case("mailbox_created", stage=DIAL_TONE, outcome=STOPPED, reads="still on DB01")
def test_one_is_created(scene: Scene) -> None:
    """a mailbox on the failed database, while the others are pointed at the dial tone database"""
    scene.inject("mailbox_created", name="Set-Mailbox", mailbox="Late Comer", database="DB01")


@case("mailbox_moves", stage=DIAL_TONE, outcome=WARNED, reads=f"1 stay on DB01, since a move request holds them: {PERSON}")
def test_one_is_being_moved(scene: Scene) -> Any:
    """a move request holds a mailbox: it stays, with the reason, and comes with the next run"""
    scene.inject("mailbox_moves", mailbox=PERSON, target="DB02")
    yield
    owner = scene.desk.lab.organisation.mailbox(PERSON)
    assert owner.database == scene.desk.lab.organisation.database("DB01").guid


@case("legacy_dn_changed", stage=MERGE, outcome=STOPPED, reads="Add the old LegacyExchangeDN to its addresses as X500")
def test_one_has_another_legacy_dn(scene: Scene) -> None:
    """a mailbox that was disabled and enabled in the dial tone period"""
    scene.inject("legacy_dn_changed", mailbox=PERSON)


@case("quota_reached", stage=MERGE, outcome=STOPPED, reads="Raise the quota of the target mailbox")
def test_one_is_full(scene: Scene) -> None:
    """a mailbox that has no room for what is merged"""
    scene.inject("quota_reached", mailbox=PERSON)


@case("mailbox_corrupt", stage=MERGE, outcome=STOPPED, reads="New-MailboxRepairRequest")
def test_one_is_corrupt(scene: Scene) -> None:
    """a mailbox that can't be opened; the others are merged"""
    scene.inject("mailbox_corrupt", mailbox=PERSON)


@declared("bad_items", outcome=STOPPED, reads="11 items or more can't be read, 10 are allowed")
def test_too_many_items_cannot_be_read(open_stages: Callable[..., Stages]) -> str:
    """more unreadable items in a mailbox than may be left out: with a larger bad_item_limit each one is listed"""
    scene = with_items(open_stages, corrupt=12)
    with pytest.raises(ExchangeError, match="same command") as caught:
        scene.stages.run(MERGE)
    assert scene.users_can_work()
    arguments = {**scene.stages.merge_arguments(), "bad_item_limit": 20}
    scene.stages.merge_arguments = lambda: arguments  # type: ignore[method-assign]
    end(scene, 12)
    return str(caught.value)


@declared("bad_items", outcome=WARNED, reads="resuming it with bad_item_limit 10")
def test_some_items_cannot_be_read(open_stages: Callable[..., Stages]) -> str:
    """unreadable and too large items in a mailbox: each one is listed"""
    scene = with_items(open_stages, corrupt=2, large=1)
    end(scene, 3)
    assert scene.read().count(f'"mailbox": "{PERSON}"') == 3
    return scene.read()


@declared("held", outcome=UNTOUCHED, reads="")
def test_one_is_on_hold(open_stages: Callable[..., Stages]) -> str:
    """a mailbox on hold, whose user deletes in the dial tone period: what he deleted is kept"""
    scene = Scene(open_stages())
    scene.inject("held", mailbox=PERSON)
    scene.stages.run(DIAL_TONE)
    organisation = scene.desk.lab.organisation
    owner = organisation.mailbox(PERSON)
    scene.control.drain()
    with organisation.lock:
        stored = organisation.reach(owner.guid).logon(owner.exchange_guid, owner)
        gone = next(m for m in stored.messages.values() if not m.associated)
        stored.update(gone.id, folder="Recoverable Items")
        organisation.audit.deleted(gone.message_id, owner.guid)
    end(scene, 0)
    return scene.read()


def with_items(open_stages: Callable[..., Stages], **items: int) -> Scene:
    """A recovery before its merge, with such items in a mailbox of the dial tone period."""
    scene = Scene(open_stages())
    scene.stages.run(DIAL_TONE)
    scene.control.drain()
    scene.inject("bad_items", mailbox=PERSON, **items)
    for stage in (RESTORE, SWAP):
        scene.stages.run(stage)
    return scene


def end(scene: Scene, skipped: int) -> None:
    """The recovery comes to its end; so many items are in the ledger as skipped, and nothing else is missing."""
    for stage in (RESTORE, SWAP):
        if stage not in scene.stages.done:
            scene.stages.run(stage)
    scene.again(MERGE)
    scene.stages.finish()
    rows = json.loads(Path(scene.stages.ledger).read_text("utf-8"))["rows"]
    assert sum(row["items_skipped"] for row in rows) == skipped
    audit = scene.control.audit()
    names = ("lost", "doubled", "bounced", "unreachable", "held_lost", "queued")
    assert {name: audit[name] for name in names if audit[name]} == {}
    assert len(audit["unreadable_lost"]) == skipped and audit["found"] > 0
