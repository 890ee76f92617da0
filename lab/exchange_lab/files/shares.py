# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""File shares: who reads what over the network, and the second hop (exchange.md, 13.2).

A program in a remote session has no credentials for a third machine, unless the file server trusts the session's computer
to act for its users (resource-based constrained delegation). What runs as SYSTEM comes as the computer's own account.
Shares can only be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .acl import SYSTEM
from .errors import ACCESS_DENIED, BAD_NET_NAME, BAD_NET_PATH, FileError
from .filesystem import Entry, FileSystem
from .space import Reservation
from .volumes import Volume


@dataclass
class Share:
    r"""A folder of a file server. readers: accounts (CONTOSO\MBX1$ is a computer); delegates: computers that may act
    for a reader who is logged on there."""

    fs: FileSystem
    folder: str
    readers: set[str] = field(default_factory=set)
    delegates: set[str] = field(default_factory=set)

    def admits(self, account: str, computer: str, domain: str) -> bool:
        """Whether a program on a computer may read, that runs as an account."""
        readers = {name.upper() for name in self.readers}
        if account.upper() == SYSTEM.upper():
            return f"{domain}\\{computer}$".upper() in readers
        delegates = {name.upper() for name in self.delegates}
        return account.upper() in readers and computer.upper() in delegates


class Network:
    """The file servers. domain: the short name that accounts begin with. computers: others, whose administrative shares
    (D$) let no program of a session in."""

    def __init__(self, domain: str, computers: Iterable[str] = ()) -> None:
        self.domain = domain
        self.computers = {name.upper() for name in computers}
        self.shares: dict[tuple[str, str], Share] = {}  # (host, share) in upper case
        self.unreachable: set[str] = set()

    def find(self, path: str) -> tuple[Share, str]:
        """The share of a UNC path, and where in its file system the path leads. FileError 53, 67."""
        host, name, *rest = [*path.replace("/", "\\").strip("\\").split("\\"), ""]
        if not name or host.upper() in self.unreachable:
            raise FileError(BAD_NET_PATH, path)
        if host.partition(".")[0].upper() in self.computers:
            raise FileError(ACCESS_DENIED, path)
        if not any(host.upper() == known for known, _name in self.shares):
            raise FileError(BAD_NET_PATH, path)
        share = self.shares.get((host.upper(), name.upper()))
        if share is None:
            raise FileError(BAD_NET_NAME, path)
        return share, "\\".join([share.folder, *(part for part in rest if part)])


def is_network_path(path: str) -> bool:
    """Whether it begins with two backslashes, and is no device path."""
    text = path.replace("/", "\\")
    return text.startswith("\\\\") and text[2:3] not in ("?", ".")


class NetworkedFiles:
    """A computer's files and the network's shares, as a program sees them that runs as an account.

    Has everything that FileSystem has; paths of shares are for looking and for copying from.
    """

    def __init__(self, local: FileSystem, network: Network, account: str, computer: str) -> None:
        self._local, self._network = local, network
        self._account, self._computer = account, computer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._local, name)

    def exists(self, path: str) -> bool:
        return self._is(path, "exists")

    def is_dir(self, path: str) -> bool:
        return self._is(path, "is_dir")

    def is_file(self, path: str) -> bool:
        return self._is(path, "is_file")

    def size(self, path: str) -> int:
        return int(self._look(path, lambda fs, place: fs.size(place)))

    def entry(self, path: str) -> Entry:
        found: Entry = self._look(path, lambda fs, place: fs.entry(place))
        return found

    def listdir(self, path: str) -> list[Entry]:
        found: list[Entry] = self._look(path, lambda fs, place: fs.listdir(place))
        return found

    def walk(self, path: str) -> Iterator[str]:
        """As FileSystem.walk()."""
        for entry in self.listdir(path):
            child = path.rstrip("\\") + "\\" + entry.name
            if not entry.is_dir:
                yield child
            elif not entry.is_mount_point:
                yield from self.walk(child)

    def header(self, path: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._look(path, lambda fs, place: fs.header(place))
        return found

    def read_bytes(self, path: str) -> bytes:
        return bytes(self._look(path, lambda fs, place: fs.read_bytes(place)))

    def volume_of(self, path: str) -> Volume:
        found: Volume = self._look(path, lambda fs, place: fs.volume_of(place))
        return found

    def locked_by(self, path: str) -> str | None:
        found: str | None = self._look(path, lambda fs, place: fs.locked_by(place))
        return found

    def canonical(self, path: str) -> str:
        return path if is_network_path(path) else self._local.canonical(path)

    def copy(self, source: str, target: str) -> None:
        """As FileSystem.copy(), also from a share."""
        if is_network_path(target):
            raise FileError(ACCESS_DENIED, target)
        if not is_network_path(source):
            return self._local.copy(source, target)
        modified: datetime = self.entry(source).modified
        self._local.write_bytes(target, self.read_bytes(source))
        self._local.touch(target, modified)

    def reserve(self, path: str) -> Reservation:
        if is_network_path(path):
            raise FileError(ACCESS_DENIED, path)
        return self._local.reserve(path)

    def _is(self, path: str, question: str) -> bool:
        try:
            return bool(self._look(path, lambda fs, place: getattr(fs, question)(place)))
        except FileError:
            return False

    def _look(self, path: str, question: Callable[[FileSystem, str], Any]) -> Any:
        if not is_network_path(path):
            return question(self._local, path)
        share, place = self._network.find(path)
        if not share.admits(self._account, self._computer, self._network.domain):
            raise FileError(ACCESS_DENIED, path)
        try:
            return question(share.fs, place)
        except FileError as error:
            raise FileError(error.code, path) from None


def grants(names: Iterable[str], domain: str) -> set[str]:
    r"""Accounts with their domain: MBX1$ becomes CONTOSO\MBX1$."""
    return {name if "\\" in name else f"{domain}\\{name}" for name in names}
