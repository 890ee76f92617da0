# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Runs wbadmin, the program of Windows Server Backup: which backups there are, and a restore of
files to another place (exchange.md 13.4).

Never an application restore: it goes over every database of the backup, at their original places.
PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError

PROGRAM = "wbadmin"
# Its words are translated, version identifiers are not.
VERSION: t.Final = re.compile(r"\b\d{2}/\d{2}/\d{4}-\d{2}:\d{2}\b")
_NUMBER = re.compile(r"\((\d{1,3})\s?%\)")
_POLL = 2.0


def versions(
    context: OperationContext, backup_target: str | None, machine: str | None
) -> list[str]:
    """Identifiers of the backups, as wbadmin lists them ("11/22/2026-18:00"); none when it finds no
    backup, which it calls a failure. Raises ProgramError when it does not run at all."""
    result = context.transport.run(
        PROGRAM, ["get", "versions", *_where(backup_target, machine)], timeout=600.0
    )
    found = list(dict.fromkeys(VERSION.findall(result.stdout)))
    if result.exit_code and found:
        raise _failure(context, result.exit_code, result.stdout + result.stderr, "list the backups")
    return found


def recover_files(
    context: OperationContext,
    version: str,
    items: Sequence[str],
    target: str,
    *,
    backup_target: str | None,
    machine: str | None,
) -> None:
    """Restore folders of a backup below an existing folder; what is there is overwritten.

    The files get the access rights of the target. Raises ProgramError; can be repeated.
    """
    if context.check:
        raise RuntimeError(f"A restore to {target} was about to be run in check mode.")
    job = context.transport.start(
        PROGRAM,
        [
            "start",
            "recovery",
            f"-version:{version}",
            *_where(backup_target, machine),
            "-itemType:File",
            f"-items:{','.join(items)}",
            "-recursive",
            f"-recoveryTarget:{target}",
            "-overwrite:Overwrite",
            "-notRestoreAcl",
            "-quiet",
        ],
    )
    output = ""
    try:
        while True:
            state = job.poll(_POLL)
            output = (output + state.output)[-8000:]
            if lines := [line.strip() for line in output.splitlines() if _NUMBER.search(line)]:
                context.progress(f"{PROGRAM}: {lines[-1]}")
            if state.done:
                break
    finally:
        job.stop()
    if state.exit_code:
        raise _failure(context, state.exit_code, output, f"restore {', '.join(items)} to {target}")


def _where(backup_target: str | None, machine: str | None) -> list[str]:
    return [
        *([f"-backupTarget:{backup_target}"] if backup_target else []),
        *([f"-machine:{machine}"] if machine else []),
    ]


def _failure(context: OperationContext, code: int, output: str, what: str) -> ProgramError:
    said = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in said if "ERROR" in line.upper() or "FAILED" in line.upper()]
    return ProgramError(
        f"{PROGRAM} could not {what}: {(telling or said or ['it said nothing'])[-1]}",
        object=PROGRAM,
        operation=what,
        program=PROGRAM,
        exit_code=code,
        output=output.strip()[-2000:],
        remedy="Look at the log that wbadmin names, and at the event log Microsoft-Windows-Backup;"
        " then run the same command again.",
        server=context.server,
    )
