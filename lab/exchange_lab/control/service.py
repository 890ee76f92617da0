# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface over HTTP (JSON, one POST per call, a token): server and client."""

from __future__ import annotations

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exchange_lab.control.area import ControlError
from exchange_lab.control.control import METHODS, Control
from exchange_lab.wire.http_server import Connection, HttpResponse


class ControlService:
    """`Control` behind an HTTP server: POST /<method> with {"arguments": [...], "options": {...}}."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.token = secrets.token_urlsafe(24)

    def handle(
        self,
        _connection: Connection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> HttpResponse:
        """One call; 401 without the token, 404 for what is not a method, 400 when the call failed."""
        if not secrets.compare_digest(headers.get("authorization", ""), f"Bearer {self.token}"):
            return _answer(401, {"error": "wrong token"})
        name = path.strip("/")
        if method != "POST" or name not in METHODS:
            return _answer(404, {"error": f"there is no method {name}"})
        try:
            call = json.loads(body or b"{}")
            result = getattr(self.control, name)(
                *call.get("arguments", ()), **call.get("options", {})
            )
        except Exception as error:  # the outermost layer: the client gets the reason
            return _answer(400, {"error": f"{type(error).__name__}: {error}"})
        return _answer(200, {"result": result})


class Client:
    """The methods of `Control`, called in the lab's process from another one. Raises ControlError."""

    def __init__(self, url: str, token: str, timeout: float = 600.0) -> None:
        self._url, self._token, self._timeout = url.rstrip("/"), token, timeout

    @classmethod
    def of(cls, control_file: Path, timeout: float = 600.0) -> Client:
        """To the lab that wrote this file. Raises OSError, ValueError and KeyError when the file is none."""
        access = json.loads(control_file.read_text("utf-8"))
        return cls(access["url"], access["token"], timeout)

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(name)

        def call(*arguments: Any, **options: Any) -> Any:
            return self._call(name, arguments, options)

        return call

    def _call(self, name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self._url}/{name}",
            data=json.dumps({"arguments": arguments, "options": options}).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on loopback
        try:
            with opener.open(request, timeout=self._timeout) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from error


def check_unused(control_file: Path) -> None:
    """Raise ControlError when the lab that wrote this file still runs: a stopped one leaves its file, and nobody listens."""
    try:
        Client.of(control_file, timeout=5.0).sessions()
    except TimeoutError:
        pass  # it is busy
    except (OSError, ValueError, KeyError, ControlError):
        return
    raise ControlError(
        f"A lab runs already, with its files in {control_file.parent}. Let it end, or end it (Ctrl-C where it was"
        " started), or choose another --folder."
    )


def _answer(status: int, data: dict[str, Any]) -> HttpResponse:
    body = json.dumps(data, default=str).encode()
    return HttpResponse(status, [("Content-Type", "application/json")], body)
