# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: endpoints for unmodified clients, the control interface, a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import NAMESPACES, WSMan, WSManAction
from winrm.protocol import Protocol

from exchange_lab.control import Client, ControlError
from exchange_lab.lab import Lab
from exchange_lab.wmi import classes

SPEED = 3600.0  # an hour a second: what takes seconds on Exchange is not felt here


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab("contoso", tmp_path_factory.mktemp("lab"), speed=SPEED, seed=3) as started:
        yield started
        assert started.defects == []


@pytest.fixture
def client(lab: Lab) -> Client:
    return Client(lab.control_url, lab.control_token)


def _connect(lab: Lab, scheme: str, auth: str, user: str = "", password: str = "") -> WSMan:
    return WSMan(
        "127.0.0.1",
        port=lab.endpoints["MBX1"][scheme],
        ssl=scheme == "https",
        auth=auth,
        username=user or lab.administrator.name,
        password=password or lab.administrator.password,
        cert_validation=str(lab.certificate_authority) if scheme == "https" else False,
        connection_timeout=20,
    )


@pytest.mark.parametrize(("scheme", "auth"), [("http", "negotiate"), ("http", "ntlm"), ("https", "basic")])
def test_a_pypsrp_client_reads_the_databases(lab: Lab, scheme: str, auth: str) -> None:
    connection = WSMan(
        "127.0.0.1", port=lab.endpoints["MBX1"][scheme], ssl=scheme == "https", auth=auth,
        path="PowerShell", username=lab.administrator.name, password=lab.administrator.password,
        cert_validation=str(lab.certificate_authority) if scheme == "https" else False,
    )  # fmt: skip
    with connection, RunspacePool(connection, configuration_name="Microsoft.Exchange") as pool:
        shell = PowerShell(pool).add_cmdlet("Get-MailboxDatabase").add_parameter("Status", True)
        names = {o.adapted_properties["Name"]: o.adapted_properties["Mounted"] for o in shell.invoke()}
    assert names == {"DB01": True, "DB02": True, "DB03": True, "DB04": True}
    assert lab.control.sessions()["open"] == 0


def test_each_server_has_its_own_files(lab: Lab) -> None:
    with _connect(lab, "http", "negotiate") as connection, WinRS(connection) as shell:
        process = Process(shell, "cmd.exe", ["/c", "dir", "D:\\Databases\\DB01"])
        process.invoke()
    assert process.rc == 0
    assert b"DB01.edb" in process.stdout and b"DB03.edb" not in process.stdout


def test_a_pywinrm_client_starts_programs(lab: Lab) -> None:
    protocol = Protocol(
        endpoint=f"http://127.0.0.1:{lab.endpoints['MBX2']['http']}/wsman", transport="ntlm", ca_trust_path=None,
        username=lab.administrator.name, password=lab.administrator.password,
    )  # fmt: skip
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "hostname", skip_cmd_shell=True)
    output, errors, code = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    assert (output.strip(), errors, code) == (b"MBX2", b"", 0)


@pytest.mark.strictness
def test_an_operator_sees_less_and_may_not_start_programs(lab: Lab) -> None:
    operator = lab.organisation.accounts["CONTOSO\\operator"]
    connection = WSMan(
        "127.0.0.1", port=lab.endpoints["MBX1"]["http"], ssl=False, auth="ntlm", path="PowerShell",
        username=operator.name, password=operator.password,
    )  # fmt: skip
    with connection, RunspacePool(connection, configuration_name="Microsoft.Exchange") as pool:
        shell = PowerShell(pool).add_cmdlet("Get-MailboxDatabase").add_parameter("Identity", "DB01")
        assert len(shell.invoke()) == 1
        shell = PowerShell(pool).add_cmdlet("Dismount-Database").add_parameter("Identity", "DB01")
        shell.invoke()
        assert "is not recognized" in str(shell.streams.error[0])
    assert lab.control.status()["databases"]["DB01"]["mounted"]
    with pytest.raises(Exception, match="[Aa]ccess is denied"):
        WinRS(_connect(lab, "http", "ntlm", operator.name, operator.password)).open()


def test_calls_are_logged_with_who_and_where(lab: Lab, client: Client) -> None:
    before = len(client.calls())
    test_a_pypsrp_client_reads_the_databases(lab, "https", "basic")
    (call,) = client.calls()[before:]
    assert call["name"] == "Get-MailboxDatabase" and call["parameters"] == {"Status": True}
    assert (call["server"], call["account"], call["outcome"]) == ("MBX1", "CONTOSO\\Administrator", "ok")
    assert not call["changing"] and call["session"]


def test_volumes_of_a_server(lab: Lab) -> None:
    rows = classes(lab.organisation, lab.organisation.server("MBX1"))["Win32_Volume"]()
    assert [(r["Name"], r["FileSystem"]) for r in rows] == [("C:\\", "NTFS"), ("D:\\", "NTFS"), ("E:\\", "NTFS")]
    system = rows[0]
    assert system["Capacity"] - system["FreeSpace"] >= 60 * 1024**3
    assert len({r["DeviceID"] for r in rows}) == 3


