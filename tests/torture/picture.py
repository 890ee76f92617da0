# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of an organisation: every object and every file, without what differs from run to run."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from exchange_lab.directory import DATABASE, MAILBOX
from exchange_lab.lab import Lab

_RUN_ID = re.compile(r"\d{8}-\d{6}")
# E00.log, E0000000FA0.log, E00.chk, E00tmp.log, E00res00001.jrs: how many there are depends on the mail
_LOG_FILE = re.compile(r"\\E[0-9A-F]{2}(?:[0-9A-F]{8}|tmp|res\d+)?\.(log|chk|jrs)$", re.IGNORECASE)
_UNLIKE = frozenset(
    ("guid", "exchange_legacy_dn", "log_file_prefix", "distinguished_name", "mailbox_move_status")
)  # fmt: skip


def take(lab: Lab) -> dict[str, str]:
    """What there is -> what it is like."""
    organisation = lab.organisation
    picture: dict[str, str] = {}
    with organisation.lock:
        view = organisation.view()
        databases = {d.guid: d.name for d in view.all(DATABASE)}
        for database in view.all(DATABASE):
            picture[f"database {database.name}"] = "recovery" if database.recovery else ""
            for name, value in dataclasses.asdict(database).items():
                if name not in _UNLIKE and not name.startswith("when_"):
                    picture[f"{name} of {database.name}"] = str(value)
            mounted = organisation.mounted(database.guid) is not None
            picture[f"mounted of {database.name}"] = str(mounted)
        for owner in view.all(MAILBOX):
            homes = databases.get(owner.database), databases.get(owner.archive_database or "")
            picture[f"mailbox {owner.name}"] = str(homes)
        for request in organisation.mrs.requests.values():
            picture[f"restore request {request.name} of {request.batch_name}"] = request.status
        for server in organisation.servers.values():
            if server.alive:
                _add_files(picture, server)
    return {_plain(name): _plain(like) for name, like in picture.items()}


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """One line for each thing that is missing, too much or different."""
    lines = [f"missing: {name}" for name in expected.keys() - found.keys()]
    lines += [f"left over: {name}" for name in found.keys() - expected.keys()]
    lines += [
        f"different: {name}: {found[name]} instead of {like}"
        for name, like in expected.items()
        if name in found and found[name] != like
    ]
    return sorted(lines)


def _add_files(picture: dict[str, str], server: Any) -> None:
    folders = [volume.name.rstrip("\\") for volume in server.fs.volumes]
    while folders:
        folder = folders.pop()
        for entry in server.fs.listdir(f"{folder}\\"):
            path = f"{folder}\\{entry.name}"
            picture[f"file {server.name} {path}"] = "folder" if entry.is_dir else "file"
            if entry.is_dir and not entry.is_mount_point:
                folders.append(path)


def _plain(text: str) -> str:
    return _LOG_FILE.sub(r"\\E??.\1", _RUN_ID.sub("<run>", text))
