# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures `site` and `make_site`."""

from __future__ import annotations

from exchange_shell import make_organisation, make_site, site

__all__ = ["make_organisation", "make_site", "site"]
