# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""eseutil: header dumps, log checks, checksums, soft recovery, repair (exchange.md, section 5)."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence

from ..ese.dump import LogReport, checksum, dump_checkpoint, dump_header, dump_log, verify_logs
from ..ese.errors import (
    COMMITTED_LOG_CORRUPT,
    COMMITTED_LOGS_MISSING,
    DATABASE_CORRUPTED,
    DATABASE_REPAIRED,
    DIRTY_SHUTDOWN,
    INVALID_PARAMETER,
    MISSING_LOG,
    NOT_FOUND,
    TABLE,
    JetError,
    file_errors,
)
from ..ese.header import LogPosition, Signature, decode_header, decode_rows, encode_database
from ..ese.logs import LogFolder
from ..ese.recovery import Recovered, soft_recovery
from ..files.paths import basename
from . import _headers
from ._console import Console, Held, ProgramContext, absolute, wait_for_ever, wait_for_key
from ._eseutil_options import (
    SWITCHES,
    USAGE,
    Options,
    UsageError,
    read_generations,
    read_options,
    read_renames,
)

_LOGO = (
    "",
    "Extensible Storage Engine Utilities for Microsoft(R) Exchange Server",
    "Version {version}",
    "Copyright (C) Microsoft Corporation. All Rights Reserved.",
    "",
)
_SCALE = (
    "          0    10   20   30   40   50   60   70   80   90  100",
    "          |----|----|----|----|----|----|----|----|----|----|",
)
_REPAIR_SPACE = 1.1  # of the size of the database, for the temporary one


