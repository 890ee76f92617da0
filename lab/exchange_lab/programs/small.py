# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small programs: sc, fsutil, hostname, whoami."""

from __future__ import annotations

from collections.abc import Sequence

from ..files import FileError
from ._console import Console, ProgramContext, absolute

_STATES = {
    "STOPPED": 1,
    "START_PENDING": 2,
    "STOP_PENDING": 3,
    "RUNNING": 4,
    "PAUSED": 7,
}
_ALREADY_RUNNING, _NO_SUCH_SERVICE, _CANNOT_ACCEPT, _NOT_STARTED = 1056, 1060, 1061, 1062
_SERVICE_TEXTS = {
    _ALREADY_RUNNING: "An instance of the service is already running.",
    _NO_SUCH_SERVICE: "The specified service does not exist as an installed service.",
    _CANNOT_ACCEPT: "The service cannot accept control messages at this time.",
    _NOT_STARTED: "The service has not been started.",
}
_UNSUPPORTED = 50  # ERROR_NOT_SUPPORTED


def hostname(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    console.line(context.computer)
    return 0


def whoami(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    console.line(context.account.lower())
    return 0


def sc(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """query and queryex of one service or of all, start and stop; nothing else is simulated."""
    words = list(arguments)
    if words and words[0].startswith("\\\\"):
        console.line("[SC] OpenSCManager FAILED 5:")
        console.line()
        console.line("Access is denied.")
        console.line()
        return 5
    verb = words[0].lower() if words else ""
    services = {name.upper(): (name, state) for name, state in context.services.items()}
    if verb in ("start", "stop") and len(words) > 1:
        return _switch(context, console, verb, services.get(words[1].upper()))
    if verb not in ("query", "queryex"):
        console.err(f"sc {verb}: the lab simulates only query, queryex, start and stop")
        return _UNSUPPORTED
    names = [w for w in words[1:] if not w.endswith("=") and w.lower() not in ("all", "service")]
    if names and names[0].upper() not in services:
        console.line(f"[SC] EnumQueryServicesStatus:OpenService FAILED {_NO_SUCH_SERVICE}:")
        console.line()
        console.line(_SERVICE_TEXTS[_NO_SUCH_SERVICE])
        console.line()
        return _NO_SUCH_SERVICE
    shown = [services[names[0].upper()]] if names else list(services.values())
    for number, (name, state) in enumerate(shown):
        state = state.upper()
        if not names and state == "STOPPED" and "all" not in (w.lower() for w in words):
            continue
        _show(console, name, state, display=not names)
        if verb == "queryex":
            console.line(
                f"        PID                : {4000 + 8 * number if state == 'RUNNING' else 0}"
            )
            console.line("        FLAGS              : ")
    return 0


def _switch(
    context: ProgramContext, console: Console, verb: str, service: tuple[str, str] | None
) -> int:
    """sc start and sc stop ask the service and don't wait for it."""
    word = "StartService" if verb == "start" else "ControlService"
    name, state = service or ("", "")
    code = 0
    if service is None:
        word, code = "OpenService", _NO_SUCH_SERVICE
    elif state.endswith("_PENDING"):
        code = _CANNOT_ACCEPT
    elif verb == "start" and state == "RUNNING":
        code = _ALREADY_RUNNING
    elif verb == "stop" and state == "STOPPED":
        code = _NOT_STARTED
    if code:
        console.line(f"[SC] {word} FAILED {code}:")
        console.line()
        console.line(_SERVICE_TEXTS[code])
        console.line()
        return code
    context.set_service(name, verb == "start")
    _show(console, name, f"{verb.upper()}_PENDING")
    return 0


def _show(console: Console, name: str, state: str, display: bool = False) -> None:
    console.line()
    console.line(f"SERVICE_NAME: {name} ")
    if display:
        console.line(f"DISPLAY_NAME: {name}")
    console.line("        TYPE               : 10  WIN32_OWN_PROCESS  ")
    console.line(f"        STATE              : {_STATES.get(state, 1)}  {state} ")
    stoppable = "STOPPABLE" if state == "RUNNING" else "NOT_STOPPABLE"
    shutdown = "ACCEPTS_SHUTDOWN" if state == "RUNNING" else "IGNORES_SHUTDOWN"
    console.line(f"                                ({stoppable}, NOT_PAUSABLE, {shutdown})")
    console.line("        WIN32_EXIT_CODE    : 0  (0x0)")
    console.line("        SERVICE_EXIT_CODE  : 0  (0x0)")
    console.line("        CHECKPOINT         : 0x0")
    console.line("        WAIT_HINT          : 0x0")


def fsutil(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """volume diskfree <path>."""
    words = list(arguments)
    if [w.lower() for w in words[:2]] != ["volume", "diskfree"] or len(words) != 3:
        console.line("---- Commands Supported ----")
        console.line()
        console.line(
            "volume          Volume management (the lab simulates: volume diskfree <path>)"
        )
        return 1
    path = words[2] + "\\" if words[2].endswith(":") else words[2]
    try:
        volume = context.fs.volume_of(absolute(context, path))
    except FileError as error:
        console.line(f"Error:  {error.text}")
        return 1
    free = context.fs.free(volume)
    for label, size in (
        ("Total free bytes", free),
        ("Total bytes", volume.capacity),
        ("Total quota free bytes", free),
    ):
        console.line(f"{label:<32}: {size:>22,} ({size / 1024**3:>6.1f} GB)")
    return 0
