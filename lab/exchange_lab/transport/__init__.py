# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail transport: categoriser, delivery queues per database, retries, NDRs."""

from __future__ import annotations

from exchange_lab.transport.transport_server import Envelope, Queue, TransportServer

__all__ = ["Envelope", "Queue", "TransportServer"]
