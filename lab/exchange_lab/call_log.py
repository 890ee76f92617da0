# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every remote call the lab was sent: what the contract and check mode tests read."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from exchange_lab.clock import Clock

_READING_CMDLETS = ("get-", "test-", "select-", "measure-", "out-")
_READING_NAMES = frozenset({"set-adserversettings", "exit-pssession"})
_READING_PROGRAMS = frozenset({"hostname", "whoami", "fsutil", "echo"})
_READING_ESEUTIL = ("/m", "/k", "/g")  # /mh /ml /mk /ms /k
_PROGRAMS = _READING_PROGRAMS | {"eseutil", "robocopy", "icacls", "sc", "cmd", "wbadmin"}
_READING_BUILTINS = frozenset({"dir", "echo", "type", "ver", "set", "vol", "rem"})
_CONDITION = re.compile(r'if\s+(?:not\s+)?exist\s+(?:"[^"]*"|\S+)\s+')


class CallLog:
    """Remote calls in order of their start. Thread-safe.

    With the environment variable EXCHANGE_LAB_CALLS each finished call is also a JSON line of <folder>/<pid>.jsonl.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: list[dict[str, Any]] = []
        folder = os.environ.get("EXCHANGE_LAB_CALLS")
        self._file = Path(folder) / f"{os.getpid()}.jsonl" if folder else None

    def begin(
        self, server: str, account: str, session: str, kind: str, name: str, arguments: Any
    ) -> Callable[[str], None]:
        """Record the start of a call; the function returned takes its outcome."""
        started = time.monotonic()
        call = {
            "time": self._clock.now().isoformat(),
            "server": server,
            "account": account,
            "session": session,
            "kind": kind,
            "name": name,
            "parameters": _plain(arguments),
            "changing": is_changing(kind, name, arguments),
            "seconds": None,
            "outcome": "running",
        }
        with self._lock:
            self._calls.append(call)

        def finish(outcome: str) -> None:
            with self._lock:
                call["seconds"] = round(time.monotonic() - started, 4)
                call["outcome"] = outcome
                if self._file is not None:
                    self._file.parent.mkdir(parents=True, exist_ok=True)
                    with self._file.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(call, default=str) + "\n")

        return finish

    def calls(self, changing: bool | None = None) -> list[dict[str, Any]]:
        """All calls, or only those that (could) change something, or only the others."""
        with self._lock:
            return [dict(c) for c in self._calls if changing is None or c["changing"] == changing]


def is_changing(kind: str, name: str, arguments: Any) -> bool:
    """Whether a call could change anything, judged by its name and switches alone."""
    if kind == "wmi":
        return False
    if kind == "cmdlet":
        lowered = name.lower()
        if _whatif(arguments):
            return False
        return not lowered.startswith(_READING_CMDLETS) and lowered not in _READING_NAMES
    if isinstance(arguments, dict):  # as the wire reports them, beside the raw command line
        arguments = arguments.get("arguments")
    words = arguments.get("arguments", ()) if isinstance(arguments, dict) else arguments
    return _program_changes(name, [str(a) for a in words or ()])


def _whatif(arguments: Any) -> bool:
    return isinstance(arguments, dict) and any(
        k.lower() == "whatif" and v in (True, None) for k, v in arguments.items()
    )


def _program_changes(name: str, arguments: Sequence[str]) -> bool:
    program = name.rpartition("\\")[2].lower().removesuffix(".exe")
    lowered = [a.lower() for a in arguments]
    if program in _READING_PROGRAMS:
        return False
    if program == "eseutil":
        return not (lowered and lowered[0].startswith(_READING_ESEUTIL))
    if program == "robocopy":
        return "/l" not in " ".join(lowered).split()
    if program == "icacls":
        return len(lowered) > 1
    if program == "sc":
        return not (lowered and lowered[0] in ("query", "qc", "queryex"))
    if program == "schtasks":
        return "/query" not in lowered
    if program == "wbadmin":
        return bool(lowered) and lowered[0] != "get"
    if program == "cmd":
        return _line_changes(" ".join(lowered).partition("/c")[2].strip().lstrip('"'))
    return True


def _line_changes(line: str) -> bool:
    """Whether what stands behind `cmd /c` could change something."""
    if any(character in line for character in ">&|"):
        return True
    line = line[found.end() :] if (found := _CONDITION.match(line)) else line.strip()
    first, *rest = line.split() or [""]
    if first in _READING_BUILTINS:
        return False
    return first.removesuffix(".exe") not in _PROGRAMS or _program_changes(first, rest)


def _plain(arguments: Any) -> Any:
    if type(arguments).__name__ == "SecureString":
        return "***"
    if isinstance(arguments, dict):
        return {k: _plain(v) for k, v in arguments.items()}
    if isinstance(arguments, (list, tuple)):
        return [_plain(a) for a in arguments]
    if arguments is None or isinstance(arguments, (str, int, float, bool)):
        return arguments
    return str(arguments)
