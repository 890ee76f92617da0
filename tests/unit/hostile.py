# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and texts as an attacker, a tired admin or another language would write them."""

from __future__ import annotations

from hypothesis import strategies as st

# What some reader of a command line, a filter, a file name or a template takes for more than text.
PIECES = st.sampled_from(
    [
        *"\"'`^&|<>()%!~,;=@+-*?#$[]{}/\\:. \t",
        *("\n", "\r\n", "\x00", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ufeff", "\u200b", "\u202e"),
        *("\u2018", "\u2019", "\u201a", "\u201c", "\u201d", "\u201e"),
        *("–", "\u00a0", "％", "＂", "＆", "ß", "ſ", "İ", "Я", "日本", "📮", "e\u0301"),
        *("%TEMP%", "%PATH:~0,1%", "!TEMP!", "^%TEMP^%", "%%", "&&", "||", ">>", "2>&1", "$(calc)", "`calc`"),
        *("' -or Status -eq 'Retry", "''", '""', "\\\\", "..", "...", "CON", "nul.txt", "com1", "/S", "-quiet"),
        *("{{ 1 + 1 }}", "{% raw %}", "!vault", "_x0041_", "_x005F_", "]]>", "<S>", "&amp;", "=1+1", "@SUM(A1)"),
        *("DB01", "DB01-DT", "a", "Z", "0", "Müller", ", closed", ", run 20261122-141502"),
    ]
)  # fmt: skip
HOSTILE = st.lists(PIECES, max_size=8).map("".join)
# Anything at all, but lone surrogates, which no name in a directory or a file system can have.
ANY = st.one_of(HOSTILE, st.text(st.characters(exclude_categories=["Cs"]), max_size=70))


def lines(*pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Output of a program that mixes these lines with anything, in either kind of line end."""
    return st.tuples(
        st.lists(st.one_of(*pieces, ANY), max_size=12), st.sampled_from(["\n", "\r\n"])
    ).map(lambda both: both[1].join(both[0]))
