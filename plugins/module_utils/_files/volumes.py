# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""The server's volumes: which one a path is on, and how much room it has.

From Win32_Volume, which knows mount points and has no language (exchange.md 13.4).
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import PreconditionError
from ansible_collections.dialtone.exchange.plugins.module_utils._model import paths, sizes

# Exchange is always installed on a server whose Windows is there (inf. from setup's defaults); a
# database that fills it takes the server down.
SYSTEM_DRIVE = "C:\\"

PROPERTIES = ("DeviceID", "Name", "Label", "FileSystem", "Capacity", "FreeSpace", "BlockSize")


@dataclass(frozen=True)
class Volume:
    r"""A mounted volume. name: where it is mounted, with a closing backslash ("D:\",
    "D:\Mounts\V1\"). capacity, free, block_size: bytes."""

    device_id: str
    name: str
    label: str
    file_system: str
    capacity: int
    free: int
    block_size: int


def read(context: OperationContext) -> list[Volume]:
    """The volumes that have a path and a file system."""
    rows = context.transport.enumerate("Win32_Volume", PROPERTIES)
    return [
        Volume(
            device_id=row["DeviceID"] or "",
            name=row["Name"] or "",
            label=row["Label"] or "",
            file_system=row["FileSystem"] or "",
            capacity=int(row["Capacity"] or 0),
            free=int(row["FreeSpace"] or 0),
            block_size=int(row["BlockSize"] or 0),
        )
        for row in rows
        # A volume without a mount point has its device id for a name; it holds no path of ours.
        if row["Name"] and row["Name"][1:2] == ":" and row["FileSystem"]
    ]


def of_path(volumes: Sequence[Volume], path: str) -> Volume:
    """The volume with the deepest mount point above the path. Raises PreconditionError."""
    name = paths.volume_of(path, [volume.name for volume in volumes])
    found = next((volume for volume in volumes if volume.name == name), None)
    if found is None:
        there = ", ".join(sorted(volume.name for volume in volumes)) or "none"
        raise PreconditionError(
            f"{path} is on no volume of the server; its volumes are: {there}.",
            object=path,
            remedy="Correct the path, or bring the volume online.",
        )
    return found


def roomiest(volumes: Sequence[Volume]) -> Volume | None:
    """The volume with the most free space, other than the system drive; None without one."""
    data = [volume for volume in volumes if volume.name.casefold() != SYSTEM_DRIVE.casefold()]
    return max(data, key=lambda volume: (volume.free, volume.name), default=None)


def same(volumes: Sequence[Volume], one: str, other: str) -> bool:
    """Whether a rename between the two paths is possible: same volume, whatever the letters say."""
    return of_path(volumes, one).device_id == of_path(volumes, other).device_id


def require_space(volumes: Sequence[Volume], folder: str, need: int, what: str) -> None:
    """Raise PreconditionError unless the folder's volume has room for `need` bytes of `what`."""
    volume = of_path(volumes, folder)
    if volume.free < need:
        raise PreconditionError(
            f"{volume.name} has {sizes.format_size(volume.free)} free; {what} needs"
            f" {sizes.format_size(need)} in {folder}.",
            object=volume.name,
            code="NoSpace",
            remedy=f"Free {sizes.format_size(need - volume.free)} on {volume.name}, or choose a"
            " recovery_root on another volume.",
        )
