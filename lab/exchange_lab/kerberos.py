# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kerberos realm for the lab: MIT's KDC on loopback, by k5test.

Needs the programs krb5kdc, kdb5_util, kadmin.local (Debian: krb5-kdc, krb5-user) and the Python package k5test.
Everything lies in a folder of its own; nothing of the machine's own Kerberos is read or changed.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

# k5test takes a range of ports: the KDC, kadmind, and five more.
_PORTS = 10


class Realm:
    """A realm named after the domain. environment: what a client needs to use it, as variables.

    The lab's own process accepts tickets by KRB5_KTNAME, so one realm at a time can serve in a process.
    """

    def __init__(self, domain: str) -> None:
        import k5test  # late: only who uses Kerberos needs it

        self.name = domain.upper()
        self._realm: Any = k5test.K5Realm(
            realm=self.name,
            portbase=_free_ports(),
            start_kadmind=False,
            create_user=False,
            create_host=False,
            get_creds=False,
            # addresses and names of loopback must not lead to another principal
            krb5_conf={"libdefaults": {"rdns": "false", "dns_canonicalize_hostname": "false"}},
        )
        self.keytab = Path(self._realm.keytab)
        self.environment = {"KRB5_CONFIG": self._realm.env["KRB5_CONFIG"]}
        self._before: dict[str, str | None] = {}

    def add_user(self, name: str, password: str) -> None:
        """A principal NAME@REALM, or another password for the one there is."""
        principal = f"{name}@{self.name}"
        if name.lower() in self._names():
            self._realm.change_password(principal, password)
        else:
            self._realm.addprinc(principal, password)

    def add_service(self, host: str, service: str = "HTTP") -> None:
        """A service principal (SPN), whose key goes into the realm's keytab."""
        principal = f"{service}/{host}@{self.name}"
        self._realm.addprinc(principal)
        self._realm.extract_keytab(principal, str(self.keytab))

    def set_ticket_life(self, name: str, seconds: int) -> None:
        """How long a ticket lasts: NAME is a user, or SERVICE/HOST."""
        self._administer(f'modprinc -maxlife "{seconds} seconds" {name}@{self.name}')

    def write_keytab(self, name: str, path: Path) -> None:
        """A keytab with the key of the user, whose password stays."""
        self._realm.extract_keytab(f"{name}@{self.name}", str(path))

    def ticket(self, name: str, password: str, cache: Path, seconds: int = 36000) -> None:
        """Log the user on (kinit) into a ticket cache file."""
        flags = ["-c", str(cache), "-l", f"{seconds}s"]
        self._realm.kinit(f"{name}@{self.name}", password, flags=flags)

    def serve(self) -> None:
        """Let this process accept tickets for the realm's services."""
        for variable, value in {**self.environment, "KRB5_KTNAME": str(self.keytab)}.items():
            self._before[variable] = os.environ.get(variable)
            os.environ[variable] = value

    def stop(self) -> None:
        """End the KDC; this process's environment is as before."""
        for variable, value in self._before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
        self._before = {}
        self._realm.stop()

    def _names(self) -> set[str]:
        listed: str = self._administer("listprincs").decode()
        return {line.partition("@")[0].lower() for line in listed.splitlines()}

    def _administer(self, query: str) -> Any:
        return self._realm.run_kadminl(query)


def _free_ports() -> int:
    """The first of a range of ports of which none is taken now; other labs look at the same time, so start anywhere."""
    for _attempt in range(50):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if first + _PORTS < 65536 and all(_is_free(p) for p in range(first, first + _PORTS)):
            return first
    raise RuntimeError("no range of free ports for a KDC")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
