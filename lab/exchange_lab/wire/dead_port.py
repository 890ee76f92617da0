# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a computer that is down."""

from __future__ import annotations

import socket


class DeadPort:
    """Keeps a port for the listener that comes back. Connections are refused, or, when `silent`, never answered."""

    def __init__(self, address: tuple[str, int], *, silent: bool = False) -> None:
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM)]
        own = self._sockets[0]
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(address)  # without listen() the kernel refuses what comes
        if silent:
            own.listen(0)
            for _unused in range(2):  # once its queue is full the kernel drops what comes
                filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                filler.setblocking(False)
                filler.connect_ex(address)
                self._sockets.append(filler)

    def close(self) -> None:
        """Let go of the port."""
        for each in self._sockets:
            each.close()
