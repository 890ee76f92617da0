# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole server dies: what is left of it, what the others say about it, and how it comes back."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from exchange_lab.clock import JumpClock
from exchange_lab.control import Client, ControlError
from exchange_lab.ese import dump_header
from exchange_lab.files import FileError
from exchange_lab.lab import Lab

Site = Any  # the class of conftest.py
EDB = "D:\\Databases\\DB01\\DB01.edb"


@pytest.fixture
def sites(make_site: Any) -> Site:
    """Three servers in two sites."""
    return make_site("two_sites")


def _lost(site: Site) -> int:
    return len(site.control.audit()["lost"])


def test_power_loss_leaves_dirty_databases(sites: Site) -> None:
    sites.control.send("all", 2)
    sites.control.kill_server("MBX1")
    server = sites.organisation.server("MBX1")
    assert not server.alive and not server.store.databases
    assert set(server.services.values()) == {"Stopped"}
    assert not dump_header(server.fs, EDB).clean
    status = sites.control.status()
    assert status["dead"] == ["MBX1"] and status["stopped"] == []
    assert {n for n, d in status["databases"].items() if d["mounted"]} == {"DB03", "DB05"}


def test_with_its_disks_everything_on_it_is_gone(sites: Site) -> None:
    volumes = [v.device_id for v in sites.server.fs.volumes]
    sites.control.kill_server("MBX1", disks="lost")
    server = sites.organisation.server("MBX1")
    assert [e.name for e in server.fs.listdir("D:\\")] == []
    assert not set(volumes) & {v.device_id for v in server.fs.volumes}
    assert sites.organisation.server("MBX2").fs.is_file("D:\\Databases\\DB03\\DB03.edb")


def test_a_program_that_ran_on_it_loses_its_disks(sites: Site) -> None:
    disks = sites.server.fs
    sites.control.kill_server("MBX1")
    with pytest.raises(FileError, match="does not exist"):
        disks.write_bytes("E:\\late.bin", b"x")
    assert not sites.organisation.server("MBX1").fs.exists("E:\\late.bin")


def test_mail_for_it_waits_on_the_other_transport_servers(sites: Site) -> None:
    sites.control.kill_server("MBX1")
    sites.control.send("all", 4)
    waiting = {(q["identity"].split("\\")[0], q["database"]) for q in sites.control.queues() if q["messages"]}
    assert waiting == {(s, d) for s in ("MBX2", "MBX3") for d in ("DB01", "DB02")}
    assert sites.control.audit()["bounced"] == []
    assert sites.control.rebuild_server("MBX1") == []
    sites.clock.advance(301)
    assert sites.control.drain() == 0 and _lost(sites) == 0


def test_mail_in_its_own_queues_comes_back_with_its_disks(sites: Site) -> None:
    sites.control.dismount("DB03")
    sites.control.send("all", 3)
    own = sum(q["messages"] for q in sites.control.queues() if q["identity"].startswith("MBX1\\"))
    assert own
    sites.control.kill_server("MBX1")
    sites.control.mount("DB03")
    sites.clock.advance(3600)
    assert len(sites.control.audit()["queued"]) == own == sites.control.drain()
    sites.control.rebuild_server("MBX1")
    assert sites.control.drain() == 0
    audit = sites.control.audit()
    assert audit["queued"] == audit["lost"] == audit["doubled"] == []


@pytest.mark.strictness
def test_mail_in_its_queues_is_lost_with_its_disks(sites: Site) -> None:
    sites.control.dismount("DB03")
    sites.control.send("all", 3)
    own = sum(q["messages"] for q in sites.control.queues() if q["identity"].startswith("MBX1\\"))
    sites.control.kill_server("MBX1", disks="lost")
    sites.control.mount("DB03")
    lost = [e for e in sites.control.audit()["lost"] if "disks are lost" in e["reason"]]
    assert len(lost) == own
    sites.control.rebuild_server("MBX1")
    assert not any(q["identity"].startswith("MBX1\\") for q in sites.control.queues())


def test_kept_disks_bring_the_databases_back_by_soft_recovery(sites: Site) -> None:
    sites.control.send("all", 3)
    sites.control.kill_server("MBX1")
    sites.clock.advance(7200)
    assert sites.control.rebuild_server("MBX1") == []
    assert sites.organisation.mounted(sites.object("DB01").guid)
    assert sites.control.drain() == 0 and _lost(sites) == 0


@pytest.mark.strictness
def test_a_database_without_its_file_does_not_mount(sites: Site) -> None:
    sites.control.kill_server("MBX1")
    assert sites.control.rebuild_server("MBX1", disks="lost") == ["DB01", "DB02"]
    assert sites.organisation.server("MBX1").services["MSExchangeIS"] == "Running"
    assert not sites.organisation.server("MBX1").fs.is_file(EDB)  # and no empty one was made


def test_mount_at_startup_false_keeps_it_down(sites: Site) -> None:
    sites.control.kill_server("MBX1")
    sites.set("DB01", mount_at_startup=False)
    assert sites.control.rebuild_server("MBX1") == []
    assert sites.organisation.mounted(sites.object("DB01").guid) is None
    assert sites.organisation.mounted(sites.object("DB02").guid)


