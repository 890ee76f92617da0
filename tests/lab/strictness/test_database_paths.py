# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move-DatabasePath: what it moves, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from exchange_shell import Answer, Site, category

from exchange_lab import power
from exchange_lab.directory import DatabaseCopy

pytestmark = pytest.mark.strictness
OLD = "D:\\Databases\\DB01"


def move(site: Site, edb: str = "E:\\New\\DB01.edb", name: str = "DB01", **more: Any) -> Answer:
    values = {
        "Identity": name, "EDBFilePath": edb, "LogFolderPath": "E:\\New", "Force": True,
        "Confirm": False, **more,
    }  # fmt: skip
    return site.run("Move-DatabasePath", **values)


def paths(site: Site, name: str = "DB01") -> tuple[str, str]:
    item = site.database(name)
    return item.edb_file_path, item.log_folder_path


def dismount(site: Site, name: str = "DB01") -> None:
    site.run("Dismount-Database", Identity=name, Confirm=False).ok()


@pytest.mark.parametrize("mounted", [True, False])
def test_files_are_moved_and_the_database_is_as_it_was(site: Site, mounted: bool) -> None:
    items = len(site.mounted("DB01").mailboxes)
    if not mounted:
        dismount(site)
    before = {entry.name for entry in site.server.fs.listdir(OLD) if not entry.is_dir}
    move(site).ok()
    assert paths(site) == ("E:\\New\\DB01.edb", "E:\\New")
    assert not [e for e in site.server.fs.listdir(OLD) if not e.is_dir]
    assert before <= {e.name for e in site.server.fs.listdir("E:\\New")}
    assert (site.organisation.mounted(site.database("DB01").guid) is not None) is mounted
    site.wait()
    if not mounted:
        site.run("Mount-Database", Identity="DB01").ok()
    assert len(site.mounted("DB01").mailboxes) == items


def test_a_full_volume_leaves_everything_where_it_was(site: Site) -> None:
    fs = site.server.fs
    fs.allocate("E:\\filler.bin", fs.free(fs.volume_of("E:\\")) - 1024)
    assert category(move(site).refusal) == "IOException"
    assert paths(site) == (f"{OLD}\\DB01.edb", OLD)
    assert site.mounted("DB01").mailboxes


def test_configuration_only_moves_nothing(site: Site) -> None:
    dismount(site)
    move(site, ConfigurationOnly=True).ok()
    assert paths(site) == ("E:\\New\\DB01.edb", "E:\\New")
    assert site.server.fs.is_file(f"{OLD}\\DB01.edb") and not site.server.fs.exists("E:\\New")
    site.wait()
    assert site.run("Mount-Database", Identity="DB01").refusal  # no file there: an empty database?


def test_configuration_only_at_a_file_that_lies_there(make_site: Callable[..., Site]) -> None:
    for answer in ("accept", "refuse"):
        site = make_site(move_path_to_existing_file=answer)
        dismount(site)
        site.server.fs.mkdir("D:\\Restored")
        site.server.fs.rename(f"{OLD}\\DB01.edb", "D:\\Restored\\x.edb")
        result = move(
            site, "D:\\Restored\\x.edb", LogFolderPath="D:\\Restored", ConfigurationOnly=True
        )
        if answer == "refuse":
            assert "already exists" in result.refusal.message
            continue
        result.ok()
        site.wait()
        site.run("Mount-Database", Identity="DB01").ok()
        assert site.mounted("DB01").mailboxes


def test_a_mounted_database_is_not_repointed(make_site: Callable[..., Site]) -> None:
    site = make_site()
    assert "is mounted" in move(site, ConfigurationOnly=True).refusal.message
    assert paths(site)[0] == f"{OLD}\\DB01.edb"
    lenient = make_site(move_path_of_mounted_database="dismount")
    lenient.server.fs.mkdir("E:\\New")
    answer = move(lenient, ConfigurationOnly=True)
    assert len(answer.errors) == 1  # it was dismounted, and finds no file to mount again
    assert paths(lenient)[0] == "E:\\New\\DB01.edb"


def test_recovery_databases_are_refused(make_site: Callable[..., Site]) -> None:
    for answer in ("refuse", "accept"):
        site = make_site(move_path_of_recovery_database=answer)
        site.recovery_database()
        dismount(site, "RDB")
        result = move(site, "E:\\New\\RDB.edb", "RDB", ConfigurationOnly=True)
        assert bool(result.errors) is (answer == "refuse")


def test_a_replicated_database_is_refused(site: Site) -> None:
    site.write("DB01", copies=(DatabaseCopy("MBX1"), DatabaseCopy("MBX2", 2)))
    dismount(site)
    for only in (False, True):
        assert "replicated" in move(site, ConfigurationOnly=only).refusal.message


def test_files_are_moved_by_the_database_s_own_server(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    assert "MBX2" in move(site, name="DB03").refusal.message
    dismount(site, "DB03")
    move(site, name="DB03", ConfigurationOnly=True).ok()


def test_the_path_of_a_dead_server_s_database(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    power.kill(site.organisation, site.organisation.server("MBX2"), disks_kept=False)
    assert move(site, name="DB03").refusal
    taken = move(site, site.database("DB04").edb_file_path, "DB03", ConfigurationOnly=True)
    assert "'DB04'" in taken.refusal.message
    move(site, name="DB03", ConfigurationOnly=True).ok()
    assert paths(site, "DB03")[0] == "E:\\New\\DB01.edb"


def test_paths_belong_to_one_database_and_exist(site: Site) -> None:
    other = site.database("DB02")
    assert "'DB02'" in move(site, other.edb_file_path).refusal.message
    assert "'DB02'" in move(site, LogFolderPath=other.log_folder_path).refusal.message
    assert "X:\\DB01.edb" in move(site, "X:\\DB01.edb").refusal.message
    assert "EdbFilePath" in site.run("Move-DatabasePath", Identity="DB01").refusal.message


def test_it_asks_before(site: Site) -> None:
    target = {"Identity": "DB01", "EDBFilePath": "E:\\New\\DB01.edb", "LogFolderPath": "E:\\New"}
    answer = site.run("Move-DatabasePath", reply=2, **target).ok()
    assert answer.questions and paths(site)[0] == f"{OLD}\\DB01.edb"
    unattended = site.run("Move-DatabasePath", **target)
    assert unattended.failure is not None and paths(site)[0] == f"{OLD}\\DB01.edb"


def test_the_same_paths_again_are_a_warning(site: Site) -> None:
    item = site.database("DB01")
    answer = move(site, item.edb_file_path, LogFolderPath=item.log_folder_path).ok()
    assert "no settings" in answer.warnings[0]
