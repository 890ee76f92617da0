# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging one mailbox into another, item by item (exchange.md 8.2, 8.5).

An item the target has already is recognised by the key of its source, so a repeated merge skips it. Hidden
(associated) items are not: the option Copy makes another copy at each run. Folder permissions are never merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from exchange_lab.store import Message, StoredMailbox
from exchange_lab.store.messages import RECOVERABLE

CONTENT = ("folder", "subject", "size", "received", "modified", "sender", "item_class", "read")


@dataclass(frozen=True)
class MergeOptions:
    """What the request says about items. Folders are written as in -IncludeFolders: "Inbox", "#Inbox#", "Inbox/*"."""

    conflict: str = "KeepSourceItem"
    associated: str = "Copy"
    exclude_dumpster: bool = False
    include_folders: tuple[str, ...] = ()
    exclude_folders: tuple[str, ...] = ()
    source_root: str = ""
    target_root: str = ""


class Merge:
    """One merge.

    skips_changed: a later merge leaves alone what the user has changed in the target. one_per_id: a calendar item whose
    clean global id the target has already is the same item (15.10).
    """

    def __init__(
        self,
        source: StoredMailbox,
        target: StoredMailbox,
        options: MergeOptions,
        skips_changed: bool = True,
        one_per_id: bool = False,
    ) -> None:
        self.source, self.target, self.options = source, target, options
        self._skips_changed, self._one_per_id = skips_changed, one_per_id
        self._known: dict[str, Message] = {}
        for item in target.messages.values():
            self._known[item.id] = item
            if item.source_key:
                self._known[item.source_key] = item
        self._meetings = {m.global_id: m for m in target.messages.values() if m.global_id}

    def items(self) -> list[Message]:
        """The source's items that are in the request's scope, in order of folder and time."""
        found = [m for m in self.source.messages.values() if self._in_scope(m)]
        return sorted(found, key=lambda m: (m.folder, m.received, m.id))

    def extra_bytes(self, item: Message) -> int:
        """How much the target would grow."""
        return item.size if self._action(item) == "copy" and not item.associated else 0

    def copy(self, item: Message) -> bool:
        """Bring one item over; False when it needn't be. The caller has dealt with bad and large ones."""
        action = self._action(item)
        if action == "skip":
            return False
        if item.associated and self.options.associated == "MapByMessageClass":
            self._remove_same_class(item)
        folder = self._folder(item)
        if action == "overwrite":
            old = self._same(item)
            assert old is not None
            changes = {name: getattr(item, name) for name in CONTENT}
            self._remember(item, self.target.update(old.id, **{**changes, "folder": folder}))
        else:
            self._remember(item, self.target.copy_in(item, folder=folder))
        return True

    def _action(self, item: Message) -> str:
        options = self.options
        if item.associated:
            return "skip" if options.associated == "DoNotCopy" else "copy"
        known = self._same(item)
        if known is None or options.conflict in ("KeepAll", "ForceCopy"):
            return "copy"
        if options.conflict == "KeepTargetItem" or known.modified == item.modified:
            return "skip"
        if known.modified < item.modified:
            return "overwrite"
        return "skip" if self._skips_changed else "copy"

    def _same(self, item: Message) -> Message | None:
        """The target's item that this one is a copy of."""
        known = self._known.get(_key(item))
        if known is None and self._one_per_id and item.global_id:
            known = self._meetings.get(item.global_id)
        return known

    def _in_scope(self, item: Message) -> bool:
        options = self.options
        if item.folder == RECOVERABLE and options.exclude_dumpster:
            return False
        if options.source_root and not _under(item.folder, options.source_root):
            return False
        if options.include_folders and not _matches(item.folder, options.include_folders):
            return False
        return not _matches(item.folder, options.exclude_folders)

    def _folder(self, item: Message) -> str:
        root = self.options.target_root
        return f"{root}/{item.folder}" if root else item.folder

    def _remove_same_class(self, item: Message) -> None:
        folder = self._folder(item)
        for other in list(self.target.messages.values()):
            if other.associated and (other.item_class, other.folder) == (item.item_class, folder):
                self.target.remove(other.id)

    def _remember(self, item: Message, copied: Message) -> None:
        self._known[_key(item)] = copied
        if copied.global_id:
            self._meetings[copied.global_id] = copied


def _key(item: Message) -> str:
    return item.source_key or item.id


def _plain(folder: Any) -> str:
    return str(folder).replace("#", "").replace("\\", "/").strip("/").lower()


def _under(folder: str, root: str) -> bool:
    name, above = _plain(folder), _plain(root)
    return name == above or name.startswith(f"{above}/")


def _matches(folder: str, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        plain = _plain(pattern)
        if plain.endswith("/*"):
            if _under(folder, plain[:-2]):
                return True
        elif _plain(folder) == plain:
            return True
    return False
