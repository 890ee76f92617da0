# Copyright (c) 2026 The dialtone.exchange developers
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Copies between folders of one server: robocopy as a job, with live progress, then the proof.

A copy never overwrites by surprise: robocopy leaves a file alone that is the same in size and time,
and copies a half-copied one again. PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ansible_collections.dialtone.exchange.plugins.module_utils._context import OperationContext
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import ProgramError
from ansible_collections.dialtone.exchange.plugins.module_utils._files import folders, patience
from ansible_collections.dialtone.exchange.plugins.module_utils._files.folders import File, Listing
from ansible_collections.dialtone.exchange.plugins.module_utils._model import (
    paths,
    robocopy,
    sizes,
)
from ansible_collections.dialtone.exchange.plugins.module_utils._model.wording import some
from ansible_collections.dialtone.exchange.plugins.module_utils._progress import Tally

# /J: unbuffered, so that a large .edb does not push everything else out of the file cache.
# Access rights are those of the new folder (/COPY:DAT has no S): restored ones may lack SYSTEM.
# Its own retries are off: with them, a thousand logs on a full volume would each wait.
COPY_SWITCHES = ("/J", "/COPY:DAT", "/DCOPY:T", "/R:0", "/W:0", "/BYTES", "/FP", "/NC", "/NDL")
_NO_HEADERS = ("/NJH", "/NJS")
# Windows takes 32767 characters for a command line, some of its tools 8191.
_LONGEST_LINE = 7000
_KEPT = 4000  # characters of output
_POLL = 2.0
# A file that another program holds, or a share whose connection was lost.
_TRANSIENT = {32, 33, 53, 54, 59, 64, 121, 1231}
_HELD = (
    "Another program holds the file: stop it (backup, antivirus, robocopy of a run that was killed),"
    " then run the same command again."
)
_REMEDIES = {
    5: "Give the account access to both folders.",
    32: _HELD,
    33: _HELD,
    112: "Free space on the volume, then run the same command again.",
}


def pending(
    context: OperationContext,
    source: str,
    target: str,
    files: Sequence[File],
    there: Listing | None,
) -> list[File]:
    """The files that a copy would still write, since the target lacks them or has another size or
    time (a half-copied file has). there: what is in the target. Changes nothing."""
    todo = [file for file in files if not (there and there.find(file.name))]
    for batch in _batches([file for file in files if there and there.find(file.name)]):
        result = context.transport.run(
            "robocopy",
            [source, target, *(file.name for file in batch), *folders.LIST_SWITCHES],
            timeout=600.0,
        )
        _check_exit(context, result.exit_code, result.stdout, source, target)
        listed = {
            paths.name_of(entry.path).casefold()
            for entry in robocopy.parse_listing(result.stdout)
            if paths.is_inside(entry.path, source)
        }
        todo += [file for file in batch if file.name.casefold() in listed]
    return todo


def copy(
    context: OperationContext,
    source: str,
    target: str,
    files: Sequence[File],
    what: str,
    there: Listing | None = None,
) -> None:
    """Copy files of one folder into another one, and prove names and sizes.

    what: for the progress line, as in "copied DB01.edb". Raises ProgramError; a failed copy can be
    repeated. there: what is in the target; what an earlier run has copied is not copied again.
    """
    if context.check:
        raise RuntimeError(f"{what} was about to be copied in check mode.")
    missing = pending(context, source, target, files, there)
    unit, scale = ("GB", 1024**3) if folders.total(missing) >= 1024**3 else ("MB", 1024**2)
    tally = Tally(context, f"copied {what}:", round(folders.total(missing) / scale, 1), unit)
    copied = 0
    for batch in _batches(missing):
        for number in itertools.count(1):
            code, output = _run(context, source, target, batch, tally, copied, scale)
            errors = robocopy.windows_errors(output)
            if robocopy.succeeded(code) or not errors or not errors <= _TRANSIENT:
                break
            if number == patience.TRIES:
                break
            held = ", ".join(paths.name_of(path) for path in robocopy.refused(output)[:3]) or source
            context.progress(
                f"{held} can't be copied now (Windows error {min(errors)}: another program holds it?),"
                f" trying again ({number} of {patience.TRIES - 1})"
            )
            context.sleep(patience.PAUSE)
        _check_exit(context, code, output, source, target)
        copied += folders.total(batch)
        tally.reach(round(copied / scale, 1))
    verify(context, target, files)


def _run(
    context: OperationContext,
    source: str,
    target: str,
    batch: Sequence[File],
    tally: Tally,
    copied: int,
    scale: int,
) -> tuple[int, str]:
    """One robocopy: its exit code, and of its output the end and all lines with an error."""
    progress = robocopy.Progress({file.name: file.size for file in batch})
    job = context.transport.start(
        "robocopy",
        [source, target, *(file.name for file in batch), *COPY_SWITCHES, *_NO_HEADERS],
    )
    errors: list[str] = []
    output = ""
    try:
        while True:
            state = job.poll(_POLL)
            output += state.output
            progress.feed(state.output)
            done = min(copied + progress.done, copied + folders.total(batch))
            tally.reach(round(done / scale, 1))
            if state.done:
                code = -1 if state.exit_code is None else state.exit_code
                return code, "\n".join([*errors, output])
            if len(output) > _KEPT:
                lines = output.splitlines(keepends=True)
                output = lines.pop() if not output.endswith("\n") else ""
                errors += [line.strip() for line in lines if robocopy.windows_errors(line)]
                if len(output) > _KEPT:  # a line of percentages
                    output = output[-_KEPT:]
    finally:
        job.stop()


def _batches(files: Sequence[File]) -> Iterator[list[File]]:
    """The files in groups whose names fit on one command line."""
    batch: list[File] = []
    length = 0
    for file in files:
        if batch and length + len(file.name) + 3 > _LONGEST_LINE:
            yield batch
            batch, length = [], 0
        batch.append(file)
        length += len(file.name) + 3
    if batch:
        yield batch


def _check_exit(
    context: OperationContext, code: int, output: str, source: str, target: str
) -> None:
    errors, refused = robocopy.windows_errors(output), robocopy.refused(output)
    if not robocopy.succeeded(code):
        raise ProgramError(
            f"Copying from {source} to {target} failed: {robocopy.describe_exit(code)}"
            + (f", Windows error {min(errors)}" if errors else "")
            + (f" ({', '.join(refused[:3])})" if refused else "")
            + ".",
            object=target,
            operation="copy",
            program="robocopy",
            exit_code=code,
            output=output[-2000:],
            remedy=next(
                (_REMEDIES[e] for e in sorted(errors) if e in _REMEDIES),
                "Run the same command again; what is copied stays.",
            ),
            server=context.server,
        )


def verify(context: OperationContext, target: str, files: Sequence[File]) -> None:
    """Raise ProgramError unless all files are there in full size: robocopy does not call a missing
    source file an error."""
    listing = folders.list_folder(context, target)
    wrong = []
    for file in files:
        there = listing.find(file.name) if listing else None
        if there is None:
            wrong.append(f"{file.name} is missing")
        elif there.size != file.size:
            wrong.append(
                f"{file.name} has {there.size} instead of {file.size} bytes"
                f" ({sizes.format_size(there.size)})"
            )
    if wrong:
        raise ProgramError(
            f"The copy in {target} is not complete: {some(wrong, between='; ')}.",
            object=target,
            operation="copy",
            program="robocopy",
            remedy=f"Check that the files in {paths.folder_of(files[0].path)} do not change"
            " meanwhile, then run the same command again.",
            server=context.server,
        )
