# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairing what a recovery database holds with the directory."""

from __future__ import annotations

import random

from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.mailboxes import Mailbox
from ansible_collections.dialtone.exchange.plugins.module_utils._exchange.statistics import (
    StoredMailbox,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import _merge_plan


def mailbox(name: str, **changes: str) -> Mailbox:
    return Mailbox(
        **{
            "guid": f"ad-{name}",
            "exchange_guid": f"mb-{name}",
            "distinguished_name": f"CN={name}",
            "display_name": name,
            "alias": name.lower(),
            "primary_smtp_address": f"{name.lower()}@contoso.lab",
            "kind": "user",
            "recipient_type_details": "UserMailbox",
            "database": "DB01-DT",
            **changes,
        }  # type: ignore[arg-type]
    )


def stored(guid: str, items: int = 3, **changes: object) -> StoredMailbox:
    return StoredMailbox(
        **{
            "mailbox_guid": guid,
            "display_name": guid,
            "items": items,
            "associated_items": 0,
            "deleted_items": 0,
            "size": items * 1000,
            "deleted_size": 0,
            "is_archive": False,
            "disconnect_reason": None,
            "last_logon": None,
            **changes,
        }  # type: ignore[arg-type]
    )


def test_primary_and_archive_are_paired_by_guid_never_by_name() -> None:
    ann = mailbox("Ann", archive_guid="ar-Ann")
    twin = mailbox("Ann2")
    known = _merge_plan.targets([ann, twin], [ann])
    plan = _merge_plan.make(
        [stored("ar-Ann", display_name="Ann"), stored("mb-Ann2", display_name="Ann")],
        known,
        with_hidden=False,
    )
    assert sorted((p.target.mailbox.guid, p.target.archive) for p in plan.pairs) == [
        ("ad-Ann", True),
        ("ad-Ann2", False),
    ]
    assert [target.title for target in plan.nothing] == ["Ann"]


def test_an_archive_is_a_target_only_where_it_lives_here() -> None:
    ann = mailbox("Ann", archive_guid="ar-Ann", archive_database="DB02")
    plan = _merge_plan.make([stored("ar-Ann")], _merge_plan.targets([ann], []), with_hidden=False)
    assert not plan.pairs
    assert [m.mailbox_guid for m in plan.unknown] == ["ar-Ann"]


def test_who_got_nothing_needs_no_request() -> None:
    known = _merge_plan.targets([mailbox("Empty"), mailbox("Never"), mailbox("Hidden")], [])
    have = [stored("mb-Empty", 0), stored("mb-Hidden", 0, associated_items=4)]
    plan = _merge_plan.make(have, known, with_hidden=False)
    assert [target.title for target in plan.nothing] == ["Empty", "Never", "Hidden"]
    plan = _merge_plan.make(have, known, with_hidden=True)
    assert [pair.target.title for pair in plan.pairs] == ["Hidden"]


def test_deleted_items_are_mail_too() -> None:
    known = _merge_plan.targets([mailbox("Ann")], [])
    plan = _merge_plan.make([stored("mb-Ann", 0, deleted_items=1)], known, with_hidden=False)
    assert len(plan.pairs) == 1


def test_system_mailboxes_are_ignored_and_deleted_users_reported() -> None:
    plan = _merge_plan.make(
        [
            stored("s", display_name="SystemMailbox{11111111-2222}"),
            stored("h", display_name="HealthMailbox-MBX1-001"),
            stored("gone", display_name="Left The Company"),
        ],
        [],
        with_hidden=False,
    )
    assert not plan.pairs
    assert [m.display_name for m in plan.unknown] == ["Left The Company"]


def test_an_arbitration_mailbox_is_merged_though_its_name_looks_like_the_systems() -> None:
    name = "SystemMailbox{1f05a927-89c0}"
    known = _merge_plan.targets([mailbox("Approval", kind="arbitration")], [])
    plan = _merge_plan.make([stored("mb-Approval", display_name=name)], known, with_hidden=False)
    assert len(plan.pairs) == 1


def test_important_ones_first_then_small_ones() -> None:
    names = ["A", "B", "C", "D"]
    known = _merge_plan.targets([mailbox(name) for name in names], [])
    have = [stored("mb-A", 9), stored("mb-B", 5), stored("mb-C", 7), stored("mb-D", 1)]
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    random.Random(seed).shuffle(have)
    plan = _merge_plan.make(
        have, known, with_hidden=False, priorities={"C@contoso.lab": "High", "ad-A": "Emergency"}
    )
    assert [(p.target.title, p.priority) for p in plan.pairs] == [
        ("A", "Emergency"),
        ("C", "High"),
        ("D", "Normal"),
        ("B", "Normal"),
    ]
