# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what the gates came to, from nox's report, as Markdown: python tests/gates/table.py FOLDER"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    """A line for each gate: name, version of its tool, seconds, result."""
    folder = Path(sys.argv[1])
    sessions = json.loads((folder / "report.json").read_text("utf-8"))["sessions"]
    rows = [("Gate", "Tool", "Seconds", "Result")]
    for session in sessions:
        name = session["signatures"][0] if session["signatures"] else session["name"]
        noted = folder / "versions" / f"{name}.txt"
        rows.append(
            (
                name,
                noted.read_text("utf-8") if noted.is_file() else "",
                f"{session['duration'] or 0:.0f}",
                " ".join(filter(None, (session["result"], session["reason"]))),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, ("---",) * 4)
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(cells)} |")
    # nox skips a gate without its Python only if it was told to
    return 0 if all(session["result"] in ("success", "skipped") for session in sessions) else 1


if __name__ == "__main__":
    sys.exit(main())
