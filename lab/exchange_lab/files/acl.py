# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists, as far as moving and mounting files can trip over them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

SYSTEM = "NT AUTHORITY\\SYSTEM"
ROOT_ENTRIES = (
    f"{SYSTEM}:(OI)(CI)(F)",
    "BUILTIN\\Administrators:(OI)(CI)(F)",
    "BUILTIN\\Users:(OI)(CI)(RX)",
)
_ENTRY = re.compile(r"(?P<who>.+?):(?P<flags>(?:\((?:I|OI|CI|IO|NP|DENY)\))*)\((?P<rights>[^)]*)\)")
_WRITING = {"F", "M"}


def split_entry(entry: str) -> tuple[str, set[str], str]:
    """("NT AUTHORITY\\SYSTEM", {"OI", "CI"}, "F") of an entry as icacls prints it."""
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError(f"not an access control entry: {entry!r}")
    return match["who"], set(re.findall(r"\((\w+)\)", match["flags"])), match["rights"]


class AccessLists:
    """Entries by folded path; what a path does not say it inherits from the folder above."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._own: dict[str, tuple[list[str], bool]] = {}  # entries, inheritance is cut off
        if file.exists():
            self._own = {key: (e, cut) for key, (e, cut) in json.loads(file.read_text()).items()}

    def entries(self, key: str, is_dir: bool) -> list[str]:
        own, cut = self._own.get(key, ([], False))
        if cut:
            return list(own)
        above, sep, _name = key.rpartition("\\")
        if not sep:
            return [*own, *ROOT_ENTRIES]
        return [*own, *_handed_down(self.entries(above, True), is_dir)]

    def set(self, key: str, entries: Sequence[str] | None) -> None:
        """Replace the entries; a list without any inherited one "(I)" cuts inheritance off."""
        if entries is None:
            self._own.pop(key, None)
        else:
            flags = [split_entry(entry)[1] for entry in entries]
            own = [e for e, f in zip(entries, flags, strict=True) if "I" not in f]
            self._own[key] = (own, not any("I" in f for f in flags))
        self._save()

    def freeze(self, key: str, entries: list[str]) -> None:
        """Keep exactly these: a file moved inside its volume takes its list along."""
        self._own[key] = (entries, True)
        self._save()

    def move(self, source: str, target: str) -> None:
        moved = {
            target + key[len(source) :]: self._own.pop(key)
            for key in [k for k in self._own if k == source or k.startswith(source + "\\")]
        }
        if moved:
            self._own.update(moved)
            self._save()

    def forget(self, key: str) -> None:
        gone = [k for k in self._own if k == key or k.startswith(key + "\\")]
        for k in gone:
            del self._own[k]
        if gone:
            self._save()

    def may_write(self, key: str, is_dir: bool, account: str) -> bool:
        allowed = False
        for entry in self.entries(key, is_dir):
            who, flags, rights = split_entry(entry)
            if who.upper() != account.upper() or "IO" in flags:
                continue
            if "DENY" in flags or rights == "N":
                return False
            allowed = allowed or not _WRITING.isdisjoint(rights.split(","))
        return allowed

    def _save(self) -> None:
        self._file.write_text(json.dumps(self._own))


def _handed_down(entries: list[str], is_dir: bool) -> list[str]:
    handed = []
    for entry in entries:
        who, flags, rights = split_entry(entry)
        if ("CI" if is_dir else "OI") not in flags:
            continue
        deny = "(DENY)" if "DENY" in flags else ""
        keep = "".join(f"({f})" for f in ("OI", "CI") if f in flags) if is_dir else ""
        handed.append(f"{who}:(I){keep}{deny}({rights})")
    return handed
