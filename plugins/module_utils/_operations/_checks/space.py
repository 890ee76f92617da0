# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of paths and room on the volumes, mount points included (exchange.md 1.2 and 13.4).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths, sizes
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.check import (
    Check,
    ok,
    stop,
    warn,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._operations._checks.facts import (
    Facts,
)

# What people write in the dial tone period, as a share of the database; mail of some days.
_GROWTH_SHARE = 20
_LEAST_GROWTH = 1 << 30


def root(facts: Facts) -> Check:
    """The recovery root must be on a volume that exists, best that of the failed files."""
    need = "a recovery root on the volume of the failed database"
    if facts.elsewhere:
        need = f"a recovery root on a data volume of {facts.server.name}"
    folder = facts.layout.root
    volume = facts.volume_of(folder)
    if volume is None:
        there = ", ".join(sorted(v.name for v in facts.volumes)) or "none"
        return stop(
            "recovery_root",
            f"{folder} is on no volume of {facts.server.name} (there are: {there})",
            need,
            "Give a recovery_root on a volume that exists, or bring the volume online.",
        )
    if facts.dial_tone is not None and facts.is_ours and not facts.comes_home:
        expected = facts.layout.dialtone_edb
        known = (expected, facts.layout.restored_edb)  # the latter after a swap by repoint
        if not any(paths.same(facts.dial_tone.edb_path, path) for path in known):
            return stop(
                "recovery_root",
                f"the dial tone database's file is {facts.dial_tone.edb_path}, not {expected}",
                "the recovery root of the run that began this recovery",
                "Give that recovery_root, or none: it is found by the dial tone database.",
            )
    if facts.elsewhere:
        room = sizes.format_size(volume.free)
        why = "as given" if facts.recovery_root_option else "the data volume with the most room"
        return ok("recovery_root", f"{folder} on {volume.name}, {why} ({room} free)", need)
    mine = facts.volume_of(facts.failed.edb_path)
    if mine is None and facts.before("dial_tone"):
        return warn(
            "recovery_root",
            f"the failed database's volume is gone ({facts.failed.edb_path}); root is {folder}",
            need,
            "Its files can't be preserved; what is in them is lost unless the volume comes back.",
        )
    if mine and mine.device_id != volume.device_id and facts.before("restored"):
        return warn(
            "recovery_root",
            f"{folder} is on {volume.name}, the failed database on {mine.name}",
            need,
            f"Preserving the failed files will be a copy, which takes time; a root on {mine.name}"
            " makes it a rename.",
        )
    return ok("recovery_root", f"{folder} on {volume.name}", need)


def space(facts: Facts) -> Check | None:
    """Room for the restored set, a preserved copy across volumes, and the dial tone's growth."""
    volume = facts.volume_of(facts.layout.root)
    if volume is None or not facts.before("swapped"):
        return None
    parts = needs(facts)
    need_bytes = sum(parts.values())
    detail = ", ".join(f"{name} {sizes.format_size(size)}" for name, size in parts.items())
    need = f"{sizes.format_size(need_bytes)} free on {volume.name} ({detail})"
    have = f"{sizes.format_size(volume.free)} free on {volume.name}"
    if volume.free < need_bytes:
        return stop(
            "space",
            have,
            need,
            f"Free {sizes.format_size(need_bytes - volume.free)} on {volume.name}, or give a"
            " recovery_root on a larger volume.",
        )
    return ok("space", have, need)


def needs(facts: Facts) -> dict[str, int]:
    """Bytes the recovery still needs on the volume of its root, by what for."""
    edb = facts.failed_file.size if facts.failed_file else facts.failed.size or 0
    parts: dict[str, int] = {}
    across = facts.volume_of(facts.failed.edb_path) != facts.volume_of(facts.layout.root)
    if across and not facts.elsewhere and facts.before("dial_tone"):
        parts["preserved files"] = edb + facts.failed_logs_bytes
    if facts.before("restored"):
        restored = folders.total(facts.restore.files) if facts.restore else edb
        there = folders.total(facts.folders.files("restored")) if facts.folders else 0
        parts["restored files"] = max(0, restored + facts.failed_logs_bytes - there)
    parts["dial tone"] = max(_LEAST_GROWTH, edb // _GROWTH_SHARE)
    return parts


ALL = (root, space)
