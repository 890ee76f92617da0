# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Time spans as .NET prints them, and durations for people.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d+)\.)?(?P<hours>\d+):(?P<minutes>\d+)(?::(?P<seconds>\d+)"
    r"(?:\.(?P<fraction>\d{1,7}))?)?"
)


def parse_timespan(text: str | None) -> timedelta | None:
    """An EnhancedTimeSpan such as "30.00:00:00" or "00:05:30.5000000".

    None for an unset value and for "Unlimited". Raises ValueError for anything else.
    """
    if text is None or not text.strip() or text.strip().lower() == "unlimited":
        return None
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a time span as Exchange prints it.")
    try:
        span = timedelta(
            days=int(match["days"] or 0),
            hours=int(match["hours"]),
            minutes=int(match["minutes"]),
            seconds=int(match["seconds"] or 0),
            microseconds=int((match["fraction"] or "0").ljust(7, "0")) // 10,
        )
    except (OverflowError, ValueError) as error:  # more digits than any span has
        raise ValueError(f"{text!r} is not a time span as Exchange prints it.") from error
    return -span if match["sign"] else span


def format_timespan(span: timedelta) -> str:
    """As .NET prints it: "30.00:00:00", the days only where there are some; whole seconds."""
    total = int(span.total_seconds())
    sign, total = ("-", -total) if total < 0 else ("", total)
    days, rest = divmod(total, 86400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{sign}{days}.{clock}" if days else f"{sign}{clock}"
