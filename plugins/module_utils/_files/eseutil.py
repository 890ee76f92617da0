# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""Runs eseutil: headers, checks of logs, soft recovery. Never /p, never /d on its own.

Whether setup puts its folder on the machine's path is not confirmed (exchange.md 5.7); where it doesn't, the
machine's variable ExchangeInstallPath says where Exchange is.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import (
    ProgramError,
    TransportError,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._files import patience
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    eseutil,
    jet,
    paths,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.eseutil import (
    DatabaseHeader,
    LogCheck,
    LogHeader,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally, minutes
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._programs import (
    NO_PROGRAM,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._protocol import (
    ProgramResult,
)

PROGRAM = "eseutil"
_VARIABLE = "exchangeinstallpath"
_PLACES: dict[str, str] = {}  # where a server has it that doesn't find it by name
T = t.TypeVar("T")
# Logs a server replays per second: what Microsoft demands as minimum, and what is usual
# (exchange.md 11). Only for the first line, until there is a measured rate.
_SLOW, _FAST = 2, 20
_POLL = 2.0


def header(context: OperationContext, path: str, *, tries: int = 1) -> DatabaseHeader:
    """The header of an .edb. Raises ProgramError with eseutil's code (-1032 when it is in use).

    tries: how often, while it is in use (patience.py): scanners and backup programs take a file as soon
    as a database lets go of it.
    """
    for number in itertools.count(1):
        try:
            output = _dump(context, "/mh", path, "read the header of")
            break
        except ProgramError as error:
            if error.exit_code != jet.FILE_ACCESS_DENIED or number == tries:
                raise
        context.progress(f"{path} is held by another program (try {number} of {tries})")
        context.sleep(patience.PAUSE)
    try:
        return eseutil.parse_header(output)
    except ValueError as error:
        raise ProgramError(
            str(error),
            object=path,
            operation="read the header of",
            program=PROGRAM,
            exit_code=0,
            output=output[-2000:],
            server=context.server,
        ) from error


def is_held(context: OperationContext, path: str) -> bool:
    """Whether another program has the .edb open, so that its header can't be read now."""
    try:
        header(context, path)
    except ProgramError as error:
        return error.exit_code == jet.FILE_ACCESS_DENIED
    return False


def log_header(context: OperationContext, path: str) -> LogHeader:
    """The header of one log. Raises ProgramError."""
    return eseutil.parse_log_header(_dump(context, "/ml", path, "read the log"))


def checkpoint(context: OperationContext, path: str) -> int | None:
    """The generation a checkpoint points at. Raises ProgramError."""
    return eseutil.parse_checkpoint(_dump(context, "/mk", path, "read the checkpoint"))


def check_logs(context: OperationContext, folder: str, prefix: str, count: int) -> LogCheck:
    """Check all logs in a folder: each one's own health, one signature, no gap.

    count: how many there are, for the progress. Damage and gaps are in the result; raises
    ProgramError when the check itself fails.
    """
    tally = Tally(context, "checked", count, "logs")

    def follow(output: str) -> None:
        tally.reach(min(count, eseutil.parse_log_check(output).good))

    code, output = _job(context, ["/ml", paths.join(folder, prefix)], follow)
    check = eseutil.parse_log_check(output)
    if code < 0 and not (check.errors or check.missing):
        raise _failure(context, code, output, folder, "check the logs in")
    return check


def recover(
    context: OperationContext,
    prefix: str,
    logs: str,
    database: str,
    count: int,
    *,
    accept_loss: bool = False,
) -> None:
    """Soft recovery: replay the logs in the folder `logs` into the .edb in the folder `database`.

    prefix: the base name as in the files. count: logs, for the progress. accept_loss: go on without
    logs at the end of the stream that are gone (/a). Raises ProgramError; it can be repeated. That
    it succeeded is no proof: read the header afterwards (pitfalls.md P25).
    """
    if context.check:
        raise RuntimeError(f"A replay into {database} was about to be run in check mode.")
    context.progress(
        f"replay of {count} logs begins; it may take {minutes(count / _FAST)}"
        f" to {minutes(count / _SLOW)}"
    )
    code, output = _recover(context, prefix, logs, database, count, accept_loss, ())
    if code == jet.ATTACHED_DATABASE_MISMATCH:
        # The logs know the .edb under the path it had; /i replays nevertheless (exchange.md 5.5).
        code, output = _recover(context, prefix, logs, database, count, accept_loss, ("/i",))
    if code < 0:
        raise _failure(context, code, output, database, "replay the logs into")


def _recover(
    context: OperationContext,
    prefix: str,
    logs: str,
    database: str,
    count: int,
    accept_loss: bool,
    more: tuple[str, ...],
) -> tuple[int, str]:
    tally = Tally(context, "replayed", count, "logs")
    progress = eseutil.ReplayProgress()
    seen = 0

    def follow(output: str) -> None:
        nonlocal seen
        progress.feed(output[seen:])
        seen = len(output)
        if progress.percent:
            tally.reach(round(count * progress.percent / 100))

    # Every place is spelled out: the defaults are the current folder (pitfalls.md P27).
    arguments = ["/r", prefix, "/l", logs, "/s", logs, "/d", database, "/o"]
    return _job(context, [*arguments, *(("/a",) if accept_loss else ()), *more], follow)


def _found(context: OperationContext, run: t.Callable[[str], T]) -> T:
    """Run eseutil by its plain name, or by its whole path where Windows doesn't find it."""
    known = _PLACES.get(context.server)
    if known is not None:
        return run(known)
    try:
        return run(PROGRAM)
    except TransportError as error:
        place = install_folder(context) if error.code == NO_PROGRAM else None
        if place is None:
            raise
    program = paths.join(place, "Bin", f"{PROGRAM}.exe")
    result = run(program)
    _PLACES[context.server] = program
    return result


def probe(context: OperationContext, path: str) -> tuple[str, str]:
    """(the program as it had to be called, what it printed) for the header of a file, in use or not.

    Raises TransportError with the code NoProgram when the server has no eseutil.
    """
    used = PROGRAM

    def look(program: str) -> ProgramResult:
        nonlocal used
        used = program
        return context.transport.run(program, ["/mh", path])

    result = _found(context, look)
    return used, result.stdout + result.stderr


def install_folder(context: OperationContext) -> str | None:
    """Where Exchange is installed, by the machine's variable that setup makes; None without it."""
    rows = context.transport.enumerate("Win32_Environment", ("Name", "VariableValue"))
    values = (row["VariableValue"] for row in rows if (row["Name"] or "").lower() == _VARIABLE)
    return next((value for value in values if value), None)


def _dump(context: OperationContext, mode: str, path: str, operation: str) -> str:
    result = _found(context, lambda program: context.transport.run(program, [mode, path]))
    if jet.signed(result.exit_code) < 0:
        raise _failure(context, result.exit_code, result.stdout + result.stderr, path, operation)
    return result.stdout


def _job(
    context: OperationContext,
    arguments: list[str],
    follow: t.Callable[[str], None],
) -> tuple[int, str]:
    job = _found(context, lambda program: context.transport.start(program, arguments))
    output = ""
    try:
        while True:
            state = job.poll(_POLL)
            output += state.output
            follow(output)
            if state.done:
                return jet.signed(state.exit_code or 0), output
            if eseutil.is_usage(output):
                # It did not understand us, and waits for a key.
                raise _failure(context, -1003, output, " ".join(arguments), "run eseutil")
    finally:
        job.stop()


def _failure(
    context: OperationContext, exit_code: int, output: str, path: str, operation: str
) -> ProgramError:
    said, remedy = eseutil.describe_exit(exit_code, output)
    return ProgramError(
        f"eseutil could not {operation} {path}: {said}.",
        object=path,
        operation=operation,
        program=PROGRAM,
        exit_code=jet.signed(exit_code),
        output=output.strip()[-2000:],
        remedy=remedy,
        server=context.server,
    )
