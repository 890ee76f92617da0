# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One item of a mailbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

RECOVERABLE = "Recoverable Items"  # its content is the dumpster: Deletions, Versions, Purges


@dataclass(frozen=True)
class Message:
    """An item. `id` is its key in the mailbox; `message_id` says which message it is a copy of.

    A message delivered by transport has ``id == message_id``. A copy made by a merge has a new `id`, the same
    `message_id`, and the source's `id` as `source_key`: so two copies of one message are seen as such.
    Times are ISO text (UTC), `size` is in bytes.
    """

    id: str  # noqa: A003
    message_id: str
    folder: str = "Inbox"
    subject: str = ""
    size: int = 50_000
    received: str = ""
    modified: str = ""
    sender: str = ""
    item_class: str = "IPM.Note"
    read: bool = False
    associated: bool = False  # hidden: rules, views, forms, settings
    corrupt: bool = False  # can't be read by a merge: a bad item
    large: bool = False  # above the size a merge takes: a large item
    source_key: str = ""
    global_id: str = ""  # clean global id of a calendar item: the same for all its versions

    def to_json(self) -> dict[str, Any]:
        """As it lies in the database: without what is default."""
        return {k: v for k, v in asdict(self).items() if v != _DEFAULTS.get(k)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Message:
        """The inverse of `to_json`."""
        return cls(**value)


_DEFAULTS: dict[str, Any] = {
    name: field.default
    for name, field in Message.__dataclass_fields__.items()
    if name not in ("id", "message_id")
}
