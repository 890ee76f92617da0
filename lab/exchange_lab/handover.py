# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab gives to those who work with it: an inventory, and the way to its control interface."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from exchange_lab.lab import Lab


def write_inventory(lab: Lab, path: Path, *, scheme: str, auth: str) -> None:
    """An inventory in YAML. scheme: http or https; auth: as ansible_exchange_auth."""
    organisation = lab.organisation
    hosts = {
        server.fqdn: {
            "ansible_host": lab.host,
            "ansible_exchange_port": lab.endpoints[server.name][scheme],
            "ansible_exchange_winrm_port": lab.endpoints[server.name][scheme],
        }
        for server in organisation.servers.values()
    }
    account = lab.administrator
    name = (
        account.name
        if lab.realm is None
        else f"{account.name.partition(chr(92))[2]}@{lab.realm.name}"
    )
    variables: dict[str, Any] = {
        "ansible_user": name,
        "ansible_password": account.password,
        "ansible_exchange_scheme": scheme,
        "ansible_exchange_winrm_scheme": scheme,
        "ansible_exchange_auth": auth,
        "ansible_exchange_winrm_auth": auth,
    }
    if scheme == "https":
        variables["ansible_exchange_ca_cert"] = str(lab.certificate_authority.resolve())
    data = {"all": {"children": {"exchange": {"hosts": hosts, "vars": variables}}}}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(path, yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def write_control_file(lab: Lab, path: Path) -> None:
    """JSON that appears at once and complete: url, token, endpoints, certificate_authority."""
    found = {
        "url": lab.control_url,
        "token": lab.control_token,
        "endpoints": lab.endpoints,
        "certificate_authority": str(lab.certificate_authority.resolve()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(path, json.dumps(found))


def _write_private(path: Path, text: str) -> None:
    """Write a file with a secret, complete when it appears."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
