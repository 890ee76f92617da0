# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets of a lab, by the server they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exchange_lab.wire import DeadPort, HttpServer, TlsServer


class Listeners:
    """Open ports, and those of servers that are cut off: these refuse connections, or leave them unanswered."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._open: dict[str, list[HttpServer]] = {}
        self._dead: dict[str, list[DeadPort]] = {}

    def of(self, name: str) -> list[HttpServer]:
        """Those of a server that listen now."""
        return self._open.get(name, [])

    def open(self, name: str, service: Any, port: int = 0, tls: TlsServer | None = None) -> int:
        """Listen on a port (0: a free one); returns it."""
        listener = HttpServer((self._host, port), service, tls).start()
        self._open.setdefault(name, []).append(listener)
        return listener.port

    def cut_off(self, name: str, ports: Iterable[int], silent: bool) -> None:
        """End the server's connections; its ports refuse others, or (silent) never answer."""
        self._close(name)
        self._dead[name] = [DeadPort((self._host, port), silent=silent) for port in ports]

    def free(self, name: str) -> None:
        """Its ports can be opened again."""
        for port in self._dead.pop(name, []):
            port.close()

    def drop_connections(self, name: str) -> None:
        """End the server's connections; it takes new ones."""
        for listener in self.of(name):
            listener.drop_connections()

    def close(self) -> None:
        """End everything."""
        for name in list(self._open):
            self._close(name)
        for name in list(self._dead):
            self.free(name)

    def _close(self, name: str) -> None:
        for listener in self._open.pop(name, []):
            listener.stop()