def test_a_rebuilt_server_may_show_an_old_build(sites: Site) -> None:
    sites.control.kill_server("MBX1")
    sites.control.rebuild_server(
        "MBX1", version="Version 15.2 (Build 858.5)", windows_version="10.0.20348"
    )
    item = sites.organisation.server("MBX1").object
    assert item.admin_display_version == "Version 15.2 (Build 858.5)"
    assert item.windows_version == "10.0.20348"


def test_the_timeline_knows_the_server_its_databases_and_its_mailboxes(sites: Site) -> None:
    sites.control.kill_server("MBX1")
    sites.clock.advance(600)
    sites.control.rebuild_server("MBX1")
    line = sites.control.timeline()
    assert [i["seconds"] for i in line["servers"]["MBX1"]] == [600.0]
    assert [i["seconds"] for i in line["databases"]["DB01"]] == [600.0]
    assert line["outages"][0]["still_down"] == 0 and "failure" in line["marks"]


def test_what_cannot_be_told_to_a_server(sites: Site) -> None:
    with pytest.raises(ControlError, match="not dead"):
        sites.control.rebuild_server("MBX1")
    with pytest.raises(ControlError, match="disks must be one of kept, lost, not melted"):
        sites.control.kill_server("MBX1", disks="melted")
    sites.control.kill_server("MBX1", mark=None)
    assert "failure" not in sites.control.timeline()["marks"]
    with pytest.raises(ControlError, match="dead already"):
        sites.control.kill_server("MBX1")
    with pytest.raises(ControlError, match="MBX1 is dead"):
        sites.control.set_service("MBX1", "MSExchangeIS", True)


def test_files_are_brought_to_another_server(sites: Site) -> None:
    backup = sites.control.backup("DB01", "E:\\Backup")
    sites.control.send("all", 2)
    sites.control.kill_server("MBX1")
    count = sites.control.copy_files("MBX1", "E:\\Backup", "MBX2", "E:\\From MBX1")
    other = sites.organisation.server("MBX2").fs
    name = backup["edb"].rpartition("\\")[2]
    assert count == len(list(other.walk("E:\\From MBX1"))) > 1
    assert other.size(f"E:\\From MBX1\\{name}") == sites.organisation.server("MBX1").fs.size(backup["edb"])
    assert dump_header(other, f"E:\\From MBX1\\{name}").state == "Dirty Shutdown"
    with pytest.raises(FileError, match="used by another process"):
        sites.control.copy_files("MBX2", "D:\\Databases\\DB03", "MBX3", "D:\\Mounts\\Restore\\DB03")


@pytest.mark.strictness
def test_a_database_that_is_active_elsewhere_by_now_is_not_mounted_twice(make_site: Any) -> None:
    site = make_site("dag")
    site.clock.advance(30)
    site.control.kill_server("MBX1")
    organisation = site.organisation
    with organisation.lock:
        organisation.replication.activate(site.object("DB01"), "MBX2", site.dc)
    assert site.control.rebuild_server("MBX1") == []  # its own domain controller does not know yet
    assert organisation.find_mounted(site.object("DB01").guid)[0].name == "MBX2"
    assert not organisation.server("MBX1").store.databases.get(site.object("DB01").guid)
    site.clock.advance(60)
    assert organisation.replication.of(site.object("DB01").guid, "MBX1").status == "Healthy"


# --- with endpoints ---------------------------------------------------------------------------------------------
@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab("two_sites", tmp_path / "lab", clock=JumpClock(), seed=5) as started:
        yield started
        assert started.defects == []


@pytest.fixture
def dead(lab: Lab) -> Lab:
    """MBX1 is dead. The cmdlets below run on the first server that lives."""
    lab.control.kill_server("MBX1")
    return lab


def _connect(lab: Lab, server: str, scheme: str = "http", seconds: float = 5) -> None:
    socket.create_connection(("127.0.0.1", lab.endpoints[server][scheme]), timeout=seconds).close()


def _databases(lab: Lab, server: str) -> set[str]:
    connection = WSMan(
        "127.0.0.1", port=lab.endpoints[server]["http"], ssl=False, auth="negotiate", path="PowerShell",
        username=lab.administrator.name, password=lab.administrator.password,
    )  # fmt: skip
    with connection, RunspacePool(connection, configuration_name="Microsoft.Exchange") as pool:
        answer = PowerShell(pool).add_cmdlet("Get-MailboxDatabase").invoke()
        return {o.adapted_properties["Name"] for o in answer}


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("network", "error"), [("refused", ConnectionRefusedError), ("timeout", TimeoutError)]
)
def test_nobody_connects_until_it_is_back_at_the_same_ports(
    lab: Lab, network: str, error: type[OSError]
) -> None:
    before = dict(lab.endpoints["MBX1"])
    assert "DB01" in _databases(lab, "MBX1")
    lab.control.kill_server("MBX1", network=network)
    for scheme in ("http", "https"):
        with pytest.raises(error):
            _connect(lab, "MBX1", scheme, 0.3)
    assert "DB01" in _databases(lab, "MBX2")
    lab.control.rebuild_server("MBX1")
    assert lab.endpoints["MBX1"] == before
    assert "DB01" in _databases(lab, "MBX1")
    assert lab.control.sessions()["opened"] == 3


