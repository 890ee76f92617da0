# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/faults.md from what the tests declare: python tests/faults/write_docs.py"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "faults.md"
_HEAD = """\
<!-- Written by tests/faults/write_docs.py from the tests in tests/faults. Change those. -->
# What happens when something fails

{count} kinds of faults are let strike a recovery in the lab, {cases} times in all, and the end is checked each time: the
same command finishes, once more it changes nothing, and every message is found once. What passes is tried again, with limits
and a visible line. What may have been carried out is never sent again before looking. What stops names the object, the
cause and the remedy; then run the same command again. Wordings of Exchange that nobody has published are the lab's.

What a stop says first is in the column *You read*. *Goes on; nobody notices* has nothing to read.
"""
_TITLES = {
    "session": "The way to the server",
    "directory": "Active Directory",
    "database": "Databases",
    "files": "Files",
    "mailboxes": "Mailboxes",
    "mrs": "Restore requests",
    "controller": "The controller",
}


def page() -> str:
    """The page as the declarations say it."""
    for path in sorted(HERE.glob("test_*.py")):
        importlib.import_module(path.stem)
    cases = importlib.import_module("cases")
    declared = list(cases.CASES.values())
    catalogue = cases.CATALOGUE
    count = len({case.fault for case in declared})
    parts = [_HEAD.format(count=count, cases=len(declared))]
    for family, title in _TITLES.items():
        rows = sorted(
            (case for case in declared if catalogue[case.fault].family == family),
            key=lambda case: (case.fault, case.when),
        )
        if rows:
            parts.append(f"## {title}\n\n| Fault | When | You read | Outcome |\n| --- | --- | --- | --- |")
            parts += [
                f"| {_cell(catalogue[c.fault].description)} `{c.fault}` | {_cell(c.when)} |"
                f" {_cell(c.reads and chr(34) + c.reads + chr(34))} | {_cell(c.outcome)} |"
                for c in rows
            ]
            parts.append("")
    return "\n".join(parts)


def _cell(text: str) -> str:
    text = re.sub(r" \(exchange\.md [^)]*\)", "", text)  # a source for developers
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    importlib.import_module("conftest")
    PAGE.write_text(page(), encoding="utf-8")
