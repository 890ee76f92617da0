# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures `site` and `make_site`, over the real wire with unmodified pypsrp."""

from __future__ import annotations

from wire_shell import labs, make_site, sessions, site

__all__ = ["labs", "make_site", "sessions", "site"]
