# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The information store of one server: what it mounts, and what it refuses (exchange.md 6.2)."""

from __future__ import annotations

import ntpath
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from exchange_lab.clock import Clock
from exchange_lab.directory import DATABASE, MAILBOX, DatabaseObject, Directory, ServerObject, View
from exchange_lab.ese import Instance, JetError, Signature, dump_header, soft_recovery
from exchange_lab.files import FileError, FileSystem
from exchange_lab.store import errors
from exchange_lab.store.database import MountedDatabase
from exchange_lab.store.errors import DatabaseFailed, StoreError

MOUNT_SERVICES = ("MSExchangeIS", "MSExchangeRepl")
STANDARD_SIZE_LIMIT = 1024 * 1024**3
_NEW_FILE_SIZE = 128 * 1024**2


class Host(Protocol):
    """What the store needs of its server."""

    name: str
    fs: FileSystem
    clock: Clock
    directory: Directory
    services: dict[str, str]
    switches: dict[str, Any]
    store_domain_controller: str

    @property
    def object(self) -> ServerObject:  # noqa: A003
        """The server's object in Active Directory."""


@dataclass(frozen=True)
class StoreEvent:
    """An entry of the server's Application log."""

    time: datetime
    source: str
    event_id: int
    text: str


class InformationStore:
    """MSExchangeIS of one server. All calls need the organisation's lock and take no simulated time.

    ``on_mount(database)`` and ``on_dismount(database)`` are called after each change. ``fault``, when set, is called
    with operation (mount, dismount, dismounted) and database (its name) before each mount and around each dismount:
    it may raise StoreError, and a dismount is left to it when it returns something.
    """

    def __init__(self, server: Host) -> None:
        self.server = server
        self.databases: dict[str, MountedDatabase] = {}  # by object GUID
        self.events: list[StoreEvent] = []
        self.fault: Callable[..., Any] | None = None
        self.on_mount: list[Callable[[MountedDatabase], None]] = []
        self.on_dismount: list[Callable[[MountedDatabase], None]] = []
        self._signatures: dict[str, Signature] = {}  # the file each object last had

    @property
    def running(self) -> bool:
        """Whether MSExchangeIS runs."""
        return self.server.services.get("MSExchangeIS") == "Running"

    def view(self) -> View:
        """What the store's own domain controller knows; another one while that is dead."""
        return self.server.directory.read(self._domain_controller)

    @property
    def _domain_controller(self) -> str:
        return self.server.directory.in_use(self.server.store_domain_controller)

    def mount(
        self,
        database: DatabaseObject,
        *,
        force: bool = False,
        accept_loss: bool = False,
        view: View | None = None,
    ) -> MountedDatabase:
        """Mount a database. `view`: where the store looks first, for the lab's own mounts; those of an
        administrator go by the store's own domain controller, whatever is pinned (exchange.md 6.3).

        Raises StoreError. Sets DatabaseCreated, and AllowFileRestore back to false, in the directory.
        """
        known = self._known(database, view)
        self._strike("mount", known.name)
        self._check_object(known)
        self._check_access(known)
        fs = self.server.fs
        if fs.is_file(known.edb_file_path):
            instance = self._attach(known, accept_loss)
        else:
            instance = self._create(known, force)
        self._signatures[known.guid] = instance.header.signature
        self._remember(known)
        mounted = self._keep(known, instance)
        if not known.recovery:
            mounted.create_system_mailbox()
            if self.server.switches["disconnect_scan_at_mount"]:
                self._scan(mounted)
        for call in self.on_mount:
            call(mounted)
        return mounted

    def adopt(self, database: DatabaseObject, instance: Instance) -> MountedDatabase:
        """Take over an attached instance: how a topology's databases come to be mounted."""
        self._signatures[database.guid] = instance.header.signature
        mounted = self._keep(database, instance)
        mounted.create_system_mailbox()
        return mounted

    def expect(self, guid: str, signature: Signature) -> None:
        """This file is the database's own: a copy of it is activated here."""
        self._signatures[guid.lower()] = signature

    def dismount(self, guid: str) -> None:
        """Clean dismount by object GUID; dirty where the disk has no room for it. StoreError NotMounted."""
        found = self.databases.get(guid.lower())
        if found is not None and self._strike("dismount", found.object.name):
            return
        mounted = self._take(guid)
        try:
            mounted.dismount()
        except JetError as error:
            self._write_failure(error)
            mounted.crash()
        self._gone(mounted)
        self._strike("dismounted", mounted.object.name)

    def crash_database(self, guid: str) -> None:
        """One database is torn from the store: its files stay dirty. StoreError NotMounted."""
        mounted = self._take(guid)
        mounted.crash()
        self._gone(mounted)

    def stop(self) -> None:
        """Stop the service: every database is dismounted cleanly."""
        for guid in list(self.databases):
            self.dismount(guid)
        self.server.services["MSExchangeIS"] = "Stopped"

    def start(self, elsewhere: Container[str] = ()) -> list[str]:
        """Start it: databases with MountAtStartup are mounted. Returns names of those that didn't mount.

        `elsewhere`: GUIDs of databases that are mounted on other servers, as Active Manager knows before the directory.
        """
        self.server.services["MSExchangeIS"] = "Running"
        failed = []
        for item in self.view().find(DATABASE, server=self.server.name, mount_at_startup=True):
            if item.guid in self.databases or item.guid in elsewhere:
                continue
            try:
                self.mount(item)
            except StoreError:
                failed.append(item.name)
        return failed

    def restart(self) -> list[str]:
        """Stop and start."""
        self.stop()
        return self.start()

    def crash(self) -> None:
        """The process dies; every database stays dirty, the service is stopped."""
        for guid in list(self.databases):
            self.crash_database(guid)
        self.server.services["MSExchangeIS"] = "Stopped"

    def scan(self) -> None:
        """Mark mailboxes the directory keeps elsewhere as disconnected, and connect those that came back.

        What has been disconnected for longer than MailboxRetention is removed.
        """
        for mounted in list(self.databases.values()):
            if not mounted.object.recovery:
                with suppress(DatabaseFailed):
                    self._scan(mounted)

    def _scan(self, mounted: MountedDatabase) -> None:
        here = set()
        for owner in self.view().all(MAILBOX):
            if owner.database == mounted.guid:
                here.add(owner.exchange_guid)
            if owner.archive_guid and owner.archive_database == mounted.guid:
                here.add(owner.archive_guid)
        oldest = self.server.clock.now() - mounted.object.mailbox_retention
        for mailbox in list(mounted.mailboxes.values()):
            if mailbox.row.type_detail == "SystemMailbox":
                continue
            if mailbox.guid in here and mailbox.row.disconnect_reason == "SoftDeleted":
                mounted.connect(mailbox.guid)
            elif mailbox.guid not in here and not mailbox.row.disconnect_reason:
                mounted.disconnect(mailbox.guid)
            elif (
                mailbox.row.disconnect_reason
                and datetime.fromisoformat(mailbox.row.disconnect_date) <= oldest
            ):
                mounted.purge(mailbox.guid)

    def _strike(self, operation: str, database: str) -> Any:
        return self.fault(operation, database=database) if self.fault else None

    def _known(self, database: DatabaseObject, first: View | None) -> DatabaseObject:
        for service in MOUNT_SERVICES:
            if self.server.services.get(service) != "Running":
                raise StoreError(
                    "ServicesDown", database.name, hr=errors.MAPI_E_NETWORK_ERROR,
                    ec=errors.EC_NETWORK_ERROR, detail=service,
                )  # fmt: skip
        for view in (first, self.view()):
            known = view.get(DATABASE, database.guid) if view else None
            if known is not None:
                return known
        raise StoreError(
            "NotFoundInDirectory", database.name, hr=errors.MAPI_E_NOT_FOUND,
            ec=errors.EC_NOT_FOUND, detail=self._domain_controller,
        )  # fmt: skip

    def _check_object(self, known: DatabaseObject) -> None:
        if known.server.lower() != self.server.name.lower():
            raise StoreError("WrongServer", known.name, detail=known.server)
        if known.guid in self.databases:
            raise StoreError("AlreadyMounted", known.name)
        recovery = [m.object.name for m in self.databases.values() if m.object.recovery]
        if known.recovery and recovery:
            raise StoreError("SecondRecoveryDatabase", known.name, detail=recovery[0])
        counted = len(self.databases)
        if not self.server.switches["recovery_database_counts"]:
            counted -= len(recovery)
        counts = not known.recovery or self.server.switches["recovery_database_counts"]
        if counts and counted >= self.server.object.database_limit:
            raise StoreError(
                "TooManyMounted", known.name, detail=str(self.server.object.database_limit)
            )

    def _check_access(self, known: DatabaseObject) -> None:
        fs = self.server.fs
        if not fs.is_file(known.edb_file_path):
            return
        for path in (
            known.edb_file_path,
            ntpath.dirname(known.edb_file_path),
            known.log_folder_path,
        ):
            if fs.exists(path) and not any("SYSTEM" in entry.upper() for entry in fs.acl(path)):
                raise StoreError("AccessDenied", known.name, jet=-1032, detail=path)
        standard = self.server.object.database_limit == 5
        if standard and fs.size(known.edb_file_path) > STANDARD_SIZE_LIMIT:
            raise StoreError("SizeLimit", known.name, detail="1024 GB")

    def _create(self, known: DatabaseObject, force: bool) -> Instance:
        if known.recovery:
            raise StoreError("FileMissing", known.name, jet=-1811, detail=known.edb_file_path)
        if known.database_created and not force:
            raise StoreError("FileMissingWouldCreate", known.name, detail=known.edb_file_path)
        try:
            for folder in (ntpath.dirname(known.edb_file_path), known.log_folder_path):
                if not self.server.fs.is_dir(folder):
                    self.server.fs.mkdir(folder)
            instance = Instance.create(
                self.server.fs, known.edb_file_path, known.log_folder_path,
                known.log_file_prefix, self.server.clock, size=_NEW_FILE_SIZE,
            )  # fmt: skip
            created = self.server.clock.now().isoformat()
            instance.put("database", {"guid": known.guid, "created": created})
            return instance
        except JetError as error:
            raise StoreError("Jet", known.name, jet=error.code, detail=str(error)) from error
        except FileError as error:
            jet = {5: -1809, 112: -1808}.get(error.code, -1023)
            raise StoreError("Jet", known.name, jet=jet, detail=str(error)) from error

    def _attach(self, known: DatabaseObject, accept_loss: bool) -> Instance:
        fs = self.server.fs
        arguments = (
            fs, known.edb_file_path, known.log_folder_path, known.log_file_prefix, self.server.clock,
        )  # fmt: skip
        try:
            header = dump_header(fs, known.edb_file_path)
            self._check_twin(known, header.signature)
            if not known.recovery:
                self._check_foreign(known, header.signature)
            if not fs.is_dir(known.log_folder_path):
                fs.mkdir(known.log_folder_path)
            self._replay_restored_logs(known, header.clean)
            try:
                return Instance.attach(*arguments)
            except JetError as error:
                if not (accept_loss and error.code in (-528, -582)):
                    raise
            for _percent in soft_recovery(
                fs, known.log_file_prefix, known.log_folder_path, known.log_folder_path, None,
                accept_loss=True,
            ):  # fmt: skip
                pass
            return Instance.attach(*arguments)
        except JetError as error:
            kind = {-550: "Dirty", -1032: "AccessDenied", -1809: "AccessDenied"}.get(
                error.code, "Jet"
            )
            raise StoreError(kind, known.name, jet=error.code, detail=str(error)) from error

    def _check_twin(self, known: DatabaseObject, signature: Signature) -> None:
        """Another copy of this very database that is mounted here (15.2)."""
        twins = [m for m in self.databases.values() if m.instance.header.signature == signature]
        if twins and self.server.switches["same_database_twice"] == "refuse":
            raise StoreError("TwinMounted", known.name, detail=twins[0].object.name)

    def _replay_restored_logs(self, known: DatabaseObject, clean: bool) -> None:
        """Logs that backup software left beside the others, where a dirty file's mount takes them (15.18)."""
        folder = ntpath.join(known.log_folder_path, "_restoredLogs")
        replays = self.server.switches["restored_logs"] == "replayed"
        if clean or not replays or not self.server.fs.is_dir(folder):
            return
        for _percent in soft_recovery(
            self.server.fs, known.log_file_prefix, folder, folder,
            ntpath.dirname(known.edb_file_path), accept_loss=True,
        ):  # fmt: skip
            pass

    def _check_foreign(self, known: DatabaseObject, signature: Signature) -> None:
        """Refuse a file the object did not have before, unless AllowFileRestore (events 1047, 1048)."""
        if self._signatures.get(known.guid) == signature or known.allow_file_restore:
            return
        if self.server.switches["foreign_file"] == "accepted":
            return
        self._event(
            1047,
            f"Unable to mount database {known.name}: the database file {known.edb_file_path} is not "
            "the one the directory object was last mounted with.",
        )
        self._event(
            1048,
            f"The database {known.name} can be overwritten by a restore only when "
            "AllowFileRestore is set.",
        )
        raise StoreError("ForeignFile", known.name, detail=known.edb_file_path)

    def _remember(self, known: DatabaseObject) -> None:
        changes: dict[str, Any] = {}
        if not known.database_created:
            changes["database_created"] = True
        if known.allow_file_restore and self.server.switches["allow_file_restore_resets"]:
            changes["allow_file_restore"] = False
        if not changes:
            return
        for controller in (self._domain_controller, *self._others()):
            if self.server.directory.read(controller).get(DATABASE, known.guid) is not None:
                self.server.directory.write(controller, DATABASE, known.guid, changes)
                return

    def _others(self) -> list[str]:
        return [c.name for c in self.server.directory.domain_controllers]

    def _keep(self, database: DatabaseObject, instance: Instance) -> MountedDatabase:
        mounted = MountedDatabase(
            instance, lambda: self._settings(database), self.server.name, self.server.clock
        )
        mounted.on_failure = lambda error: self._failed(database.guid, error)
        self.databases[database.guid] = mounted
        return mounted

    def _failed(self, guid: str, error: JetError) -> None:
        """The engine stopped: the database is dismounted as it is."""
        self._write_failure(error)
        if guid in self.databases:
            self.crash_database(guid)

    def _write_failure(self, error: JetError) -> None:
        self._event(
            413,
            "Unable to create a new logfile because the database cannot write to the log drive. The drive may "
            f"be read-only, out of disk space, misconfigured, or corrupted. Error {error.code}.",
            source="ESE",
        )

    def _settings(self, fallback: DatabaseObject) -> DatabaseObject:
        return self.view().get(DATABASE, fallback.guid) or fallback

    def _take(self, guid: str) -> MountedDatabase:
        mounted = self.databases.pop(guid.lower(), None)
        if mounted is None:
            raise StoreError("NotMounted", guid)
        return mounted

    def _gone(self, mounted: MountedDatabase) -> None:
        for call in self.on_dismount:
            call(mounted)

    def _event(self, event_id: int, text: str, source: str = "MSExchangeIS") -> None:
        self.events.append(StoreEvent(self.server.clock.now(), source, event_id, text))