def test_open_sessions_end_with_it(lab: Lab) -> None:
    connection = WSMan(
        "127.0.0.1", port=lab.endpoints["MBX1"]["http"], ssl=False, auth="negotiate", path="PowerShell",
        username=lab.administrator.name, password=lab.administrator.password,
    )  # fmt: skip
    pool = RunspacePool(connection, configuration_name="Microsoft.Exchange")
    pool.open()
    assert lab.control.sessions()["open"] == 1
    lab.control.kill_server("MBX1")
    assert lab.control.sessions() == {"opened": 1, "open": 0, "by_server": {"MBX2": 0, "MBX3": 0}}
    with pytest.raises(Exception, match="[Cc]onnection"):
        PowerShell(pool).add_cmdlet("Get-MailboxDatabase").invoke()
    lab.control.rebuild_server("MBX1")


def test_a_lab_with_a_dead_server_stops_cleanly(tmp_path: Path) -> None:
    with Lab("two_sites", tmp_path / "lab", clock=JumpClock(), latency=False) as lab:
        lab.control.kill_server("MBX1", network="timeout")
        port = lab.endpoints["MBX1"]["http"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.strictness
@pytest.mark.parametrize(
    ("cmdlet", "parameters"),
    [
        ("Get-Queue", {"Server": "MBX1"}),
        ("Retry-Queue", {"Identity": "MBX1\\3"}),
        ("Test-ServiceHealth", {"Server": "MBX1"}),
        ("Get-ServerComponentState", {"Identity": "MBX1"}),
        ("Mount-Database", {"Identity": "DB01"}),
        ("Dismount-Database", {"Identity": "DB01", "Confirm": False}),
        ("New-MailboxDatabase", {"Name": "DB09", "Server": "MBX1"}),
        ("Get-MailboxStatistics", {"Database": "DB01"}),
        ("Get-MailboxStatistics", {"Server": "MBX1"}),
    ],
)
def test_what_has_to_ask_it_fails_after_a_while(
    dead: Lab, cmdlet: str, parameters: dict[str, Any]
) -> None:
    before = dead.organisation.clock.elapsed()
    with pytest.raises(RuntimeError, match="0x6ba|MapiExceptionNetworkError"):
        dead.run_cmdlet(cmdlet, parameters)
    assert dead.organisation.clock.elapsed() - before > 15


@pytest.mark.strictness
def test_its_databases_status_comes_late_and_is_null(dead: Lab) -> None:
    before = dead.organisation.clock.elapsed()
    found = dead.run_cmdlet("Get-MailboxDatabase", {"Identity": "DB01", "Status": True})
    assert found[0]["Mounted"] is None and found[0]["DatabaseSize"] is None
    assert dead.organisation.clock.elapsed() - before > 15
    between = dead.organisation.clock.elapsed()
    plain = dead.run_cmdlet("Get-MailboxDatabase", {"Identity": "DB01"})
    assert str(plain[0]["Server"]) == "MBX1"
    assert dead.organisation.clock.elapsed() - between < 5


def test_what_only_reads_or_writes_the_directory_works(dead: Lab) -> None:
    control = dead.control
    assert len(control.run_cmdlet("Get-ExchangeServer", {})) == 3
    control.run_cmdlet("Set-MailboxDatabase", {"Identity": "DB01", "MountAtStartup": False})
    owner = control.run_cmdlet("Get-Mailbox", {"Database": "DB01"})[0]
    home = {"Database": "DB03", "Force": True, "Confirm": False}
    control.run_cmdlet("Set-Mailbox", {"Identity": str(owner["Guid"]), **home})
    assert not dead.organisation.database("DB01").mount_at_startup
    assert control.status()["databases"]["DB03"]["mailboxes"] == 5


@pytest.mark.strictness
def test_its_database_object_goes_only_when_nobody_needs_it(dead: Lab) -> None:
    with pytest.raises(RuntimeError, match="contains one or more mailboxes"):
        dead.run_cmdlet("Remove-MailboxDatabase", {"Identity": "DB02", "Confirm": False})
    for guid in [m.guid for m in dead.organisation.view().all("mailbox")]:
        dead.control.delete_mailbox(guid)
    dead.run_cmdlet("Remove-MailboxDatabase", {"Identity": "DB02", "Confirm": False})
    assert "DB02" not in dead.control.status()["databases"]


def test_the_control_interface_kills_and_rebuilds(lab: Lab) -> None:
    client = Client(lab.control_url, lab.control_token)
    client.kill_server("MBX3", disks="lost", network="timeout")
    assert client.status()["dead"] == ["MBX3"]
    assert client.rebuild_server("MBX3") == ["DB05"]
    request = urllib.request.Request(
        f"{lab.control_url}/status", data=b"{}", headers={"Authorization": f"Bearer {lab.control_token}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["result"]["dead"] == []
