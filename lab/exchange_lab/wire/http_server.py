# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 on the standard library: a thread per connection, keep-alive, one write per answer."""

from __future__ import annotations

import hashlib
import logging
import select
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

log = logging.getLogger(__name__)

_REASON = {int(status): status.phrase for status in HTTPStatus}
_MAX_BODY = 16 * 1024 * 1024
_MAX_LINE = 65537
_MAX_HEADERS = 100
_HANDSHAKE_TIMEOUT = 10.0
_PEER_CLOSED = getattr(select, "POLLRDHUP", 0)
_BROKEN = _PEER_CLOSED | select.POLLHUP | select.POLLERR | select.POLLNVAL


@dataclass
class HttpResponse:
    """An answer. status 0: nobody is left to answer, drop the connection. cut: reset it after so many bytes."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cut: int | None = None


@dataclass
class Connection:
    """One TCP connection. auth: the service's own state, kept for the connection's life."""

    peer: str
    tls: bool
    certificate_hash: bytes | None
    alive: Callable[[], bool]
    auth: dict[str, Any] = field(default_factory=dict)


class Service(Protocol):
    """What a server serves: one blocking call per request."""

    def handle(
        self,
        connection: Connection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> HttpResponse:
        """Answer one request."""


class TlsServer:
    """A server certificate: PEM file with key and chain. The handshake is done by the connection's own thread."""

    def __init__(self, certificate: Path | str, key: Path | str | None = None) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        first = x509.load_pem_x509_certificates(Path(certificate).read_bytes())[0]
        self.certificate_hash = hashlib.sha256(first.public_bytes(Encoding.DER)).digest()


class _BadRequest(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = 0
    rbufsize = 65536
    server: HttpServer

    def setup(self) -> None:
        tls = self.server.tls
        if tls is not None:
            self.request.settimeout(_HANDSHAKE_TIMEOUT)
            self.request = tls.context.wrap_socket(self.request, server_side=True)
        self.request.settimeout(self.server.keepalive)
        super().setup()
        self.http = Connection(
            self.client_address[0],
            tls is not None,
            tls.certificate_hash if tls is not None else None,
            self._alive,
        )
        self.server._track(self.request, True)

    def finish(self) -> None:
        self.server._track(self.request, False)
        try:
            super().finish()
        except OSError:
            log.debug("connection was gone before it was closed")

    def _alive(self) -> bool:
        """Whether the client is still there, without reading from it."""
        poll = select.poll()
        try:
            poll.register(self.request.fileno(), _PEER_CLOSED)
            return not any(event & _BROKEN for _fd, event in poll.poll(0))
        except (OSError, ValueError):
            return False

    def handle(self) -> None:
        try:
            while self._serve_one():
                pass
        except (OSError, EOFError) as e:  # the connection ended, was idle too long, or broke
            log.debug("connection ended: %s", e)

    def _serve_one(self) -> bool:
        line = self.rfile.readline(_MAX_LINE)
        if line in (b"\r\n", b"\n"):
            line = self.rfile.readline(_MAX_LINE)
        if not line:
            return False
        try:
            method, path, version = line.decode("ascii").split()
            headers = self._read_headers()
            if headers.get("expect", "").lower() == "100-continue":
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self._read_body(headers)
        except _BadRequest as e:
            return self._send(HttpResponse(e.status), keep=False)
        except ValueError:
            return self._send(HttpResponse(400), keep=False)
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return self._send(self.server.service.handle(self.http, method, path, headers, body), keep)

    def _read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        while True:
            line = self.rfile.readline(_MAX_LINE)
            if line in (b"\r\n", b"\n"):
                return headers
            if not line:
                raise EOFError("closed within the headers")
            if len(headers) >= _MAX_HEADERS:
                raise _BadRequest(431)
            name, _unused, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._read_chunks()
        size = int(headers.get("content-length") or 0)
        if size > _MAX_BODY or size < 0:
            raise _BadRequest(413)
        return self._read_exactly(size)

    def _read_chunks(self) -> bytes:
        parts: list[bytes] = []
        total = 0
        while True:
            size = int(self.rfile.readline(100).split(b";")[0], 16)
            total += size
            if total > _MAX_BODY:
                raise _BadRequest(413)
            parts.append(self._read_exactly(size))
            self.rfile.readline(10)
            if size == 0:
                return b"".join(parts)

    def _read_exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise EOFError("closed within the body")
        return data

    def _send(self, answer: HttpResponse, keep: bool) -> bool:
        if answer.status == 0:
            return False
        head = [
            f"HTTP/1.1 {answer.status} {_REASON.get(answer.status, '')}",
            "Server: Microsoft-HTTPAPI/2.0",
            f"Date: {formatdate(time.time() + self.server.ahead, usegmt=True)}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if not keep:
            head.append("Connection: close")
        data = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + answer.body
        if answer.cut is not None:
            self.request.sendall(data[: answer.cut])
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        # one write: two would meet Nagle's algorithm and the other side's delayed acknowledgement
        self.request.sendall(data)
        return keep


class HttpServer(socketserver.ThreadingTCPServer):
    """A listener. address: (host, port), port 0 = a free one; keepalive: seconds a silent connection is kept.

    Serves from construction of `start()` (or entering it) until `stop()`. Stopping it leaves the service alone.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        service: Service,
        tls: TlsServer | None = None,
        keepalive: float = 120.0,
    ) -> None:
        self.service, self.tls, self.keepalive = service, tls, keepalive
        self.ahead = 0.0  # seconds by which the clock of the Date header is fast
        self._sockets: set[socket.socket] = set()
        self._sockets_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        super().__init__(address, _Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> HttpServer:
        """Serve in a background thread."""
        self._thread = threading.Thread(
            target=self.serve_forever,
            kwargs={"poll_interval": 0.02},  # how long a stop may take
            daemon=True,
            name="http-accept",
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
        self.server_close()
        self.drop_connections()

    def drop_connections(self) -> None:
        """Cut every connection under its client, as a network failure would."""
        with self._sockets_lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it is down already

    def __enter__(self) -> HttpServer:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Failed handshakes and the like; nothing to tell anyone."""
        log.debug("connection of %s failed", client_address, exc_info=True)

    def _track(self, connection: socket.socket, add: bool) -> None:
        with self._sockets_lock:
            (self._sockets.add if add else self._sockets.discard)(connection)
