# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write roles/*/README.md: python tests/docs/write_roles.py"""

from __future__ import annotations

from role_pages import ROLES, page, path

if __name__ == "__main__":
    for role in ROLES:
        path(role).write_text(page(role), encoding="utf-8")
