# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole recovery by Kerberos alone, with inventories as they are made for winrm and psrp."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_fork import AnsibleFork
from incidents import lose, prove_nothing_lost

from exchange_lab.kerberos import Realm
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


class Home:
    """A controller's folder, with what it logs on with: a ticket cache, a keytab, or a password for a user."""

    def __init__(
        self, folder: Path, realm: Realm, monkeypatch: pytest.MonkeyPatch, secret: str, user: str = USER
    ) -> None:  # fmt: skip
        self.folder, self._realm = folder, realm
        self.variables: dict[str, Any] = {} if secret == "cache" else {"ansible_user": user}
        if secret == "cache":
            monkeypatch.setenv("KRB5CCNAME", f"FILE:{folder}/tickets")
            self.kinit()
        elif secret == "keytab":
            realm.write_keytab("Administrator", folder / "admin.keytab")
            monkeypatch.setenv("KRB5_CLIENT_KTNAME", f"FILE:{folder}/admin.keytab")
            monkeypatch.setenv("KRB5CCNAME", f"FILE:{folder}/taken-by-keytab")
        else:
            self.variables["ansible_password"] = ADMINISTRATOR_PASSWORD

    def kinit(self, seconds: int = 3600) -> None:
        """Take a ticket, as an admin does before he starts."""
        self._realm.ticket(
            "Administrator", ADMINISTRATOR_PASSWORD, self.folder / "tickets", seconds=seconds
        )

    @contextlib.contextmanager
    def lab(self, scheme: str, made_for: Any) -> Iterator[Lab]:
        """A lab of the realm whose database is lost, and an inventory of it."""
        with Lab("tiny", self.folder / "lab", speed=120, seed=7, kerberos=self._realm) as lab:
            port = lab.endpoints["MBX1"][scheme]
            variables = self.variables | made_for(port, scheme, lab.certificate_authority)
            # what no inventory has: the lab's Exchange listens on a port of its own, on loopback
            variables |= {"ansible_host": "127.0.0.1", "ansible_exchange_port": port}
            variables["ansible_exchange_scheme"] = scheme
            hosts = {"exchange": {"hosts": {"mbx1.tiny.lab": variables}}}
            (self.folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"children": hosts}}))
            lose(lab, "DB01")
            yield lab
            assert not lab.defects, lab.defects

    def play(self, playbook: str) -> tuple[int, str]:
        """Run a playbook of the collection: status and output."""
        extra = {"dialtone_evidence": str(self.folder / "evidence"), **RECOVERY}
        command = [f"dialtone.exchange.{playbook}", "-i", "inventory.yml", "-e", json.dumps(extra)]
        with AnsibleFork() as ansible:
            status, output = ansible.run(command, self.folder)
        assert ADMINISTRATOR_PASSWORD not in output
        return status, output


@pytest.mark.parametrize(
    ("secret", "scheme", "made_for", "user"),
    [
        ("cache", "http", winrm, USER),
        ("password", "https", psrp, r"TINY\Administrator"),
        thorough("cache", "https", psrp, USER),
        thorough("keytab", "http", psrp, USER),
        thorough("keytab", "https", winrm, USER),
        thorough("password", "http", winrm, USER),
    ],
)
def test_a_whole_recovery(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    secret: str, scheme: str, made_for: Any, user: str,
) -> None:  # fmt: skip
    assert realm_lab.realm
    home = Home(tmp_path, realm_lab.realm, monkeypatch, secret, user)
    with home.lab(scheme, made_for) as lab:
        status, output = home.play("same_server")
        assert status == 0, output
        prove_nothing_lost(lab)
        assert lab.control.sessions()["open"] == 0


@pytest.mark.thorough
def test_the_ticket_expires_on_the_way(
    realm_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops with the remedy; the same command goes on when somebody has taken a new one."""
    assert realm_lab.realm
    home = Home(tmp_path, realm_lab.realm, monkeypatch, "cache")
    life = 40  # seconds; the way to the copy takes 5, and four times as long on a busy machine
    home.kinit(seconds=life)
    ends = time.monotonic() + life
    with home.lab("http", psrp) as lab:
        left: list[float] = []

        def wait(_hit: Any) -> None:
            left.append(ends - time.monotonic())
            time.sleep(max(0.0, left[0]) + 1)  # a KDC has only the real clock

        lab.organisation.faults.watch("called", wait, name="robocopy", arguments="*incoming*/J*")
        status, output = home.play("same_server")
        assert status == 2, output
        assert left and left[0] > 0, f"it had expired before the copy: {output}"
        assert "the ticket has expired" in output and "kinit" in output, output
        home.kinit()
        status, output = home.play("same_server")
        assert status == 0, output
        prove_nothing_lost(lab)
