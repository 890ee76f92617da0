# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mounting: the two-level error text with the hidden engine code, foreign and missing files, one recovery database."""

from __future__ import annotations

import re

import pytest
from exchange_shell import Site, category

from exchange_lab.files import FileError
from exchange_lab.runspace import Error

pytestmark = pytest.mark.strictness


def hidden_code(error: Error) -> int:
    """The engine's code: the last StoreEc with its top bit set, as signed 32 bit (exchange.md 6.2)."""
    assert category(error) == "InvalidOperationException"
    codes = [int(c, 16) for c in re.findall(r"StoreEc: (0x[0-9A-F]{8})", error.message)]
    return [c for c in codes if c & 0x80000000][-1] - (1 << 32)


def crashed(site: Site, name: str = "DB01") -> None:
    with site.organisation.lock:
        site.server.store.crash_database(site.database(name).guid)


def remove_logs(site: Site, keep: int = 0) -> None:
    """Delete the log files of DB01, except the newest `keep`."""
    folder = site.database("DB01").log_folder_path
    logs = [e.name for e in site.server.fs.listdir(folder) if e.name.lower().endswith(".log")]
    for name in logs[: len(logs) - keep]:
        site.server.fs.delete(f"{folder}\\{name}")


def test_a_dirty_file_without_logs(site: Site) -> None:
    crashed(site)
    remove_logs(site)
    refusal = site.run("Mount-Database", Identity="DB01").refusal
    assert 'Failed to mount database "DB01"' in refusal.message
    assert "(hr=0x80004005, ec=1108)" in refusal.message
    assert "Lid: 65256" in refusal.message
    assert hidden_code(refusal) == -550


def test_missing_required_logs(site: Site) -> None:
    folder = site.database("DB01").log_folder_path
    for user in site.mailboxes("DB01")[:4]:  # several generations that aren't in the .edb yet
        for number in range(4):
            site.put("DB01", user, f"item {number}", size=1_500_000)
    crashed(site)
    logs = sorted(
        e.name
        for e in site.server.fs.listdir(folder)
        if re.fullmatch(r"E00[0-9A-F]{8}\.log", e.name)
    )
    site.server.fs.delete(f"{folder}\\{logs[-2]}")
    refusal = site.run("Mount-Database", Identity="DB01").refusal
    assert "ec=1108" in refusal.message
    assert hidden_code(refusal) == -543


def test_a_foreign_file_needs_allow_file_restore(site: Site) -> None:
    site.new_database("DT").ok()
    site.run("Mount-Database", Identity="DT").ok()
    for name in ("DT", "DB02"):
        site.run("Dismount-Database", Identity=name, Confirm=False).ok()
    fs, source = site.server.fs, site.database("DB02").edb_file_path
    fs.delete("D:\\DT\\DT.edb")
    for entry in fs.listdir("D:\\DT"):
        fs.delete(f"D:\\DT\\{entry.name}")
    fs.rename(source, "D:\\DT\\DT.edb")
    refusal = site.run("Mount-Database", Identity="DT").refusal
    assert "ec=1108" in refusal.message
    site.run("Set-MailboxDatabase", Identity="DT", AllowFileRestore=True).ok()
    site.wait()
    site.run("Mount-Database", Identity="DT").ok()
    site.wait()
    assert site.run("Get-MailboxDatabase", Identity="DT").one.get("AllowFileRestore") is False


def test_a_missing_file_asks_before_an_empty_one_is_made(site: Site) -> None:
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    site.server.fs.delete(site.database("DB01").edb_file_path)
    remove_logs(site)
    asked = site.run("Mount-Database", Identity="DB01", Confirm=False)
    assert asked.failure is not None and "create an empty database" in asked.questions[0]
    assert site.run("Mount-Database", Identity="DB01", reply=2).refusal
    assert not site.server.fs.is_file(site.database("DB01").edb_file_path)
    assert not site.run("Mount-Database", Identity="DB01", Force=True).ok().questions
    assert not [m for m in site.mounted("DB01").statistics() if m.item_count]


def test_a_new_database_makes_its_file_without_a_question(site: Site) -> None:
    site.new_database("DT").ok()
    assert not site.run("Mount-Database", Identity="DT").ok().questions


def test_one_mounted_recovery_database_per_server(site: Site) -> None:
    site.recovery_database("DB01")
    site.run("Dismount-Database", Identity="DB02", Confirm=False).ok()
    site.server.fs.mkdir("D:\\RDB2")
    site.server.fs.rename(site.database("DB02").edb_file_path, "D:\\RDB2\\RDB2.edb")
    site.new_database("RDB2", Recovery=True).ok()
    refusal = site.run("Mount-Database", Identity="RDB2").refusal
    assert category(refusal) == "InvalidOperationException" and "TooMany" in refusal.message
    site.run("Dismount-Database", Identity="RDB", Confirm=False).ok()
    site.run("Mount-Database", Identity="RDB2").ok()


def test_a_recovery_database_without_a_file_does_not_mount(site: Site) -> None:
    site.new_database("RDB", Recovery=True).ok()
    assert hidden_code(site.run("Mount-Database", Identity="RDB").refusal) == -1811


def test_a_dirty_file_in_a_recovery_database_does_not_mount(site: Site) -> None:
    crashed(site)
    site.server.fs.mkdir("D:\\RDB")
    site.server.fs.rename(site.database("DB01").edb_file_path, "D:\\RDB\\RDB.edb")
    site.new_database("RDB", Recovery=True).ok()
    assert hidden_code(site.run("Mount-Database", Identity="RDB").refusal) == -550


@pytest.mark.parametrize(
    ("service", "words"), [("MSExchangeIS", "hr=0x80040115"), ("MSExchangeRepl", "0x6ba")]
)
def test_both_services_are_needed(site: Site, service: str, words: str) -> None:
    site.run("Dismount-Database", Identity="DB02", Confirm=False).ok()
    site.server.services[service] = "Stopped"
    assert words in site.run("Mount-Database", Identity="DB02").refusal.message


def test_a_mounted_file_is_locked(site: Site) -> None:
    with pytest.raises(FileError) as caught:
        site.server.fs.rename(site.database("DB01").edb_file_path, "D:\\Databases\\DB01\\away.edb")
    assert caught.value.code == 32
    site.run("Dismount-Database", Identity="DB01", Confirm=False).ok()
    site.server.fs.rename(site.database("DB01").edb_file_path, "D:\\Databases\\DB01\\away.edb")


@pytest.mark.parametrize(
    ("cmdlet", "word"), [("Mount-Database", "mounted"), ("Dismount-Database", "dismounted")]
)
def test_what_is_done_already_is_refused(site: Site, cmdlet: str, word: str) -> None:
    if cmdlet == "Dismount-Database":
        site.run(cmdlet, Identity="DB02", Confirm=False).ok()
    assert f"already {word}" in site.run(cmdlet, Identity="DB02", Confirm=False).refusal.message
