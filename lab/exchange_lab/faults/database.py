# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of databases: mounts, dismounts, the store, recovery databases of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from exchange_lab.directory import DATABASE
from exchange_lab.ese import Instance
from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault
from exchange_lab.files import FileError
from exchange_lab.store import StoreError, errors

_SIZE = 128 * 1024**2
_CODES = {
    "NotFoundInDirectory": (errors.MAPI_E_NOT_FOUND, errors.EC_NOT_FOUND),
    "ServicesDown": (errors.MAPI_E_NETWORK_ERROR, errors.EC_NETWORK_ERROR),
}


@fault("database", shows="'Unable to mount database', with an engine code or without one", point="mount")
def mount_fails(hit: Hit, *, kind: str = "Failed", code: int | None = None) -> None:
    """Mounting a database fails. kind: as in StoreError (NotFoundInDirectory is the directory's lag); code: the engine's."""
    hr, ec = _CODES.get(kind, (errors.MAPI_E_CALL_FAILED, errors.EC_DATABASE_ERROR))
    raise StoreError(kind, hit.facts["database"], hr=hr, ec=ec, jet=code, detail="MSExchangeIS")


@fault("database", shows="Mounted stays True after Dismount-Database", point="dismount")
def dismount_lasts(hit: Hit, *, lasts: float = 300.0) -> str:
    """A dismount is accepted and ends so many simulated seconds later."""
    organisation = hit.organisation
    store = organisation.server(hit.facts["server"]).store
    guid = organisation.database(hit.facts["database"]).guid

    def finish() -> None:
        with organisation.lock, suppress(StoreError):
            hook, store.fault = store.fault, None
            try:
                store.dismount(guid)
            finally:
                store.fault = hook

    organisation.scheduler.after(lasts, finish)
    return "it is on its way"


@fault("database", shows="error 32 and -1032 right after a dismount", point="dismounted")
def file_held_after_dismount(hit: Hit, *, lasts: float = 60.0) -> None:
    """A scanner takes a database's file as soon as the store lets go of it, for so many simulated seconds."""
    organisation = hit.organisation
    fs = organisation.server(hit.facts["server"]).fs
    with suppress(FileError):
        lock = fs.open_exclusive(organisation.database(hit.facts["database"]).edb_file_path, "scanner")
        organisation.scheduler.after(lasts, lock.release)


@fault("database", shows="all databases of the server are dismounted")
def store_stops(hit: Hit, *, server: str) -> Iterator[None]:
    """The Information Store stops; when it starts again, it mounts what MountAtStartup says."""
    host = hit.organisation.server(server)
    with hit.organisation.lock:
        hit.organisation.set_service(host, "MSExchangeIS", False)
    yield
    with hit.organisation.lock:
        hit.organisation.set_service(host, "MSExchangeIS", True)


@fault("database", shows="'MapiExceptionTooManyMountedDatabases' at the mount of another one")
def recovery_database_taken(
    hit: Hit, *, server: str, folder: str, name: str = "RDB of a colleague"
) -> Iterator[None]:
    """A colleague mounts a recovery database of his own, in a new folder, and dismounts it when he is ready."""
    organisation = hit.organisation
    host, edb = organisation.server(server), f"{folder}\\RDB.edb"
    with organisation.lock:
        host.fs.mkdir(folder)
        Instance.create(host.fs, edb, folder, "E0F", organisation.clock, size=_SIZE).detach()
        item = organisation.new_database(
            organisation.domain_controller, name=name, server=host.name, recovery=True,
            edb_file_path=edb, log_folder_path=folder,
        )  # fmt: skip
        host.store.mount(item, view=organisation.view())
    yield
    with organisation.lock:
        host.store.dismount(item.guid)


@fault("database", shows="a database is dismounted that was mounted a moment ago", point="call")
def database_dismounted(hit: Hit, *, database: str) -> None:
    """Somebody dismounts a database while others work with it."""
    organisation = hit.organisation
    with organisation.lock:
        item = organisation.database(database)
        organisation.server(item.server).store.dismount(item.guid)


@fault("database", shows="a database object of the name is there")
def name_taken(hit: Hit, *, name: str, server: str, folder: str) -> Iterator[None]:
    """Somebody creates an ordinary database under a name."""
    organisation = hit.organisation
    with organisation.lock:
        item = organisation.new_database(
            organisation.domain_controller, name=name, server=organisation.server(server).name,
            edb_file_path=f"{folder}\\{name}.edb", log_folder_path=folder,
        )  # fmt: skip
    yield
    with organisation.lock:
        organisation.directory.delete(organisation.domain_controller, DATABASE, item.guid)
