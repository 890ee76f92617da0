# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domain controllers lag behind each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange_lab.clock import JumpClock
from exchange_lab.directory import (
    DATABASE,
    MAILBOX,
    DatabaseObject,
    Directory,
    DomainController,
    MailboxObject,
    ObjectNotFound,
)


@pytest.fixture
def directory() -> Directory:
    controllers = [DomainController("dc1.x.lab", lag=10), DomainController("dc2.x.lab", lag=15)]
    made = Directory(JumpClock(), controllers, "x.lab")
    made.create("dc1.x.lab", DATABASE, DatabaseObject(guid="G-1", name="DB1", server="S1"))
    return made


def _seen(directory: Directory, dc: str) -> Any:
    return directory.read(dc).get(DATABASE, "g-1")


@pytest.mark.strictness
def test_a_new_object_is_seen_elsewhere_after_the_lag(directory: Directory) -> None:
    assert _seen(directory, "dc1").name == "DB1"
    assert _seen(directory, "dc2") is None
    directory.clock.sleep(14.9)
    assert _seen(directory, "dc2") is None
    directory.clock.sleep(0.2)
    assert _seen(directory, "DC2.X.LAB").name == "DB1"


@pytest.mark.strictness
def test_a_controller_cannot_change_what_it_does_not_know_yet(directory: Directory) -> None:
    with pytest.raises(ObjectNotFound):
        directory.write("dc2", DATABASE, "g-1", {"name": "DB2"})


def test_of_two_changes_the_later_one_wins_everywhere(directory: Directory) -> None:
    directory.converge()
    directory.write("dc1", DATABASE, "g-1", {"mount_at_startup": False})
    directory.clock.sleep(5)
    directory.write("dc2", DATABASE, "g-1", {"mount_at_startup": True})
    directory.clock.sleep(60)
    assert [_seen(directory, dc).mount_at_startup for dc in ("dc1", "dc2")] == [True, True]


def test_changes_of_different_attributes_do_not_undo_each_other(directory: Directory) -> None:
    directory.converge()
    directory.write("dc1", DATABASE, "g-1", {"edb_file_path": "D:\\a.edb"})
    directory.write("dc2", DATABASE, "g-1", {"log_folder_path": "D:\\logs"})
    directory.clock.sleep(60)
    for dc in ("dc1", "dc2"):
        assert _seen(directory, dc).edb_file_path == "D:\\a.edb"
        assert _seen(directory, dc).log_folder_path == "D:\\logs"


def test_a_deletion_travels_too(directory: Directory) -> None:
    directory.converge()
    directory.delete("dc2", DATABASE, "g-1")
    assert _seen(directory, "dc1") is not None
    directory.clock.sleep(15)
    assert _seen(directory, "dc1") is None


def test_an_object_that_was_read_does_not_change_under_the_reader(directory: Directory) -> None:
    before = _seen(directory, "dc1")
    directory.write("dc1", DATABASE, "g-1", {"name": "Renamed"})
    assert before.name == "DB1"
    assert _seen(directory, "dc1").name == "Renamed"


def test_mailboxes_are_found_by_all_their_names(directory: Directory) -> None:
    owner = MailboxObject(
        guid="0a", name="Jörg Müller", alias="jorg", exchange_guid="0b", display_name="Müller, Jörg",
        distinguished_name="CN=Jörg Müller,DC=x", email_addresses=("SMTP:jorg@x.lab", "smtp:j@x.lab"),
        legacy_exchange_dn="/o=X/cn=jorg",
    )  # fmt: skip
    directory.create("dc1", MAILBOX, owner)
    directory.create("dc1", MAILBOX, replace(owner, guid="0c", name="Other", alias="other",
                     exchange_guid="0d", display_name="Müller, Jörg", email_addresses=(),
                     distinguished_name="CN=Other,DC=x", legacy_exchange_dn="/o=X/cn=o"))  # fmt: skip
    view = directory.read("dc1")
    for identity in ("0A", "JÖRG MÜLLER", "jorg", "{0b}", "cn=jörg müller,dc=x", "J@x.lab", "/o=x/CN=jorg"):
        assert [o.guid for o in view.resolve(MAILBOX, identity)] == ["0a"], identity
    assert len(view.resolve(MAILBOX, "müller, jörg")) == 2
    assert view.resolve(MAILBOX, "nobody") == []
