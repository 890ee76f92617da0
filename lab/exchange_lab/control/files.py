# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of servers and of file shares."""

from __future__ import annotations

import json
from collections.abc import Sequence

from exchange_lab.control.area import Area
from exchange_lab.files import FileSystem, Volume
from exchange_lab.files.shares import Share, grants


class Files(Area):
    """What somebody with other means than a session does with files."""

    def copy_files(self, server: str, folder: str, target_server: str, target_folder: str) -> int:
        """Bring a folder's files to another server, as backup software or somebody with a disk in his bag does.

        Also from a dead server whose disks were kept. Files that are there already are replaced; mounted databases
        can't be copied. Takes its time; returns how many files there were.
        """
        organisation = self._organisation
        source, target = organisation.server(server).fs, organisation.server(target_server).fs
        paths = list(source.walk(folder))
        organisation.clock.sleep(
            organisation.latency.seconds("copy over the network", sum(map(source.size, paths)))
        )
        for path in paths:
            place = target_folder.rstrip("\\") + path[len(folder.rstrip("\\")) :]
            above = place.rpartition("\\")[0]
            if not target.is_dir(above):
                target.mkdir(above)
            target.write_bytes(place, source.read_bytes(path))
        return len(paths)

    def add_share(
        self, path: str, readers: Sequence[str] = (), delegates: Sequence[str] = ()
    ) -> None:
        r"""A share of a file server, `\\\\backup\\exchange`; again: other grants.

        readers: accounts, such as Administrator, or MBX1$ for what runs there as SYSTEM. delegates: servers that may
        act for a reader who has a session there; without that a session can't read any share.
        """
        network = self._organisation.network
        host, name = path.strip("\\").split("\\")
        key = (host.upper(), name.upper())
        share = network.shares.get(key) or self._new_share(host, name)
        share.readers = grants(readers, network.domain)
        share.delegates = set(delegates)
        network.shares[key] = share

    def set_file_server(self, host: str, reachable: bool) -> None:
        """Take a file server off the network, or put it back."""
        unreachable = self._organisation.network.unreachable
        (unreachable.discard if reachable else unreachable.add)(host.upper())

    def copy_to_share(self, server: str, folder: str, path: str) -> int:
        """Bring a folder of a server to a folder of a share, as backup software does; returns how many files."""
        share, place = self._organisation.network.find(path)
        source = self._organisation.server(server).fs
        found = list(source.walk(folder))
        for file in found:
            target = place + file[len(folder.rstrip("\\")) :]
            above = target.rpartition("\\")[0]
            if not share.fs.is_dir(above):
                share.fs.mkdir(above)
            share.fs.write_bytes(target, source.read_bytes(file))
            share.fs.touch(target, source.entry(file).modified)
        return len(found)

    def _new_share(self, host: str, name: str) -> Share:
        organisation = self._organisation
        known = organisation.network.shares.items()
        fs = next((share.fs for (other, _name), share in known if other == host.upper()), None)
        if fs is None:
            volume = Volume("E:\\", 8 * 1024**4, "Backups", device_id=organisation.new_device_id())
            fs = FileSystem(
                organisation.folder / "servers" / host.upper(), [volume], organisation.clock
            )
        folder = f"E:\\{name}"
        if not fs.is_dir(folder):
            fs.mkdir(folder)
        return Share(fs, folder)

    def delete_file(self, server: str, path: str) -> None:
        """Delete a file."""
        self._organisation.server(server).fs.delete(path)

    def fill_volume(self, server: str, path: str, free: int) -> None:
        """Leave only so many bytes free on the volume of `path`."""
        fs = self._organisation.server(server).fs
        volume = fs.volume_of(path)
        taken = max(0, fs.free(volume) - free)
        header = json.dumps({"lab": "filler", "size": taken}, separators=(",", ":"))
        fs.write_bytes(f"{volume.name}filler.bin", header.encode() + b"\n")

    def set_acl(self, server: str, path: str, entries: list[str] | None) -> None:
        """Set the access entries of a file or folder; None: what the parent hands down."""
        self._organisation.server(server).fs.set_acl(path, entries)
