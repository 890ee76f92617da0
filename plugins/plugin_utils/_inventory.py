# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory made for the connections winrm or psrp says about ours.

PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    AUTH,
    is_address,
)

_WINRM = ("winrm", "psrp")
_HTTP_PORT = 5985  # any other one is https to both connections
_AUTH = {
    **{name: name for name in AUTH},
    "plaintext": "basic",
    "ssl": "basic",
    "credssp": "negotiate",
}
# winrm's word for "what the environment says"
_NO_PATH = "legacy_requests"


def inherit(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The link plugin's options, with what is not set taken from the inventory's connection.

    A variable of the same meaning and form is an alias in the plugin's documentation already; here
    are those that need a translation.
    """
    found = dict(options)
    if not found["server"] and is_address(found["host"]):
        found["server"] = found["inventory_name"]
    connection = (found["inventory_connection"] or "").rpartition(".")[2]
    if connection in _WINRM and found["winrm_port"] is None:
        port = found["winrm_port"] = found["inventory_port"]
        if found["winrm_scheme"] is None:
            found["winrm_scheme"] = "http" if port == _HTTP_PORT else "https"
    if found["winrm_auth"] is None:
        known = [_AUTH[name] for name in found["inventory_auth"] or () if name in _AUTH]
        found["winrm_auth"] = next(iter(known), None)
    if found["validate_certs"] is None and found["inventory_validation"]:
        found["validate_certs"] = found["inventory_validation"] == "validate"
    if found["ca_cert"] and os.path.basename(found["ca_cert"]) == _NO_PATH:
        found["ca_cert"] = None
    for path in ("path", "winrm_path"):
        found[path] = found[path].strip("/")
    return found
