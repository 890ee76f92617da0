# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft recovery: replay a log stream into the databases it mentions (exchange.md, 5.3 and 5.5)."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..clock import Clock
from ..files import FileSystem, Lock
from ..files.paths import basename, fold, join, parent
from .errors import (
    ATTACHED_MISMATCH,
    BAD_CHECKPOINT_SIGNATURE,
    BAD_DB_SIGNATURE,
    BAD_LOG_SIGNATURE,
    COMMITTED_LOG_CORRUPT,
    COMMITTED_LOGS_LOST,
    COMMITTED_LOGS_MISSING,
    COMMITTED_LOGS_REMOVED,
    CONSISTENT_TIME_MISMATCH,
    INVALID_LOG_SEQUENCE,
    INVALID_PATH,
    LOG_CORRUPT,
    LOG_DISK_FULL,
    LOG_SET_MISMATCH,
    MISSING_LOG,
    NOT_FOUND,
    REQUIRED_LOGS_MISSING,
    JetError,
    file_errors,
)
from .header import (
    DIRTY,
    DatabaseHeader,
    LogPosition,
    Signature,
    decode_database,
    encode_database,
    from_json,
    to_json,
)
from .logs import (
    SECTOR,
    Attachment,
    CheckpointFile,
    LogFile,
    LogFolder,
    LogHeader,
    checkpoint_name,
    closed_name,
    current_name,
    decode_log,
    encode_record,
    position,
)

_OWNER = "recovery"


@dataclass
class Recovered:
    """Outcome: *warning* is 0 or a JET warning (585), *databases* the files brought to clean."""

    warning: int = 0
    databases: list[str] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)


def soft_recovery(
    fs: FileSystem,
    prefix: str,
    logs: str,
    system: str,
    database_folder: str | None,
    *,
    ignore_attachments: bool = False,
    accept_loss: bool = False,
    rename: dict[str, str] | None = None,
) -> Generator[float, None, Recovered]:
    """Replay, yielding the percentage after each log generation; returns `Recovered`.

    *database_folder* None means the paths recorded in the logs; *rename* maps recorded to actual
    paths ("*": any). Databases and the current log are held while it runs. Databases are written only after
    the last generation has been read.
    Raises JetError: -1811 no logs, -528, -530, -532, -539, -531, -543, -551, -582, -1032, -1216 …
    """
    if not fs.is_dir(system):
        raise JetError(INVALID_PATH, f"no folder {system}")
    folder = LogFolder.look(fs, logs, prefix)
    if folder.empty:
        raise JetError(NOT_FOUND, f"no {prefix}*.log in {logs}")
    run = _Recovery(fs, folder, system, database_folder, rename or {})
    run.ignore_attachments = ignore_attachments
    run.accept_loss = accept_loss
    try:
        run.open_stream()
        total = run.last - run.first + 1
        for generation in range(run.first, run.last + 1):
            if not run.replay(generation):
                break
            run.outcome.replayed.append(generation)
            yield 100.0 * (generation - run.first + 1) / total
        run.finish()
        return run.outcome
    finally:
        run.release()


@dataclass
class _Target:
    """A database under recovery."""

    path: str
    lock: Lock
    header: DatabaseHeader
    rows: dict[str, Any]
    redo_from: int  # first generation that it lacks; 0 until the logs reach its state
    attached: bool = True
    changed: bool = False


