# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read-only looks at database, log and checkpoint files (exchange.md, 5.2 and 5.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..files import FileSystem
from ..files.paths import basename, parent
from .errors import (
    BAD_LOG_SIGNATURE,
    INVALID_LOG_SEQUENCE,
    LOG_CORRUPT,
    MISSING_LOG,
    NOT_FOUND,
    JetError,
    file_errors,
)
from .header import PAGE_SIZE, DatabaseHeader, decode_header, decode_rows
from .logs import CheckpointFile, LogFile, LogFolder, LogHeader

Checkpoint = CheckpointFile


@dataclass
class LogLine:
    """One log of a stream; *problem* and *code* say what is wrong with it."""

    path: str
    problem: str | None = None
    code: int = 0


@dataclass
class LogReport:
    """`eseutil /ml`: *lines* in generation order with *missing* generations, *code* the outcome.

    *first* and *last* are the lowest and highest generation present; *current_missing* says that
    there is no E00.log.
    """

    lines: dict[int, LogLine] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    first: int = 0
    last: int = 0
    current_missing: bool = False
    code: int = 0


@dataclass
class ChecksumReport:
    """`eseutil /k`: pages (or log sectors) seen, and how many of them are bad."""

    pages: int
    bad: int
    dbtime: int = 0


def dump_header(fs: FileSystem, path: str) -> DatabaseHeader:
    """The header of a database file that nobody holds: -1032 when open, -1811, -1206."""
    with file_errors():
        return decode_header(fs.read_bytes(path), path)


def dump_log(fs: FileSystem, path: str) -> LogFile:
    """One log file: -1032 when open, -1811, -501 when it is damaged."""
    return LogFolder(fs, parent(path), "", {}, None).read(path)


def verify_logs(fs: FileSystem, base: str, only: tuple[int, int] | None = None) -> LogReport:
    """Check the stream with base path *base* ("D:\\Logs\\E00"), or generations *only* of it.

    -1811 when there is no log at all, -1023 when there is no such folder.
    """
    folder = LogFolder.look(fs, parent(base), basename(base))
    paths = dict(folder.closed)
    report = LogReport()
    current: LogFile | None = None
    unreadable: LogLine | None = None
    if folder.current is not None:
        try:
            current = folder.read(folder.current)
        except JetError as error:
            unreadable = LogLine(folder.current, _problem(error), error.code)
    if only is not None:
        paths = {g: path for g, path in paths.items() if only[0] <= g <= only[1]}
    if not paths and current is None and unreadable is None:
        raise JetError(NOT_FOUND, base)
    previous: LogHeader | None = None
    for generation, path in paths.items():
        line, header = _verify(folder, path, generation, previous)
        report.lines[generation] = line
        previous = header or previous
    if current is not None and (only is None or only[0] <= current.header.generation <= only[1]):
        generation = current.header.generation
        line = LogLine(current.path)
        if generation in report.lines:
            line = LogLine(
                current.path,
                f"generation {generation} is also in a closed log",
                INVALID_LOG_SEQUENCE,
            )
            generation = max(report.lines) + 1
        elif previous is not None and current.header.signature != previous.signature:
            line = LogLine(current.path, "invalid log signature", BAD_LOG_SIGNATURE)
        elif current.damaged:
            line = LogLine(current.path, _damaged(current), LOG_CORRUPT)
        report.lines[generation] = line
    elif unreadable is not None:
        report.lines[max(report.lines, default=0) + 1] = unreadable
    report.current_missing = folder.current is None and only is None
    if report.lines:
        report.first, report.last = min(report.lines), max(report.lines)
    first, last = only or (report.first, report.last)
    report.missing = [g for g in range(first, last + 1) if g not in report.lines]
    codes = [line.code for line in report.lines.values() if line.code]
    if codes:
        report.code = codes[0]
    elif report.missing or report.current_missing:
        report.code = MISSING_LOG
    return report


def _verify(
    folder: LogFolder, path: str, generation: int, previous: LogHeader | None
) -> tuple[LogLine, LogHeader | None]:
    try:
        log = folder.read(path)
    except JetError as error:
        return LogLine(path, _problem(error), error.code), None
    header = log.header
    if header.generation != generation:
        problem = f"generation in the header ({header.generation}) does not match the file name"
        return LogLine(path, problem, INVALID_LOG_SEQUENCE), None
    if previous is not None and header.signature != previous.signature:
        return LogLine(path, "invalid log signature", BAD_LOG_SIGNATURE), header
    if (
        previous is not None
        and previous.generation == generation - 1
        and header.previous != previous.created
    ):
        problem = "invalid log sequence (time of the previous log does not match)"
        return LogLine(path, problem, INVALID_LOG_SEQUENCE), header
    if log.damaged or not log.closed:
        return LogLine(path, _damaged(log), LOG_CORRUPT), header
    return LogLine(path), header


def _damaged(log: LogFile) -> str:
    return f"Log damaged (unusable). Last Lgpos: {log.end}. Error {LOG_CORRUPT}."


def _problem(error: JetError) -> str:
    if error.code == LOG_CORRUPT:
        return f"Log damaged (unusable). Last Lgpos: (0x0,0,0). Error {LOG_CORRUPT}."
    return f"Cannot open log file. Error {error.code}."


def dump_checkpoint(fs: FileSystem, path: str) -> Checkpoint:
    """Where replay would start: -1811, -533 when damaged."""
    return CheckpointFile.read(fs, path)


def checksum(fs: FileSystem, path: str) -> ChecksumReport:
    """Read the whole file: -1032 when open, -1811, -1206 when it is no file of the engine."""
    with file_errors():
        data = fs.read_bytes(path)
        size = fs.size(path)
    if basename(path).lower().endswith(".log"):
        log = dump_log(fs, path)
        return ChecksumReport(size // 4096, int(log.damaged))
    if basename(path).lower().endswith(".chk"):
        dump_checkpoint(fs, path)
        return ChecksumReport(2, 0)
    header = decode_header(data, path)
    _rows, bad = decode_rows(data)
    return ChecksumReport(size // PAGE_SIZE, bad, header.dbtime)
