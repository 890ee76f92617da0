# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store refuses to mount, each rule with its refusal (exchange.md 6)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from exchange_lab.ese import dump_header
from exchange_lab.store import StoreError
from exchange_lab.topology import TOPOLOGIES

Site = Any  # the class of conftest.py
EDB = "D:\\New\\New.edb"
DB01 = "D:\\Databases\\DB01\\DB01.edb"


def _copy(site: Site, source: str, folder: str, name: str) -> str:
    fs = site.server.fs
    if not fs.is_dir(folder):
        fs.mkdir(folder)
    fs.copy(source, f"{folder}\\{name}")
    return f"{folder}\\{name}"


# -- the directory
@pytest.mark.strictness
def test_a_database_the_stores_domain_controller_does_not_know_cannot_be_mounted(site: Site) -> None:
    made = site.organisation.new_database(
        site.dc, name="New", server="MBX1", edb_file_path=EDB, log_folder_path="D:\\New"
    )
    assert site.server.store_domain_controller != site.dc
    refused = site.refusal("New")
    assert (refused.kind, refused.hr, refused.ec) == ("NotFoundInDirectory", 0x8004010F, -2147221233)
    site.wait()
    assert site.mount("New").guid == made.guid


def test_pinning_the_domain_controller_helps(site: Site) -> None:
    site.organisation.new_database(
        site.dc, name="New", server="MBX1", edb_file_path=EDB, log_folder_path="D:\\New"
    )
    assert site.refusal("New").kind == "NotFoundInDirectory"
    site.mount("New", view=site.organisation.directory.read(site.dc))
    site.wait()
    assert site.object("New").database_created