class _Recovery:
    def __init__(
        self,
        fs: FileSystem,
        folder: LogFolder,
        system: str,
        database_folder: str | None,
        rename: dict[str, str],
    ) -> None:
        self.fs = fs
        self.folder = folder
        self.checkpoint = join(system, checkpoint_name(folder.prefix))
        self.database_folder = database_folder
        self.rename = {fold(old): new for old, new in rename.items()}
        self.ignore_attachments = False
        self.accept_loss = False
        self.outcome = Recovered()
        self.first = 0
        self.last = 0
        self._targets: dict[Signature, _Target] = {}
        self._missing: dict[Signature, str] = {}
        self._current_lock: Lock | None = None
        self._current_generation: int | None = None
        self._signature: Signature | None = None
        self._previous: LogHeader | None = None
        self._last_log: LogFile | None = None
        self._beyond: list[str] = []  # logs after a gap
        self._from = LogPosition()  # of the checkpoint: what stands before it is not redone

    # -- which logs ------------------------------------------------------------------------

    def open_stream(self) -> None:
        """Find the first and the last generation to replay; hold the current log."""
        folder = self.folder
        if folder.current is not None:
            with file_errors():
                self._current_lock = self.fs.open_exclusive(folder.current, _OWNER)
            self._current_generation = self._read_current().header.generation
        folder.make_reserves()
        available = set(folder.closed)
        if self._current_generation is not None:
            if self._current_generation <= max(available, default=0):
                raise JetError(
                    INVALID_LOG_SEQUENCE,
                    f"{folder.current} is generation {self._current_generation}, "
                    f"but there are closed logs up to {max(available)}",
                )
            available.add(self._current_generation)
        start = min(available)
        attachments = self._log(start).header.attachments
        if self.fs.exists(self.checkpoint):
            checkpoint = CheckpointFile.read(self.fs, self.checkpoint)
            if self._log(start).header.signature != checkpoint.log_signature:
                raise JetError(BAD_CHECKPOINT_SIGNATURE, f"{self.checkpoint} is of other logs")
            start = checkpoint.position.generation
            self._from = checkpoint.position
            attachments = checkpoint.attachments
            if start not in available:
                raise JetError(MISSING_LOG, f"replay starts at {start}, which is missing")
        self.first = start
        self.last = start
        while self.last + 1 in available:
            self.last += 1
        beyond = sorted(g for g in available if g > self.last)
        self._beyond = [self._path(g) for g in beyond]
        if self._current_generation is None and not self.accept_loss:
            raise JetError(MISSING_LOG, f"no {current_name(folder.prefix)}")
        for attachment in attachments:
            self._open(attachment.signature, attachment.path)
            self._attach(attachment.signature, attachment.attach, attachment.consistent, start)
        if beyond:
            # Required ones among the missing have been noticed in _open.
            if not self.accept_loss:
                raise JetError(MISSING_LOG, f"{self.last + 1} to {beyond[0] - 1} are missing")
            self.outcome.warning = COMMITTED_LOGS_LOST

    def _path(self, generation: int) -> str:
        if generation == self._current_generation:
            assert self.folder.current is not None
            return self.folder.current
        return self.folder.closed[generation]

    def _read_current(self) -> LogFile:
        assert self._current_lock is not None
        return decode_log(self._current_lock.read_bytes(), self._current_lock.path)

    def _log(self, generation: int) -> LogFile:
        if generation == self._current_generation:
            return self._read_current()
        return self.folder.read(self.folder.closed[generation])

    # -- which databases -------------------------------------------------------------------

    def _actual(self, recorded: str) -> str:
        if fold(recorded) in self.rename:
            return self.rename[fold(recorded)]
        if "*" in self.rename:
            return self.rename["*"]
        if self.database_folder is not None:
            return join(self.database_folder, basename(recorded))
        return recorded

    def _open(self, signature: Signature, recorded: str) -> None:
        """Look for a database that the logs mention, and check that it is the one they mean."""
        if signature in self._targets:
            return
        path = self._actual(recorded)
        if not self.fs.is_file(path):
            self._missing[signature] = path
            return
        with file_errors():
            lock = self.fs.open_exclusive(path, _OWNER)
        try:
            header, rows = decode_database(lock.read_bytes(), path)
            stream = self._signature or self._log(self.first).header.signature
            if header.log_signature != stream:
                raise JetError(LOG_SET_MISMATCH, f"{path} belongs to another log stream")
            if header.signature != signature:
                raise JetError(BAD_DB_SIGNATURE, f"{path} is not the database of these logs")
            if not header.clean:
                self._check_ranges(header)
        except JetError as error:
            lock.release()
            if self.ignore_attachments and error.code in (LOG_SET_MISMATCH, BAD_DB_SIGNATURE):
                self._missing[signature] = path
                return
            raise
        redo_from = 0 if header.clean else header.log_required[0]
        self._targets[signature] = _Target(path, lock, header, rows, redo_from)

    def _check_ranges(self, header: DatabaseHeader) -> None:
        low, high = header.log_required
        committed = header.log_committed[1]
        if low < self.first or high > self.last:
            raise JetError(
                REQUIRED_LOGS_MISSING,
                f"required {low}-{high}, replay covers {self.first}-{self.last}",
            )
        if committed > self.last:
            if not self.accept_loss:
                raise JetError(
                    COMMITTED_LOGS_MISSING, f"committed up to {committed}, logs end at {self.last}"
                )
            self.outcome.warning = COMMITTED_LOGS_LOST

    def _attach(
        self, signature: Signature, at: LogPosition, consistent: LogPosition, generation: int
    ) -> None:
        target = self._targets.get(signature)
        if target is None:
            return
        target.attached = True
        header = target.header
        if header.clean and not target.changed:
            if header.last_consistent == consistent:
                if generation > at.generation:
                    raise JetError(REQUIRED_LOGS_MISSING, "logs since the attach are missing")
                target.redo_from = generation
            elif header.last_consistent < at:
                raise JetError(
                    CONSISTENT_TIME_MISMATCH,
                    f"{target.path} was last consistent at {header.last_consistent}, "
                    f"the logs expect {consistent}",
                )

    # -- replay ----------------------------------------------------------------------------

    def replay(self, generation: int) -> bool:
        """Redo one generation; False where the rest is lost and that is accepted."""
        try:
            log = self._log(generation)
            if log.damaged or (generation != self._current_generation and not log.closed):
                raise JetError(LOG_CORRUPT, log.path)
        except JetError as error:
            if error.code != LOG_CORRUPT:
                raise
            return self._corrupt(generation, error)
        self._check_sequence(log, generation)
        at = SECTOR
        for record in log.records:
            kind, weight, *rest = record
            at += weight
            place = position(generation, at - weight)
            if place < self._from:
                continue
            if kind == "write":
                self._redo_write(generation, *rest)
            elif kind == "create":
                self._redo_create(from_json(Signature, rest[0]), rest[1], generation)
            elif kind == "attach":
                signature = from_json(Signature, rest[0])
                self._open(signature, rest[1])
                self._attach(signature, place, from_json(LogPosition, rest[2]), generation)
            elif kind == "detach":
                self._redo_detach(
                    from_json(Signature, rest[0]), from_json(LogPosition, rest[1]), generation
                )
        self._previous = log.header
        self._last_log = log
        return True

    def _check_sequence(self, log: LogFile, generation: int) -> None:
        header = log.header
        if self._signature is None:
            self._signature = header.signature
        if header.signature != self._signature:
            raise JetError(BAD_LOG_SIGNATURE, f"{log.path} is of another stream")
        if header.generation != generation:
            raise JetError(INVALID_LOG_SEQUENCE, f"{log.path} is generation {header.generation}")
        if self._previous is not None and header.previous != self._previous.created:
            raise JetError(INVALID_LOG_SEQUENCE, f"{log.path} follows another log")

    def _corrupt(self, generation: int, error: JetError) -> bool:
        high = max((t.header.log_required[1] for t in self._targets.values()), default=generation)
        if generation <= high or generation == self.first:
            raise error
        if not self.accept_loss:
            raise JetError(COMMITTED_LOG_CORRUPT, error.detail)
        self.outcome.warning = COMMITTED_LOGS_REMOVED
        self._beyond = [self._path(g) for g in range(generation, self.last + 1)] + self._beyond
        self.last = generation - 1
        return False

    def _redo_write(self, generation: int, puts: dict[str, Any], deletes: Iterable[str]) -> None:
        for target in self._targets.values():
            if target.attached and 0 < target.redo_from <= generation:
                target.rows.update(puts)
                for key in deletes:
                    target.rows.pop(key, None)
                target.changed = True

    def _redo_create(self, signature: Signature, recorded: str, generation: int) -> None:
        """Every log since the creation is here: a missing file is made again from them."""
        self._open(signature, recorded)
        if signature in self._targets:
            return
        path = self._missing.pop(signature)
        if self.fs.is_file(path):  # a foreign one, ignored with /i
            self._missing[signature] = path
            return
        assert self._signature is not None
        header = DatabaseHeader(path, signature, self._signature, 256 * 1024 * 1024, state=DIRTY)
        header.log_required = (generation, self.last)
        with file_errors():
            if not self.fs.is_dir(parent(path)):
                self._missing[signature] = path
                return
            self.fs.write_bytes(path, encode_database(header, {}))
            lock = self.fs.open_exclusive(path, _OWNER)
        self._targets[signature] = _Target(path, lock, header, {}, generation, changed=True)

    def _redo_detach(self, signature: Signature, at: LogPosition, generation: int) -> None:
        self._missing.pop(signature, None)
        target = self._targets.get(signature)
        if target is None:
            return
        target.attached = False
        if target.header.clean and target.header.last_consistent == at:
            return
        if 0 < target.redo_from <= generation:
            target.header.set_clean(at, _now(self.fs))
            target.changed = True
            target.redo_from = generation

    # -- the end ---------------------------------------------------------------------------

    def finish(self) -> None:
        """Undo, and write what has been recovered; then it is clean."""
        outstanding = [t for t in self._targets.values() if t.attached]
        if self._missing and not self.ignore_attachments:
            paths = ", ".join(self._missing.values())
            raise JetError(ATTACHED_MISMATCH, f"mentioned by the logs, not found: {paths}")
        for target in outstanding:
            if target.redo_from == 0:
                raise JetError(CONSISTENT_TIME_MISMATCH, f"the logs never reach {target.path}")
        assert self._last_log is not None
        now = _now(self.fs)
        self._cut_torn_record()
        log = self._continue(self._last_log, now)
        end = log.end
        for target in outstanding:
            end = position(log.header.generation, log.used + SECTOR)
            record = encode_record("detach", SECTOR, to_json(target.header.signature), to_json(end))
            assert self._current_lock is not None
            with file_errors(full=LOG_DISK_FULL):
                self._current_lock.append(record)
            target.header.set_clean(end, now)
            target.changed = True
        for target in self._targets.values():
            if target.changed:
                with file_errors():
                    target.lock.write_bytes(encode_database(target.header, target.rows))
                self.outcome.databases.append(target.path)
        CheckpointFile(end, log.header.signature).write(self.fs, self.checkpoint)

    def _cut_torn_record(self) -> None:
        """What the process was writing when it died never happened; the log goes on before it."""
        if self._current_lock is None:
            return
        data = self._current_lock.read_bytes()
        if not data.endswith(b"\n"):
            with file_errors(full=LOG_DISK_FULL):
                self._current_lock.write_bytes(data[: data.rindex(b"\n") + 1])

    def _continue(self, last: LogFile, now: datetime) -> LogFile:
        """The log that recovery itself writes to: the current one if it is still open."""
        if last.path == self.folder.current and not last.closed and not self._beyond:
            return last
        with file_errors(full=LOG_DISK_FULL):
            if self._current_lock is not None:
                self._current_lock.release()
                self._current_lock = None
            for path in self._beyond:  # they can never be replayed again
                self.fs.delete(path)
            generation = last.header.generation
            prefix = self.folder.prefix
            if last.path == self.folder.current:
                self.fs.rename(last.path, self.folder.path(closed_name(prefix, generation)))
            header = LogHeader(
                prefix,
                generation + 1,
                last.header.signature,
                now,
                last.header.created,
                tuple(
                    Attachment(
                        t.path, t.header.signature, t.header.last_attach, t.header.last_consistent
                    )
                    for t in self._targets.values()
                    if t.attached
                ),
            )
            path = self.folder.path(current_name(prefix))
            self.fs.write_bytes(path, header.encode())
            self._current_lock = self.fs.open_exclusive(path, _OWNER)
        return LogFile(path, header)

    def release(self) -> None:
        for target in self._targets.values():
            target.lock.release()
        if self._current_lock is not None:
            self._current_lock.release()


def _now(fs: FileSystem) -> datetime:
    clock: Clock | None = fs.clock
    return clock.now() if clock else datetime.now(timezone.utc)
