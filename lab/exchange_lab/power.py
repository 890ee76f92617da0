# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole server dies, and comes back under its name (Setup /Mode:RecoverServer).

Everything here needs the organisation's lock and takes no simulated time. The directory does not notice a death:
what it says about the server and its databases stays as it is.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from exchange_lab.directory import SERVER
from exchange_lab.files import FileError, FileSystem, Volume
from exchange_lab.files.errors import NO_SUCH_DEVICE

if TYPE_CHECKING:
    from exchange_lab.exchange_server import ExchangeServer
    from exchange_lab.organisation import Organisation

_NO_QUEUES = "its transport server's disks are lost"


def kill(organisation: Organisation, server: ExchangeServer, *, disks_kept: bool) -> None:
    """Power loss: databases stay dirty, services end, queued mail stays in the queue files, if the disks do."""
    server.store.crash()
    for service in server.services:
        server.services[service] = "Stopped"
    for task in server.tasks.values():
        task.end()
    server.alive = False
    organisation.timeline.server_down(server.name)
    _change_disks(organisation, server, kept=disks_kept)


def rebuild(
    organisation: Organisation,
    server: ExchangeServer,
    *,
    disks_kept: bool,
    version: str | None = None,
    windows_version: str | None = None,
) -> list[str]:
    """The server is back: services run, databases with MountAtStartup are mounted where their files allow it.

    Returns the names of databases that did not mount.
    """
    if not disks_kept:
        _change_disks(organisation, server, kept=False)
    changes: dict[str, Any] = {}
    if version is not None:
        changes["admin_display_version"] = version
    if windows_version is not None:
        changes["windows_version"] = windows_version
    if changes:
        organisation.directory.write(server.store_domain_controller, SERVER, server.guid, changes)
    server.tasks.clear()  # its Windows is a new one
    server.alive = True
    for service in server.services:
        server.services[service] = "Running"
    organisation.timeline.server_up(server.name)
    failed = server.store.start(organisation.mounted_databases())
    server.transport.flush()
    return failed


def _change_disks(organisation: Organisation, server: ExchangeServer, *, kept: bool) -> None:
    """Unplug the disks from what still runs; new ones are empty."""
    old = server.fs
    with old.lock:
        old.fault = _unplugged
        volumes = old.volumes
        if not kept:
            shutil.rmtree(old.root)
            volumes = [
                Volume(v.name, v.capacity, v.label, device_id=organisation.new_device_id())
                for v in volumes
            ]
            server.transport.lose_queues(_NO_QUEUES)
        server.fs = FileSystem(old.root, volumes, old.clock)
        organisation.watch_files(server)
    if not kept:
        organisation.install_system(server)


def _unplugged(_operation: str, path: str) -> None:
    """What a program meets that still ran on the dead computer."""
    raise FileError(NO_SUCH_DEVICE, path)
