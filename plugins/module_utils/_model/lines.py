# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Lines of a Windows program's output.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations


def split_lines(output: str) -> list[str]:
    """The lines, ended by CR and LF or by LF alone.

    str.splitlines() ends one also at characters that a file name or a subject may hold, such as
    U+0085 and U+2028.
    """
    return output.replace("\r\n", "\n").removesuffix("\n").split("\n")
