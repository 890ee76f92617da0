# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests can do to the organisation behind Exchange's back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.control import ControlError
from exchange_lab.directory import MAILBOX, MOVE_REQUEST
from exchange_lab.ese import dump_header
from exchange_lab.lab import Lab
from exchange_lab.topology import TOPOLOGIES, parse

Site = Any  # the class of conftest.py


def _names(site: Site, path: str) -> set[str]:
    return {entry["name"].lower() for entry in site.control.files("MBX1", path)}


def test_a_crash_leaves_everything_but_dirty(site: Site) -> None:
    before = _names(site, "D:\\Databases\\DB01")
    site.control.break_database("DB01", "crash")
    assert _names(site, "D:\\Databases\\DB01") >= before
    assert not dump_header(site.server.fs, "D:\\Databases\\DB01\\DB01.edb").clean


def test_destroying_the_edb_leaves_the_logs(site: Site) -> None:
    site.control.break_database("DB01", "destroy_edb")
    left = _names(site, "D:\\Databases\\DB01")
    assert "e00.log" in left and "e00.chk" in left
    assert not {n for n in left if n.endswith((".edb", ".jfm"))}


def test_destroying_all_leaves_nothing(site: Site) -> None:
    site.control.break_database("DB01", "destroy_all")
    assert _names(site, "D:\\Databases\\DB01") == set()


def test_what_is_not_mounted_cannot_be_broken_or_backed_up(site: Site) -> None:
    site.control.dismount("DB01")
    with pytest.raises(ControlError, match="not mounted"):
        site.control.break_database("DB01")
    with pytest.raises(ControlError, match="not mounted"):
        site.control.backup("DB01", "E:\\B")


def test_windows_backup_holds_every_mounted_database(site: Site) -> None:
    site.control.dismount("DB02")
    version = site.control.windows_backup("MBX1")
    time = site.clock.now()
    assert version[:10] == time.strftime("%m/%d/%Y")
    found = set(site.server.fs.walk("E:\\WindowsImageBackup\\MBX1"))
    saved = {path.rpartition("\\")[2].lower() for path in found}
    assert "db01.edb" in saved and "e00.log" in saved and "db02.edb" not in saved


def test_a_backup_is_dirty_and_needs_its_own_logs(site: Site) -> None:
    site.control.send("all", 5)
    result = site.control.backup("DB01", "E:\\B")
    header = dump_header(site.server.fs, result["edb"])
    assert header.state == "Dirty Shutdown"
    assert header.log_required == (result["low"], result["high"])
    mounted = site.organisation.mounted(site.object("DB01").guid)
    assert mounted.instance.header.previous_full_backup.time is not None


def test_a_backup_takes_its_time(make_site: Callable[..., Site]) -> None:
    site = make_site("contoso")
    site.organisation.latency.enabled = True
    before = site.clock.elapsed()
    site.control.backup("DB01", "E:\\B")
    size = site.organisation.mounted(site.object("DB01").guid).instance.size
    assert 20 < site.clock.elapsed() - before < size / (50 * 1024**2)


def test_a_new_mailbox_is_in_the_directory_only(site: Site) -> None:
    guid = site.control.add_mailbox("Žofie Nováková", "DB01", kind="shared", archive="DB02")
    owner = site.organisation.mailbox("zofie.novakova")
    assert (owner.guid, owner.recipient_type_details) == (guid, "SharedMailbox")
    assert owner.archive_guid and site.control.read(owner.name) is None
    with pytest.raises(ControlError, match="no database DB9"):
        site.control.add_mailbox("X", "DB9")


def test_a_move_request_marks_its_mailbox(site: Site) -> None:
    site.control.add_move_request("Anna Albers", "DB02")
    (request,) = site.organisation.view().all(MOVE_REQUEST)
    owner = site.organisation.view().get(MAILBOX, request.mailbox)
    assert (owner.name, owner.mailbox_move_status) == ("Anna Albers", "InProgress")
    assert request.target_database == site.object("DB02").guid


def test_components_and_services_can_be_switched(site: Site) -> None:
    site.control.set_component("MBX1", "ServerWideOffline", False)
    assert site.server.components["ServerWideOffline"] == "Inactive"
    site.control.set_service("MBX1", "MSExchangeRepl", False)
    assert site.control.status()["stopped"] == ["MBX1/MSExchangeRepl"]
    with pytest.raises(ControlError, match="no service Spooler"):
        site.control.set_service("MBX1", "Spooler", True)


def test_a_volume_can_be_filled(site: Site) -> None:
    site.control.fill_volume("MBX1", "E:\\", 1024**3)
    fs = site.server.fs
    assert abs(fs.free(fs.volume_of("E:\\x")) - 1024**3) < 100_000


def test_old_mail_in_queues_expires_at_the_next_retry(site: Site) -> None:
    site.control.dismount("DB01")
    site.control.send("Anna Albers")
    site.control.age(2 * 86400)
    site.clock.advance(301)
    assert len(site.control.audit()["bounced"]) == 1


def test_events_of_a_server(site: Site) -> None:
    assert site.control.events("MBX1") == []
    site.create("New", "D:\\Databases\\DB02\\DB02.edb", logs="D:\\New")
    assert site.refusal("New").kind in ("AccessDenied", "ForeignFile")


def test_limits_of_a_topology_reach_the_endpoints(tmp_path: Path) -> None:
    data = yaml.safe_load((TOPOLOGIES / "tiny.yml").read_text("utf-8"))
    data["limits"] = {"shells": 1}
    with Lab(parse(data, "tiny"), tmp_path / "lab", speed=3600) as lab:

        def pool() -> RunspacePool:
            connection = WSMan(
                "127.0.0.1", port=lab.endpoints["MBX1"]["http"], ssl=False, auth="ntlm",
                path="PowerShell", username=lab.administrator.name,
                password=lab.administrator.password,
            )  # fmt: skip
            return RunspacePool(connection, configuration_name="Microsoft.Exchange")

        with pool():
            assert lab.control.sessions() == {"opened": 1, "open": 1, "by_server": {"MBX1": 1}}
            with pytest.raises(WSManFaultError, match="maximum number of 1 concurrent shells"):
                pool().open()
        assert lab.control.sessions()["open"] == 0
