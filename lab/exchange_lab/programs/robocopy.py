# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""robocopy: filters, attributes of a copy, retries, exit bits (exchange.md, 13.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..files import Entry, FileError
from ..files.errors import (
    FILE_NOT_FOUND,
    INVALID_DIRECTORY,
    PATH_NOT_FOUND,
)
from ..files.paths import fold, join
from . import _robocopy_job
from ._console import Console, ProgramContext, absolute
from ._copying import copy_file
from ._robocopy_job import Job, Refused
from ._wildcards import matches

COPIED, EXTRA, MISMATCH, FAILED, FATAL = 1, 2, 4, 8, 16

_RULE = "-" * 79
_TITLE = "   ROBOCOPY     ::     Robust File Copy for Windows                              "


@dataclass
class _Counts:
    total: int = 0
    copied: int = 0
    skipped: int = 0
    mismatch: int = 0
    failed: int = 0
    extras: int = 0

    def row(self) -> str:
        values = (
            self.total, self.copied, self.skipped, self.mismatch, self.failed, self.extras
        )  # fmt: skip
        return "".join(f"{value:>10}" for value in values)


def robocopy(context: ProgramContext, console: Console, arguments: Sequence[str]) -> int:
    """The exit code is robocopy's bit mask; 8 and above are failures."""
    try:
        words = _robocopy_job.load(context, arguments)
        job = _robocopy_job.parse(context, words)
        if "SAVE" in job.values:
            _robocopy_job.save(context, job.values["SAVE"], words)
        if "QUIT" in job.flags:
            return 0
    except (Refused, FileError) as error:
        _print_title(console.line)
        console.line(f"ERROR : {error}")
        console.line()
        console.line("       Simple Usage :: ROBOCOPY source destination /MIR")
        return FATAL
    return _Run(context, console, job).run()


