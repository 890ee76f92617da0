# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schtasks: create, run, query, end and delete; tasks that run once and as SYSTEM.

Where it asks, a remote session waits for ever. What is not simulated is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from ..scheduled import RUNNING, Task
from ._console import Console, ProgramContext, wait_for_key

_SWITCHES = {
    "/create": {"/f"},
    "/run": set(),
    "/query": {"/v", "/nh"},
    "/end": set(),
    "/delete": {"/f"},
}  # fmt: skip
_VALUES = {
    "/create": {"/tn", "/tr", "/sc", "/st", "/ru", "/rl"},
    "/run": {"/tn"},
    "/query": {"/tn", "/fo"},
    "/end": {"/tn"},
    "/delete": {"/tn"},
}
_LONGEST_COMMAND = 261
_ILLEGAL = set('\\/:*?"<>|')
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SYSTEM = {"system", "nt authority\\system", ""}
_COLUMNS = (
    "HostName", "TaskName", "Next Run Time", "Status", "Logon Mode", "Last Run Time", "Last Result", "Author",
    "Task To Run", "Start In", "Comment", "Scheduled Task State", "Idle Time", "Power Management", "Run As User",
)  # fmt: skip


class _Refused(Exception):
    """What schtasks refuses; the message is printed."""


def schtasks(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """Exit code 0 or 1."""
    try:
        verb, options = _options(arguments)
        task = context.tasks.get(options.get("/tn", "").upper())
        if verb == "/create":
            return _create(context, console, options, task)
        if task is None:
            raise _Refused("The system cannot find the file specified.")
        if verb == "/query":
            return _query(context, console, options, task)
        if verb == "/run":
            context.start_task(task)
            console.line(f'SUCCESS: Attempted to run the scheduled task "{task.name}".')
        elif verb == "/end":
            task.end()
            console.line(
                f'SUCCESS: The scheduled task "{task.name}" has been terminated successfully.'
            )
        elif _agreed(context, console, options, f"remove the task {task.name}"):
            del context.tasks[task.name.upper()]
            console.line(f'SUCCESS: The scheduled task "{task.name}" was successfully deleted.')
    except _Refused as refused:
        console.err(f"ERROR: {refused}")
        return 1
    return 0


def _options(arguments: Sequence[str]) -> tuple[str, dict[str, str]]:
    verb, *rest = [*arguments, ""]
    verb = verb.lower()
    if verb not in _VALUES:
        raise _Refused(f'Invalid argument/option - "{verb}".')
    options: dict[str, str] = {}
    words = rest[:-1]
    while words:
        word = words.pop(0).lower()
        if word in options:
            raise _Refused(f'Invalid syntax. "{word}" option is not allowed more than 1 time(s).')
        if word in _SWITCHES[verb]:
            options[word] = ""
        elif word in _VALUES[verb]:
            if not words:
                raise _Refused(f'Invalid syntax. Value expected for "{word}".')
            options[word] = words.pop(0)
        else:
            raise _Refused(f'Invalid argument/option - "{word}".')
    if not options.get("/tn"):
        raise _Refused('Invalid syntax. Mandatory option "/tn" is missing.')
    return verb, options


def _create(
    context: ProgramContext, console: Console, options: dict[str, str], there: Task | None
) -> int:
    name = options["/tn"]
    for option in ("/tr", "/sc", "/st"):
        if not options.get(option):
            raise _Refused(f'Invalid syntax. Mandatory option "{option}" is missing.')
    if _ILLEGAL & set(name):
        raise _Refused("The filename, directory name, or volume label syntax is incorrect.")
    if len(options["/tr"]) > _LONGEST_COMMAND:
        raise _Refused(
            f'Value for "/tr" option cannot be more than {_LONGEST_COMMAND} character(s).'
        )
    if options["/sc"].lower() != "once" or not _TIME.fullmatch(options["/st"]):
        raise _Refused("Invalid Schedule Type or Starttime specified (the lab simulates: once).")
    if "/ru" not in options or options["/ru"].lower() not in _SYSTEM:
        raise _Refused("No password was given, and the lab simulates only /ru SYSTEM.")
    if there is not None and not _agreed(context, console, options, f"replace {name}"):
        return 1
    context.tasks[name.upper()] = Task(name, options["/tr"], "SYSTEM")
    console.line("WARNING: Task may not run because /ST is earlier than current time.")
    console.line(f'SUCCESS: The scheduled task "{name}" has successfully been created.')
    return 0


def _query(context: ProgramContext, console: Console, options: dict[str, str], task: Task) -> int:
    if options.get("/fo", "").lower() != "csv" or "/v" not in options:
        raise _Refused("The lab simulates only: /query /tn NAME /fo csv /v [/nh].")
    status = "Running" if task.last_result == RUNNING else "Ready"
    result = task.last_result - (task.last_result >= 1 << 31) * (1 << 32)
    row = (
        context.computer, f"\\{task.name}", "N/A", status, "Interactive/Background", "N/A", str(result), "N/A",
        task.command, "N/A", "N/A", "Enabled", "Disabled", "Stop On Battery Mode, No Start On Batteries", task.account,
    )  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    if "/nh" not in options:
        writer.writerow(_COLUMNS)
    writer.writerow(row)
    console.write(out.getvalue())
    return 0


def _agreed(context: ProgramContext, console: Console, options: dict[str, str], what: str) -> bool:
    """Yes with /f; else it asks, and nobody is there to answer."""
    if "/f" in options:
        return True
    console.write(f"WARNING: Are you sure you want to {what} (Y/N)? ")
    wait_for_key(context, console)
    return False
