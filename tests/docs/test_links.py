# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's link checker finds what leads nowhere, and nothing else."""

from __future__ import annotations

from pathlib import Path

from links import broken_links


def test_broken_links(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1> <a href="#top">a</a> <a href="sub/">b</a> <a href="sub/index.html#deep">c</a>'
        ' <a href="https://example.com/x#y">d</a> <a href="#nowhere">e</a> <a href="gone.html">f</a>'
        ' <a href="sub/index.html#shallow">g</a> <img src="sub/none.png"> <a href="../outside.html">h</a>'
    )
    (tmp_path / "sub" / "index.html").write_text(
        '<p id="deep"><a href="../index.html#top">i</a></p>'
    )
    (tmp_path.parent / "outside.html").write_text("")
    assert broken_links(tmp_path) == [
        "index.html: #nowhere",
        "index.html: ../outside.html",
        "index.html: gone.html",
        "index.html: sub/index.html#shallow",
        "index.html: sub/none.png",
    ]
