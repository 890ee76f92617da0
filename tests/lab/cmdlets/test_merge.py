# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The merge rules on their own (exchange.md 8.2, 8.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange_lab.mrs import Merge, MergeOptions
from exchange_lab.store import Message, StoredMailbox
from exchange_lab.store.mailbox import MailboxRow

EARLY, MIDDLE, LATE = (f"2026-11-2{n}T08:00:00.000+00:00" for n in (1, 2, 3))


def box(*items: Message) -> StoredMailbox:
    mailbox = StoredMailbox(MailboxRow("g"), lambda *_put: None, lambda _key: None)
    for item in items:
        mailbox.add(item)
    return mailbox


def mail(key: str, **values: Any) -> Message:
    return Message(**{"id": key, "message_id": key, "subject": key, "modified": MIDDLE, **values})


def run(
    source: StoredMailbox, target: StoredMailbox, skips_changed: bool = True, **options: Any
) -> int:
    merge = Merge(source, target, MergeOptions(**options), skips_changed)
    return sum(merge.copy(item) for item in merge.items())


@pytest.mark.strictness
@pytest.mark.parametrize(
    "option", ["KeepSourceItem", "KeepLatestItem", "UpdateFromSource", "KeepTargetItem"]
)
def test_nothing_is_copied_twice(option: str) -> None:
    source, target = box(mail("a"), mail("b")), box(mail("c"))
    assert run(source, target, conflict=option) == 2
    assert run(source, target, conflict=option) == 0
    assert sorted(m.message_id for m in target.messages.values()) == ["a", "b", "c"]


def test_the_copy_of_a_copy_is_recognised() -> None:
    first, second = box(mail("a")), box()
    run(first, second)
    assert run(second, first) == 0


def test_the_same_item_in_both_copies_of_a_mailbox_is_recognised() -> None:
    assert run(box(mail("a")), box(mail("a"))) == 0


@pytest.mark.parametrize(
    ("option", "changes"),
    [("KeepLatestItem", True), ("KeepSourceItem", True), ("KeepTargetItem", False)],
)
def test_a_newer_source_replaces_the_content(option: str, changes: bool) -> None:
    target = box(mail("a", modified=EARLY, subject="old"))
    source = box(mail("a", modified=LATE, subject="new"))
    assert run(source, target, conflict=option) == int(changes)
    assert [m.subject for m in target.messages.values()] == ["new" if changes else "old"]


@pytest.mark.parametrize("skips", [True, False])
def test_what_the_user_changed_meanwhile(skips: bool) -> None:
    source, target = box(mail("a")), box()
    run(source, target)
    copied = next(iter(target.messages.values()))
    target.add(replace(copied, modified=LATE, read=True))
    assert run(source, target, skips) == (0 if skips else 1)
    assert len(target.messages) == (1 if skips else 2)


@pytest.mark.strictness
def test_hidden_items() -> None:
    rule = mail("rule", associated=True, item_class="IPM.Rule")
    source = box(rule)
    for option, copies in (("Copy", 3), ("MapByMessageClass", 1), ("DoNotCopy", 1)):
        target = box(replace(rule, id="own"))
        for _again in range(2):
            run(source, target, associated=option)
        assert len(target.messages) == copies, option


@pytest.mark.strictness
def test_folders() -> None:
    source = box(mail("a"), mail("b", folder="Inbox/Sub"), mail("c", folder="Sent Items"),
                 mail("d", folder="Recoverable Items"))  # fmt: skip
    for options, expected in (
        ({}, "abcd"),
        ({"exclude_dumpster": True}, "abc"),
        ({"include_folders": ("#Inbox#",)}, "a"),
        ({"include_folders": ("#Inbox#/*",)}, "ab"),
        ({"exclude_folders": ("Inbox/*",)}, "cd"),
        ({"source_root": "Inbox"}, "ab"),
    ):
        target = box()
        run(source, target, **options)
        assert sorted(m.message_id for m in target.messages.values()) == list(expected), options


def test_a_root_folder_in_the_target() -> None:
    target = box()
    run(box(mail("a")), target, target_root="Restored")
    assert [m.folder for m in target.messages.values()] == ["Restored/Inbox"]
