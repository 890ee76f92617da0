# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which logs a replay needs, which there are, and which are missing (exchange.md 5.1 and 5.3).

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection, Iterable
from dataclasses import dataclass

DEFAULT_PREFIX: t.Final = "E00"


def log_name(prefix: str, generation: int) -> str:
    """The file name of a closed log: E0000000FB5.log is generation 4021 of E00."""
    return f"{prefix}{generation:08X}.log"


def generation_of(prefix: str, name: str) -> int | None:
    """The generation in a closed log's file name; None for every other name."""
    match = re.fullmatch(rf"{re.escape(prefix)}([0-9A-Fa-f]{{8}})\.log", name, re.IGNORECASE)
    return int(match[1], 16) if match else None


def is_current(prefix: str, name: str) -> bool:
    """Whether it is the log that was being written (E00.log)."""
    return name.casefold() == f"{prefix}.log".casefold()


def checkpoint_name(prefix: str) -> str:
    """The checkpoint file of a stream."""
    return f"{prefix}.chk"


def belongs_to_stream(prefix: str, name: str) -> bool:
    """Whether a file is part of a database's logs: logs, the next log, checkpoint, reserved logs."""
    p = re.escape(prefix)
    return bool(
        re.fullmatch(
            rf"{p}([0-9A-F]{{8}})?\.log|{p}tmp\.log|{p}\.chk|{p}res[0-9A-F]{{5}}\.jrs",
            name,
            re.IGNORECASE,
        )
    )


Range = tuple[int, int]  # first and last generation, both included


def describe(found: Iterable[Range], prefix: str | None = None) -> str:
    """Ranges for people: "4021-4033 (0xFB5-0xFC1), 4036 (0xFC4)".

    prefix: adds the names of the files, as one looks for them in a folder.
    """
    parts = []
    for first, last in found:
        numbers = f"{first}-{last}" if last > first else f"{first}"
        detail = f"0x{first:X}-0x{last:X}" if last > first else f"0x{first:X}"
        if prefix:
            detail = log_name(prefix, first)
            detail += f" to {log_name(prefix, last)}" if last > first else ""
        parts.append(f"{numbers} ({detail})")
    return ", ".join(parts)


def ranges(generations: Iterable[int]) -> list[Range]:
    """Consecutive generations as (first, last), in order."""
    found: list[Range] = []
    for generation in sorted(set(generations)):
        if found and found[-1][1] == generation - 1:
            found[-1] = (found[-1][0], generation)
        else:
            found.append((generation, generation))
    return found


def gaps(generations: Iterable[int], first: int, last: int) -> list[Range]:
    """What is missing between first and last, both included."""
    found: list[Range] = []
    expected = first
    for low, high in ranges(g for g in generations if first <= g <= last):
        if low > expected:
            found.append((expected, low - 1))
        expected = high + 1
    if expected <= last:
        found.append((expected, last))
    return found


@dataclass(frozen=True)
class LogSource:
    """The logs in a folder. closed: generations with a numbered file. current: the generation of
    E00.log by its own header, None when there is no E00.log."""

    folder: str
    closed: Collection[int] = ()
    current: int | None = None

    @property
    def newest(self) -> int | None:
        """The newest generation here, None when there is no log at all."""
        return max([*self.closed, *([] if self.current is None else [self.current])], default=None)


@dataclass(frozen=True)
class PickedLog:
    """A log to take: from this folder, under this name."""

    folder: str
    name: str
    generation: int


@dataclass(frozen=True)
class Selection:
    """The logs for a replay.

    logs: to take, from the oldest to the newest, without a gap. needed_missing: missing generations
    that the .edb can not do without. absent: missing ones after those. lost: the generations that
    can not be replayed, since they, or one before them, are missing; the mail in them would be
    lost. current_missing: the stream ends in a closed log, so the one being written is gone.
    """

    logs: tuple[PickedLog, ...] = ()
    needed_missing: tuple[Range, ...] = ()
    absent: tuple[Range, ...] = ()
    lost: Range | None = None
    current_missing: bool = False

    @property
    def is_lossy(self) -> bool:
        """Whether a replay of these logs loses mail that was accepted."""
        return self.lost is not None or self.current_missing


def select(
    prefix: str,
    required: Range,
    committed: int,
    sources: Iterable[LogSource],
) -> Selection:
    """The logs from required[0] to the newest one, each from the first source that has it.

    required: the first and last generation the .edb demands; (generation of the last consistent
    state, 0) of a clean .edb, which demands none. committed: see DatabaseHeader.

    An E00.log counts by its own generation, and only if it is the newest log of all: an older one
    (from a snapshot) was not full yet, and its generation is complete only under its number.
    """
    first, last_required = required
    have: dict[int, PickedLog] = {}
    currents: list[PickedLog] = []
    for source in sources:
        for generation in source.closed:
            have.setdefault(
                generation, PickedLog(source.folder, log_name(prefix, generation), generation)
            )
        if source.current is not None:
            currents.append(PickedLog(source.folder, f"{prefix}.log", source.current))
    current = max(currents, key=lambda log: log.generation, default=None)
    if current is not None and current.generation > max(have, default=0):
        have[current.generation] = current
    else:
        current = None
    if not last_required and first not in have:
        # A clean .edb needs its last generation only for what was written to it afterwards.
        first += 1
    newest = max(have, default=0)
    end = max(newest, last_required, committed)
    missing = gaps(have, first, end)
    stop = missing[0][0] if missing else end + 1
    return Selection(
        logs=tuple(have[g] for g in range(first, stop)),
        needed_missing=tuple(gaps(have, first, last_required)),
        absent=tuple(gaps(have, max(first, last_required + 1), end)),
        lost=(stop, end) if missing else None,
        current_missing=current is None and newest >= first and not missing,
    )
