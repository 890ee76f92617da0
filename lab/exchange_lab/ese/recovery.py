# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft recovery: replay a log stream into the databases it mentions."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from ..files import FileSystem


@dataclass
class Recovered:
    """Outcome: *warning* is 0 or a JET warning (585), *databases* the files brought to clean."""

    warning: int = 0
    databases: list[str] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)


def soft_recovery(
    fs: FileSystem, prefix: str, logs: str, system: str, database_folder: str | None, *,
    ignore_attachments: bool = False, accept_loss: bool = False, rename: dict[str, str] | None = None,
) -> Generator[float, None, Recovered]:
    """Replay, yielding the percentage after each log generation; returns `Recovered`.

    *database_folder* None means the paths recorded in the logs; *rename* maps recorded to actual
    paths. Nothing is written before the last generation has been read.
    Raises JetError: -1811 no logs, -528, -530, -532, -539, -531, -543, -551, -582, -1032, -1216 …
    """
    raise NotImplementedError
    yield 0.0
