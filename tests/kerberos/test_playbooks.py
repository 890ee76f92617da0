# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole recovery by Kerberos alone, with inventories as they are made for winrm and psrp."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_fork import AnsibleFork
from incidents import lose, prove_nothing_lost

from exchange_lab.lab import ADMINISTRATOR_PASSWORD, Lab

USER = "Administrator@TINY.LAB"
RECOVERY = {
    "dialtone_failed_databases": ["DB01"],
    "dialtone_restore_folder": r"E:\Restore\{{ dialtone_failed_database }}",
    "dialtone_approve_swap": ["DB01"],
}


def winrm(port: int, scheme: str, authority: Path) -> dict[str, Any]:
    """The variables of an inventory made for ansible.builtin.winrm."""
    return {
        "ansible_connection": "winrm",
        "ansible_port": port,
        "ansible_winrm_scheme": scheme,
        "ansible_winrm_transport": ["kerberos"],
        "ansible_winrm_ca_trust_path": str(authority),
        "ansible_winrm_kerberos_hostname_override": "mbx1.tiny.lab",
    }


def psrp(port: int, scheme: str, authority: Path) -> dict[str, Any]:
    """The variables of an inventory made for ansible.builtin.psrp."""
    return {
        "ansible_connection": "ansible.builtin.psrp",
        "ansible_psrp_port": port,
        "ansible_psrp_protocol": scheme,
        "ansible_psrp_auth": "kerberos",
        "ansible_psrp_ca_cert": str(authority),
        "ansible_psrp_negotiate_hostname_override": "mbx1.tiny.lab",
    }


def thorough(*case: Any) -> Any:
    return pytest.param(*case, marks=pytest.mark.thorough)


@pytest.mark.parametrize(
    ("secret", "scheme", "made_for"),
    [
        ("cache", "http", winrm),
        thorough("cache", "https", psrp),
        thorough("keytab", "http", psrp),
        thorough("keytab", "https", winrm),
        thorough("password", "http", winrm),
        thorough("password", "https", psrp),
    ],
)
def test_a_whole_recovery(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    secret: str, scheme: str, made_for: Any,
) -> None:  # fmt: skip
    realm = realm_lab.realm
    assert realm
    variables: dict[str, Any] = {}
    if secret == "cache":
        realm.ticket("Administrator", ADMINISTRATOR_PASSWORD, tmp_path / "tickets")
        monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/tickets")
    elif secret == "keytab":
        realm.write_keytab("Administrator", tmp_path / "admin.keytab")
        monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{tmp_path}/admin.keytab")
        variables["ansible_user"] = USER
    else:
        variables |= {"ansible_user": USER, "ansible_password": ADMINISTRATOR_PASSWORD}
    with Lab("tiny", tmp_path / "lab", speed=120, seed=7, kerberos=realm) as lab:
        port = lab.endpoints["MBX1"][scheme]
        variables |= made_for(port, scheme, lab.certificate_authority)
        # what no inventory has: the lab's Exchange listens on a port of its own, on loopback
        variables |= {"ansible_host": "127.0.0.1", "ansible_exchange_port": port}
        variables["ansible_exchange_scheme"] = scheme
        hosts = {"exchange": {"hosts": {"mbx1.tiny.lab": variables}}}
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump({"all": {"children": hosts}}))
        lose(lab, "DB01")
        status, output = play("same_server", tmp_path)
        assert status == 0, output
        prove_nothing_lost(lab)
        assert lab.control.sessions()["open"] == 0
        assert not lab.defects, lab.defects
    assert ADMINISTRATOR_PASSWORD not in output


def play(playbook: str, folder: Path) -> tuple[int, str]:
    """Run a playbook of the collection with the folder's inventory: status and output."""
    extra = {"dialtone_evidence": str(folder / "evidence"), **RECOVERY}
    command = [f"dialtone.exchange.{playbook}", "-i", "inventory.yml", "-e", json.dumps(extra)]
    with AnsibleFork() as ansible:
        return ansible.run(command, folder)
