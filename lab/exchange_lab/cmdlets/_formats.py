# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Exchange prints values: sizes and time spans (exchange.md section 12)."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))


def size_text(size: int) -> str:
    """5368709120 -> "5 GB (5,368,709,120 bytes)": at most four digits, in the largest unit that fits."""
    unit, factor = next(((u, f) for u, f in _UNITS if size >= f), ("B", 1))
    return f"{_four_digits(size / factor)} {unit} ({size:,} bytes)"


def _four_digits(value: float) -> str:
    """1.5 -> "1.5", 1.99951 -> "2", 512.0 -> "512", 1023.25 -> "1023"."""
    whole = len(str(int(value)))
    text = f"{value:.{max(0, 4 - whole)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unlimited_size_text(size: int | None) -> str:
    """None stands for Unlimited."""
    return "Unlimited" if size is None else size_text(size)


def span_text(span: timedelta) -> str:
    """The .NET form: "30.00:00:00", "00:00:41.5000000"."""
    days, rest = divmod(int(span.total_seconds()), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{days}." if days else ""
    text += f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return text + (f".{span.microseconds * 10:07d}" if span.microseconds else "")