def eseutil(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """The exit code is the JET code, or the warning."""
    if context.switches["eseutil_progress"] == "as it works":
        return _eseutil(context, console, arguments)
    held = Held(console, console.command_line)
    try:
        return _eseutil(context, held, arguments)
    finally:
        held.release()


def _eseutil(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    started = context.clock.elapsed()
    logo = [line.format(version=context.switches["eseutil_version"]) for line in _LOGO]
    run = _Run(context, console)
    try:
        mode, call = _parse(run, list(arguments))
    except UsageError as error:
        for line in logo:
            console.line(line)
        if str(error):
            console.line(f"Usage Error: {error}")
            console.line()
        console.write(USAGE)
        wait_for_key(context, console)
        console.line()
        return INVALID_PARAMETER
    if "o" not in mode.values:
        for line in logo:
            console.line(line)
    code = _attempt(call)
    milliseconds = round((context.clock.elapsed() - started) * 1000)
    # As eseutil does: 0 s 78 ms are "0.78", not "0.078".
    took = f"{milliseconds // 1000}.{milliseconds % 1000} seconds."
    console.line()
    if code == 0:
        console.line(f"Operation completed successfully in {took}")
    elif code > 0:
        name = ", ".join(TABLE[code])
        console.line(f"Operation completed successfully with {code} ({name}) after {took}")
    else:
        name = ", ".join(TABLE[code])
        console.line(f"Operation terminated with error {code} ({name}) after {took}")
    console.line()
    return code


def _attempt(call: Callable[[], int]) -> int:
    try:
        return call()
    except JetError as error:
        return error.code


def _parse(run: _Run, arguments: list[str]) -> tuple[Options, Callable[[], int]]:
    if not arguments:
        raise UsageError("No mode specified.")
    mode = arguments[0]
    if mode[0] not in SWITCHES:
        raise UsageError("Mode selection must be preceded by '-' or '/'.")
    letter = mode[1:2].lower()
    call: Callable[[str, dict[str, str]], int]
    if letter == "m" and mode[2:].lower() in ("h", "l", "k"):
        options = read_options(arguments[1:], with_value="r", bare="ov")
        call = {"h": run.dump_database, "l": run.dump_logs, "k": run.dump_checkpoint}[
            mode[2:].lower()
        ]
    elif letter == "r" and len(mode) == 2:
        options = read_options(arguments[1:], with_value="lsdn", bare="iato8v")
        if options.target is None or len(options.target) != 3:
            raise UsageError("Missing logfile base name specification.")
        if "d" in options.values and "n" in options.values:
            raise UsageError("Invalid option '/n'.")
        call = run.recover
    elif letter == "k" and len(mode) == 2:
        options = read_options(arguments[1:], with_value="tp", bare="oev")
        call = run.checksum
    elif letter in ("p", "g") and len(mode) == 2:
        options = read_options(arguments[1:], with_value="tf", bare="ov")
        call = run.repair if letter == "p" else run.check_integrity
    elif letter in tuple("dycmrkpgbz"):
        raise UsageError(f"Invalid mode '{mode}' (the lab's eseutil has /m[hlk] /r /k /p /g).")
    else:
        raise UsageError("Invalid mode.")
    target = options.target
    if target is None:
        raise UsageError("Missing source database specification.")
    return options, lambda: call(target, options.values)


class _Run:
    def __init__(self, context: ProgramContext, console: Console) -> None:
        self.context = context
        self.console = console
        self.fs = context.fs

    def _lines(self, *lines: str) -> None:
        self.console.write("".join(f"{line}\n" for line in lines))

    def _as_built(self, lines: Iterator[str]) -> Iterator[str]:
        """A header as this build of eseutil prints it."""
        newest = self.context.switches["eseutil_header"] == "newest"
        return lines if newest else _headers.as_in_2013(lines)

    def _wait(self, operation: str, amount: float = 1.0) -> None:
        self.console.sleep(self.context.latency.seconds(operation, amount))

    # -- /m --------------------------------------------------------------------------------

    def dump_database(self, target: str, values: dict[str, str]) -> int:
        self._lines("Initiating FILE DUMP mode...", f"         Database: {target}", "")
        self._wait("eseutil /mh")
        try:
            header = dump_header(self.fs, absolute(self.context, target))
        except JetError as error:
            self._lines(
                f"Error: Access to source database '{target}' failed with Jet error {error.code}."
            )
            return error.code
        self._lines("", *self._as_built(_headers.database_header(header)))
        return 0

    def dump_checkpoint(self, target: str, values: dict[str, str]) -> int:
        self._lines("Initiating FILE DUMP mode...")
        self._wait("eseutil /mh")
        found = dump_checkpoint(self.fs, absolute(self.context, target))
        self._lines(*self._as_built(_headers.checkpoint(found, target)))
        return 0

    def dump_logs(self, target: str, values: dict[str, str]) -> int:
        self._lines("Initiating FILE DUMP mode...", "")
        path = absolute(self.context, target)
        if basename(target).lower().endswith(".log"):
            return self._dump_log(path)
        only = read_generations(values["r"]) if "r" in values else None
        self._lines("Verifying log files...", f"     Base name: {basename(target)}")
        if only:
            self._lines(f"     Log generation range: 0x{only[0]:X}-0x{only[1]:X}")
        self._lines("")
        report = verify_logs(self.fs, path, only)
        self._wait("eseutil /ml per log", len(report.lines))
        self._print_report(report, target, path)
        return report.code

    def _dump_log(self, path: str) -> int:
        self._wait("eseutil /mh")
        log = dump_log(self.fs, path)
        self._lines(*self._as_built(_headers.log_header(log, log.header.prefix)))
        if log.damaged:
            self._lines(f"ERROR: Log damaged (unusable). Last Lgpos: {log.end}. Error -501.")
            return -501
        self._lines(f"Integrity check passed for log file: {path}")
        return 0

    def _print_report(self, report: LogReport, target: str, path: str) -> None:
        damaged = False
        missing = sorted(report.missing)
        for generation in sorted({*report.lines, *missing}):
            line = report.lines.get(generation)
            if line is None:
                if generation - 1 not in missing:
                    last = generation
                    while last + 1 in missing:
                        last += 1
                    self._missing(target, generation, last)
            elif line.problem is None:
                self._lines(f"      Log file: {line.path} - OK")
            else:
                damaged = True
                self._lines(f"      Log file: {line.path}")
                self._lines(f"                ERROR: {line.problem}")
        if report.current_missing:
            self._lines(f"      Missing log file: {target}.log")
            damaged = True
        if not damaged and not missing:
            self._lines("", "No damaged log files were found.")

    def _missing(self, base: str, first: int, last: int) -> None:
        if first == last:
            self._lines(f"      Missing log file: {base}{first:08X}.log")
        else:
            self._lines(f"      Missing log files: {base}{{{first:08X} - {last:08X}}}.log")

    # -- progress --------------------------------------------------------------------------

    def _begin_scale(self, title: str) -> None:
        self._lines(f"                      {title} Status (% complete)", "", *_SCALE)
        self.console.write("          .")
        self._dots = 1

    def _progress(self, percent: float) -> None:
        """One dot per two percent; the first stands for zero."""
        wanted = 1 + int(percent / 2 + 1e-9)
        if wanted > self._dots:
            self.console.write("." * (wanted - self._dots))
            self._dots = wanted

    def _end_scale(self, failed: bool = False) -> None:
        if failed:
            self.console.write("X")
        self._lines("", "")

    def _work_through(self, title: str, operation: str, size: int) -> None:
        """A scan of the whole file: takes time, prints dots."""
        self._begin_scale(title)
        seconds = self.context.latency.seconds(operation, size)
        for step in range(50):
            self.console.sleep(seconds / 50)
            self._progress(2.0 * (step + 1))
        self._end_scale()

    # -- /r --------------------------------------------------------------------------------

    def recover(self, base: str, values: dict[str, str]) -> int:
        here = "<current directory>"
        logs = values.get("l") or self.context.cwd
        system = values.get("s") or self.context.cwd
        database = values.get("d")
        self._lines(
            "Initiating RECOVERY mode...",
            f"    Logfile base name: {base}",
            f"            Log files: {values.get('l') or here}",
            f"         System files: {values.get('s') or here}",
        )
        if database is not None:
            self._lines(f"   Database Directory: {database or here}")
        self._lines("", "Performing soft recovery...")
        recovery = soft_recovery(
            self.fs,
            base,
            absolute(self.context, logs),
            absolute(self.context, system),
            None if database is None else absolute(self.context, database or "."),
            ignore_attachments="i" in values,
            accept_loss="a" in values,
            rename=read_renames(values["n"]) if "n" in values else None,
        )
        self._begin_scale("Restore")
        try:
            outcome = self._replay(recovery)
        except JetError as error:
            self._end_scale(failed=True)
            self._hint(error.code)
            return error.code
        finally:
            recovery.close()
        self._progress(100.0)
        self._end_scale()
        if "t" in values:
            self._truncate(absolute(self.context, logs), base)
        return outcome.warning

    def _replay(self, recovery: Generator[float, None, Recovered]) -> Recovered:
        per_log = 1.0 / self.context.latency.rate("eseutil /r")
        while True:
            try:
                percent = next(recovery)
            except StopIteration as end:
                outcome: Recovered = end.value
                return outcome
            self.console.sleep(per_log)
            self._progress(percent)

    def _hint(self, code: int) -> None:
        if code in (COMMITTED_LOGS_MISSING, COMMITTED_LOG_CORRUPT):
            self._lines(
                "",
                "Recovery has indicated that there is a lossy recovery option.  "
                "Run recovery with the /a argument.",
            )
        elif code == MISSING_LOG:
            self._lines(
                "",
                "Recovery has indicated that there might be a lossy recovery option.  "
                "Run recovery with the /a argument.",
            )

    def _truncate(self, logs: str, base: str) -> None:
        folder = LogFolder.look(self.fs, logs, base)
        with file_errors():
            for path in folder.closed.values():
                self.fs.delete(path)

    # -- /k /g /p --------------------------------------------------------------------------

    def checksum(self, target: str, values: dict[str, str]) -> int:
        path = absolute(self.context, target)
        self._lines("Initiating CHECKSUM mode...", f"        Database: {target}")
        self._lines(f"  Temp. Database: TEMPCHKSUM{os.getpid()}.EDB", "", f"File: {target}", "")
        report = checksum(self.fs, path)
        started = self.context.clock.elapsed()
        with file_errors():
            size = self.fs.size(path)
        self._work_through("Checksum", "eseutil /k", size)
        seconds = max(1, round(self.context.clock.elapsed() - started))
        megabytes = size // 1024 // 1024
        self._lines(
            f"{report.pages} pages seen",
            f"{report.bad} bad checksums",
            "0 correctable checksums",
            "0 uninitialized pages",
            "0 wrong page numbers",
            f"0x{report.dbtime:x} highest dbtime (pgno 0x{report.pages:x})",
            "",
            f"{-(-size // 65536)} reads performed",
            f"{megabytes} MB read",
            f"{seconds} seconds taken",
            f"{megabytes // seconds} MB/second",
        )
        return DATABASE_CORRUPTED if report.bad else 0

    def check_integrity(self, target: str, values: dict[str, str]) -> int:
        path = absolute(self.context, target)
        self._lines("Initiating INTEGRITY mode...", f"        Database: {target}")
        self._lines(f"  Temp. Database: .\\TEMPINTEG{os.getpid()}.EDB", "")
        header = dump_header(self.fs, path)
        if not header.clean:
            if "o" not in values:
                wait_for_ever(self.context, self.console)
            raise JetError(DIRTY_SHUTDOWN, path)
        report = checksum(self.fs, path)
        self._lines("Checking database integrity.", "")
        self._work_through("Scanning", "eseutil /g", header.size)
        if report.bad:
            self._lines("Integrity check completed.  ", "Database is CORRUPTED!")
            return DATABASE_CORRUPTED
        self._lines("Integrity check successful.")
        return 0

    def repair(self, target: str, values: dict[str, str]) -> int:
        """Loses what is unreadable, and all that was only in the logs."""
        path = absolute(self.context, target)
        temporary = absolute(self.context, values.get("t") or f"TEMPREPAIR{os.getpid()}.EDB")
        self._lines("Initiating REPAIR mode...", f"        Database: {target}")
        self._lines(f"  Temp. Database: {basename(temporary)}", "")
        if "o" not in values:
            wait_for_ever(self.context, self.console)
        if not self.fs.is_file(path):
            raise JetError(NOT_FOUND, path)
        with file_errors():
            lock = self.fs.open_exclusive(path, "eseutil")
        try:
            header = decode_header(lock.read_bytes(), path)
            with file_errors(), self.fs.reserve(temporary) as space:
                space.take(int(header.size * _REPAIR_SPACE))
                self._lines("Checking database integrity.", "")
                self._lines("The database is not up-to-date. Integrity check may find that")
                self._lines("this database is corrupt because data from the log files has")
                self._lines("yet to be placed in the database.", "")
                self._work_through("Scanning", "eseutil /p", header.size)
                rows, _bad = decode_rows(lock.read_bytes())
                now = self.context.clock.now()
                header.set_clean(LogPosition(), now)
                # A repaired database belongs to no log any more.
                header.signature = Signature.make(now)
                header.log_signature = Signature(now, 0)
                header.repair_count += 1
                header.repair_date = now
                lock.write_bytes(encode_database(header, rows))
        finally:
            lock.release()
        self._lines("", "Repair completed. Database corruption has been repaired!", "")
        self._lines("Note:", "  It is recommended that you immediately perform a full backup")
        self._lines("  of this database. If you restore a backup made before the")
        self._lines("  repair, the database will be rolled back to the state")
        self._lines("  it was in at the time of that backup.", "")
        return DATABASE_REPAIRED
