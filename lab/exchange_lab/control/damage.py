# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, damage, and what mends it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from exchange_lab import power, windows_backup
from exchange_lab.control.area import Area, ControlError
from exchange_lab.ese import snapshot_backup
from exchange_lab.faults.catalogue import CATALOGUE


class Damage(Area):
    """What happens to databases, servers and services."""

    def backup(self, database: str, folder: str, truncate: bool = False) -> dict[str, Any]:
        """A full backup (shadow copy) into a folder of the database's server; takes its time."""
        organisation = self._organisation
        with organisation.lock:
            mounted = self._mounted(database)
            size = mounted.instance.size
            fs = mounted.instance.fs
            if not fs.is_dir(folder):
                fs.mkdir(folder)
            result = snapshot_backup(mounted.instance, folder, truncate=truncate)
        organisation.clock.sleep(organisation.latency.seconds("backup", size))
        return asdict(result)

    def windows_backup(self, server: str, target: str = "E:") -> str:
        """A full backup of a server's mounted databases by Windows Server Backup; returns wbadmin's version."""
        organisation = self._organisation
        with organisation.lock:
            host = organisation.server(server)
            mounted = [m.instance for m in host.store.databases.values() if not m.object.recovery]
            now = organisation.clock.now()
            version = windows_backup.take(host.fs, host.name, target, mounted, now)
            size = sum(instance.size for instance in mounted)
        organisation.clock.sleep(organisation.latency.seconds("backup", size))
        return version.identifier

    def break_database(self, name: str, how: str = "destroy_edb") -> None:
        """Break a mounted database.

        how: crash (dirty, all files there), destroy_edb (its .edb is gone, the logs survive), destroy_all.
        """
        if how not in ("crash", "destroy_edb", "destroy_all"):
            raise ControlError(f"how must be crash, destroy_edb or destroy_all, not {how}")
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            server = organisation.server(item.server)
            self._mounted(name)
            self._mark("failure")
            server.store.crash_database(item.guid)
            if how == "crash":
                return
            stem = item.edb_file_path.removesuffix(".edb")
            doomed = [item.edb_file_path, f"{stem}.jfm"]
            if how == "destroy_all":
                doomed += [
                    f"{item.log_folder_path}\\{e.name}"
                    for e in server.fs.listdir(item.log_folder_path)
                    if not e.is_dir and e.name.upper().startswith(item.log_file_prefix.upper())
                ]
            for path in doomed:
                if server.fs.is_file(path):
                    server.fs.delete(path)

    def kill_server(
        self, name: str, disks: str = "kept", network: str = "refused", mark: str | None = "failure"
    ) -> None:
        """A whole server dies, as by power loss.

        disks: kept (databases stay dirty, queued mail stays in the queue files) or lost (all of it is gone).
        network: connections to its ports are refused, or get no answer ("timeout"). mark: how the moment is named.
        """
        _check_choice("disks", disks, ("kept", "lost"))
        _check_choice("network", network, ("refused", "timeout"))
        organisation = self._organisation
        server = organisation.server(name)
        if not server.alive:
            raise ControlError(f"{server.name} is dead already")
        with organisation.lock:
            if mark:
                self._mark(mark)
            power.kill(organisation, server, disks_kept=disks == "kept")
        self._lab.disconnect(server.name, network == "timeout")

    def rebuild_server(
        self,
        name: str,
        disks: str = "kept",
        version: str | None = None,
        windows_version: str | None = None,
    ) -> list[str]:
        """A dead server is back: Setup /Mode:RecoverServer under its old name, at the addresses it had.

        disks: kept (what survived the death is there) or lost (all volumes are new and empty). version,
        windows_version: what it shows from now on. Services start; returns the names of databases with
        MountAtStartup that did not mount. It takes no time: let it pass before.
        """
        _check_choice("disks", disks, ("kept", "lost"))
        organisation = self._organisation
        server = organisation.server(name)
        if server.alive:
            raise ControlError(f"{server.name} is not dead")
        with organisation.lock:
            failed = power.rebuild(
                organisation, server, disks_kept=disks == "kept", version=version,
                windows_version=windows_version,
            )  # fmt: skip
        self._lab.reconnect(server.name)
        return failed

    def mount(self, name: str, force: bool = False) -> None:
        """Mount a database without a session, as somebody at the console would."""
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            organisation.server(item.server).store.mount(
                item, force=force, view=organisation.view()
            )

    def dismount(self, name: str) -> None:
        """Dismount a database cleanly."""
        organisation = self._organisation
        with organisation.lock:
            item = organisation.database(name)
            organisation.server(item.server).store.dismount(item.guid)

    def inject(self, fault: str, **options: Any) -> None:
        """Let something break (see `faults`). For all: seconds; for most: nth, times and what calls it is for."""
        if fault not in CATALOGUE:
            raise ControlError(f"there is no fault {fault}")
        self._organisation.faults.inject(CATALOGUE[fault], **options)

    def lift(self, name: str = "*") -> int:
        """Mend what this fault (wildcards; all unless told) broke; returns how often it struck."""
        return self._organisation.faults.lift(name)

    def set_service(self, server: str, service: str, running: bool) -> None:
        """Start or stop a service; stopping MSExchangeIS dismounts every database of the server."""
        organisation = self._organisation
        with organisation.lock:
            target = organisation.server(server)
            if not target.alive:
                raise ControlError(f"{target.name} is dead")
            if service not in target.services:
                raise ControlError(f"{target.name} has no service {service}")
            organisation.set_service(target, service, running)

    def restart_store(self, server: str) -> None:
        """Restart MSExchangeIS: an outage of every database of the server; takes its time."""
        organisation = self._organisation
        self.set_service(server, "MSExchangeIS", False)
        organisation.clock.sleep(organisation.latency.seconds("store restart"))
        self.set_service(server, "MSExchangeIS", True)

    def set_component(self, server: str, component: str, active: bool) -> None:
        """Set a server component's state."""
        with self._organisation.lock:
            target = self._organisation.server(server)
            target.components[component] = "Active" if active else "Inactive"


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ControlError(f"{name} must be one of {', '.join(choices)}, not {value}")
