# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passive copies of databases in an availability group: real files on other servers (exchange.md section 9).

A copy begins as the active database's file of that moment and gets each log that the active one closes; what the
active one writes into its current log is received at once and kept in memory. The logs are replayed when the copy is
activated (or by eseutil): a queue of logs that wait for replay is shown by their age.
"""

from __future__ import annotations

import ntpath
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from exchange_lab.directory import DATABASE, DatabaseObject
from exchange_lab.ese import JetError, dump_header
from exchange_lab.ese.logs import LogFolder, closed_name, current_name
from exchange_lab.files import FileError
from exchange_lab.files.errors import FILE_NOT_FOUND
from exchange_lab.store import MountedDatabase, StoreError

if TYPE_CHECKING:
    from exchange_lab.exchange_server import ExchangeServer
    from exchange_lab.organisation import Organisation

INTERVAL = 5.0  # simulated seconds between two looks at the active copy's logs
_STOPPED = ("Suspended", "Failed", "FailedAndSuspended")


@dataclass
class PassiveCopy:
    """One passive copy. `status` is what Get-MailboxDatabaseCopyStatus shows while its server answers."""

    database: str  # GUID
    server: str
    status: str = "Initializing"
    activation_suspended: bool = False
    error: str = ""
    copied: int = 0  # newest closed generation that is here
    generated: int = 0  # newest closed generation of the active copy, as far as known
    arrived: dict[int, datetime] = field(default_factory=dict)  # generation -> when it came
    partial: bytes = b""  # what the active copy's current log held
    partial_generation: int = 0

    @property
    def copy_queue(self) -> int:
        """Logs that are not here: possible loss."""
        return max(0, self.generated - self.copied)

    def replay_queue(self, now: datetime, lag: timedelta) -> int:
        """Logs that are here and wait for their time."""
        return sum(now - moment < lag for moment in self.arrived.values())


class CopyRefused(Exception):
    """An activation isn't possible; the message says why."""


