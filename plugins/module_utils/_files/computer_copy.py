# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
r"""robocopy as the computer: a scheduled task that runs as SYSTEM, which the network knows as the
computer account (CONTOSO\MBX1$). No secret is needed anywhere (exchange.md 13.2, way 4).

The task outlives its session: whoever comes next adopts it by its name. Nothing of what schtasks
says is read but one number, the last result, since its words are translated. What the task is to do
is in a robocopy job file, since schtasks takes 261 characters for a command.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import csv
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._quoting import (
    cmd_builtin,
)

_PROGRAM: t.Final = "schtasks"
# SCHED_S_TASK_RUNNING and SCHED_S_TASK_HAS_NOT_RUN; anything else is the exit code of the last run.
_RUNNING, _HAS_NOT_RUN = 0x41301, 0x41303
_LAST_RESULT: t.Final = 6  # column of /query /fo csv /v
_SOON = 60.0  # seconds in which a task that was started must be seen running
_MOST_PAUSE = 15.0


def run(
    context: OperationContext,
    name: str,
    job: str,
    arguments: Sequence[str],
    follow: Callable[[str], None] = lambda log: None,
) -> tuple[int, str]:
    """Run robocopy to its end; returns its exit code and its log. A task of the same name that is
    there already is adopted, whatever its arguments.

    job: path of the files <job>.rcj and <job>.log, in an existing folder that both may write to.
    follow: is given the log so far, now and then. Raises ProgramError when there is no result.
    """
    if context.check:
        raise RuntimeError(f"the task {name} was about to be run in check mode.")
    result = _last_result(context, name)
    if result in (None, _HAS_NOT_RUN):
        _start(context, name, job, arguments)
        result = _await_start(context, name)
    else:
        context.progress(f"the task {name} is there already, going on with it")
    pause = 1.0
    while result == _RUNNING:
        context.sleep(pause)
        pause = min(2 * pause, _MOST_PAUSE)
        follow(_log(context, job))
        result = _last_result(context, name)
    log = _log(context, job)
    follow(log)
    _schtasks(context, "delete", name, ["/f"])
    if result is None:
        raise _failure(
            context,
            name,
            "run",
            f"the task {name} has disappeared, so that nobody knows how it ended.",
            "Run the same command again; what is copied stays.",
        )
    return result, log


def _start(context: OperationContext, name: str, job: str, arguments: Sequence[str]) -> None:
    saved = context.transport.run(
        "robocopy", [*arguments, f"/UNILOG:{job}.log", f"/SAVE:{job}", "/QUIT"], timeout=120.0
    )
    if saved.exit_code >= 8:
        saved.raise_for_exit("write the job file", f"{job}.rcj")
    command = f'robocopy /JOB:"{job}.rcj"'
    # A time that has passed: it never starts by itself, only when it is told to.
    when = ["/sc", "once", "/st", "00:00", "/ru", "SYSTEM", "/f"]
    _schtasks(context, "create", name, ["/tr", command, *when])
    _schtasks(context, "run", name, [])


def _await_start(context: OperationContext, name: str) -> int | None:
    deadline = context.clock() + _SOON
    while (result := _last_result(context, name)) == _HAS_NOT_RUN:
        if context.clock() > deadline:
            raise _failure(
                context,
                name,
                "start",
                f"the task {name} was started, but has not run for {_SOON:.0f} s.",
                "Look at it in the server's Task Scheduler, then run the same command again.",
            )
        context.sleep(1.0)
    return result


def _failure(
    context: OperationContext, name: str, operation: str, problem: str, remedy: str
) -> ProgramError:
    return ProgramError(
        problem,
        object=name,
        operation=operation,
        program=_PROGRAM,
        remedy=remedy,
        server=context.server,
    )


def _last_result(context: OperationContext, name: str) -> int | None:
    """None when there is no such task."""
    found = context.transport.run(_PROGRAM, ["/query", "/tn", name, "/fo", "csv", "/v", "/nh"])
    rows = [row for row in csv.reader(found.stdout.splitlines()) if len(row) > _LAST_RESULT]
    if found.exit_code or not rows:
        return None
    try:
        return int(rows[0][_LAST_RESULT])
    except ValueError as error:
        raise ProgramError(
            f"the last result of the task {name} is no number: {rows[0][_LAST_RESULT]}.",
            object=name,
            operation="look at",
            program=_PROGRAM,
            output=found.stdout[-2000:],
            server=context.server,
        ) from error


def _schtasks(context: OperationContext, verb: str, name: str, more: Sequence[str]) -> None:
    context.transport.run(_PROGRAM, [f"/{verb}", "/tn", name, *more]).raise_for_exit(
        f"{verb} the task",
        name,
        remedy="Look at the task in the server's Task Scheduler; the account must be an administrator"
        " of the server.",
    )


def _log(context: OperationContext, job: str) -> str:
    program, line = cmd_builtin("type", [f"{job}.log"])
    return context.transport.run(program, line, timeout=600.0).stdout