class _Run:
    def __init__(self, context: ProgramContext, console: Console, job: Job) -> None:
        self.context = context
        self.console = console
        self.fs = context.fs
        self.job = job
        self.dirs, self.files, self.bytes = _Counts(), _Counts(), _Counts()
        self.bits = 0
        self._log: list[str] | None = [] if "LOG" in job.values else None

    # -- output ----------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        if self._log is not None:
            self._log.append(text)
        if self._log is None or "TEE" in self.job.flags:
            self.console.write(text)

    def _line(self, text: str = "") -> None:
        self._write(text + "\n")

    def _size(self, size: int) -> str:
        if "BYTES" in self.job.flags or size < 1024 * 1024:
            return str(size)
        return f"{size / 1024**3:.1f} g" if size >= 1024**3 else f"{size / 1024**2:.1f} m"

    def _show(self, kind: str, size: int, path: str, name: str, folder: bool = False) -> None:
        flags = self.job.flags
        if ("NDL" if folder else "NFL") in flags:
            return
        text = "\t" if "NC" in flags else f"\t{kind:>12}  "
        if "NS" not in flags:
            text += f"\t{size if folder else self._size(size):>8}"
        self._line(f"{text}\t{path if folder or 'FP' in flags else name}")

    def _error(self, error: FileError, doing: str, path: str) -> None:
        now = f"{self.context.clock.now():%Y/%m/%d %H:%M:%S}"
        self._line()
        self._line(f"{now} ERROR {error.code} (0x{error.code:08X}) {doing} {path}")
        self._line(error.text)

    # -- the run ---------------------------------------------------------------------------

    def run(self) -> int:
        started = self.context.clock.elapsed()
        job = self.job
        if self._log is not None:
            try:
                self._open_log()
            except FileError as error:
                self._log = None
                self._error(error, "Opening Log File", job.values["LOG"])
                return FATAL
        try:
            if "NJH" not in job.flags:
                self._header()
            self._start()
        finally:
            if "NJS" not in job.flags and not self.bits & FATAL:
                self._summary(self.context.clock.elapsed() - started)
            self._save_log()
        return self.bits

    def _start(self) -> None:
        job = self.job
        try:
            if not self.fs.entry(job.source).is_dir:
                raise FileError(INVALID_DIRECTORY, job.source)
            if not self.fs.is_dir(job.target) and "L" not in job.flags:
                self.fs.volume_of(job.target)
        except FileError as error:
            source_at_fault = error.path == job.source
            where = "Source" if source_at_fault else "Destination"
            if error.code == PATH_NOT_FOUND and source_at_fault:
                error = FileError(FILE_NOT_FOUND, error.path)
            path = (job.source if source_at_fault else job.target).rstrip("\\") + "\\"
            self._error(error, f"Accessing {where} Directory", path)
            self.bits |= FATAL
            return
        self._folder(job.source, job.target, 1)

    def _folder(self, source: str, target: str, level: int) -> None:
        job = self.job
        try:
            entries = self.fs.listdir(source)
        except FileError as error:
            self._error(error, "Scanning Source Directory", source)
            self.dirs.failed += 1
            self.bits |= FAILED
            return
        wanted = [e for e in entries if not e.is_dir and job.wants(e.name)]
        there = self._target_entries(target)
        self.dirs.total += 1
        shown = source.rstrip("\\") + "\\"
        self._show("New Dir" if there is None else "", len(wanted), shown, shown, folder=True)
        if there is None and not self._make_folder(target):
            return
        if there is not None:
            self.dirs.skipped += 1
        self._extras(entries, there or {}, target)
        for entry in wanted:
            self._file(source, target, entry, (there or {}).get(fold(entry.name)))
        if not {"E", "S"} & job.flags or level == job.levels:
            return
        for entry in entries:
            path = join(source, entry.name)
            if not entry.is_dir or matches(entry.name, job.not_folders):
                continue
            if fold(path) in map(fold, job.not_folders) or entry.is_mount_point:
                continue
            if "E" not in job.flags and not self._has_files(path):
                continue
            self._folder(path, join(target, entry.name), level + 1)

    def _has_files(self, folder: str) -> bool:
        try:
            return next(self.fs.walk(folder), None) is not None
        except FileError:
            return True

    def _target_entries(self, target: str) -> dict[str, Entry] | None:
        try:
            return {fold(e.name): e for e in self.fs.listdir(target)}
        except FileError:
            return None

    def _make_folder(self, target: str) -> bool:
        if "L" in self.job.flags:
            self.dirs.copied += 1
            return True
        try:
            self.fs.mkdir(target)
        except FileError as error:
            self._error(error, "Creating Destination Directory", target.rstrip("\\") + "\\")
            self.dirs.failed += 1
            self.bits |= FATAL if self.dirs.total == 1 else FAILED
            return False
        self.dirs.copied += 1
        self.bits |= COPIED
        return True

    def _extras(self, entries: list[Entry], there: dict[str, Entry], target: str) -> None:
        job = self.job
        names = {fold(e.name) for e in entries}
        for key, extra in there.items():
            if key in names or "XX" in job.flags:
                continue
            if extra.is_dir:
                if not {"E", "S", "PURGE"} & job.flags:
                    continue
                self.dirs.extras += 1
                self._show("*EXTRA Dir", -1, join(target, extra.name) + "\\", extra.name, True)
            elif not job.wants(extra.name):
                continue
            else:
                self.files.extras += 1
                self.bytes.extras += extra.size
                self._show("*EXTRA File", extra.size, join(target, extra.name), extra.name)
            self.bits |= EXTRA
            if "PURGE" in job.flags and "L" not in job.flags:
                path = join(target, extra.name)
                try:
                    self.fs.rmdir(path, recurse=True) if extra.is_dir else self.fs.delete(path)
                except FileError as error:
                    self._error(error, "Deleting Extra File", path)
                    self.bits |= FAILED

    def _file(self, source: str, target: str, entry: Entry, old: Entry | None) -> None:
        job = self.job
        path, goal = join(source, entry.name), join(target, entry.name)
        self.files.total += 1
        self.bytes.total += entry.size
        if old is not None and old.is_dir:
            self._show("MISMATCH", entry.size, path, entry.name)
            self.files.mismatch += 1
            self.bytes.mismatch += entry.size
            self.bits |= MISMATCH
            return
        kind, skip = _classify(entry, old, job.flags)
        if skip:
            self.files.skipped += 1
            self.bytes.skipped += entry.size
            return
        if "L" in job.flags:
            self._show(kind, entry.size, path, entry.name)
        elif not self._try_copy(kind, entry, path, goal):
            self.files.failed += 1
            self.bytes.failed += entry.size
            self.bits |= FAILED
            return
        self.files.copied += 1
        self.bytes.copied += entry.size
        self.bits |= COPIED

    def _try_copy(self, kind: str, entry: Entry, path: str, goal: str) -> bool:
        job = self.job
        for attempt in range(job.retries + 1):
            self._show(kind, entry.size, path, entry.name)
            try:
                if "NP" in job.flags:
                    copy_file(self.context, self.console, path, goal)
                else:
                    copy_file(self.context, self.console, path, goal, self._percent)
                    self._write("\r100%  \n")
                if "S" in job.values.get("COPY", "DAT"):
                    self.fs.set_acl(goal, self.fs.acl(path))
                if "MOV" in job.flags:
                    self.fs.delete(path)
                return True
            except FileError as error:
                self._error(error, "Copying File", path)
                if attempt < job.retries:
                    self._line(f"Waiting {job.wait} seconds... Retrying...")
                    self.console.sleep(job.wait)
        self._line()
        self._line("ERROR: RETRY LIMIT EXCEEDED.")
        self._line()
        return False

    def _percent(self, percent: float) -> None:
        if percent < 100:
            self._write(f"\r{percent:5.1f}%  ")
            self._save_log()

    # -- frame -----------------------------------------------------------------------------

    def _header(self) -> None:
        job = self.job
        _print_title(self._line)
        when = f"{self.context.clock.now():%A, %B %d, %Y %I:%M:%S %p}"
        self._line(f"  Started : {when}")
        self._line("   Source : " + job.source.rstrip("\\") + "\\")
        self._line("     Dest : " + job.target.rstrip("\\") + "\\")
        self._line()
        self._line("    Files : " + ("\n\t    ".join(job.filters or ["*.*"])))
        self._line("\t    ")
        flags = " ".join(f"/{flag}" for flag in sorted(job.flags))
        copy = f"/DCOPY:{job.values.get('DCOPY', 'DA')} /COPY:{job.values.get('COPY', 'DAT')}"
        self._line(f"  Options : {flags} {copy} /R:{job.retries} /W:{job.wait} ")
        self._line()
        self._line(_RULE[:-1])
        self._line()

    def _summary(self, seconds: float) -> None:
        self._line()
        self._line(_RULE[:-1])
        self._line()
        self._line("               Total    Copied   Skipped  Mismatch    FAILED    Extras")
        self._line(f"    Dirs :{self.dirs.row()}")
        self._line(f"   Files :{self.files.row()}")
        self._line(f"   Bytes :{self.bytes.row()}")
        whole = int(seconds)
        took = f"{whole // 3600:>4}:{whole // 60 % 60:02}:{whole % 60:02}"
        self._line(f"   Times :{took:>10}{took:>10}{'':>20}{'0:00:00':>10}{'0:00:00':>10}")
        if seconds > 0 and self.bytes.copied and "L" not in self.job.flags:
            rate = self.bytes.copied / seconds
            self._line(f"   Speed :{rate:>20.0f} Bytes/sec.")
            self._line(f"   Speed :{rate * 60 / 1024**2:>20.3f} MegaBytes/min.")
        self._line(f"   Ended : {self.context.clock.now():%A, %B %d, %Y %I:%M:%S %p}")
        self._line()

    def _open_log(self) -> None:
        path = absolute(self.context, self.job.values["LOG"])
        self._log_path = path
        self._log_before = b""
        if self.job.values["APPEND"] and self.fs.exists(path):
            self._log_before = self.fs.read_bytes(path)
        self.fs.write_bytes(path, self._log_before)
        self.console.write(f"\n Log File : {path}\n")

    def _save_log(self) -> None:
        if self._log is not None:
            text = "".join(self._log).replace("\n", "\r\n")
            self.fs.write_bytes(self._log_path, self._log_before + text.encode())


def _print_title(line: Callable[[str], None]) -> None:
    for text in ("", _RULE, _TITLE, _RULE, ""):
        line(text)


def _classify(entry: Entry, old: Entry | None, flags: set[str]) -> tuple[str, bool]:
    """Robocopy's word for the file, and whether it is passed over."""
    if old is None:
        return "New File", False
    if old.modified == entry.modified:
        if old.size == entry.size:
            return "same", "IS" not in flags
        return "Changed", "XC" in flags
    if entry.modified > old.modified:
        return "Newer", "XN" in flags
    return "Older", "XO" in flags