class Replication:
    """All passive copies of an organisation. Methods need its lock and take no simulated time."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.copies: dict[tuple[str, str], PassiveCopy] = {}  # (database GUID, server name)

    def start(self) -> None:
        """Begin to follow the active copies."""
        if self.copies:
            self.organisation.scheduler.every(INTERVAL, self._tick)

    def of(self, database: str, server: str) -> PassiveCopy | None:
        """The passive copy of a database (GUID) on a server."""
        return self.copies.get((database, server.upper()))

    def seed(self, database: DatabaseObject, server: str) -> PassiveCopy:
        """Make the copy anew from the mounted active one; what is there is replaced."""
        copy = PassiveCopy(database.guid, server.upper())
        self.copies[copy.database, copy.server] = copy
        mounted = self.organisation.mounted(database.guid)
        if mounted is None:
            return copy
        host = self.organisation.server(server)
        folders = {ntpath.dirname(database.edb_file_path), database.log_folder_path}
        for folder in sorted(folders):
            if not host.fs.is_dir(folder):
                host.fs.mkdir(folder)
        for path in self.files(host, database):
            host.fs.delete(path)
        instance = mounted.instance
        with instance.lock:
            instance.roll()
            copy.copied = copy.generated = instance.header.log_required[0] - 1
            host.fs.write_bytes(database.edb_file_path, instance.read_edb())
        copy.status = "Healthy"
        self._follow(copy, database, mounted)
        copy.arrived.clear()  # a new copy holds what was replayed long ago
        return copy

    def files(self, host: ExchangeServer, database: DatabaseObject) -> list[str]:
        """The database's files on one server."""
        stem, logs = ntpath.splitext(database.edb_file_path)[0], database.log_folder_path
        found = [f"{stem}{s}" for s in (".edb", ".jfm") if host.fs.is_file(f"{stem}{s}")]
        for entry in host.fs.listdir(logs) if host.fs.is_dir(logs) else ():
            name = entry.name.upper()
            ours = name.startswith(database.log_file_prefix.upper())
            if ours and name.endswith((".LOG", ".CHK", ".JRS")):
                found.append(f"{logs}\\{entry.name}")
        return found

    def fail(self, database: str, server: str, error: str) -> None:
        """Break a copy: its file can't be read, and it no longer follows."""
        copy = self.copies[database, server.upper()]
        copy.status, copy.error = "FailedAndSuspended", error
        item = cast(DatabaseObject, self.organisation.view().get(DATABASE, database))
        fs = self.organisation.server(server).fs
        if fs.is_file(item.edb_file_path):
            fs.write_bytes(item.edb_file_path, b"damaged")

    def lost_logs(self, database: DatabaseObject, server: str) -> int:
        """Closed logs that an activation on this server would lose; what the source still has is fetched first."""
        copy = self.copies[database.guid, server.upper()]
        self._fetch_last(copy, database)
        return copy.copy_queue

    def activate(self, database: DatabaseObject, server: str, dc: str) -> None:
        """Make a passive copy the active one: write the directory, and mount it. CopyRefused, StoreError."""
        organisation = self.organisation
        target, source = organisation.server(server), organisation.server(database.server)
        copy = self.copies[database.guid, target.name]
        self._write_current(copy, database, target)
        try:
            signature = dump_header(target.fs, database.edb_file_path).signature
        except (JetError, FileError) as error:
            raise CopyRefused(str(error)) from error
        target.store.expect(database.guid, signature)
        changes = {"server": target.name}
        changed = organisation.directory.write(dc, DATABASE, database.guid, changes)
        try:
            target.store.mount(changed, accept_loss=True, view=organisation.directory.read(dc))
        except StoreError:
            organisation.directory.write(dc, DATABASE, database.guid, {"server": source.name})
            raise
        del self.copies[database.guid, target.name]
        self.copies[database.guid, source.name] = PassiveCopy(database.guid, source.name)

    # -- following
    def _tick(self) -> None:
        with self.organisation.lock:
            for copy in list(self.copies.values()):
                database = self.organisation.view().get(DATABASE, copy.database)
                if database is None:
                    del self.copies[copy.database, copy.server]
                    continue
                mounted = self.organisation.mounted(copy.database)
                if mounted is not None and self._answers(copy.server):
                    self._follow(copy, database, mounted)

    def _answers(self, server: str) -> bool:
        host = self.organisation.server(server)
        return host.alive and host.services.get("MSExchangeRepl") == "Running"

    def _follow(
        self, copy: PassiveCopy, database: DatabaseObject, mounted: MountedDatabase
    ) -> None:
        """Fetch what the active copy has written since."""
        instance = mounted.instance
        copy.generated = max(copy.generated, instance.generation - 1)
        if copy.status in _STOPPED:
            return
        if copy.status == "Initializing":
            self._begin_again(copy, database)
            return
        try:
            self._ship(copy, database)
        except FileError as error:
            copy.status, copy.error = "Failed", str(error)
            return
        copy.partial, copy.partial_generation = instance.read_current_log(), instance.generation

    def _begin_again(self, copy: PassiveCopy, database: DatabaseObject) -> None:
        """The former active copy follows the new one, when it still has its file."""
        host = self.organisation.server(copy.server)
        if host.fs.is_file(database.edb_file_path):
            self.seed(database, copy.server)
            return
        copy.status = "FailedAndSuspended"
        copy.error = f"The required file '{database.edb_file_path}' does not exist."

    def _ship(self, copy: PassiveCopy, database: DatabaseObject) -> None:
        """Copy closed logs, in order. FileError: one is missing, or the disk is full."""
        source = self.organisation.server(database.server).fs
        target = self.organisation.server(copy.server).fs
        prefix, logs = database.log_file_prefix, database.log_folder_path
        closed = LogFolder.look(source, logs, prefix).closed
        copy.generated = max([copy.generated, *closed])
        for generation in range(copy.copied + 1, copy.generated + 1):
            if generation not in closed:
                raise FileError(FILE_NOT_FOUND, closed_name(prefix, generation))
            path = f"{logs}\\{closed_name(prefix, generation)}"
            target.write_bytes(path, source.read_bytes(closed[generation]))
            copy.copied = generation
            copy.arrived[generation] = self.organisation.clock.now()

    # -- activating
    def _fetch_last(self, copy: PassiveCopy, database: DatabaseObject) -> None:
        """The last logs of the source, where it still can be read ("attempt to copy the last logs")."""
        source = self.organisation.server(database.server)
        if not source.alive or not source.fs.is_dir(database.log_folder_path):
            return
        if copy.status not in _STOPPED:
            with suppress(FileError):  # what can't be fetched is lost
                self._ship(copy, database)
        current = f"{database.log_folder_path}\\{current_name(database.log_file_prefix)}"
        if source.fs.is_file(current) and not source.fs.locked_by(current):
            copy.partial = source.fs.read_bytes(current)
            copy.partial_generation = copy.generated + 1

    def _write_current(
        self, copy: PassiveCopy, database: DatabaseObject, target: ExchangeServer
    ) -> None:
        if copy.partial and copy.partial_generation == copy.copied + 1:
            name = current_name(database.log_file_prefix)
            target.fs.write_bytes(f"{database.log_folder_path}\\{name}", copy.partial)
