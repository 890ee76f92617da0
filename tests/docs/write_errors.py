# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/errors.md: python tests/docs/write_errors.py"""

from __future__ import annotations

from error_codes import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
