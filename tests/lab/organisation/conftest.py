# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small organisation on a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from exchange_shell import Inside, make_organisation

from exchange_lab.control import Control
from exchange_lab.directory import DATABASE, MAILBOX, DatabaseObject
from exchange_lab.organisation import Organisation
from exchange_lab.store import MountedDatabase, StoreError

__all__ = ["make_organisation", "make_site", "site"]


@dataclass
class Site(Inside):
    """An organisation, with the moves that the tests make again and again. DC1 is where things are written."""

    control: Control

    @property
    def dc(self) -> str:
        return self.organisation.domain_controller

    def wait(self) -> None:
        """Until every domain controller knows."""
        self.clock.advance(20)

    def object(self, name: str) -> DatabaseObject:  # noqa: A003
        return self.organisation.database(name)

    def create(
        self, name: str, edb: str, logs: str | None = None, **attributes: Any
    ) -> DatabaseObject:
        """A new database object on the first server, not mounted, known everywhere."""
        made = self.organisation.new_database(
            self.dc, name=name, server=self.server.name, edb_file_path=edb,
            log_folder_path=logs or edb.rpartition("\\")[0], **attributes,
        )  # fmt: skip
        self.wait()
        return made

    def mount(self, name: str, **options: Any) -> MountedDatabase:
        return self.server.store.mount(self.object(name), **options)

    def refusal(self, name: str, **options: Any) -> StoreError:
        """The refusal of a mount that must not work."""
        with pytest.raises(StoreError) as caught:
            self.mount(name, **options)
        assert self.object(name).guid not in self.server.store.databases
        return caught.value

    def set(self, name: str, **changes: Any) -> None:  # noqa: A003
        """Change a database object, everywhere."""
        self.organisation.directory.write(self.dc, DATABASE, self.object(name).guid, changes)
        self.wait()

    def rehome(self, source: str, target: str) -> int:
        """Point mailboxes and archives of one database at another, as an administrator would."""
        old, new = self.object(source).guid, self.object(target).guid
        moved = 0
        for owner in self.organisation.view().all(MAILBOX):
            changes = {
                attribute: new
                for attribute in ("database", "archive_database")
                if getattr(owner, attribute) == old
            }
            if changes:
                self.organisation.directory.write(self.dc, MAILBOX, owner.guid, changes)
                moved += 1
        self.wait()
        return moved


@pytest.fixture
def make_site(make_organisation: Callable[..., Organisation]) -> Callable[..., Site]:
    def make(name: str | dict[str, Any] = "tiny", **switches: Any) -> Site:
        organisation = make_organisation(name, **switches)
        return Site(organisation, Control(_Bare(organisation)))  # type: ignore[arg-type]

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """One server, DB01 with six mailboxes, DB02 with one."""
    return make_site()


@dataclass
class _Bare:
    """A lab without endpoints: all that Control needs of it."""

    organisation: Organisation

    def sessions(self) -> dict[str, Any]:
        return {"opened": 0, "open": 0}

    def disconnect(self, server: str, silent: bool = False) -> None:
        """There is no connection to end."""

    def reconnect(self, server: str) -> None:
        """There is none to allow again."""

    defects: tuple[str, ...] = ()