def _query(lab: Lab, wql: str) -> list[dict[str, str | None]]:
    """What an enumeration over the wire gives: a dict per instance."""
    wsen, wsman = (f"{{{NAMESPACES[name]}}}" for name in ("wsen", "wsman"))
    body = ET.Element(f"{wsen}Enumerate")
    ET.SubElement(body, f"{wsman}OptimizeEnumeration")
    ET.SubElement(body, f"{wsman}MaxElements").text = "100"
    dialect = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
    ET.SubElement(body, f"{wsman}Filter", Dialect=dialect).text = wql
    with _connect(lab, "https", "ntlm") as connection:
        uri = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/*"
        answer = connection.invoke(WSManAction.ENUMERATE, uri, body)
    (items,) = answer.iter(f"{wsman}Items")
    return [{p.tag.partition("}")[2] or p.tag: p.text for p in item} for item in items]


def test_volumes_and_services_over_the_wire(lab: Lab) -> None:
    volumes = {v["Name"]: v for v in _query(lab, "select Name,FreeSpace,DeviceID from Win32_Volume")}
    assert set(volumes) == {"C:\\", "D:\\", "E:\\"}
    assert str(volumes["E:\\"]["DeviceID"]).startswith("\\\\?\\Volume{")
    free = int(volumes["E:\\"]["FreeSpace"] or 0)
    lab.control.fill_volume("MBX1", "E:\\", 1024**3)
    (row,) = _query(lab, "select FreeSpace from Win32_Volume where Name = 'E:\\\\'")
    assert int(row["FreeSpace"] or 0) < 1.1 * 1024**3 < free
    lab.control.delete_file("MBX1", "E:\\filler.bin")
    lab.control.set_service("MBX1", "MSExchangeIS", False)
    wanted = "select State from Win32_Service where Name = 'MSExchangeIS'"
    assert _query(lab, wanted) == [{"State": "Stopped"}]
    lab.control.set_service("MBX1", "MSExchangeIS", True)
    assert _query(lab, wanted) == [{"State": "Running"}]
    assert lab.control.status()["databases"]["DB01"]["mounted"]


def test_the_inventory_is_an_ordinary_one(lab: Lab, tmp_path: Path) -> None:
    lab.write_inventory(tmp_path / "inventory.yml")
    group = yaml.safe_load((tmp_path / "inventory.yml").read_text("utf-8"))["all"]["children"]["exchange"]
    assert set(group["hosts"]) == {"mbx1.contoso.lab", "mbx2.contoso.lab"}
    host = group["hosts"]["mbx1.contoso.lab"]
    assert host["ansible_host"] == "127.0.0.1"
    assert host["ansible_exchange_port"] == lab.endpoints["MBX1"]["http"]
    assert group["vars"]["ansible_user"] == "CONTOSO\\Administrator"
    assert (tmp_path / "inventory.yml").stat().st_mode & 0o077 == 0


# -- the control interface
def test_the_client_has_the_methods_of_the_control(lab: Lab, client: Client) -> None:
    assert client.status()["databases"] == lab.control.status()["databases"]
    assert client.send("Anna Albers", count=2) == 2
    assert client.audit() == lab.control.audit()
    assert client.run_cmdlet("Get-MailboxDatabase", {"Identity": "DB02"})[0]["Name"] == "DB02"
    with pytest.raises(AttributeError):
        client._private  # noqa: B018
    with pytest.raises(AttributeError):
        client.no_such_method  # noqa: B018


def test_failures_reach_the_client_with_their_reason(client: Client) -> None:
    with pytest.raises(ControlError, match="no database DB99"):
        client.break_database("DB99")
    with pytest.raises(ControlError, match="destroy_edb"):
        client.break_database("DB04", how="gently")
    with pytest.raises(ControlError, match="no switch"):
        client.set_switch("gravity", "off")


def test_the_control_interface_wants_its_token(lab: Lab) -> None:
    with pytest.raises(ControlError, match="wrong token"):
        Client(lab.control_url, "guess").status()


def test_simulated_time_passes_as_fast_as_asked(client: Client) -> None:
    began = time.monotonic()
    client.sleep(360)
    assert 0.05 < time.monotonic() - began < 60


# -- its life
def test_a_lab_starts_soon_and_leaves_nothing_behind(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    began = time.process_time()
    started = Lab("contoso", tmp_path / "lab", speed=SPEED).start()
    assert time.process_time() - began < 2
    url, token = started.control_url, started.control_token
    started.control.start_mail_flow(6)
    started.stop()
    time.sleep(0.2)
    assert {t for t in threading.enumerate() if t.is_alive()} <= threads
    with pytest.raises(OSError):
        Client(url, token).status()


def test_the_program_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    control_file, inventory = tmp_path / "control.json", tmp_path / "inventory.yml"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "exchange_lab", "--topology", "tiny", "--folder", str(tmp_path / "lab"),
            "--speed", "60", "--seed", "5", "--write-inventory", str(inventory),
            "--control-file", str(control_file),
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "lab")},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not control_file.exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        assert control_file.stat().st_mode & 0o077 == 0
        client = Client.of(control_file)
        assert client.status()["speed"] == 60
        assert inventory.exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def test_an_unknown_topology_is_refused_by_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exchange_lab", "--topology", "atlantis", "--folder", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "lab")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "there is no topology atlantis" in done.stderr