@pytest.mark.strictness
def test_a_server_does_not_mount_what_belongs_to_another(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    assert site.refusal("DB03").kind == "WrongServer"


# -- services
@pytest.mark.strictness
@pytest.mark.parametrize("service", ["MSExchangeIS", "MSExchangeRepl"])
def test_both_services_are_needed(site: Site, service: str) -> None:
    site.create("New", EDB)
    site.server.services[service] = "Stopped"
    refused = site.refusal("New")
    assert (refused.kind, refused.detail) == ("ServicesDown", service)


# -- numbers
@pytest.mark.strictness
def test_a_database_is_mounted_once(site: Site) -> None:
    with pytest.raises(StoreError) as caught:
        site.mount("DB01")
    assert caught.value.kind == "AlreadyMounted"


@pytest.mark.strictness
def test_one_recovery_database_is_mounted_per_server(site: Site) -> None:
    for name in ("RDB1", "RDB2"):
        site.create(name, f"D:\\{name}\\x.edb", recovery=True)
        site.control.backup("DB02", f"D:\\{name}")
    site.control.dismount("DB02")
    for name in ("RDB1", "RDB2"):
        site.server.fs.delete(f"D:\\{name}\\DB02.edb")
        _copy(site, site.object("DB02").edb_file_path, f"D:\\{name}", "x.edb")
        for entry in site.server.fs.listdir(f"D:\\{name}"):
            if entry.name.lower().endswith((".log", ".chk")):
                site.server.fs.delete(f"D:\\{name}\\{entry.name}")
    site.mount("RDB1")
    refused = site.refusal("RDB2")
    assert (refused.kind, refused.detail) == ("SecondRecoveryDatabase", "RDB1")
    site.control.dismount("RDB1")
    site.mount("RDB2")


def _standard() -> dict[str, Any]:
    data = yaml.safe_load((TOPOLOGIES / "standard.yml").read_text("utf-8"))
    assert isinstance(data, dict)
    return data


@pytest.mark.strictness
def test_the_standard_edition_mounts_five_databases(make_site: Callable[..., Site]) -> None:
    site = make_site(_standard())
    site.create("DB6", "D:\\DB6\\DB6.edb")
    refused = site.refusal("DB6")
    assert (refused.kind, refused.detail) == ("TooManyMounted", "5")
    site.control.dismount("DB5")
    site.mount("DB6")


@pytest.mark.parametrize("counts", [False, True])
def test_whether_a_recovery_database_counts_is_a_switch(
    make_site: Callable[..., Site], counts: bool
) -> None:
    site = make_site(_standard(), recovery_database_counts=counts)
    site.control.dismount("DB5")
    edb = _copy(site, "D:\\DB5\\DB5.edb", "D:\\RDB", "DB5.edb")
    site.mount("DB5")
    site.create("RDB", edb, recovery=True)
    if counts:
        assert site.refusal("RDB").kind == "TooManyMounted"
    else:
        site.mount("RDB")


@pytest.mark.strictness
def test_the_standard_edition_does_not_mount_above_a_terabyte(make_site: Callable[..., Site]) -> None:
    data = copy.deepcopy(_standard())
    data["mailboxes"] = [{"kind": "user", "database": "DB1", "messages": 3, "size": "400 GB"}]
    site = make_site(data)
    site.control.dismount("DB1")
    assert site.refusal("DB1").kind == "SizeLimit"


# -- files
def test_an_object_that_was_never_mounted_creates_its_file_silently(site: Site) -> None:
    site.create("New", EDB)
    mounted = site.mount("New")
    assert site.server.fs.is_file(EDB)
    assert [m.row.type_detail for m in mounted.statistics()] == ["SystemMailbox"]
    site.wait()
    assert site.object("New").database_created


@pytest.mark.strictness
def test_a_missing_file_of_an_object_that_was_mounted_is_not_recreated(site: Site) -> None:
    site.control.break_database("DB01", "destroy_edb")
    assert site.refusal("DB01").kind == "FileMissingWouldCreate"
    assert not site.server.fs.exists(DB01)


def test_force_creates_an_empty_database_over_the_name(site: Site) -> None:
    site.control.break_database("DB01", "destroy_all")
    mounted = site.mount("DB01", force=True)
    assert [m.row.type_detail for m in mounted.statistics()] == ["SystemMailbox"]


@pytest.mark.strictness
def test_a_recovery_database_never_creates_a_file(site: Site) -> None:
    site.create("RDB", EDB, recovery=True)
    for options in ({}, {"force": True}):
        refused = site.refusal("RDB", **options)
        assert (refused.kind, refused.jet) == ("FileMissing", -1811)


@pytest.mark.strictness
def test_a_foreign_file_needs_allow_file_restore(site: Site) -> None:
    site.control.dismount("DB01")
    _copy(site, DB01, "D:\\New", "New.edb")
    site.create("New", EDB)
    assert site.refusal("New").kind == "ForeignFile"
    assert [e.event_id for e in site.server.store.events] == [1047, 1048]
    site.set("New", allow_file_restore=True)
    assert len(site.mount("New").mailboxes) > 5
    site.wait()
    assert site.object("New").allow_file_restore is False


@pytest.mark.strictness
def test_a_swapped_file_is_foreign_too(site: Site) -> None:
    for name in ("DB01", "DB02"):
        site.control.dismount(name)
    site.server.fs.delete(DB01)
    _copy(site, site.object("DB02").edb_file_path, "D:\\Databases\\DB01", "DB01.edb")
    assert site.refusal("DB01").kind == "ForeignFile"


def test_its_own_file_is_not_foreign_wherever_it_was(site: Site) -> None:
    site.control.dismount("DB01")
    site.server.fs.rename(DB01, "D:\\kept.edb")
    site.server.fs.rename("D:\\kept.edb", DB01)
    assert site.mount("DB01")


@pytest.mark.parametrize("resets", [True, False])
def test_whether_allow_file_restore_goes_back_is_a_switch(
    make_site: Callable[..., Site], resets: bool
) -> None:
    site = make_site(allow_file_restore_resets=resets)
    site.control.dismount("DB01")
    site.set("DB01", allow_file_restore=True)
    site.mount("DB01")
    site.wait()
    assert site.object("DB01").allow_file_restore is not resets


def test_whether_a_foreign_file_matters_is_a_switch(make_site: Callable[..., Site]) -> None:
    site = make_site(foreign_file="accepted")
    site.control.dismount("DB01")
    _copy(site, DB01, "D:\\New", "New.edb")
    site.create("New", EDB)
    assert site.mount("New")


# -- clean and dirty
def test_a_dirty_database_with_its_logs_recovers_by_itself(site: Site) -> None:
    site.control.send("all", 2)
    before = {m["message_id"] for m in site.control.read("Anna Albers")}
    site.control.break_database("DB01", "crash")
    assert dump_header(site.server.fs, DB01).state == "Dirty Shutdown"
    site.mount("DB01")
    assert {m["message_id"] for m in site.control.read("Anna Albers")} == before
    assert site.control.audit()["lost"] == []


@pytest.mark.strictness
def test_a_dirty_database_without_logs_is_refused(site: Site) -> None:
    site.control.backup("DB01", "E:\\Backup")
    edb = _copy(site, "E:\\Backup\\DB01.edb", "E:\\RDB", "DB01.edb")
    site.create("RDB", edb, logs="E:\\RDB\\empty", recovery=True)
    refused = site.refusal("RDB")
    assert (refused.kind, refused.jet, refused.ec) == ("Dirty", -550, 1108)


@pytest.mark.strictness
def test_logs_with_another_prefix_are_ignored(site: Site) -> None:
    site.control.send("all", 20)
    site.control.backup("DB01", "E:\\Backup")
    made = site.create("RDB", "E:\\Backup\\DB01.edb", recovery=True)
    assert made.log_file_prefix != site.object("DB01").log_file_prefix
    assert site.refusal("RDB").jet == -550


@pytest.mark.strictness
def test_missing_logs_of_the_required_range_are_named_by_their_code(site: Site) -> None:
    site.control.send("all", 40, size=500_000)
    site.control.break_database("DB01", "crash")
    header = dump_header(site.server.fs, DB01)
    low, high = header.log_required
    assert low < high
    site.server.fs.delete(f"D:\\Databases\\DB01\\E00{low + 1:08X}.log")
    refused = site.refusal("DB01")
    assert (refused.kind, refused.jet) == ("Jet", -543)
    assert refused.ec == 1108


@pytest.mark.strictness
def test_logs_of_another_stream_are_refused(site: Site) -> None:
    site.create("New", EDB)
    site.mount("New")
    site.control.dismount("New")
    prefix = site.object("New").log_file_prefix
    site.control.send("Anna Albers", 4, size=500_000)
    site.control.dismount("DB01")
    for entry in site.server.fs.listdir("D:\\Databases\\DB01"):
        if entry.name.endswith(".log"):
            name = prefix + entry.name[3:]
            if site.server.fs.exists(f"D:\\New\\{name}"):
                site.server.fs.delete(f"D:\\New\\{name}")
            site.server.fs.copy(f"D:\\Databases\\DB01\\{entry.name}", f"D:\\New\\{name}")
    refused = site.refusal("New")
    assert refused.jet in (-530, -532, -539)


def test_a_clean_file_with_an_empty_log_folder_starts_a_new_stream(site: Site) -> None:
    site.control.dismount("DB01")
    old = dump_header(site.server.fs, DB01).log_signature
    site.set("DB01", log_folder_path="D:\\NewLogs")
    mounted = site.mount("DB01")
    assert mounted.instance.header.log_signature != old
    assert site.server.fs.is_file("D:\\NewLogs\\E00.log")


@pytest.mark.strictness
def test_files_of_a_mounted_database_are_locked(site: Site) -> None:
    site.create("Twin", DB01, logs="D:\\Twin")
    site.set("Twin", allow_file_restore=True)
    refused = site.refusal("Twin")
    assert (refused.kind, refused.jet) == ("AccessDenied", -1032)


@pytest.mark.strictness
def test_files_that_system_may_not_read_are_refused(site: Site) -> None:
    site.control.dismount("DB01")
    site.server.fs.set_acl(DB01, ["BUILTIN\\Administrators:(F)"])
    refused = site.refusal("DB01")
    assert (refused.kind, refused.jet) == ("AccessDenied", -1032)
    site.server.fs.set_acl(DB01, None)
    site.mount("DB01")


@pytest.mark.strictness
def test_no_space_for_a_new_database(site: Site) -> None:
    site.create("New", EDB)
    site.control.fill_volume("MBX1", "D:\\", 10 * 1024**2)
    assert site.refusal("New").jet in (-1808, -529)


# -- services again
@pytest.mark.strictness
def test_a_restart_dismounts_all_and_mounts_what_starts_by_itself(site: Site) -> None:
    site.set("DB02", mount_at_startup=False)
    site.create("New", EDB)
    site.mount("New")
    assert site.server.store.restart() == []
    mounted = {d.object.name for d in site.server.store.databases.values()}
    assert mounted == {"DB01", "New"}
    outages = site.control.timeline()["databases"]
    assert set(outages) == {"DB01", "DB02", "New"}


@pytest.mark.strictness
def test_a_start_reports_what_did_not_mount(site: Site) -> None:
    site.server.store.stop()
    site.server.fs.delete(DB01)
    assert site.server.store.start() == ["DB01"]
    assert not site.server.fs.exists(DB01)


def test_prefixes_are_unique_on_a_server(site: Site) -> None:
    made = [site.create(f"N{n}", f"D:\\N{n}\\N{n}.edb").log_file_prefix for n in range(3)]
    assert made == ["E02", "E03", "E04"]
