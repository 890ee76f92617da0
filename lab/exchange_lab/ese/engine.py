# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mounted database: rows in memory, changes in the log, pages in the .edb."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from ..clock import Clock
from ..files import FileSystem, Lock
from ..files import header as lab_header
from ..files.acl import SYSTEM
from ..files.paths import join, parent
from .errors import (
    DATABASE_DUPLICATE,
    DIRTY_SHUTDOWN,
    LOG_DISK_FULL,
    MISSING_LOG,
    NOT_FOUND,
    JetError,
    file_errors,
)
from .header import (
    DIRTY,
    PAD,
    DatabaseHeader,
    LogPosition,
    Signature,
    decode_database,
    encode_database,
    to_json,
)
from .logs import (
    LOG_SIZE,
    SECTOR,
    Attachment,
    CheckpointFile,
    LogFolder,
    LogHeader,
    checkpoint_name,
    closed_name,
    current_name,
    encode_record,
    position,
)
from .recovery import soft_recovery

MB = 1024 * 1024
DEFAULT_SIZE = 256 * MB
RECORD_WEIGHT = 1024
LAG = 8  # generations that the checkpoint stays behind at least; at most twice as many
_EXTENT = 16 * MB
_OWNER = "store"


class Instance:
    """One attached database with its log stream; both files are held exclusively.

    `rows` is the content: key -> JSON value. Change it only through `put`, `delete` and `write`.
    A change is in the log when the method returns; the .edb follows at the checkpoint, some
    generations later. All methods raise `JetError`. `lock` guards it, and is taken before the file
    system's. *circular* makes the engine delete logs that
    the checkpoint has passed.
    """

    def __init__(
        self, fs: FileSystem, edb: str, log_folder: str, prefix: str, clock: Clock
    ) -> None:
        """Not for callers: use `create` or `attach`."""
        self.fs = fs
        self.edb = edb
        self.log_folder = log_folder
        self.prefix = prefix
        self.clock = clock
        self.rows: dict[str, Any] = {}
        self.attached = False
        self.circular = False
        self.lock = threading.RLock()
        self._header: DatabaseHeader
        self._flushed: dict[str, Any] = {}  # what the .edb holds
        self._pending: deque[tuple[int, dict[str, Any], list[str]]] = deque()
        self._edb_lock: Lock
        self._log_lock: Lock
        self._log: LogHeader
        self._used = 0  # bytes of the current generation

    # -- beginning -------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        fs: FileSystem,
        edb: str,
        log_folder: str,
        prefix: str,
        clock: Clock,
        *,
        size: int = DEFAULT_SIZE,
        rows: Mapping[str, Any] | None = None,
        first_generation: int = 1,
    ) -> Instance:
        """Create and attach a new database (-1201 when the file exists).

        An old database of a topology has *first_generation* > 1, its content in *rows* and its
        size: those rows are in the .edb from the start, not in the logs.
        """
        with fs.lock:
            if fs.exists(edb):
                raise JetError(DATABASE_DUPLICATE, edb)
            self = cls(fs, edb, log_folder, prefix, clock)
            before = self._prepare_logs()
            now = clock.now()
            signature = Signature.make(now)
            stream = before.signature if before else Signature.make(now)
            old = first_generation > 1 or bool(rows)
            header = DatabaseHeader(edb, signature, stream, size, last_objid=64)
            header.used = min(size, int(size * 0.9)) if old else 8 * MB
            header.size = max(size, header.used)
            if old:
                header.dbtime = 1000 * first_generation
                header.set_clean(LogPosition(first_generation - 1, 1, 0), now)
            self.rows = json.loads(json.dumps(dict(rows or {})))
            with file_errors():
                if not fs.is_dir(parent(edb)):
                    fs.mkdir(parent(edb))
                fs.write_bytes(edb, encode_database(header, self.rows))
            self._begin(header, before, first_generation, "attach" if old else "create")
            return self

    @classmethod
    def attach(
        cls, fs: FileSystem, edb: str, log_folder: str, prefix: str, clock: Clock
    ) -> Instance:
        """Attach an existing file; a dirty one is recovered when its logs are there.

        Raises -1811 no file, -550 dirty and no logs, -543, -528, -582, -1216 (the logs mention
        another database, or this one at another path), -539, -531, -1032 …
        """
        with fs.lock:
            if not fs.is_file(edb):
                raise JetError(NOT_FOUND, edb)
            self = cls(fs, edb, log_folder, prefix, clock)
            with file_errors():
                fs.open_exclusive(edb, _OWNER, SYSTEM).release()
            before = self._prepare_logs()
            with file_errors():
                header, self.rows = decode_database(fs.read_bytes(edb), edb)
            if not header.clean:
                raise JetError(DIRTY_SHUTDOWN, edb)
            self._begin(header, before, 1, "attach")
            return self

    def _prepare_logs(self) -> LogHeader | None:
        """Bring what is in the log folder to its end; the last log's header, None for none."""
        with file_errors():
            if not self.fs.is_dir(self.log_folder):
                self.fs.mkdir(self.log_folder)
        folder = LogFolder.look(self.fs, self.log_folder, self.prefix)
        checkpoint = folder.path(checkpoint_name(self.prefix))
        if folder.empty:
            with file_errors():
                if self.fs.exists(checkpoint):
                    self.fs.delete(checkpoint)
            folder.make_reserves()
            return None
        if folder.current is None:
            raise JetError(MISSING_LOG, f"closed logs but no {current_name(self.prefix)}")
        recovery = soft_recovery(self.fs, self.prefix, self.log_folder, self.log_folder, None)
        for _percent in recovery:
            pass
        folder = LogFolder.look(self.fs, self.log_folder, self.prefix)
        assert folder.current is not None
        return folder.read(folder.current).header

    def _begin(
        self, header: DatabaseHeader, before: LogHeader | None, first: int, record: str
    ) -> None:
        """Attach to the stream that *before* ends, or to a new one, in a fresh generation."""
        now = self.clock.now()
        generation = before.generation + 1 if before else first
        at = position(generation, SECTOR)
        header.log_signature = before.signature if before else Signature.make(now)
        consistent = header.last_consistent
        if before:
            self._end_current()
            self._close_current(before.generation)
        self._log = LogHeader(
            self.prefix,
            generation,
            header.log_signature,
            now,
            before.created if before else None,
            checkpoint=LogPosition(generation, 1, 0),
        )
        header.state = DIRTY
        header.log_required = (generation, generation)
        header.log_committed = (0, generation)
        header.required_time = header.committed_time = now
        header.log_consistent = generation
        header.last_attach, header.last_attach_time = at, now
        header.last_detach, header.last_detach_time = LogPosition(), None
        self._header = header
        self._attachment = Attachment(self.edb, header.signature, at, consistent)
        self._used = SECTOR
        identity = to_json(header.signature), self.edb
        first_record = (
            encode_record("create", SECTOR, *identity)
            if record == "create"
            else encode_record("attach", SECTOR, *identity, to_json(consistent))
        )
        self._used += SECTOR
        self._new_current(first_record)
        with file_errors():
            self._edb_lock = self.fs.open_exclusive(self.edb, _OWNER, SYSTEM)
        self._flushed = dict(self.rows)
        self._patch()
        self._write_checkpoint(generation, ())
        self._write_extras()
        self.attached = True

    # -- looking ---------------------------------------------------------------------------

    @property
    def header(self) -> DatabaseHeader:
        """The header as it is on disk now (a copy)."""
        with self.lock:
            return self._header.copy()

    @property
    def generation(self) -> int:
        """Generation of the current log."""
        return self._log.generation

    @property
    def size(self) -> int:
        """Logical size of the .edb."""
        return self._header.size

    # -- changing --------------------------------------------------------------------------

    def put(self, key: str, value: Any, weight: int = RECORD_WEIGHT) -> None:
        """Insert or replace one row; *weight* is what the record takes in the log, in bytes."""
        self.write({key: value}, (), weight)

    def delete(self, key: str, weight: int = RECORD_WEIGHT) -> None:
        """Delete one row; a missing one is no error."""
        self.write({}, (key,), weight)

    def write(
        self, puts: Mapping[str, Any], deletes: Iterable[str] = (), weight: int = RECORD_WEIGHT
    ) -> None:
        """One transaction: all of it is in the log, or nothing (-529 or -1808, disk full)."""
        gone = list(deletes)
        # A copy, since what the caller does with its object later is not in the log.
        new = json.loads(json.dumps(dict(puts)))
        with self.lock:
            self._require_attached()
            self._make_room(weight, weight if new else 0)
            with file_errors(full=LOG_DISK_FULL):
                self._log_lock.append(encode_record("write", weight, new, gone))
            _apply(self.rows, new, gone)
            self._pending.append((self.generation, new, gone))
            self._header.dbtime += 1
            self._used += weight
            while self._used >= LOG_SIZE:
                self._used -= LOG_SIZE
                self._roll(max(self._used, SECTOR))

    def roll(self) -> None:
        """Close the current log generation and begin the next."""
        with self.lock:
            self._require_attached()
            self._make_room(LOG_SIZE, 0)
            self._roll(SECTOR)

    def flush(self, lag: int = 0) -> None:
        """Checkpoint: the .edb gets everything but the last *lag* generations.

        The engine does this by itself with its usual lag; call it only where a test needs it.
        """
        with self.lock:
            self._require_attached()
            target = max(self._header.log_required[0], self.generation - lag)
            last = self.generation + 1 if lag == 0 else target
            while self._pending and self._pending[0][0] < last:
                _generation, puts, deletes = self._pending.popleft()
                _apply(self._flushed, puts, deletes)
            self._set_required(target)
            self._store()
            self._write_checkpoint(target, (self._attachment,))
            if self.circular:
                self.truncate()

    def truncate(self, below: int | None = None) -> list[str]:
        """Delete closed logs that neither the checkpoint nor *below* needs; their names."""
        with self.lock:
            needed = self._header.log_required[0] if self.attached else self.generation
            limit = needed if below is None else min(needed, below)
            folder = LogFolder.look(self.fs, self.log_folder, self.prefix)
            gone = [path for generation, path in folder.closed.items() if generation < limit]
            with file_errors():
                for path in gone:
                    self.fs.delete(path)
            return gone

    # -- ending ----------------------------------------------------------------------------

    def detach(self) -> None:
        """Clean shutdown: everything in the .edb, files released."""
        with self.lock:
            self._require_attached()
            now = self.clock.now()
            self._used = min(self._used, LOG_SIZE - 2 * SECTOR) + SECTOR
            end = position(self.generation, self._used)
            with file_errors(full=LOG_DISK_FULL):
                self._log_lock.append(
                    encode_record("detach", SECTOR, to_json(self._header.signature), to_json(end))
                )
            self._pending.clear()
            self._flushed = dict(self.rows)
            self._header.set_clean(end, now)
            self._store()
            self._write_checkpoint(self.generation, (), end)
            self._release()
            temporary = join(self.log_folder, f"{self.prefix}tmp.log")
            with file_errors():
                if self.fs.exists(temporary):
                    self.fs.delete(temporary)

    def crash(self) -> None:
        """Process death: memory gone, files as they are, locks released."""
        with self.lock:
            self._require_attached()
            self._release()
            self.rows.clear()
            self._flushed.clear()
            self._pending.clear()

    def read_edb(self) -> bytes:
        """The file as it is on disk, for a shadow copy."""
        return self._edb_lock.read_bytes()

    def read_current_log(self) -> bytes:
        return self._log_lock.read_bytes()

    def update_header(self, **changes: Any) -> None:
        """Set fields of the header, on disk too (backup times, maintenance …)."""
        with self.lock:
            self._require_attached()
            for name, value in changes.items():
                if not hasattr(self._header, name):
                    raise AttributeError(name)
                setattr(self._header, name, value)
            self._patch()

    # -- inside ----------------------------------------------------------------------------

    def _require_attached(self) -> None:
        if not self.attached:
            raise RuntimeError(f"{self.edb} is not attached")

    def _release(self) -> None:
        self.attached = False
        self._edb_lock.release()
        self._log_lock.release()

    def _make_room(self, weight: int, growth: int) -> None:
        """Refuse before anything is written what the disks cannot take."""
        logs = (self._used + weight) // LOG_SIZE * LOG_SIZE
        if logs and logs > self.fs.free(self.fs.volume_of(self.log_folder)):
            raise JetError(LOG_DISK_FULL, self.log_folder)
        header = self._header
        if header.used + growth > header.size:
            before = header.size
            header.size += -(-(header.used + growth - header.size) // _EXTENT) * _EXTENT
            try:
                self._patch()
            except JetError:
                header.size = before
                raise
            header.extend_count += 1
            header.extend_date = self.clock.now()
            header.last_resize = position(self.generation, self._used)
        header.used += growth

    def _roll(self, used: int) -> None:
        created = self._log.created
        with file_errors(full=LOG_DISK_FULL):
            self._log_lock.append(encode_record("end"))
            self._log_lock.release()
        self._close_current(self.generation)
        self._log = LogHeader(
            self.prefix,
            self.generation + 1,
            self._log.signature,
            self.clock.now(),
            created,
            (self._attachment,),
            LogPosition(self._header.log_required[0], 1, 0),
        )
        self._used = used
        self._new_current(b"")
        self._set_required(self._header.log_required[0])
        self._patch()
        if self.generation - self._header.log_required[0] > 2 * LAG:
            self.flush(LAG)

    def _end_current(self) -> None:
        """Whoever wrote E00.log left it open: the next generation begins, so this one ends."""
        path = join(self.log_folder, current_name(self.prefix))
        end = encode_record("end")
        with file_errors(full=LOG_DISK_FULL):
            lock = self.fs.open_exclusive(path, _OWNER)
            try:
                if not lock.read_bytes().endswith(b"\n" + end):
                    lock.append(end)
            finally:
                lock.release()

    def _close_current(self, generation: int) -> None:
        """E00.log becomes E00<generation>.log."""
        with file_errors(full=LOG_DISK_FULL):
            current = join(self.log_folder, current_name(self.prefix))
            self.fs.rename(current, join(self.log_folder, closed_name(self.prefix, generation)))

    def _new_current(self, records: bytes) -> None:
        path = join(self.log_folder, current_name(self.prefix))
        with file_errors(full=LOG_DISK_FULL):
            self.fs.write_bytes(path, self._log.encode() + records)
            self._log_lock = self.fs.open_exclusive(path, _OWNER, SYSTEM)

    def _set_required(self, low: int) -> None:
        high = max(low, self.generation - 1)
        header = self._header
        header.log_required = (low, high)
        header.log_committed = (0, self.generation)
        header.log_consistent = low
        header.required_time = self._log.created if high == self.generation else self._log.previous
        header.committed_time = self._log.created

    def _patch(self) -> None:
        with file_errors():
            self._edb_lock.patch_header(self._header.as_line(), PAD)

    def _store(self) -> None:
        with file_errors():
            self._edb_lock.write_bytes(encode_database(self._header, self._flushed))

    def _write_checkpoint(
        self, generation: int, attachments: tuple[Attachment, ...], at: LogPosition | None = None
    ) -> None:
        place = at or LogPosition(generation, 1, 0)
        CheckpointFile(place, self._log.signature, attachments).write(
            self.fs, join(self.log_folder, checkpoint_name(self.prefix))
        )

    def _write_extras(self) -> None:
        """Flush map and the next log being prepared; a full disk costs these, not the database."""
        line = {"lab": "jfm", "size": 2 * MB, "signature": to_json(self._header.signature)}
        temporary = join(self.log_folder, f"{self.prefix}tmp.log")
        with contextlib.suppress(JetError), file_errors():
            self.fs.write_bytes(flush_map(self.edb), lab_header.encode(line))
            if not self.fs.exists(temporary):
                self.fs.allocate(temporary, LOG_SIZE, "log-in-preparation")


def flush_map(edb: str) -> str:
    """Path of the .jfm that belongs to *edb*."""
    stem, dot, _extension = edb.rpartition(".")
    return (stem if dot else edb) + ".jfm"


def _apply(rows: dict[str, Any], puts: Mapping[str, Any], deletes: Iterable[str]) -> None:
    rows.update(puts)
    for key in deletes:
        rows.pop(key, None)
